/* cell_rnn.c: h' = tanh(x + h), the plain recurrent cell (Elman 1990), composed of host operations:
 * its gradient comes for nothing. x and h are products with their biases already. */
#include <heed/plugin.h>

static const struct heed_host *heed;

static void step(const void *self, struct heed_cell_call *call)
{
    (void)self;
    call->next[0] = heed->tanh(call->tape, heed->add(call->tape, call->x_gates, call->h_gates));
    call->output = call->next[0];
}

HEED_PLUGIN(cell_rnn, struct heed_cell) = {
    .head = HEED_HEAD(cell_rnn, HEED_KIND_CELL, struct heed_cell, 1,
                      "plain recurrent cell with tanh", NULL, 0),
    .n_input_gates = 1,
    .n_state_gates = 1,
    .n_states = 1,
    .input_bias_init = HEED_INIT_ZERO,
    .step = step,
};
