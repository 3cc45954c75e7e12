/* score.c: what core relies on in a score.
 *
 * A standard batch of queries over keys of several lengths is the yardstick for most properties:
 * finite scores and zero weights beyond the lengths, rows and queries that do not see one another,
 * weights that depend on the query, gradients against finite differences. Length 0 and the scale
 * against the width have calls of their own. */
#include <math.h>
#include <string.h>
#include "prove/parts.h"

enum { B = 4, Q = 3, S = 5, D = 12 };

/* One call: sizes, numbers, lengths. Memory is [b,s,D], queries [b,q,D]. */
struct sizes {
    int64_t b, q, s, d;
};
struct call {
    struct sizes n;
    const float *query, *memory;
    const int32_t *k_len;
};

static const struct heed_score *score_of(const struct check_world *w)
{
    return (const struct heed_score *)w->plugin;
}

static struct heed_tensor *weights_so_far(struct heed_tape *t, const struct sizes *n)
{
    int64_t dims[] = {n->b, 1, n->q, n->s};
    struct heed_tensor *x = heed_tensor_new(t, 4, dims);
    for (int64_t i = 0; i < n->b * n->q * n->s; i++)
        x->data[i] = 1.0f / (float)n->s;
    x->grad = NULL;
    return x;
}

/* query [B,1,Q,D], memory [B*S,D] on the tape -> scores and weights
 * [B,1,Q,S]. The plugin's shapes are checked. */
static int apply(const struct check_world *w, struct heed_tape *t, const struct sizes *n,
                 struct heed_tensor *query, struct heed_tensor *memory, const int32_t *k_len,
                 struct heed_tensor **out, struct heed_err *err)
{
    const struct heed_score *score = score_of(w);
    struct heed_keys_call keys = {.size = sizeof(keys), .tape = t, .memory = memory};
    struct heed_tensor *k = score->keys ? score->keys(w->self, &keys) : memory;
    if (heed_tape_failed(t, err) ||
        heed_check_shape("keys", k, 2, (int64_t[]){n->b * n->s, k ? heed_width(k) : 0}, err))
        return -1;
    int32_t *position = heed_tape_alloc(t, sizeof(*position) * (size_t)(n->b * n->q));
    for (int64_t i = 0; i < n->b * n->q; i++)
        position[i] = (int32_t)(i % n->q);
    struct heed_score_call call = {.size = sizeof(call), .tape = t, .query = query, .k_len = k_len};
    call.keys = heed_reshape(t, k, 4, (int64_t[]){n->b, 1, n->s, heed_width(k)});
    call.q_position = position;
    if (score->flags & HEED_SCORE_WANTS_WEIGHTS) {
        call.previous = weights_so_far(t, n);
        call.summed = weights_so_far(t, n);
    }
    int64_t dims[] = {n->b, 1, n->q, n->s};
    out[0] = score->score(w->self, &call);
    if (heed_tape_failed(t, err) || heed_check_shape("scores", out[0], 4, dims, err))
        return -1;
    struct heed_mask mask = {.k_len = k_len, .q_position = position};
    struct heed_normalise_call normalise = {sizeof(normalise), t, out[0], &mask};
    out[1] = score->normalise ? score->normalise(w->self, &normalise)
                              : heed_masked_softmax(t, out[0], &mask);
    if (heed_tape_failed(t, err))
        return -1;
    return heed_check_shape("weights", out[1], 4, dims, err);
}

/* In inference: scores and weights go to malloc'ed arrays; inputs must stay as they were. */
static int run(struct check_world *w, const struct call *c, float **scores, float **weights,
               struct heed_err *err)
{
    const struct sizes *n = &c->n;
    struct heed_tensor *out[2];
    size_t query_size = sizeof(float) * (size_t)(n->b * n->q * n->d);
    size_t memory_size = sizeof(float) * (size_t)(n->b * n->s * n->d);
    size_t size = sizeof(float) * (size_t)(n->b * n->q * n->s);
    heed_tape_reset(&w->tape);
    w->tape.training = false;
    float *query_data = memcpy(heed_tape_alloc(&w->tape, query_size), c->query, query_size);
    float *memory_data = memcpy(heed_tape_alloc(&w->tape, memory_size), c->memory, memory_size);
    struct heed_tensor *query =
        heed_tensor_wrap(&w->tape, 4, (int64_t[]){n->b, 1, n->q, n->d}, query_data, false);
    struct heed_tensor *memory =
        heed_tensor_wrap(&w->tape, 2, (int64_t[]){n->b * n->s, n->d}, memory_data, false);
    if (apply(w, &w->tape, n, query, memory, c->k_len, out, err) < 0 ||
        heed_check_world_end(w, err) < 0)
        return -1;
    if (memcmp(query_data, c->query, query_size) || memcmp(memory_data, c->memory, memory_size))
        return heed_fail(err, "the call changed its %s",
                         memcmp(query_data, c->query, query_size) ? "query" : "memory");
    *scores = memcpy(heed_xmalloc(size + 1), out[0]->data, size);
    *weights = memcpy(heed_xmalloc(size + 1), out[1]->data, size);
    return 0;
}

