/* ops_rows.c: moving rows and columns: concat, stack, columns, gather, embed, dropout.
 * Backward adds in ascending order of the rows written, so repeated rows sum in one order. */
#include <string.h>
#include "base/rng.h"
#include "tensor/ops.h"

/* dst[i] (leading dimension ldd) = src[i] (lds), or += when add, for rows rows of width numbers. */
static void move(int64_t rows, int64_t width, const float *src, int64_t lds, bool add, float *dst,
                 int64_t ldd)
{
    const struct heed_vec *vec = heed_vec();
    for (int64_t i = 0; width && i < rows; i++) {
        float *to = dst + i * ldd;
        if (add)
            vec->add((size_t)width, to, src + i * lds, to);
        else
            memcpy(to, src + i * lds, sizeof(float) * (size_t)width);
    }
}

/* --- concat: along the width --- */

static int concat_shape(struct heed_node *node, struct heed_err *err)
{
    int64_t width = 0;
    for (int i = 0; i < node->n_in; i++) {
        if (heed_rows(node->in[i]) != heed_rows(node->in[0]))
            return heed_fail(err, "%lld rows beside %lld", (long long)heed_rows(node->in[i]),
                             (long long)heed_rows(node->in[0]));
        width += heed_width(node->in[i]);
    }
    heed_dims_copy(node->out[0], node->in[0]);
    node->out[0]->dims[node->in[0]->rank - 1] = width;
    return 0;
}
static void concat_forward(struct heed_node *node)
{
    struct heed_tensor *y = node->out[0];
    int64_t from = 0;
    for (int i = 0; i < node->n_in; i++) {
        const struct heed_tensor *x = node->in[i];
        move(heed_rows(x), heed_width(x), x->data, heed_width(x), false, y->data + from,
             heed_width(y));
        from += heed_width(x);
    }
}
static void concat_backward(struct heed_node *node)
{
    const struct heed_tensor *y = node->out[0];
    int64_t from = 0;
    for (int i = 0; i < node->n_in; i++) {
        const struct heed_tensor *x = node->in[i];
        float *dx = heed_tape_grad(node->tape, x);
        if (dx)
            move(heed_rows(x), heed_width(x), y->grad + from, heed_width(y), true, dx,
                 heed_width(x));
        from += heed_width(x);
    }
}
static const struct heed_op op_concat = {sizeof(struct heed_op), "concat", concat_shape,
                                         concat_forward, concat_backward};

struct heed_tensor *heed_concat(struct heed_tape *t, int n, struct heed_tensor *const *x)
{
    return heed_apply(t, &op_concat, n, x, 1, NULL, NULL, 0);
}

/* --- stack: rows on rows --- */

static int stack_shape(struct heed_node *node, struct heed_err *err)
{
    int64_t rows = 0, width = heed_width(node->in[0]);
    for (int i = 0; i < node->n_in; i++) {
        if (heed_width(node->in[i]) != width)
            return heed_fail(err, "width %lld on %lld", (long long)heed_width(node->in[i]),
                             (long long)width);
        rows += heed_rows(node->in[i]);
    }
    node->out[0]->rank = 2;
    node->out[0]->dims[0] = rows;
    node->out[0]->dims[1] = width;
    return 0;
}
static void stack_forward(struct heed_node *node)
{
    float *to = node->out[0]->data;
    for (int i = 0; i < node->n_in; i++) {
        size_t n = (size_t)heed_elements(node->in[i]);
        if (n)
            memcpy(to, node->in[i]->data, sizeof(float) * n);
        to += n;
    }
}
static void stack_backward(struct heed_node *node)
{
    const float *from = node->out[0]->grad;
    for (int i = 0; i < node->n_in; i++) {
        size_t n = (size_t)heed_elements(node->in[i]);
        float *dx = heed_tape_grad(node->tape, node->in[i]);
        if (dx)
            heed_vec()->add(n, dx, from, dx);
        from += n;
    }
}
static const struct heed_op op_stack = {sizeof(struct heed_op), "stack", stack_shape, stack_forward,
                                        stack_backward};

struct heed_tensor *heed_stack(struct heed_tape *t, int n, struct heed_tensor *const *x)
{
    return heed_apply(t, &op_stack, n, x, 1, NULL, NULL, 0);
}

/* --- columns --- */

struct columns_aux {
    int64_t from, n;
};
static int columns_shape(struct heed_node *node, struct heed_err *err)
{
    const struct columns_aux *aux = node->aux;
    const struct heed_tensor *x = node->in[0];
    if (aux->from < 0 || aux->n < 0 || aux->from > heed_width(x) - aux->n)
        return heed_fail(err, "%lld to %lld of %lld", (long long)aux->from,
                         (long long)(aux->from + aux->n), (long long)heed_width(x));
    heed_dims_copy(node->out[0], x);
    node->out[0]->dims[x->rank - 1] = aux->n;
    return 0;
}
static void columns_forward(struct heed_node *node)
{
    const struct columns_aux *aux = node->aux;
    const struct heed_tensor *x = node->in[0];
    move(heed_rows(x), aux->n, x->data + aux->from, heed_width(x), false, node->out[0]->data,
         aux->n);
}
static void columns_backward(struct heed_node *node)
{
    const struct columns_aux *aux = node->aux;
    const struct heed_tensor *x = node->in[0];
    float *dx = heed_tape_grad(node->tape, x);
    if (dx)
        move(heed_rows(x), aux->n, node->out[0]->grad, aux->n, true, dx + aux->from, heed_width(x));
}
static const struct heed_op op_columns = {sizeof(struct heed_op), "columns", columns_shape,
                                          columns_forward, columns_backward};

