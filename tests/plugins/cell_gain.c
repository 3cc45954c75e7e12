/* cell_gain.c: h' = tanh(x + h)·exp(g) with a number g that is learnt: a cell with a parameter of
 * its own, for the tests of models. Each layer must train its own g. */
#include <heed/plugin.h>

static const struct heed_host *heed;

struct gain {
    struct heed_tensor *g; /* [1] */
};

static int setup(void *self, struct heed_setup *s, struct heed_err *err)
{
    static const int64_t one[] = {1};
    struct gain *gain = self;
    (void)err;
    gain->g = heed->param(s, "gain", 1, one, HEED_INIT_ZERO, 0, HEED_PARAM_NO_DECAY);
    return 0;
}

static void step(const void *self, struct heed_cell_call *call)
{
    const struct gain *gain = self;
    struct heed_tensor *sum = heed->add(call->tape, call->x_gates, call->h_gates);
    call->next[0] = heed->gain(call->tape, heed->tanh(call->tape, sum), gain->g);
    call->output = call->next[0];
}

HEED_PLUGIN(cell_gain, struct heed_cell) = {
    .head = HEED_HEAD(cell_gain, HEED_KIND_CELL, struct heed_cell, 1,
                      "plain recurrent cell with a learnt factor", NULL, sizeof(struct gain)),
    .n_input_gates = 1,
    .n_state_gates = 1,
    .n_states = 1,
    .input_bias_init = HEED_INIT_ZERO,
    .setup = setup,
    .step = step,
};
