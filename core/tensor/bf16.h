/* bf16.h: products of numbers rounded to bf16, summed in float: x and W are rounded (to nearest, ties to
 * even) on the way, everything else stays float32.
 *
 * The numbers are those of VDPBF16PS (Intel SDM 2B; an EPYC of family 26 gives the same): depth is
 * taken in pairs, and a sum takes first the product of the odd one, then that of the even one, each by a
 * fused multiply-add that rounds to nearest even; what is or becomes denormal is zero. Every set gives
 * the same bits, by that instruction (AVX512_BF16), by fused multiply-adds (AVX2), or in double
 * (portable: some sixty times slower than float32). What NaN a NaN is may differ.
 *
 * A pair is a uint32_t, the even one in its low half. Packed weights: panels of HEED_BF16_PANEL columns,
 * [ceil(n/panel)][ceil(k/2)][panel] pairs, padded with zeros; the same for every set. */
#ifndef HEED_BF16_H
#define HEED_BF16_H

#include "base/base.h"

#define HEED_BF16_PANEL 64

struct heed_bf16 {
    const char *name; /* "avx512_bf16", "avx2", "portable" */

    /* W [k,n]; w_t [n,k]: packs its transpose. packed: heed_bf16_pack_size() pairs. */
    void (*pack)(int64_t k, int64_t n, const float *w, int64_t ldw, uint32_t *packed);
    void (*pack_t)(int64_t k, int64_t n, const float *w_t, int64_t ldw, uint32_t *packed);

    /* Y[m,n] = X[m,k]·W (+ bias when not NULL) (+ Y when add), added in this order; a row depends on
     * no other. scratch: heed_bf16_scratch(m, k) pairs. */
    void (*packed_gemm)(int64_t m, int64_t n, int64_t k, const float *x, int64_t ldx,
                        const uint32_t *packed, const float *bias, bool add, float *y, int64_t ldy,
                        uint32_t *scratch);

    /* DW[m,n] += A^T·B, A [k,m], B [k,n], in blocks of k whose number depends on k alone. scratch:
     * heed_bf16_grad_scratch(m, n, k) pairs. */
    void (*grad_gemm)(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const float *b,
                      int64_t ldb, float *dw, int64_t ldw, uint32_t *scratch);
};

size_t heed_bf16_pack_size(int64_t k, int64_t n);
size_t heed_bf16_scratch(int64_t m, int64_t k);
size_t heed_bf16_grad_scratch(int64_t m, int64_t n, int64_t k);

/* The best that CPU and chosen kernel set (vec.h) allow: with "portable" the portable one, with "avx2"
 * no better than that. */
const struct heed_bf16 *heed_bf16(void);
/* For tests: NULL when the CPU cannot. */
const struct heed_bf16 *heed_bf16_by_name(const char *name);
/* Does this CPU multiply bf16, and the chosen kernel set let it? */
bool heed_bf16_native(void);
/* How many times as fast as float32 a product is here, found by trying for some 10 ms. */
double heed_bf16_speedup(void);

#endif