/* --- properties --- */

static const int32_t lengths[B] = {S, 3, 1, 4};

struct sample {
    struct check_world w;
    float *query, *memory, *scores, *weights;
};

static void sample_close(struct sample *s)
{
    heed_check_world_close(&s->w);
    free(s->query);
    free(s->memory);
    free(s->scores);
    free(s->weights);
}

/* The standard batch: B rows of Q queries over S keys, with its results. */
static int sample_open(struct sample *s, struct check *c, struct heed_err *err)
{
    memset(s, 0, sizeof(*s));
    if (heed_check_world_open(&s->w, c, D, D, 0, err) < 0)
        return -1;
    s->query = heed_check_numbers(B * Q * D, 1);
    s->memory = heed_check_numbers(B * S * D, 2);
    struct call call = {{B, Q, S, D}, s->query, s->memory, lengths};
    if (run(&s->w, &call, &s->scores, &s->weights, err) == 0)
        return 0;
    sample_close(s);
    return -1;
}

static int check_number(const char *what, int i, float x, struct heed_err *err)
{
    if (isfinite(x))
        return 0;
    return heed_fail(err, "%s: number %d of %d is %s", what, i, B * Q * S,
                     isnan(x) ? "NaN, or was never written" : "infinite");
}

/* Scores of the valid part are finite, weights are so everywhere, and zero outside. */
static int check_values(struct check *c, struct heed_err *err)
{
    struct sample s;
    int failed = 0;
    if (sample_open(&s, c, err) < 0)
        return -1;
    for (int i = 0; i < B * Q * S && !failed; i++)
        if (i % S < lengths[i / S / Q])
            failed = check_number("scores", i, s.scores[i], err);
    for (int i = 0; i < B * Q * S && !failed; i++) {
        failed = check_number("weights", i, s.weights[i], err);
        if (!failed && i % S >= lengths[i / S / Q] && s.weights[i] != 0.0f)
            failed = heed_fail(err, "weights: key %d of %d valid ones has %g", i % S,
                               lengths[i / S / Q], (double)s.weights[i]);
    }
    sample_close(&s);
    return failed;
}

static int check_repeats(struct check *c, struct heed_err *err)
{
    struct sample s;
    float *scores = NULL, *weights = NULL;
    if (sample_open(&s, c, err) < 0)
        return -1;
    struct call call = {{B, Q, S, D}, s.query, s.memory, lengths};
    int failed = run(&s.w, &call, &scores, &weights, err);
    for (int r = 0; r < B * Q && !failed; r++)
        failed = heed_check_equal("scores", scores + r * S, s.scores + r * S, lengths[r / Q],
                                  "two equal calls differ", err);
    if (!failed)
        failed = heed_check_equal("weights", weights, s.weights, B * Q * S,
                                  "two equal calls differ", err);
    free(scores);
    free(weights);
    sample_close(&s);
    return failed;
}

/* Row b alone, its keys cut to its length, and each of its queries alone. */
static int check_row_alone(struct sample *s, int b, struct heed_err *err)
{
    int failed = 0;
    for (int q = -1; q < Q && !failed; q++) {
        int first = q < 0 ? 0 : q, n_q = q < 0 ? Q : 1;
        float *scores = NULL, *weights = NULL;
        struct call call = {{1, n_q, lengths[b], D},
                            s->query + (b * Q + first) * D,
                            s->memory + b * S * D,
                            &lengths[b]};
        failed = run(&s->w, &call, &scores, &weights, err);
        for (int i = 0; i < n_q && !failed; i++) {
            int64_t at = (b * Q + first + i) * S;
            failed = heed_check_equal("scores", scores + i * lengths[b], s->scores + at, lengths[b],
                                      "it changes with the rows beside it", err);
            if (!failed)
                failed = heed_check_equal("weights", weights + i * lengths[b], s->weights + at,
                                          lengths[b], "it changes with the rows beside it", err);
        }
        free(scores);
        free(weights);
    }
    return failed;
}

