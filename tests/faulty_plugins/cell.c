/* cell.c: a sound cell, h' = tanh(x + h), in which plugins.sh plants
 * one fault at a time with -DFAULT_…. */
#include <math.h>
#include <heed/plugin.h>

static const struct heed_host *heed;

static int cell_shape(struct heed_node *node, struct heed_err *err)
{
    (void)err;
    *node->out[0] = (struct heed_tensor){
        .rank = 2, .param = -1, .dims = {node->in[0]->dims[0], node->in[0]->dims[1]}};
    return 0;
}

static void cell_forward(struct heed_node *node)
{
    size_t n = (size_t)heed_elements(node->out[0]);
    for (size_t i = 0; i < n; i++) {
        float x = node->in[0]->data[i] + node->in[1]->data[i];
#if defined(FAULT_NEIGHBOURS)
        x += 1e-6f * node->in[0]->data[n - 1];
#elif defined(FAULT_STATE_IGNORED)
        x = node->in[0]->data[i];
#elif defined(FAULT_INFINITE)
        x = expf(x) / expf(x);
#endif
        node->out[0]->data[i] = tanhf(x);
    }
}

static void cell_backward(struct heed_node *node)
{
    float *dx = heed->grad(node->tape, node->in[0]), *dh = heed->grad(node->tape, node->in[1]);
    const float *y = node->out[0]->data, *dy = node->out[0]->grad;
    for (size_t i = 0, n = (size_t)heed_elements(node->out[0]); i < n; i++) {
        float d = dy[i] * (1 - y[i] * y[i]);
        if (dx)
            dx[i] += d;
#if defined(FAULT_GRADIENT)
        if (dh)
            dh[i] += i % 9 < 3 ? 1.05f * d : d; /* a third of the units, 5 % */
#elif defined(FAULT_OVERWRITES)
        if (dh)
            dh[i] = d;
#else
        if (dh)
            dh[i] += d;
#endif
    }
}

static const struct heed_op op = {sizeof(op), "faulty_cell", cell_shape, cell_forward,
                                  cell_backward};

#ifdef FAULT_LAYERS
static struct heed_tensor *gain; /* of the layer set up last */
static int setup(void *self, struct heed_setup *s, struct heed_err *err)
{
    (void)self, (void)err;
    gain = heed->param(s, "gain", 1, (int64_t[]){1}, HEED_INIT_ZERO, 0, HEED_PARAM_NO_DECAY);
    return 0;
}
#endif

static void step(const void *self, struct heed_cell_call *call)
{
    struct heed_tensor *in[] = {call->x_gates, call->h_gates};
    (void)self;
    call->next[0] = heed->apply(call->tape, &op, 2, in, 1, NULL, NULL, 0);
#ifdef FAULT_OVERWRITES
    /* the state gates serve a second time: their gradient has two parts */
    call->next[0] =
        heed->add(call->tape, heed->scale(call->tape, call->h_gates, 0.5f, 0), call->next[0]);
#endif
#ifdef FAULT_LAYERS
    call->next[0] = heed->gain(call->tape, call->next[0], gain);
#endif
#ifndef FAULT_NO_OUTPUT
    call->output = call->next[0];
#endif
}

HEED_PLUGIN(bad, struct heed_cell) = {
    .head = HEED_HEAD(bad, HEED_KIND_CELL, struct heed_cell, 1, "a cell with a planted fault", NULL,
                      0),
    .n_input_gates = 1,
    .n_state_gates = 1,
#ifdef FAULT_STATES
    .n_states = 5,
#else
    .n_states = 1,
#endif
    .input_bias_init = HEED_INIT_ZERO,
#ifdef FAULT_LAYERS
    .setup = setup,
#endif
    .step = step,
};
