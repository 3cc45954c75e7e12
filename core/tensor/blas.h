/* blas.h: OpenBLAS, in programs that train; those that only run models do not link it. All their
 * products are packed (heed_product_choose()), and the library costs what never calls it: 2 of
 * 3.3 ms of start-up, threads that are made before main() and spin on the other cores until they
 * fall asleep, 130 MB of address space for each of them. */
#ifndef HEED_BLAS_H
#define HEED_BLAS_H

#include "base/err.h"

/* Once, before the first product: heed_gemm() is OpenBLAS from now on, on the caller's thread. */
void heed_blas_start(void);
/* The core type that OpenBLAS should have been told ($OPENBLAS_CORETYPE) where it took this CPU for
 * one that cannot even multiply and add at once, which a CPU newer than the library is taken for:
 * 3.5 times slower. NULL: it chose well, or knows better than we do. */
const char *heed_blas_better_core(void);
/* A product of every kind training asks for, by the library and by plain loops: does it multiply
 * rightly here? */
int heed_blas_check(struct heed_err *err) HEED_MUST_USE;
const char *heed_blas_variant(void); /* "pthread", "openmp", "serial" */

#endif
