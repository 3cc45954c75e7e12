/* test_gemm.c: products: a library behind its wrapper and the packed kernel of every set, against
 * sums in double; rows that do not see one another, to the bit. */
#include <pthread.h>
#include <signal.h>

#include "tests/child.h"
#include "tests/tap.h"
#include "base/rng.h"
#include "tensor/gemm.h"
#include "tensor/product.h"
#include "tensor/vec.h"

static const char *const names[] = {"portable", "avx2", "avx512"};

#define FOR_SETS                                                                                   \
    for (size_t set_ = 0; set_ < HEED_COUNT(names); set_++)                                        \
        if (heed_kernels_by_name(names[set_]) &&                                                   \
            heed_vec_select(names[set_], &(struct heed_err){0}) == 0)

static float *random_numbers(int64_t n, uint64_t seed)
{
    struct heed_rng rng;
    float *x = heed_xcalloc((size_t)n + 1, sizeof(float));
    heed_rng_seed(&rng, seed, 2);
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)(heed_rng_uniform(&rng) - 0.5);
    return x;
}

/* --- a library --- */

static int calls; /* of which the library was asked */

static void multiply_plainly(void *state, const struct heed_gemm_call *p)
{
    TAP_OK(state == &calls && p->size == sizeof(*p) && p->m > 0 && p->n > 0 && p->k > 0);
    calls++;
    for (int64_t i = 0; i < p->m; i++)
        for (int64_t j = 0; j < p->n; j++)
            for (int64_t k = 0; k < p->k; k++)
                p->c[i * p->ldc + j] +=
                    (p->a_transposed ? p->a[k * p->lda + i] : p->a[i * p->lda + k]) *
                    (p->b_transposed ? p->b[j * p->ldb + k] : p->b[k * p->ldb + j]);
}
static const struct heed_gemm plain = {.multiply = multiply_plainly};

static double element(const float *x, bool transposed, int64_t ld, int64_t i, int64_t j)
{
    return (double)(transposed ? x[j * ld + i] : x[i * ld + j]);
}

static void check_gemm(bool ta, bool tb, bool add, int64_t m, int64_t n, int64_t k)
{
    int64_t lda = (ta ? m : k) + 3, ldb = (tb ? k : n) + 2, ldc = n + 1;
    float *a = random_numbers((ta ? k : m) * lda, 1), *b = random_numbers((tb ? n : k) * ldb, 2);
    float *c = random_numbers(m * ldc, 3), *old = random_numbers(m * ldc, 3);
    if (!add)
        for (int64_t i = 0; i < m * n; i++)
            c[i / n * ldc + i % n] = NAN;
    heed_gemm(ta, tb, m, n, k, a, lda, b, ldb, add, c, ldc);
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < n; j++) {
            double want = add ? (double)old[i * ldc + j] : 0;
            for (int64_t l = 0; l < k; l++)
                want += element(a, ta, lda, i, l) * element(b, tb, ldb, l, j);
            TAP_NEAR(c[i * ldc + j], want, 1e-5);
        }
        TAP_OK(c[i * ldc + n] == old[i * ldc + n]);
    }
    free(a);
    free(b);
    free(c);
    free(old);
}

static void test_gemm(void)
{
    heed_gemm_use(&plain, &calls, "plain loops");
    static const int64_t sizes[][3] = {{1, 1, 1},    {1, 40, 33},  {7, 1, 9},  {5, 17, 16},
                                       {64, 48, 32}, {3, 200, 70}, {33, 5, 0}, {0, 4, 4},
                                       {4, 0, 4},    {1, 3, 0}};
    for (size_t i = 0; i < HEED_COUNT(sizes); i++)
        for (int flags = 0; flags < 8; flags++)
            check_gemm(flags & 1, flags & 2, flags & 4, sizes[i][0], sizes[i][1], sizes[i][2]);
    TAP_I64(calls, 6 * 8); /* those of no size it never sees */
    heed_gemm_use(NULL, NULL, NULL);
}

