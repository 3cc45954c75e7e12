/* test_vec.c: the vector kernels of every set this CPU can run: accuracy
 * against libm in double, special values, tails of every length, equal bits at
 * every alignment, no access outside the row. */
#include <float.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/tap.h"
#include "base/rng.h"
#include "tensor/vec.h"

#define N_MAX 70 /* longer than four vectors of 16 lanes, and every tail */

static const char *const names[] = {"portable", "avx2", "avx512"};
static const struct heed_kernels *kernels; /* the set under test */
static const struct heed_vec *v;           /* its public part */

/* Runs body for every set of this CPU. */
#define FOR_SETS                                                                                   \
    for (size_t set_ = 0; set_ < HEED_COUNT(names); set_++)                                        \
        if ((kernels = heed_kernels_by_name(names[set_])) && (v = &kernels->vec))

/* Room for n floats that ends where a forbidden page begins: a read behind it is a crash. */
static float *edge(size_t n)
{
    static char *end[12];
    static int next;
    size_t page = (size_t)sysconf(_SC_PAGESIZE), room = 16 * page;
    next = (next + 1) % 12;
    if (!end[next]) {
        char *base =
            mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (base == MAP_FAILED || mprotect(base + room, page, PROT_NONE))
            BUG("no guarded memory");
        end[next] = base + room;
    }
    return (float *)(void *)(end[next] - n * sizeof(float));
}

static float *random_row(float *x, size_t n, uint64_t seed, double width)
{
    struct heed_rng rng;
    heed_rng_seed(&rng, seed, 1);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)((heed_rng_uniform(&rng) - 0.5) * width);
    return x;
}

/* --- exp, tanh, sigmoid --- */

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* The largest error of f on [from, to] in many steps, relative when asked. */
static double worst(void (*f)(size_t, const float *, float *), double (*exact)(double), double from,
                    double to, bool relative)
{
    enum { STEP = 1000, STEPS = 400 };
    float x[STEP], y[STEP];
    double most = 0;
    for (int s = 0; s < STEPS; s++) {
        for (int i = 0; i < STEP; i++)
            x[i] = (float)(from + (to - from) * (s * STEP + i) / (STEP * STEPS));
        f(STEP, x, y);
        for (int i = 0; i < STEP; i++) {
            double want = exact((double)x[i]), off = fabs((double)y[i] - want);
            if (relative && want != 0)
                off /= fabs(want);
            most = !(off <= most) ? off : most;
        }
    }
    return most;
}

static void test_accuracy(void)
{
    FOR_SETS
    {
        double e = worst(v->exp, exp, -87.3, 88.72, true), small = worst(v->exp, exp, -1, 1, true);
        double denormal = worst(v->exp, exp, -104, -87.3, false);
        double t = worst(v->tanh, tanh, -12, 12, false), near = worst(v->tanh, tanh, -1, 1, true);
        double s = worst(v->sigmoid, sigmoid, -95, 95, false);
        tap_diag("%s: exp %.2g relative; tanh %.2g, near 0 %.2g relative; sigmoid %.2g", v->name,
                 HEED_MAX(e, small), t, near, s);
        TAP_OK(e < 2e-7);
        TAP_OK(small < 2e-7);
        TAP_OK(denormal <= 1.5e-45);
        TAP_OK(t < 3e-7);
        TAP_OK(near < 5e-7);
        TAP_OK(s < 3e-7);
    }
}

static void test_special_values(void)
{
    float x[] = {INFINITY, -INFINITY, NAN,  0,       -0.0f,  1e30f,
                 -1e30f,   89,        -105, FLT_MIN, 1e-30f, -1e-30f};
    float y[HEED_COUNT(x)];
    FOR_SETS
    {
        v->exp(HEED_COUNT(x), x, y);
        TAP_OK(y[0] == INFINITY && y[1] == 0 && isnan(y[2]) && y[3] == 1 && y[4] == 1);
        TAP_OK(y[5] == INFINITY && y[6] == 0 && y[7] == INFINITY && y[8] == 0 && y[9] == 1);
        v->tanh(HEED_COUNT(x), x, y);
        TAP_OK(y[0] == 1 && y[1] == -1 && isnan(y[2]) && y[3] == 0 && y[5] == 1 && y[6] == -1);
        TAP_OK(signbit(y[4]) && !signbit(y[3]));
        TAP_NEAR(y[10], 1e-30f, 1e-36);
        TAP_NEAR(y[11], -1e-30f, 1e-36);
        v->sigmoid(HEED_COUNT(x), x, y);
        TAP_OK(y[0] == 1 && y[1] == 0 && isnan(y[2]) && y[3] == 0.5f && y[5] == 1 && y[6] == 0);
    }
}

