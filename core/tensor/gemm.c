/* gemm.c: the one file that sees OpenBLAS.
 *
 * The library prints argument errors on stdout and returns without computing, so every argument is
 * checked here first. Clearing C is ours as well: what beta = 0 does to a NaN differs between its
 * kernels and versions; it costs nothing, since with beta = 1 the library skips its own pass over
 * C. One row goes to sgemv: sgemm would copy all of B first. */
#include "config.h"

#include <cblas.h>
#include <limits.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

#include "tensor/gemm.h"
#include "tensor/vec.h"

#define ADDRESS_SPACE_MIB 512

int heed_gemm_init(struct heed_err *err)
{
    struct rlimit limit;
    if (!getrlimit(RLIMIT_AS, &limit) && limit.rlim_cur != RLIM_INFINITY &&
        limit.rlim_cur < (rlim_t)ADDRESS_SPACE_MIB << 20)
        return heed_fail(err,
                         "address space is limited to %llu MiB (ulimit -v), OpenBLAS needs %d MiB",
                         (unsigned long long)(limit.rlim_cur >> 20), ADDRESS_SPACE_MIB);
    openblas_set_num_threads(1);
    return 0;
}

const char *heed_gemm_variant(void)
{
    static const char *const names[] = {"serial", "pthread", "openmp"};
    int variant = openblas_get_parallel();
    return variant >= 0 && variant < (int)HEED_COUNT(names) ? names[variant] : "unknown";
}

const char *heed_gemm_core(void)
{
    return openblas_get_corename();
}

#ifdef HEED_X86
/* Names of cores without fused multiply-add, as OpenBLAS tells them. */
static bool is_old_core(const char *name)
{
    static const char *const old[] = {
        "Prescott",   "Core2",        "Penryn",  "Dunnington",  "Nehalem",  "Atom",      "Katmai",
        "Coppermine", "Northwood",    "Banias",  "Athlon",      "Opteron",  "Barcelona", "Bobcat",
        "Nano",       "Opteron_SSE3", "Generic", "Sandybridge", "Bulldozer"};
    for (size_t i = 0; i < HEED_COUNT(old); i++)
        if (strcasecmp(name, old[i]) == 0)
            return true;
    return false;
}

const char *heed_gemm_better_core(void)
{
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (!avx2 || !is_old_core(heed_gemm_core()))
        return NULL;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return "SkylakeX";
    return __builtin_cpu_is("amd") ? "Zen" : "Haswell";
}
#else
const char *heed_gemm_better_core(void)
{
    return NULL;
}
#endif

/* Small numbers, of which sums of products are exact in float. */
static void fill(float *x, int64_t n, uint32_t seed)
{
    for (int64_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        x[i] = (float)((int32_t)(seed >> 28) - 7);
    }
}

#define CHECK_M 37
#define CHECK_N 70
#define CHECK_K 53

static bool product_right(bool ta, bool tb, const float *a, const float *b, float *c)
{
    heed_gemm(ta, tb, CHECK_M, CHECK_N, CHECK_K, a, ta ? CHECK_M : CHECK_K, b,
              tb ? CHECK_K : CHECK_N, false, c, CHECK_N);
    for (int64_t i = 0; i < CHECK_M; i++)
        for (int64_t j = 0; j < CHECK_N; j++) {
            float sum = 0;
            for (int64_t k = 0; k < CHECK_K; k++)
                sum += (ta ? a[k * CHECK_M + i] : a[i * CHECK_K + k]) *
                       (tb ? b[j * CHECK_K + k] : b[k * CHECK_N + j]);
            if (c[i * CHECK_N + j] != sum)
                return false;
        }
    return true;
}

int heed_gemm_check(struct heed_err *err)
{
    static float a[CHECK_M * CHECK_K], b[CHECK_K * CHECK_N], c[CHECK_M * CHECK_N];
    bool right = true;
    fill(a, CHECK_M * CHECK_K, 1);
    fill(b, CHECK_K * CHECK_N, 2);
    for (int kind = 0; kind < 3; kind++) /* x W, x W^T, x^T dy */
        right = right && product_right(kind == 2, kind == 1, a, b, c);
    if (!right)
        return heed_fail(err, "OpenBLAS multiplies wrongly with its kernels for %s",
                         heed_gemm_core());
    return 0;
}

const char *heed_build_info(void)
{
    static char text[160];
    const char *config = openblas_get_config(); /* "OpenBLAS 0.3.21 NO_LAPACKE …" */
    const char *version = strchr(config, ' ');
    int n = version ? (int)strcspn(version + 1, " ") + 1 : 0;
    snprintf(text, sizeof(text), "kernels %s; OpenBLAS%.*s %s, core %s", heed_vec()->name, n,
             version ? version : "", heed_gemm_variant(), heed_gemm_core());
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
    if (!k)
        return;
    if (m == 1)
        cblas_sgemv(CblasRowMajor, tb ? CblasNoTrans : CblasTrans, (int)(tb ? n : k),
                    (int)(tb ? k : n), 1, b, (int)ldb, a, ta ? (int)lda : 1, 1, c, 1);
    else
        cblas_sgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans,
                    (int)m, (int)n, (int)k, 1, a, (int)lda, b, (int)ldb, 1, c, (int)ldc);
}
