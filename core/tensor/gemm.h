/* gemm.h: matrix products: by a library that a plugin brings, and by the packed, row-invariant kernel.
 * Who chooses: product.h. All matrices row-major float.
 *
 * Packed weights: panels of heed_kernels()->panel columns, [ceil(n/panel)][k][panel], zero-padded, so
 * that a kernel of few rows walks memory in order. Every output is summed over k in one order,
 * whatever the number of rows: rows do not see one another, not even in rounding. k beyond
 * HEED_GEMM_DEPTH is cut into the fewest blocks, of nearly equal size, whose sums are added to memory. */
#ifndef HEED_GEMM_H
#define HEED_GEMM_H

#include "base/base.h"
#include "base/err.h"
#include "heed/plugin.h"

#define HEED_GEMM_DEPTH 1024 /* two panels of it stay in L2 */

/* C[m,n] = op(A)·op(B) (+ C when add). ta: A is stored [k,m]; tb: B is stored [n,k]. Dimensions of
 * zero are fine; they and leading dimensions are checked before the library sees them. Without add,
 * C's old numbers (NaN too) are gone. */
void heed_gemm(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
               const float *b, int64_t ldb, bool add, float *c, int64_t ldc);

/* The library: what a plugin of kind product opened. Chosen before the first product and the first
 * worker; state and text (plugin.h) live as long as it is used. library NULL: none, and heed_gemm() is
 * a BUG. */
void heed_gemm_use(const struct heed_gemm *library, void *state, const char *text);
bool heed_gemm_used(void);
/* What the bits of a training depend on: "avx2", with a library "avx2/OpenBLAS 0.3.21 pthread, core
 * Zen". */
const char *heed_gemm_machine(void);
/* The same for --version: "kernels avx2; products OpenBLAS 0.3.21 pthread, core Zen". */
const char *heed_build_info(void);

/* Packed copies are for the kernel set chosen when they were made;
 * the product is heed_kernels()->packed_gemm. */
size_t heed_pack_size(int64_t k, int64_t n);                                      /* floats */
void heed_pack(int64_t k, int64_t n, const float *w, int64_t ldw, float *packed); /* w [k,n] */
/* w_t [n,k]: packs its transpose. */
void heed_pack_t(int64_t k, int64_t n, const float *w_t, int64_t ldw, float *packed);

#endif
