/* test_ops.c: every built-in operation against finite differences,
 * and against values worked out by hand. */
#include "base/rng.h"
#include "tensor/grads.h"
#include "prove/gradcheck.h"
#include "tests/tap.h"
#include "tests/tape_make.h"

#define TOLERANCE 2e-3

static struct heed_tensor *weight(const char *name, int rank, int64_t a, int64_t b, uint32_t flags)
{
    return heed_params_add(&params, name, rank, (int64_t[]){a, b}, HEED_INIT_UNIFORM, 0.8, flags);
}

/* Inputs uniform in ±1, away from 0 where a kink could sit. */
static void add_input(struct heed_gradcheck *check, const char *name, int rank, const int64_t *dims)
{
    struct heed_gradcheck_input *in = &check->in[check->n_in];
    struct heed_rng rng;
    int64_t n = 1;
    heed_rng_seed(&rng, 5, (uint64_t)check->n_in++);
    in->name = name;
    in->rank = rank;
    for (int i = 0; i < rank; i++)
        n *= in->dims[i] = dims[i];
    in->data = malloc(sizeof(float) * (size_t)n + 1);
    for (int64_t i = 0; i < n; i++) {
        float x = (float)(2.0 * heed_rng_uniform(&rng) - 1.0);
        in->data[i] = fabsf(x) < 0.05f ? 0.1f : x;
    }
}

typedef int build_fn(void *ctx, struct heed_tape *t, struct heed_tensor **in,
                     struct heed_tensor **out, double *extra);

/* Checks build with the inputs' dims ({0} ends) and whatever
 * parameters were added; then forgets all. */
static bool differences_agree(build_fn *build, void *ctx, int n_in, int64_t dims[][5])
{
    struct heed_gradcheck check = {
        .arena = &step, .params = &params, .build = build, .ctx = ctx, .tolerance = TOLERANCE};
    struct heed_err err = {0};
    bool good = true;
    for (int i = 0; i < n_in; i++) {
        int rank = 0;
        while (rank < 5 && dims[i][rank])
            rank++;
        add_input(&check, i ? "input 1" : "input 0", rank, dims[i]);
    }
    heed_params_fill(&params, 3);
    heed_params_train(&params, 1);
    for (uint64_t seed = 1; good && seed <= 3; seed++)
        good = heed_gradcheck_run(&check, seed, NULL, &err) == 0;
    if (!good)
        tap_diag("%s", err.text);
    for (int i = 0; i < n_in; i++)
        free(check.in[i].data);
    return good;
}

#define AGREES(build, ctx, ...)                                                                    \
    do {                                                                                           \
        int64_t dims_[][5] = {__VA_ARGS__};                                                        \
        bool good_ =                                                                               \
            differences_agree(build, ctx, (int)(sizeof(dims_) / sizeof(dims_[0])), dims_);         \
        drop_params();                                                                             \
        TAP_OK(good_);                                                                             \
    } while (0)

/* --- element-wise --- */

static int build_elementwise(void *ctx, struct heed_tape *t, struct heed_tensor **in,
                             struct heed_tensor **out, double *extra)
{
    (void)ctx, (void)extra;
    int n = 0;
    out[n++] = heed_add(t, in[0], in[1]);
    out[n++] = heed_sub(t, in[0], in[1]);
    out[n++] = heed_mul(t, in[0], in[1]);
    out[n++] = heed_scale(t, in[0], -2.5f, 0.75f);
    out[n++] = heed_tanh(t, in[1]);
    out[n++] = heed_sigmoid(t, in[1]);
    out[n++] = heed_exp(t, in[0]);
    out[n++] = heed_relu(t, in[0]);
    return n;
}
static void test_elementwise(void)
{
    make_params();
    AGREES(build_elementwise, NULL, {3, 5, 7}, {3, 5, 7});
}

static int build_gain(void *ctx, struct heed_tape *t, struct heed_tensor **in,
                      struct heed_tensor **out, double *extra)
{
    (void)ctx, (void)extra;
    out[0] = heed_gain(t, in[0], in[1]);
    return 1;
}
static void test_gain(void)
{
    make_params();
    AGREES(build_gain, NULL, {3, 5, 7}, {1});
    make_params();
    struct heed_tape tape;
    struct heed_err err = {0};
    heed_tape_init(&tape, &step, &params);
    struct heed_tensor *two = heed_tensor_zero(&tape, 1, (int64_t[]){2});
    heed_gain(&tape, two, two);
    TAP_OK(heed_tape_failed(&tape, &err));
    TAP_STR(err.text, "gain: a gain of shape 2 instead of one number");
    heed_tape_release(&tape);
    drop_params();
}

static int build_square(void *ctx, struct heed_tape *t, struct heed_tensor **in,
                        struct heed_tensor **out, double *extra)
{
    (void)ctx, (void)extra;
    out[0] = heed_mul(t, in[0], in[0]);
    out[1] = heed_add(t, out[0], in[0]);
    return 2;
}
static void test_input_used_twice(void)
{
    make_params();
    AGREES(build_square, NULL, {4, 9});
}

/* --- products --- */

struct product_ctx {
    struct heed_tensor *w, *b, *w2, *table;
    int steps;
};

