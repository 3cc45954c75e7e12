/* test_attention.c: attention in blocks is attention: context and every gradient are those of weights that are kept, for any
 * score, mask and dropout; a source alone gets the bits that it gets among others. */
#include "base/rng.h"
#include "net/attention.h"
#include "tensor/grads.h"
#include "tests/tap.h"
#include "tests/tape_make.h"

enum { B = 3, G = 2, D = 6 };

struct fixture {
    struct heed_instance in;
    struct heed_layer score;
};

static struct heed_err err;

static int open_score(struct fixture *f, const char *spec)
{
    make_params();
    if (heed_instance_open(&f->in, HEED_KIND_SCORE, spec, false, heed_host_table(), &err) ||
        heed_score_open(&f->score, &f->in, &params, "score", D, D, G, &err))
        return -1;
    heed_params_fill(&params, 5);
    heed_params_train(&params, 1);
    return 0;
}

static void close_score(struct fixture *f)
{
    heed_layer_close(&f->score);
    heed_instance_close(&f->in);
    drop_params();
}

static float *numbers(int64_t n, uint64_t seed)
{
    float *x = malloc(sizeof *x * (size_t)(n + 1));
    struct heed_rng rng;
    heed_rng_seed(&rng, seed, 1);
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)heed_rng_normal(&rng);
    return x;
}

static float *copy(const float *x, int64_t n)
{
    return memcpy(malloc(sizeof *x * (size_t)(n + 1)), x, sizeof *x * (size_t)n);
}

/* What is compared: context, gradients of query, keys and value, and of the score's parameters. */
struct result {
    float *part[4], *learnt;
    int64_t n[4], n_learnt;
};

static void release(struct result *r)
{
    for (int i = 0; i < 4; i++)
        free(r->part[i]);
    free(r->learnt);
}

static void take_learnt(struct result *r)
{
    r->learnt = calloc(1024, sizeof(float));
    for (size_t i = 0; i < params.n; i++) {
        const struct heed_tensor *p = &params.items[i]->value;
        memcpy(r->learnt + r->n_learnt, params.slabs[0].grad[i],
               sizeof(float) * (size_t)heed_elements(p));
        r->n_learnt += heed_elements(p);
    }
}

static void run(struct fixture *f, struct heed_attention a, bool unseen, struct result *r)
{
    int64_t q = (int64_t)a.B * G * a.Q * D, s = (int64_t)a.B * G * a.S * D;
    float *data[4] = {numbers(q, 1), numbers(s, 2), numbers(s, 3), numbers(q, 4)};
    struct heed_tape t;
    heed_tape_init(&t, &step, &params);
    t.training = true;
    heed_slab_renew(&params, 0);
    struct heed_tensor *x[3];
    for (int i = 0; i < 3; i++)
        x[i] = heed_tensor_wrap(&t, 2, (int64_t[]){(i ? s : q) / D, D}, data[i], true);
    a.G = G;
    a.query = x[0];
    a.keys = heed_score_keys(&f->score, &t, x[1]);
    a.value = x[2];
    a.by_products = true;
    a.unseen = unseen;
    struct heed_tensor *y = heed_attend(&f->score, &t, &a);
    TAP_OK((a.weights == NULL) == unseen);
    r->part[0] = copy(y->data, r->n[0] = q);
    memcpy(y->grad, data[3], sizeof(float) * (size_t)q);
    heed_tape_backward(&t);
    heed_slab_settle(&params, 0);
    for (int i = 0; i < 3; i++)
        r->part[i + 1] = copy(x[i]->grad, r->n[i + 1] = i ? s : q);
    take_learnt(r);
    TAP_OK(!heed_tape_failed(&t, &err));
    heed_tape_reset(&t);
    heed_tape_release(&t);
    for (int i = 0; i < 4; i++)
        free(data[i]);
}

static bool near(const float *a, const float *b, int64_t n)
{
    double apart = 0, size = 0;
    for (int64_t i = 0; i < n; i++) {
        apart += pow((double)a[i] - b[i], 2);
        size += pow(a[i], 2);
    }
    return isfinite(size) && sqrt(apart) <= 1e-5 * (1e-3 + sqrt(size));
}

