/* ops_product.c: linear() and linear_t(): rows times weights plus bias.
 *
 * All through packed weights, whose product gives a row the same bits whatever stands beside it. Backward
 * makes dX at once and leaves dW, db to notes.c. */
#include <string.h>
#include "tensor/ops.h"
#include "tensor/product.h"

static int linear_shape(struct heed_node *node, bool tied, struct heed_err *err)
{
    const struct heed_tensor *x = node->in[0], *w = node->in[1];
    int64_t in = tied ? heed_width(w) : heed_rows(w), out = tied ? heed_rows(w) : heed_width(w);
    if (w->rank != 2)
        return heed_fail(err, "weights of rank %d instead of 2", w->rank);
    if (heed_width(x) != in)
        return heed_fail(err, "input of width %lld, weights for %lld", (long long)heed_width(x),
                         (long long)in);
    if (node->n_in == 3 && heed_elements(node->in[2]) != out)
        return heed_fail(err, "bias of %lld for %lld outputs",
                         (long long)heed_elements(node->in[2]), (long long)out);
    heed_dims_copy(node->out[0], x);
    node->out[0]->dims[x->rank - 1] = out;
    return 0;
}

static void forward(struct heed_node *node, bool tied)
{
    const struct heed_tensor *x = node->in[0], *w = node->in[1];
    struct heed_tensor *y = node->out[0];
    struct heed_product p = {
        .m = heed_rows(x),
        .x = x->data,
        .w = w,
        .transposed = tied,
        .bias = node->n_in == 3 ? node->in[2]->data : NULL,
        .y = y->data,
    };
    heed_product(node->tape, &p);
}

static void backward(struct heed_node *node, bool tied)
{
    struct heed_tape *t = node->tape;
    const struct heed_tensor *x = node->in[0], *w = node->in[1], *y = node->out[0];
    float *dx = heed_tape_grad(t, x);
    int64_t rows = heed_rows(x);
    struct heed_product p = {
        .m = rows, .x = y->grad, .w = w, .transposed = !tied, .add = true, .y = dx};
    if (dx)
        heed_product(t, &p);
    heed_notes_weight(t, w, tied, x->data, y->grad, rows);
    if (node->n_in == 3)
        heed_notes_bias(t, node->in[2], y->grad, rows);
}

static int plain_shape(struct heed_node *node, struct heed_err *err)
{
    return linear_shape(node, false, err);
}
static void plain_forward(struct heed_node *node)
{
    forward(node, false);
}
static void plain_backward(struct heed_node *node)
{
    backward(node, false);
}
static int tied_shape(struct heed_node *node, struct heed_err *err)
{
    return linear_shape(node, true, err);
}
static void tied_forward(struct heed_node *node)
{
    forward(node, true);
}
static void tied_backward(struct heed_node *node)
{
    backward(node, true);
}

static const struct heed_op op_linear = {sizeof(struct heed_op), "linear", plain_shape,
                                         plain_forward, plain_backward};
static const struct heed_op op_linear_t = {sizeof(struct heed_op), "linear_t", tied_shape,
                                           tied_forward, tied_backward};

struct heed_tensor *heed_linear(struct heed_tape *t, struct heed_tensor *x, struct heed_tensor *w,
                                struct heed_tensor *b)
{
    struct heed_tensor *in[] = {x, w, b};
    return heed_apply(t, &op_linear, b ? 3 : 2, in, 1, NULL, NULL, 0);
}

struct heed_tensor *heed_linear_t(struct heed_tape *t, struct heed_tensor *x, struct heed_tensor *w,
                                  struct heed_tensor *b)
{
    struct heed_tensor *in[] = {x, w, b};
    return heed_apply(t, &op_linear_t, b ? 3 : 2, in, 1, NULL, NULL, 0);
}
