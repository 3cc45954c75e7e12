/* vec.h: vector kernels, one table for each kernel set (portable, AVX2+FMA, AVX-512).
 *
 * Every kernel gives bits that depend on its arguments only (n included), not on alignment or on
 * neighbours; masked tails, no reads or writes outside [0, n). In-place (y == x) is allowed for
 * element-wise kernels. Accuracy: exp 2e-7 relative; tanh, sigmoid 3e-7 absolute; inputs of any
 * finite size, ±inf saturate, NaN stays NaN. Reductions add in a fixed order for given n: vector
 * lanes, then a fixed tree. The table grows only at its end. */
#ifndef HEED_PUBLIC_VEC_H
#define HEED_PUBLIC_VEC_H

#include "heed/err.h"

struct heed_vec {
    uint32_t size;
    const char *name; /* "portable", "avx2", "avx512" */

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
    /* log softmax of one row; returns log-sum-exp. y may be x. */
    float (*log_softmax)(size_t n, const float *x, float *y);

    /* Additive attention energy (Bahdanau et al. 2015): sum_i v[i]*tanh(q[i]+k[i]). */
    float (*tanh_energy)(size_t n, const float *q, const float *k, const float *v);
    /* Its backward, tanh recomputed: u = tanh(q+k); dv += g*u; s =
     * g*v*(1-u^2); dq += s; dk += s. */
    void (*tanh_energy_grad)(size_t n, const float *q, const float *k, const float *v, float g,
                             float *dq, float *dk, float *dv);

    /* One row of cells, n units wide; x and hg hold what goes into the gates, from the input and from
     * the state; gates gets what the gradient needs. Nothing overlaps. */

    /* GRU: x, hg, gates [3n] in the order r, z, n; h [n]. r = sigmoid(xr+hr), z = sigmoid(xz+hz),
     * n = tanh(xn + r*hn), y = n + z*(h-n). */
    void (*gru)(size_t n, const float *x, const float *hg, const float *h, float *gates, float *y);
    /* dx, dhg [3n] and dh [n] are added to. */
    void (*gru_grad)(size_t n, const float *gates, const float *hg, const float *h, const float *dy,
                     float *dx, float *dhg, float *dh);

    /* LSTM: x, hg [4n] in the order i, f, g, o; c [n]; gates [5n], the fifth part tanh(next).
     * i, f, o = sigmoid(x+hg), g = tanh(x+hg), next = f*c + i*g, y = o*tanh(next). */
    void (*lstm)(size_t n, const float *x, const float *hg, const float *c, float *gates, float *y,
                 float *next);
    /* dx, dhg [4n] and dc [n] are added to. */
    void (*lstm_grad)(size_t n, const float *gates, const float *c, const float *dy,
                      const float *dnext, float *dx, float *dhg, float *dc);
};

#endif
