/* test_bf16.c: products of numbers rounded to bf16: every set of this CPU against sums in double, against
 * the instruction's rule written with fmaf(), and against one another, to the bit. */
#include <float.h>

#include "tests/tap.h"
#include "base/rng.h"
#include "tensor/bf16.h"
#include "tensor/grads.h"
#include "tensor/vec.h"
#include "tests/tape_make.h"

static const char *const names[] = {"portable", "avx2", "avx512_bf16"};
static const struct heed_bf16 *bf16; /* the set under test */

#define FOR_SETS                                                                                   \
    for (size_t set_ = 0; set_ < HEED_COUNT(names); set_++)                                        \
        if ((bf16 = heed_bf16_by_name(names[set_])))

static float of_bits(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}
static uint32_t bits(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static float *random_numbers(int64_t n, uint64_t seed)
{
    struct heed_rng rng;
    float *x = heed_xcalloc((size_t)n + 1, sizeof(float));
    heed_rng_seed(&rng, seed, 2);
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)(heed_rng_uniform(&rng) - 0.5);
    return x;
}

/* As nasty as they come: any bits; near the smallest normal number; what rounds half way; sums that
 * cancel. */
static float *nasty_numbers(int64_t n, uint64_t seed)
{
    struct heed_rng rng;
    float *x = random_numbers(n, seed);
    heed_rng_seed(&rng, seed, 3);
    for (int64_t i = 0; i < n; i++) {
        uint32_t u = (uint32_t)(heed_rng_uniform(&rng) * 0x1p32);
        switch ((int)(heed_rng_uniform(&rng) * 12)) {
        case 0:
            x[i] = of_bits(u);
            break;
        case 1: /* products near the smallest normal number */
            x[i] = of_bits((u & 0x807fffff) | (60 + (u >> 23) % 8) << 23);
            break;
        case 2: /* denormals and their neighbours */
            x[i] = of_bits(u & 0x80ffffff);
            break;
        case 3: /* ties of the rounding */
            x[i] = of_bits((u & 0xbfff0000) | 0x8000);
            break;
        case 4:
            x[i] = i ? -x[i - 1] : 0;
            break;
        case 5:
            x[i] = (u & 1) ? 1.0f : -1.0f;
            break;
        }
    }
    return x;
}

/* --- rounding --- */

static uint32_t rounded(float x)
{
    uint32_t u = bits(x);
    if (isnan(x))
        return u >> 16 | 0x40;
    if (fabsf(x) < FLT_MIN)
        return u >> 16 & 0x8000;
    uint32_t rest = u & 0xffff;
    u >>= 16;
    return u + (rest > 0x8000 || (rest == 0x8000 && (u & 1)));
}
static float value(uint32_t half)
{
    return of_bits(half << 16);
}

static void test_rounding(void)
{
    static const struct {
        uint32_t from, to;
    } cases[] = {
        {0x3f800000, 0x3f80}, {0x3f808000, 0x3f80}, {0x3f808001, 0x3f81}, {0x3f818000, 0x3f82},
        {0xbf807fff, 0xbf80}, {0x7f7fffff, 0x7f80}, {0x7f800000, 0x7f80}, {0xff800000, 0xff80},
        {0x7f800001, 0x7fc0}, {0xffc12345, 0xffc1}, {0x00000001, 0x0000}, {0x807fffff, 0x8000},
        {0x00800000, 0x0080}, {0x80000000, 0x8000}, {0x00ffffff, 0x0100},
    };
    FOR_SETS
    for (size_t i = 0; i < HEED_COUNT(cases); i++) {
        uint32_t packed[HEED_BF16_PANEL];
        float w[2] = {of_bits(cases[i].from), 1};
        bf16->pack(2, 1, w, 1, packed);
        TAP_I64(packed[0], 0x3f800000 | cases[i].to);
        bf16->pack_t(2, 1, w, 2, packed);
        TAP_I64(packed[0], 0x3f800000 | cases[i].to);
    }
}