/* --- every length: bits of the long row, nothing behind the end --- */

#define LONG 128

static void check_unary(void (*f)(size_t, const float *, float *))
{
    float x[LONG], whole[LONG];
    random_row(x, LONG, 7, 20);
    f(LONG, x, whole);
    for (size_t n = 0; n <= N_MAX; n++) {
        float *in = edge(n), *out = edge(n);
        memcpy(in, x, n * sizeof(float));
        out[-1] = 42;
        f(n, in, out);
        TAP_MEM(out, whole, n * sizeof(float));
        TAP_OK(out[-1] == 42);
        f(n, in, in); /* in place */
        TAP_MEM(in, whole, n * sizeof(float));
    }
}

static void test_unary_tails(void)
{
    FOR_SETS
    {
        check_unary(v->exp);
        check_unary(v->tanh);
        check_unary(v->sigmoid);
    }
}

static void check_binary(size_t n, const float *a, const float *b)
{
    float *y = edge(n);
    v->add(n, a, b, y);
    for (size_t i = 0; i < n; i++)
        TAP_OK(y[i] == a[i] + b[i]);
    v->sub(n, a, b, y);
    for (size_t i = 0; i < n; i++)
        TAP_OK(y[i] == a[i] - b[i]);
    v->mul(n, a, b, y);
    for (size_t i = 0; i < n; i++)
        TAP_OK(y[i] == a[i] * b[i]);
    v->fill(n, 3, y);
    v->mul_add(n, a, b, y);
    for (size_t i = 0; i < n; i++)
        TAP_NEAR(y[i], 3 + (double)a[i] * (double)b[i], 1e-6);
    v->fill(n, 3, y);
    v->axpy(n, 0.5f, a, y);
    for (size_t i = 0; i < n; i++)
        TAP_NEAR(y[i], 3 + 0.5 * (double)a[i], 1e-6);
    v->scale(n, 0.25f, -1, a, y);
    for (size_t i = 0; i < n; i++)
        TAP_NEAR(y[i], 0.25 * (double)a[i] - 1, 1e-6);
    if (n)
        TAP_OK(y[-1] != y[0]);
}

static void test_binary_tails(void)
{
    FOR_SETS
    for (size_t n = 0; n <= N_MAX; n++) {
        float *a = random_row(edge(n), n, 1, 4), *b = random_row(edge(n), n, 2, 4);
        check_binary(n, a, b);
    }
}

/* --- reductions --- */

static void check_sums(size_t n, const float *a, const float *b)
{
    double dot = 0, sum = 0, squares = 0;
    float most = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        dot += (double)a[i] * (double)b[i];
        sum += (double)a[i];
        squares += (double)a[i] * (double)a[i];
        most = HEED_MAX(most, a[i]);
    }
    TAP_NEAR(v->dot(n, a, b), dot, 2e-5);
    TAP_NEAR(v->sum(n, a), sum, 2e-5);
    TAP_NEAR(v->sum_squares(n, a), squares, 1e-14 * squares);
    TAP_OK(v->max(n, a) == most);
    if (n)
        TAP_OK(a[v->argmax(n, a)] == most);
    TAP_OK(v->finite(n, a));
}

static void test_reductions(void)
{
    FOR_SETS
    {
        for (size_t n = 0; n <= N_MAX; n++)
            check_sums(n, random_row(edge(n), n, 3, 4), random_row(edge(n), n, 4, 4));
        check_sums(1000, random_row(edge(1000), 1000, 5, 4), random_row(edge(1000), 1000, 6, 4));
    }
}

