/* cell_lnlstm.c: long short-term memory with layer normalisation (Ba, Kiros & Hinton 2016, equations 20 to 22): what the
 * input gives to the gates and what the state gives are each brought to mean 0 and variance 1 over all gates
 * of a row, and so is the cell's content in front of its tanh. Gate order and states as in cell_lstm.
 *
 *     a = norm(x) gx + norm(h) gh + b     i, f, o = sigmoid(a)    g = tanh(a)
 *     c' = f*c + i*g                      h' = o * tanh(norm(c') gc + bc)
 *
 * Core's own biases, in x and h, stand inside the norms; the forget gate's, which begins at one, must not. */
#include <math.h>
#include <heed/plugin.h>

static const struct heed_host *heed;

#define EPSILON 1e-5f

struct lnlstm {
    struct heed_tensor *input_gain, *state_gain, *bias; /* [4H] */
    struct heed_tensor *cell_gain, *cell_bias;          /* [H] */
};

static int setup(void *self, struct heed_setup *s, struct heed_err *err)
{
    struct lnlstm *l = self;
    const int64_t *four = (int64_t[]){4 * s->hidden}, *one = (int64_t[]){s->hidden};
    (void)err;
    l->input_gain = heed->param(s, "input.gain", 1, four, HEED_INIT_ONE, 0, HEED_PARAM_NO_DECAY);
    l->state_gain = heed->param(s, "state.gain", 1, four, HEED_INIT_ONE, 0, HEED_PARAM_NO_DECAY);
    l->bias = heed->param(s, "gate.bias", 1, four, HEED_INIT_FORGET, 0, HEED_PARAM_NO_DECAY);
    l->cell_gain = heed->param(s, "cell.gain", 1, one, HEED_INIT_ONE, 0, HEED_PARAM_NO_DECAY);
    l->cell_bias = heed->param(s, "cell.bias", 1, one, HEED_INIT_ZERO, 0, HEED_PARAM_NO_DECAY);
    return 0;
}

static int alike(struct heed_node *node, const struct heed_tensor *x)
{
    for (int i = 0; i < node->n_out; i++)
        *node->out[i] =
            (struct heed_tensor){.rank = 2, .param = -1, .dims = {heed_rows(x), heed_width(x)}};
    return 0;
}

/* --- norm: [N,W], gain [W], bias [W] where there is one --- */

static int norm_shape(struct heed_node *node, struct heed_err *err)
{
    int64_t width = heed_width(node->in[0]);
    for (int i = 1; i < node->n_in; i++)
        if (heed_elements(node->in[i]) != width)
            return heed->fail(err, "rows of %lld, what is learnt of them of %lld", (long long)width,
                              (long long)heed_elements(node->in[i]));
    return alike(node, node->in[0]);
}

/* Of a row its mean and 1/deviation; y may be NULL. */
static void centre(size_t n, const float *x, const float stats[2], float *y)
{
    heed->vec->scale(n, stats[1], -stats[0] * stats[1], x, y);
}

static void norm_forward(struct heed_node *node)
{
    size_t rows = (size_t)heed_rows(node->in[0]), n = (size_t)heed_width(node->in[0]);
    const struct heed_vec *v = heed->vec;
    float *stats = heed->alloc(node->tape, sizeof(float) * 2 * (rows + 1));
    node->saved = stats;
    for (size_t i = 0; i < rows; i++, stats += 2) {
        const float *x = node->in[0]->data + i * n;
        float *y = node->out[0]->data + i * n;
        stats[0] = v->sum(n, x) / (float)n;
        v->scale(n, 1, -stats[0], x, y);
        stats[1] = 1 / sqrtf((float)(v->sum_squares(n, y) / (double)n) + EPSILON);
        centre(n, x, stats, y);
        v->mul(n, y, node->in[1]->data, y);
        if (node->n_in > 2)
            v->add(n, y, node->in[2]->data, y);
    }
}

static void norm_backward(struct heed_node *node)
{
    size_t rows = (size_t)heed_rows(node->in[0]), n = (size_t)heed_width(node->in[0]);
    const struct heed_vec *v = heed->vec;
    const float *stats = node->saved;
    float *x = heed->alloc(node->tape, sizeof(float) * 2 * n), *d = x + n;
    float *dx = heed->grad(node->tape, node->in[0]), *dgain = heed->grad(node->tape, node->in[1]);
    float *dbias = node->n_in > 2 ? heed->grad(node->tape, node->in[2]) : NULL;
    for (size_t i = 0; i < rows; i++, stats += 2) {
        const float *dy = node->out[0]->grad + i * n;
        centre(n, node->in[0]->data + i * n, stats, x);
        if (dgain)
            v->mul_add(n, dy, x, dgain);
        if (dbias)
            v->add(n, dbias, dy, dbias);
        if (!dx)
            continue;
        float *to = dx + i * n;
        v->mul(n, dy, node->in[1]->data, d);
        float mean = v->sum(n, d) / (float)n, along = v->dot(n, d, x) / (float)n;
        v->axpy(n, stats[1], d, to);
        v->axpy(n, -stats[1] * along, x, to);
        v->scale(n, 1, -stats[1] * mean, to, to);
    }
}