static void test_pack_and_transpose(void)
{
    FOR_SETS
    for (int64_t n = 1; n <= 130; n += 43)
        for (int64_t k = 0; k <= 70; k += 23) {
            int64_t ld = n + 2, pairs = (k + 1) / 2, panel = HEED_BF16_PANEL;
            size_t size = heed_bf16_pack_size(k, n) * sizeof(uint32_t);
            float *w = nasty_numbers(k * ld, 4), *w_t = random_numbers(n * (k + 1), 5);
            uint32_t *packed = heed_xmalloc(size + 4), *packed_t = heed_xmalloc(size + 4);
            for (int64_t i = 0; i < k * n; i++)
                w_t[i % n * (k + 1) + i / n] = w[i / n * ld + i % n];
            TAP_I64(size, (n + panel - 1) / panel * panel * pairs * 4);
            bf16->pack(k, n, w, ld, packed);
            bf16->pack_t(k, n, w_t, k + 1, packed_t);
            TAP_MEM(packed, packed_t, size);
            for (int64_t i = 0; i < (int64_t)(size / 4); i++) {
                int64_t column = i / (pairs * panel) * panel + i % panel,
                        row = i / panel % pairs * 2;
                uint32_t even = column < n ? rounded(w[row * ld + column]) : 0;
                uint32_t odd = column < n && row + 1 < k ? rounded(w[(row + 1) * ld + column]) : 0;
                TAP_OK(packed[i] == (even | odd << 16));
            }
            free(w);
            free(w_t);
            free(packed);
            free(packed_t);
        }
}

/* --- the product --- */

struct case_of {
    int64_t m, n, k, ldx, ldy;
    float *x, *w, *bias, *old, *y;
    uint32_t *packed, *scratch;
};

static void case_init(struct case_of *c, int64_t m, int64_t n, int64_t k,
                      float *(*numbers)(int64_t, uint64_t), uint64_t seed)
{
    *c = (struct case_of){.m = m, .n = n, .k = k, .ldx = k + 5, .ldy = n + 3};
    c->x = numbers(m * c->ldx, 10 + seed);
    c->w = numbers(k * n, 11 + seed);
    c->packed = heed_xmalloc((heed_bf16_pack_size(k, n) + 1) * sizeof(uint32_t));
    c->scratch = heed_xmalloc((heed_bf16_scratch(m, k) + 1) * sizeof(uint32_t));
    c->bias = numbers(n, 12 + seed);
    c->old = numbers(m * c->ldy, 13 + seed);
    c->y = numbers(m * c->ldy, 13 + seed);
}
static void case_free(struct case_of *c)
{
    free(c->x);
    free(c->w);
    free(c->packed);
    free(c->scratch);
    free(c->bias);
    free(c->old);
    free(c->y);
}
static void multiply(struct case_of *c, bool bias, bool add)
{
    memcpy(c->y, c->old, sizeof(float) * (size_t)(c->m * c->ldy));
    bf16->pack(c->k, c->n, c->w, c->n, c->packed);
    bf16->packed_gemm(c->m, c->n, c->k, c->x, c->ldx, c->packed, bias ? c->bias : NULL, add, c->y,
                      c->ldy, c->scratch);
}

static void check_packed(int64_t m, int64_t n, int64_t k, bool bias, bool add)
{
    struct case_of c;
    case_init(&c, m, n, k, random_numbers, 0);
    multiply(&c, bias, add);
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < n; j++) {
            double want = (bias ? (double)c.bias[j] : 0) + (add ? (double)c.old[i * c.ldy + j] : 0);
            for (int64_t l = 0; l < k; l++)
                want += (double)value(rounded(c.x[i * c.ldx + l])) *
                        (double)value(rounded(c.w[l * n + j]));
            TAP_NEAR(c.y[i * c.ldy + j], want, 2e-5);
        }
        for (int64_t j = n; j < c.ldy; j++)
            TAP_OK(c.y[i * c.ldy + j] == c.old[i * c.ldy + j]);
    }
    case_free(&c);
}

static void test_packed(void)
{
    static const int64_t columns[] = {1, 15, 16, 17, 63, 100, 128, 200};
    FOR_SETS
    {
        for (size_t i = 0; i < HEED_COUNT(columns); i++)
            for (int64_t m = 0; m <= 14; m++)
                for (int flags = 0; flags < 4; flags++) {
                    check_packed(m, columns[i], 19, flags & 1, flags & 2);
                    check_packed(m, columns[i], 0, flags & 1, flags & 2);
                }
        for (int flags = 0; flags < 4;
             flags++) { /* deeper than one block of k, longer than a chunk */
            check_packed(7, 70, 2048, flags & 1, flags & 2);
            check_packed(5, 33, 5001, flags & 1, flags & 2);
            check_packed(200, 20, 700, flags & 1, flags & 2);
        }
    }
}

