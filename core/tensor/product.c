/* product.c: see product.h. */
#include <string.h>

#include "tensor/bf16.h"
#include "tensor/gemm.h"
#include "tensor/int8.h"
#include "tensor/product.h"
#include "tensor/vec_set.h"

/* By measurement (bench/kernels): forward and dW of 64 rows, n 768, k 256, in GFLOP/s, beside OpenBLAS
 * 0.3.21 with its kernels for the same instructions, on an EPYC core of family 26:
 *
 *     set        ours       the library's
 *     avx512     250, 225   193, 223 (SkylakeX)
 *     avx2       125, 123   109, 121 (Haswell)
 *     portable    50,  47    46,  46 (Prescott)
 *     the same with AVX     106, 115 (Sandybridge)
 *
 * So it serves CPUs that have AVX and no FMA, of which the portable set knows SSE2 only. */
static bool has_avx(void)
{
#ifdef __x86_64__
    return __builtin_cpu_supports("avx");
#else
    return false;
#endif
}

static const struct {
    const char *set;
    bool (*where)(void);
    const char *server;
} servers[] = {{"portable", has_avx, "openblas"}};

/* A set that was asked for by name, and is not the best of this CPU, is asked for its own bits. */
const char *heed_product_server(void)
{
    const char *set = heed_vec()->name;
    for (size_t i = 0; i < HEED_COUNT(servers); i++)
        if (!strcmp(servers[i].set, set) && !strcmp(set, heed_vec_best()) && servers[i].where())
            return servers[i].server;
    return NULL;
}

/* Packed W [k,n], or W^T of W [n,k]. A tensor that is no parameter is packed for this call. */
static const float *packed_of(struct heed_tape *t, const struct heed_product *p, int64_t k,
                              int64_t n)
{
    const struct heed_tensor *w = p->w;
    if (w->param >= 0) {
        struct heed_param *param = t->params->items[w->param];
        return p->transposed ? heed_param_packed_t(t->params, param)
                             : heed_param_packed(t->params, param);
    }
    float *packed = heed_new(t->arena, float, heed_pack_size(k, n));
    if (p->transposed)
        heed_pack_t(k, n, w->data, heed_width(w), packed);
    else
        heed_pack(k, n, w->data, heed_width(w), packed);
    return packed;
}

/* Only products of training with what is learnt. */
static bool is_bf16(const struct heed_tape *t, const struct heed_tensor *w)
{
    return t->training && w->param >= 0 && t->params->bf16;
}

/* A library knows float32, and its rows see one another in rounding: what runs a model, also to measure
 * it, is always ours. */
static bool is_served(const struct heed_tape *t, const struct heed_tensor *w)
{
    return t->training && heed_gemm_used() && !is_bf16(t, w);
}

static struct heed_param *rounded(const struct heed_tape *t, const struct heed_tensor *w)
{
    struct heed_param *p = w->param >= 0 ? t->params->items[w->param] : NULL;
    return p && p->rounded.q ? p : NULL;
}

static void by_int8(struct heed_tape *t, const struct heed_product *p, struct heed_param *param,
                    int64_t k, int64_t n)
{
    if (p->transposed != ((param->flags & HEED_PARAM_TABLE) != 0))
        BUG("parameter %s multiplied across its scales", param->name);
    void *scratch = heed_arena_alloc(t->arena, heed_int8_scratch(k));
    heed_int8()->packed_gemm(p->m, n, k, p->x, k, heed_param_packed_int8(t->params, param),
                             param->rounded.scale, p->bias, p->add, p->y, n, scratch);
}

/* y starts as the bias; what is added to is left. */
static void by_library(const struct heed_product *p, int64_t k, int64_t n)
{
    for (int64_t i = 0; p->bias && i < p->m; i++)
        memcpy(p->y + i * n, p->bias, sizeof(float) * (size_t)n);
    heed_gemm(false, p->transposed, p->m, n, k, p->x, k, p->w->data, p->transposed ? k : n,
              p->add || p->bias, p->y, n);
}

void heed_product(struct heed_tape *t, const struct heed_product *p)
{
    const struct heed_tensor *w = p->w;
    int64_t k = p->transposed ? heed_width(w) : heed_rows(w),
            n = p->transposed ? heed_rows(w) : heed_width(w);
    if (is_served(t, w)) {
        by_library(p, k, n);
        return;
    }
    size_t mark = heed_arena_mark(t->arena);
    struct heed_param *whole = rounded(t, w);
    if (whole) {
        by_int8(t, p, whole, k, n);
    } else if (is_bf16(t, w)) {
        const uint32_t *packed =
            heed_param_packed_bf16(t->params, t->params->items[w->param], p->transposed);
        heed_bf16()->packed_gemm(p->m, n, k, p->x, k, packed, p->bias, p->add, p->y, n,
                                 heed_new(t->arena, uint32_t, heed_bf16_scratch(p->m, k)));
    } else {
        heed_kernels()->packed_gemm(p->m, n, k, p->x, k, packed_of(t, p, k, n), p->bias, p->add,
                                    p->y, n);
    }
    heed_arena_release(t->arena, mark);
}

void heed_product_grad(struct heed_tape *t, const struct heed_tensor *w, bool transposed,
                       const float *x, const float *dy, int64_t rows, bool fresh, float *dw)
{
    int64_t width = heed_width(w), height = heed_rows(w);
    const float *left = transposed ? dy : x, *right = transposed ? x : dy;
    if (is_served(t, w)) {
        heed_gemm(true, false, height, width, rows, left, height, right, width, !fresh, dw, width);
        return;
    }
    size_t mark = heed_arena_mark(t->arena);
    if (is_bf16(t, w)) {
        size_t room = heed_bf16_grad_scratch(height, width, rows);
        if (fresh)
            memset(dw, 0, sizeof(float) * (size_t)(height * width));
        heed_bf16()->grad_gemm(height, width, rows, left, height, right, width, dw, width,
                               heed_new(t->arena, uint32_t, room));
    } else {
        float *scratch = heed_new(t->arena, float, heed_kernels()->grad_scratch(height, width));
        heed_kernels()->grad_gemm(height, width, rows, left, height, right, width, fresh, dw, width,
                                  scratch);
    }
    heed_arena_release(t->arena, mark);
}
