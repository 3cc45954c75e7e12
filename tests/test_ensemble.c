/* test_ensemble.c: nets of several kinds behind one scorer: what they say together, step by step, while rows move. */
#include <math.h>

#include "search/scorer.h"
#include "tests/model_make.h"
#include "tests/toy_net.h"

#define V    (MAKE_WORDS + HEED_SPECIALS)
#define MOST 3

/* Each model's own engine, and all of them as one. */
struct fixture {
    struct heed_model m[MOST], *models[MOST];
    double weights[MOST];
    struct heed_ensemble ensemble;
    struct heed_engine alone[MOST], together;
    struct heed_encoded x[MOST], all, others[MOST];
    struct heed_scorer one[MOST], many;
};

static const int32_t rows[] = {2, 0, 5};
#define N (int32_t) HEED_COUNT(rows)

static int begin(struct heed_engine *e, struct heed_encoded *x, struct heed_scorer *s)
{
    heed_arena_reset(&e->lanes.lanes[0].batch);
    return heed_scorer_begin(s, e, 0, x, true, rows, N, &err);
}

static int open_fixture(struct fixture *f, const char *const *specs, const double *weights, int n)
{
    *f = (struct fixture){.ensemble = {f->models, f->weights, n}};
    for (int i = 0; i < n; i++) {
        f->models[i] = &f->m[i];
        f->weights[i] = weights[i];
        if (make_model(&f->m[i], specs[i], 11 + (uint64_t)i))
            return -1;
        heed_engine_init(&f->alone[i], &f->m[i], 1);
        if (heed_engine_encode(&f->alone[i], MAKE_B, MAKE_S, make_src, make_src_len, &f->x[i],
                               &err) ||
            begin(&f->alone[i], &f->x[i], &f->one[i]))
            return -1;
    }
    heed_engine_init_ensemble(&f->together, &f->ensemble, 1);
    f->all = f->x[0];
    f->all.others = f->others;
    for (int i = 1; i < n; i++)
        f->others[i - 1] = f->x[i];
    return begin(&f->together, &f->all, &f->many);
}

static void close_fixture(struct fixture *f)
{
    heed_engine_release(&f->together);
    for (int i = 0; i < f->ensemble.n; i++) {
        heed_engine_release(&f->alone[i]);
        heed_model_release(&f->m[i]);
    }
}

/* One step of n rows: the log of the mean of what each gives alone, and the mean of the attention. */
static void step(struct fixture *f, const int32_t *ids, int32_t n)
{
    double want[8 * V] = {0};
    for (int i = 0; i < f->ensemble.n; i++) {
        float *logits = heed_scorer_step(&f->one[i], ids, &err);
        TAP_OK(logits != NULL);
        for (int32_t r = 0; r < n && logits; r++) {
            heed_vec()->softmax(V, logits + r * V, logits + r * V);
            for (int k = 0; k < V; k++)
                want[r * V + k] += f->weights[i] * (double)logits[r * V + k];
        }
    }
    const float *got = heed_scorer_step(&f->many, ids, &err);
    TAP_OK(got && f->many.K == V && !f->many.words);
    for (int k = 0; k < n * V && got; k++)
        TAP_NEAR(got[k], log(want[k]), 2e-5);
    const struct heed_tensor *seen = f->many.trace.weights, *first = f->one[0].trace.weights;
    TAP_OK(!seen == !first);
    for (int64_t k = 0; seen && k < heed_elements(seen); k++) {
        double sum = 0, shares = 0;
        for (int i = 0; i < f->ensemble.n; i++) {
            const struct heed_tensor *w = f->one[i].trace.weights;
            sum += w ? f->weights[i] * (double)w->data[k] : 0;
            shares += w ? f->weights[i] : 0;
        }
        TAP_NEAR(seen->data[k], sum / shares, 1e-6);
    }
}

static void move(struct fixture *f, const int32_t *from, int32_t n)
{
    for (int i = 0; i < f->ensemble.n; i++)
        heed_scorer_select(&f->one[i], from, n);
    heed_scorer_select(&f->many, from, n);
}

static void check(const char *const *specs, const double *weights, int n)
{
    static const int32_t bos[] = {HEED_BOS, HEED_BOS, HEED_BOS}, more[] = {4},
                         next[] = {5, 6, 7, 8, 9}, last[] = {9, 4, 5, 6, 7, HEED_BOS};
    static struct fixture f;
    TAP_DONE(open_fixture(&f, specs, weights, n), &err);
    step(&f, bos, 3);
    move(&f, (const int32_t[]){0, 0, 1, 2, 2}, 5); /* hypotheses of one source */
    step(&f, next, 5);
    move(&f, (const int32_t[]){1, 0, 3, 3, 4}, 5); /* one source is gone */
    for (int i = 0; i < n; i++)
        TAP_DONE(heed_scorer_add(&f.one[i], more, 1, &err), &err);
    TAP_DONE(heed_scorer_add(&f.many, more, 1, &err), &err);
    step(&f, last, 6);
    close_fixture(&f);
}

static void test_kinds(void)
{
    static const char *const both[] = {"net=toy,hidden=8", "decoder=luong,hidden=8"},
                             *const turned[] = {"decoder=luong,hidden=8", "net=toy,hidden=8"},
                             *const three[] = {"decoder=bahdanau,hidden=8,cell=lstm,layers=2",
                                               "decoder=luong-feed,hidden=6,copy=on",
                                               "decoder=luong,hidden=12,score=dot"},
                             *const heads[] = {"net=transformer,hidden=8,heads=2,layers=2",
                                               "decoder=bahdanau,hidden=8",
                                               "net=rnn-transformer,hidden=8,heads=4,layers=1"},
                             *const plain[] = {"decoder=plain,hidden=8", "net=toy,hidden=8",
                                               "decoder=plain,hidden=6"};
    check(both, (const double[]){0.5, 0.5}, 2);
    check(turned, (const double[]){0.25, 0.75}, 2);
    check(three, (const double[]){0.5, 0.3, 0.2}, 3);
    check(heads, (const double[]){0.3, 0.3, 0.4}, 3);
    check(plain, (const double[]){0.1, 0.1, 0.8}, 3);
}

/* 8 bits beside floats. */
static void test_rounded(void)
{
    static const char *const specs[] = {"decoder=luong,hidden=16", "decoder=luong,hidden=16"};
    static struct fixture f;
    static const int32_t bos[] = {HEED_BOS, HEED_BOS, HEED_BOS};
    TAP_DONE(open_fixture(&f, specs, (const double[]){0.5, 0.5}, 2), &err);
    TAP_OK(heed_model_quantize(&f.m[1]) > 0);
    for (int i = 0; i < 2; i++)
        TAP_DONE(begin(&f.alone[i], &f.x[i], &f.one[i]), &err);
    TAP_DONE(begin(&f.together, &f.all, &f.many), &err);
    step(&f, bos, 3);
    close_fixture(&f);
}

int main(void)
{
    make_plugin_path();
    heed_net_kind_add(&toy_net);
    TAP_RUN(test_kinds);
    TAP_RUN(test_rounded);
    return tap_end();
}
