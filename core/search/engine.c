/* engine.c: the engine and its encoder's half. Search: search.c; both in one: translate.c. */
#include <string.h>

#include "search/engine.h"
#include "search/loop.h"

#define BATCH_RESERVE (64ull << 30) /* address space only */

void heed_engine_init(struct heed_engine *e, struct heed_model *m, int workers)
{
    memset(e, 0, sizeof *e);
    e->model = m;
    heed_arena_init(&e->batch, "batch", BATCH_RESERVE);
    heed_lanes_init(&e->lanes, &m->net.params, workers);
    e->src_kinds = heed_loop_kinds(&m->sides.src.vocab);
    e->tgt_kinds = heed_loop_kinds(&m->sides.tgt.vocab);
}

void heed_engine_release(struct heed_engine *e)
{
    free(e->src_kinds);
    free(e->tgt_kinds);
    heed_lanes_release(&e->lanes);
    heed_arena_free(&e->batch);
}

int heed_engine_lanes(const struct heed_engine *e, int64_t B)
{
    return (int)HEED_MAX(1, HEED_MIN(e->lanes.n, B / HEED_LANE_ROWS));
}

/* One batch on its way through the encoder; a lane has rows number, number + n, … */
struct encoding {
    struct heed_engine *e;
    int64_t S; /* of src */
    const int32_t *src, *len;
    struct heed_encoded *out;
    float *memory, *state; /* of out */
    int n;
};

/* Row `row` of the lane's memory, or of one that has no tokens (NULL), to row b of the batch; zeros
 * beyond what the lane has, whose longest row may be shorter than the batch's. */
static void put_row(const struct encoding *c, const struct heed_memory *memory, int64_t row,
                    int64_t b)
{
    const struct heed_encoded *x = c->out;
    size_t have = memory ? (size_t)(memory->S * x->D) : 0, room = (size_t)(x->S * x->D);
    float *to = c->memory + (size_t)b * room, *state = c->state + b * x->W;
    if (have)
        memcpy(to, memory->rows->data + (size_t)row * have, sizeof(float) * have);
    memset(to + have, 0, sizeof(float) * (room - have));
    if (memory && x->W)
        memcpy(state, memory->state->data + row * x->W, sizeof(float) * (size_t)x->W);
    else
        memset(state, 0, sizeof(float) * (size_t)x->W);
}

static int encode_part(struct heed_lane *lane, void *ctx, int number)
{
    const struct encoding *c = ctx;
    struct heed_memory memory;
    int32_t B = (int32_t)((c->out->B - number + c->n - 1) / c->n), longest = 0;
    int32_t *len = heed_new(&lane->batch, int32_t, B + 1);

    for (int32_t i = 0; i < B; i++) {
        len[i] = c->len[number + (int64_t)i * c->n];
        longest = HEED_MAX(longest, len[i]);
    }
    if (longest) { /* else there may be no src at all */
        int32_t *src = heed_new(&lane->batch, int32_t, B * c->S);
        for (int32_t i = 0; i < B; i++)
            memcpy(src + i * c->S, c->src + (number + (int64_t)i * c->n) * c->S,
                   sizeof *src * (size_t)c->S);
        struct heed_source source = {.B = B, .S = c->S, .ids = src, .len = len};
        heed_net_encode(&c->e->model->net, &lane->tape, &source, NULL, &memory);
        if (heed_tape_failed(&lane->tape, &lane->err))
            return -1;
    }
    for (int32_t i = 0; i < B; i++)
        put_row(c, longest ? &memory : NULL, i, number + (int64_t)i * c->n);
    return 0;
}

int heed_engine_encode(struct heed_engine *e, int64_t B, int64_t S, const int32_t *src,
                       const int32_t *len, struct heed_encoded *out, struct heed_err *err)
{
    const struct heed_net *net = &e->model->net;
    const int64_t *w = net->state_dims;
    struct heed_work work;

    heed_arena_reset(&e->batch);
    *out = (struct heed_encoded){.B = B, .D = net->memory_width, .W = w[0] * w[1] * w[2]};
    out->src = src;
    out->src_width = S;
    out->len = memcpy(heed_new(&e->batch, int32_t, B), len, sizeof *len * (size_t)B);
    for (int64_t b = 0; b < B; b++)
        out->S = HEED_MAX(out->S, len[b]);
    struct encoding c = {.e = e, .S = S, .src = src, .len = len, .out = out};
    c.n = heed_engine_lanes(e, B);
    out->memory = c.memory = heed_new(&e->batch, float, B * out->S * out->D + 1);
    out->state = c.state = heed_new(&e->batch, float, B * out->W + 1);
    heed_net_work(net, &work);
    for (int64_t b = 0; b < B; b++)
        e->flops += work.encoder * len[b];
    return heed_lanes_run(&e->lanes, c.n, encode_part, &c, err);
}

int heed_engine_keys(struct heed_engine *e, struct heed_encoded *x, struct heed_err *err)
{
    const struct heed_net *net = &e->model->net;
    struct heed_tape *t = &e->lanes.lanes[0].tape;
    struct heed_work w;

    if (!heed_net_attends(net) || x->keys)
        return 0;
    x->keys = x->memory;
    x->key_width = x->D;
    if (!heed_score_has_keys(net->score) || x->S == 0)
        return 0;
    heed_tape_reset(t);
    struct heed_tensor *memory =
        heed_tensor_wrap(t, 2, (int64_t[]){x->B * x->S, x->D}, (float *)x->memory, false);
    struct heed_tensor *keys = heed_net_keys(net, t, memory);
    if (heed_tape_failed(t, err))
        return -1;
    heed_net_work(net, &w);
    for (int64_t b = 0; b < x->B; b++)
        e->flops += w.keys * x->len[b];
    size_t size = sizeof(float) * (size_t)heed_elements(keys);
    x->key_width = heed_width(keys);
    x->keys = memcpy(heed_arena_alloc(&e->batch, size), keys->data, size);
    return 0;
}
