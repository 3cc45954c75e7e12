/* attention_blocks.c: attention whose weights nobody looks at, a block of them at a time.
 *
 *     keys of a source        1 … S
 *     queries 1 … n           [ block ]    score, mask, softmax, dropout, sum over values: then it is forgotten;
 *     queries n+1 … 2n        [ block ]    backward makes it again, from the same numbers, and goes back through it
 *
 * So memory grows with S, not with Q * S. A block has whole rows of weights, so that a softmax needs no
 * running maximum (Milakov & Gimelshein 2018), a plugin sees what it always sees, and its bits are those of
 * the whole; what is made again is what Dao et al. 2022 make again. The score is called on a tape of the block's own:
 * any score works, and its parameters get their gradient block by block. Dropout is drawn by
 * coordinates, so the second time gives the same mask. Keys that no query of a block may see yet are left out. */
#include <string.h>

#include "net/attention_parts.h"
#include "tensor/by_products.h"

#define KEPT    (1 << 16) /* weights that are no matter: one block, kept */
#define BLOCK   (1 << 17) /* weights of a block */
#define QUERIES 32        /* of a block at least: keys are packed for each */

bool heed_attend_in_blocks(const struct heed_attention *a)
{
    return a->by_products && a->unseen && a->k_len && (int64_t)a->B * a->G * a->Q * a->S > KEPT;
}

struct blocks {
    const struct heed_layer *score;
    struct heed_attention a; /* its arrays live as long as the tape; tensors: the node's */
};

/* Sources b … b+n-1, queries q … q+nq-1 of them; more than one source only with all queries. */
struct block {
    int32_t b, n, q, nq;
    int64_t cells; /* for stepping */
};

static bool next_block(const struct heed_attention *a, struct block *x)
{
    int64_t row = HEED_MAX((int64_t)a->G * a->S, 1);
    int32_t most = (int32_t)HEED_MIN(HEED_MAX(BLOCK / row, QUERIES), a->Q);
    if (x->nq && x->q + x->nq < a->Q) {
        x->q += x->nq;
    } else {
        x->b += x->n;
        x->q = 0;
    }
    x->n = (int32_t)HEED_MIN(HEED_MAX(BLOCK / (row * a->Q), 1), a->B - x->b);
    x->nq = HEED_MIN(most, a->Q - x->q);
    return x->b < a->B;
}

/* --- rows of a block: [B,G,Q,w] to [n,G,nq,w] and back --- */

static bool is_whole(const struct heed_attention *a, const struct block *x)
{
    return x->nq == a->Q;
}

static float *place(const struct heed_attention *a, const struct block *x, int64_t head, int64_t w,
                    float *all)
{
    return all + (((int64_t)x->b * a->G + head) * a->Q + x->q) * w;
}

static float *rows_of(struct heed_tape *t, const struct heed_attention *a, const struct block *x,
                      int64_t w, float *all)
{
    if (is_whole(a, x))
        return place(a, x, 0, w, all);
    float *rows = heed_new(t->arena, float, a->G * x->nq * w + 1);
    for (int64_t head = 0; head < a->G; head++)
        memcpy(rows + head * x->nq * w, place(a, x, head, w, all),
               sizeof(float) * (size_t)(x->nq * w));
    return rows;
}

static void put_back(const struct heed_attention *a, const struct block *x, int64_t w,
                     const float *rows, bool add, float *all)
{
    for (int64_t head = 0; head < a->G; head++) {
        float *to = place(a, x, head, w, all);
        const float *from = rows + head * x->nq * w;
        if (add)
            heed_vec()->add((size_t)(x->nq * w), to, from, to);
        else
            memcpy(to, from, sizeof(float) * (size_t)(x->nq * w));
    }
}

/* Room for what put_back() takes, or the place itself. */
static float *room_of(struct heed_tape *t, const struct heed_attention *a, const struct block *x,
                      int64_t w, float *all)
{
    return is_whole(a, x)
               ? place(a, x, 0, w, all)
               : heed_arena_zero(t->arena, sizeof(float) * (size_t)(a->G * x->nq * w + 1));
}

/* --- the call for a block --- */

/* Keys of source b that some query of the block may see. */
static int32_t keys_seen(const struct heed_attention *a, const struct block *x, int32_t b)
{
    int32_t n = (int32_t)HEED_MIN(HEED_MAX(a->k_len[b], 0), a->S), most = -1;
    for (int32_t q = 0; a->causal && q < x->nq; q++)
        most = HEED_MAX(most, a->position[(int64_t)b * a->Q + x->q + q]);
    return a->causal ? HEED_MIN(n, most + 1) : n;
}

