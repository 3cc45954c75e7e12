/* vec_set.h: what a kernel set gives to the dispatcher (vec.c); private to the vec_*.c files. */
#ifndef HEED_VEC_SET_H
#define HEED_VEC_SET_H

#include "tensor/gemm.h"
#include "tensor/vec.h"

struct heed_vec_set {
    const struct heed_kernels *kernels;
    /* Runs `rounds` rounds of independent multiply-adds in registers. The result keeps the compiler
     * from dropping them. */
    float (*spin)(int64_t rounds);
    double spin_flops; /* floating-point operations of one round */
};

extern const struct heed_vec_set heed_vec_set_portable;
extern const struct heed_vec_set heed_vec_set_avx2;
extern const struct heed_vec_set heed_vec_set_avx512;

const struct heed_vec_set *heed_vec_set(void); /* the chosen one */

#endif
