/* kernels.c: how fast the vector kernels and the products are on this core. One TSV row a figure:
 * set, kernel, shape, value, unit. Each figure is the best of several repeats, for a machine shared
 * with others. Arguments: names of kernel sets (default: the best of this CPU). Beside our own products
 * stand those of --product=PLUGIN (default: openblas), where it can be had. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "plugin/product_kind.h"
#include "tensor/bf16.h"
#include "tensor/int8.h"
#include "tensor/gemm.h"
#include "tensor/vec.h"

#define REPEATS 15
#define SLICE   0.004 /* seconds of one repeat */

static float *numbers(size_t n)
{
    float *x = heed_xmalloc(n * sizeof(float));
    uint32_t state = 1;
    for (size_t i = 0; i < n; i++) {
        state = state * 1664525u + 1013904223u;
        x[i] = (float)(state >> 8) * 0x1p-24f - 0.5f;
    }
    return x;
}

/* The best time of one call of work(arg). */
static double best_time(void (*work)(void *), void *arg)
{
    double best = 1e9;
    work(arg);
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        double start = heed_seconds(), took;
        int64_t calls = 0;
        do {
            work(arg);
            calls++;
            took = heed_seconds() - start;
        } while (took < SLICE);
        best = HEED_MIN(best, took / (double)calls);
    }
    return best;
}

static void row(const char *kernel, const char *shape, double value, const char *unit)
{
    printf("%s\t%s\t%s\t%.4g\t%s\n", heed_vec()->name, kernel, shape, value, unit);
    fflush(stdout);
}

/* --- products --- */

struct product {
    int64_t m, n, k;
    float *x, *w, *packed, *y, *scratch;
    uint32_t *halves, *half_scratch;
    int8_t *whole;
    void *whole_packed, *whole_scratch;
};

static bool has_library;

static void run_library(void *arg)
{
    struct product *p = arg;
    heed_gemm(false, false, p->m, p->n, p->k, p->x, p->k, p->w, p->n, false, p->y, p->n);
}

static void run_packed(void *arg)
{
    struct product *p = arg;
    heed_kernels()->packed_gemm(p->m, p->n, p->k, p->x, p->k, p->packed, NULL, false, p->y, p->n);
}

/* The same numbers the other way round: dw [k,n] += x^T·y, over m rows. */
static void run_library_grad(void *arg)
{
    struct product *p = arg;
    heed_gemm(true, false, p->k, p->n, p->m, p->x, p->k, p->y, p->n, true, p->w, p->n);
}

static void run_grad(void *arg)
{
    struct product *p = arg;
    heed_kernels()->grad_gemm(p->k, p->n, p->m, p->x, p->k, p->y, p->n, false, p->w, p->n,
                              p->scratch);
}

static void run_pack_t(void *arg)
{
    struct product *p = arg;
    heed_pack_t(p->n, p->k, p->w, p->n, p->packed);
}

static void run_pack(void *arg)
{
    struct product *p = arg;
    heed_pack(p->k, p->n, p->w, p->n, p->packed);
}

static void run_bf16(void *arg)
{
    struct product *p = arg;
    heed_bf16()->packed_gemm(p->m, p->n, p->k, p->x, p->k, p->halves, NULL, false, p->y, p->n,
                             p->half_scratch);
}

static void run_bf16_grad(void *arg)
{
    struct product *p = arg;
    heed_bf16()->grad_gemm(p->k, p->n, p->m, p->x, p->k, p->y, p->n, p->w, p->n, p->half_scratch);
}

static void run_bf16_pack(void *arg)
{
    struct product *p = arg;
    heed_bf16()->pack(p->k, p->n, p->w, p->n, p->halves);
}

static void run_bf16_pack_t(void *arg)
{
    struct product *p = arg;
    heed_bf16()->pack_t(p->n, p->k, p->w, p->n, p->halves);
}

static struct heed_int8_source whole_of(const struct product *p)
{
    return (struct heed_int8_source){.k = p->k, .n = p->n, .w = p->whole, .ldw = p->n};
}

static void run_int8(void *arg)
{
    struct product *p = arg;
    heed_int8()->packed_gemm(p->m, p->n, p->k, p->x, p->k, p->whole_packed, p->w, NULL, false, p->y,
                             p->n, p->whole_scratch);
}

