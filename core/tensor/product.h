/* product.h: products with weights: the one place that chooses who computes them (the packed kernel
 * or the library, gemm.h) and in which number format: float32, or bf16 where the parameters say so
 * (params->bf16) and the tape trains, or whole
 * numbers where that is all a parameter has (param->rounded); a library is float32. Inside the tensor floor, but for the choice
 * by itself. */
#ifndef HEED_PRODUCT_H
#define HEED_PRODUCT_H

#include "tensor/tape.h"

/* y[m,n] = x[m,k]·W + bias (NULL: none), or y += x·W when add. W [k,n]; transposed: W [n,k] is used
 * as its transpose. All without gaps between rows. */
struct heed_product {
    int64_t m;
    const float *x;
    const struct heed_tensor *w;
    bool transposed;
    const float *bias; /* [n] */
    bool add;          /* not with a bias */
    float *y;
};
void heed_product(struct heed_tape *t, const struct heed_product *p);
/* dw += x^T·dy for W [k,n]; transposed (W [n,k]): dw += dy^T·x. x [rows,k], dy [rows,n]. fresh: dw = in
 * place of +=, whatever stood there. */
void heed_product_grad(struct heed_tape *t, const struct heed_tensor *w, bool transposed,
                       const float *x, const float *dy, int64_t rows, bool fresh, float *dw);

/* The same of several pieces one after the other, as if made elsewhere, fresh, and then added to dw as one term;
 * but no more than a slice of it is elsewhere at a time. */
struct heed_piece {
    const float *x, *dy;
    int64_t rows;
};
void heed_product_grad_onto(struct heed_tape *t, const struct heed_tensor *w, bool transposed,
                            const struct heed_piece *pieces, int n_pieces, float *dw);

/* Who serves training best with the kernel set in use: the short name of a plugin of kind product, or
 * NULL for our own kernels. */
const char *heed_product_server(void);

#endif
