/* product.c: what core relies on in a plugin of kind product: sums that are right at every size and
 * orientation, nothing written but C and nothing read beyond the operands, equal calls that give equal
 * bytes, alone and beside other threads. */
#include <math.h>
#include <pthread.h>
#include <string.h>
#include "plugin/product_kind.h"
#include "prove/parts.h"

#define GAP  5
#define TAIL 64 /* floats behind the last row */

struct product {
    const struct heed_gemm *library;
    void *state;
};

static int opened(struct product *p, struct check *c, struct heed_err *err)
{
    p->library = (const struct heed_gemm *)c->in.plugin;
    return heed_gemm_open(&c->in, &p->state, err);
}

/* Of one call: a, b, and c before it; NaN stands in every gap and behind the last row. */
struct numbers {
    struct heed_gemm_call call;
    float *a, *b, *c, *now; /* malloc'ed */
    int64_t a_size, b_size, c_size;
};

static float *with_gaps(int64_t rows, int64_t width, uint64_t seed, int64_t *size)
{
    int64_t step = width + GAP;
    *size = rows * step + TAIL;
    float *x = heed_check_numbers(*size, seed);
    for (int64_t i = 0; i < *size; i++)
        if (i >= rows * step || i % step >= width)
            x[i] = NAN;
    return x;
}

static void numbers_make(struct numbers *x, bool ta, bool tb, const int64_t size[3])
{
    int64_t m = size[0], n = size[1], k = size[2];
    x->a = with_gaps(ta ? k : m, ta ? m : k, 1, &x->a_size);
    x->b = with_gaps(tb ? n : k, tb ? k : n, 2, &x->b_size);
    x->c = with_gaps(m, n, 3, &x->c_size);
    x->now = heed_xmalloc(sizeof(float) * (size_t)x->c_size);
    x->call = (struct heed_gemm_call){.size = sizeof(x->call),
                                      .a_transposed = ta,
                                      .b_transposed = tb,
                                      .m = m,
                                      .n = n,
                                      .k = k,
                                      .a = x->a,
                                      .lda = (ta ? m : k) + GAP,
                                      .b = x->b,
                                      .ldb = (tb ? k : n) + GAP,
                                      .c = x->now,
                                      .ldc = n + GAP};
}

static void numbers_release(struct numbers *x)
{
    free(x->a);
    free(x->b);
    free(x->c);
    free(x->now);
}

static void multiply(const struct product *p, struct numbers *x)
{
    memcpy(x->now, x->c, sizeof(float) * (size_t)x->c_size);
    p->library->multiply(p->state, &x->call);
}

/* Sums in double; the error of one in float grows with the sum of magnitudes. */
static int compare(const struct numbers *x, struct heed_err *err)
{
    const struct heed_gemm_call *p = &x->call;
    for (int64_t i = 0; i < p->m; i++)
        for (int64_t j = 0; j < p->n; j++) {
            double sum = (double)x->c[i * p->ldc + j], magnitude = fabs(sum);
            for (int64_t k = 0; k < p->k; k++) {
                double a = (double)(p->a_transposed ? p->a[k * p->lda + i] : p->a[i * p->lda + k]);
                double b = (double)(p->b_transposed ? p->b[j * p->ldb + k] : p->b[k * p->ldb + j]);
                sum += a * b;
                magnitude += fabs(a * b);
            }
            double got = (double)x->now[i * p->ldc + j];
            if (!(fabs(got - sum) <= 1e-5 * magnitude))
                return heed_fail(err, "m=%lld n=%lld k=%lld, A%s B%s: C[%lld,%lld] is %g, not %g",
                                 (long long)p->m, (long long)p->n, (long long)p->k,
                                 p->a_transposed ? "^T" : "", p->b_transposed ? "^T" : "",
                                 (long long)i, (long long)j, got, sum);
        }
    return 0;
}

static int gaps_whole(const struct numbers *x, struct heed_err *err)
{
    const struct heed_gemm_call *p = &x->call;
    for (int64_t i = 0; i < x->c_size; i++)
        if ((i >= p->m * p->ldc || i % p->ldc >= p->n) &&
            memcmp(x->now + i, x->c + i, sizeof(float)))
            return heed_fail(err, "m=%lld n=%lld k=%lld: it writes outside C", (long long)p->m,
                             (long long)p->n, (long long)p->k);
    return 0;
}