/* The same numbers at sixteen addresses give the same bits. */
static void test_alignment(void)
{
    float room[N_MAX + 16], x[N_MAX], y[N_MAX], other[N_MAX];
    random_row(x, N_MAX, 8, 4);
    FOR_SETS
    for (size_t n = 1; n <= N_MAX; n++)
        for (size_t shift = 0; shift < 16; shift++) {
            float *at = memcpy(room + shift, x, n * sizeof(float));
            float sum = v->sum(n, at), want = v->sum(n, x);
            TAP_MEM(&sum, &want, sizeof(sum));
            sum = v->dot(n, at, x), want = v->dot(n, x, x);
            TAP_MEM(&sum, &want, sizeof(sum));
            v->softmax(n, at, y);
            v->softmax(n, x, other);
            TAP_MEM(y, other, n * sizeof(float));
        }
}

static void test_max_of_odd_numbers(void)
{
    float x[N_MAX];
    FOR_SETS
    for (size_t n = 1; n <= N_MAX; n++)
        for (size_t at = 0; at < n; at++) {
            v->fill(n, -3, x);
            TAP_I64(v->argmax(n, x), 0);
            x[at] = NAN;
            TAP_OK(!v->finite(n, x));
            TAP_OK(v->max(n, x) == (n == 1 ? -INFINITY : -3));
            TAP_I64(v->argmax(n, x), n > 1 && at == 0 ? 1 : 0);
            x[at] = INFINITY;
            TAP_OK(!v->finite(n, x));
            x[n - 1] = INFINITY;
            TAP_I64(v->argmax(n, x), at);
            v->fill(n, -INFINITY, x);
            TAP_I64(v->argmax(n, x), 0);
            x[at] = -FLT_MAX;
            TAP_I64(v->argmax(n, x), at);
        }
}

/* --- softmax and cross-entropy --- */

static double log_sum_exp(size_t n, const float *x)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += exp((double)x[i]);
    return log(sum);
}

static void check_softmax(size_t n, const float *x)
{
    float *y = edge(n), *z = edge(n), *dy = random_row(edge(n), n, 11, 2), *dx = edge(n);
    double lse = log_sum_exp(n, x), sum = 0;
    v->softmax(n, x, y);
    TAP_NEAR(v->log_softmax(n, x, z), lse, 2e-6 * (1 + fabs(lse)));
    for (size_t i = 0; i < n; i++) {
        TAP_NEAR(y[i], exp((double)x[i] - lse), 1e-6);
        TAP_NEAR(z[i], (double)x[i] - lse, 4e-6);
        sum += (double)y[i] * (double)dy[i];
    }
    v->fill(n, 2, dx);
    v->softmax_grad(n, y, dy, dx);
    for (size_t i = 0; i < n; i++)
        TAP_NEAR(dx[i], 2 + (double)y[i] * ((double)dy[i] - sum), 1e-6);
}

static void test_softmax(void)
{
    FOR_SETS
    {
        for (size_t n = 1; n <= N_MAX; n++)
            check_softmax(n, random_row(edge(n), n, 10, 20));
        check_softmax(8000, random_row(edge(8000), 8000, 12, 20));
        float y[3] = {5, 5, 5}, x[] = {-INFINITY, -INFINITY, -INFINITY};
        v->softmax(0, x, y);
        TAP_OK(y[0] == 5);
        v->softmax(3, x, y);
        TAP_OK(y[0] == 0 && y[1] == 0 && y[2] == 0);
        TAP_OK(v->log_softmax(3, x, y) == -INFINITY);
        TAP_OK(y[0] == -INFINITY && y[2] == -INFINITY);
        float huge[] = {1e4f, 1e4f, -INFINITY};
        v->softmax(3, huge, y);
        TAP_OK(y[0] == 0.5f && y[1] == 0.5f && y[2] == 0);
    }
}