/* Row i of a product of m rows has the bits of the same row computed alone, whatever stands beside it. */
static void check_rows(int64_t m, int64_t n, int64_t k)
{
    struct case_of c;
    case_init(&c, m, n, k, random_numbers, 0);
    float *alone = random_numbers(n, 14), *first = random_numbers(m * c.ldy, 13);
    multiply(&c, true, false);
    memcpy(first, c.y, sizeof(float) * (size_t)(m * c.ldy));
    for (int64_t i = 0; i < m; i++) {
        bf16->packed_gemm(1, n, k, c.x + i * c.ldx, k, c.packed, c.bias, false, alone, n,
                          c.scratch);
        TAP_MEM(c.y + i * c.ldy, alone, (size_t)n * sizeof(float));
    }
    for (int64_t i = 0; i < k; i++)
        c.x[m / 2 * c.ldx + i] = NAN;
    multiply(&c, true, false);
    for (int64_t i = 0; i < m; i++)
        if (i != m / 2)
            TAP_MEM(c.y + i * c.ldy, first + i * c.ldy, (size_t)n * sizeof(float));
    TAP_OK(isnan(c.y[m / 2 * c.ldy]) && isnan(c.y[m / 2 * c.ldy + n - 1]));
    free(alone);
    free(first);
    case_free(&c);
}

static void test_rows_do_not_see_one_another(void)
{
    static const int64_t rows[] = {1, 2, 3, 4, 5, 6, 7, 8, 13, 64, 250};
    FOR_SETS
    for (size_t i = 0; i < HEED_COUNT(rows); i++) {
        check_rows(rows[i], 203, 37);
        check_rows(rows[i], 9, 300);
    }
}

/* --- gradients: dw [m,n] += a^T·b over k rows --- */

struct grad {
    int64_t m, n, k, lda, ldb, ldw;
    float *a, *b, *old, *dw;
    uint32_t *scratch;
};
static void grad_init(struct grad *g, int64_t m, int64_t n, int64_t k,
                      float *(*numbers)(int64_t, uint64_t))
{
    *g = (struct grad){.m = m, .n = n, .k = k, .lda = m + 3, .ldb = n + 2, .ldw = n + 1};
    g->a = numbers(k * g->lda, 1);
    g->b = numbers(k * g->ldb, 2);
    g->dw = numbers(m * g->ldw, 3);
    g->old = numbers(m * g->ldw, 3);
    g->scratch = heed_xmalloc((heed_bf16_grad_scratch(m, n, k) + 1) * sizeof(uint32_t));
}
static void grad_free(struct grad *g)
{
    free(g->a);
    free(g->b);
    free(g->old);
    free(g->dw);
    free(g->scratch);
}
static void grad_make(struct grad *g)
{
    memcpy(g->dw, g->old, sizeof(float) * (size_t)(g->m * g->ldw));
    bf16->grad_gemm(g->m, g->n, g->k, g->a, g->lda, g->b, g->ldb, g->dw, g->ldw, g->scratch);
}

static void check_gradient(int64_t m, int64_t n, int64_t k)
{
    struct grad g;
    grad_init(&g, m, n, k, random_numbers);
    grad_make(&g);
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < n; j++) {
            double want = (double)g.old[i * g.ldw + j];
            for (int64_t l = 0; l < k; l++)
                want += (double)value(rounded(g.a[l * g.lda + i])) *
                        (double)value(rounded(g.b[l * g.ldb + j]));
            TAP_NEAR(g.dw[i * g.ldw + j], want, 1e-6 * (double)(k + 20));
        }
        TAP_OK(g.dw[i * g.ldw + n] == g.old[i * g.ldw + n]);
    }
    grad_free(&g);
}

static void test_gradients(void)
{
    static const int64_t sizes[] = {1, 2, 5, 7, 16, 17, 64, 65, 130};
    FOR_SETS
    {
        for (size_t i = 0; i < HEED_COUNT(sizes); i++)
            for (size_t j = 0; j < HEED_COUNT(sizes); j++) {
                check_gradient(sizes[i], sizes[j], 1);
                check_gradient(sizes[i], sizes[j], 23);
            }
        check_gradient(20, 70, 1300);
        check_gradient(70, 20, 1301);
        check_gradient(3, 3, 0);
        check_gradient(0, 4, 7);
        check_gradient(4, 0, 7);
    }
}