static void run_int8_pack(void *arg)
{
    struct product *p = arg;
    struct heed_int8_source from = whole_of(p);
    heed_int8()->pack(&from, p->whole_packed);
}

static void run_int8_pack_t(void *arg)
{
    struct product *p = arg;
    struct heed_int8_source from = whole_of(p);
    from.ldw = p->k;
    from.transposed = true;
    heed_int8()->pack(&from, p->whole_packed);
}

static void products(int64_t n, int64_t k)
{
    static const int64_t rows[] = {1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256};
    int64_t most = rows[HEED_COUNT(rows) - 1];
    struct product p = {.n = n, .k = k, .x = numbers((size_t)(most * k))};
    p.w = numbers((size_t)(n * k));
    p.y = numbers((size_t)(most * n));
    p.packed = numbers(HEED_MAX(heed_pack_size(k, n), heed_pack_size(n, k)));
    p.scratch = numbers(heed_kernels()->grad_scratch(k, n));
    size_t halves = HEED_MAX(heed_bf16_pack_size(k, n), heed_bf16_pack_size(n, k));
    p.halves = heed_xcalloc(halves, sizeof *p.halves);
    size_t half_scratch = HEED_MAX(heed_bf16_scratch(most, k), heed_bf16_grad_scratch(k, n, most));
    p.half_scratch = heed_xcalloc(half_scratch, sizeof *p.half_scratch);
    p.whole = heed_xcalloc((size_t)(n * k), sizeof *p.whole);
    p.whole_packed = heed_xcalloc(heed_int8_pack_size(k, n), 1);
    p.whole_scratch = heed_xcalloc(heed_int8_scratch(k), 1);
    double pack = best_time(run_pack, &p);
    char shape[64];
    snprintf(shape, sizeof(shape), "n=%lld k=%lld", (long long)n, (long long)k);
    row("pack", shape, pack * 1e6, "us");
    row("pack-transposed", shape, best_time(run_pack_t, &p) * 1e6, "us");
    row("pack-bf16-transposed", shape, best_time(run_bf16_pack_t, &p) * 1e6, "us");
    row("pack-bf16", shape, best_time(run_bf16_pack, &p) * 1e6, "us");
    row("pack-int8-transposed", shape, best_time(run_int8_pack_t, &p) * 1e6, "us");
    row("pack-int8", shape, best_time(run_int8_pack, &p) * 1e6, "us");
    for (size_t i = 0; i < HEED_COUNT(rows); i++) {
        p.m = rows[i];
        double flops = 2e-9 * (double)(p.m * n * k);
        snprintf(shape, sizeof(shape), "m=%lld n=%lld k=%lld", (long long)p.m, (long long)n,
                 (long long)k);
        if (has_library)
            row("gemm-library", shape, flops / best_time(run_library, &p), "GFLOP/s");
        row("gemm-packed", shape, flops / best_time(run_packed, &p), "GFLOP/s");
        row("gemm-bf16", shape, flops / best_time(run_bf16, &p), "GFLOP/s");
        row("gemm-int8", shape, flops / best_time(run_int8, &p), "GFLOP/s");
        if (p.m < 16)
            continue;
        if (has_library)
            row("grad-library", shape, flops / best_time(run_library_grad, &p), "GFLOP/s");
        row("grad-packed", shape, flops / best_time(run_grad, &p), "GFLOP/s");
        row("grad-bf16", shape, flops / best_time(run_bf16_grad, &p), "GFLOP/s");
    }
    free(p.x);
    free(p.w);
    free(p.y);
    free(p.packed);
    free(p.scratch);
    free(p.halves);
    free(p.half_scratch);
    free(p.whole);
    free(p.whole_packed);
    free(p.whole_scratch);
}

/* --- rows --- */

#define ROW 4096

static float *a, *b, *c, *d;