static void test_log_add(void)
{
    FOR_SETS
    {
        for (size_t n = 1; n <= N_MAX; n++) {
            float *x = random_row(edge(n), n, 14, 20), *y = random_row(edge(n), n, 15, 20);
            float *z = edge(n), *again = edge(n);
            memcpy(z, y, n * sizeof(float));
            memcpy(again, x, n * sizeof(float));
            kernels->log_add(n, x, z);
            kernels->log_add(n, y, again);
            TAP_MEM(again, z, n * sizeof(float));
            for (size_t i = 0; i < n; i++) {
                double a = (double)x[i], b = (double)y[i], most = fmax(a, b);
                TAP_NEAR(z[i], most + log1p(exp(fmin(a, b) - most)), 3e-6);
            }
        }
        float a[] = {-INFINITY, -INFINITY, -3, 0, NAN, -1},
              b[] = {-INFINITY, -3, -INFINITY, -200, -1, NAN};
        kernels->log_add(6, a, b);
        TAP_OK(b[0] == -INFINITY && b[1] == -3 && b[2] == -3 && fabs((double)b[3]) < 1e-30);
        TAP_OK(isnan(b[4]) && isnan(b[5]));
    }
}

/* Of blocks, and NaN as soon as one is none, wherever it stands; minus infinity is one as others are. */
static void test_tops(void)
{
    FOR_SETS
    {
        for (size_t n = 1; n <= 3 * HEED_TOPS; n += n < N_MAX ? 1 : 7) {
            float *x = random_row(edge(n), n, 16, 20), tops[3];
            x[n / 2] = -INFINITY;
            TAP_OK(kernels->tops(n, x, tops) == v->max(n, x));
            for (size_t i = 0; i < n; i += HEED_TOPS)
                TAP_OK(tops[i / HEED_TOPS] == v->max(HEED_MIN(n - i, HEED_TOPS), x + i));
            x[n - 1] = n & 1 ? NAN : INFINITY;
            TAP_OK(isnan(kernels->tops(n, x, tops)));
            for (size_t i = 0; i < n; i++)
                x[i] = -INFINITY;
            TAP_OK(kernels->tops(n, x, tops) == -INFINITY &&
                   tops[(n - 1) / HEED_TOPS] == -INFINITY);
        }
    }
}

static void check_cross_entropy(size_t n, size_t target, float smoothing)
{
    float *x = random_row(edge(n), n, 20, 10), *g = edge(n), plain;
    double lse = log_sum_exp(n, x), each = (double)smoothing / (double)n, want = 0;
    memcpy(g, x, n * sizeof(float));
    float loss = kernels->cross_entropy(n, g, target, smoothing, 0.5f, NULL, &plain);
    float *again = edge(n), *db = random_row(edge(n), n, 21, 1), *sum = edge(n), other;
    memcpy(again, x, n * sizeof(float));
    v->add(n, db, g, sum);
    TAP_OK(kernels->cross_entropy(n, again, target, smoothing, 0.5f, db, &other) == loss);
    TAP_OK(other == plain);
    TAP_MEM(again, g, n * sizeof(float));
    TAP_MEM(db, sum, n * sizeof(float));
    for (size_t i = 0; i < n; i++) {
        double wanted = each + (i == target ? 1 - (double)smoothing : 0);
        want += wanted * (lse - (double)x[i]);
        TAP_NEAR(g[i], 0.5 * (exp((double)x[i] - lse) - wanted), 1e-6);
    }
    TAP_NEAR(plain, lse - (double)x[target], 4e-6);
    TAP_NEAR(loss, want, 1e-5);
}

static void test_cross_entropy(void)
{
    FOR_SETS
    {
        for (size_t n = 1; n <= N_MAX; n++)
            for (size_t target = 0; target < n; target += 1 + n / 5) {
                check_cross_entropy(n, target, 0);
                check_cross_entropy(n, target, 0.1f);
            }
        check_cross_entropy(8000, 4321, 0);
        check_cross_entropy(8000, 7999, 0.1f);
    }
}