static int build_linear(void *ctx, struct heed_tape *t, struct heed_tensor **in,
                        struct heed_tensor **out, double *extra)
{
    struct product_ctx *c = ctx;
    (void)extra;
    out[0] = heed_linear(t, in[0], c->w, c->b);
    out[1] = heed_linear(t, heed_tanh(t, out[0]), c->w2, c->b); /* the bias serves two products */
    out[2] = heed_linear_t(t, out[0], c->table, NULL);
    out[3] = heed_linear(t, in[0], in[1], NULL); /* weights that are no parameter */
    return 4;
}
static void linear_case(uint32_t flags)
{
    make_params();
    struct product_ctx c = {weight("w", 2, 11, 17, flags), weight("b", 1, 17, 0, 0),
                            weight("w2", 2, 17, 17, flags), weight("table", 2, 13, 17, flags), 0};
    AGREES(build_linear, &c, {2, 3, 11}, {11, 6});
}
static void test_linear(void)
{
    linear_case(0);
}
static void test_linear_reused_weights(void)
{
    linear_case(HEED_PARAM_REUSED);
}

/* A little recurrence over prefix views: the active rows shrink, as in packed sequences. */
static int build_recurrence(void *ctx, struct heed_tape *t, struct heed_tensor **in,
                            struct heed_tensor **out, double *extra)
{
    struct product_ctx *c = ctx;
    struct heed_tensor *h = in[1], *all = heed_linear(t, in[0], c->w, c->b), *rows[5];
    int64_t from = 0, n = 5;
    (void)extra;
    for (int k = 0; k < 5; k++, n--) {
        struct heed_tensor *x = heed_view_rows(t, all, from, n);
        struct heed_tensor *state = heed_linear(t, heed_view_rows(t, h, 0, n), c->w2, c->b);
        rows[k] = h = heed_tanh(t, heed_add(t, x, state));
        from += n;
    }
    out[0] = heed_stack(t, 5, rows);
    return 1;
}
static void test_recurrence_over_prefixes(void)
{
    make_params();
    struct product_ctx c = {.w = weight("w", 2, 7, 9, 0),
                            .b = weight("b", 1, 9, 0, 0),
                            .w2 = weight("u", 2, 9, 9, HEED_PARAM_REUSED)};
    AGREES(build_recurrence, &c, {15, 7}, {5, 9});
}

/* --- blocks --- */

struct norm_ctx {
    struct heed_tensor *gain, *bias;
};

static int build_norm(void *ctx, struct heed_tape *t, struct heed_tensor **in,
                      struct heed_tensor **out, double *extra)
{
    struct norm_ctx *c = ctx;
    (void)extra;
    out[0] = heed_norm(t, in[0], c->gain, c->bias);
    out[1] = heed_norm(t, in[0], c->gain, NULL); /* a gain serves two norms */
    out[2] = heed_norm(t, heed_tanh(t, out[0]), in[1], c->bias);
    return 3;
}
static void test_norm(void)
{
    make_params();
    struct norm_ctx c = {weight("gain", 1, 37, 0, 0), weight("bias", 1, 37, 0, 0)};
    AGREES(build_norm, &c, {3, 2, 37}, {37});
    make_params();
    c = (struct norm_ctx){weight("gain", 1, 2, 0, 0), weight("bias", 1, 2, 0, 0)};
    AGREES(build_norm, &c, {7, 2}, {2});
}

static int build_halves(void *ctx, struct heed_tape *t, struct heed_tensor **in,
                        struct heed_tensor **out, double *extra)
{
    (void)extra, (void)ctx;
    float turns[3 * 9];
    for (int i = 0; i < 27; i++) {
        double angle = 0.4 * (i / 9 + 1) * (i % 3 + 1);
        turns[i] = (float)(i / 3 % 3 ? (i / 3 % 3 == 1 ? sin(angle) : -sin(angle)) : cos(angle));
    }
    float *kept = memcpy(heed_tape_alloc(t, sizeof turns), turns, sizeof turns);
    struct heed_tensor *by = heed_tensor_wrap(t, 2, (int64_t[]){3, 9}, kept, false);
    out[0] = heed_swiglu(t, in[0]);
    out[1] = heed_rotate(t, in[1], by, 2, 1); /* of two rows the second stays */
    out[2] = heed_rotate(t, in[1], by, 2, 2);
    out[3] = heed_gelu(t, in[0]);
    return 4;
}
static void test_halves(void)
{
    make_params();
    AGREES(build_halves, NULL, {2, 3, 10}, {6, 6});
}

static int build_head_mean(void *ctx, struct heed_tape *t, struct heed_tensor **in,
                           struct heed_tensor **out, double *extra)
{
    (void)extra, (void)ctx;
    out[0] = heed_head_mean(t, in[0]);
    return 1;
}
static void test_head_mean(void)
{
    make_params();
    AGREES(build_head_mean, NULL, {2, 3, 4, 5});
}

/* What a row is depends on no other, on no kernel set but by rounding; values worked out by hand. */
static void test_block_values(void)
{
    float x[] = {1, 3, 5, 7, 2, 2, 2, 2}, gain[] = {1, 1, 2, 1}, bias[] = {0, 0, 0, 10};
    float turns[] = {0, 1, -1};
    struct heed_tape t;
    make_params();
    heed_tape_init(&t, &step, &params);
    struct heed_tensor *rows = heed_tensor_wrap(&t, 2, (int64_t[]){2, 4}, x, false),
                       *g = heed_tensor_wrap(&t, 1, (int64_t[]){4}, gain, false),
                       *b = heed_tensor_wrap(&t, 1, (int64_t[]){4}, bias, false),
                       *by = heed_tensor_wrap(&t, 2, (int64_t[]){1, 3}, turns, false);
    const float *layer = heed_norm(&t, rows, g, b)->data, *rms = heed_norm(&t, rows, g, NULL)->data;
    const float *gated = heed_swiglu(&t, rows)->data;
    const float *turned =
        heed_rotate(&t, heed_tensor_wrap(&t, 2, (int64_t[]){1, 2}, x, false), by, 1, 1)->data;
    double r5 = sqrt(5.0), r21 = sqrt(21.0);
    bool ok = fabs((double)layer[0] + 3 / r5) < 1e-5 && fabs((double)layer[2] - 2 / r5) < 1e-5 &&
              fabs((double)layer[3] - 10 - 3 / r5) < 1e-5 && layer[4] == 0 && layer[7] == 10;
    ok &= fabs((double)rms[0] - 1 / r21) < 1e-5 && fabs((double)rms[2] - 10 / r21) < 1e-5 &&
          fabs((double)rms[4] - 1) < 1e-5;
    ok &= fabs((double)gated[0] - 5 / (1 + exp(-1.0))) < 1e-5 &&
          fabs((double)gated[1] - 21 / (1 + exp(-3.0))) < 1e-5;
    ok &= turned[0] == -3 && turned[1] == 1; /* a quarter to the left */
    heed_tape_release(&t);
    drop_params();
    TAP_OK(ok);
}

