/* gemm.c: products by the library that the program brought.
 *
 * OpenBLAS prints argument errors on stdout and returns without computing, so every argument is
 * checked here first, and C is cleared here. */
#include <limits.h>
#include <string.h>

#include "tensor/gemm.h"
#include "tensor/vec.h"

static const struct heed_gemm_library *library;

void heed_gemm_use(const struct heed_gemm_library *l)
{
    library = l;
}

const char *heed_gemm_core(void)
{
    return library ? library->core() : "none";
}

const char *heed_build_info(void)
{
    static char text[160];
    snprintf(text, sizeof(text), "kernels %s%s%s", heed_vec()->name, library ? "; " : "",
             library ? library->text() : "");
    return text;
}

static void check(bool ta, bool tb, int64_t m, int64_t n, int64_t k, int64_t lda, int64_t ldb,
                  int64_t ldc)
{
    if (m < 0 || n < 0 || k < 0 || m > INT_MAX || n > INT_MAX || k > INT_MAX)
        BUG("product of m=%lld n=%lld k=%lld", (long long)m, (long long)n, (long long)k);
    if (lda < (ta ? m : k) || ldb < (tb ? k : n) || ldc < n || lda > INT_MAX || ldb > INT_MAX ||
        ldc > INT_MAX)
        BUG("product of m=%lld n=%lld k=%lld with rows of %lld, %lld, %lld", (long long)m,
            (long long)n, (long long)k, (long long)lda, (long long)ldb, (long long)ldc);
    if (!library)
        BUG("product of m=%lld n=%lld k=%lld outside training", (long long)m, (long long)n,
            (long long)k);
}

void heed_gemm(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
               const float *b, int64_t ldb, bool add, float *c, int64_t ldc)
{
    check(ta, tb, m, n, k, lda, ldb, ldc);
    if (!m || !n)
        return;
    if (!add)
        for (int64_t i = 0; i < m; i++)
            memset(c + i * ldc, 0, sizeof(float) * (size_t)n);
    if (k)
        library->add_product(ta, tb, (int)m, (int)n, (int)k, a, (int)lda, b, (int)ldb, c, (int)ldc);
}