static void test_cross_entropy_of_infinities(void)
{
    FOR_SETS
    {
        float plain, x[] = {1, -INFINITY, 2};
        TAP_NEAR(kernels->cross_entropy(3, x, 2, 0, 1, NULL, &plain), log(1 + exp(-1)), 1e-6);
        TAP_OK(x[1] == 0 && v->finite(3, x));
        float y[] = {1, -INFINITY, 2};
        TAP_OK(kernels->cross_entropy(3, y, 1, 0.1f, 1, NULL, &plain) == INFINITY &&
               plain == INFINITY);
        TAP_OK(v->finite(3, y));
        float z[] = {-INFINITY, -INFINITY};
        TAP_OK(kernels->cross_entropy(2, z, 1, 0.1f, 1, NULL, &plain) == INFINITY &&
               v->finite(2, z));
        float w[] = {1, NAN, 2};
        TAP_OK(isnan(kernels->cross_entropy(3, w, 0, 0, 1, NULL, &plain)) && isnan(plain));
    }
}

/* --- additive attention --- */

static void check_energy(size_t n)
{
    float *q = random_row(edge(n), n, 30, 4), *k = random_row(edge(n), n, 31, 4);
    float *w = random_row(edge(n), n, 32, 2), *dq = edge(n), *dk = edge(n), *dw = edge(n);
    double sum = 0;
    v->fill(n, 1, dq);
    v->fill(n, 2, dk);
    v->fill(n, 3, dw);
    v->tanh_energy_grad(n, q, k, w, 0.7f, dq, dk, dw);
    for (size_t i = 0; i < n; i++) {
        double u = tanh((double)(q[i] + k[i])), s = 0.7 * (double)w[i] * (1 - u * u);
        sum += (double)w[i] * u;
        TAP_NEAR(dq[i], 1 + s, 2e-6);
        TAP_NEAR(dk[i], 2 + s, 2e-6);
        TAP_NEAR(dw[i], 3 + 0.7 * u, 2e-6);
    }
    TAP_NEAR(v->tanh_energy(n, q, k, w), sum, 1e-5);
}

static void test_tanh_energy(void)
{
    FOR_SETS
    for (size_t n = 0; n <= N_MAX; n++)
        check_energy(n);
}

/* --- cells --- */

/* What a gradient is added to: i. */
static float *counted(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (float)i;
    return x;
}

static void check_gru(size_t n)
{
    float *x = random_row(edge(3 * n), 3 * n, 40, 4), *hg = random_row(edge(3 * n), 3 * n, 41, 4);
    float *h = random_row(edge(n), n, 42, 2), *gates = edge(3 * n), *y = edge(n);
    double dy[N_MAX];
    v->gru(n, x, hg, h, gates, y);
    for (size_t i = 0; i < n; i++) {
        double r = sigmoid((double)x[i] + (double)hg[i]);
        double z = sigmoid((double)x[n + i] + (double)hg[n + i]);
        double c = tanh((double)x[2 * n + i] + r * (double)hg[2 * n + i]);
        TAP_NEAR(gates[i], r, 1e-6);
        TAP_NEAR(gates[n + i], z, 1e-6);
        TAP_NEAR(gates[2 * n + i], c, 1e-6);
        TAP_NEAR(y[i], c + z * ((double)h[i] - c), 1e-6);
        dy[i] = (double)(y[i] = (float)i * 0.01f - 0.3f);
    }
    float *dx = counted(edge(3 * n), 3 * n), *dhg = counted(edge(3 * n), 3 * n);
    float *dh = counted(edge(n), n);
    v->gru_grad(n, gates, hg, h, y, dx, dhg, dh);
    for (size_t i = 0; i < n; i++) {
        double r = (double)gates[i], z = (double)gates[n + i], c = (double)gates[2 * n + i];
        double dc = dy[i] * (1 - z) * (1 - c * c), dz = dy[i] * ((double)h[i] - c) * z * (1 - z);
        double dr = dc * (double)hg[2 * n + i] * r * (1 - r), at = (double)i, m = (double)n;
        TAP_NEAR(dx[i], at + dr, 2e-5);
        TAP_NEAR(dx[n + i], at + m + dz, 2e-5);
        TAP_NEAR(dx[2 * n + i], at + 2 * m + dc, 2e-5);
        TAP_NEAR(dhg[i], at + dr, 2e-5);
        TAP_NEAR(dhg[n + i], at + m + dz, 2e-5);
        TAP_NEAR(dhg[2 * n + i], at + 2 * m + dc * r, 2e-5);
        TAP_NEAR(dh[i], at + dy[i] * z, 2e-5);
    }
}