/* --- packing --- */

static void check_pack(int64_t k, int64_t n)
{
    int64_t ld = n + 2, ld_t = k + 3, panel = heed_kernels()->panel;
    int64_t size = (int64_t)heed_pack_size(k, n);
    float *w = random_numbers(k * ld, 4), *w_t = random_numbers(n * ld_t, 5);
    float *packed = random_numbers(size, 6), *packed_t = random_numbers(size, 7);
    for (int64_t i = 0; i < k * n; i++)
        w_t[i % n * ld_t + i / n] = w[i / n * ld + i % n];
    TAP_I64(size, (n + panel - 1) / panel * panel * k);
    heed_pack(k, n, w, ld, packed);
    heed_pack_t(k, n, w_t, ld_t, packed_t);
    TAP_MEM(packed, packed_t, (size_t)size * sizeof(float));
    TAP_OK(packed[panel] == w[ld]);
    TAP_OK(packed_t[size] == 0);
    free(w);
    free(w_t);
    free(packed);
    free(packed_t);
}

static void test_pack_and_transpose(void)
{
    FOR_SETS
    for (int64_t n = 1; n <= 130; n += 43) {
        check_pack(7, n);
        check_pack(16, n);
        check_pack(45, n);
    }
}

/* --- the packed product --- */

struct case_of {
    int64_t m, n, k, ldx, ldy;
    float *x, *w, *packed, *bias, *old, *y;
};

static void case_init(struct case_of *c, int64_t m, int64_t n, int64_t k)
{
    *c = (struct case_of){m, n, k, k + 5, n + 3, NULL, NULL, NULL, NULL, NULL, NULL};
    c->x = random_numbers(m * c->ldx, 10);
    c->w = random_numbers(k * n, 11);
    c->packed = heed_xmalloc((heed_pack_size(k, n) + 1) * sizeof(float));
    c->bias = random_numbers(n, 12);
    c->old = random_numbers(m * c->ldy, 13);
    c->y = random_numbers(m * c->ldy, 13);
    heed_pack(k, n, c->w, n, c->packed);
}

static void case_free(struct case_of *c)
{
    free(c->x);
    free(c->w);
    free(c->packed);
    free(c->bias);
    free(c->old);
    free(c->y);
}

static void check_packed(int64_t m, int64_t n, int64_t k, bool bias, bool add)
{
    struct case_of c;
    case_init(&c, m, n, k);
    heed_kernels()->packed_gemm(m, n, k, c.x, c.ldx, c.packed, bias ? c.bias : NULL, add, c.y,
                                c.ldy);
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < n; j++) {
            double want = (bias ? (double)c.bias[j] : 0) + (add ? (double)c.old[i * c.ldy + j] : 0);
            for (int64_t l = 0; l < k; l++)
                want += (double)c.x[i * c.ldx + l] * (double)c.w[l * n + j];
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
    for (size_t i = 0; i < HEED_COUNT(columns); i++)
        for (int64_t m = 0; m <= 14; m++)
            for (int flags = 0; flags < 4; flags++) {
                check_packed(m, columns[i], 19, flags & 1, flags & 2);
                check_packed(m, columns[i], 0, flags & 1, flags & 2);
            }
}

/* Deeper than one block of k. */
static void test_deep(void)
{
    FOR_SETS
    for (int flags = 0; flags < 4; flags++) {
        check_packed(7, 70, 1024, flags & 1, flags & 2);
        check_packed(5, 33, 2500, flags & 1, flags & 2);
    }
}

