/* ops_attention.c: scores, masked softmax and weighted sum over [B,G,Q,S].
 *
 * Every (b,g,q) row is worked alone over its valid positions, in ascending order of s, so neither
 * padding nor the rows beside it change a bit. This is 1 to 3 % of a step of a recurrent net, where products over
 * blocks of queries are not worth it; a transformer asks for them (t->by_products, by_products.h). */
#include <string.h>
#include "tensor/by_products.h"
#include "tensor/ops.h"

struct span_aux {
    const int32_t *q_len, *k_len; /* [B] or NULL */
    float scale;
};

struct attn_dims {
    int64_t b, g, q, s, d;
};

static int64_t clamp_len(const int32_t *len, int64_t i, int64_t max)
{
    if (!len)
        return max;
    return len[i] < 0 ? 0 : HEED_MIN((int64_t)len[i], max);
}

static int rank4(const struct heed_tensor *x, const char *what, struct heed_err *err)
{
    char text[HEED_DIMS_TEXT];
    if (x->rank != 4)
        return heed_fail(err, "%s of shape %s instead of four dimensions", what,
                         heed_dims_text(x, text));
    return 0;
}

static void set_dims4(struct heed_tensor *out, int64_t b, int64_t g, int64_t q, int64_t s)
{
    out->rank = 4;
    out->dims[0] = b;
    out->dims[1] = g;
    out->dims[2] = q;
    out->dims[3] = s;
}

static int scores_shape(struct heed_node *node, struct heed_err *err)
{
    const struct heed_tensor *q = node->in[0], *k = node->in[1];
    char a[HEED_DIMS_TEXT], b[HEED_DIMS_TEXT];
    if (rank4(q, "query", err) < 0 || rank4(k, "keys", err) < 0)
        return -1;
    if (q->dims[0] != k->dims[0] || q->dims[1] != k->dims[1])
        return heed_fail(err, "query %s and keys %s differ in batch or heads", heed_dims_text(q, a),
                         heed_dims_text(k, b));
    if (q->dims[3] != k->dims[3])
        return heed_fail(err, "query of width %lld, keys of width %lld", (long long)q->dims[3],
                         (long long)k->dims[3]);
    if (node->n_in == 3 && heed_elements(node->in[2]) != q->dims[3])
        return heed_fail(err, "vector of %lld for width %lld",
                         (long long)heed_elements(node->in[2]), (long long)q->dims[3]);
    set_dims4(node->out[0], q->dims[0], q->dims[1], q->dims[2], k->dims[2]);
    return 0;
}

static struct attn_dims scores_dims(const struct heed_node *node)
{
    const int64_t *q = node->in[0]->dims;
    return (struct attn_dims){q[0], q[1], q[2], node->in[1]->dims[2], q[3]};
}

/* Goes over the rows that count, each with the keys that count: queries [B,G,Q,d] are rows of d
 * floats, and so are keys [B,G,S,d]. */
struct walk {
    struct attn_dims n;
    const struct span_aux *aux;
    int64_t row, key, n_keys; /* this query; its keys are key … key+n_keys-1 */
    int64_t bg, end;          /* pair (b,g), and where its rows end */
};

static struct walk walk(const struct heed_node *node, struct attn_dims n)
{
    return (struct walk){.n = n, .aux = node->aux, .row = -1, .bg = -1};
}

static bool next_row(struct walk *w)
{
    w->row++;
    while (w->row == w->end) {
        if (++w->bg == w->n.b * w->n.g)
            return false;
        int64_t b = w->bg / w->n.g;
        w->row = w->bg * w->n.q;
        w->end = w->row + clamp_len(w->aux->q_len, b, w->n.q);
        w->key = w->bg * w->n.s;
        w->n_keys = clamp_len(w->aux->k_len, b, w->n.s);
    }
    return true;
}

static void clear(struct heed_tensor *x)
{
    heed_vec()->fill((size_t)heed_elements(x), 0.0f, x->data);
}

/* --- dot scores: scale * q·k --- */

static void dot_forward(struct heed_node *node)
{
    const struct heed_vec *vec = heed_vec();
    struct attn_dims n = scores_dims(node);
    clear(node->out[0]);
    for (struct walk w = walk(node, n); next_row(&w);) {
        const float *q = node->in[0]->data + w.row * n.d, *k = node->in[1]->data + w.key * n.d;
        float *y = node->out[0]->data + w.row * n.s;
        for (int64_t s = 0; s < w.n_keys; s++)
            y[s] = w.aux->scale * vec->dot((size_t)n.d, q, k + s * n.d);
    }
}