/* --- the numbers of the instruction --- */

static bool same(float a, float b)
{
    return bits(a) == bits(b) || (isnan(a) && isnan(b));
}

static float flushed(float x)
{
    return fabsf(x) < FLT_MIN ? copysignf(0, x) : x;
}
static float fused(float sum, float a, float b)
{
    return flushed(fmaf(value(rounded(a)), value(rounded(b)), sum));
}

/* A number just below the smallest normal one, that rounding makes normal: there the rule is finer than
 * flushed(), and the sets are held against one another alone. */
static bool on_the_edge(float sum, float a, float b)
{
    double exact = fma((double)value(rounded(a)), (double)value(rounded(b)), (double)sum);
    return fabs(exact) < 0x1p-126 && fabs(exact) > 0x1p-126 - 0x1p-149;
}

static void check_rule(const struct case_of *c)
{
    for (int64_t i = 0; i < c->m; i++)
        for (int64_t j = 0; j < c->n; j++) {
            float sum = 0;
            bool edge = false;
            for (int64_t l = 0; l < c->k; l += 2) {
                const float *x = c->x + i * c->ldx + l, *w = c->w + l * c->n + j;
                float odd[2] = {l + 1 < c->k ? x[1] : 0, l + 1 < c->k ? w[c->n] : 0};
                edge |= on_the_edge(sum, odd[0], odd[1]);
                sum = fused(sum, odd[0], odd[1]);
                edge |= on_the_edge(sum, x[0], w[0]);
                sum = fused(sum, x[0], w[0]);
            }
            TAP_OK(edge || same(c->y[i * c->ldy + j], sum));
        }
}

static void test_rule(void)
{
    FOR_SETS
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct case_of c;
        case_init(&c, 17, 70, 1 + (int64_t)seed % 9, nasty_numbers, seed);
        multiply(&c, false, false);
        check_rule(&c);
        case_free(&c);
        case_init(&c, 13, 66, 40 + (int64_t)seed, random_numbers, seed);
        multiply(&c, false, false);
        check_rule(&c);
        case_free(&c);
    }
}

/* Around the smallest normal number, by parts of what rounding there leaves off: tiny is what would be so
 * if its exponent had no bound. */
static void test_edge(void)
{
    float x[4] = {0, 0x1p-63f, 0, 0x1p-75f}, y;
    FOR_SETS
    for (int i = -63; i <= 63; i++) {
        uint32_t packed[2 * HEED_BF16_PANEL], scratch[2];
        float w[4] = {0, 0x1p-63f, 0, (float)i * 0x1p-80f}; /* 2^-126 + i 2^-155 */
        bf16->pack(4, 1, w, 1, packed);
        bf16->packed_gemm(1, 1, 4, x, 4, packed, NULL, false, &y, 1, scratch);
        TAP_OK(y == (i < -16 ? 0 : i <= 32 ? 0x1p-126f : 0x1p-126f + 0x1p-149f));
    }
}

/* Every set has the bits of the portable one. */
static void test_sets_agree(void)
{
    bool other = false;
    for (size_t i = 1; i < HEED_COUNT(names); i++)
        other |= heed_bf16_by_name(names[i]) != NULL;
    if (!other)
        tap_skip("this CPU has one set");
    for (uint64_t seed = 0; other && seed < 40; seed++) {
        struct case_of c;
        struct grad g;
        case_init(&c, 29, 130, (int64_t)(seed * seed * 2) + 1,
                  seed % 2 ? nasty_numbers : random_numbers, seed);
        grad_init(&g, 67, 40 + (int64_t)seed * 2, (int64_t)(seed * seed),
                  seed % 2 ? nasty_numbers : random_numbers);
        float *y = heed_xcalloc((size_t)(c.m * c.ldy), sizeof *y);
        float *dw = heed_xcalloc((size_t)(g.m * g.ldw), sizeof *dw);
        FOR_SETS
        {
            multiply(&c, seed & 2, seed & 4);
            grad_make(&g);
            for (int64_t i = 0; set_ && i < c.m * c.ldy; i++)
                TAP_OK(same(c.y[i], y[i]));
            for (int64_t i = 0; set_ && i < g.m * g.ldw; i++)
                TAP_OK(same(g.dw[i], dw[i]));
            memcpy(y, c.y, sizeof *y * (size_t)(c.m * c.ldy));
            memcpy(dw, g.dw, sizeof *dw * (size_t)(g.m * g.ldw));
        }
        free(y);
        free(dw);
        case_free(&c);
        grad_free(&g);
    }
}

