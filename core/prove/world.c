/* world.c: what the checks of every kind stand on: the child's lines to the parent, a setting for
 * one property, numbers and comparisons. */
#include <math.h>
#include <string.h>
#include <unistd.h>
#include "base/rng.h"
#include "prove/parts.h"
#include "tensor/grads.h"

#define ARENA ((size_t)1 << 28)

void heed_check_tell(struct check *c, char mark, const char *text)
{
    struct heed_str line = {0};
    heed_str_printf(&line, "%c%s\n", mark, text);
    if (write(c->fd, line.data, line.len) != (ssize_t)line.len)
        _exit(HEED_FAILED);
    heed_str_release(&line);
}

void heed_check_try(struct check *c, const char *property, check_fn *fn)
{
    struct heed_err err = {0};
    heed_check_tell(c, '>', property);
    if (fn(c, &err) < 0)
        heed_check_tell(c, '-', err.text);
    else
        heed_check_tell(c, '+', "");
}

/* --- a setting --- */

/* Zeros and ones too become what training would make of them: a parameter that begins at zero hides
 * whose it is. */
static void move_parameters(struct heed_params *params)
{
    for (size_t i = 0; i < params->n; i++) {
        struct heed_tensor *x = &params->items[i]->value;
        struct heed_rng rng;
        uint64_t name = 0;
        for (const char *c = params->items[i]->name; *c; c++)
            name = heed_mix64(name ^ (unsigned char)*c);
        heed_rng_seed(&rng, 78, name);
        for (int64_t k = 0; k < heed_elements(x); k++)
            x->data[k] += 0.1f * (float)heed_rng_normal(&rng);
    }
}

static int open_layer(struct check_world *w, struct check *c, const struct heed_setup *place,
                      struct heed_err *err)
{
    struct heed_str prefix = {0};
    struct heed_setup setup = *place;
    setup.size = sizeof(setup);
    setup.params = &w->params;
    heed_str_printf(&prefix, "%s.%d", w->plugin->name, setup.layer);
    setup.prefix = prefix.data;
    int failed = heed_layer_open(&w->layer[w->n_layers], &c->in, &setup, err);
    heed_str_release(&prefix);
    w->n_layers += !failed;
    return failed;
}

int heed_check_world_open(struct check_world *w, struct check *c, const struct heed_setup *places,
                          int n, struct heed_err *err)
{
    memset(w, 0, sizeof(*w));
    w->plugin = c->in.plugin;
    heed_arena_init(&w->model, "model", ARENA);
    heed_arena_init(&w->step, "step", ARENA);
    heed_params_init(&w->params, &w->model);
    heed_tape_init(&w->tape, &w->step, &w->params);
    heed_tape_guard(&w->tape);
    for (int i = 0; i < n; i++) {
        if (open_layer(w, c, &places[i], err) == 0)
            continue;
        heed_check_world_close(w);
        return -1;
    }
    heed_params_fill(&w->params, 1);
    move_parameters(&w->params);
    heed_params_train(&w->params, 1);
    return 0;
}

void heed_check_world_close(struct check_world *w)
{
    for (int i = 0; i < w->n_layers; i++)
        heed_layer_close(&w->layer[i]);
    heed_tape_release(&w->tape);
    heed_params_release(&w->params);
    heed_arena_free(&w->model);
    heed_arena_free(&w->step);
}

int heed_check_world_end(struct check_world *w, struct heed_err *err)
{
    if (heed_tape_failed(&w->tape, err))
        return -1;
    return heed_tape_guard_check(&w->tape, err);
}

/* --- two layers --- */

/* What `layer` gives in a world of those of the two places whose bit is set in `present`. */
static int run_beside(struct check *c, const struct heed_setup *places, int present, int layer,
                      heed_check_layer_fn *run, float **out, int64_t *n, struct heed_err *err)
{
    struct heed_setup there[CHECK_LAYERS];
    struct check_world w;
    int n_there = 0, at = 0;
    for (int i = 0; i < CHECK_LAYERS; i++) {
        if (i == layer)
            at = n_there;
        if (present & 1 << i)
            there[n_there++] = places[i];
    }
    if (heed_check_world_open(&w, c, there, n_there, err) < 0)
        return -1;
    int failed = run(&w, at, layer, out, n, err);
    heed_check_world_close(&w);
    return failed;
}

int heed_check_layers(struct check *c, const struct heed_setup *places, heed_check_layer_fn *run,
                      struct heed_err *err)
{
    int failed = 0;
    for (int layer = 0; layer < CHECK_LAYERS && !failed; layer++) {
        float *alone = NULL, *beside = NULL;
        int64_t n = 0;
        failed = run_beside(c, places, 1 << layer, layer, run, &alone, &n, err);
        if (!failed)
            failed = run_beside(c, places, 3, layer, run, &beside, &n, err);
        if (!failed)
            failed = heed_check_equal("results", beside, alone, n,
                                      "it changes with the layers beside it", err);
        free(alone);
        free(beside);
    }
    return failed;
}

/* --- numbers and comparisons --- */

float *heed_check_numbers(int64_t n, uint64_t seed)
{
    struct heed_rng rng;
    float *x = heed_xcalloc((size_t)n + 1, sizeof(*x));
    heed_rng_seed(&rng, seed, 77);
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)heed_rng_normal(&rng);
    return x;
}

int heed_check_finite(const char *what, const float *x, int64_t n, struct heed_err *err)
{
    for (int64_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return heed_fail(err, "%s: number %lld of %lld is %s", what, (long long)i, (long long)n,
                             isnan(x[i]) ? "NaN, or was never written" : "infinite");
    return 0;
}

int heed_check_equal(const char *what, const float *now_, const float *before, int64_t n,
                     const char *why, struct heed_err *err)
{
    for (int64_t i = 0; i < n; i++)
        if (memcmp(&now_[i], &before[i], sizeof(float)))
            return heed_fail(err, "%s: number %lld is %.9g, was %.9g: %s", what, (long long)i,
                             (double)now_[i], (double)before[i], why);
    return 0;
}

int heed_check_shape(const char *what, const struct heed_tensor *x, int rank, const int64_t *dims,
                     struct heed_err *err)
{
    struct heed_str want = {0}, got = {0};
    bool good = x && x->rank == rank;
    for (int i = 0; i < rank; i++) {
        good = good && x->dims[i] == dims[i];
        heed_str_printf(&want, "%s%lld", i ? "x" : "", (long long)dims[i]);
    }
    for (int i = 0; x && i < x->rank; i++)
        heed_str_printf(&got, "%s%lld", i ? "x" : "", (long long)x->dims[i]);
    if (!good)
        heed_fail(err, "%s: shape %s, want %s", what, x ? got.data : "of nothing (NULL)",
                  want.data);
    heed_str_release(&want);
    heed_str_release(&got);
    return good ? 0 : -1;
}