static void dot_backward(struct heed_node *node)
{
    const struct heed_vec *vec = heed_vec();
    struct attn_dims n = scores_dims(node);
    float *dq = heed_tape_grad(node->tape, node->in[0]),
          *dk = heed_tape_grad(node->tape, node->in[1]);
    for (struct walk w = walk(node, n); next_row(&w);) {
        int64_t q = w.row * n.d, k = w.key * n.d;
        const float *dy = node->out[0]->grad + w.row * n.s;
        for (int64_t s = 0; s < w.n_keys; s++, k += n.d) {
            float g = w.aux->scale * dy[s];
            if (dq)
                vec->axpy((size_t)n.d, g, node->in[1]->data + k, dq + q);
            if (dk)
                vec->axpy((size_t)n.d, g, node->in[0]->data + q, dk + k);
        }
    }
}
static const struct heed_op op_dot = {sizeof(struct heed_op), "dot_scores", scores_shape,
                                      dot_forward, dot_backward};

static struct heed_heads heads_of(const struct heed_node *node, struct attn_dims n)
{
    const struct span_aux *aux = node->aux;
    return (struct heed_heads){n.b, n.g, n.q, n.s, n.d, aux->q_len, aux->k_len};
}

static void dot_products_forward(struct heed_node *node)
{
    struct heed_heads h = heads_of(node, scores_dims(node));
    heed_scores_by_products(node->tape, &h, ((const struct span_aux *)node->aux)->scale,
                            node->in[0]->data, node->in[1]->data, node->out[0]->data);
}
static void dot_products_backward(struct heed_node *node)
{
    struct heed_heads h = heads_of(node, scores_dims(node));
    float *dq = heed_tape_grad(node->tape, node->in[0]),
          *dk = heed_tape_grad(node->tape, node->in[1]);
    heed_scores_by_products_grad(node->tape, &h, ((const struct span_aux *)node->aux)->scale,
                                 node->in[0]->data, node->in[1]->data, node->out[0]->grad, dq, dk);
}
static const struct heed_op op_dot_products = {sizeof(struct heed_op), "dot_scores", scores_shape,
                                               dot_products_forward, dot_products_backward};

static struct span_aux span_copy(struct heed_tape *t, const struct heed_tensor *x, float scale,
                                 const int32_t *q_len, const int32_t *k_len)
{
    int64_t b = x->rank == 4 ? x->dims[0] : 0; /* another rank fails in shape() */
    return (struct span_aux){heed_tape_ints(t, q_len, b), heed_tape_ints(t, k_len, b), scale};
}

struct heed_tensor *heed_dot_scores(struct heed_tape *t, struct heed_tensor *q,
                                    struct heed_tensor *k, float scale, const int32_t *q_len,
                                    const int32_t *k_len)
{
    if (heed_tape_sour(t))
        return heed_tape_dummy(t);
    struct heed_tensor *in[] = {q, k};
    struct span_aux aux = span_copy(t, q, scale, q_len, k_len);
    return heed_apply(t, t->by_products ? &op_dot_products : &op_dot, 2, in, 1, NULL, &aux,
                      sizeof(aux));
}

/* --- additive scores: sum_i v[i] tanh(q[i]+k[i]) --- */

static void energy_forward(struct heed_node *node)
{
    const struct heed_vec *vec = heed_vec();
    struct attn_dims n = scores_dims(node);
    const float *v = node->in[2]->data;
    clear(node->out[0]);
    for (struct walk w = walk(node, n); next_row(&w);) {
        const float *q = node->in[0]->data + w.row * n.d, *k = node->in[1]->data + w.key * n.d;
        float *y = node->out[0]->data + w.row * n.s;
        for (int64_t s = 0; s < w.n_keys; s++)
            y[s] = vec->tanh_energy((size_t)n.d, q, k + s * n.d, v);
    }
}

/* tanh_energy_grad writes all three gradients: where none is wanted it goes to a spare row. */
static void energy_backward(struct heed_node *node)
{
    const struct heed_vec *vec = heed_vec();
    struct attn_dims n = scores_dims(node);
    float *grad[3], *spare[3] = {NULL, NULL, NULL};
    for (int i = 0; i < 3; i++) {
        grad[i] = heed_tape_grad(node->tape, node->in[i]);
        if (!grad[i])
            spare[i] = heed_arena_zero(node->tape->arena, sizeof(float) * (size_t)n.d);
    }
    float *dv = grad[2] ? grad[2] : spare[2];
    for (struct walk w = walk(node, n); next_row(&w);) {
        int64_t q = w.row * n.d, k = w.key * n.d;
        const float *dy = node->out[0]->grad + w.row * n.s;
        for (int64_t s = 0; s < w.n_keys; s++, k += n.d)
            vec->tanh_energy_grad((size_t)n.d, node->in[0]->data + q, node->in[1]->data + k,
                                  node->in[2]->data, dy[s], grad[0] ? grad[0] + q : spare[0],
                                  grad[1] ? grad[1] + k : spare[1], dv);
    }
}
static const struct heed_op op_energy = {sizeof(struct heed_op), "tanh_scores", scores_shape,
                                         energy_forward, energy_backward};

