/* engine.c: the engine and its encoder's half. Search: search.c; both in one: translate.c; several: ensemble.c. */
#include <string.h>

#include "search/engine.h"
#include "search/loop.h"
#include "tensor/vec.h"

#define BATCH_RESERVE (64ull << 30) /* address space only */
#define SMALL         (8ull << 20) /* of each arena: most searches need no more (heed_arena_small()) */

void heed_engine_init(struct heed_engine *e, struct heed_model *m, int workers)
{
    memset(e, 0, sizeof *e);
    e->model = m;
    e->weight = 1;
    heed_arena_init(&e->batch, "batch", BATCH_RESERVE);
    heed_lanes_init(&e->lanes, &m->net.params, workers);
    heed_arena_small(&e->batch, SMALL);
    for (int i = 0; i < e->lanes.n; i++) {
        struct heed_lane *lane = &e->lanes.lanes[i];
        lane->tape.strict = true;
        heed_arena_small(&lane->step, SMALL);
        heed_arena_small(&lane->batch, SMALL);
    }
    e->src_kinds = heed_loop_kinds(&m->sides.src.vocab);
    e->tgt_kinds = heed_loop_kinds(&m->sides.tgt.vocab);
}

void heed_engine_release(struct heed_engine *e)
{
    free(e->src_kinds);
    free(e->tgt_kinds);
    heed_lanes_release(&e->lanes);
    heed_arena_free(&e->batch);
    for (int i = 0; i < e->n_others; i++)
        heed_engine_release(&e->others[i]);
    free(e->others);
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

/* Rows of the lane that are encoded at once: as many as make PIECE_ENOUGH positions with the longest of them, or
 * PIECE_ROWS, a tile of a product, while these make no more than PIECE_CELLS. Frames come from strangers, and a
 * position takes ten kilobytes on its way; more than these are no faster. */
#define PIECE_ENOUGH 128
#define PIECE_ROWS   6
#define PIECE_CELLS  512
static int32_t piece_of(const int32_t *len, int32_t n, int32_t *longest)
{
    int32_t rows = 0;
    for (*longest = 0; rows < n; rows++) {
        int32_t next = HEED_MAX(*longest, len[rows]);
        if (rows && (int64_t)(rows + 1) * next > (rows < PIECE_ROWS ? PIECE_CELLS : PIECE_ENOUGH))
            break;
        *longest = next;
    }
    return rows;
}

/* The lane's rows first to first + n, their tokens at most `longest`. */
static int encode_piece(struct heed_lane *lane, const struct encoding *c, int number, int32_t first,
                        int32_t n, int32_t longest, int32_t *len)
{
    struct heed_memory memory;
    const struct heed_instance *part = &c->e->model->net.parts[HEED_PART_CELL];
    const char *cell = part->plugin ? part->plugin->name : NULL;
    size_t mark = heed_arena_mark(&lane->batch);
    if (longest) { /* else there may be no src at all */
        int32_t *src = heed_new(&lane->batch, int32_t, (int64_t)n * longest);
        for (int32_t i = 0; i < n; i++)
            memcpy(src + (int64_t)i * longest,
                   c->src + (number + (int64_t)(first + i) * c->n) * c->S,
                   sizeof *src * (size_t)longest);
        struct heed_source source = {
            .B = n, .S = longest, .ids = src, .len = len, .table = c->e->table};
        heed_tape_reset(&lane->tape);
        heed_net_encode(&c->e->model->net, &lane->tape, &source, NULL, &memory);
        if (heed_tape_failed(&lane->tape, &lane->err))
            return -1;
    }
    for (int32_t i = 0; i < n; i++) {
        const float *row = longest ? memory.rows->data + i * memory.S * c->out->D : NULL;
        if (row && !heed_vec()->finite((size_t)(len[i] * c->out->D), row))
            return heed_fail(&lane->err,
                             "encoder: numbers that are none in row %lld: weights that are too "
                             "large%s%s",
                             number + (long long)(first + i) * c->n, cell ? ", or plugin " : "",
                             cell ? cell : "");
        put_row(c, longest ? &memory : NULL, i, number + (int64_t)(first + i) * c->n);
    }
    heed_arena_release(&lane->batch, mark);
    return 0;
}

static int encode_part(struct heed_lane *lane, void *ctx, int number)
{
    const struct encoding *c = ctx;
    int32_t B = (int32_t)((c->out->B - number + c->n - 1) / c->n), longest, n;
    int32_t *len = heed_new(&lane->batch, int32_t, B + 1);

    for (int32_t i = 0; i < B; i++)
        len[i] = c->len[number + (int64_t)i * c->n];
    for (int32_t i = 0; i < B; i += n) {
        n = piece_of(len + i, B - i, &longest);
        if (encode_piece(lane, c, number, i, n, longest, len + i))
            return -1;
    }
    return 0;
}

static int check_size(const struct heed_encoded *x, struct heed_err *err)
{
    if (x->S > HEED_POSITIONS_MAX)
        return heed_fail(err, "a source of %lld tokens, at most %d can be encoded", (long long)x->S,
                         HEED_POSITIONS_MAX);
    if ((double)x->B * (double)(x->S * x->D + x->W) * sizeof(float) > (double)HEED_FRAME_MAX)
        return heed_fail(err,
                         "%lld rows of %lld tokens make a memory of more than the %llu bytes of a "
                         "frame: give fewer rows a frame",
                         (long long)x->B, (long long)x->S, HEED_FRAME_MAX);
    return 0;
}

static int check_table(const struct heed_engine *e, struct heed_err *err)
{
    if (heed_net_reads_numbers(&e->model->net) == (e->table != NULL))
        return 0;
    return heed_fail(err, e->table ? "sources are numbers, and this model reads words"
                                   : "sources are words, and this model reads numbers (features)");
}

int heed_engine_encode(struct heed_engine *e, int64_t B, int64_t S, const int32_t *src,
                       const int32_t *len, struct heed_encoded *out, struct heed_err *err)
{
    const struct heed_net *net = &e->model->net;
    const int64_t *w = net->state_dims;
    struct heed_work work;

    heed_arena_reset(&e->batch);
    *out = (struct heed_encoded){.B = B, .D = net->memory_width, .W = w[0] * w[1] * w[2]};
    out->src = e->table ? NULL : src;
    out->src_width = S;
    out->len = memcpy(heed_new(&e->batch, int32_t, B), len, sizeof *len * (size_t)B);
    for (int64_t b = 0; b < B; b++)
        out->S = HEED_MAX(out->S, len[b]);
    if (check_size(out, err) || check_table(e, err))
        return -1;
    struct encoding c = {.e = e, .S = S, .src = src, .len = len, .out = out};
    c.n = heed_engine_lanes(e, B);
    out->memory = c.memory = heed_new(&e->batch, float, B * out->S * out->D + 1);
    out->state = c.state = heed_new(&e->batch, float, B * out->W + 1);
    heed_net_work(net, &work);
    for (int64_t b = 0; b < B; b++)
        e->flops += (work.encoder + work.source_pairs * len[b]) * len[b];
    return heed_lanes_run(&e->lanes, c.n, encode_part, &c, err);
}

/* A width that is the score's own business: it is asked with one position. */
int heed_engine_key_width(struct heed_engine *e, const struct heed_encoded *x, int64_t *width,
                          struct heed_err *err)
{
    const struct heed_net *net = &e->model->net;
    struct heed_tape *t = &e->lanes.lanes[0].tape;
    *width = x->keys ? x->key_width : 0;
    if (x->keys || !heed_net_has_keys(net) || x->S == 0)
        return 0;
    heed_tape_reset(t);
    struct heed_tensor *one =
        heed_tensor_wrap(t, 2, (int64_t[]){1, x->D}, (float *)x->memory, false);
    struct heed_tensor *keys = heed_net_keys(net, t, one);
    if (heed_tape_failed(t, err))
        return -1;
    *width = heed_width(keys);
    if ((double)x->S * (double)*width * sizeof(float) > (double)HEED_FRAME_MAX)
        return heed_fail(err, "a row of %lld positions has keys of more than %llu bytes",
                         (long long)x->S, HEED_FRAME_MAX);
    return 0;
}

int heed_engine_keys(struct heed_engine *e, struct heed_encoded *x, struct heed_err *err)
{
    const struct heed_net *net = &e->model->net;
    struct heed_tape *t = &e->lanes.lanes[0].tape;
    struct heed_work w;

    if (!heed_net_attends(net) || x->keys)
        return 0;
    int64_t width;
    if (heed_engine_key_width(e, x, &width, err))
        return -1;
    x->keys = x->memory;
    x->key_width = x->D;
    if (width == 0)
        return 0;
    if ((double)(x->B * x->S) * (double)width * sizeof(float) > (double)HEED_FRAME_MAX)
        return heed_fail(
            err,
            "keys of %lld rows of %lld positions exceed the %llu bytes of a frame: give "
            "fewer rows a frame",
            (long long)x->B, (long long)x->S, HEED_FRAME_MAX);
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
