/* cell_sru.c: simple recurrent unit (Lei et al. 2018): nothing of a step is a product with the state, so what is left in the
 * loop over time is a handful of numbers a unit. Gate order: candidate u, f, r, and what passes by, p, which is the
 * input itself in the paper where it has the width of the state, and a matrix of it where it has not;
 * here always a matrix.
 *
 *     f = sigmoid(xf + vf*c)    r = sigmoid(xr + vr*c)    c' = u + f*(c - u)    output = p + r*(c' - p)
 *
 * One fused operation, a row at a time; forward keeps f, r [N,2H] for backward. */
#include <heed/plugin.h>

static const struct heed_host *heed;

struct sru {
    struct heed_tensor *v; /* [2H]: vf, vr */
};

static int setup(void *self, struct heed_setup *s, struct heed_err *err)
{
    struct sru *sru = self;
    (void)err;
    sru->v = heed->param(s, "state.vector", 1, (int64_t[]){2 * s->hidden}, HEED_INIT_ZERO, 0,
                         HEED_PARAM_NO_DECAY);
    return 0;
}

enum { X, VECTOR, PREVIOUS }; /* inputs: [N,4H] [2H] [N,H] */
enum { OUT_C, OUT_H };

static int sru_shape(struct heed_node *node, struct heed_err *err)
{
    const struct heed_tensor *c = node->in[PREVIOUS];
    if (heed_width(node->in[X]) != 4 * heed_width(c))
        return heed->fail(err, "gates of width %lld for a state of %lld",
                          (long long)heed_width(node->in[X]), (long long)heed_width(c));
    for (int i = 0; i < 2; i++)
        *node->out[i] =
            (struct heed_tensor){.rank = 2, .param = -1, .dims = {heed_rows(c), heed_width(c)}};
    return 0;
}

static void sru_forward(struct heed_node *node)
{
    size_t rows = (size_t)heed_rows(node->out[0]), n = (size_t)heed_width(node->out[0]);
    const float *v = node->in[VECTOR]->data;
    float *gates = heed->alloc(node->tape, sizeof(float) * 2 * n * (rows + 1));
    node->saved = gates;
    for (size_t i = 0; i < rows; i++, gates += 2 * n) {
        const float *x = node->in[X]->data + i * 4 * n, *c = node->in[PREVIOUS]->data + i * n;
        float *next = node->out[OUT_C]->data + i * n, *h = node->out[OUT_H]->data + i * n;
        for (size_t k = 0; k < n; k++) {
            gates[k] = x[n + k] + v[k] * c[k];
            gates[n + k] = x[2 * n + k] + v[n + k] * c[k];
        }
        heed->vec->sigmoid(2 * n, gates, gates);
        for (size_t k = 0; k < n; k++) {
            next[k] = x[k] + gates[k] * (c[k] - x[k]);
            h[k] = x[3 * n + k] + gates[n + k] * (next[k] - x[3 * n + k]);
        }
    }
}

/* What goes into the gates of a row, dx [4n], into the state and into the vectors; added to. */
static void row_backward(size_t n, const float *x, const float *c, const float *v,
                         const float *gates, const float *next, const float *d_next,
                         const float *dh, float *dx, float *dc, float *dv)
{
    for (size_t k = 0; k < n; k++) {
        float f = gates[k], r = gates[n + k], d = d_next[k] + dh[k] * r;
        float df = d * (c[k] - x[k]) * (f * (1 - f));
        float dr = dh[k] * (next[k] - x[3 * n + k]) * (r * (1 - r));
        dx[k] += d * (1 - f);
        dx[n + k] += df;
        dx[2 * n + k] += dr;
        dx[3 * n + k] += dh[k] * (1 - r);
        dc[k] += d * f + v[k] * df + v[n + k] * dr;
        dv[k] += df * c[k];
        dv[n + k] += dr * c[k];
    }
}

/* Where an input wants no gradient (the zero state before the
 * first step), it goes to a spare one. */
static void sru_backward(struct heed_node *node)
{
    size_t rows = (size_t)heed_rows(node->out[0]), n = (size_t)heed_width(node->out[0]);
    const float *gates = node->saved;
    float *spare = heed->alloc(node->tape, sizeof(float) * 7 * n), *grad[3];
    heed->vec->fill(7 * n, 0.0f, spare);
    for (int k = 0; k < 3; k++)
        grad[k] = heed->grad(node->tape, node->in[k]);
    for (size_t i = 0; i < rows; i++)
        row_backward(n, node->in[X]->data + i * 4 * n, node->in[PREVIOUS]->data + i * n,
                     node->in[VECTOR]->data, gates + i * 2 * n, node->out[OUT_C]->data + i * n,
                     node->out[OUT_C]->grad + i * n, node->out[OUT_H]->grad + i * n,
                     grad[X] ? grad[X] + i * 4 * n : spare,
                     grad[PREVIOUS] ? grad[PREVIOUS] + i * n : spare + 4 * n,
                     grad[VECTOR] ? grad[VECTOR] : spare + 5 * n);
}

static const struct heed_op op_sru = {sizeof(op_sru), "sru", sru_shape, sru_forward, sru_backward};

static void step(const void *self, struct heed_cell_call *call)
{
    const struct sru *sru = self;
    struct heed_tensor *out[2],
        *in[] = {[X] = call->x_gates, [VECTOR] = sru->v, [PREVIOUS] = call->previous[0]};
    heed->apply(call->tape, &op_sru, 3, in, 2, out, NULL, 0);
    call->next[0] = out[OUT_C];
    call->output = out[OUT_H];
}

HEED_PLUGIN(cell_sru, struct heed_cell) = {
    .head = HEED_HEAD(cell_sru, HEED_KIND_CELL, struct heed_cell, 1, "simple recurrent unit", NULL,
                      sizeof(struct sru)),
    .n_input_gates = 4,
    .n_state_gates = 0,
    .n_states = 1,
    .input_bias_init = HEED_INIT_ZERO,
    .setup = setup,
    .step = step,
};