static const int64_t sizes[][3] = {{1, 1, 1},     {1, 70, 53},  {2, 3, 1},    {3, 1, 40},
                                   {7, 33, 17},   {16, 16, 16}, {37, 70, 53}, {64, 96, 300},
                                   {130, 5, 129}, {5, 260, 65}};

typedef int each_fn(const struct product *p, struct numbers *x, struct heed_err *err);

/* fn at every size and orientation. */
static int at_each(struct check *c, each_fn *fn, struct heed_err *err)
{
    struct product p;
    int failed = opened(&p, c, err);
    if (failed)
        return -1;
    for (size_t i = 0; i < HEED_COUNT(sizes) && !failed; i++)
        for (int kind = 0; kind < 4 && !failed; kind++) {
            struct numbers x;
            numbers_make(&x, kind & 1, kind & 2, sizes[i]);
            multiply(&p, &x);
            failed = fn(&p, &x, err);
            numbers_release(&x);
        }
    p.library->close(p.state);
    return failed;
}

static int is_right(const struct product *p, struct numbers *x, struct heed_err *err)
{
    (void)p;
    return compare(x, err);
}
static int check_sums(struct check *c, struct heed_err *err)
{
    return at_each(c, is_right, err);
}

static int is_inside(const struct product *p, struct numbers *x, struct heed_err *err)
{
    (void)p;
    return gaps_whole(x, err);
}
static int check_inside(struct check *c, struct heed_err *err)
{
    return at_each(c, is_inside, err);
}

static int repeats(const struct product *p, struct numbers *x, struct heed_err *err)
{
    struct numbers again;
    int64_t size[] = {x->call.m, x->call.n, x->call.k};
    numbers_make(&again, x->call.a_transposed, x->call.b_transposed, size);
    multiply(p, &again);
    int failed = memcmp(again.now, x->now, sizeof(float) * (size_t)x->c_size)
                     ? heed_fail(err, "m=%lld n=%lld k=%lld: two equal calls differ",
                                 (long long)size[0], (long long)size[1], (long long)size[2])
                     : 0;
    numbers_release(&again);
    return failed;
}
static int check_repeats(struct check *c, struct heed_err *err)
{
    return at_each(c, repeats, err);
}

static int check_opens(struct check *c, struct heed_err *err)
{
    struct product p;
    if (opened(&p, c, err))
        return -1;
    p.library->close(p.state);
    return 0;
}

/* --- threads --- */

enum { THREADS = 4, ROUNDS = 200 };

struct worker {
    const struct product *p;
    struct numbers x;
    const float *alone;
    bool differs;
};

static void *work(void *ctx)
{
    struct worker *w = ctx;
    for (int i = 0; i < ROUNDS && !w->differs; i++) {
        multiply(w->p, &w->x);
        w->differs = memcmp(w->x.now, w->alone, sizeof(float) * (size_t)w->x.c_size) != 0;
    }
    return NULL;
}

static int check_threads(struct check *c, struct heed_err *err)
{
    struct product p;
    struct numbers alone;
    struct worker workers[THREADS];
    pthread_t threads[THREADS];
    int n = 0;
    bool differ = false;
    if (opened(&p, c, err))
        return -1;
    numbers_make(&alone, false, false, sizes[6]);
    multiply(&p, &alone);
    for (; n < THREADS; n++) {
        workers[n] = (struct worker){.p = &p, .alone = alone.now};
        numbers_make(&workers[n].x, false, false, sizes[6]);
        if (pthread_create(&threads[n], NULL, work, &workers[n])) {
            numbers_release(&workers[n].x);
            break;
        }
    }
    for (int i = 0; i < n; i++) {
        pthread_join(threads[i], NULL);
        differ = differ || workers[i].differs;
        numbers_release(&workers[i].x);
    }
    numbers_release(&alone);
    p.library->close(p.state);
    if (n < THREADS)
        return heed_fail(err, "cannot make a thread");
    return differ ? heed_fail(err, "threads that multiply at once disturb one another") : 0;
}

void heed_check_product(struct check *c)
{
    heed_check_try(c, "opens, and says what it is", check_opens);
    heed_check_try(c, "sums are right, added to C, for every size and orientation", check_sums);
    heed_check_try(c, "nothing is written outside C", check_inside);
    heed_check_try(c, "equal calls give equal bytes", check_repeats);
    heed_check_try(c, "threads do not see one another", check_threads);
}