struct heed_tensor *heed_tanh_scores(struct heed_tape *t, struct heed_tensor *q,
                                     struct heed_tensor *k, struct heed_tensor *v,
                                     const int32_t *q_len, const int32_t *k_len)
{
    if (heed_tape_sour(t))
        return heed_tape_dummy(t);
    struct heed_tensor *in[] = {q, k, v};
    struct span_aux aux = span_copy(t, q, 1.0f, q_len, k_len);
    return heed_apply(t, &op_energy, 3, in, 1, NULL, &aux, sizeof(aux));
}

/* --- masked softmax --- */

static int softmax_shape(struct heed_node *node, struct heed_err *err)
{
    if (rank4(node->in[0], "scores", err) < 0)
        return -1;
    heed_dims_copy(node->out[0], node->in[0]);
    return 0;
}

/* The keys [*from, *to) that query i of batch row b sees. */
static void visible(const struct heed_mask *mask, const int64_t *dims, int64_t b, int64_t i,
                    int64_t *from, int64_t *to)
{
    *from = 0;
    *to = clamp_len(mask->k_len, mask->per_query ? b * dims[2] + i : b, dims[3]);
    if (mask->q_len && i >= mask->q_len[b])
        *to = 0;
    int64_t position = mask->q_position ? mask->q_position[b * dims[2] + i] : i;
    if (mask->causal)
        *to = HEED_MIN(*to, position + 1);
    if (mask->window > 0) {
        *from = HEED_MIN(HEED_MAX(0, position - mask->window), dims[3]);
        *to = HEED_MIN(*to, position + mask->window + 1);
    }
    *to = HEED_MAX(*from, *to);
}

static void softmax_forward(struct heed_node *node)
{
    const int64_t *dims = node->in[0]->dims;
    int64_t rows = dims[0] * dims[1] * dims[2];
    clear(node->out[0]);
    for (int64_t r = 0; r < rows; r++) {
        int64_t from, to;
        visible(node->aux, dims, r / dims[2] / dims[1], r % dims[2], &from, &to);
        heed_vec()->softmax((size_t)(to - from), node->in[0]->data + r * dims[3] + from,
                            node->out[0]->data + r * dims[3] + from);
    }
}

static void softmax_backward(struct heed_node *node)
{
    const int64_t *dims = node->in[0]->dims;
    int64_t rows = dims[0] * dims[1] * dims[2];
    float *dx = heed_tape_grad(node->tape, node->in[0]);
    for (int64_t r = 0; dx && r < rows; r++) {
        int64_t from, to;
        visible(node->aux, dims, r / dims[2] / dims[1], r % dims[2], &from, &to);
        int64_t at = r * dims[3] + from;
        heed_vec()->softmax_grad((size_t)(to - from), node->out[0]->data + at,
                                 node->out[0]->grad + at, dx + at);
    }
}
static const struct heed_op op_softmax = {sizeof(struct heed_op), "masked_softmax", softmax_shape,
                                          softmax_forward, softmax_backward};

struct heed_tensor *heed_masked_softmax(struct heed_tape *t, struct heed_tensor *scores,
                                        const struct heed_mask *mask)
{
    if (heed_tape_sour(t))
        return heed_tape_dummy(t);
    struct heed_mask aux = *mask;
    int64_t b = scores->rank == 4 ? scores->dims[0] : 0;
    aux.q_len = heed_tape_ints(t, mask->q_len, b);
    int64_t n = scores->rank == 4 ? b * scores->dims[2] : 0;
    aux.k_len = heed_tape_ints(t, mask->k_len, mask->per_query ? n : b);
    aux.q_position = heed_tape_ints(t, mask->q_position, n);
    return heed_apply(t, &op_softmax, 1, &scores, 1, NULL, &aux, sizeof(aux));
}

/* --- mean over heads: [B,G,Q,S] -> [B,1,Q,S] --- */

static int mean_shape(struct heed_node *node, struct heed_err *err)
{
    const int64_t *w = node->in[0]->dims;
    if (rank4(node->in[0], "weights", err) < 0)
        return -1;
    set_dims4(node->out[0], w[0], 1, w[2], w[3]);
    return 0;
}
static void mean_forward(struct heed_node *node)
{
    const int64_t *w = node->in[0]->dims;
    int64_t head = w[2] * w[3];
    clear(node->out[0]);
    for (int64_t i = 0; i < w[0] * w[1]; i++)
        heed_vec()->axpy((size_t)head, 1 / (float)w[1], node->in[0]->data + i * head,
                         node->out[0]->data + i / w[1] * head);
}
static void mean_backward(struct heed_node *node)
{
    const int64_t *w = node->in[0]->dims;
    int64_t head = w[2] * w[3];
    float *dw = heed_tape_grad(node->tape, node->in[0]);
    for (int64_t i = 0; dw && i < w[0] * w[1]; i++)
        heed_vec()->axpy((size_t)head, 1 / (float)w[1], node->out[0]->grad + i / w[1] * head,
                         dw + i * head);
}
static const struct heed_op op_mean = {sizeof(struct heed_op), "head_mean", mean_shape,
                                       mean_forward, mean_backward};