static void same(const char *spec, struct heed_attention a)
{
    struct fixture f;
    TAP_DONE(open_score(&f, spec), &err);
    struct result kept = {0}, forgotten = {0};
    run(&f, a, false, &kept);
    run(&f, a, true, &forgotten);
    for (int i = 0; i < 4; i++)
        if (!near(kept.part[i], forgotten.part[i], kept.n[i]))
            TAP_FAIL("%s: part %d of the result is another", spec, i);
    TAP_OK(near(kept.learnt, forgotten.learnt, kept.n_learnt));
    release(&kept);
    release(&forgotten);
    close_score(&f);
}

static const char *const specs[] = {"dot:gain=off", "dot", "mlp:hidden=5", "general",
                                    "kernel:learn=on"};
static const int32_t row[B] = {7, 2, 5};

/* Many sources make a block; so do some queries of one. */
static void test_blocks(void)
{
    static const int32_t few[B] = {120, 0, 77}, many[B] = {300, 290, 1};
    for (size_t i = 0; i < HEED_COUNT(specs); i++) {
        same(specs[i], (struct heed_attention){.B = B, .Q = 110, .S = 120, .k_len = few});
        same(specs[i], (struct heed_attention){.B = 2, .Q = 290, .S = 300, .k_len = many});
    }
}

static void test_masks(void)
{
    static const int32_t len[B] = {300, 211, 3};
    static int32_t per_query[B * 300];
    for (int i = 0; i < B * 300; i++)
        per_query[i] = i * 7 % 300;
    for (size_t i = 0; i < HEED_COUNT(specs); i++)
        same(specs[i], (struct heed_attention){.B = B,
                                               .Q = 300,
                                               .S = 300,
                                               .k_len = len,
                                               .q_len = len,
                                               .causal = true,
                                               .dropout = 0.3f,
                                               .row = row});
    same("dot", (struct heed_attention){.B = B, .Q = 300, .S = 300, .k_len = len, .window = 9});
    same("dot", (struct heed_attention){
                    .B = B, .Q = 300, .S = 300, .k_len = len, .query_k_len = per_query});
}

/* The second source alone, and with another width behind its keys. */
static void test_alone(void)
{
    enum { Q = 640, S = 700, WIDE = 900 };
    static const int32_t len[] = {S, 613}, q_len[] = {Q, 600};
    struct fixture f;
    TAP_DONE(open_score(&f, "dot"), &err);
    float *query = numbers(2 * G * Q * D, 1), *keys = numbers(2 * G * S * D, 2), *got[2];
    float *wide = numbers((int64_t)G * WIDE * D, 9);
    for (int g = 0; g < G; g++)
        memcpy(wide + g * WIDE * D, keys + (G + g) * S * D, sizeof(float) * S * D);
    for (int k = 0; k < 2; k++) {
        struct heed_tape t;
        heed_tape_init(&t, &step, &params);
        int64_t n = k ? 1 : 2, width = k ? WIDE : S;
        struct heed_tensor *q = heed_tensor_wrap(&t, 2, (int64_t[]){n * G * Q, D},
                                                 query + k * G * Q * D, false),
                           *x = heed_tensor_wrap(&t, 2, (int64_t[]){n * G * width, D},
                                                 k ? wide : keys, false);
        struct heed_attention a = {.B = (int32_t)n,
                                   .Q = Q,
                                   .G = G,
                                   .S = width,
                                   .query = q,
                                   .keys = x,
                                   .value = x,
                                   .k_len = len + k,
                                   .q_len = q_len + k,
                                   .causal = true,
                                   .by_products = true,
                                   .unseen = true};
        struct heed_tensor *y = heed_attend(&f.score, &t, &a);
        got[k] = copy(y->data + (1 - k) * G * Q * D, (int64_t)G * Q * D);
        heed_tape_reset(&t);
        heed_tape_release(&t);
    }
    TAP_MEM(got[0], got[1], sizeof(float) * G * Q * D);
    free(query);
    free(keys);
    free(wide);
    free(got[0]);
    free(got[1]);
    close_score(&f);
}

int main(void)
{
    TAP_RUN(test_blocks);
    TAP_RUN(test_masks);
    TAP_RUN(test_alone);
    return tap_end();
}