static void check_lstm(size_t n)
{
    float *x = random_row(edge(4 * n), 4 * n, 50, 4), *hg = random_row(edge(4 * n), 4 * n, 51, 4);
    float *c = random_row(edge(n), n, 52, 2), *gates = edge(5 * n), *y = edge(n), *next = edge(n);
    v->lstm(n, x, hg, c, gates, y, next);
    for (size_t i = 0; i < n; i++) {
        double part[4];
        for (size_t k = 0; k < 4; k++) {
            double in = (double)x[k * n + i] + (double)hg[k * n + i];
            part[k] = k == 2 ? tanh(in) : sigmoid(in);
            TAP_NEAR(gates[k * n + i], part[k], 1e-6);
        }
        double sum = part[1] * (double)c[i] + part[0] * part[2];
        TAP_NEAR(next[i], sum, 1e-6);
        TAP_NEAR(gates[4 * n + i], tanh(sum), 1e-6);
        TAP_NEAR(y[i], part[3] * tanh(sum), 1e-6);
    }
    float *dy = counted(y, n), *dnext = counted(next, n), *dx = counted(edge(4 * n), 4 * n);
    float *dhg = counted(edge(4 * n), 4 * n), dc[N_MAX];
    counted(dc, n);
    v->lstm_grad(n, gates, c, dy, dnext, dx, dhg, dc);
    for (size_t i = 0; i < n; i++) {
        double in = (double)gates[i], f = (double)gates[n + i], g = (double)gates[2 * n + i];
        double o = (double)gates[3 * n + i], at = (double)i, t = (double)gates[4 * n + i];
        double d = at + at * o * (1 - t * t);
        double want[] = {d * g * in * (1 - in), d * (double)c[i] * f * (1 - f),
                         d * in * (1 - g * g), at * t * o * (1 - o)};
        for (size_t k = 0; k < 4; k++) {
            TAP_NEAR(dx[k * n + i], (double)(k * n + i) + want[k], 1e-4);
            TAP_NEAR(dhg[k * n + i], (double)(k * n + i) + want[k], 1e-4);
        }
        TAP_NEAR(dc[i], at + d * f, 1e-4);
    }
}

static void test_cells(void)
{
    FOR_SETS
    for (size_t n = 0; n <= N_MAX; n++) {
        check_gru(n);
        check_lstm(n);
    }
}

/* --- blocks --- */

static void check_norm(size_t n, bool centre)
{
    float *x = random_row(edge(n), n, 60, 4), *gain = random_row(edge(n), n, 61, 4), *y = edge(n);
    float *bias = random_row(edge(n), n, 62, 4), *dy = random_row(edge(n), n, 63, 2), stats[2];
    double mean = 0, square = 0, N = (double)n, g_mean = 0, both = 0;
    for (size_t i = 0; i < n; i++)
        mean += centre ? (double)x[i] / N : 0;
    for (size_t i = 0; i < n; i++)
        square += ((double)x[i] - mean) * ((double)x[i] - mean) / N;
    double rstd = 1 / sqrt(square + 0.01);
    kernels->norm(n, x, gain, centre ? bias : NULL, centre, 0.01f, y, stats);
    TAP_NEAR(stats[0], mean, 1e-6);
    TAP_NEAR(stats[1], rstd, 1e-5 * rstd);
    for (size_t i = 0; i < n; i++) {
        double unit = ((double)x[i] - mean) * rstd, g = (double)dy[i] * (double)gain[i];
        TAP_NEAR(y[i], unit * (double)gain[i] + (centre ? (double)bias[i] : 0), 1e-5);
        g_mean += centre ? g / N : 0;
        both += g * unit / N;
    }
    float *dx = counted(edge(n), n), *dgain = counted(edge(n), n), *dbias = counted(edge(n), n);
    kernels->norm_grad(n, x, gain, centre, stats, dy, dx, dgain, dbias);
    for (size_t i = 0; i < n; i++) {
        double unit = ((double)x[i] - mean) * rstd, g = (double)dy[i] * (double)gain[i];
        TAP_NEAR(dx[i], (double)i + rstd * (g - g_mean - unit * both), 4e-5);
        TAP_NEAR(dgain[i], (double)i + (double)dy[i] * unit, 2e-5);
        TAP_NEAR(dbias[i], (double)i + (double)dy[i], 2e-5);
    }
}

