/* bf16.c: chooses who multiplies bf16, and how much room it needs. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "tensor/bf16_set.h"
#include "tensor/gemm.h"
#include "tensor/vec.h"

struct choice {
    const struct heed_bf16 *set;
    const char *kernels; /* the kernel set that it belongs to */
    bool (*runs)(void);
};

static bool always(void)
{
    return true;
}

#ifdef HEED_X86
static bool has_bf16(void)
{
    return heed_kernels_by_name("avx512") && __builtin_cpu_supports("avx512bf16");
}
static bool has_avx2(void)
{
    return heed_kernels_by_name("avx2") != NULL;
}
#endif

/* Best first. */
static const struct choice choices[] = {
#ifdef HEED_X86
    {&heed_bf16_avx512, "avx512", has_bf16},
    {&heed_bf16_avx2, "avx2", has_avx2},
#endif
    {&heed_bf16_portable, "portable", always},
};

const struct heed_bf16 *heed_bf16(void)
{
    bool allowed = !strcmp(heed_vec()->name, "avx512");
    for (size_t i = 0; i < HEED_COUNT(choices); i++) {
        allowed = allowed || !strcmp(heed_vec()->name, choices[i].kernels);
        if (allowed && choices[i].runs())
            return choices[i].set;
    }
    return &heed_bf16_portable;
}

const struct heed_bf16 *heed_bf16_by_name(const char *name)
{
    for (size_t i = 0; i < HEED_COUNT(choices); i++)
        if (!strcmp(choices[i].set->name, name))
            return choices[i].runs() ? choices[i].set : NULL;
    return NULL;
}

bool heed_bf16_native(void)
{
    return !strcmp(heed_bf16()->name, "avx512_bf16");
}

static int64_t pairs_of(int64_t k)
{
    return k / 2 + k % 2;
}

size_t heed_bf16_pack_size(int64_t k, int64_t n)
{
    int64_t size;
    if (k < 0 || n < 0 || heed_add_overflows(n, HEED_BF16_PANEL - 1, &n) ||
        heed_mul_overflows(n / HEED_BF16_PANEL * HEED_BF16_PANEL, pairs_of(k), &size))
        BUG("weights [%lld,%lld] cannot be packed", (long long)k, (long long)n);
    return (size_t)size;
}

/* One row at least, of a block of k. */
size_t heed_bf16_scratch(int64_t m, int64_t k)
{
    int64_t depth = HEED_MIN(pairs_of(k), DEPTH_PAIRS);
    return (size_t)HEED_MIN(m * depth, HEED_MAX(CHUNK_PAIRS, depth));
}

size_t heed_bf16_grad_scratch(int64_t m, int64_t n, int64_t k)
{
    int64_t depth = HEED_MIN(pairs_of(k), GRAD_PAIRS);
    int64_t columns = (n + HEED_BF16_PANEL - 1) / HEED_BF16_PANEL * HEED_BF16_PANEL;
    return (size_t)(depth * (n >= m ? m + HEED_BF16_PANEL : columns + SLICE));
}

/* The gates of 64 rows at width 256. The best of ten turns of each, one after the other: somebody else may have
 * the core. */
double heed_bf16_speedup(void)
{
    enum { M = 64, N = 768, K = 256, TURNS = 10, CALLS = 4 };
    size_t floats = heed_pack_size(K, N), pairs = heed_bf16_pack_size(K, N);
    float *packed = heed_xcalloc(floats, sizeof *packed);
    uint32_t *packed_pairs = heed_xcalloc(pairs, sizeof *packed_pairs),
             *scratch = heed_xcalloc(heed_bf16_scratch(M, K), sizeof *scratch);
    float *x = heed_xcalloc(M * K, sizeof *x), *y = heed_xcalloc(M * N, sizeof *y);
    double best = INFINITY, best_bf16 = INFINITY;
    for (int turn = 0; turn < TURNS; turn++) {
        double begin = heed_seconds();
        for (int i = 0; i < CALLS; i++)
            heed_kernels()->packed_gemm(M, N, K, x, K, packed, NULL, false, y, N);
        double middle = heed_seconds();
        for (int i = 0; i < CALLS; i++)
            heed_bf16()->packed_gemm(M, N, K, x, K, packed_pairs, NULL, false, y, N, scratch);
        best = HEED_MIN(best, middle - begin);
        best_bf16 = HEED_MIN(best_bf16, heed_seconds() - middle);
    }
    free(packed);
    free(packed_pairs);
    free(scratch);
    free(x);
    free(y);
    return best / best_bf16;
}
