/* fed.c: see fed.h. */
#include <string.h>

#include "base/rng.h"
#include "net/sites.h"
#include "train/fed.h"

static double share(const struct heed_trainer *t)
{
    double whole = (double)HEED_MAX(1, t->table.first);
    return t->options->scheduled_sampling * HEED_MIN(1, (double)t->step / whole);
}

/* Words, and the unknown one; what is none begins or ends a text. */
static bool is_word(int32_t id)
{
    return id >= HEED_SPECIALS || id == HEED_UNK;
}

static void choose(const struct heed_trainer *t, const struct heed_tensor *said,
                   const struct heed_lesson *x, int copies, const struct heed_packing *p,
                   int32_t *fed)
{
    size_t V = (size_t)heed_width(said);
    double least = share(t);
    for (int64_t i = 0; i < p->N; i++) {
        int32_t *word = &fed[p->row[i] * x->T + p->time[i]];
        uint64_t key =
            heed_counter_key((uint64_t)t->options->seed, (uint64_t)t->step, HEED_SITE_FED,
                             (uint64_t)(x->source.row[p->row[i]] / copies), (uint64_t)p->time[i]);
        if ((double)(key >> 11) * 0x1p-53 >= least)
            continue;
        int32_t id = (int32_t)heed_vec()->argmax(V, said->data + (size_t)i * V);
        if (is_word(id) && is_word(*word))
            *word = id;
    }
}

const int32_t *heed_feed_own(const struct heed_trainer *t, struct heed_lane *lane,
                             const struct heed_lesson *x, int copies, struct heed_err *err)
{
    struct heed_tape *tape = &lane->tape;
    const struct heed_net *net = &t->model->net;
    struct heed_memory memory;
    struct heed_packing p;
    size_t n = (size_t)(x->source.B * x->T);
    int32_t *fed = heed_new(&lane->batch, int32_t, n + 1);
    memcpy(fed, x->tgt, sizeof *fed * n);
    tape->training = false;
    heed_net_encode(net, tape, &x->source, NULL, &memory);
    heed_packing_make(&p, tape->arena, x->source.B, x->tgt_len);
    struct heed_target tgt = {.packing = &p, .ids = x->tgt, .T = x->T};
    const struct heed_tensor *said = heed_net_forced(net, tape, &memory, &tgt);
    if (heed_tape_failed(tape, err))
        return NULL;
    choose(t, said, x, copies, &p, fed);
    heed_tape_reset(tape);
    tape->training = true;
    return fed;
}
