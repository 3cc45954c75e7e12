/* vec.h: kernel sets: the vector kernels that plugins know (heed/vec.h), and those that only core
 * calls. One set is chosen at run time. */
#ifndef HEED_VEC_H
#define HEED_VEC_H

#include "base/base.h"
#include "base/err.h"
#include "heed/vec.h"

#define HEED_TOPS 64 /* numbers of which the largest is told */

struct heed_kernels {
    struct heed_vec vec;
    int panel; /* columns of a packed panel (gemm.h): 16, 16, 64 */

    /* Softmax, cross-entropy and its gradient in one pass over one row of logits, in
     * place. target in [0, n). Label smoothing e: the wanted distribution is (1-e) on
     * target and e/n on every word. Returns the loss in nats with smoothing; *plain gets
     * it without. logits become gscale * d loss / d logits. A logit of -inf is a word of
     * probability 0: its loss is inf, its gradient finite. db [n] += that gradient; NULL: none. */
    float (*cross_entropy)(size_t n, float *logits, size_t target, float smoothing, float gscale,
                           float *db, float *plain);

    /* The largest of each HEED_TOPS numbers, tops [ceil(n/HEED_TOPS)]; returns the largest of all. NaN where a
     * number is NaN or +inf; -inf is one as others are. */
    float (*tops)(size_t n, const float *x, float *tops);
    float (*exp_sum)(size_t n, float shift,
                     const float *x); /* sum of exp(x - shift), as log_softmax has it */

    /* Inverted dropout of one row: unit i is kept when hash32(key, i) >= p*2^32, then scaled by
     * 1/(1-p); y = kept ? x/(1-p) : 0. The hash is the same in every kernel set. add: y += instead
     * of y = (for backward). */
    void (*dropout)(size_t n, uint64_t key, float p, bool add, const float *x, float *y);

    /* Adam (Kingma & Ba 2015) with bias-corrected rates lr_t = lr*sqrt(1-b2^t)/(1-b1^t) folded into
     * lr and eps by the caller, decoupled weight decay: w -= decay*w + lr*m/(sqrt(v)+eps). g is
     * multiplied by gscale (clipping). */
    void (*adam)(size_t n, float *w, float *m, float *v, const float *g, float gscale, float lr,
                 float b1, float b2, float eps, float decay);

    /* A row of variance one and, with centre, mean zero: y = gain*(x-mean)*rstd + bias, rstd =
     * 1/sqrt(mean of (x-mean)^2 + eps); mean is 0 without centre. bias NULL: none. stats gets mean and
     * rstd. n > 0. */
    void (*norm)(size_t n, const float *x, const float *gain, const float *bias, bool centre,
                 float eps, float *y, float stats[2]);
    /* dx, dgain, dbias [n] are added to; NULL: not wanted. */
    void (*norm_grad)(size_t n, const float *x, const float *gain, bool centre,
                      const float stats[2], const float *dy, float *dx, float *dgain, float *dbias);
    /* y = x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))); dx is added to. */
    void (*gelu)(size_t n, const float *x, float *y);
    void (*gelu_grad)(size_t n, const float *x, const float *dy, float *dx);
    /* y = a sigmoid(a) b; da, db are added to. */
    void (*swiglu)(size_t n, const float *a, const float *b, float *y);
    void (*swiglu_grad)(size_t n, const float *a, const float *b, const float *dy, float *da,
                        float *db);

    /* Product with packed weights (gemm.h): Y[m,n] = X[m,k]·W (+ bias when not NULL) (+ Y when
     * add), added in this order. */
    void (*packed_gemm)(int64_t m, int64_t n, int64_t k, const float *x, int64_t ldx,
                        const float *packed, const float *bias, bool add, float *y, int64_t ldy);

    /* Gradient of weights: DW[m,n] += A^T·B, A [k,m], B [k,n], in blocks of k whose number depends
     * on k alone. fresh: DW = A^T·B, whatever DW was; the same bits as += to zeros, but for the sign of
     * a zero. scratch: grad_scratch(m, n) floats. */
    void (*grad_gemm)(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const float *b,
                      int64_t ldb, bool fresh, float *dw, int64_t ldw, float *scratch);
    size_t (*grad_scratch)(int64_t m, int64_t n);

    /* heed_pack_t() (gemm.h). */
    void (*pack_transposed)(int64_t k, int64_t n, const float *w_t, int64_t ldw, float *packed);

    /* y = log(e^x + e^y), 2e-7 of what it adds to the larger; -inf is the log of nothing, and x and y may change
     * places. A NaN stays one beside a number. */
    void (*log_add)(size_t n, const float *x, float *y);

    /* p, q: softmaxes of logits and teacher, each over temperature. Returns KL(q || p), the sum of q log(q/p);
     * grad += gscale * d KL / d logits. */
    float (*draw)(size_t n, const float *logits, const float *teacher, float temperature,
                  float gscale, float *grad);
    /* p, q: softmaxes of a and b. Returns half of KL(p || q) + KL(q || p); da, db become gscale times its
     * gradients. */
    float (*twins)(size_t n, const float *a, const float *b, float gscale, float *da, float *db);
};

/* name: NULL or "auto" for $HEED_KERNELS, or without it the best of this CPU. An unknown set or
 * one that the CPU lacks is an error. */
int heed_vec_select(const char *name, struct heed_err *err) HEED_MUST_USE;
const char *heed_vec_best(void);               /* the name of the best set of this CPU */
const struct heed_kernels *heed_kernels(void); /* the chosen set; selects "auto" when nothing was */
const struct heed_vec *heed_vec(void);         /* its part that plugins know */
const struct heed_kernels *heed_kernels_by_name(const char *name); /* for tests; NULL when the CPU
                                                                      cannot */

/* Peak of this core in GFLOP/s of float32, measured once a process
 * by a short FMA loop (about 20 ms); what else runs on the core does not make it less. */
double heed_vec_peak_gflops(void);

/* Are these scores of a choice? Each a number or minus infinity: what must not be chosen. */
bool heed_scores_sound(const float *x, size_t n);

#endif
