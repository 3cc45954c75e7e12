/* attend.c: the filter of attention, in three uses.
 *
 *   memory -> memory          the score's once-per-sequence half: adds `keys`
 *                             (encode | attend | decode)
 *   attention -> attention    any queries, keys, values and lengths, any score and mask:
 *                             weights and context
 *   the same with -m          replay of what `decode --attention` saved: the very weights
 *                             the decoder used
 *
 * Without a model a score that has weights gets seeded ones, and the command says so. */
#include <math.h>
#include <string.h>

#include "cli/infer.h"
#include "tensor/vec.h"

struct attend {
    struct infer infer; /* with a model */
    struct stage stage;
    const char *mask;
    int64_t window, seed;
    bool causal;

    /* without a model: a score alone */
    struct heed_instance instance;
    struct heed_layer own_score;
    struct heed_arena arena;
    struct heed_params params;
    struct heed_lane own_lane;

    const struct heed_layer *score; /* the model's, or our own */
    struct heed_tape *tape;

    double entropy, largest; /* sums over queries, for --stats */
    int64_t n_queries;
};

/* --- memory -> memory --- */

static int add_keys(void *ctx, struct heed_doc *frame, struct heed_err *err)
{
    struct attend *self = ctx;
    struct heed_encoded x;
    struct heed_doc out;
    if (heed_encoded_from_doc(&x, &self->infer.model.net, frame, err))
        return -1;
    self->infer.n_lines += x.B;
    heed_arena_reset(&self->infer.engine.batch);
    x.keys = NULL;
    if (heed_engine_keys(&self->infer.engine, &x, err))
        return -1;
    heed_doc_init(&out);
    if (x.keys) /* plain has none: its memory goes on as it is */
        heed_doc_add(&out, "keys", HEED_F32, 3, (int64_t[]){x.B, x.S, x.key_width}, x.keys);
    return stage_send(&self->stage, frame, &out, err);
}

/* --- attention -> attention --- */

struct call {
    const struct heed_array *query, *key, *keys, *value, *valid, *query_len;
    int64_t B, Q, S, V;
    int32_t *k_len; /* [B]: the longest of a row's queries */
};

static bool has_drawn(const struct heed_params *set)
{
    for (size_t i = 0; i < set->n; i++)
        if (set->items[i]->init != HEED_INIT_ZERO && set->items[i]->init != HEED_INIT_ONE)
            return true;
    return false;
}

/* The score's parameters need the widths, so it is opened with the first frame. */
static int open_score(struct attend *self, const struct call *c, struct heed_err *err)
{
    const char *given = self->infer.options.places.path[HEED_PART_SCORE];
    const char *spec = given ? given : "dot";
    if (heed_instance_open(&self->instance, HEED_KIND_SCORE, spec, true, heed_host_table(), err) ||
        heed_score_open(&self->own_score, &self->instance, &self->params, "attention",
                        c->query->dims[2], c->key->dims[2], err))
        return -1;
    self->score = &self->own_score;
    heed_params_fill(&self->params, (uint64_t)self->seed);
    if (has_drawn(&self->params))
        heed_note("score %s: its weights are drawn from seed %lld, not learnt", spec,
                  (long long)self->seed);
    return 0;
}

static int read_call(const struct heed_doc *frame, struct call *c, struct heed_err *err)
{
    c->query = heed_doc_want(frame, "query", HEED_F32, 3, err);
    c->key = c->query ? heed_doc_want(frame, "key", HEED_F32, 3, err) : NULL;
    c->value = c->key ? heed_doc_want(frame, "value", HEED_F32, 3, err) : NULL;
    if (!c->value)
        return -1;
    c->keys = heed_doc_find(frame, "keys");
    c->query_len = heed_doc_find(frame, "query_len");
    c->valid = heed_doc_find(frame, "valid_len");
    c->B = c->query->dims[0];
    c->Q = c->query->dims[1];
    c->S = c->key->dims[1];
    c->V = c->value->dims[2];
    if (c->value->dims[1] != c->S)
        return heed_fail(err, "tensor value: %lld rows, tensor key has %lld",
                         (long long)c->value->dims[1], (long long)c->S);
    if (c->keys && (c->keys->dtype != HEED_F32 || c->keys->rank != 3 || c->keys->dims[1] != c->S))
        return heed_fail(err, "tensor keys does not fit tensor key");
    return 0;
}

static bool per_query(const struct call *c)
{
    return c->valid && c->valid->rank == 2;
}

