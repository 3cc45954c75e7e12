/* scorer.c: see scorer.h. */
#include <string.h>

#include "search/scorer.h"

/* Rows of x side by side, each of width floats. */
static struct heed_tensor *pick(struct heed_lane *lane, const float *from, int64_t width,
                                const int32_t *rows, int32_t n, int64_t parts)
{
    float *to = heed_new(&lane->batch, float, n *width + 1);
    for (int32_t i = 0; i < n; i++)
        memcpy(to + i * width, from + rows[i] * width, sizeof(float) * (size_t)width);
    return heed_tensor_wrap(&lane->tape, 2, (int64_t[]){n * parts, width / parts}, to, false);
}

static struct heed_tensor *words(struct heed_lane *lane, const struct heed_net *net,
                                 const struct heed_encoded *x, const int32_t *rows, int32_t n,
                                 const int32_t *len)
{
    int64_t S = x->src_width;
    int32_t *ids = heed_new(&lane->batch, int32_t, n * S + 1);
    for (int32_t i = 0; i < n; i++)
        memcpy(ids + i * S, x->src + rows[i] * S, sizeof *ids * (size_t)S);
    struct heed_source src = {.B = n, .S = S, .ids = ids, .len = len};
    return heed_net_words(net, &lane->tape, &src, x->S);
}

int heed_scorer_begin(struct heed_scorer *s, struct heed_lane *lane, const struct heed_net *net,
                      const struct heed_encoded *x, const int32_t *rows, int32_t n,
                      struct heed_err *err)
{
    struct heed_memory memory = {.B = n, .S = x->S, .lasting = true};
    *s = (struct heed_scorer){.net = net, .lane = lane};
    memory.len = heed_new(&lane->batch, int32_t, n + 1);
    for (int32_t i = 0; i < n; i++)
        memory.len[i] = x->len[rows[i]];
    heed_state_init(&s->state, net->slots, net->n_slots, &lane->batch, n, x->S, memory.len);
    heed_tape_reset(&lane->tape);
    if (heed_net_attends(net))
        memory.rows = pick(lane, x->memory, x->S * x->D, rows, n, x->S);
    if (heed_net_attends(net) && x->keys)
        memory.keys = pick(lane, x->keys, x->S * x->key_width, rows, n, x->S);
    if (x->W)
        memory.state = pick(lane, x->state, x->W, rows, n, 1);
    if (heed_net_copies(net))
        memory.words = words(lane, net, x, rows, n, memory.len);
    heed_net_begin(net, &lane->tape, &memory, &s->state);
    if (heed_tape_failed(&lane->tape, err))
        return -1;
    heed_state_keep(&s->state);
    return 0;
}

float *heed_scorer_step(struct heed_scorer *s, const int32_t *ids, struct heed_err *err)
{
    struct heed_tape *t = &s->lane->tape;
    heed_tape_reset(t);
    s->trace = (struct heed_trace){0};
    struct heed_tensor *readout = heed_net_step(s->net, t, &s->state, ids, &s->trace);
    struct heed_tensor *logits = heed_net_logits(s->net, t, &s->state, readout, &s->trace);
    s->K = heed_width(logits);
    return heed_tape_failed(t, err) ? NULL : logits->data;
}

void heed_scorer_select(struct heed_scorer *s, const int32_t *from, int32_t n)
{
    heed_state_keep(&s->state);
    heed_state_select(&s->state, from, n);
}