struct heed_tensor *heed_head_mean(struct heed_tape *t, struct heed_tensor *w)
{
    return heed_apply(t, &op_mean, 1, &w, 1, NULL, NULL, 0);
}

/* --- weighted sum: w [B,G,Q,S] · value [B,G,S,v] --- */

static int sum_shape(struct heed_node *node, struct heed_err *err)
{
    const struct heed_tensor *w = node->in[0], *v = node->in[1];
    char a[HEED_DIMS_TEXT], b[HEED_DIMS_TEXT];
    if (rank4(w, "weights", err) < 0 || rank4(v, "values", err) < 0)
        return -1;
    if (w->dims[0] != v->dims[0] || w->dims[1] != v->dims[1] || w->dims[3] != v->dims[2])
        return heed_fail(err, "weights %s do not fit values %s", heed_dims_text(w, a),
                         heed_dims_text(v, b));
    set_dims4(node->out[0], w->dims[0], w->dims[1], w->dims[2], v->dims[3]);
    return 0;
}

static struct attn_dims sum_dims(const struct heed_node *node)
{
    const int64_t *w = node->in[0]->dims;
    return (struct attn_dims){w[0], w[1], w[2], w[3], node->in[1]->dims[3]};
}

static void sum_forward(struct heed_node *node)
{
    const struct heed_vec *vec = heed_vec();
    struct attn_dims n = sum_dims(node);
    clear(node->out[0]);
    for (struct walk w = walk(node, n); next_row(&w);) {
        const float *weight = node->in[0]->data + w.row * n.s,
                    *value = node->in[1]->data + w.key * n.d;
        for (int64_t s = 0; s < w.n_keys; s++)
            vec->axpy((size_t)n.d, weight[s], value + s * n.d, node->out[0]->data + w.row * n.d);
    }
}

static void sum_backward(struct heed_node *node)
{
    const struct heed_vec *vec = heed_vec();
    struct attn_dims n = sum_dims(node);
    float *dw = heed_tape_grad(node->tape, node->in[0]),
          *dv = heed_tape_grad(node->tape, node->in[1]);
    for (struct walk w = walk(node, n); next_row(&w);) {
        int64_t at = w.row * n.s, value = w.key * n.d;
        const float *dy = node->out[0]->grad + w.row * n.d;
        for (int64_t s = 0; s < w.n_keys; s++, value += n.d) {
            if (dw)
                dw[at + s] += vec->dot((size_t)n.d, dy, node->in[1]->data + value);
            if (dv)
                vec->axpy((size_t)n.d, node->in[0]->data[at + s], dy, dv + value);
        }
    }
}
static const struct heed_op op_sum = {sizeof(struct heed_op), "weighted_sum", sum_shape,
                                      sum_forward, sum_backward};

static void sum_products_forward(struct heed_node *node)
{
    struct heed_heads h = heads_of(node, sum_dims(node));
    heed_sum_by_products(node->tape, &h, node->in[0]->data, node->in[1]->data, node->out[0]->data);
}
static void sum_products_backward(struct heed_node *node)
{
    struct heed_heads h = heads_of(node, sum_dims(node));
    float *dw = heed_tape_grad(node->tape, node->in[0]),
          *dv = heed_tape_grad(node->tape, node->in[1]);
    heed_sum_by_products_grad(node->tape, &h, node->in[0]->data, node->in[1]->data,
                              node->out[0]->grad, dw, dv);
}
static const struct heed_op op_sum_products = {sizeof(struct heed_op), "weighted_sum", sum_shape,
                                               sum_products_forward, sum_products_backward};

struct heed_tensor *heed_weighted_sum(struct heed_tape *t, struct heed_tensor *w,
                                      struct heed_tensor *value, const int32_t *q_len,
                                      const int32_t *k_len)
{
    if (heed_tape_sour(t))
        return heed_tape_dummy(t);
    struct heed_tensor *in[] = {w, value};
    struct span_aux aux = span_copy(t, w, 1.0f, q_len, k_len);
    return heed_apply(t, t->by_products ? &op_sum_products : &op_sum, 2, in, 1, NULL, &aux,
                      sizeof(aux));
}
