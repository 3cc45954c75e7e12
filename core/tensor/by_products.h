/* by_products.h: attention's scores and sums as matrix products, head by head: for many queries. One query at a time,
 * as a decoder steps, ops_attention.c goes over keys by itself; the two round in different orders.
 *
 * A row's bits depend on its own keys alone: not on the rows beside it, nor on keys whose weight is zero. */
#ifndef HEED_BY_PRODUCTS_H
#define HEED_BY_PRODUCTS_H

#include "tensor/tape.h"

/* q [b,g,q,d], keys or values [b,g,s,d], scores or weights [b,g,q,s]. */
struct heed_heads {
    int64_t b, g, q, s, d;
    const int32_t *q_len, *k_len; /* [b]; NULL: all */
};
/* y = scale * q·k, 0 beyond the lengths. */
void heed_scores_by_products(struct heed_tape *t, const struct heed_heads *h, float scale,
                             const float *q, const float *k, float *y);
/* dq, dk are added to; NULL: not wanted. */
void heed_scores_by_products_grad(struct heed_tape *t, const struct heed_heads *h, float scale,
                                  const float *q, const float *k, const float *dy, float *dq,
                                  float *dk);
/* y [b,g,q,d] = w·v, 0 for queries beyond the lengths. */
void heed_sum_by_products(struct heed_tape *t, const struct heed_heads *h, const float *w,
                          const float *v, float *y);
/* dw, dv are added to; NULL: not wanted. */
void heed_sum_by_products_grad(struct heed_tape *t, const struct heed_heads *h, const float *w,
                               const float *v, const float *dy, float *dw, float *dv);

#endif