/* Each operation names what does not fit. */
static void refused(int which, const char *want)
{
    struct heed_tape t;
    struct heed_err err = {0};
    make_params();
    heed_tape_init(&t, &step, &params);
    struct heed_tensor *x = heed_tensor_zero(&t, 2, (int64_t[]){2, 3}),
                       *w = heed_tensor_zero(&t, 1, (int64_t[]){4});
    if (which == 0)
        heed_norm(&t, x, w, NULL);
    else if (which == 1)
        heed_norm(&t, x, heed_tensor_zero(&t, 1, (int64_t[]){3}), w);
    else if (which == 2)
        heed_swiglu(&t, x);
    else if (which == 3)
        heed_rotate(&t, x, x, 1, 1);
    else
        heed_head_mean(&t, x);
    bool failed = heed_tape_failed(&t, &err);
    heed_tape_release(&t);
    drop_params();
    TAP_OK(failed);
    TAP_STR(err.text, want);
}
static void test_block_shapes(void)
{
    refused(0, "norm: gain of 4 for width 3");
    refused(1, "norm: bias of 4 for width 3");
    refused(2, "swiglu: a width of 3 has no halves");
    refused(3, "rotate: 2x3 turns for 2x3 of 1 parts");
    refused(4, "head_mean: weights of shape 2x3 instead of four dimensions");
}

/* --- rows and columns --- */

static const int32_t rows_index[] = {3, 0, -1, 3, 2, 3};

static int build_rows(void *ctx, struct heed_tape *t, struct heed_tensor **in,
                      struct heed_tensor **out, double *extra)
{
    (void)ctx, (void)extra;
    out[0] = heed_concat(t, 3, (struct heed_tensor *[]){in[0], in[1], in[0]});
    out[1] = heed_columns(t, out[0], 2, 6);
    out[2] = heed_gather(t, in[0], rows_index, 6);
    out[3] = heed_stack(t, 2, (struct heed_tensor *[]){in[0], in[0]});
    out[4] = heed_view_rows(t, in[1], 1, 2);
    out[5] = heed_reshape(t, heed_view_rows(t, in[0], 0, 2), 3, (int64_t[]){2, 5, 1});
    return 6;
}
static void test_rows_and_columns(void)
{
    make_params();
    AGREES(build_rows, NULL, {4, 5}, {4, 3});
}

static int build_embed(void *ctx, struct heed_tape *t, struct heed_tensor **in,
                       struct heed_tensor **out, double *extra)
{
    (void)in, (void)extra;
    out[0] = heed_embed(t, ctx, (int32_t[]){4, 1, 4, 4, 8, 1}, 6);
    out[1] = heed_tanh(t, heed_embed(t, ctx, (int32_t[]){8, 2}, 2));
    return 2;
}
static void test_embed_sparse(void)
{
    make_params();
    struct heed_tensor *w = weight("table", 2, 10, 6, HEED_PARAM_SPARSE);
    AGREES(build_embed, w, {1});
}
static void test_embed_dense(void)
{
    make_params();
    struct heed_tensor *w = weight("table", 2, 10, 6, 0);
    AGREES(build_embed, w, {1});
}

static int build_dropout(void *ctx, struct heed_tape *t, struct heed_tensor **in,
                         struct heed_tensor **out, double *extra)
{
    (void)ctx, (void)extra;
    int32_t row[] = {4, 5, 6}, time[] = {1, 1, 2};
    out[0] = heed_dropout(t, in[0], 0.4f, 7, row, time);
    out[1] = heed_dropout(t, in[0], 0.4f, 7, row, NULL);
    return 2;
}
static void test_dropout(void)
{
    make_params();
    AGREES(build_dropout, NULL, {3, 40});
}

static void test_dropout_by_coordinates(void)
{
    make_params();
    struct heed_tape t;
    heed_tape_init(&t, &step, &params);
    t.training = true;
    float data[2 * 64];
    for (int i = 0; i < 128; i++)
        data[i] = 1.0f;
    struct heed_tensor *x = heed_tensor_wrap(&t, 2, (int64_t[]){2, 64}, data, true);
    struct heed_tensor *both = heed_dropout(&t, x, 0.5f, 1, (int32_t[]){8, 9}, NULL);
    struct heed_tensor *alone =
        heed_dropout(&t, heed_view_rows(&t, x, 1, 1), 0.5f, 1, (int32_t[]){9}, NULL);
    bool same = memcmp(both->data + 64, alone->data, sizeof(float) * 64) == 0;
    bool differ = memcmp(both->data, alone->data, sizeof(float) * 64) != 0;
    t.training = false;
    bool identity = heed_dropout(&t, x, 0.5f, 1, (int32_t[]){8, 9}, NULL) == x;
    heed_tape_release(&t);
    drop_params();
    TAP_OK(same);
    TAP_OK(differ);
    TAP_OK(identity);
}