static void check_gates(size_t n)
{
    float *a = random_row(edge(n), n, 64, 8), *b = random_row(edge(n), n, 65, 4), *y = edge(n);
    float *dy = random_row(edge(n), n, 66, 2), *da = counted(edge(n), n), *db = counted(edge(n), n);
    kernels->swiglu(n, a, b, y);
    kernels->swiglu_grad(n, a, b, dy, da, db);
    for (size_t i = 0; i < n; i++) {
        double s = sigmoid((double)a[i]), silu = (double)a[i] * s, d = (double)dy[i];
        TAP_NEAR(y[i], silu * (double)b[i], 1e-5);
        TAP_NEAR(da[i], (double)i + d * (double)b[i] * (s + silu * (1 - s)), 2e-5);
        TAP_NEAR(db[i], (double)i + d * silu, 2e-5);
    }
    kernels->gelu(n, a, y);
    kernels->gelu_grad(n, a, dy, counted(da, n));
    for (size_t i = 0; i < n; i++) {
        double x = (double)a[i], c = sqrt(2 / 3.14159265358979),
               t = tanh(c * (x + 0.044715 * x * x * x));
        double slope = 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * c * (1 + 3 * 0.044715 * x * x);
        TAP_NEAR(y[i], 0.5 * x * (1 + t), 2e-6);
        TAP_NEAR(da[i], (double)i + (double)dy[i] * slope, 2e-5);
    }
}

static void test_blocks(void)
{
    FOR_SETS
    for (size_t n = 1; n <= N_MAX; n++) {
        check_norm(n, true);
        check_norm(n, false);
        check_gates(n);
    }
}

/* --- dropout --- */

static uint32_t hash32(uint64_t key, uint32_t i)
{
    uint32_t h = i * 0x9e3779b9u + (uint32_t)key;
    h = (h ^ h >> 16) * 0x7feb352du;
    h ^= (uint32_t)(key >> 32);
    h = (h ^ h >> 16) * 0x7feb352du;
    return (h ^ h >> 15) * 0x846ca68bu;
}

static void test_dropout(void)
{
    uint64_t key = heed_counter_key(1, 2, 3, 4, 5);
    FOR_SETS
    for (size_t n = 0; n <= N_MAX; n++) {
        float *x = random_row(edge(n), n, 40, 2), *y = edge(n), *z = edge(n);
        kernels->dropout(n, key, 0.3f, false, x, y);
        v->fill(n, 1, z);
        kernels->dropout(n, key, 0.3f, true, x, z);
        for (size_t i = 0; i < n; i++) {
            bool kept = hash32(key, (uint32_t)i) >= (uint32_t)((double)0.3f * 4294967296.0);
            TAP_OK(y[i] == (kept ? x[i] * (1 / (1 - 0.3f)) : 0));
            TAP_OK(z[i] == 1 + y[i]);
        }
        kernels->dropout(n, key, 0, false, x, y);
        TAP_MEM(y, x, n * sizeof(float));
    }
}

/* The share of units kept, and of pairs kept in neighbouring rows and units, and under keys that
 * differ in one bit. */
