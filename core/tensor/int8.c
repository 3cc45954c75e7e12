/* int8.c: chooses who multiplies whole numbers, and rounds weights to them. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "tensor/int8_set.h"
#include "tensor/vec.h"

struct choice {
    const struct heed_int8 *set;
    const char *kernels; /* the kernel set that it belongs to */
    bool (*runs)(void);
};

static bool always(void)
{
    return true;
}

#ifdef HEED_X86
static bool has_vnni(void)
{
    return heed_kernels_by_name("avx512") && __builtin_cpu_supports("avx512vnni");
}
static bool has_avx2(void)
{
    return heed_kernels_by_name("avx2") != NULL;
}
#endif

/* Best first. */
static const struct choice choices[] = {
#ifdef HEED_X86
    {&heed_int8_vnni, "avx512", has_vnni},
    {&heed_int8_avx2, "avx2", has_avx2},
#endif
    {&heed_int8_portable, "portable", always},
};

const struct heed_int8 *heed_int8(void)
{
    bool allowed = !strcmp(heed_vec()->name, "avx512");
    for (size_t i = 0; i < HEED_COUNT(choices); i++) {
        allowed = allowed || !strcmp(heed_vec()->name, choices[i].kernels);
        if (allowed && choices[i].runs())
            return choices[i].set;
    }
    return &heed_int8_portable;
}

const struct heed_int8 *heed_int8_by_name(const char *name)
{
    for (size_t i = 0; i < HEED_COUNT(choices); i++)
        if (!strcmp(choices[i].set->name, name))
            return choices[i].runs() ? choices[i].set : NULL;
    return NULL;
}

size_t heed_int8_pack_size(int64_t k, int64_t n)
{
    int64_t panels = (n + HEED_INT8_PANEL - 1) / HEED_INT8_PANEL, size;
    if (k < 0 || n < 0 || k > HEED_INT8_DEPTH ||
        heed_mul_overflows(panels, HEED_INT8_PANEL * (4 + (k + 3) / 4 * 4), &size))
        BUG("weights [%lld,%lld] cannot be packed", (long long)k, (long long)n);
    return (size_t)size;
}

size_t heed_int8_scratch(int64_t k)
{
    int64_t row = heed_int8_row(k);
    return (size_t)(heed_int8_chunk(row) * (row + (int64_t)sizeof(float)));
}

const void *heed_int8_columns(const void *packed, int64_t k, int64_t column)
{
    int64_t group = heed_int8()->group,
            panel = HEED_INT8_PANEL * (4 + (k + group - 1) / group * group);
    return (const char *)packed + column / HEED_INT8_PANEL * panel;
}

/* --- weights --- */

/* A number each way from w to the next: n of them. */
static float scale_of(int64_t n, const float *w, int64_t step)
{
    float max = 0;
    for (int64_t i = 0; i < n; i++)
        max = fmaxf(max, fabsf(w[i * step]));
    return max / 127.0f;
}

static void round_line(int64_t n, const float *w, int64_t step, float scale, int8_t *q)
{
    for (int64_t i = 0; i < n; i++)
        q[i * step] = scale > 0 ? (int8_t)lrintf(w[i * step] / scale) : 0;
}

void heed_int8_round(int64_t rows, int64_t cols, const float *w, bool by_row, int8_t *q,
                     float *scale)
{
    int64_t lines = by_row ? rows : cols, n = by_row ? cols : rows;
    int64_t step = by_row ? 1 : cols, next = by_row ? cols : 1;
    for (int64_t i = 0; i < lines; i++) {
        scale[i] = scale_of(n, w + i * next, step);
        round_line(n, w + i * next, step, scale[i], q + i * next);
    }
}