static void find_lengths(struct call *c)
{
    const int32_t *len = c->valid ? c->valid->data : NULL;
    c->k_len = heed_xcalloc((size_t)c->B + 1, sizeof *c->k_len);
    for (int64_t b = 0; b < c->B; b++) {
        c->k_len[b] = len ? 0 : (int32_t)c->S;
        for (int64_t q = 0; len && q < (per_query(c) ? c->Q : 1); q++)
            c->k_len[b] = HEED_MAX(c->k_len[b], len[per_query(c) ? b * c->Q + q : b]);
    }
}

/* Rows b to b + n of a frame's [B,m,width], each from its item `from` on, `items` of them; n is 1
 * where those are not all. */
static struct heed_tensor *rows_of(struct heed_tape *t, const struct heed_array *a, int64_t b,
                                   int64_t n, int64_t from, int64_t items)
{
    float *data = (float *)a->data + (b * a->dims[1] + from) * a->dims[2];
    return heed_tensor_wrap(t, 2, (int64_t[]){n * items, a->dims[2]}, data, false);
}

static void count(struct attend *self, const struct call *c, const float *w)
{
    for (int64_t i = 0; i < c->B * c->Q; i++, w += c->S) {
        double entropy = 0, largest = 0;
        for (int64_t s = 0; s < c->S; s++) {
            if (w[s] > 0)
                entropy -= (double)w[s] * log(w[s]);
            largest = HEED_MAX(largest, (double)w[s]);
        }
        if (largest == 0)
            continue;
        self->entropy += entropy;
        self->largest += largest;
        self->n_queries++;
    }
}

/* Queries from to from + Q of rows b to b + n: a piece of the frame. */
struct piece {
    int64_t b, n, from, Q;
};

static int32_t *positions_of(struct heed_tape *t, const struct piece *p)
{
    int32_t *position = heed_tape_alloc(t, sizeof *position * (size_t)(p->n * p->Q + 1));
    for (int64_t i = 0; i < p->n * p->Q; i++)
        position[i] = (int32_t)(p->from + i % p->Q);
    return position;
}

static int32_t *query_lengths(struct heed_tape *t, const struct call *c, const struct piece *p)
{
    const int32_t *len = c->query_len->data;
    int32_t *own = heed_tape_alloc(t, sizeof *own * (size_t)(p->n + 1));
    for (int64_t i = 0; i < p->n; i++)
        own[i] = (int32_t)HEED_MAX(0, HEED_MIN(len[p->b + i] - p->from, p->Q));
    return own;
}

static int run_piece(struct attend *self, const struct call *c, const struct piece *p,
                     float *weights, float *context, struct heed_err *err)
{
    struct heed_tape *t = self->tape;
    int64_t at = p->b * c->Q + p->from;
    heed_tape_reset(t);
    struct heed_tensor *key = rows_of(t, c->keys ? c->keys : c->key, p->b, p->n, 0, c->S);
    struct heed_attention a = {
        .B = (int32_t)p->n,
        .Q = (int32_t)p->Q,
        .S = c->S,
        .query = rows_of(t, c->query, p->b, p->n, p->from, p->Q),
        .keys = c->keys ? key : heed_score_keys(self->score, t, key),
        .value = rows_of(t, c->value, p->b, p->n, 0, c->S),
        .k_len = c->k_len + p->b,
        .q_len = c->query_len ? query_lengths(t, c, p) : NULL,
        .query_k_len = per_query(c) ? (const int32_t *)c->valid->data + at : NULL,
        .position = positions_of(t, p),
        .causal = self->causal,
        .window = (int32_t)self->window,
    };
    struct heed_tensor *out = heed_attend(self->score, t, &a);
    if (heed_tape_failed(t, err))
        return -1;
    memcpy(weights + at * c->S, a.weights->data, sizeof(float) * (size_t)(p->n * p->Q * c->S));
    memcpy(context + at * c->V, out->data, sizeof(float) * (size_t)(p->n * p->Q * c->V));
    return 0;
}

#define PIECE_FLOATS (1 << 24) /* weights, or keys, of a piece */

/* Floats of a row's keys; their width is the score's own business, and asked with one of them. */
static int row_of_keys(struct attend *self, const struct call *c, int64_t *floats,
                       struct heed_err *err)
{
    const struct heed_array *given = c->keys ? c->keys : c->key;
    *floats = c->S * given->dims[2];
    if (c->S == 0)
        return 0;
    heed_tape_reset(self->tape);
    struct heed_tensor *one = rows_of(self->tape, given, 0, 1, 0, 1);
    if (!c->keys)
        one = heed_score_keys(self->score, self->tape, one);
    if (heed_tape_failed(self->tape, err))
        return -1;
    *floats = c->S * heed_width(one);
    if ((double)*floats * sizeof(float) > (double)HEED_FRAME_MAX)
        return heed_fail(err, "a row of %lld keys of width %lld exceeds %llu bytes",
                         (long long)c->S, (long long)heed_width(one), HEED_FRAME_MAX);
    return 0;
}

