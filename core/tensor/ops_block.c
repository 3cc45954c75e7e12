/* ops_block.c: what stands between the products of a block: norms, a gate over halves, rotations by
 * position.
 *
 * Each row is worked alone. A norm leaves two numbers a row for backward; the gate recomputes. */
#include <string.h>
#include "tensor/ops.h"

#define NORM_EPS 1e-5f

/* --- norm --- */

static int norm_shape(struct heed_node *node, struct heed_err *err)
{
    const struct heed_tensor *x = node->in[0];
    static const char *const what[] = {"", "gain", "bias"};
    for (int i = 1; i < node->n_in; i++)
        if (heed_elements(node->in[i]) != heed_width(x))
            return heed_fail(err, "%s of %lld for width %lld", what[i],
                             (long long)heed_elements(node->in[i]), (long long)heed_width(x));
    heed_dims_copy(node->out[0], x);
    return 0;
}

static void norm_forward(struct heed_node *node)
{
    const struct heed_tensor *x = node->in[0];
    int64_t rows = heed_rows(x), width = heed_width(x);
    const float *bias = node->n_in == 3 ? node->in[2]->data : NULL;
    float *stats = node->saved = heed_tape_alloc(node->tape, sizeof *stats * 2 * (size_t)rows);
    for (int64_t i = 0; i < rows && width; i++)
        heed_kernels()->norm((size_t)width, x->data + i * width, node->in[1]->data, bias,
                             bias != NULL, NORM_EPS, node->out[0]->data + i * width, stats + 2 * i);
}

static void norm_backward(struct heed_node *node)
{
    const struct heed_tensor *x = node->in[0];
    int64_t rows = heed_rows(x), width = heed_width(x);
    const float *stats = node->saved;
    float *dx = heed_tape_grad(node->tape, x), *dgain = heed_tape_grad(node->tape, node->in[1]),
          *dbias = node->n_in == 3 ? heed_tape_grad(node->tape, node->in[2]) : NULL;
    for (int64_t i = 0; i < rows && width; i++)
        heed_kernels()->norm_grad((size_t)width, x->data + i * width, node->in[1]->data,
                                  node->n_in == 3, stats + 2 * i, node->out[0]->grad + i * width,
                                  dx ? dx + i * width : NULL, dgain, dbias);
}
static const struct heed_op op_norm = {sizeof(struct heed_op), "norm", norm_shape, norm_forward,
                                       norm_backward};

struct heed_tensor *heed_norm(struct heed_tape *t, struct heed_tensor *x, struct heed_tensor *gain,
                              struct heed_tensor *bias)
{
    struct heed_tensor *in[] = {x, gain, bias};
    return heed_apply(t, &op_norm, bias ? 3 : 2, in, 1, NULL, NULL, 0);
}

/* --- swiglu --- */

static int swiglu_shape(struct heed_node *node, struct heed_err *err)
{
    const struct heed_tensor *x = node->in[0];
    if (heed_width(x) % 2)
        return heed_fail(err, "a width of %lld has no halves", (long long)heed_width(x));
    heed_dims_copy(node->out[0], x);
    node->out[0]->dims[x->rank - 1] = heed_width(x) / 2;
    return 0;
}
static void swiglu_forward(struct heed_node *node)
{
    int64_t rows = heed_rows(node->in[0]), half = heed_width(node->out[0]);
    const float *x = node->in[0]->data;
    for (int64_t i = 0; i < rows; i++, x += 2 * half)
        heed_kernels()->swiglu((size_t)half, x, x + half, node->out[0]->data + i * half);
}
static void swiglu_backward(struct heed_node *node)
{
    int64_t rows = heed_rows(node->in[0]), half = heed_width(node->out[0]);
    const float *x = node->in[0]->data;
    float *dx = heed_tape_grad(node->tape, node->in[0]);
    for (int64_t i = 0; dx && i < rows; i++, x += 2 * half, dx += 2 * half)
        heed_kernels()->swiglu_grad((size_t)half, x, x + half, node->out[0]->grad + i * half, dx,
                                    dx + half);
}
static const struct heed_op op_swiglu = {sizeof(struct heed_op), "swiglu", swiglu_shape,
                                         swiglu_forward, swiglu_backward};

struct heed_tensor *heed_swiglu(struct heed_tape *t, struct heed_tensor *x)
{
    return heed_apply(t, &op_swiglu, 1, &x, 1, NULL, NULL, 0);
}

/* --- rotate --- */

struct rotate_aux {
    int64_t parts, turned;
};
static int rotate_shape(struct heed_node *node, struct heed_err *err)
{
    const struct rotate_aux *aux = node->aux;
    const struct heed_tensor *x = node->in[0], *turns = node->in[1];
    int64_t width = heed_width(x);
    if (width % 2 || heed_width(turns) != width / 2 * 3 ||
        heed_rows(turns) * aux->parts != heed_rows(x))
        return heed_fail(err, "%lldx%lld turns for %lldx%lld of %lld parts",
                         (long long)heed_rows(turns), (long long)heed_width(turns),
                         (long long)heed_rows(x), (long long)width, (long long)aux->parts);
    heed_dims_copy(node->out[0], x);
    return 0;
}
/* y += x turned; back: by the angles of the other sign. */
static void rotate_row(int64_t half, const float *turns, bool back, const float *x, float *y)
{
    const struct heed_vec *vec = heed_vec();
    const float *sine = turns + (back ? 2 : 1) * half, *other = turns + (back ? 1 : 2) * half;
    vec->mul_add((size_t)half, x, turns, y);
    vec->mul_add((size_t)half, x + half, other, y);
    vec->mul_add((size_t)half, x + half, turns, y + half);
    vec->mul_add((size_t)half, x, sine, y + half);
}
static void rotate_rows(const struct heed_node *node, bool back, const float *from, float *to)
{
    const struct rotate_aux *aux = node->aux;
    const float *turns = node->in[1]->data;
    int64_t rows = heed_rows(node->in[0]), width = heed_width(node->in[0]), half = width / 2;
    for (int64_t i = 0; i < rows; i++, from += width, to += width) {
        if (i % aux->parts < aux->turned)
            rotate_row(half, turns + i / aux->parts * 3 * half, back, from, to);
        else
            heed_vec()->add((size_t)width, to, from, to);
    }
}
static void rotate_forward(struct heed_node *node)
{
    float *y = node->out[0]->data;
    memset(y, 0, sizeof *y * (size_t)heed_elements(node->out[0]));
    rotate_rows(node, false, node->in[0]->data, y);
}
static void rotate_backward(struct heed_node *node)
{
    float *dx = heed_tape_grad(node->tape, node->in[0]);
    if (dx)
        rotate_rows(node, true, node->out[0]->grad, dx);
}
static const struct heed_op op_rotate = {sizeof(struct heed_op), "rotate", rotate_shape,
                                         rotate_forward, rotate_backward};

struct heed_tensor *heed_rotate(struct heed_tape *t, struct heed_tensor *x,
                                struct heed_tensor *turns, int64_t parts, int64_t turned)
{
    struct rotate_aux aux = {parts, turned};
    struct heed_tensor *in[] = {x, turns};
    return heed_apply(t, &op_rotate, 2, in, 1, NULL, &aux, sizeof aux);
}
