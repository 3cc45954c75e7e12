/* gemm.c: products by the library in use.
 *
 * Libraries print argument errors on stdout and return without computing, so every argument is
 * checked here first. C is cleared here: what a library makes of a NaN that is to be multiplied by
 * zero differs between its kernels and versions. */
#include <limits.h>
#include <string.h>

#include "tensor/gemm.h"
#include "tensor/vec.h"

static struct {
    const struct heed_gemm *library;
    void *state;
    const char *text;
} in_use;

void heed_gemm_use(const struct heed_gemm *library, void *state, const char *text)
{
    in_use.library = library;
    in_use.state = state;
    in_use.text = text;
}

bool heed_gemm_used(void)
{
    return in_use.library != NULL;
}

const char *heed_gemm_machine(void)
{
    static char text[160];
    snprintf(text, sizeof(text), "%s%s%s", heed_vec()->name, in_use.library ? "/" : "",
             in_use.library ? in_use.text : "");
    return text;
}

const char *heed_build_info(void)
{
    static char text[200];
    snprintf(text, sizeof(text), "kernels %s%s%s", heed_vec()->name,
             in_use.library ? "; products " : "", in_use.library ? in_use.text : "");
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
    if (!in_use.library)
        BUG("product of m=%lld n=%lld k=%lld without a library", (long long)m, (long long)n,
            (long long)k);
}

void heed_gemm(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
               const float *b, int64_t ldb, bool add, float *c, int64_t ldc)
{
    const struct heed_gemm_call call = {sizeof(call), ta, tb, m, n, k, a, lda, b, ldb, c, ldc};
    check(ta, tb, m, n, k, lda, ldb, ldc);
    if (!m || !n)
        return;
    if (!add)
        for (int64_t i = 0; i < m; i++)
            memset(c + i * ldc, 0, sizeof(float) * (size_t)n);
    if (k)
        in_use.library->multiply(in_use.state, &call);
}