/* --- attention --- */

static const int32_t q_len[] = {3, 0, 2}, k_len[] = {4, 5, 0},
                     per_query[] = {1, 2, 3, 5, 5, 5, 0, 4, 1};

struct attention_ctx {
    struct heed_tensor *v;
    bool additive;
    struct heed_mask mask;
};

static int build_attention(void *ctx, struct heed_tape *t, struct heed_tensor **in,
                           struct heed_tensor **out, double *extra)
{
    struct attention_ctx *c = ctx;
    (void)extra;
    struct heed_tensor *scores = c->additive ? heed_tanh_scores(t, in[0], in[1], c->v, q_len, k_len)
                                             : heed_dot_scores(t, in[0], in[1], 0.4f, q_len, k_len);
    struct heed_tensor *weights = heed_masked_softmax(t, scores, &c->mask);
    out[0] = scores;
    out[1] = weights;
    out[2] = heed_weighted_sum(t, weights, in[1], q_len, c->mask.per_query ? NULL : k_len);
    return 3;
}
static void attention_case(bool additive, struct heed_mask mask)
{
    make_params();
    struct attention_ctx c = {weight("v", 1, 6, 0, 0), additive, mask};
    AGREES(build_attention, &c, {3, 2, 3, 6}, {3, 2, 5, 6});
}
static void test_dot_attention(void)
{
    attention_case(false, (struct heed_mask){.q_len = q_len, .k_len = k_len});
}
static void test_additive_attention(void)
{
    attention_case(true, (struct heed_mask){.q_len = q_len, .k_len = k_len});
}
static void test_attention_per_query(void)
{
    attention_case(false, (struct heed_mask){.k_len = per_query, .per_query = true});
}
static void test_attention_causal_window(void)
{
    attention_case(false, (struct heed_mask){.k_len = k_len, .causal = true, .window = 1});
}

/* Queries at positions of their own: hypotheses that are all at
 * one step, a step far into a target. */
static void test_attention_positions(void)
{
    static const int32_t position[] = {2, 2, 2, 0, 4, 1, 3, 9, 70000};
    attention_case(false,
                   (struct heed_mask){.k_len = k_len, .q_position = position, .causal = true});
    attention_case(false, (struct heed_mask){.k_len = k_len, .q_position = position, .window = 2});
}

/* One query at position p sees what query p of a whole block sees. */
static void test_mask_of_a_step(void)
{
    enum { S = 6, WINDOW = 2 };
    float scores[S * S];
    const int32_t len = S - 1;
    struct heed_tape t;
    bool same = true;
    make_params();
    heed_tape_init(&t, &step, &params);
    for (int i = 0; i < S * S; i++)
        scores[i] = sinf((float)i);
    for (int kind = 0; kind < 3; kind++) {
        struct heed_mask mask = {.k_len = &len, .causal = kind < 2, .window = kind ? WINDOW : 0};
        struct heed_tensor *x = heed_tensor_wrap(&t, 4, (int64_t[]){1, 1, S, S}, scores, false);
        struct heed_tensor *block = heed_masked_softmax(&t, x, &mask);
        for (int32_t p = 0; p < S; p++) {
            mask.q_position = &p;
            x = heed_tensor_wrap(&t, 4, (int64_t[]){1, 1, 1, S}, scores + p * S, false);
            same &= !memcmp(heed_masked_softmax(&t, x, &mask)->data, block->data + p * S,
                            sizeof(float) * S);
        }
    }
    heed_tape_release(&t);
    drop_params();
    TAP_OK(same);
}

/* The book's toy: equal keys, so each query gets the mean of its valid values. */
static void toy_attention(bool additive)
{
    make_params();
    struct heed_tape t;
    struct heed_tensor *v = weight("v", 1, 2, 0, 0);
    heed_params_fill(&params, 1);
    heed_tape_init(&t, &step, &params);
    float query[4] = {1, 1, 1, 1}, keys[40], values[80];
    for (int i = 0; i < 40; i++) {
        keys[i] = 1;
        values[i] = values[40 + i] = (float)i;
    }
    int32_t len[] = {2, 6};
    struct heed_tensor *q = heed_tensor_wrap(&t, 4, (int64_t[]){2, 1, 1, 2}, query, false);
    struct heed_tensor *k = heed_tensor_wrap(&t, 4, (int64_t[]){2, 1, 10, 2}, keys, false);
    struct heed_tensor *x = heed_tensor_wrap(&t, 4, (int64_t[]){2, 1, 10, 4}, values, false);
    struct heed_tensor *s = additive ? heed_tanh_scores(&t, q, k, v, NULL, len)
                                     : heed_dot_scores(&t, q, k, 0.70710678f, NULL, len);
    struct heed_tensor *w = heed_masked_softmax(&t, s, &(struct heed_mask){.k_len = len});
    struct heed_tensor *out = heed_weighted_sum(&t, w, x, NULL, len);
    float got[8];
    memcpy(got, out->data, sizeof(got));
    heed_tape_release(&t);
    drop_params();
    const float want[8] = {2, 3, 4, 5, 10, 11, 12, 13};
    for (int i = 0; i < 8; i++)
        TAP_NEAR(got[i], want[i], 1e-5);
}
static void test_toy_dot(void)
{
    toy_attention(false);
}
static void test_toy_mlp(void)
{
    toy_attention(true);
}

