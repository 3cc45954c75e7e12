/* cell_gru.c: gated recurrent unit (Cho et al. 2014) with the reset behind the
 * recurrent product, as PyTorch and cuDNN: one product serves all three gates.
 * Gate order r, z, n; x and h carry their biases.
 *
 *     r = sigmoid(xr + hr)    z = sigmoid(xz + hz)    n = tanh(xn + r*hn)    h' = n + z*(h - n)
 *
 * One fused operation, a row at a time; forward keeps r, z, n [N,3H] for backward. */
#include <heed/plugin.h>

static const struct heed_host *heed;

enum { X, HG, PREVIOUS }; /* inputs: [N,3H] [N,3H] [N,H] */

static int gru_shape(struct heed_node *node, struct heed_err *err)
{
    const struct heed_tensor *h = node->in[PREVIOUS];
    if (heed_width(node->in[X]) != 3 * heed_width(h) ||
        heed_width(node->in[HG]) != 3 * heed_width(h))
        return heed->fail(err, "gates of width %lld and %lld for a state of %lld",
                          (long long)heed_width(node->in[X]), (long long)heed_width(node->in[HG]),
                          (long long)heed_width(h));
    *node->out[0] =
        (struct heed_tensor){.rank = 2, .param = -1, .dims = {heed_rows(h), heed_width(h)}};
    return 0;
}

static void gru_forward(struct heed_node *node)
{
    size_t rows = (size_t)heed_rows(node->out[0]), n = (size_t)heed_width(node->out[0]);
    bool keep = node->out[0]->grad != NULL;
    float *gates = heed->alloc(node->tape, sizeof(float) * 3 * n * (keep ? rows : 1));
    node->saved = gates;
    for (size_t i = 0; i < rows; i++, gates += keep ? 3 * n : 0)
        heed->vec->gru(n, node->in[X]->data + i * 3 * n, node->in[HG]->data + i * 3 * n,
                       node->in[PREVIOUS]->data + i * n, gates, node->out[0]->data + i * n);
}

/* Where an input wants no gradient (the zero state before the
 * first step), it goes to a spare one. */
static void gru_backward(struct heed_node *node)
{
    size_t rows = (size_t)heed_rows(node->out[0]), n = (size_t)heed_width(node->out[0]);
    const float *gates = node->saved;
    float *grad[3], *spare = heed->alloc(node->tape, sizeof(float) * 7 * n);
    heed->vec->fill(7 * n, 0.0f, spare);
    for (int k = 0; k < 3; k++)
        grad[k] = heed->grad(node->tape, node->in[k]);
    for (size_t i = 0; i < rows; i++)
        heed->vec->gru_grad(n, gates + i * 3 * n, node->in[HG]->data + i * 3 * n,
                            node->in[PREVIOUS]->data + i * n, node->out[0]->grad + i * n,
                            grad[X] ? grad[X] + i * 3 * n : spare,
                            grad[HG] ? grad[HG] + i * 3 * n : spare + 3 * n,
                            grad[PREVIOUS] ? grad[PREVIOUS] + i * n : spare + 6 * n);
}

static const struct heed_op op_gru = {sizeof(op_gru), "gru", gru_shape, gru_forward, gru_backward};

static void step(const void *self, struct heed_cell_call *call)
{
    struct heed_tensor *in[] = {
        [X] = call->x_gates, [HG] = call->h_gates, [PREVIOUS] = call->previous[0]};
    (void)self;
    call->next[0] = heed->apply(call->tape, &op_gru, 3, in, 1, NULL, NULL, 0);
    call->output = call->next[0];
}

HEED_PLUGIN(cell_gru, struct heed_cell) = {
    .head = HEED_HEAD(cell_gru, HEED_KIND_CELL, struct heed_cell, 1, "gated recurrent unit", NULL,
                      0),
    .n_input_gates = 3,
    .n_state_gates = 3,
    .n_states = 1,
    .input_bias_init = HEED_INIT_ZERO,
    .step = step,
};
