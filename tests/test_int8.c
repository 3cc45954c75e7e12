/* test_int8.c: products with weights of eight bits: every set of this CPU against the rule of int8.h written with
 * whole numbers, to the bit. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "tests/tap.h"
#include "base/rng.h"
#include "tensor/int8.h"
#include "tensor/vec.h"

static const char *const names[] = {"portable", "avx2", "avx512_vnni"};
static const struct heed_int8 *set; /* under test */

#define FOR_SETS                                                                                   \
    for (size_t set_ = 0; set_ < HEED_COUNT(names); set_++)                                        \
        if ((set = heed_int8_by_name(names[set_])))

static struct heed_rng rng;

static float *random_floats(int64_t n, float size)
{
    float *x = heed_xcalloc((size_t)n + 1, sizeof *x);
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)(heed_rng_uniform(&rng) - 0.5) * size;
    return x;
}

static int8_t *random_weights(int64_t n)
{
    int8_t *w = heed_xcalloc((size_t)n + 1, 1);
    for (int64_t i = 0; i < n; i++)
        w[i] =
            (int8_t)((int)(heed_rng_uniform(&rng) * 256) - 128); /* -128 too: files are foreign */
    return w;
}

/* Rows that try the rounding: ties, zeros, far too small ones, large ones, one at the end. */
static void spoil_rows(int64_t m, int64_t k, float *x)
{
    for (int64_t i = 0; i < m; i++) {
        float *row = x + i * k;
        switch (i % 6) {
        case 1: /* the scale is 1, and halves are ties */
            for (int64_t j = 0; j < k; j++)
                row[j] = (float)(int)(row[j] * 200) / 2;
            row[k / 2] = -127;
            break;
        case 2:
            memset(row, 0, sizeof *row * (size_t)k);
            break;
        case 3:
            for (int64_t j = 0; j < k; j++)
                row[j] *= 0x1p-110f;
            break;
        case 4:
            for (int64_t j = 0; j < k; j++)
                row[j] *= 0x1p+120f;
            break;
        case 5:
            row[k - 1] = 300;
            break;
        }
    }
}

/* One number of y, by the rule. */
static float wanted(int64_t k, const float *x, const int8_t *w, int64_t step, float scale,
                    const float *bias, const float *old)
{
    float max = 0;
    int64_t sum = 0;
    for (int64_t i = 0; i < k; i++)
        max = fmaxf(max, fabsf(x[i]));
    float inverse = max < 0x1p-100f ? 0 : 127.0f / max;
    for (int64_t i = 0; i < k; i++)
        sum += lrintf(x[i] * inverse) * w[i * step];
    float y = (float)sum * scale;
    y = y * (inverse > 0 ? max / 127.0f : 0);
    if (bias)
        y = y + *bias;
    return old ? y + *old : y;
}

struct shape {
    int64_t m, n, k;
    bool transposed, bias, add;
};

struct made {
    float *x, *scale, *bias, *old, *y;
    int8_t *w;
    int32_t *columns; /* n of them, of 2n */
    void *packed, *scratch;
};

static void make(struct made *d, const struct shape *s)
{
    d->x = random_floats(s->m * s->k, 4);
    spoil_rows(s->m, s->k, d->x);
    d->w = random_weights(2 * s->n * s->k);
    d->scale = random_floats(s->n, 0.02f);
    d->bias = random_floats(s->n, 1);
    d->old = random_floats(s->m * s->n, 1);
    d->y = random_floats(s->m * s->n, 0);
    d->columns = heed_xcalloc((size_t)s->n + 1, sizeof *d->columns);
    for (int64_t j = 0; j < s->n; j++)
        d->columns[j] = (int32_t)(2 * j + (int)(heed_rng_uniform(&rng) * 2));
    d->packed = heed_xcalloc(heed_int8_pack_size(s->k, s->n) + 1, 1);
    d->scratch = heed_xcalloc(heed_int8_scratch(s->k), 1);
}

static void release(struct made *d)
{
    free(d->x);
    free(d->w);
    free(d->scale);
    free(d->bias);
    free(d->old);
    free(d->y);
    free(d->columns);
    free(d->packed);
    free(d->scratch);
}

static int64_t width_of(const struct shape *s, const int32_t *columns)
{
    return s->transposed ? s->k : columns ? 2 * s->n : s->n;
}

static void multiply(struct made *d, const struct shape *s, const int32_t *columns)
{
    const struct heed_int8_source from = {.k = s->k,
                                          .n = s->n,
                                          .w = d->w,
                                          .ldw = width_of(s, columns),
                                          .transposed = s->transposed,
                                          .columns = columns};
    memcpy(d->y, d->old, sizeof *d->y * (size_t)(s->m * s->n));
    set->pack(&from, d->packed);
    set->packed_gemm(s->m, s->n, s->k, d->x, s->k, d->packed, d->scale, s->bias ? d->bias : NULL,
                     s->add, d->y, s->n, d->scratch);
}

