/* attend_call.c: attention of one frame: queries, keys and values, or scores that are given.
 *
 * A frame may have heads, [B,G,Q,·]: each is a row of its own here, B·G rows, since no score that core
 * calls sees more than one. A large frame is worked in pieces: whole rows where several fit, else some
 * queries of one; none sees another, so nothing changes. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "cli/attend.h"
#include "tensor/vec.h"

struct call {
    const struct heed_array *query, *key, *keys, *value, *scores; /* or NULL */
    int rank;
    int64_t B, G, Q, S, V; /* B: rows, with the heads; V: 0 without value */
    int32_t *k_len;        /* [B]: the longest of a row's queries */
    int32_t *query_k_len;  /* [B,Q], or NULL: k_len */
    int32_t *query_len;    /* [B], or NULL: Q */
};

/* --- the frame --- */

/* Of the rank of the first one asked for; that B and G are equal the schema has seen. */
static const struct heed_array *want(const struct heed_doc *frame, const char *name, struct call *c,
                                     struct heed_err *err)
{
    const struct heed_array *a = heed_doc_find(frame, name);
    if (!c->rank && a && a->rank == 4)
        c->rank = 4;
    c->rank = c->rank ? c->rank : 3;
    a = heed_doc_want(frame, name, HEED_F32, c->rank, err);
    if (a && !c->G) {
        c->G = c->rank == 4 ? a->dims[1] : 1;
        c->B = a->dims[0] * c->G;
    }
    return a;
}

static int64_t items(const struct heed_array *a)
{
    return a->dims[a->rank - 2];
}

static int64_t width(const struct heed_array *a)
{
    return a->dims[a->rank - 1];
}

static int read_scores(const struct heed_doc *frame, struct call *c, struct heed_err *err)
{
    if (heed_doc_find(frame, "query") || heed_doc_find(frame, "key"))
        return heed_fail(err, "tensor scores stands in place of query and key: give one of them");
    c->scores = want(frame, "scores", c, err);
    if (!c->scores)
        return -1;
    c->Q = items(c->scores);
    c->S = width(c->scores);
    return 0;
}

static int read_keys(const struct heed_doc *frame, struct call *c, struct heed_err *err)
{
    c->query = want(frame, "query", c, err);
    c->key = c->query ? want(frame, "key", c, err) : NULL;
    if (!c->key)
        return -1;
    c->Q = items(c->query);
    c->S = items(c->key);
    c->keys = heed_doc_find(frame, "keys") ? want(frame, "keys", c, err) : NULL;
    if (!c->keys && heed_doc_find(frame, "keys"))
        return -1;
    return c->keys && items(c->keys) != c->S ? heed_fail(err, "tensor keys does not fit tensor key")
                                             : 0;
}

static int read_call(const struct heed_doc *frame, struct call *c, struct heed_err *err)
{
    bool given = heed_doc_find(frame, "scores") != NULL;
    if ((given ? read_scores(frame, c, err) : read_keys(frame, c, err)) < 0)
        return -1;
    if (given && !heed_doc_find(frame, "value"))
        return 0;
    c->value = want(frame, "value", c, err);
    if (!c->value)
        return -1;
    c->V = width(c->value);
    if (items(c->value) != c->S)
        return heed_fail(err, "tensor value: %lld rows, tensor %s has %lld",
                         (long long)items(c->value), given ? "scores" : "key", (long long)c->S);
    return 0;
}

