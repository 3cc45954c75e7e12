/* ops_elementwise.c: operations on each number alone; two inputs have equal shapes, but for gain.
 *
 * Each is a record with a forward and a backward; what backward needs is the inputs or the output,
 * never a copy. */
#include <math.h>
#include <string.h>
#include "tensor/ops.h"

static int same_shape(struct heed_node *node, struct heed_err *err)
{
    char a[HEED_DIMS_TEXT], b[HEED_DIMS_TEXT];
    if (node->n_in == 2 && !heed_dims_equal(node->in[0], node->in[1]))
        return heed_fail(err, "shapes %s and %s differ", heed_dims_text(node->in[0], a),
                         heed_dims_text(node->in[1], b));
    heed_dims_copy(node->out[0], node->in[0]);
    return 0;
}

static size_t count(const struct heed_node *node)
{
    return (size_t)heed_elements(node->out[0]);
}

static void add_forward(struct heed_node *node)
{
    heed_vec()->add(count(node), node->in[0]->data, node->in[1]->data, node->out[0]->data);
}
static void add_backward(struct heed_node *node)
{
    const float *dy = node->out[0]->grad;
    for (int i = 0; i < 2; i++) {
        float *dx = heed_tape_grad(node->tape, node->in[i]);
        if (dx)
            heed_vec()->add(count(node), dx, dy, dx);
    }
}

static void sub_forward(struct heed_node *node)
{
    heed_vec()->sub(count(node), node->in[0]->data, node->in[1]->data, node->out[0]->data);
}
static void sub_backward(struct heed_node *node)
{
    const float *dy = node->out[0]->grad;
    float *da = heed_tape_grad(node->tape, node->in[0]),
          *db = heed_tape_grad(node->tape, node->in[1]);
    if (da)
        heed_vec()->add(count(node), da, dy, da);
    if (db)
        heed_vec()->sub(count(node), db, dy, db);
}

static void mul_forward(struct heed_node *node)
{
    heed_vec()->mul(count(node), node->in[0]->data, node->in[1]->data, node->out[0]->data);
}
static void mul_backward(struct heed_node *node)
{
    const float *dy = node->out[0]->grad;
    for (int i = 0; i < 2; i++) {
        float *dx = heed_tape_grad(node->tape, node->in[i]);
        if (dx)
            heed_vec()->mul_add(count(node), dy, node->in[1 - i]->data, dx);
    }
}

struct scale_aux {
    float alpha, beta;
};
static void scale_forward(struct heed_node *node)
{
    const struct scale_aux *aux = node->aux;
    heed_vec()->scale(count(node), aux->alpha, aux->beta, node->in[0]->data, node->out[0]->data);
}
static void scale_backward(struct heed_node *node)
{
    const struct scale_aux *aux = node->aux;
    float *dx = heed_tape_grad(node->tape, node->in[0]);
    if (dx)
        heed_vec()->axpy(count(node), aux->alpha, node->out[0]->grad, dx);
}

static int gain_shape(struct heed_node *node, struct heed_err *err)
{
    char a[HEED_DIMS_TEXT];
    if (heed_elements(node->in[1]) != 1)
        return heed_fail(err, "a gain of shape %s instead of one number",
                         heed_dims_text(node->in[1], a));
    heed_dims_copy(node->out[0], node->in[0]);
    return 0;
}
static void gain_forward(struct heed_node *node)
{
    heed_vec()->scale(count(node), expf(node->in[1]->data[0]), 0, node->in[0]->data,
                      node->out[0]->data);
}
static void gain_backward(struct heed_node *node)
{
    const float *dy = node->out[0]->grad;
    float *dx = heed_tape_grad(node->tape, node->in[0]),
          *dg = heed_tape_grad(node->tape, node->in[1]);
    if (dx)
        heed_vec()->axpy(count(node), expf(node->in[1]->data[0]), dy, dx);
    if (dg)
        *dg += heed_vec()->dot(count(node), dy, node->out[0]->data);
}

static void tanh_forward(struct heed_node *node)
{
    heed_vec()->tanh(count(node), node->in[0]->data, node->out[0]->data);
}
static void tanh_backward(struct heed_node *node)
{
    float *restrict dx = heed_tape_grad(node->tape, node->in[0]);
    const float *restrict y = node->out[0]->data, *restrict dy = node->out[0]->grad;
    for (size_t i = 0, n = dx ? count(node) : 0; i < n; i++)
        dx[i] += dy[i] * (1.0f - y[i] * y[i]);
}

