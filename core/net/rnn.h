/* rnn.h: one recurrent layer: core owns the products and the time
 * loop, a cell plugin the gate arithmetic. */
#ifndef HEED_RNN_H
#define HEED_RNN_H

#include "net/packing.h"
#include "plugin/loader.h"

struct heed_rnn {
    const struct heed_cell *cell;
    struct heed_layer layer;               /* the cell's private data, this layer's own */
    int64_t input, hidden;                 /* I, H */
    struct heed_tensor *w_input, *b_input; /* [I, X·H], [X·H] */
    struct heed_tensor *w_state, *b_state; /* [H, Y·H], [Y·H]; NULL when Y is 0 */
};

/* Adds the layer's parameters PREFIX.input.weight, .input.bias, .state.weight, .state.bias. course:
 * the course's initial weights (Glorot everywhere, biases uniform ±1/sqrt(H)). The instance must
 * live longer than the layer. */
int heed_rnn_setup(struct heed_rnn *r, const struct heed_instance *cell, struct heed_params *params,
                   const char *prefix, int layer, int64_t input, int64_t hidden, bool course,
                   struct heed_err *err) HEED_MUST_USE;
void heed_rnn_release(struct heed_rnn *r);

/* Of states, as they go into their product: the same units at every step (Gal & Ghahramani 2016); the cell sees them
 * whole. */
struct heed_rnn_drop {
    float rate; /* 0: none */
    uint32_t site;
    const int32_t *row; /* [n] coordinates of the rows of a step, those of the first have all */
};

/* One step: x_gates [n, X·H] and the K states [n,H] -> next states and output [n,H]. */
struct heed_tensor *heed_rnn_step(const struct heed_rnn *r, struct heed_tape *t,
                                  struct heed_tensor *x_gates, struct heed_tensor *const *previous,
                                  const struct heed_rnn_drop *drop, struct heed_tensor **next);

/* The input product of all steps at once: x [N,I] -> gates [N, X·H], bias included. */
struct heed_tensor *heed_rnn_gates(const struct heed_rnn *r, struct heed_tape *t,
                                   struct heed_tensor *x);

/* All steps of packed sequences. gates [N,X·H] packed; first: K states [B,H] in packed
 * row order, or NULL for zeros. Returns outputs [N,H] packed; final (may be NULL) gets
 * the K states [B,H] in packed row order as each row's last step left them. Rows of
 * length 0 have no place in a packing given here. */
struct heed_tensor *heed_rnn_run(const struct heed_rnn *r, struct heed_tape *t,
                                 const struct heed_packing *p, struct heed_tensor *gates,
                                 struct heed_tensor *const *first, const struct heed_rnn_drop *drop,
                                 struct heed_tensor **final);

/* Floating-point operations of one token's products. */
double heed_rnn_work(const struct heed_rnn *r);

#endif
