/* score.c: what core relies on in a score.
 *
 * score_same.c proves on one sample what must make no difference. Here stand what needs calls of its
 * own: gradients against finite differences, length 0, the scale against the width. */
#include "prove/score.h"

enum { D = 12 };

/* --- gradients --- */

static int build(void *ctx, struct heed_tape *t, struct heed_tensor **in, struct heed_tensor **out,
                 double *extra)
{
    static const int32_t len[] = {4, 2, 0}, query_len[] = {2, 1, 2},
                         position[] = {0, 1, 6, 7, 3, 3};
    struct check_world *w = ctx;
    struct score_call call = {{3, 2, 2, 4, D}, NULL, NULL, len, query_len, position};
    struct heed_err err = {0};
    (void)extra;
    if (heed_check_score_apply(w, 0, t, &call, in[0], in[1], out, &err) < 0 &&
        t->err.status == HEED_OK)
        t->err = err;
    return 2;
}

static int check_gradients(struct check *c, struct heed_err *err)
{
    static const struct heed_setup two = {.query_width = D, .key_width = D, .heads = 2};
    struct check_world w;
    if (heed_check_world_open(&w, c, &two, 1, err) < 0)
        return -1;
    float *query = heed_check_numbers(3 * 2 * 2 * D, 4),
          *memory = heed_check_numbers(3 * 2 * 4 * D, 5);
    struct heed_gradcheck check = {
        .arena = &w.step, .params = &w.params, .build = build, .ctx = &w, .n_in = 2};
    check.tolerance = 0.01;
    check.in[0] = (struct heed_gradcheck_input){"the query", 4, {3, 2, 2, D}, query, false};
    check.in[1] = (struct heed_gradcheck_input){"the memory", 2, {3 * 2 * 4, D}, memory, false};
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
    static const int32_t len[] = {0, 2}, position[] = {0, 1, 0, 1};
    static const struct heed_setup one = {.query_width = D, .key_width = D, .heads = 1};
    struct check_world w;
    struct heed_tensor *out[2];
    if (heed_check_world_open(&w, c, &one, 1, err) < 0)
        return -1;
    float *query = heed_check_numbers(2 * 2 * D, 6), *memory = heed_check_numbers(2 * 3 * D, 7);
    struct score_call call = {{2, 1, 2, 3, D}, query, memory, len, NULL, position};
    w.tape.training = true;
    struct heed_tensor *q = heed_tensor_wrap(&w.tape, 4, (int64_t[]){2, 1, 2, D}, query, true);
    struct heed_tensor *m = heed_tensor_wrap(&w.tape, 2, (int64_t[]){2 * 3, D}, memory, true);
    int failed = heed_check_score_apply(&w, 0, &w.tape, &call, q, m, out, err);
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
    static const int32_t len[] = {16, 16, 16, 16, 16, 16, 16, 16}, position[8 * 4];
    struct heed_setup place = {.query_width = width, .key_width = width, .heads = 1};
    struct check_world w;
    struct score_result r;
    double sum = 0.0, squares = 0.0, n = 8 * 4 * 16;
    if (heed_check_world_open(&w, c, &place, 1, err) < 0)
        return -1.0;
    float *query = heed_check_numbers(8 * 4 * width, 8),
          *memory = heed_check_numbers(8 * 16 * width, 9);
    struct score_call call = {{8, 1, 4, 16, width}, query, memory, len, NULL, position};
    int failed = heed_check_score_run(&w, 0, &call, &r, err);
    for (int i = 0; i < (int)n && !failed; i++) {
        sum += (double)r.scores[i];
        squares += (double)r.scores[i] * (double)r.scores[i];
    }
    *has_params = w.params.n > 0;
    heed_check_score_release(&r);
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
    heed_check_score_same(c);
    heed_check_try(c, "gradients agree with finite differences", check_gradients);
    heed_check_try(c, "length 0 gives zero weights and finite gradients", check_length_zero);
    heed_check_try(c, "scores keep their scale as the width grows", check_scale);
}