/* Whole rows where several fit, else some queries of one: none sees another, so nothing changes. */
static int run_pieces(struct attend *self, const struct call *c, float *weights, float *context,
                      struct heed_err *err)
{
    int64_t row;
    if (row_of_keys(self, c, &row, err))
        return -1;
    int64_t rows = HEED_MAX(1, PIECE_FLOATS / HEED_MAX(row, c->Q * c->S + 1));
    int64_t queries = HEED_MAX(1, rows > 1 ? c->Q : HEED_MIN(c->Q, PIECE_FLOATS / (c->S + 1)));
    for (int64_t b = 0; b < c->B; b += rows)
        for (int64_t q = 0; q < c->Q; q += queries) {
            struct piece p = {b, HEED_MIN(rows, c->B - b), q, HEED_MIN(queries, c->Q - q)};
            if (run_piece(self, c, &p, weights, context, err))
                return -1;
        }
    return 0;
}

/* Known before anything is taken for it: a few kilobytes of queries and keys make gigabytes. */
static int check_size(const struct call *c, struct heed_err *err)
{
    double size = (double)c->B * (double)c->Q * (double)(c->S + c->V) * sizeof(float);
    if (size <= (double)HEED_FRAME_MAX)
        return 0;
    return heed_fail(
        err,
        "weights and context of %lld rows of %lld queries and %lld keys exceed the %llu "
        "bytes of a frame: give fewer a frame",
        (long long)c->B, (long long)c->Q, (long long)c->S, HEED_FRAME_MAX);
}

static int run_call(struct attend *self, const struct heed_doc *frame, struct heed_err *err)
{
    struct call c;
    if (read_call(frame, &c, err) || check_size(&c, err) ||
        (!self->score && open_score(self, &c, err)))
        return -1;
    float *weights = heed_xcalloc((size_t)(c.B * c.Q * c.S) + 1, sizeof *weights);
    float *context = heed_xcalloc((size_t)(c.B * c.Q * c.V) + 1, sizeof *context);
    find_lengths(&c);
    struct heed_doc out;
    heed_doc_init(&out);
    heed_doc_add(&out, "weights", HEED_F32, 4, (int64_t[]){c.B, 1, c.Q, c.S}, weights)->owned =
        weights;
    heed_doc_add(&out, "context", HEED_F32, 3, (int64_t[]){c.B, c.Q, c.V}, context)->owned =
        context;
    int status = run_pieces(self, &c, weights, context, err);
    free(c.k_len);
    if (status) {
        heed_doc_release(&out);
        return -1;
    }
    count(self, &c, weights);
    return stage_send(&self->stage, frame, &out, err);
}

/* --- the command --- */

static int check_mask(struct attend *self, struct heed_err *err)
{
    char *words = heed_xstrdup(self->mask), *rest = words, *word;
    int status = 0;
    while (status == 0 && (word = strsep(&rest, ","))) {
        if (strcmp(word, "causal") == 0)
            self->causal = true;
        else if (strcmp(word, "len") != 0)
            status = heed_usage(err, "option --mask: '%s' is no mask; there are len, causal", word);
    }
    free(words);
    return status;
}

static bool on_memory(const struct attend *self)
{
    return strcmp(self->stage.reader.type, "memory") == 0;
}

static int attend_frame(void *ctx, struct heed_doc *frame, struct heed_err *err)
{
    return on_memory(ctx) ? add_keys(ctx, frame, err) : run_call(ctx, frame, err);
}

static int open_model(struct attend *self, struct heed_err *err)
{
    const struct heed_net *net = &self->infer.model.net;
    if (!heed_net_attends(net) && !on_memory(self))
        return heed_fail(err, "%s: this model pays no attention", self->infer.options.model);
    self->score = net->score;
    self->tape = &self->infer.engine.lanes.lanes[0].tape;
    return infer_check_stream(&self->infer, &self->stage.reader, err);
}