static void check(const struct made *d, const struct shape *s, const int32_t *columns)
{
    int64_t wrong = 0, ldw = width_of(s, columns);
    for (int64_t i = 0; i < s->m; i++)
        for (int64_t j = 0; j < s->n; j++) {
            int64_t column = columns ? columns[j] : j;
            float want = wanted(s->k, d->x + i * s->k, d->w + column * (s->transposed ? ldw : 1),
                                s->transposed ? 1 : ldw, d->scale[j], s->bias ? &d->bias[j] : NULL,
                                s->add ? &d->old[i * s->n + j] : NULL);
            wrong += memcmp(&want, &d->y[i * s->n + j], sizeof want) != 0;
        }
    if (wrong)
        tap_diag("%s, m %lld n %lld k %lld: %lld wrong", set->name, (long long)s->m,
                 (long long)s->n, (long long)s->k, (long long)wrong);
    TAP_I64(wrong, 0);
}

static void test_product(void)
{
    static const int64_t ms[] = {1, 2, 5, 7, 13, 70}, ns[] = {1, 16, 63, 64, 65, 200},
                         ks[] = {1, 3, 4, 6, 17, 64, 255};
    for (size_t i = 0; i < HEED_COUNT(ms) * HEED_COUNT(ns) * HEED_COUNT(ks); i++) {
        struct shape s = {.m = ms[i % HEED_COUNT(ms)],
                          .n = ns[i / HEED_COUNT(ms) % HEED_COUNT(ns)],
                          .k = ks[i / HEED_COUNT(ms) / HEED_COUNT(ns)],
                          .transposed = i % 2,
                          .bias = i / 2 % 2,
                          .add = i / 4 % 2};
        struct made d;
        heed_rng_seed(&rng, i, 1);
        make(&d, &s);
        FOR_SETS
        {
            multiply(&d, &s, NULL);
            check(&d, &s, NULL);
            multiply(&d, &s, d.columns);
            check(&d, &s, d.columns);
        }
        release(&d);
    }
}

/* The largest sums there are. */
static void test_deep(void)
{
    struct shape s = {.m = 2, .n = 3, .k = HEED_INT8_DEPTH};
    struct made d;
    heed_rng_seed(&rng, 9, 1);
    make(&d, &s);
    for (int64_t i = 0; i < s.m * s.k; i++)
        d.x[i] = 1;
    for (int64_t i = 0; i < s.k; i++)
        for (int64_t j = 0; j < s.n; j++)
            d.w[i * s.n + j] = j == 0 ? 127 : j == 1 ? -128 : (int8_t)(i % 2 ? 127 : -127);
    FOR_SETS
    {
        multiply(&d, &s, NULL);
        check(&d, &s, NULL);
    }
    release(&d);
}

/* A number that is none spoils its row, all of it, and no other. */
static void test_not_finite(void)
{
    struct shape s = {.m = 3, .n = 70, .k = 50};
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    for (size_t b = 0; b < HEED_COUNT(bad); b++)
        FOR_SETS
        {
            struct made d;
            int64_t none = 0;
            heed_rng_seed(&rng, 5, 1);
            make(&d, &s);
            d.x[s.k + (b ? 7 : s.k - 1)] = bad[b];
            multiply(&d, &s, NULL);
            for (int64_t j = 0; j < s.n; j++)
                none += isnan(d.y[s.n + j]) != 0;
            TAP_I64(none, s.n);
            TAP_OK(heed_vec()->finite((size_t)s.n, d.y) &&
                   heed_vec()->finite((size_t)s.n, d.y + 2 * s.n));
            release(&d);
        }
}

/* Weights come back to half a step; a line of zeros is zeros. */
static void test_round(void)
{
    enum { ROWS = 37, COLS = 53 };
    int8_t q[ROWS * COLS];
    float scale[COLS];
    heed_rng_seed(&rng, 3, 1);
    float *w = random_floats(ROWS * COLS, 3);
    for (int by_row = 0; by_row < 2; by_row++) {
        float worst = 0, most = 0;
        for (int i = 0; i < (by_row ? COLS : ROWS); i++)
            w[by_row ? 5 * COLS + i : i * COLS + 5] = 0;
        heed_int8_round(ROWS, COLS, w, by_row, q, scale);
        for (int i = 0; i < ROWS * COLS; i++) {
            float step = scale[by_row ? i / COLS : i % COLS];
            worst = fmaxf(worst, fabsf((float)q[i] * step - w[i]) - step / 2);
            most = fmaxf(most, fabsf((float)q[i]));
        }
        TAP_OK(worst < 1e-6f);
        TAP_I64((int64_t)most, 127);
        TAP_OK(!(scale[5] > 0));
    }
    free(w);
}

int main(void)
{
    TAP_RUN(test_product);
    TAP_RUN(test_deep);
    TAP_RUN(test_not_finite);
    TAP_RUN(test_round);
    return tap_end();
}