/* Arrays [B,Q], of which a block has some queries. */
static const int32_t *of_queries(struct heed_tape *t, const struct heed_attention *a,
                                 const struct block *x, const int32_t *all)
{
    int32_t *some = heed_new(t->arena, int32_t, (int64_t)x->n * x->nq + 1);
    for (int64_t i = 0; i < (int64_t)x->n * x->nq; i++)
        some[i] = all[(x->b + i / x->nq) * a->Q + x->q + i % x->nq];
    return some;
}

static struct heed_tensor *wrap(struct heed_tape *t, int64_t rows, int64_t w, float *data,
                                float *grad)
{
    struct heed_tensor *x = heed_tensor_wrap(t, 2, (int64_t[]){rows, w}, data, false);
    x->grad = grad;
    return x;
}

/* Keys or values of a block's sources. */
static struct heed_tensor *of_sources(struct heed_tape *t, const struct heed_attention *a,
                                      const struct block *x, const struct heed_tensor *all,
                                      float *grad)
{
    int64_t w = heed_width(all), per = (int64_t)a->G * a->S, at = x->b * per * w;
    return wrap(t, x->n * per, w, all->data + at, grad ? grad + at : NULL);
}

static struct heed_attention call_of(struct heed_tape *t, const struct heed_node *node,
                                     const struct block *x)
{
    struct heed_attention a = ((const struct blocks *)node->aux)->a, part = a;
    int32_t *k_len = heed_new(t->arena, int32_t, 2 * x->n), *q_len = k_len + x->n;
    for (int32_t i = 0; i < x->n; i++) {
        int32_t queries = a.q_len ? a.q_len[x->b + i] - x->q : x->nq;
        k_len[i] = keys_seen(&a, x, x->b + i);
        q_len[i] = HEED_MAX(HEED_MIN(queries, x->nq), 0);
    }
    part.B = x->n;
    part.Q = x->nq;
    part.k_len = k_len;
    part.q_len = q_len;
    part.position = of_queries(t, &a, x, a.position);
    part.query_k_len = a.query_k_len ? of_queries(t, &a, x, a.query_k_len) : NULL;
    part.row = a.row ? a.row + x->b : NULL;
    return part;
}

/* A tape for what is over with the block, in the same arena. */
static void begin_inner(struct heed_tape *in, const struct heed_tape *t)
{
    heed_tape_init(in, t->arena, t->params);
    in->training = t->training;
    in->slab = t->slab;
    in->seed = t->seed;
    in->step = t->step;
    in->strict = t->strict;
    in->help = t->help;
    in->inner = in->by_products = true;
}

static void end_block(struct heed_tape *in, size_t mark)
{
    in->n_nodes = 0;
    in->begun = false;
    heed_arena_release(in->arena, mark);
}

static void end_inner(struct heed_tape *in, struct heed_tape *t)
{
    if (in->err.status && !t->err.status)
        t->err = in->err;
    heed_tape_release(in);
}

/* NULL where a score failed, or gave something else. */
static struct heed_tensor *weigh(const struct blocks *aux, struct heed_tape *in,
                                 struct heed_attention *part)
{
    struct heed_tensor *w = heed_attend_weigh(aux->score, in, part);
    int64_t want = (int64_t)part->B * part->G * part->Q * part->S;
    if (!in->err.status && (w->rank != 4 || heed_elements(w) != want))
        heed_fail(&in->err, "attention: %lld weights instead of %lld", (long long)heed_elements(w),
                  (long long)want);
    return in->err.status ? NULL : w;
}

static struct heed_heads heads_of(const struct heed_attention *part, int64_t width)
{
    return (struct heed_heads){part->B, part->G, part->Q, part->S, width, part->q_len, part->k_len};
}

/* --- the operation --- */

