/* blas.c: the one file that sees OpenBLAS, behind heed_gemm() once heed_blas_start() was called.
 *
 * Clearing C is gemm.c's: what beta = 0 does to a NaN differs between the library's kernels and
 * versions; it costs nothing, since with beta = 1 the library skips its own pass over C. One row
 * goes to sgemv: sgemm would copy all of B first. */
#include "config.h"

#include <cblas.h>
#include <string.h>
#include <strings.h>

#include "tensor/blas.h"
#include "tensor/gemm.h"

const char *heed_blas_variant(void)
{
    static const char *const names[] = {"serial", "pthread", "openmp"};
    int variant = openblas_get_parallel();
    return variant >= 0 && variant < (int)HEED_COUNT(names) ? names[variant] : "unknown";
}

static const char *core(void)
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

const char *heed_blas_better_core(void)
{
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (!avx2 || !is_old_core(core()))
        return NULL;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return "SkylakeX";
    return __builtin_cpu_is("amd") ? "Zen" : "Haswell";
}
#else
const char *heed_blas_better_core(void)
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

int heed_blas_check(struct heed_err *err)
{
    static float a[CHECK_M * CHECK_K], b[CHECK_K * CHECK_N], c[CHECK_M * CHECK_N];
    bool right = true;
    fill(a, CHECK_M * CHECK_K, 1);
    fill(b, CHECK_K * CHECK_N, 2);
    for (int kind = 0; kind < 3; kind++) /* x W, x W^T, x^T dy */
        right = right && product_right(kind == 2, kind == 1, a, b, c);
    if (!right)
        return heed_fail(err, "OpenBLAS multiplies wrongly with its kernels for %s", core());
    return 0;
}

static const char *text(void)
{
    static char text[120];
    const char *config = openblas_get_config(); /* "OpenBLAS 0.3.21 NO_LAPACKE …" */
    const char *version = strchr(config, ' ');
    int n = version ? (int)strcspn(version + 1, " ") + 1 : 0;
    snprintf(text, sizeof(text), "OpenBLAS%.*s %s, core %s", n, version ? version : "",
             heed_blas_variant(), core());
    return text;
}

static void add_product(bool ta, bool tb, int m, int n, int k, const float *a, int lda,
                        const float *b, int ldb, float *c, int ldc)
{
    if (m == 1)
        cblas_sgemv(CblasRowMajor, tb ? CblasNoTrans : CblasTrans, tb ? n : k, tb ? k : n, 1, b,
                    ldb, a, ta ? lda : 1, 1, c, 1);
    else
        cblas_sgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans,
                    m, n, k, 1, a, lda, b, ldb, 1, c, ldc);
}

void heed_blas_start(void)
{
    static const struct heed_gemm_library library = {add_product, core, text};
    openblas_set_num_threads(1);
    heed_gemm_use(&library);
}