static void run_exp(void *arg)
{
    (void)arg;
    heed_vec()->exp(ROW, a, d);
}
static void run_tanh(void *arg)
{
    (void)arg;
    heed_vec()->tanh(ROW, a, d);
}
static void run_sigmoid(void *arg)
{
    (void)arg;
    heed_vec()->sigmoid(ROW, a, d);
}
static void run_softmax(void *arg)
{
    (void)arg;
    heed_vec()->softmax(ROW, a, d);
}
static void run_cross_entropy(void *arg)
{
    float plain;
    (void)arg;
    heed_kernels()->cross_entropy(ROW, d, 7, 0.1f, 1, d + ROW, &plain);
}
static void run_energy(void *arg)
{
    (void)arg;
    d[0] = heed_vec()->tanh_energy(ROW, a, b, c);
}
static void run_energy_grad(void *arg)
{
    (void)arg;
    heed_vec()->tanh_energy_grad(ROW, a, b, c, 1e-9f, d, d + ROW, d + 2 * ROW);
}
static void run_dropout(void *arg)
{
    (void)arg;
    heed_kernels()->dropout(ROW, 0x123456789abcdef1u, 0.2f, false, a, d);
}
static void run_dot(void *arg)
{
    (void)arg;
    d[0] = heed_vec()->dot(ROW, a, b);
}
static void run_argmax(void *arg)
{
    (void)arg;
    d[0] = (float)heed_vec()->argmax(ROW, a);
}
static void run_axpy(void *arg)
{
    (void)arg;
    heed_vec()->axpy(ROW, 1e-6f, a, d);
}

static void rows_of_numbers(void)
{
    static const struct {
        const char *name;
        void (*run)(void *);
    } kernels[] = {
        {"exp", run_exp},
        {"tanh", run_tanh},
        {"sigmoid", run_sigmoid},
        {"softmax", run_softmax},
        {"cross-entropy", run_cross_entropy},
        {"tanh-energy", run_energy},
        {"tanh-energy-grad", run_energy_grad},
        {"dropout", run_dropout},
        {"dot", run_dot},
        {"argmax", run_argmax},
        {"axpy", run_axpy},
    };
    a = numbers(ROW);
    b = numbers(ROW);
    c = numbers(ROW);
    d = numbers(3 * ROW);
    for (size_t i = 0; i < HEED_COUNT(kernels); i++)
        row(kernels[i].name, "n=4096", best_time(kernels[i].run, NULL) / ROW * 1e9, "ns/element");
    free(a);
    free(b);
    free(c);
    free(d);
}

/* --- Adam: 28 bytes move for a parameter: w, m, v read and written, g read --- */

struct moments {
    size_t n;
    float *w, *m, *v, *g;
};

static void run_adam(void *arg)
{
    struct moments *s = arg;
    heed_kernels()->adam(s->n, s->w, s->m, s->v, s->g, 1, 1e-3f, 0.9f, 0.999f, 1e-8f, 0);
}

static void adam(size_t n)
{
    struct moments s = {n, numbers(n), numbers(n), numbers(n), numbers(n)};
    for (size_t i = 0; i < n; i++)
        s.v[i] *= s.v[i];
    double took = best_time(run_adam, &s);
    char shape[32];
    snprintf(shape, sizeof(shape), "n=%zu", n);
    row("adam", shape, took / (double)n * 1e9, "ns/element");
    row("adam", shape, 28e-9 * (double)n / took, "GB/s");
    free(s.w);
    free(s.m);
    free(s.v);
    free(s.g);
}

static int bench(const char *set)
{
    struct heed_err err = {0};
    if (heed_vec_select(set, &err) < 0) {
        fprintf(stderr, "bench/kernels: %s\n", err.text);
        return -1;
    }
    row("peak", "fma", heed_vec_peak_gflops(), "GFLOP/s");
    rows_of_numbers();
    adam(4096);
    adam(4 << 20);
    products(768, 256);
    products(1536, 512);
    products(8000, 256);
    return 0;
}

/* Once a set is chosen, since that is what it is compared with. */
static void take_library(const char *spec)
{
    struct heed_err err = {0};
    has_library = heed_products_by(spec, &err) == 0 && heed_products_plugin();
    if (has_library)
        fprintf(stderr, "bench/kernels: the library is %s\n", strchr(heed_gemm_machine(), '/') + 1);
    else
        fprintf(stderr, "bench/kernels: no products of a library: %s\n",
                err.text[0] ? err.text : "heed's own were asked for");
}

int main(int argc, char **argv)
{
    const char *library = "openblas";
    if (argc > 1 && strncmp(argv[1], "--product=", 10) == 0) {
        library = argv[1] + 10;
        argv++;
        argc--;
    }
    take_library(library);
    printf("set\tkernel\tshape\tvalue\tunit\n");
    if (argc == 1)
        return bench("auto") < 0;
    for (int i = 1; i < argc; i++)
        if (bench(argv[i]) < 0)
            return 1;
    return 0;
}
