/* tape.h: reverse-mode differentiation on a tape, and the built-in operations.
 *
 * Ops run forward as they are applied; backward walks the nodes in reverse. Errors
 * stick: a bad shape turns the tape sour, later ops return a dummy tensor of the right
 * kind, and one check at the end (heed_tape_failed) reports the first message. In
 * inference mode (training == false) no gradient is allocated and products go through
 * packed weights, so that rows do not see one another.
 *
 * Weight gradients are hoisted out of every time loop by the tape itself: linear's backward
 * computes dX and notes (x, dy) with the parameter; when backward is done, each parameter's notes
 * are laid side by side and dW is ONE product, db one sum.
 *
 * Shapes: N rows (packed or batch-major), B batch, S source, Q queries, G heads, d widths. */
#ifndef HEED_TAPE_H
#define HEED_TAPE_H

#include "base/arena.h"
#include "heed/tensor.h"
#include "tensor/param.h"
#include "tensor/vec.h"

/* Workers with nothing else to do while a tape runs (product.c). */
struct heed_help {
    struct heed_workers *workers; /* NULL: there are none */
    int together;                 /* products shared since one had to wait */
    int alone, penalty;           /* products to be made alone: now, and last time */
};

struct heed_tape {
    struct heed_arena *arena; /* step arena, borrowed: nodes, activations, gradients */
    /* Gradients in an arena of their own, borrowed; NULL: with the rest. They are cleared when backward
     * begins, before which nobody may write there, and until then their memory serves others. */
    struct heed_arena *late;
    struct heed_params *params; /* borrowed */
    bool training;              /* gradients and dropout on */
    int slab;                   /* whose gradients backward adds to (grads.h) */
    uint64_t seed, step;        /* coordinates of dropout, with site, row, t */
    struct heed_node *nodes;    /* array in growable memory */
    size_t n_nodes, cap_nodes;
    struct heed_err err; /* sticky; err.status != 0: sour */
    bool by_products;    /* dot scores and weighted sums are matrix products (by_products.h) */
    bool inner;  /* within an operation of another tape, for a part of it: no gradient is whole */
    bool strict; /* numbers that are none turn it sour too, where they are looked for */
    struct heed_late_grad *uncleared; /* in `late` */
    bool begun;                       /* backward has: nothing is late any more */
    size_t n_uncleared, cap_uncleared;
    void *pending;            /* per parameter notes of linear, notes.c */
    struct heed_help help;    /* with products */
    struct heed_zones *zones; /* guard zones, NULL unless heed_tape_guard() asked for them */
};

void heed_tape_init(struct heed_tape *t, struct heed_arena *arena, struct heed_params *params);
void heed_tape_release(struct heed_tape *t);
/* Forgets all nodes and notes and resets the arena; tensors made on it die. */
void heed_tape_reset(struct heed_tape *t);
/* Copies the first message. */
bool heed_tape_failed(const struct heed_tape *t, struct heed_err *err);

/* Runs all nodes backward; the caller has put the seed gradient into
 * outputs (cross_entropy seeds itself). */
void heed_tape_backward(struct heed_tape *t);

/* Gradient of x: x->grad, or for a parameter that of the slab. NULL in inference. A sparse parameter
 * has no such thing (BUG). */
float *heed_tape_grad(struct heed_tape *t, const struct heed_tensor *x);
/* Of any x [rows,width], row `row` of it, to be added to before another is asked for. */
float *heed_tape_grad_row(struct heed_tape *t, const struct heed_tensor *x, int64_t row);
void *heed_tape_alloc(struct heed_tape *t, size_t size); /* step arena, not cleared */

/* For checks: from now on everything allocated has guard zones and starts as NaN; guard_check says
 * which op wrote beyond its buffers since the last reset. */
void heed_tape_guard(struct heed_tape *t);
int heed_tape_guard_check(const struct heed_tape *t, struct heed_err *err) HEED_MUST_USE;

/* A new tensor: data not cleared, gradient (in training) cleared. */
struct heed_tensor *heed_tensor_new(struct heed_tape *t, int rank, const int64_t *dims);
/* Wraps foreign data (borrowed); with_grad in training allocates a cleared gradient. */
struct heed_tensor *heed_tensor_wrap(struct heed_tape *t, int rank, const int64_t *dims,
                                     float *data, bool with_grad);
/* Constant zeros, no gradient. */
struct heed_tensor *heed_tensor_zero(struct heed_tape *t, int rank, const int64_t *dims);

/* Applies op to n_in inputs; outs gets n_out tensors. aux
 * (aux_size bytes) is copied. Returns outs[0]. */
struct heed_tensor *heed_apply(struct heed_tape *t, const struct heed_op *op, int n_in,
                               struct heed_tensor *const *in, int n_out, struct heed_tensor **outs,
                               const void *aux, size_t aux_size);

