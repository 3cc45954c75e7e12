/* engine.c: the engine: what workers have for themselves, the encoder over the rows of a batch,
 * and the text of what was decoded. Decoding: search.c.
 *
 * Row b of a batch goes to lane b modulo their number. A lane has arenas and a tape of its own and
 * writes its rows into the common result; a batch of few rows is worked by one. */
#include <string.h>

#include "search/engine.h"

#define ARENA_RESERVE (64ull << 30) /* address space only */

void heed_engine_init(struct heed_engine *e, struct heed_model *m, int workers)
{
    memset(e, 0, sizeof *e);
    e->model = m;
    e->n_lanes = HEED_MIN(HEED_MAX(workers, 1), HEED_LANES_MAX);
    e->lanes = heed_xcalloc((size_t)e->n_lanes, sizeof *e->lanes);
    e->workers = heed_workers_new(e->n_lanes);
    heed_arena_init(&e->batch, "batch", ARENA_RESERVE);
    for (int i = 0; i < e->n_lanes; i++) {
        struct heed_lane *lane = &e->lanes[i];
        heed_arena_init(&lane->step, "step", ARENA_RESERVE);
        heed_arena_init(&lane->batch, "batch", ARENA_RESERVE);
        heed_tape_init(&lane->tape, &lane->step, &m->params);
    }
}

void heed_engine_release(struct heed_engine *e)
{
    heed_workers_free(e->workers);
    for (int i = 0; i < e->n_lanes; i++) {
        heed_tape_release(&e->lanes[i].tape);
        heed_arena_free(&e->lanes[i].step);
        heed_arena_free(&e->lanes[i].batch);
    }
    free(e->lanes);
    heed_arena_free(&e->batch);
}

int heed_engine_lanes(const struct heed_engine *e, int64_t B)
{
    return (int)HEED_MAX(1, HEED_MIN(e->n_lanes, B / HEED_LANE_ROWS));
}

/* One batch on its way through the encoder; a lane has rows number, number + n, … */
struct encoding {
    struct heed_engine *e;
    int64_t S; /* of src */
    const int32_t *src, *len;
    struct heed_encoded *out;
    float *memory, *state; /* of out */
    struct heed_err *errors;
    int n;
};

/* Final states by k and layer, [B,H] each, to row b of [B,K,L,H]. */
static void put_state(const struct encoding *c, const struct heed_memory *memory, int64_t row,
                      int64_t b)
{
    const struct heed_encoded *x = c->out;
    for (int64_t k = 0; k < x->K; k++)
        for (int64_t l = 0; l < x->L; l++)
            memcpy(c->state + ((b * x->K + k) * x->L + l) * x->H,
                   memory->final[k][l]->data + row * x->H, sizeof(float) * (size_t)x->H);
}

/* Zeros beyond what the lane has, whose longest row may be shorter than the batch's. */
static void put_memory(const struct encoding *c, const struct heed_memory *memory, int64_t row,
                       int64_t b)
{
    const struct heed_encoded *x = c->out;
    size_t have = (size_t)(memory->S * x->D), room = (size_t)(x->S * x->D);
    float *to = c->memory + (size_t)b * room;
    memcpy(to, memory->rows->data + (size_t)row * have, sizeof(float) * have);
    memset(to + have, 0, sizeof(float) * (room - have));
}

/* What the encoder makes of rows without tokens. */
static void clear_rows(const struct encoding *c, int number)
{
    const struct heed_encoded *x = c->out;
    size_t memory = (size_t)(x->S * x->D), state = (size_t)(x->K * x->L * x->H);
    for (int64_t b = number; b < x->B; b += c->n) {
        memset(c->memory + (size_t)b * memory, 0, sizeof(float) * memory);
        memset(c->state + (size_t)b * state, 0, sizeof(float) * state);
    }
}

