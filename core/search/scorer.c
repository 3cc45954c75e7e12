/* scorer.c: see scorer.h. */
#include <string.h>

#include "search/scorer.h"

struct rows_of { /* of the encoded batch */
    const int32_t *rows;
    int32_t n;
};

/* Rows of x side by side, each of width floats. */
static struct heed_tensor *pick(struct heed_lane *lane, struct heed_arena *arena, const float *from,
                                int64_t width, const struct rows_of *r, int64_t parts)
{
    float *to = heed_new(arena, float, r->n *width + 1);
    for (int32_t i = 0; i < r->n; i++)
        memcpy(to + i * width, from + r->rows[i] * width, sizeof(float) * (size_t)width);
    return heed_tensor_wrap(&lane->tape, 2, (int64_t[]){r->n * parts, width / parts}, to, false);
}

/* Their ids, in the arena. */
static struct heed_source sources(const struct heed_scorer *s, struct heed_arena *arena,
                                  const struct rows_of *r, const int32_t *len)
{
    const struct heed_encoded *x = s->x;
    int64_t S = x->src_width;
    int32_t *ids = heed_new(arena, int32_t, r->n * S + 1);
    for (int32_t i = 0; i < r->n; i++)
        memcpy(ids + i * S, x->src + r->rows[i] * S, sizeof *ids * (size_t)S);
    return (struct heed_source){.B = r->n, .S = S, .ids = ids, .len = len};
}

/* The decoder's first state of these rows, their memory in the arena. */
static int begin(const struct heed_scorer *s, struct heed_state *state, struct heed_arena *arena,
                 const struct rows_of *r, struct heed_err *err)
{
    const struct heed_encoded *x = s->x;
    const struct heed_net *net = s->net;
    struct heed_lane *lane = s->lane;
    struct heed_memory memory = {.B = r->n, .S = x->S, .lasting = arena == &lane->batch};

    heed_tape_reset(&lane->tape);
    memory.len = heed_new(arena, int32_t, r->n + 1);
    for (int32_t i = 0; i < r->n; i++)
        memory.len[i] = x->len[r->rows[i]];
    heed_state_init(state, net->slots, net->n_slots, arena, r->n, x->S, memory.len);
    if (heed_net_attends(net))
        memory.rows = pick(lane, arena, x->memory, x->S * x->D, r, x->S);
    if (heed_net_attends(net) && x->keys)
        memory.keys = pick(lane, arena, x->keys, x->S * x->key_width, r, x->S);
    if (x->W)
        memory.state = pick(lane, arena, x->state, x->W, r, 1);
    struct heed_source src =
        x->src ? sources(s, arena, r, memory.len) : (struct heed_source){.B = 0};
    if (heed_net_copies(net))
        memory.words = heed_net_words(net, &lane->tape, &src, x->S);
    if (x->src)
        memory.source = heed_net_source(net, &lane->tape, &src, x->S);
    heed_net_begin(net, &lane->tape, &memory, state);
    return heed_tape_failed(&lane->tape, err) ? -1 : 0;
}

int heed_scorer_begin(struct heed_scorer *s, struct heed_lane *lane, const struct heed_net *net,
                      const struct heed_encoded *x, const int32_t *rows, int32_t n,
                      struct heed_err *err)
{
    *s = (struct heed_scorer){.net = net, .lane = lane, .x = x};
    if (begin(s, &s->state, &lane->batch, &(struct rows_of){rows, n}, err))
        return -1;
    heed_state_keep(&s->state);
    return 0;
}

int heed_scorer_add(struct heed_scorer *s, const int32_t *rows, int32_t n, struct heed_err *err)
{
    struct heed_state fresh;
    heed_state_keep(&s->state);
    if (begin(s, &fresh, &s->lane->step, &(struct rows_of){rows, n}, err))
        return -1;
    heed_state_append(&s->state, &fresh, &s->lane->tape);
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
    s->words = heed_state_words(&s->state);
    return heed_tape_failed(t, err) ? NULL : logits->data;
}

void heed_scorer_select(struct heed_scorer *s, const int32_t *from, int32_t n)
{
    heed_state_keep(&s->state);
    heed_state_select(&s->state, from, n);
}