static int opened(void *ctx, struct heed_err *err)
{
    struct attend *self = ctx;
    self->stage.writes = on_memory(self) ? "memory" : "attention";
    if (self->infer.options.model)
        return open_model(self, err);
    return on_memory(self)
               ? heed_usage(err, "keys of a memory stream need the model: give -m MODEL")
               : 0;
}

static int head(void *ctx, struct heed_doc *doc, struct heed_err *err)
{
    struct attend *self = ctx;
    (void)err;
    if (self->infer.options.model)
        infer_head(&self->infer, doc);
    return 0;
}

static void tell(void *ctx)
{
    struct attend *self = ctx;
    double s = stage_seconds();
    if (on_memory(self))
        heed_note("keys of %lld lines, %.3f s, %.0f lines/s", (long long)self->infer.n_lines, s,
                  (double)self->infer.n_lines / s);
    if (self->n_queries)
        heed_note("%lld queries: mean entropy %.4f nats, mean largest weight %.4f",
                  (long long)self->n_queries, self->entropy / (double)self->n_queries,
                  self->largest / (double)self->n_queries);
}

/* Without a model: parameters and a lane for a score alone. */
static int run_alone(struct attend *self, struct heed_err *err)
{
    for (size_t i = 0; i < self->infer.options.plugin_dirs.n; i++)
        heed_plugin_dir_add(self->infer.options.plugin_dirs.items[i]);
    heed_arena_init(&self->arena, "model", 8ull << 30);
    heed_params_init(&self->params, &self->arena);
    heed_lane_init(&self->own_lane, &self->params);
    self->tape = &self->own_lane.tape;
    self->tape->strict = true;
    int status = stage_run(&self->stage, err);
    heed_layer_close(&self->own_score);
    heed_instance_close(&self->instance);
    heed_lane_release(&self->own_lane);
    heed_params_release(&self->params);
    heed_arena_free(&self->arena);
    return status;
}

static int run(void *opaque, struct heed_err *err)
{
    struct attend *self = opaque;
    if (check_mask(self, err))
        return -1;
    self->stage = (struct stage){.reads = "memory|attention",
                                 .ctx = self,
                                 .opened = opened,
                                 .head = head,
                                 .item = attend_frame,
                                 .tell = tell};
    self->infer.options.jobs = 1;
    return self->infer.options.model ? infer_run(&self->infer, &self->stage, err)
                                     : run_alone(self, err);
}

static const struct heed_option rows[] = {
    HEED_ROW_STRING(struct attend, infer.options.model, "model", NULL, "MODEL",
                    "take score and weights from this model", .letter = 'm'),
    HEED_ROW_STRING(struct attend, infer.options.places.path[HEED_PART_SCORE], "score", NULL,
                    "PLUGIN",
                    "score without a model (dot when not given); with one, where its plugin lies"),
    HEED_ROW_STRING(struct attend, infer.options.places.path[HEED_PART_CELL], "cell", NULL, "PATH",
                    "where the model's cell plugin lies, when outside the plugin folder"),
    HEED_ROW_LIST(struct attend, infer.options.plugin_dirs, "plugin-dir", "DIR",
                  "search plugins here first"),
    HEED_ROW_STRING(struct attend, mask, "mask", "len", "LIST",
                    "len: keys within valid_len; causal: none after the query's own position"),
    HEED_ROW_INT(struct attend, window, "window", "0", 0, 1e6, "N",
                 "only keys within N of the query's position; 0: all"),
    HEED_ROW_INT(struct attend, seed, "seed", "1", 0, 9e15, "N",
                 "of a score's weights when there is no model", .letter = 's'),
    {0},
};

const struct heed_command heed_command = {
    .name = "attend",
    .summary = "attention as a filter: keys of a memory, or weights and context of any queries",
    .usage = "[-m MODEL] [--score PLUGIN] [FILE]",
    .about = "Between encode and decode it does the score's once-per-sequence half and adds keys "
             "to the memory. On a stream of type attention (tensors query, key, value, valid_len) "
             "it computes weights and context with any score and mask.\n\n"
             "With -m and a stream of decode --attention it replays the decoder's attention to the "
             "very same weights.",
    .examples =
        "tokenize -m m.heed < en.txt | encode -m m.heed | attend -m m.heed | decode -m m.heed\n"
        "attend --score mlp:hidden=64 --mask len,causal < qkv.safetensors | peek --values",
    .see_also = "encode, decode, plugins, peek",
    .options = rows,
    .most_used = "model score mask window",
    .self_size = sizeof(struct attend),
    .max_operands = 1,
    .refuse = heed_refuse,
    .start = heed_start_kernels,
    .run = run,
};
