/* rnn.c: the recurrent layer.
 *
 * The input product of all steps is one product before the loop. In the loop stands only the
 * recurrent product, through packed weights, and the cell. The gradients of both weights are
 * hoisted by the tape (tape.h): one product each.
 *
 * The backward direction needs no loop of its own: the caller mirrors the packed rows, runs
 * forward, mirrors back. A prefix of rows that grows over time was the alternative; it needs a
 * second kind of view and gains nothing. */
#include <math.h>
#include <stdio.h>

#include "net/rnn.h"
#include "tensor/tape.h"

static struct heed_tensor *weight(struct heed_params *params, const char *prefix, const char *name,
                                  int64_t rows, int64_t cols, enum heed_init init, uint32_t flags)
{
    char full[128];
    snprintf(full, sizeof full, "%s.%s.weight", prefix, name);
    return heed_params_add(params, full, 2, (int64_t[]){rows, cols}, init, 1,
                           flags | HEED_PARAM_MATRIX);
}

static struct heed_tensor *bias(struct heed_params *params, const char *prefix, const char *name,
                                int64_t cols, enum heed_init init, double scale)
{
    char full[128];
    snprintf(full, sizeof full, "%s.%s.bias", prefix, name);
    return heed_params_add(params, full, 1, &cols, init, scale, HEED_PARAM_NO_DECAY);
}

int heed_rnn_setup(struct heed_rnn *r, const struct heed_instance *instance,
                   struct heed_params *params, const char *prefix, int layer, int64_t input,
                   int64_t hidden, bool course, struct heed_err *err)
{
    const struct heed_cell *cell = (const struct heed_cell *)instance->plugin;
    int64_t x_width = cell->n_input_gates * hidden, h_width = cell->n_state_gates * hidden;
    double scale = 1 / sqrt((double)hidden);

    *r = (struct heed_rnn){.cell = cell, .input = input, .hidden = hidden};
    r->w_input = weight(params, prefix, "input", input, x_width, HEED_INIT_XAVIER, 0);
    r->b_input = bias(params, prefix, "input", x_width,
                      course ? HEED_INIT_UNIFORM : (enum heed_init)cell->input_bias_init, scale);
    if (h_width) {
        r->w_state = weight(params, prefix, "state", hidden, h_width,
                            course ? HEED_INIT_XAVIER : HEED_INIT_ORTHOGONAL, HEED_PARAM_REUSED);
        r->b_state = bias(params, prefix, "state", h_width,
                          course ? HEED_INIT_UNIFORM : HEED_INIT_ZERO, scale);
    }
    struct heed_setup s = {.size = sizeof s,
                           .layer = layer,
                           .params = params,
                           .prefix = prefix,
                           .input_width = input,
                           .hidden = hidden};
    return heed_layer_open(&r->layer, instance, &s, err);
}

void heed_rnn_release(struct heed_rnn *r)
{
    heed_layer_close(&r->layer);
}

struct heed_tensor *heed_rnn_gates(const struct heed_rnn *r, struct heed_tape *t,
                                   struct heed_tensor *x)
{
    return heed_linear(t, x, r->w_input, r->b_input);
}

struct heed_tensor *heed_rnn_step(const struct heed_rnn *r, struct heed_tape *t,
                                  struct heed_tensor *x_gates, struct heed_tensor *const *previous,
                                  const struct heed_rnn_drop *drop, struct heed_tensor **next)
{
    struct heed_cell_call call = {.size = sizeof call, .tape = t, .x_gates = x_gates};
    if (r->w_state) {
        struct heed_tensor *h =
            drop->rate > 0 ? heed_dropout(t, previous[0], drop->rate, drop->site, drop->row, NULL)
                           : previous[0];
        call.h_gates = heed_linear(t, h, r->w_state, r->b_state); /* [n, Y·H] */
    }
    for (int k = 0; k < r->cell->n_states; k++)
        call.previous[k] = previous[k];
    r->cell->step(r->layer.self, &call);
    for (int k = 0; k < r->cell->n_states; k++)
        next[k] = call.next[k];
    return call.output;
}

/* The rows that end at step t leave the loop with these states; collected last step first they
 * stand in packed row order. */
static void collect_final(const struct heed_rnn *r, struct heed_tape *t,
                          const struct heed_packing *p,
                          struct heed_tensor *const (*states)[HEED_STATES_MAX],
                          struct heed_tensor **final)
{
    struct heed_tensor **parts = heed_tape_alloc(t, sizeof *parts * (size_t)(p->T + 1));
    for (int k = 0; k < r->cell->n_states; k++) {
        int n = 0;
        for (int32_t s = p->T - 1; s >= 0; s--) {
            int32_t stay = p->count[s + 1], leave = p->count[s] - stay;
            if (leave)
                parts[n++] = heed_view_rows(t, states[s][k], stay, leave);
        }
        final[k] = heed_stack(t, n, parts);
    }
}

struct heed_tensor *heed_rnn_run(const struct heed_rnn *r, struct heed_tape *t,
                                 const struct heed_packing *p, struct heed_tensor *gates,
                                 struct heed_tensor *const *first, const struct heed_rnn_drop *drop,
                                 struct heed_tensor **final)
{
    struct heed_tensor *(*states)[HEED_STATES_MAX] =
        heed_tape_alloc(t, sizeof *states * (size_t)(p->T + 1));
    struct heed_tensor **outputs = heed_tape_alloc(t, sizeof *outputs * (size_t)(p->T + 1));
    struct heed_tensor *zero = heed_tensor_zero(t, 2, (int64_t[]){p->B, r->hidden});

    for (int32_t s = 0; s < p->T; s++) {
        struct heed_tensor *previous[HEED_STATES_MAX];
        for (int k = 0; k < r->cell->n_states; k++) {
            struct heed_tensor *from = s ? states[s - 1][k] : first ? first[k] : zero;
            previous[k] = heed_view_rows(t, from, 0, p->count[s]);
        }
        struct heed_tensor *x_gates = heed_view_rows(t, gates, p->offset[s], p->count[s]);
        outputs[s] = heed_rnn_step(r, t, x_gates, previous, drop, states[s]);
    }
    if (final)
        collect_final(r, t, p, (struct heed_tensor *const(*)[HEED_STATES_MAX])states, final);
    return heed_stack(t, p->T, outputs); /* [N, H] */
}

double heed_rnn_work(const struct heed_rnn *r)
{
    return 2.0 * ((double)heed_elements(r->w_input) +
                  (r->w_state ? (double)heed_elements(r->w_state) : 0));
}
