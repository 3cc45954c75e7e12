/* gemm.h: matrix products: OpenBLAS (gemm.c, the only file that sees cblas.h; gemm_none.c in
 * programs that only run models) and the packed, row-invariant kernel. One table chooses:
 * heed_product_choose(). All matrices row-major float.
 *
 * Packed weights: panels of heed_vec()->panel columns, [ceil(n/panel)][k][panel], zero-padded, so
 * that a kernel of few rows walks memory in order. Every output is summed over k in one order,
 * whatever the number of rows: rows do not see one another, not even in rounding. */
#ifndef HEED_GEMM_H
#define HEED_GEMM_H

#include "base/base.h"
#include "base/err.h"

/* C[m,n] = op(A)·op(B) (+ C when add). ta: A is stored [k,m]; tb: B is stored [n,k]. Dimensions of
 * zero are fine; they and leading dimensions are checked before the library sees them. Without add,
 * C's old numbers (NaN too) are gone. */
void heed_gemm(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
               const float *b, int64_t ldb, bool add, float *c, int64_t ldc);
/* Once, before the first product: refuses an address space too small for the library (which would
 * spin for ever), and sets its threads to one. */
int heed_gemm_init(struct heed_err *err) HEED_MUST_USE;
/* The core type that OpenBLAS should have been told ($OPENBLAS_CORETYPE) where it took this CPU for
 * one that cannot even multiply and add at once, which a CPU newer than the library is taken for:
 * 3.5 times slower. NULL: it chose well, or knows better than we do. */
const char *heed_gemm_better_core(void);
/* A product of every kind training asks for, by the library and by
 * plain loops: does it multiply rightly here? */
int heed_gemm_check(struct heed_err *err) HEED_MUST_USE;
const char *heed_gemm_variant(void); /* "pthread", "openmp", "serial" */
const char *heed_gemm_core(void);    /* "Zen", "Haswell", … */
/* What computes here, for --version: "kernels avx2; OpenBLAS 0.3.21 pthread, core Zen". */
const char *heed_build_info(void);

/* Packed copies are for the kernel set chosen when they were made;
 * the product is heed_vec()->packed_gemm. */
size_t heed_pack_size(int64_t k, int64_t n);                                      /* floats */
void heed_pack(int64_t k, int64_t n, const float *w, int64_t ldw, float *packed); /* w [k,n] */
/* w_t [n,k]: packs its transpose. */
void heed_pack_t(int64_t k, int64_t n, const float *w_t, int64_t ldw, float *packed);

enum heed_product { HEED_PRODUCT_BLAS, HEED_PRODUCT_PACKED };
/* training: the product's weights change every update; reused: they
 * serve many products an update (recurrence). */
enum heed_product heed_product_choose(bool training, bool reused, int64_t m, int64_t n, int64_t k);

#endif