static int check_rows_alone(struct check *c, struct heed_err *err)
{
    struct sample s;
    int failed = 0;
    if (sample_open(&s, c, err) < 0)
        return -1;
    for (int b = 0; b < B && !failed; b++)
        failed = check_row_alone(&s, b, err);
    sample_close(&s);
    return failed;
}

static int check_reordered(struct check *c, struct heed_err *err)
{
    struct sample s;
    float query[B * Q * D], memory[B * S * D], *scores = NULL, *weights = NULL;
    int32_t len[B];
    if (sample_open(&s, c, err) < 0)
        return -1;
    for (int b = 0; b < B; b++) {
        int from = B - 1 - b;
        memcpy(query + b * Q * D, s.query + from * Q * D, sizeof(float) * Q * D);
        memcpy(memory + b * S * D, s.memory + from * S * D, sizeof(float) * S * D);
        len[b] = lengths[from];
    }
    struct call call = {{B, Q, S, D}, query, memory, len};
    int failed = run(&s.w, &call, &scores, &weights, err);
    for (int b = 0; b < B && !failed; b++)
        failed = heed_check_equal("weights", weights + b * Q * S, s.weights + (B - 1 - b) * Q * S,
                                  Q * S, "it changes with the order of the batch", err);
    free(scores);
    free(weights);
    sample_close(&s);
    return failed;
}

/* Other queries must give other weights: a query term that is equal
 * for all keys cancels in the softmax. */
static int check_query_matters(struct check *c, struct heed_err *err)
{
    struct sample s;
    float *scores = NULL, *weights = NULL, *other = heed_check_numbers(B * Q * D, 3);
    double most = 0.0;
    if (sample_open(&s, c, err) < 0) {
        free(other);
        return -1;
    }
    struct call call = {{B, Q, S, D}, other, s.memory, lengths};
    int failed = run(&s.w, &call, &scores, &weights, err);
    for (int i = 0; i < B * Q * S && !failed; i++)
        most = fmax(most, fabs((double)weights[i] - (double)s.weights[i]));
    if (!failed && most < 1e-4)
        failed = heed_fail(
            err, "weights do not depend on the query (other queries move them by %.1e at most)",
            most);
    free(scores);
    free(weights);
    free(other);
    sample_close(&s);
    return failed;
}

static int build(void *ctx, struct heed_tape *t, struct heed_tensor **in, struct heed_tensor **out,
                 double *extra)
{
    static const int32_t len[] = {4, 2, 0};
    struct check_world *w = ctx;
    struct sizes n = {3, 2, 4, D};
    struct heed_err err = {0};
    (void)extra;
    if (apply(w, t, &n, in[0], in[1], len, out, &err) < 0 && t->err.status == HEED_OK)
        t->err = err;
    return 2;
}

static int check_gradients(struct check *c, struct heed_err *err)
{
    struct check_world w;
    if (heed_check_world_open(&w, c, D, D, 0, err) < 0)
        return -1;
    float *query = heed_check_numbers(3 * 2 * D, 4), *memory = heed_check_numbers(3 * 4 * D, 5);
    struct heed_gradcheck check = {
        .arena = &w.step, .params = &w.params, .build = build, .ctx = &w, .n_in = 2};
    check.tolerance = 0.01;
    check.in[0] = (struct heed_gradcheck_input){"the query", 4, {3, 1, 2, D}, query, false};
    check.in[1] = (struct heed_gradcheck_input){"the memory", 2, {3 * 4, D}, memory, false};
    int failed = 0;
    for (uint64_t seed = 1; seed <= 3 && !failed; seed++)
        failed = heed_gradcheck_run(&check, seed, NULL, err);
    free(query);
    free(memory);
    heed_check_world_close(&w);
    return failed;
}