/* --- on the tape --- */

static struct heed_tensor *filled(struct heed_tape *t, float value)
{
    float *data = heed_tape_alloc(t, sizeof(float) * 4);
    for (int i = 0; i < 4; i++)
        data[i] = value;
    return heed_tensor_wrap(t, 2, (int64_t[]){2, 2}, data, true);
}

/* What multiplies is 1 + 2^-9, which bf16 has not: 2 times its square in float, 2 in bf16. Training with what is
 * learnt is in bf16, forward and both gradients; inference and other weights are not. */
static void test_tape(void)
{
    const float some = 1 + 0x1p-9f, exact = 2 * some * some;
    struct heed_tape tape;
    make_params();
    struct heed_tensor *w =
        heed_params_add(&params, "w", 2, (int64_t[]){2, 2}, HEED_INIT_ONE, 0, 0);
    heed_params_train(&params, 1);
    heed_tape_init(&tape, &step, &params);
    for (int tied = 0; tied < 2; tied++)
        for (int bf16_on = 0; bf16_on < 2; bf16_on++) {
            params.bf16 = bf16_on;
            float want = bf16_on ? 2 : exact;
            for (int i = 0; i < 4; i++)
                w->data[i] = some;
            params.version++;
            heed_slab_renew(&params, 0);
            heed_tape_reset(&tape);
            tape.training = true;
            struct heed_tensor *x = filled(&tape, some);
            struct heed_tensor *y = (tied ? heed_linear_t : heed_linear)(&tape, x, w, NULL);
            struct heed_tensor *other = (tied ? heed_linear_t : heed_linear)(&tape, x, x, NULL);
            TAP_OK(y->data[3] == want && other->data[3] == exact);
            for (int i = 0; i < 4; i++)
                y->grad[i] = some;
            heed_tape_backward(&tape);
            TAP_OK(x->grad[3] == want && params.slabs[0].grad[0][3] == want);
            for (int i = 0; i < 4; i++) /* packed copies follow */
                w->data[i] = 3;
            params.version++;
            TAP_OK((tied ? heed_linear_t : heed_linear)(&tape, x, w, NULL)->data[0] ==
                   (bf16_on ? 6 : 6 * some));
            tape.training = false;
            TAP_OK((tied ? heed_linear_t : heed_linear)(&tape, x, w, NULL)->data[0] == 6 * some);
        }
    heed_tape_release(&tape);
    drop_params();
}

/* --- choice --- */

static void test_choice(void)
{
    struct heed_err err = {0};
    unsetenv("HEED_KERNELS"); /* which says what auto is */
    TAP_DONE(heed_vec_select("portable", &err), &err);
    TAP_STR(heed_bf16()->name, "portable");
    TAP_OK(!heed_bf16_native());
    if (heed_kernels_by_name("avx2")) {
        TAP_DONE(heed_vec_select("avx2", &err), &err);
        TAP_STR(heed_bf16()->name, "avx2");
    }
    TAP_DONE(heed_vec_select("auto", &err), &err);
    TAP_OK(heed_bf16_native() == (heed_bf16_by_name("avx512_bf16") != NULL));
    TAP_OK(heed_bf16_by_name("no such set") == NULL);
    tap_diag("bf16 by %s", heed_bf16()->name);
}

static void test_speedup(void)
{
    double times = heed_bf16_speedup();
    tap_diag("%.2f times as fast as float32", times);
    TAP_OK(times > 0 && isfinite(times));
}

int main(void)
{
    TAP_RUN(test_rounding);
    TAP_RUN(test_pack_and_transpose);
    TAP_RUN(test_packed);
    TAP_RUN(test_rows_do_not_see_one_another);
    TAP_RUN(test_gradients);
    TAP_RUN(test_rule);
    TAP_RUN(test_edge);
    TAP_RUN(test_sets_agree);
    TAP_RUN(test_tape);
    TAP_RUN(test_speedup);
    TAP_RUN(test_choice);
    return tap_end();
}
