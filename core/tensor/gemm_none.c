/* gemm_none.c: stands in for gemm.c in programs that only run models.
 *
 * All their products are packed (heed_product_choose()), so they need no library; and OpenBLAS
 * costs what never calls it: 2 of 3.3 ms of start-up, and threads that are made before main() and
 * spin on the other cores until they fall asleep, in every stage of a pipeline. */
#include "tensor/gemm.h"
#include "tensor/vec.h"

int heed_gemm_init(struct heed_err *err)
{
    (void)err;
    return 0;
}

const char *heed_gemm_core(void)
{
    return "none";
}

const char *heed_gemm_better_core(void)
{
    return NULL;
}

int heed_gemm_check(struct heed_err *err)
{
    (void)err;
    return 0;
}

const char *heed_build_info(void)
{
    static char text[64];
    snprintf(text, sizeof(text), "kernels %s", heed_vec()->name);
    return text;
}

void heed_gemm(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
               const float *b, int64_t ldb, bool add, float *c, int64_t ldc)
{
    (void)ta, (void)tb, (void)a, (void)lda, (void)b, (void)ldb, (void)add, (void)c, (void)ldc;
    BUG("product of m=%lld n=%lld k=%lld outside training", (long long)m, (long long)n,
        (long long)k);
}