static void sigmoid_forward(struct heed_node *node)
{
    heed_vec()->sigmoid(count(node), node->in[0]->data, node->out[0]->data);
}
static void sigmoid_backward(struct heed_node *node)
{
    float *restrict dx = heed_tape_grad(node->tape, node->in[0]);
    const float *restrict y = node->out[0]->data, *restrict dy = node->out[0]->grad;
    for (size_t i = 0, n = dx ? count(node) : 0; i < n; i++)
        dx[i] += dy[i] * (y[i] * (1.0f - y[i]));
}

static void exp_forward(struct heed_node *node)
{
    heed_vec()->exp(count(node), node->in[0]->data, node->out[0]->data);
}
static void exp_backward(struct heed_node *node)
{
    float *dx = heed_tape_grad(node->tape, node->in[0]);
    if (dx)
        heed_vec()->mul_add(count(node), node->out[0]->data, node->out[0]->grad, dx);
}

static void relu_forward(struct heed_node *node)
{
    const float *x = node->in[0]->data;
    float *y = node->out[0]->data;
    for (size_t i = 0, n = count(node); i < n; i++)
        y[i] = x[i] < 0.0f ? 0.0f : x[i]; /* NaN stays NaN */
}
static void relu_backward(struct heed_node *node)
{
    float *restrict dx = heed_tape_grad(node->tape, node->in[0]);
    const float *restrict y = node->out[0]->data, *restrict dy = node->out[0]->grad;
    for (size_t i = 0, n = dx ? count(node) : 0; i < n; i++)
        dx[i] += y[i] > 0.0f ? dy[i] : 0.0f;
}

static void gelu_forward(struct heed_node *node)
{
    heed_kernels()->gelu(count(node), node->in[0]->data, node->out[0]->data);
}
static void gelu_backward(struct heed_node *node)
{
    float *dx = heed_tape_grad(node->tape, node->in[0]);
    if (dx)
        heed_kernels()->gelu_grad(count(node), node->in[0]->data, node->out[0]->grad, dx);
}

#define ELEMENTWISE(word)                                                                          \
    static const struct heed_op op_##word = {sizeof(struct heed_op), #word, same_shape,            \
                                             word##_forward, word##_backward}
ELEMENTWISE(add);
ELEMENTWISE(sub);
ELEMENTWISE(mul);
ELEMENTWISE(scale);
static const struct heed_op op_gain = {sizeof(struct heed_op), "gain", gain_shape, gain_forward,
                                       gain_backward};
ELEMENTWISE(tanh);
ELEMENTWISE(sigmoid);
ELEMENTWISE(exp);
ELEMENTWISE(relu);
ELEMENTWISE(gelu);

static struct heed_tensor *binary(struct heed_tape *t, const struct heed_op *op,
                                  struct heed_tensor *a, struct heed_tensor *b)
{
    struct heed_tensor *in[] = {a, b};
    return heed_apply(t, op, 2, in, 1, NULL, NULL, 0);
}

struct heed_tensor *heed_add(struct heed_tape *t, struct heed_tensor *a, struct heed_tensor *b)
{
    return binary(t, &op_add, a, b);
}
struct heed_tensor *heed_sub(struct heed_tape *t, struct heed_tensor *a, struct heed_tensor *b)
{
    return binary(t, &op_sub, a, b);
}
struct heed_tensor *heed_mul(struct heed_tape *t, struct heed_tensor *a, struct heed_tensor *b)
{
    return binary(t, &op_mul, a, b);
}
struct heed_tensor *heed_scale(struct heed_tape *t, struct heed_tensor *a, float alpha, float beta)
{
    struct scale_aux aux = {alpha, beta};
    return heed_apply(t, &op_scale, 1, &a, 1, NULL, &aux, sizeof(aux));
}
struct heed_tensor *heed_gain(struct heed_tape *t, struct heed_tensor *a, struct heed_tensor *g)
{
    return binary(t, &op_gain, a, g);
}
struct heed_tensor *heed_tanh(struct heed_tape *t, struct heed_tensor *a)
{
    return heed_apply(t, &op_tanh, 1, &a, 1, NULL, NULL, 0);
}
struct heed_tensor *heed_sigmoid(struct heed_tape *t, struct heed_tensor *a)
{
    return heed_apply(t, &op_sigmoid, 1, &a, 1, NULL, NULL, 0);
}
struct heed_tensor *heed_exp(struct heed_tape *t, struct heed_tensor *a)
{
    return heed_apply(t, &op_exp, 1, &a, 1, NULL, NULL, 0);
}
struct heed_tensor *heed_relu(struct heed_tape *t, struct heed_tensor *a)
{
    return heed_apply(t, &op_relu, 1, &a, 1, NULL, NULL, 0);
}
struct heed_tensor *heed_gelu(struct heed_tape *t, struct heed_tensor *a)
{
    return heed_apply(t, &op_gelu, 1, &a, 1, NULL, NULL, 0);
}