/* A row's bits depend neither on padding, nor on NaN in it, nor on the
 * rows beside it; length 0 gives zeros. */
static void test_attention_rows_alone(void)
{
    make_params();
    struct heed_tape t;
    heed_tape_init(&t, &step, &params);
    float query[2 * 8], narrow[2 * 3 * 8], wide[2 * 7 * 8];
    struct heed_rng rng;
    heed_rng_seed(&rng, 1, 1);
    for (int i = 0; i < 16; i++)
        query[i] = (float)heed_rng_normal(&rng);
    for (int b = 0; b < 2; b++)
        for (int i = 0; i < 56; i++) {
            float x = (float)heed_rng_normal(&rng);
            wide[b * 56 + i] = i < 24 ? x : NAN;
            if (i < 24)
                narrow[b * 24 + i] = x;
        }
    float got[2][16];
    for (int k = 0; k < 2; k++) {
        int64_t s = k ? 7 : 3;
        int32_t len[] = {3, 0};
        struct heed_tensor *q = heed_tensor_wrap(&t, 4, (int64_t[]){2, 1, 1, 8}, query, false);
        struct heed_tensor *m =
            heed_tensor_wrap(&t, 4, (int64_t[]){2, 1, s, 8}, k ? wide : narrow, false);
        struct heed_tensor *w = heed_masked_softmax(&t, heed_dot_scores(&t, q, m, 0.3f, NULL, len),
                                                    &(struct heed_mask){.k_len = len});
        memcpy(got[k], heed_weighted_sum(&t, w, m, NULL, len)->data, sizeof(got[k]));
    }
    heed_tape_release(&t);
    drop_params();
    TAP_MEM(got[0], got[1], sizeof(got[0]));
    for (int i = 8; i < 16; i++)
        TAP_NEAR(got[0][i], 0.0, 0.0);
}

/* --- loss --- */

struct loss_ctx {
    struct heed_tensor *w, *b;
    bool tied;
    float smoothing;
    const float *weight;
    int64_t rows;
};

static int build_loss(void *ctx, struct heed_tape *t, struct heed_tensor **in,
                      struct heed_tensor **out, double *extra)
{
    struct loss_ctx *c = ctx;
    struct heed_loss loss = {0};
    int32_t *target = malloc(sizeof(*target) * (size_t)c->rows);
    (void)out;
    for (int64_t i = 0; i < c->rows; i++)
        target[i] = (int32_t)(i * 7 % 19);
    heed_cross_entropy(t, in[0], c->w, c->tied, c->b, target, c->weight, c->smoothing, 1.0f, true,
                       &loss);
    free(target);
    *extra = loss.nats;
    return 0;
}
static void loss_case(bool tied, bool bias, float smoothing, bool weighted, int64_t rows)
{
    make_params();
    float weights[600];
    for (int i = 0; i < 600; i++)
        weights[i] = 0.25f + (float)(i % 5) * 0.3f;
    struct loss_ctx c = {tied ? weight("w", 2, 19, 6, 0) : weight("w", 2, 6, 19, 0),
                         NULL,
                         tied,
                         smoothing,
                         weighted ? weights : NULL,
                         rows};
    c.b = bias ? weight("b", 1, 19, 0, 0) : NULL;
    AGREES(build_loss, &c, {rows, 6});
}
static void test_cross_entropy(void)
{
    loss_case(false, true, 0.0f, false, 9);
}
static void test_cross_entropy_tied_smoothed(void)
{
    loss_case(true, true, 0.1f, false, 9);
}
static void test_cross_entropy_weighted(void)
{
    loss_case(false, false, 0.0f, true, 9);
}
static void test_cross_entropy_chunks(void)
{
    loss_case(false, true, 0.0f, false, 600);
}

/* Uniform logits: log V a token; training and inference agree; out is added to. */
static void test_cross_entropy_values(void)
{
    make_params();
    struct heed_tensor *w =
        heed_params_add(&params, "w", 2, (int64_t[]){4, 10}, HEED_INIT_ZERO, 0, 0);
    heed_params_fill(&params, 1);
    heed_params_train(&params, 1);
    struct heed_tape t;
    heed_tape_init(&t, &step, &params);
    float x[3 * 4] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3};
    struct heed_loss loss = {0};
    for (int k = 0; k < 2; k++) {
        t.training = k == 1;
        struct heed_tensor *in = heed_tensor_wrap(&t, 2, (int64_t[]){3, 4}, x, true);
        heed_cross_entropy(&t, in, w, false, NULL, (int32_t[]){0, 3, 9}, NULL, 0.0f, 1.0f, true,
                           &loss);
    }
    heed_tape_release(&t);
    drop_params();
    TAP_NEAR(loss.nats, 6 * log(10.0), 1e-5);
    TAP_NEAR(loss.plain, 6 * log(10.0), 1e-5);
    TAP_I64(loss.n_tokens, 6);
    TAP_I64(loss.n_correct, 2); /* the first of equals wins: target 0 */
}

/* --- copying --- */

/* Three sources of four words; the first has a word twice, the last is padded. */
static float copy_words[12] = {3, 7, 3, 0, 11, 14, 18, 2, 1, 5, 0, 0};

/* Weights are positive; that a row's sum to 1 is nobody's condition here. */
static struct heed_copy copy_of(struct heed_tape *t, struct heed_tensor *gate,
                                struct heed_tensor *weights, int32_t *source)
{
    for (int64_t i = 0; i < heed_rows(weights); i++)
        source[i] = (int32_t)(i % 3);
    return (struct heed_copy){
        gate, weights, heed_tensor_wrap(t, 2, (int64_t[]){12, 1}, copy_words, false), source};
}