static const struct heed_op op_norm = {sizeof(op_norm), "norm", norm_shape, norm_forward,
                                       norm_backward};

static struct heed_tensor *norm(struct heed_tape *t, struct heed_tensor *x,
                                struct heed_tensor *gain, struct heed_tensor *bias)
{
    struct heed_tensor *in[] = {x, gain, bias};
    return heed->apply(t, &op_norm, bias ? 3 : 2, in, 1, NULL, NULL, 0);
}

/* --- gates: forward keeps i, f, g, o [N,4H] --- */

enum { X, HG, BIAS, CELL }; /* inputs: [N,4H] [N,4H] [4H] [N,H] */
enum { OUT_O, OUT_C };

static int gates_shape(struct heed_node *node, struct heed_err *err)
{
    const struct heed_tensor *c = node->in[CELL];
    if (heed_width(node->in[X]) != 4 * heed_width(c) ||
        heed_width(node->in[HG]) != 4 * heed_width(c))
        return heed->fail(err, "gates of width %lld and %lld for a state of %lld",
                          (long long)heed_width(node->in[X]), (long long)heed_width(node->in[HG]),
                          (long long)heed_width(c));
    return alike(node, c);
}

static void gates_forward(struct heed_node *node)
{
    size_t rows = (size_t)heed_rows(node->in[CELL]), n = (size_t)heed_width(node->in[CELL]);
    const struct heed_vec *v = heed->vec;
    float *a = heed->alloc(node->tape, sizeof(float) * 4 * n * (rows + 1));
    node->saved = a;
    for (size_t i = 0; i < rows; i++, a += 4 * n) {
        float *next = node->out[OUT_C]->data + i * n;
        v->add(4 * n, node->in[X]->data + i * 4 * n, node->in[HG]->data + i * 4 * n, a);
        v->add(4 * n, a, node->in[BIAS]->data, a);
        v->sigmoid(2 * n, a, a);
        v->tanh(n, a + 2 * n, a + 2 * n);
        v->sigmoid(n, a + 3 * n, a + 3 * n);
        v->mul(n, a + n, node->in[CELL]->data + i * n, next);
        v->mul_add(n, a, a + 2 * n, next);
        v->scale(n, 1, 0, a + 3 * n, node->out[OUT_O]->data + i * n);
    }
}

static void gates_row(size_t n, const float *a, const float *c, const float *d_out,
                      const float *d_next, float *da)
{
    for (size_t k = 0; k < n; k++) {
        float in = a[k], forget = a[n + k], g = a[2 * n + k], out = a[3 * n + k];
        da[k] = d_next[k] * g * (in * (1 - in));
        da[n + k] = d_next[k] * c[k] * (forget * (1 - forget));
        da[2 * n + k] = d_next[k] * in * (1 - g * g);
        da[3 * n + k] = d_out[k] * (out * (1 - out));
    }
}

static void gates_backward(struct heed_node *node)
{
    size_t rows = (size_t)heed_rows(node->in[CELL]), n = (size_t)heed_width(node->in[CELL]);
    const struct heed_vec *v = heed->vec;
    const float *a = node->saved;
    float *da = heed->alloc(node->tape, sizeof(float) * 4 * n), *grad[4];
    for (int k = 0; k < 4; k++)
        grad[k] = heed->grad(node->tape, node->in[k]);
    for (size_t i = 0; i < rows; i++, a += 4 * n) {
        const float *d_next = node->out[OUT_C]->grad + i * n;
        gates_row(n, a, node->in[CELL]->data + i * n, node->out[OUT_O]->grad + i * n, d_next, da);
        for (int k = X; k <= BIAS; k++)
            if (grad[k]) {
                float *to = grad[k] + (k == BIAS ? 0 : i * 4 * n);
                v->add(4 * n, to, da, to);
            }
        if (grad[CELL])
            v->mul_add(n, d_next, a + n, grad[CELL] + i * n);
    }
}

static const struct heed_op op_gates = {sizeof(op_gates), "gates", gates_shape, gates_forward,
                                        gates_backward};

static void step(const void *self, struct heed_cell_call *call)
{
    const struct lnlstm *l = self;
    struct heed_tape *t = call->tape;
    struct heed_tensor *out[2], *in[] = {[X] = norm(t, call->x_gates, l->input_gain, NULL),
                                         [HG] = norm(t, call->h_gates, l->state_gain, NULL),
                                         [BIAS] = l->bias,
                                         [CELL] = call->previous[1]};
    heed->apply(t, &op_gates, 4, in, 2, out, NULL, 0);
    call->next[1] = out[OUT_C];
    call->next[0] =
        heed->mul(t, out[OUT_O], heed->tanh(t, norm(t, out[OUT_C], l->cell_gain, l->cell_bias)));
    call->output = call->next[0];
}

HEED_PLUGIN(cell_lnlstm, struct heed_cell) = {
    .head = HEED_HEAD(cell_lnlstm, HEED_KIND_CELL, struct heed_cell, 1,
                      "long short-term memory, layer-normalised", NULL, sizeof(struct lnlstm)),
    .n_input_gates = 4,
    .n_state_gates = 4,
    .n_states = 2,
    .input_bias_init = HEED_INIT_ZERO,
    .setup = setup,
    .step = step,
};