/* dw [m,n] += a^T·b over k rows; fresh: what is no number before is one afterwards. */
static void check_gradient_of(int64_t m, int64_t n, int64_t k, bool fresh)
{
    int64_t lda = m + 3, ldb = n + 2, ldw = n + 1;
    float *a = random_numbers(k * lda, 1), *b = random_numbers(k * ldb, 2);
    float *dw = random_numbers(m * ldw, 3), *old = random_numbers(m * ldw, 3);
    float *scratch = random_numbers((int64_t)heed_kernels()->grad_scratch(m, n), 4);
    for (int64_t i = 0; fresh && i < m * n; i++)
        dw[i / n * ldw + i % n] = NAN;
    heed_kernels()->grad_gemm(m, n, k, a, lda, b, ldb, fresh, dw, ldw, scratch);
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < n; j++) {
            double want = fresh ? 0 : (double)old[i * ldw + j];
            for (int64_t l = 0; l < k; l++)
                want += (double)a[l * lda + i] * (double)b[l * ldb + j];
            TAP_NEAR(dw[i * ldw + j], want, 1e-6 * (double)(k + 20));
        }
        TAP_OK(dw[i * ldw + n] == old[i * ldw + n]);
    }
    free(a);
    free(b);
    free(dw);
    free(old);
    free(scratch);
}

static void check_gradient(int64_t m, int64_t n, int64_t k)
{
    check_gradient_of(m, n, k, false);
    check_gradient_of(m, n, k, true);
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
        check_gradient(20, 70, 1000);
        check_gradient(70, 20, 1000);
        check_gradient(3, 3, 0);
        check_gradient(0, 4, 7);
        check_gradient(4, 0, 7);
    }
}

/* Row i of a product of m rows has the bits of the same row computed alone, for every m, and with
 * any other row in its neighbourhood, NaN too. */
static void check_rows(int64_t m, int64_t n, int64_t k)
{
    struct case_of c;
    case_init(&c, m, n, k);
    float *alone = random_numbers(n, 14), *poisoned = random_numbers(m * c.ldy, 13);
    heed_kernels()->packed_gemm(m, n, k, c.x, c.ldx, c.packed, c.bias, false, c.y, c.ldy);
    for (int64_t i = 0; i < m; i++) {
        const float *x = c.x + i * c.ldx;
        heed_kernels()->packed_gemm(1, n, k, x, k, c.packed, c.bias, false, alone, n);
        TAP_MEM(c.y + i * c.ldy, alone, (size_t)n * sizeof(float));
    }
    for (int64_t i = 0; i < k; i++)
        c.x[m / 2 * c.ldx + i] = NAN;
    heed_kernels()->packed_gemm(m, n, k, c.x, c.ldx, c.packed, c.bias, false, poisoned, c.ldy);
    for (int64_t i = 0; i < m; i++)
        if (i != m / 2)
            TAP_MEM(c.y + i * c.ldy, poisoned + i * c.ldy, (size_t)n * sizeof(float));
    TAP_OK(isnan(poisoned[m / 2 * c.ldy]) && isnan(poisoned[m / 2 * c.ldy + n - 1]));
    free(alone);
    free(poisoned);
    case_free(&c);
}

static void test_rows_do_not_see_one_another(void)
{
    static const int64_t rows[] = {1, 2, 3, 4, 5, 6, 7, 8, 13, 64, 250};
    FOR_SETS
    for (size_t i = 0; i < HEED_COUNT(rows); i++) {
        check_rows(rows[i], 768, 256);
        check_rows(rows[i], 203, 37);
        check_rows(rows[i], 9, 300);
    }
}

/* Sets with fused multiply-add share one order of k, so their products are equal to the bit. */
static void test_fused_sets_agree(void)
{
    enum { M = 5, N = 70, K = 33 };
    struct case_of c;
    float first[M * N];
    bool seen = false;
    struct heed_err err = {0};
    for (size_t i = 1; i < HEED_COUNT(names); i++) {
        if (!heed_kernels_by_name(names[i]))
            continue;
        TAP_DONE(heed_vec_select(names[i], &err), &err);
        case_init(&c, M, N, K);
        heed_kernels()->packed_gemm(M, N, K, c.x, c.ldx, c.packed, NULL, false, c.y, N);
        if (seen)
            TAP_MEM(c.y, first, sizeof(first));
        memcpy(first, c.y, sizeof(first));
        seen = true;
        case_free(&c);
    }
    if (!seen)
        tap_skip("this CPU has no fused set");
}