struct copy_ctx {
    struct heed_tensor *w, *b, *gate_w, *gate_b;
    bool tied;
    float smoothing;
    int64_t rows;
    bool chosen; /* words are, and none is copied */
    const struct heed_draw *draw;
    bool weighed; /* rows have weights, also below 0, and are of the distribution alone */
};
#define WEIGHED_ROWS 540

/* Of the targets some stand in their source once, some twice, some not at all. */
static int32_t *copy_targets(int64_t rows)
{
    static const int32_t of_row[] = {3, 14, 5, 8, 2, 1, 7, 9, 18};
    int32_t *target = malloc(sizeof(*target) * (size_t)rows);
    for (int64_t i = 0; i < rows; i++)
        target[i] = of_row[i % 9];
    return target;
}

static int build_copy(void *ctx, struct heed_tape *t, struct heed_tensor **in,
                      struct heed_tensor **out, double *extra)
{
    struct copy_ctx *c = ctx;
    struct heed_loss loss = {0};
    int32_t *target = copy_targets(c->rows), *source = malloc(sizeof(*source) * (size_t)c->rows);
    (void)out;
    struct heed_copy copy =
        copy_of(t, heed_linear(t, in[0], c->gate_w, c->gate_b), heed_sigmoid(t, in[1]), source);
    float weight[WEIGHED_ROWS], log_prob[WEIGHED_ROWS];
    double told = 0;
    struct heed_aim aim = {.smoothing = c->smoothing, .gscale = 1, .draw = c->draw};
    for (int64_t i = 0; i < c->rows && c->weighed; i++)
        weight[i] = 0.5f * (float)(i % 5) - 0.6f;
    if (c->weighed) {
        aim.weight = weight;
        aim.log_prob = log_prob;
        aim.alone = true;
    }
    heed_copy_cross_entropy(t, in[0], c->w, c->tied, c->b, c->chosen ? NULL : &copy, target, &aim,
                            &loss);
    for (int64_t i = 0; i < c->rows && c->weighed; i++)
        told -= (double)weight[i] * (double)log_prob[i];
    if (c->weighed && !(fabs(loss.nats - told) < 1e-3)) /* it says what the loss is made of */
        tap_bad = true;
    free(source);
    free(target);
    *extra = loss.nats;
    return 0;
}

static void drawn_case(bool tied, float smoothing, int64_t rows, bool chosen,
                       const struct heed_draw *draw)
{
    make_params();
    struct copy_ctx c = {.w = tied ? weight("w", 2, 19, 6, 0) : weight("w", 2, 6, 19, 0),
                         .b = weight("b", 1, 19, 0, 0),
                         .gate_w = weight("gate.w", 2, 6, 1, 0),
                         .gate_b = weight("gate.b", 1, 1, 0, 0),
                         .tied = tied,
                         .smoothing = smoothing,
                         .rows = rows,
                         .chosen = chosen,
                         .draw = draw};
    AGREES(build_copy, &c, {rows, 6}, {rows, 4});
}
static void copy_case(bool tied, float smoothing, int64_t rows)
{
    drawn_case(tied, smoothing, rows, false, NULL);
}

static void test_weighed(void)
{
    for (int i = 0; i < 4 && !tap_bad; i++) {
        make_params();
        struct copy_ctx c = {.w = i & 1 ? weight("w", 2, 19, 6, 0) : weight("w", 2, 6, 19, 0),
                             .b = weight("b", 1, 19, 0, 0),
                             .gate_w = weight("gate.w", 2, 6, 1, 0),
                             .gate_b = weight("gate.b", 1, 1, 0, 0),
                             .tied = i & 1,
                             .rows = i == 2 ? WEIGHED_ROWS : 9,
                             .chosen = i & 2,
                             .weighed = true};
        AGREES(build_copy, &c, {c.rows, 6}, {c.rows, 4});
    }
}

static void test_copy_in_every_kernel_set(void)
{
    static const char *const sets[] = {"portable", "avx2", "avx512"};
    struct heed_err err = {0};
    for (size_t k = 0; k < HEED_COUNT(sets) && !tap_bad; k++) {
        if (!heed_kernels_by_name(sets[k]))
            continue;
        TAP_DONE(heed_vec_select(sets[k], &err), &err);
        copy_case(false, 0, 9);
        copy_case(false, 0.1f, 9);
        copy_case(true, 0, 9);
        copy_case(true, 0.1f, 9);
    }
    TAP_DONE(heed_vec_select("auto", &err), &err);
}

static void test_copy_chunks(void)
{
    copy_case(false, 0.1f, 540);
}

/* --- rows that are drawn to a teacher, or to each other --- */

static float said[600 * 19]; /* by the teacher */

static void test_drawn(void)
{
    struct heed_rng rng;
    struct heed_draw teacher = {said, 0.7f, 2.0f, 0}, twins = {NULL, 0, 1, 1.5f},
                     both = {said, 0.4f, 0.8f, 0.9f}, all = {said, 1, 1, 0};
    static const char *const sets[] = {"portable", "avx2", "avx512"};
    struct heed_err err = {0};
    heed_rng_seed(&rng, 5, 5);
    for (size_t i = 0; i < HEED_COUNT(said); i++)
        said[i] = 2 * (float)heed_rng_normal(&rng);
    for (size_t k = 0; k < HEED_COUNT(sets) && !tap_bad; k++) {
        if (!heed_kernels_by_name(sets[k]))
            continue;
        TAP_DONE(heed_vec_select(sets[k], &err), &err);
        drawn_case(false, 0.1f, 9, true, &teacher);
        drawn_case(true, 0, 9, false, &teacher);
        drawn_case(false, 0.1f, 8, true, &twins);
        drawn_case(true, 0, 8, false, &both);
        drawn_case(false, 0, 9, true, &all);
    }
    TAP_DONE(heed_vec_select("auto", &err), &err);
    drawn_case(false, 0.1f, 258, true, &twins); /* two chunks, of 128 and 130 rows */
}

