/* cell_lstm.c: long short-term memory (Hochreiter & Schmidhuber 1997; forget gate: Gers et al.
 * 2000). Gate order i, f, g, o; state 0 is h, state 1 is c; the forget gate's bias begins at one
 * (Jozefowicz et al. 2015).
 *
 *     i, f, o = sigmoid(x + h)    g = tanh(x + h)    c' = f*c + i*g    h' = o * tanh(c')
 *
 * One fused operation, a row at a time; forward keeps i, f, g, o, tanh(c') [N,5H] for backward. */
#include <heed/plugin.h>

static const struct heed_host *heed;

enum { X, HG, CELL }; /* inputs: [N,4H] [N,4H] [N,H] */
enum { OUT_H, OUT_C };

static int lstm_shape(struct heed_node *node, struct heed_err *err)
{
    const struct heed_tensor *c = node->in[CELL];
    if (heed_width(node->in[X]) != 4 * heed_width(c) ||
        heed_width(node->in[HG]) != 4 * heed_width(c))
        return heed->fail(err, "gates of width %lld and %lld for a state of %lld",
                          (long long)heed_width(node->in[X]), (long long)heed_width(node->in[HG]),
                          (long long)heed_width(c));
    for (int i = 0; i < 2; i++)
        *node->out[i] =
            (struct heed_tensor){.rank = 2, .param = -1, .dims = {heed_rows(c), heed_width(c)}};
    return 0;
}

static void lstm_forward(struct heed_node *node)
{
    size_t rows = (size_t)heed_rows(node->out[0]), n = (size_t)heed_width(node->out[0]);
    bool keep = node->out[0]->grad != NULL;
    float *gates = heed->alloc(node->tape, sizeof(float) * 5 * n * (keep ? rows : 1));
    node->saved = gates;
    for (size_t i = 0; i < rows; i++, gates += keep ? 5 * n : 0)
        heed->vec->lstm(n, node->in[X]->data + i * 4 * n, node->in[HG]->data + i * 4 * n,
                        node->in[CELL]->data + i * n, gates, node->out[OUT_H]->data + i * n,
                        node->out[OUT_C]->data + i * n);
}

/* Where an input wants no gradient (the zero state before the
 * first step), it goes to a spare one. */
static void lstm_backward(struct heed_node *node)
{
    size_t rows = (size_t)heed_rows(node->out[0]), n = (size_t)heed_width(node->out[0]);
    const float *gates = node->saved;
    float *grad[3], *spare = heed->alloc(node->tape, sizeof(float) * 9 * n);
    heed->vec->fill(9 * n, 0.0f, spare);
    for (int k = 0; k < 3; k++)
        grad[k] = heed->grad(node->tape, node->in[k]);
    for (size_t i = 0; i < rows; i++)
        heed->vec->lstm_grad(n, gates + i * 5 * n, node->in[CELL]->data + i * n,
                             node->out[OUT_H]->grad + i * n, node->out[OUT_C]->grad + i * n,
                             grad[X] ? grad[X] + i * 4 * n : spare,
                             grad[HG] ? grad[HG] + i * 4 * n : spare + 4 * n,
                             grad[CELL] ? grad[CELL] + i * n : spare + 8 * n);
}

static const struct heed_op op_lstm = {sizeof(op_lstm), "lstm", lstm_shape, lstm_forward,
                                       lstm_backward};

static void step(const void *self, struct heed_cell_call *call)
{
    struct heed_tensor *in[] = {
        [X] = call->x_gates, [HG] = call->h_gates, [CELL] = call->previous[1]};
    (void)self;
    heed->apply(call->tape, &op_lstm, 3, in, 2, call->next, NULL, 0);
    call->output = call->next[0];
}

HEED_PLUGIN(cell_lstm, struct heed_cell) = {
    .head = HEED_HEAD(cell_lstm, HEED_KIND_CELL, struct heed_cell, 1, "long short-term memory",
                      NULL, 0),
    .n_input_gates = 4,
    .n_state_gates = 4,
    .n_states = 2,
    .input_bias_init = HEED_INIT_FORGET,
    .step = step,
};
