/* product.c: a sound plugin of kind product, plain loops, in which plugins.sh and 72-product.sh plant one
 * fault at a time with -DFAULT_…. */
#include <math.h>
#include <stdlib.h>
#include <heed/plugin.h>

static const struct heed_host *heed;
static int calls;

static int open_it(const void *self, void **state, struct heed_err *err)
{
    (void)self;
    *state = &calls;
#ifdef FAULT_OPEN
    return heed->fail(err, "has no library to give");
#else
    (void)heed, (void)err;
    return 0;
#endif
}

static void close_it(void *state)
{
    (void)state;
}

static const char *text(const void *state)
{
    (void)state;
#if defined(FAULT_TEXT)
    return "plain\nloops";
#elif defined(FAULT_NO_TEXT)
    return NULL;
#else
    return "plain loops";
#endif
}

static float sum(const struct heed_gemm_call *p, int64_t i, int64_t j)
{
    float s = 0;
    for (int64_t k = 0; k < p->k; k++)
        s += (p->a_transposed ? p->a[k * p->lda + i] : p->a[i * p->lda + k]) *
             (p->b_transposed ? p->b[j * p->ldb + k] : p->b[k * p->ldb + j]);
    return s;
}

#ifdef FAULT_SHARED
static float shared[1 << 16];
#endif

static void multiply(void *state, const struct heed_gemm_call *call)
{
    struct heed_gemm_call p = *call;
    (void)state;
#if defined(FAULT_ORIENTATION)
    p.a_transposed = false;
#elif defined(FAULT_STEP)
    p.ldb = p.b_transposed ? p.k : p.n;
#endif
#ifdef FAULT_SHARED
    for (int64_t i = 0; i < p.m * p.n; i++)
        shared[i] = sum(&p, i / p.n, i % p.n);
    for (int64_t i = 0; i < p.m * p.n; i++)
        p.c[i / p.n * p.ldc + i % p.n] += shared[i], shared[i] = 0;
    return;
#endif
    for (int64_t i = 0; i < p.m; i++)
        for (int64_t j = 0; j < p.n; j++)
#if defined(FAULT_OVERWRITES)
            p.c[i * p.ldc + j] = sum(&p, i, j);
#elif defined(FAULT_ONE_ROW)
            p.c[i * p.ldc + j] += p.m == 1 ? 2 * sum(&p, i, j) : sum(&p, i, j);
#elif defined(FAULT_REMEMBERS)
            p.c[i * p.ldc + j] += sum(&p, i, j) * (1.0f + 1e-7f * (float)(calls++ & 3));
#else
            p.c[i * p.ldc + j] += sum(&p, i, j);
#endif
#ifdef FAULT_OUTSIDE
    p.c[p.n] = 1;
#endif
}

HEED_PLUGIN(bad, struct heed_gemm) = {
    .head = HEED_HEAD(bad, HEED_KIND_PRODUCT, struct heed_gemm, 1, "plain loops", NULL, 0),
    .open = open_it,
    .close = close_it,
    .text = text,
#ifndef FAULT_CALLBACK
    .multiply = multiply,
#endif
};