/* Length 0: all weights zero, and backward leaves no NaN. */
static int check_length_zero(struct check *c, struct heed_err *err)
{
    static const int32_t len[] = {0, 2};
    struct check_world w;
    struct heed_tensor *out[2];
    struct sizes n = {2, 2, 3, D};
    if (heed_check_world_open(&w, c, D, D, 0, err) < 0)
        return -1;
    float *query = heed_check_numbers(2 * 2 * D, 6), *memory = heed_check_numbers(2 * 3 * D, 7);
    w.tape.training = true;
    struct heed_tensor *q = heed_tensor_wrap(&w.tape, 4, (int64_t[]){2, 1, 2, D}, query, true);
    struct heed_tensor *m = heed_tensor_wrap(&w.tape, 2, (int64_t[]){2 * 3, D}, memory, true);
    int failed = apply(&w, &w.tape, &n, q, m, len, out, err);
    for (int i = 0; i < 2 * 3 && !failed; i++)
        if (out[1]->data[i] != 0.0f)
            failed = heed_fail(err, "weights: %g at length 0", (double)out[1]->data[i]);
    if (!failed && out[1]->grad) {
        for (int i = 0; i < 2 * 2 * 3; i++)
            out[1]->grad[i] = (float)(i + 1);
        heed_tape_backward(&w.tape);
        failed = heed_check_finite("gradient of the query", q->grad, 2 * 2 * D, err);
        if (!failed)
            failed = heed_check_finite("gradient of the memory", m->grad, 2 * 3 * D, err);
    }
    if (!failed)
        failed = heed_check_world_end(&w, err);
    free(query);
    free(memory);
    heed_check_world_close(&w);
    return failed;
}

/* --- scale --- */

/* Mean square of scores around their mean, queries and memory
 * N(0,1) of that width; -1 on failure. */
static double variance(struct check *c, int64_t width, bool *has_params, struct heed_err *err)
{
    static const int32_t len[] = {16, 16, 16, 16, 16, 16, 16, 16};
    struct check_world w;
    float *scores = NULL, *weights = NULL;
    double sum = 0.0, squares = 0.0, n = 8 * 4 * 16;
    if (heed_check_world_open(&w, c, width, width, 0, err) < 0)
        return -1.0;
    float *query = heed_check_numbers(8 * 4 * width, 8),
          *memory = heed_check_numbers(8 * 16 * width, 9);
    struct call call = {{8, 4, 16, width}, query, memory, len};
    int failed = run(&w, &call, &scores, &weights, err);
    for (int i = 0; i < (int)n && !failed; i++) {
        sum += (double)scores[i];
        squares += (double)scores[i] * (double)scores[i];
    }
    *has_params = w.params.n > 0;
    free(scores);
    free(weights);
    free(query);
    free(memory);
    heed_check_world_close(&w);
    return failed ? -1.0 : squares / n - (sum / n) * (sum / n);
}

/* Said on purpose: an option `scaled` that is off, or the descriptor's flag. */
static bool unscaled_on_purpose(const struct check *c)
{
    const struct heed_score *score = (const struct heed_score *)c->in.plugin;
    const struct heed_option *row = c->in.plugin->options;
    if (row)
        row = heed_option_find(row, "scaled");
    if (row && row->type == HEED_SWITCH && !*(const bool *)((const char *)c->in.self + row->offset))
        return true;
    return score->flags & HEED_SCORE_UNSCALED;
}

/* Parameters learn the scale; a score without them must bring it,
 * or softmax saturates at large widths. */
static int check_scale(struct check *c, struct heed_err *err)
{
    bool has_params = false;
    if (unscaled_on_purpose(c))
        return 0;
    double narrow = variance(c, 64, &has_params, err),
           wide = narrow < 0.0 ? -1.0 : variance(c, 256, &has_params, err);
    if (wide < 0.0)
        return -1;
    if (has_params || wide <= 2.0 * narrow)
        return 0;
    return heed_fail(err,
                     "scores grow with the width: variance %.3g at width 64, %.3g at 256 "
                     "(1/sqrt(d) missing? set "
                     "HEED_SCORE_UNSCALED if it is meant)",
                     narrow, wide);
}

void heed_check_score(struct check *c)
{
    heed_check_try(c, "scores and weights are finite, weights zero beyond the length",
                   check_values);
    heed_check_try(c, "equal calls give equal bytes", check_repeats);
    heed_check_try(c, "rows and queries do not see one another", check_rows_alone);
    heed_check_try(c, "the order of a batch changes nothing", check_reordered);
    heed_check_try(c, "weights depend on the query", check_query_matters);
    heed_check_try(c, "gradients agree with finite differences", check_gradients);
    heed_check_try(c, "length 0 gives zero weights and finite gradients", check_length_zero);
    heed_check_try(c, "scores keep their scale as the width grows", check_scale);
}
