/* vec.c: chooses a kernel set by name or by what the CPU can, and measures the core's peak.
 *
 * A set is chosen once, before the first worker thread and before weights are packed (their panels
 * have the set's width). */
#include <math.h>
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tensor/vec_set.h"

struct choice {
    const char *name;
    const struct heed_vec_set *set;
    bool (*runs)(void); /* can this CPU run it */
};

static bool always(void)
{
    return true;
}

#ifdef HEED_X86
static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx512(void)
{
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#endif

/* Best first. */
static const struct choice choices[] = {
#ifdef HEED_X86
    {"avx512", &heed_vec_set_avx512, has_avx512},
    {"avx2", &heed_vec_set_avx2, has_avx2},
#endif
    {"portable", &heed_vec_set_portable, always},
};

static const struct heed_vec_set *chosen;

static const struct choice *find(const char *name)
{
    for (size_t i = 0; i < HEED_COUNT(choices); i++)
        if (!strcmp(choices[i].name, name))
            return &choices[i];
    return NULL;
}

static const struct heed_vec_set *best(void)
{
    const struct choice *c = choices;
    while (!c->runs())
        c++;
    return c->set;
}

/* $HEED_KERNELS is for tests of a whole set, and for machines on which one is not to be used. */
static const char *usual(void)
{
    const char *name = getenv("HEED_KERNELS");
    return name && *name ? name : "auto";
}

int heed_vec_select(const char *name, struct heed_err *err)
{
    const char *whose = "";
    if (!name || !strcmp(name, "auto")) {
        name = usual();
        whose = "$HEED_KERNELS: ";
    }
    if (!strcmp(name, "auto")) {
        chosen = best();
        return 0;
    }
    const struct choice *c = find(name);
    if (!c)
        return heed_usage(err,
                          "%skernel set '%s' is not known; choose auto, avx512, avx2 or portable",
                          whose, name);
    if (!c->runs())
        return heed_fail(err, "%skernel set %s: this CPU cannot run it", whose, name);
    chosen = c->set;
    return 0;
}

const char *heed_vec_best(void)
{
    return best()->kernels->vec.name;
}

const struct heed_vec_set *heed_vec_set(void)
{
    const struct choice *c;
    if (!chosen) {
        c = find(usual());
        chosen = c && c->runs() ? c->set : best();
    }
    return chosen;
}

const struct heed_kernels *heed_kernels(void)
{
    return heed_vec_set()->kernels;
}

const struct heed_vec *heed_vec(void)
{
    return &heed_kernels()->vec;
}

const struct heed_kernels *heed_kernels_by_name(const char *name)
{
    const struct choice *c = find(name);
    return c && c->runs() ? c->set->kernels : NULL;
}

/* The best of ten slices of 2 ms: a slice in which somebody else had the core does not count. */
double heed_vec_peak_gflops(void)
{
    static double peak;
    if (peak > 0)
        return peak;
    const struct heed_vec_set *set = heed_vec_set();
    int64_t rounds = 1000;
    for (int slice = 0; slice < 10;) {
        double start = heed_thread_seconds();
        set->spin(rounds); /* behind a pointer: it cannot be left out */
        double took = heed_thread_seconds() - start;
        if (took < 0.001) {
            rounds *= 2;
            continue;
        }
        double gflops = (double)rounds * set->spin_flops / took * 1e-9;
        peak = HEED_MAX(peak, gflops);
        slice++;
    }
    return peak;
}

/* Eight at once: rows of a shortlist hold many infinities, for which the kernel's answer is no. */
bool heed_scores_sound(const float *x, size_t n)
{
    int bad[8] = {0}, any = 0;
    size_t i = 0;
    if (heed_vec()->finite(n, x))
        return true;
    for (; i + 8 <= n; i += 8)
        for (size_t j = 0; j < 8; j++)
            bad[j] |= !(x[i + j] < INFINITY); /* nor is what is not a number */
    for (; i < n; i++)
        any |= !(x[i] < INFINITY);
    for (size_t j = 0; j < 8; j++)
        any |= bad[j];
    return !any;
}