/* Two rows and three words by hand, in every kernel set. */
static void test_drawn_values(void)
{
    static const char *const sets[] = {"portable", "avx2", "avx512"};
    float a[] = {0, 0.69314718f, -INFINITY}, b[] = {0, 0, 0}, da[3] = {0}, db[3] = {0};
    for (size_t i = 0; i < HEED_COUNT(sets); i++) {
        const struct heed_kernels *k = heed_kernels_by_name(sets[i]);
        if (!k)
            continue;
        /* q = 1/3, 2/3, 0; p uniform */
        heed_vec()->fill(3, 1, da);
        double kl = log(3.0) - (log(3.0) - 2 * log(2.0) / 3);
        TAP_NEAR((double)k->draw(3, b, a, 1, 3, da), kl, 1e-6);
        TAP_NEAR((double)da[0], 1.0, 1e-5);
        TAP_NEAR((double)da[1], 0.0, 1e-5);
        TAP_NEAR((double)da[2], 2.0, 1e-5);
        a[2] = 1.0986123f;                         /* p = 1/6, 2/6, 3/6 */
        double other = -(log(0.5) + log(1.5)) / 3; /* KL(uniform || p) */
        kl = log(0.5) / 6 + log(1.5) / 2;
        TAP_NEAR((double)k->twins(3, a, b, 2, da, db), (kl + other) / 2, 1e-6);
        TAP_NEAR((double)da[0], (log(0.5) - kl) / 6 + 1.0 / 6 - 1.0 / 3, 1e-5);
        TAP_NEAR((double)db[2], (-log(1.5) - other) / 3 + 1.0 / 3 - 1.0 / 2, 1e-5);
        a[2] = -INFINITY;
    }
}

static void test_drawn_odd(void)
{
    struct heed_draw twins = {.twins = 1};
    struct heed_loss loss = {0};
    struct heed_err err = {0};
    struct heed_tape t;
    float x[9] = {0}, w[9] = {0};
    make_params();
    heed_tape_init(&t, &step, &params);
    heed_copy_cross_entropy(&t, heed_tensor_wrap(&t, 2, (int64_t[]){3, 3}, x, false),
                            heed_tensor_wrap(&t, 2, (int64_t[]){3, 3}, w, false), false, NULL, NULL,
                            (int32_t[]){0, 1, 2}, &(struct heed_aim){.gscale = 1, .draw = &twins},
                            &loss);
    TAP_OK(heed_tape_failed(&t, &err) && strstr(err.text, "3 rows are no twins"));
    heed_tape_release(&t);
    drop_params();
}

/* The loss said twice: `plain` against the log probabilities of inference, which sum to 1, and against
 * the formula; also where the gate is as good as shut, or a weight is nothing. */
static void test_copy_values(void)
{
    struct heed_err err = {0};
    float gates[] = {-0.5f, 60, -60, 200, -200, 0}, logits[6 * 19], weights[6 * 4];
    int32_t source[6], *target = copy_targets(6);
    float eye[19 * 19] = {0}, none[19] = {0};
    double sums[6] = {0}, plain = 0, first = 0;
    struct heed_loss loss = {0};
    struct heed_tape t;
    make_params();
    heed_tape_init(&t, &step, &params);
    for (int i = 0; i < 6 * 19; i++)
        logits[i] = (float)(i * 37 % 19) / 5;
    for (int i = 0; i < 6 * 4; i++)
        weights[i] = i == 4 * 4 + 1 ? 0 : i % 4 == 0 ? 0.4f : i / 4 == 4 ? 0.3f : 0.2f;
    for (int i = 0; i < 19; i++)
        eye[i * 20] = 1;
    struct heed_tensor *x = heed_tensor_wrap(&t, 2, (int64_t[]){6, 19}, logits, false);
    struct heed_copy copy =
        copy_of(&t, heed_tensor_wrap(&t, 2, (int64_t[]){6, 1}, gates, false),
                heed_tensor_wrap(&t, 2, (int64_t[]){6, 4}, weights, false), source);
    heed_copy_cross_entropy(&t, x, heed_tensor_wrap(&t, 2, (int64_t[]){19, 19}, eye, false), false,
                            heed_tensor_wrap(&t, 1, (int64_t[]){19}, none, false), &copy, target,
                            &(struct heed_aim){.gscale = 1}, &loss);
    double chosen = 0; /* word 3 in row 0, where it stands twice */
    for (int w = 0; w < 19; w++)
        chosen += exp((double)logits[w]);
    double g = 1 / (1 + exp(0.5));
    first = log(g * exp((double)logits[3]) / chosen + (1 - g) * (0.4 + 0.2));
    heed_copy_log_probs(&t, x, &copy);
    for (int i = 0; i < 6; i++) {
        plain -= (double)logits[i * 19 + target[i]];
        for (int w = 0; w < 19; w++)
            sums[i] += exp((double)logits[i * 19 + w]);
    }
    int failed = heed_tape_failed(&t, &err);
    heed_tape_release(&t);
    drop_params();
    free(target);
    TAP_OK(!failed);
    TAP_NEAR((double)logits[3], first, 1e-5);
    TAP_OK(isfinite(loss.nats));
    TAP_NEAR(loss.plain, plain, 1e-4 * plain);
    TAP_OK(loss.nats > loss.plain / 2);
    for (int i = 0; i < 6; i++)
        TAP_NEAR(sums[i], 1, 1e-4);
}