static int shape(struct heed_node *node, struct heed_err *err)
{
    const struct heed_attention *a = &((const struct blocks *)node->aux)->a;
    const struct heed_tensor *query = node->in[0], *keys = node->in[1], *value = node->in[2];
    int64_t sources = (int64_t)a->B * a->G;
    if (heed_rows(query) != sources * a->Q || heed_rows(keys) < sources * a->S ||
        heed_rows(value) < sources * a->S)
        return heed_fail(err, "%lld queries, %lld keys, %lld values for %lld sources with heads",
                         (long long)heed_rows(query), (long long)heed_rows(keys),
                         (long long)heed_rows(value), (long long)sources);
    node->out[0]->rank = 2;
    node->out[0]->dims[0] = sources * a->Q;
    node->out[0]->dims[1] = heed_width(value);
    return 0;
}

static void forward(struct heed_node *node)
{
    const struct blocks *aux = node->aux;
    const struct heed_attention *a = &aux->a;
    int64_t dq = heed_width(node->in[0]), v = heed_width(node->in[2]);
    struct heed_tape in;
    begin_inner(&in, node->tape);
    for (struct block x = {0}; next_block(a, &x) && !in.err.status;) {
        size_t mark = heed_arena_mark(in.arena);
        struct heed_attention part = call_of(&in, node, &x);
        part.query = wrap(&in, (int64_t)x.n * a->G * x.nq, dq,
                          rows_of(&in, a, &x, dq, node->in[0]->data), NULL);
        part.keys = of_sources(&in, a, &x, node->in[1], NULL);
        part.value = of_sources(&in, a, &x, node->in[2], NULL);
        const struct heed_tensor *w = weigh(aux, &in, &part);
        struct heed_heads heads = heads_of(&part, v);
        float *y = room_of(&in, a, &x, v, node->out[0]->data);
        if (w)
            heed_sum_by_products(&in, &heads, w->data, part.value->data, y);
        if (w && !is_whole(a, &x))
            put_back(a, &x, v, y, false, node->out[0]->data);
        end_block(&in, mark);
    }
    end_inner(&in, node->tape);
}

static void backward(struct heed_node *node)
{
    const struct blocks *aux = node->aux;
    const struct heed_attention *a = &aux->a;
    int64_t dq = heed_width(node->in[0]), v = heed_width(node->in[2]);
    float *grad[3];
    struct heed_tape in;
    for (int i = 0; i < 3; i++)
        grad[i] = heed_tape_grad(node->tape, node->in[i]);
    begin_inner(&in, node->tape);
    for (struct block x = {0}; next_block(a, &x) && !in.err.status;) {
        size_t mark = heed_arena_mark(in.arena);
        struct heed_attention part = call_of(&in, node, &x);
        float *own = grad[0] ? room_of(&in, a, &x, dq, grad[0]) : NULL;
        part.query = wrap(&in, (int64_t)x.n * a->G * x.nq, dq,
                          rows_of(&in, a, &x, dq, node->in[0]->data), own);
        part.keys = of_sources(&in, a, &x, node->in[1], grad[1]);
        part.value = of_sources(&in, a, &x, node->in[2], grad[2]);
        struct heed_tensor *w = weigh(aux, &in, &part);
        struct heed_heads heads = heads_of(&part, v);
        const float *dy = rows_of(&in, a, &x, v, node->out[0]->grad);
        if (w) {
            heed_sum_by_products_grad(&in, &heads, w->data, part.value->data, dy, w->grad,
                                      part.value->grad);
            heed_tape_backward(&in);
        }
        if (own && !is_whole(a, &x))
            put_back(a, &x, dq, own, true, grad[0]);
        end_block(&in, mark);
    }
    end_inner(&in, node->tape);
}
static const struct heed_op op_blocks = {sizeof(struct heed_op), "attention", shape, forward,
                                         backward};

static const int32_t *kept(struct heed_tape *t, const int32_t *x, int64_t n)
{
    size_t size = sizeof *x * (size_t)n;
    return x ? memcpy(heed_tape_alloc(t, size + 1), x, size) : NULL;
}

struct heed_tensor *heed_attend_blocks(const struct heed_layer *score, struct heed_tape *t,
                                       const struct heed_attention *a)
{
    struct blocks aux = {.score = score, .a = *a};
    struct heed_tensor *in[] = {a->query, a->keys, a->value};
    int64_t B = a->B, each = B * a->Q;
    aux.a.k_len = kept(t, a->k_len, B);
    aux.a.q_len = kept(t, a->q_len, B);
    aux.a.row = kept(t, a->row, B);
    aux.a.position = kept(t, a->position, each);
    aux.a.query_k_len = kept(t, a->query_k_len, each);
    return heed_apply(t, &op_blocks, 3, in, 1, NULL, &aux, sizeof aux);
}