/* --- views: share data and gradient with x --- */
/* [n,…] of the first dimension. */
struct heed_tensor *heed_view_rows(struct heed_tape *t, struct heed_tensor *x, int64_t from,
                                   int64_t n);
struct heed_tensor *heed_reshape(struct heed_tape *t, struct heed_tensor *x, int rank,
                                 const int64_t *dims);

/* --- products --- */
/* [N,I]·W[I,O] + b[O] (b may be NULL) -> [N,O]; leading dims of x are kept. */
struct heed_tensor *heed_linear(struct heed_tape *t, struct heed_tensor *x, struct heed_tensor *w,
                                struct heed_tensor *b);
/* [N,E]·W[V,E]^T + b[V] -> [N,V]: logits of a tied table; inference only through packed_t. */
struct heed_tensor *heed_linear_t(struct heed_tape *t, struct heed_tensor *x, struct heed_tensor *w,
                                  struct heed_tensor *b);

/* --- element-wise; equal shapes --- */
struct heed_tensor *heed_add(struct heed_tape *t, struct heed_tensor *a, struct heed_tensor *b);
struct heed_tensor *heed_sub(struct heed_tape *t, struct heed_tensor *a, struct heed_tensor *b);
struct heed_tensor *heed_mul(struct heed_tape *t, struct heed_tensor *a, struct heed_tensor *b);
/* alpha*a + beta */
struct heed_tensor *heed_scale(struct heed_tape *t, struct heed_tensor *a, float alpha, float beta);
/* a*exp(g), g one number: a factor that is learnt, always
 * positive, at home on a scale of ratios. */
struct heed_tensor *heed_gain(struct heed_tape *t, struct heed_tensor *a, struct heed_tensor *g);
struct heed_tensor *heed_tanh(struct heed_tape *t, struct heed_tensor *a);
struct heed_tensor *heed_sigmoid(struct heed_tape *t, struct heed_tensor *a);
struct heed_tensor *heed_exp(struct heed_tape *t, struct heed_tensor *a);
struct heed_tensor *heed_relu(struct heed_tape *t, struct heed_tensor *a);
struct heed_tensor *heed_gelu(struct heed_tape *t, struct heed_tensor *a); /* by tanh: vec.h */

/* --- blocks: ops_block.c --- */
/* Each row of x [N,W] to mean 0 and variance 1, then times gain [W] and plus bias [W] (Ba et al. 2016). bias NULL:
 * divided by the root of its mean square alone (Zhang & Sennrich 2019). */
struct heed_tensor *heed_norm(struct heed_tape *t, struct heed_tensor *x, struct heed_tensor *gain,
                              struct heed_tensor *bias);
/* [N,2F] -> [N,F]: a sigmoid(a) b of the halves a, b (Shazeer 2020). */
struct heed_tensor *heed_swiglu(struct heed_tape *t, struct heed_tensor *x);

/* x [N*parts,w], of which the first `turned` rows of each N are turned in the planes (i, i + w/2); turns
 * [N,3w/2] has cosines, sines and sines with the other sign (Su et al. 2021). The rest is copied. */
struct heed_tensor *heed_rotate(struct heed_tape *t, struct heed_tensor *x,
                                struct heed_tensor *turns, int64_t parts, int64_t turned);

/* --- rows and columns --- */
/* Along the width. */
struct heed_tensor *heed_concat(struct heed_tape *t, int n, struct heed_tensor *const *x);
/* Rows on rows: [sum n_i, W]. */
struct heed_tensor *heed_stack(struct heed_tape *t, int n, struct heed_tensor *const *x);
/* [N,n], copied. */
struct heed_tensor *heed_columns(struct heed_tape *t, struct heed_tensor *x, int64_t from,
                                 int64_t n);
/* out[i] = x[index[i]], zeros for index -1; backward adds in order
 * of i. index is copied. Result [n, W]. */
struct heed_tensor *heed_gather(struct heed_tape *t, struct heed_tensor *x, const int32_t *index,
                                int64_t n);
/* Rows ids[i] of the table W[V,E] -> [n,E]; gradient row-sparse. ids copied, bounds are the
 * caller's duty (BUG). */
struct heed_tensor *heed_embed(struct heed_tape *t, struct heed_tensor *w, const int32_t *ids,
                               int64_t n);
/* Inverted dropout at `site`; row[i], time[i] (copied) are the coordinates of x's i-th row in the
 * whole batch, so the mask does not depend on sharding. Identity when not training or p == 0. time
 * NULL: all 0. */
struct heed_tensor *heed_dropout(struct heed_tape *t, struct heed_tensor *x, float p, uint32_t site,
                                 const int32_t *row, const int32_t *time);

/* --- attention; [B,G,Q,d], [B,G,S,d]; lengths int32, copied; q_len NULL: all of Q --- */
/* scale * q·k -> [B,G,Q,S]; entries beyond the lengths are 0 and cost nothing. */
struct heed_tensor *heed_dot_scores(struct heed_tape *t, struct heed_tensor *q,
                                    struct heed_tensor *k, float scale, const int32_t *q_len,
                                    const int32_t *k_len);