struct heed_tensor *heed_columns(struct heed_tape *t, struct heed_tensor *x, int64_t from,
                                 int64_t n)
{
    struct columns_aux aux = {from, n};
    return heed_apply(t, &op_columns, 1, &x, 1, NULL, &aux, sizeof(aux));
}

/* --- gather and embed: rows by index --- */

struct gather_aux {
    const int32_t *index;
    int64_t n;
};
static int gather_shape(struct heed_node *node, struct heed_err *err)
{
    const struct gather_aux *aux = node->aux;
    int64_t rows = heed_rows(node->in[0]);
    for (int64_t i = 0; i < aux->n; i++)
        if (aux->index[i] < -1 || aux->index[i] >= rows)
            return heed_fail(err, "row %d of %lld", (int)aux->index[i], (long long)rows);
    node->out[0]->rank = 2;
    node->out[0]->dims[0] = aux->n;
    node->out[0]->dims[1] = heed_width(node->in[0]);
    return 0;
}
/* Rows of a table of whole numbers. */
static void gather_rounded(const struct gather_aux *aux, const struct heed_rounded *from,
                           size_t width, float *y)
{
    for (int64_t i = 0; i < aux->n; i++, y += width) {
        const int8_t *q = aux->index[i] < 0 ? NULL : from->q + (size_t)aux->index[i] * width;
        for (size_t j = 0; j < width; j++)
            y[j] = q ? (float)q[j] * from->scale[aux->index[i]] : 0;
    }
}
static void gather_forward(struct heed_node *node)
{
    const struct gather_aux *aux = node->aux;
    const struct heed_tensor *from = node->in[0];
    const struct heed_rounded *whole =
        from->param >= 0 ? &node->tape->params->items[from->param]->rounded : NULL;
    if (whole && whole->q) {
        gather_rounded(aux, whole, (size_t)heed_width(from), node->out[0]->data);
        return;
    }
    const float *x = node->in[0]->data;
    float *y = node->out[0]->data;
    size_t width = (size_t)heed_width(node->in[0]);
    for (int64_t i = 0; width && i < aux->n; i++, y += width) {
        if (aux->index[i] < 0)
            memset(y, 0, sizeof(float) * width);
        else
            memcpy(y, x + (size_t)aux->index[i] * width, sizeof(float) * width);
    }
}
static void gather_backward(struct heed_node *node)
{
    const struct gather_aux *aux = node->aux;
    const float *dy = node->out[0]->grad;
    size_t width = (size_t)heed_width(node->in[0]);
    for (int64_t i = 0; i < aux->n; i++, dy += width) {
        float *row =
            aux->index[i] < 0 ? NULL : heed_tape_grad_row(node->tape, node->in[0], aux->index[i]);
        if (row)
            heed_vec()->add(width, row, dy, row);
    }
}
static const struct heed_op op_gather = {sizeof(struct heed_op), "gather", gather_shape,
                                         gather_forward, gather_backward};

struct heed_tensor *heed_gather(struct heed_tape *t, struct heed_tensor *x, const int32_t *index,
                                int64_t n)
{
    struct gather_aux aux = {heed_tape_ints(t, index, n), n};
    return heed_apply(t, &op_gather, 1, &x, 1, NULL, &aux, sizeof(aux));
}

struct heed_tensor *heed_embed(struct heed_tape *t, struct heed_tensor *w, const int32_t *ids,
                               int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (ids[i] < 0 || ids[i] >= w->dims[0])
            BUG("id %d of %lld", (int)ids[i], (long long)w->dims[0]);
    return heed_gather(t, w, ids, n);
}

/* --- dropout --- */

struct dropout_aux {
    float p;
    uint32_t site;
    const int32_t *row, *time;
};
static int dropout_shape(struct heed_node *node, struct heed_err *err)
{
    (void)err;
    heed_dims_copy(node->out[0], node->in[0]);
    return 0;
}
static void dropout_rows(struct heed_node *node, bool add, const float *from, float *to)
{
    const struct dropout_aux *aux = node->aux;
    const struct heed_tape *t = node->tape;
    int64_t rows = heed_rows(node->in[0]), width = heed_width(node->in[0]);
    for (int64_t i = 0; i < rows; i++) {
        uint64_t key = heed_counter_key(t->seed, t->step, aux->site, (uint64_t)aux->row[i],
                                        aux->time ? (uint64_t)aux->time[i] : 0);
        heed_kernels()->dropout((size_t)width, key, aux->p, add, from + i * width, to + i * width);
    }
}
static void dropout_forward(struct heed_node *node)
{
    dropout_rows(node, false, node->in[0]->data, node->out[0]->data);
}
static void dropout_backward(struct heed_node *node)
{
    float *dx = heed_tape_grad(node->tape, node->in[0]);
    if (dx)
        dropout_rows(node, true, node->out[0]->grad, dx);
}
static const struct heed_op op_dropout = {sizeof(struct heed_op), "dropout", dropout_shape,
                                          dropout_forward, dropout_backward};

struct heed_tensor *heed_dropout(struct heed_tape *t, struct heed_tensor *x, float p, uint32_t site,
                                 const int32_t *row, const int32_t *time)
{
    if (!t->training || p == 0.0f || heed_tape_sour(t))
        return x;
    int64_t rows = heed_rows(x);
    struct dropout_aux aux = {p, site, heed_tape_ints(t, row, rows), heed_tape_ints(t, time, rows)};
    return heed_apply(t, &op_dropout, 1, &x, 1, NULL, &aux, sizeof(aux));
}