static void encode_part(void *ctx, int number)
{
    const struct encoding *c = ctx;
    struct heed_lane *lane = &c->e->lanes[number];
    struct heed_memory memory;
    int32_t B = (int32_t)((c->out->B - number + c->n - 1) / c->n), longest = 0;

    heed_arena_reset(&lane->batch);
    heed_tape_reset(&lane->tape);
    int32_t *len = heed_new(&lane->batch, int32_t, B);
    for (int32_t i = 0; i < B; i++) {
        len[i] = c->len[number + (int64_t)i * c->n];
        longest = HEED_MAX(longest, len[i]);
    }
    if (longest == 0) { /* also where there is no src */
        clear_rows(c, number);
        return;
    }
    int32_t *src = heed_new(&lane->batch, int32_t, B * c->S);
    for (int32_t i = 0; i < B; i++)
        memcpy(src + i * c->S, c->src + (number + (int64_t)i * c->n) * c->S,
               sizeof *src * (size_t)c->S);
    heed_encode(c->e->model, &lane->tape, B, c->S, src, len, NULL, NULL, NULL, &memory);
    if (heed_tape_failed(&lane->tape, &c->errors[number]))
        return;
    for (int32_t i = 0; i < B; i++) {
        put_memory(c, &memory, i, number + (int64_t)i * c->n);
        put_state(c, &memory, i, number + (int64_t)i * c->n);
    }
}

int heed_engine_encode(struct heed_engine *e, int64_t B, int64_t S, const int32_t *src,
                       const int32_t *len, struct heed_encoded *out, struct heed_err *err)
{
    const struct heed_model *m = e->model;

    heed_arena_reset(&e->batch);
    *out = (struct heed_encoded){.B = B, .D = m->memory_width};
    out->K = m->encoder[0][0].cell->n_states;
    out->L = m->shape.layers * m->directions;
    out->H = m->shape.encoder_hidden;
    out->len = memcpy(heed_new(&e->batch, int32_t, B), len, sizeof *len * (size_t)B);
    for (int64_t b = 0; b < B; b++)
        out->S = HEED_MAX(out->S, len[b]);
    struct encoding c = {.e = e, .S = S, .src = src, .len = len, .out = out};
    c.n = heed_engine_lanes(e, B);
    c.errors = heed_new0(&e->batch, struct heed_err, c.n);
    out->memory = c.memory = heed_new(&e->batch, float, B * out->S * out->D + 1);
    out->state = c.state = heed_new(&e->batch, float, B * out->K * out->L * out->H);
    heed_workers_run(e->workers, c.n, encode_part, &c);
    struct heed_work w;
    heed_model_work(m, &w);
    for (int64_t b = 0; b < B; b++)
        e->flops += w.encoder * len[b];
    return heed_engine_errors(c.errors, c.n, err);
}

int heed_engine_errors(const struct heed_err *errors, int n, struct heed_err *err)
{
    for (int i = 0; i < n; i++)
        if (errors[i].status) {
            *err = errors[i];
            return -1;
        }
    return 0;
}

int heed_engine_keys(struct heed_engine *e, struct heed_encoded *x, struct heed_err *err)
{
    struct heed_tape *t = &e->lanes[0].tape;
    if (!e->model->score || x->keys)
        return 0;
    if (!e->model->score->keys || x->S == 0) {
        x->keys = x->memory;
        x->key_width = x->D;
        return 0;
    }
    heed_tape_reset(t);
    struct heed_tensor *memory =
        heed_tensor_wrap(t, 2, (int64_t[]){x->B * x->S, x->D}, (float *)x->memory, false);
    struct heed_tensor *keys = heed_attention_keys(e->model, t, memory);
    if (heed_tape_failed(t, err))
        return -1;
    struct heed_work w;
    heed_model_work(e->model, &w);
    for (int64_t b = 0; b < x->B; b++)
        e->flops += w.keys * x->len[b];
    size_t size = sizeof(float) * (size_t)heed_elements(keys);
    x->key_width = heed_width(keys);
    x->keys = memcpy(heed_arena_alloc(&e->batch, size), keys->data, size);
    return 0;
}

void heed_hypotheses_release(struct heed_hypotheses *h)
{
    free(h->tgt);
    free(h->tgt_len);
    free(h->align);
    free(h->log_prob);
    free(h->token_log_prob);
    free(h->weights);
    free(h->queries);
    free(h->finish);
    memset(h, 0, sizeof *h);
}

int heed_hypothesis_text(const struct heed_model *m, const struct heed_hypotheses *h, int64_t b,
                         const struct heed_source_text *src, struct heed_str *out,
                         struct heed_err *err)
{
    struct heed_source_text aligned = src ? *src : (struct heed_source_text){0};
    aligned.align = h->align + b * h->T;
    return heed_side_decode(&m->sides.tgt, h->tgt + b * h->T, (size_t)h->tgt_len[b],
                            src ? &aligned : NULL, out, err);
}