/* sum_i v[i] tanh(q[i]+k[i]) -> [B,G,Q,S]; v [d] a parameter or
 * tensor; fused, tanh recomputed in backward. */
struct heed_tensor *heed_tanh_scores(struct heed_tape *t, struct heed_tensor *q,
                                     struct heed_tensor *k, struct heed_tensor *v,
                                     const int32_t *q_len, const int32_t *k_len);
/* Softmax over the keys that the mask lets be seen (d2l: masked_softmax); zero elsewhere; length 0
 * gives zeros (defined here, once). */
struct heed_tensor *heed_masked_softmax(struct heed_tape *t, struct heed_tensor *scores,
                                        const struct heed_mask *mask);
/* [B,G,Q,S] -> [B,1,Q,S]: the mean over heads. */
struct heed_tensor *heed_head_mean(struct heed_tape *t, struct heed_tensor *w);
/* weights [B,G,Q,S] · value [B,G,S,v] -> [B,G,Q,v]; reads only valid
 * positions (NaN beyond is harmless). */
struct heed_tensor *heed_weighted_sum(struct heed_tape *t, struct heed_tensor *w,
                                      struct heed_tensor *value, const int32_t *q_len,
                                      const int32_t *k_len);

/* --- loss --- */
struct heed_loss {
    double nats;  /* sum over tokens with label smoothing */
    double plain; /* sum without */
    int64_t n_tokens;
    int64_t n_correct; /* argmax equals target (only when asked) */
    double risk; /* sum over so many lines of what they are expected to cost; of who trains by it */
    int64_t n_risked;
};
/* Output layer + softmax + cross-entropy + gradient over x [N,R] in chunks of rows, logits never
 * kept. w [R,V] (tied: w [V,R]); bias [V] or NULL; target [N], all valid tokens (padding is not
 * among the rows). weight NULL or [N]: each row's weight in loss and gradient (the course's
 * per-step mean); smoothing in [0,1); gscale: d total / d nats, e.g. 1/tokens of the whole batch.
 * Not training: no gradient. *out is ADDED to, at once. dW and db too are added in forward: clear
 * the gradients before it. Backward of the node adds the saved dX to x's gradient. target and
 * weight are read during the call only. */
void heed_cross_entropy(struct heed_tape *t, struct heed_tensor *x, struct heed_tensor *w,
                        bool tied, struct heed_tensor *bias, const int32_t *target,
                        const float *weight, float smoothing, float gscale, bool count_correct,
                        struct heed_loss *out);

/* --- copying: p(w) = g softmax(logits)(w) + (1-g) a(w), a: the weights where w stands --- */
struct heed_copy {
    struct heed_tensor *gate;    /* [N,1], g its sigmoid */
    struct heed_tensor *weights; /* [N,S], each row sums to 1 */
    struct heed_tensor *words;   /* [B*S,1] the word at each position, below V: numbers are exact
                                  * to 2^24 */
    const int32_t *source;       /* [N] which of the B a row looks at */
};
/* What a row's distribution p = softmax(logits) is drawn to beside its target. With K = a T² KL(q || p), both at the
 * temperature T, and J half of KL(p || p') + KL(p' || p):
 *
 *     teacher    (1-a) cross-entropy + K        q the teacher's (Hinton et al. 2015, Kim & Rush 2016)
 *     twins r    cross-entropy + r/2 J          rows 2i and 2i+1 say the same token twice (Wu et al. 2021)
 *
 * and both where both are. */
struct heed_draw {
    const float *teacher; /* [N,V], of twins [N/2,V]: logits or log probabilities; NULL: none */
    float share, temperature;
    float twins; /* 0: rows have nothing to do with each other */
};
struct heed_aim {
    float smoothing, gscale;
    const struct heed_draw *draw; /* NULL: to the targets alone */
    const float *weight;          /* [N] as in cross_entropy */
    float *log_prob;              /* [N] set to those of the targets, -plain; NULL: not asked for */
    bool alone; /* copying: the loss is that of the distribution, no half the output layer's */
};
/* copy NULL: cross_entropy. Else half of it the cross-entropy of this distribution, half the output layer's own,
 * which label smoothing is about, and which is what is drawn: ops_copy.c. Gradients go into gate and weights
 * too; bias must be there. out->plain is of the distribution alone. What is pointed to is read during the
 * call only. */
void heed_copy_cross_entropy(struct heed_tape *t, struct heed_tensor *x, struct heed_tensor *w,
                             bool tied, struct heed_tensor *bias, const struct heed_copy *copy,
                             const int32_t *target, const struct heed_aim *aim,
                             struct heed_loss *out);
/* Logits [N,V] become its log probabilities, in place. Inference only: no gradient. */
void heed_copy_log_probs(struct heed_tape *t, struct heed_tensor *logits,
                         const struct heed_copy *copy);

#endif