static void test_copy_shapes(void)
{
    static const int64_t dims[][2] = {{5, 1}, {6, 4}, {6, 5}};
    static const char *const words[] = {"gate of 5, weights of 6 rows, for 6", NULL,
                                        "words of 12 positions for sources of 5"};
    float data[6 * 5] = {0}, many[6 * 19] = {0};
    int32_t source[6];
    for (int i = 0; i < 3; i++) {
        struct heed_err err = {0};
        struct heed_tape t;
        make_params();
        heed_tape_init(&t, &step, &params);
        struct heed_tensor *gate =
            heed_tensor_wrap(&t, 2, i ? (int64_t[]){6, 1} : dims[0], data, false);
        struct heed_copy copy =
            copy_of(&t, gate, heed_tensor_wrap(&t, 2, i ? dims[i] : dims[1], data, false), source);
        heed_copy_log_probs(&t, heed_tensor_wrap(&t, 2, (int64_t[]){6, 19}, many, false), &copy);
        bool failed = heed_tape_failed(&t, &err);
        heed_tape_release(&t);
        drop_params();
        TAP_OK(failed == (words[i] != NULL));
        TAP_OK(!failed || strstr(err.text, words[i]));
    }
}

/* The check itself must see an error of 5 %, in one column of one input too. */
static void skewed_backward(struct heed_node *node)
{
    float *dx = heed_tape_grad(node->tape, node->in[0]);
    const float *x = node->in[0]->data, *dy = node->out[0]->grad;
    float skew = *(const float *)node->aux;
    for (int64_t i = 0, n = heed_elements(node->in[0]); i < n; i++)
        dx[i] += 2.0f * x[i] * dy[i] * (i % 7 < 3 ? skew : 1.0f);
}
static int skewed_shape(struct heed_node *node, struct heed_err *err)
{
    (void)err;
    *node->out[0] = (struct heed_tensor){.rank = 2, .param = -1, .dims = {node->in[0]->dims[0], 7}};
    return 0;
}
static void skewed_forward(struct heed_node *node)
{
    for (int64_t i = 0, n = heed_elements(node->in[0]); i < n; i++)
        node->out[0]->data[i] = node->in[0]->data[i] * node->in[0]->data[i];
}
static int build_skewed(void *ctx, struct heed_tape *t, struct heed_tensor **in,
                        struct heed_tensor **out, double *extra)
{
    static const struct heed_op op = {sizeof(op), "skewed", skewed_shape, skewed_forward,
                                      skewed_backward};
    (void)extra;
    out[0] = heed_apply(t, &op, 1, in, 1, NULL, ctx, sizeof(float));
    return 1;
}
static void test_check_sees_five_percent(void)
{
    struct heed_err err = {0};
    for (int k = 0; k < 2; k++) {
        make_params();
        struct heed_gradcheck check = {
            .arena = &step, .params = &params, .build = build_skewed, .tolerance = 0.01};
        float skew = k ? 1.05f : 1.0f;
        check.ctx = &skew;
        add_input(&check, "input 0", 2, (int64_t[]){5, 7});
        heed_params_train(&params, 1);
        int failed = heed_gradcheck_run(&check, 1, NULL, &err);
        free(check.in[0].data);
        drop_params();
        TAP_I64(failed, k ? -1 : 0);
    }
    TAP_OK(strstr(err.text, "gradient of input 0"));
}

int main(void)
{
    TAP_RUN(test_elementwise);
    TAP_RUN(test_gain);
    TAP_RUN(test_input_used_twice);
    TAP_RUN(test_linear);
    TAP_RUN(test_linear_reused_weights);
    TAP_RUN(test_recurrence_over_prefixes);
    TAP_RUN(test_norm);
    TAP_RUN(test_halves);
    TAP_RUN(test_head_mean);
    TAP_RUN(test_block_values);
    TAP_RUN(test_block_shapes);
    TAP_RUN(test_rows_and_columns);
    TAP_RUN(test_embed_sparse);
    TAP_RUN(test_embed_dense);
    TAP_RUN(test_dropout);
    TAP_RUN(test_dropout_by_coordinates);
    TAP_RUN(test_dot_attention);
    TAP_RUN(test_additive_attention);
    TAP_RUN(test_attention_per_query);
    TAP_RUN(test_attention_causal_window);
    TAP_RUN(test_attention_positions);
    TAP_RUN(test_mask_of_a_step);
    TAP_RUN(test_toy_dot);
    TAP_RUN(test_toy_mlp);
    TAP_RUN(test_attention_rows_alone);
    TAP_RUN(test_cross_entropy);
    TAP_RUN(test_cross_entropy_tied_smoothed);
    TAP_RUN(test_cross_entropy_weighted);
    TAP_RUN(test_cross_entropy_chunks);
    TAP_RUN(test_cross_entropy_values);
    TAP_RUN(test_copy_in_every_kernel_set);
    TAP_RUN(test_copy_chunks);
    TAP_RUN(test_weighed);
    TAP_RUN(test_drawn);
    TAP_RUN(test_drawn_values);
    TAP_RUN(test_drawn_odd);
    TAP_RUN(test_copy_values);
    TAP_RUN(test_copy_shapes);
    TAP_RUN(test_check_sees_five_percent);
    return tap_end();
}