/* --- threads --- */

enum { WORKERS = 4, ROWS = 7, COLUMNS = 100, DEPTH = 37 };

static void *multiply(void *ctx)
{
    const struct case_of *c = ctx;
    float *y = heed_xmalloc(sizeof(*y) * ROWS * COLUMNS);
    for (int i = 0; i < 200; i++)
        heed_kernels()->packed_gemm(ROWS, COLUMNS, DEPTH, c->x, c->ldx, c->packed, c->bias, false,
                                    y, COLUMNS);
    return y;
}

/* Threads at once on the same packed weights: each has the bits of one alone. */
static void test_threads_do_not_see_one_another(void)
{
    pthread_t threads[WORKERS];
    struct case_of c;
    heed_vec(); /* chosen before the first worker */
    case_init(&c, ROWS, COLUMNS, DEPTH);
    float *alone = multiply(&c);
    for (int i = 0; i < WORKERS; i++)
        TAP_OK(pthread_create(&threads[i], NULL, multiply, &c) == 0);
    for (int i = 0; i < WORKERS; i++) {
        void *y = NULL;
        TAP_OK(pthread_join(threads[i], &y) == 0);
        TAP_MEM(y, alone, sizeof(*alone) * ROWS * COLUMNS);
        free(y);
    }
    free(alone);
    case_free(&c);
}

/* --- choice, start, names --- */

static void nothing_registered(void)
{
    float x = 1, y;
    heed_gemm_use(NULL, NULL, NULL);
    heed_gemm(false, false, 1, 1, 1, &x, 1, &x, 1, false, &y, 1);
}

static void test_without_a_library(void)
{
    char out[600];
    TAP_I64(in_child(nothing_registered, out, sizeof(out)), 128 + SIGABRT);
    TAP_OK(strstr(out, "BUG") && strstr(out, "without a library"));
}

static void test_build_info(void)
{
    struct heed_err err = {0};
    TAP_DONE(heed_vec_select("portable", &err), &err);
    TAP_OK(!strcmp(heed_build_info(), "kernels portable"));
    TAP_OK(!strcmp(heed_gemm_machine(), "portable"));
    heed_gemm_use(&plain, &calls, "plain loops");
    TAP_OK(heed_gemm_used());
    TAP_OK(!strcmp(heed_build_info(), "kernels portable; products plain loops"));
    TAP_OK(!strcmp(heed_gemm_machine(), "portable/plain loops"));
    heed_gemm_use(NULL, NULL, NULL);
    TAP_OK(!heed_gemm_used());
}

/* A set that is the best of its CPU is served as the table says; one that was asked for is itself. */
static void test_server(void)
{
    struct heed_err err = {0};
    TAP_DONE(heed_vec_select("auto", &err), &err);
    const char *server = heed_product_server();
    TAP_OK(!server || (!strcmp(heed_vec_best(), "portable") && !strcmp(server, "openblas")));
    if (!strcmp(heed_vec_best(), "portable"))
        return;
    TAP_DONE(heed_vec_select("portable", &err), &err);
    TAP_OK(!heed_product_server());
    TAP_DONE(heed_vec_select("auto", &err), &err);
}

int main(void)
{
    TAP_RUN(test_gemm);
    TAP_RUN(test_pack_and_transpose);
    TAP_RUN(test_packed);
    TAP_RUN(test_rows_do_not_see_one_another);
    TAP_RUN(test_fused_sets_agree);
    TAP_RUN(test_threads_do_not_see_one_another);
    TAP_RUN(test_deep);
    TAP_RUN(test_gradients);
    TAP_RUN(test_without_a_library);
    TAP_RUN(test_build_info);
    TAP_RUN(test_server);
    return tap_end();
}