static void test_dropout_is_even(void)
{
    enum { N = 4096, ROWS = 64 };
    static float ones[N], y[ROWS][N];
    kernels = heed_kernels(); /* the last one asked for may be none of this CPU */
    v = heed_vec();
    v->fill(N, 1, ones);
    double kept = 0, rows = 0, units = 0;
    for (uint64_t r = 0; r < ROWS; r++)
        kernels->dropout(N, heed_counter_key(9, 1, 2, r, 0), 0.5f, false, ones, y[r]);
    for (int r = 0; r < ROWS; r++)
        for (int i = 0; i < N; i++) {
            kept += y[r][i] != 0;
            rows += y[r][i] != 0 && y[(r + 1) % ROWS][i] != 0;
            units += y[r][i] != 0 && y[r][(i + 1) % N] != 0;
        }
    TAP_NEAR(kept / (N * ROWS), 0.5, 0.005);
    TAP_NEAR(rows / (N * ROWS), 0.25, 0.005);
    TAP_NEAR(units / (N * ROWS), 0.25, 0.005);
    for (int bit = 0; bit < 64; bit++) {
        double both = 0;
        kernels->dropout(N, 0, 0.5f, false, ones, y[0]);
        kernels->dropout(N, 1ull << bit, 0.5f, false, ones, y[1]);
        for (int i = 0; i < N; i++)
            both += y[0][i] != 0 && y[1][i] != 0;
        TAP_NEAR(both / N, 0.25, 0.04);
    }
}

/* --- Adam --- */

static void check_adam(size_t n, float decay)
{
    float *w = random_row(edge(n), n, 50, 2), *m = random_row(edge(n), n, 51, 2);
    float *s = random_row(edge(n), n, 52, 2), *g = random_row(edge(n), n, 53, 2);
    double w2[N_MAX], m2[N_MAX], s2[N_MAX];
    for (size_t i = 0; i < n; i++) {
        double gi = (double)g[i] * 0.5;
        s[i] *= s[i];
        m2[i] = 0.9 * (double)m[i] + 0.1 * gi;
        s2[i] = 0.99 * (double)s[i] + 0.01 * gi * gi;
        w2[i] = (double)w[i] - (double)decay * (double)w[i] - 0.01 * m2[i] / (sqrt(s2[i]) + 1e-3);
    }
    kernels->adam(n, w, m, s, g, 0.5f, 0.01f, 0.9f, 0.99f, 1e-3f, decay);
    for (size_t i = 0; i < n; i++) {
        TAP_NEAR(w[i], w2[i], 1e-6);
        TAP_NEAR(m[i], m2[i], 1e-6);
        TAP_NEAR(s[i], s2[i], 1e-6);
    }
}

static void test_adam(void)
{
    FOR_SETS
    for (size_t n = 0; n <= N_MAX; n++) {
        check_adam(n, 0);
        check_adam(n, 0.1f);
    }
}

/* --- choice --- */

static void test_selection(void)
{
    struct heed_err err = {0};
    TAP_FAILS(heed_vec_select("neon", &err), &err, "kernel set 'neon' is not known");
    FOR_SETS
    {
        TAP_DONE(heed_vec_select(v->name, &err), &err);
        TAP_STR(heed_vec()->name, names[set_]);
        TAP_I64(v->size, sizeof(*v));
    }
    for (size_t i = 0; i < HEED_COUNT(names); i++)
        if (!heed_kernels_by_name(names[i]))
            TAP_OK(heed_vec_select(names[i], &err) < 0 && strstr(err.text, names[i]));
    TAP_DONE(heed_vec_select("auto", &err), &err);
    TAP_DONE(heed_vec_select(NULL, &err), &err);
    TAP_OK(heed_vec_peak_gflops() > 0.5);
    TAP_OK(heed_vec_peak_gflops() == heed_vec_peak_gflops());
}

int main(void)
{
    TAP_RUN(test_accuracy);
    TAP_RUN(test_special_values);
    TAP_RUN(test_unary_tails);
    TAP_RUN(test_binary_tails);
    TAP_RUN(test_reductions);
    TAP_RUN(test_alignment);
    TAP_RUN(test_max_of_odd_numbers);
    TAP_RUN(test_softmax);
    TAP_RUN(test_log_add);
    TAP_RUN(test_tops);
    TAP_RUN(test_cross_entropy);
    TAP_RUN(test_cross_entropy_of_infinities);
    TAP_RUN(test_tanh_energy);
    TAP_RUN(test_cells);
    TAP_RUN(test_blocks);
    TAP_RUN(test_dropout);
    TAP_RUN(test_dropout_is_even);
    TAP_RUN(test_adam);
    TAP_RUN(test_selection);
    return tap_end();
}
