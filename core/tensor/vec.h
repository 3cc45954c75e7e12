/* vec.h: vector kernels, one table per kernel set (portable,
 * AVX2+FMA, AVX-512), chosen at run time.
 *
 * Every kernel gives bits that depend on its arguments only (n included), not on alignment or on
 * neighbours; masked tails, no reads or writes outside [0, n). In-place (y == x) is allowed for
 * element-wise kernels. Accuracy: exp 2e-7 relative; tanh, sigmoid 3e-7 absolute; inputs of any
 * finite size, ±inf saturate, NaN stays NaN. Reductions add in a fixed order for given n: vector
 * lanes, then a fixed tree. Part of the plugin ABI through struct heed_host: the table grows only
 * at its end. */
#ifndef HEED_VEC_H
#define HEED_VEC_H

#include "base/base.h"
#include "base/err.h"

struct heed_vec {
    uint32_t size;
    const char *name; /* "portable", "avx2", "avx512" */
    int panel;        /* columns of a packed panel (gemm.h): 16, 16, 64 */

    void (*exp)(size_t n, const float *x, float *y);
    void (*tanh)(size_t n, const float *x, float *y);
    void (*sigmoid)(size_t n, const float *x, float *y);

    float (*dot)(size_t n, const float *a, const float *b);
    float (*sum)(size_t n, const float *x);
    double (*sum_squares)(size_t n, const float *x); /* accumulated in double */
    float (*max)(size_t n, const float *x);          /* -inf for n = 0; NaNs are passed over */
    size_t (*argmax)(size_t n, const float *x);      /* first of equals; n > 0; NaN never wins */
    bool (*finite)(size_t n, const float *x);

    void (*fill)(size_t n, float a, float *y);
    void (*add)(size_t n, const float *a, const float *b, float *y);
    void (*sub)(size_t n, const float *a, const float *b, float *y);
    void (*mul)(size_t n, const float *a, const float *b, float *y);
    void (*mul_add)(size_t n, const float *a, const float *b, float *y); /* y += a*b */
    void (*axpy)(size_t n, float alpha, const float *x, float *y);       /* y += alpha*x */
    /* y = alpha*x + beta */
    void (*scale)(size_t n, float alpha, float beta, const float *x, float *y);

    /* y = softmax(x); n = 0 writes nothing; a row of -inf alone gives zeros. */
    void (*softmax)(size_t n, const float *x, float *y);
    /* dx += y * (dy - sum(dy*y)): softmax's backward for one row. */
    void (*softmax_grad)(size_t n, const float *y, const float *dy, float *dx);
    /* Softmax, cross-entropy and its gradient in one pass over one row of logits, in
     * place. target in [0, n). Label smoothing e: the wanted distribution is (1-e) on
     * target and e/n on every word. Returns the loss in nats with smoothing; *plain gets
     * it without. logits become gscale * d loss / d logits. A logit of -inf is a word of
     * probability 0: its loss is inf, its gradient finite. */
    float (*cross_entropy)(size_t n, float *logits, size_t target, float smoothing, float gscale,
                           float *plain);
    /* log softmax of one row; returns log-sum-exp. y may be x. */
    float (*log_softmax)(size_t n, const float *x, float *y);

    /* Additive attention energy (Bahdanau et al. 2015): sum_i v[i]*tanh(q[i]+k[i]). */
    float (*tanh_energy)(size_t n, const float *q, const float *k, const float *v);
    /* Its backward, tanh recomputed: u = tanh(q+k); dv += g*u; s =
     * g*v*(1-u^2); dq += s; dk += s. */
    void (*tanh_energy_grad)(size_t n, const float *q, const float *k, const float *v, float g,
                             float *dq, float *dk, float *dv);

    /* Inverted dropout of one row: unit i is kept when hash32(key, i) >= p*2^32, then scaled by
     * 1/(1-p); y = kept ? x/(1-p) : 0. The hash is the same in every kernel set. add: y += instead
     * of y = (for backward). */
    void (*dropout)(size_t n, uint64_t key, float p, bool add, const float *x, float *y);

    /* Adam (Kingma & Ba 2015) with bias-corrected rates lr_t = lr*sqrt(1-b2^t)/(1-b1^t) folded into
     * lr and eps by the caller, decoupled weight decay: w -= decay*w + lr*m/(sqrt(v)+eps). g is
     * multiplied by gscale (clipping). */
    void (*adam)(size_t n, float *w, float *m, float *v, const float *g, float gscale, float lr,
                 float b1, float b2, float eps, float decay);

    /* Product with packed weights (gemm.h): Y[m,n] = X[m,k]·W (+ bias when not NULL) (+ Y when
     * add), added in this order. */
    void (*packed_gemm)(int64_t m, int64_t n, int64_t k, const float *x, int64_t ldx,
                        const float *packed, const float *bias, bool add, float *y, int64_t ldy);
};

/* name: NULL or "auto" for the best of this CPU. An unknown set or
 * one that the CPU lacks is an error. */
int heed_vec_select(const char *name, struct heed_err *err) HEED_MUST_USE;
const struct heed_vec *heed_vec(void); /* the chosen table; selects "auto" when nothing was */
const struct heed_vec *heed_vec_by_name(const char *name); /* for tests; NULL when the CPU cannot */

/* Peak of this core in GFLOP/s of float32, measured once a process
 * by a short FMA loop (about 20 ms). */
double heed_vec_peak_gflops(void);

#endif