/* Lengths of rows for the heads of each. */
static void find_lengths(const struct heed_doc *frame, struct call *c)
{
    const struct heed_array *valid = heed_doc_find(frame, "valid_len"),
                            *query_len = heed_doc_find(frame, "query_len");
    const int32_t *len = valid ? valid->data : NULL;
    bool per_query = valid && valid->rank == 2;
    c->k_len = heed_xcalloc((size_t)c->B + 1, sizeof *c->k_len);
    if (per_query)
        c->query_k_len = heed_xcalloc((size_t)(c->B * c->Q) + 1, sizeof *c->query_k_len);
    if (query_len)
        c->query_len = heed_xcalloc((size_t)c->B + 1, sizeof *c->query_len);
    for (int64_t i = 0; i < c->B; i++) {
        int64_t b = i / c->G;
        c->k_len[i] = per_query ? 0 : len ? len[b] : (int32_t)c->S;
        for (int64_t q = 0; per_query && q < c->Q; q++) {
            c->query_k_len[i * c->Q + q] = len[b * c->Q + q];
            c->k_len[i] = HEED_MAX(c->k_len[i], len[b * c->Q + q]);
        }
        if (query_len)
            c->query_len[i] = ((const int32_t *)query_len->data)[b];
    }
}

static void release_call(struct call *c)
{
    free(c->k_len);
    free(c->query_k_len);
    free(c->query_len);
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

/* --- pieces --- */

/* Queries from to from + Q of rows b to b + n. */
struct piece {
    int64_t b, n, from, Q;
};

/* Rows b to b + n of a frame's [B,m,width], each from its item `from` on, `count` of them; n is 1
 * where those are not all. */
static struct heed_tensor *rows_of(struct heed_tape *t, const struct heed_array *a, int64_t b,
                                   int64_t n, int64_t from, int64_t count)
{
    float *data = (float *)a->data + (b * items(a) + from) * width(a);
    return heed_tensor_wrap(t, 2, (int64_t[]){n * count, width(a)}, data, false);
}

static int32_t *positions_of(struct heed_tape *t, const struct piece *p)
{
    int32_t *position = heed_tape_alloc(t, sizeof *position * (size_t)(p->n * p->Q + 1));
    for (int64_t i = 0; i < p->n * p->Q; i++)
        position[i] = (int32_t)(p->from + i % p->Q);
    return position;
}

static int32_t *query_lengths(struct heed_tape *t, const struct call *c, const struct piece *p)
{
    int32_t *own = heed_tape_alloc(t, sizeof *own * (size_t)(p->n + 1));
    if (!c->query_len)
        return NULL;
    for (int64_t i = 0; i < p->n; i++)
        own[i] = (int32_t)HEED_MAX(0, HEED_MIN(c->query_len[p->b + i] - p->from, p->Q));
    return own;
}

/* Softmax of scores that are given. Minus infinity is a key that is not seen: softmax gets the least
 * number for it, and the weight is zero also where a query sees no other. */
static struct heed_tensor *softmax_of(struct heed_tape *t, const struct call *c,
                                      const struct piece *p, const struct heed_mask *mask)
{
    struct heed_tensor *x = heed_tensor_new(t, 4, (int64_t[]){p->n, 1, p->Q, c->S});
    int64_t row = p->Q * c->S;
    for (int64_t b = 0; b < p->n; b++) {
        const float *from = (const float *)c->scores->data + ((p->b + b) * c->Q + p->from) * c->S;
        for (int64_t i = 0; i < row; i++)
            x->data[b * row + i] = from[i] == -INFINITY ? -FLT_MAX : from[i];
    }
    struct heed_tensor *w = heed_masked_softmax(t, x, mask);
    for (int64_t i = 0; i < p->n * row; i++)
        if (x->data[i] == -FLT_MAX)
            w->data[i] = 0;
    return w;
}

/* Weights in a->weights, and the context; NULL without values. */
static struct heed_tensor *run_scores(struct heed_tape *t, const struct call *c,
                                      const struct piece *p, struct heed_attention *a)
{
    struct heed_mask mask = {.q_len = a->q_len,
                             .k_len = a->query_k_len ? a->query_k_len : a->k_len,
                             .q_position = a->position,
                             .per_query = a->query_k_len != NULL,
                             .causal = a->causal,
                             .window = a->window};
    a->weights = softmax_of(t, c, p, &mask);
    if (!c->value)
        return NULL;
    struct heed_tensor *value = heed_reshape(t, a->value, 4, (int64_t[]){p->n, 1, c->S, c->V});
    return heed_weighted_sum(t, a->weights, value, a->q_len, a->k_len);
}

static int run_piece(struct attend *self, const struct call *c, const struct piece *p,
                     float *weights, float *context, struct heed_err *err)
{
    struct heed_tape *t = self->tape;
    int64_t at = p->b * c->Q + p->from;
    heed_tape_reset(t);
    struct heed_attention a = {
        .B = (int32_t)p->n,
        .Q = (int32_t)p->Q,
        .S = c->S,
        .value = c->value ? rows_of(t, c->value, p->b, p->n, 0, c->S) : NULL,
        .k_len = c->k_len + p->b,
        .q_len = query_lengths(t, c, p),
        .query_k_len = c->query_k_len ? c->query_k_len + at : NULL,
        .position = positions_of(t, p),
        .causal = self->causal,
        .window = (int32_t)self->window,
    };
    if (!c->scores) {
        struct heed_tensor *key = rows_of(t, c->keys ? c->keys : c->key, p->b, p->n, 0, c->S);
        a.query = rows_of(t, c->query, p->b, p->n, p->from, p->Q);
        a.keys = c->keys ? key : heed_score_keys(self->score, t, key);
    }
    struct heed_tensor *out = c->scores ? run_scores(t, c, p, &a) : heed_attend(self->score, t, &a);
    if (heed_tape_failed(t, err))
        return -1;
    memcpy(weights + at * c->S, a.weights->data, sizeof(float) * (size_t)(p->n * p->Q * c->S));
    if (out)
        memcpy(context + at * c->V, out->data, sizeof(float) * (size_t)(p->n * p->Q * c->V));
    return 0;
}

#define PIECE_FLOATS (1 << 24) /* weights, or keys, of a piece */

/* Floats of a row's keys; their width is the score's own business, and asked with one of them. */
static int row_of_keys(struct attend *self, const struct call *c, int64_t *floats,
                       struct heed_err *err)
{
    const struct heed_array *given = c->keys ? c->keys : c->key;
    *floats = c->scores ? 0 : c->S * width(given);
    if (c->S == 0 || c->scores)
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

static int open_score(struct attend *self, const struct call *c, struct heed_err *err)
{
    if (c->scores && (self->infer.options.model || heed_option_given("score")))
        return heed_fail(err, "tensor scores needs no score: leave --score and -m away");
    if (c->scores || self->score)
        return 0;
    return attend_open_score(self, width(c->query), width(c->key), err);
}

/* What is sent: weights and, with values, context. */
static void add_results(struct heed_doc *out, const struct call *c, float *weights, float *context)
{
    int64_t B = c->B / c->G, heads[] = {B, c->G, c->Q, c->V}, plain[] = {B, c->Q, c->V};
    heed_doc_add(out, "weights", HEED_F32, 4, (int64_t[]){B, c->G, c->Q, c->S}, weights)->owned =
        weights;
    if (c->value)
        heed_doc_add(out, "context", HEED_F32, c->rank, c->rank == 4 ? heads : plain, context)
            ->owned = context;
    else
        free(context);
}

int attend_call(struct attend *self, const struct heed_doc *frame, struct heed_err *err)
{
    struct call c = {0};
    if (read_call(frame, &c, err) || check_size(&c, err) || open_score(self, &c, err))
        return -1;
    float *weights = heed_xcalloc((size_t)(c.B * c.Q * c.S) + 1, sizeof *weights);
    float *context = heed_xcalloc((size_t)(c.B * c.Q * c.V) + 1, sizeof *context);
    struct heed_doc out;
    heed_doc_init(&out);
    add_results(&out, &c, weights, context);
    find_lengths(frame, &c);
    int status = run_pieces(self, &c, weights, context, err);
    release_call(&c);
    if (status) {
        heed_doc_release(&out);
        return -1;
    }
    count(self, &c, weights);
    return stage_send(&self->stage, frame, &out, err);
}
