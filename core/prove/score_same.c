/* score_same.c: what must make no difference to a score, and what must.
 *
 * One sample serves all of it: rows of unlike lengths, two heads, queries that are steps of a
 * target from its beginning or far inside, hypotheses at one step, and a bit of everything. */
#include <math.h>
#include <string.h>
#include "prove/score.h"

enum { B = 4, G = 2, Q = 3, S = 5, D = 12 };

static const struct score_sizes sizes = {B, G, Q, S, D};
static const struct heed_setup first = {.query_width = D, .key_width = D, .heads = G};
static const int32_t lengths[B] = {S, 3, 1, 4}, query_lengths[B] = {Q, 1, 0, 2};
static const int32_t positions[B * Q] = {0, 1, 2, /**/ 7, 8, 9, /**/ 40, 40, 40, /**/ 5, 0, 1000};

struct sample {
    struct check_world w;
    float *query, *memory;
    struct score_result r;
};

static struct score_call sample_call(const struct sample *s)
{
    return (struct score_call){sizes, s->query, s->memory, lengths, NULL, positions};
}

static void sample_close(struct sample *s)
{
    heed_check_world_close(&s->w);
    free(s->query);
    free(s->memory);
    heed_check_score_release(&s->r);
}

/* B rows of Q queries over S keys, with their results. */
static int sample_open(struct sample *s, struct check *c, struct heed_err *err)
{
    memset(s, 0, sizeof(*s));
    if (heed_check_world_open(&s->w, c, &first, 1, err) < 0)
        return -1;
    s->query = heed_check_numbers(B * G * Q * D, 1);
    s->memory = heed_check_numbers(B * G * S * D, 2);
    struct score_call call = sample_call(s);
    if (heed_check_score_run(&s->w, 0, &call, &s->r, err) == 0)
        return 0;
    sample_close(s);
    return -1;
}

/* --- the sample itself --- */

static int check_number(const char *what, int i, float x, struct heed_err *err)
{
    if (isfinite(x))
        return 0;
    return heed_fail(err, "%s: number %d of %d is %s", what, i, B * G * Q * S,
                     isnan(x) ? "NaN, or was never written" : "infinite");
}

/* Scores of the valid part are finite, weights are so everywhere, and zero outside. */
static int check_values(struct check *c, struct heed_err *err)
{
    struct sample s;
    int failed = 0;
    if (sample_open(&s, c, err) < 0)
        return -1;
    for (int i = 0; i < B * G * Q * S && !failed; i++)
        if (i % S < lengths[i / S / Q / G])
            failed = check_number("scores", i, s.r.scores[i], err);
    for (int i = 0; i < B * G * Q * S && !failed; i++) {
        failed = check_number("weights", i, s.r.weights[i], err);
        if (!failed && i % S >= lengths[i / S / Q / G] && s.r.weights[i] != 0.0f)
            failed = heed_fail(err, "weights: key %d of %d valid ones has %g", i % S,
                               lengths[i / S / Q / G], (double)s.r.weights[i]);
    }
    sample_close(&s);
    return failed;
}

/* Scores and weights of row `to` of `now` against row `from` of `before`, as far as the lengths. */
static int compare_query(const struct score_result *now, int64_t to, int64_t now_s,
                         const struct score_result *before, int64_t from, int64_t n,
                         const char *why, struct heed_err *err)
{
    if (heed_check_equal("scores", now->scores + to * now_s, before->scores + from * S, n, why,
                         err))
        return -1;
    return heed_check_equal("weights", now->weights + to * now_s, before->weights + from * S, n,
                            why, err);
}

/* The sample's numbers, some of which have been changed, or with other lengths: queries for which
 * `same` says so give the same as before. */
static int compare_whole(struct sample *s, const struct score_call *call, bool (*same)(int64_t row),
                         const char *why, struct heed_err *err)
{
    struct score_result now;
    int failed = heed_check_score_run(&s->w, 0, call, &now, err);
    for (int64_t r = 0; r < B * G * Q && !failed; r++)
        if (same(r))
            failed = compare_query(&now, r, S, &s->r, r, lengths[r / Q / G], why, err);
    heed_check_score_release(&now);
    return failed;
}

static bool all_rows(int64_t row)
{
    (void)row;
    return true;
}

static int check_repeats(struct check *c, struct heed_err *err)
{
    struct sample s;
    if (sample_open(&s, c, err) < 0)
        return -1;
    struct score_call call = sample_call(&s);
    int failed = compare_whole(&s, &call, all_rows, "two equal calls differ", err);
    sample_close(&s);
    return failed;
}

/* --- parts of the sample --- */

/* n_rows rows of the sample, keys [0,n_s), of each the queries [q, q + n_q). */
struct part {
    int n_rows, rows[B], q, n_q, n_s;
};

static void copy_rows(float *to, const float *from, int64_t n)
{
    memcpy(to, from, sizeof(float) * (size_t)(n * D));
}

/* The part as a call of its own must give what it gives inside the sample. */
static int compare_part(struct sample *s, const struct part *p, const char *why,
                        struct heed_err *err)
{
    float query[B * G * Q * D], memory[B * G * S * D];
    int32_t len[B], position[B * Q];
    struct score_result now;
    struct score_call call = {
        {p->n_rows, G, p->n_q, p->n_s, D}, query, memory, len, NULL, position};
    for (int i = 0; i < p->n_rows; i++) {
        len[i] = HEED_MIN(lengths[p->rows[i]], p->n_s);
        memcpy(position + i * p->n_q, positions + p->rows[i] * Q + p->q,
               sizeof(*position) * (size_t)p->n_q);
        for (int g = 0; g < G; g++) {
            int64_t from = p->rows[i] * G + g, to = i * G + g;
            copy_rows(query + to * p->n_q * D, s->query + (from * Q + p->q) * D, p->n_q);
            copy_rows(memory + to * p->n_s * D, s->memory + from * S * D, p->n_s);
        }
    }
    int failed = heed_check_score_run(&s->w, 0, &call, &now, err);
    for (int i = 0; i < p->n_rows * G && !failed; i++)
        for (int q = 0; q < p->n_q && !failed; q++)
            failed =
                compare_query(&now, i * p->n_q + q, p->n_s, &s->r,
                              (p->rows[i / G] * G + i % G) * Q + p->q + q, len[i / G], why, err);
    heed_check_score_release(&now);
    return failed;
}

/* Each row alone, its keys cut to its length. */
static int check_rows_alone(struct check *c, struct heed_err *err)
{
    struct sample s;
    int failed = 0;
    if (sample_open(&s, c, err) < 0)
        return -1;
    for (int b = 0; b < B && !failed; b++)
        failed = compare_part(&s, &(struct part){1, {b}, 0, Q, lengths[b]},
                              "it changes with the rows beside it", err);
    sample_close(&s);
    return failed;
}

/* A step of a decoder, at the position that its query has in the block. */
static int check_steps(struct check *c, struct heed_err *err)
{
    struct sample s;
    int failed = 0;
    if (sample_open(&s, c, err) < 0)
        return -1;
    for (int q = 0; q < Q && !failed; q++)
        failed = compare_part(&s, &(struct part){B, {0, 1, 2, 3}, q, 1, S},
                              "a step alone is not that step of a block", err);
    sample_close(&s);
    return failed;
}

static int check_reordered(struct check *c, struct heed_err *err)
{
    struct sample s;
    if (sample_open(&s, c, err) < 0)
        return -1;
    int failed = compare_part(&s, &(struct part){B, {3, 2, 1, 0}, 0, Q, S},
                              "it changes with the order of the batch", err);
    sample_close(&s);
    return failed;
}

/* --- heads --- */

static bool other_head(int64_t row)
{
    return row / Q % G != 0;
}

/* Other numbers in the first head leave the second one as it is. */
static int check_heads(struct check *c, struct heed_err *err)
{
    struct sample s;
    if (sample_open(&s, c, err) < 0)
        return -1;
    float *query = heed_check_numbers(B * G * Q * D, 10),
          *memory = heed_check_numbers(B * G * S * D, 11);
    for (int b = 0; b < B; b++) {
        copy_rows(query + (b * G + 1) * Q * D, s.query + (b * G + 1) * Q * D, Q);
        copy_rows(memory + (b * G + 1) * S * D, s.memory + (b * G + 1) * S * D, S);
    }
    struct score_call call = sample_call(&s);
    call.query = query;
    call.memory = memory;
    int failed = compare_whole(&s, &call, other_head, "it changes with the heads beside it", err);
    free(query);
    free(memory);
    sample_close(&s);
    return failed;
}

/* --- lengths --- */

static bool within_query_length(int64_t row)
{
    return row % Q < query_lengths[row / Q / G];
}

static void poison(float *x, int64_t rows)
{
    for (int64_t i = 0; i < rows * D; i++)
        x[i] = NAN;
}

static int weights_beyond(struct sample *s, const struct score_call *call, struct heed_err *err)
{
    struct score_result now;
    int failed = heed_check_score_run(&s->w, 0, call, &now, err);
    for (int64_t i = 0; i < B * G * Q * S && !failed; i++)
        if (!within_query_length(i / S) && now.weights[i] != 0.0f)
            failed = heed_fail(err, "weights: query %d of %d valid ones has %g", (int)(i / S % Q),
                               query_lengths[i / S / Q / G], (double)now.weights[i]);
    heed_check_score_release(&now);
    return failed;
}

/* Queries beyond their length get no weights, and what stands there or behind the keys is not read.
 */
static int check_lengths(struct check *c, struct heed_err *err)
{
    struct sample s;
    if (sample_open(&s, c, err) < 0)
        return -1;
    struct score_call call = sample_call(&s);
    call.q_len = query_lengths;
    int failed = compare_whole(&s, &call, within_query_length,
                               "it changes where lengths of the queries are given", err);
    for (int i = 0; i < B * G; i++) {
        poison(s.query + (i * Q + query_lengths[i / G]) * D, Q - query_lengths[i / G]);
        poison(s.memory + (i * S + lengths[i / G]) * D, S - lengths[i / G]);
    }
    if (!failed)
        failed = compare_whole(&s, &call, within_query_length,
                               "it reads what lies beyond the lengths", err);
    if (!failed)
        failed = weights_beyond(&s, &call, err);
    sample_close(&s);
    return failed;
}

/* --- layers --- */

/* Scores as far as the lengths, and all weights. The second layer has another width and one head. */
static int run_layer(struct check_world *w, int at, int layer, float **out, int64_t *n,
                     struct heed_err *err)
{
    struct score_result r;
    float *query = heed_check_numbers(B * G * Q * D, 12),
          *memory = heed_check_numbers(B * G * S * D, 13);
    struct score_call call = {sizes, query, memory, lengths, NULL, positions};
    if (layer)
        call.n = (struct score_sizes){B, 1, Q, S, 2 * D};
    int failed = heed_check_score_run(w, at, &call, &r, err);
    if (!failed) {
        int64_t rows = score_results(&call.n) / S;
        *out = heed_xcalloc((size_t)(2 * rows * S), sizeof(float));
        for (int64_t i = 0; i < rows; i++)
            memcpy(*out + i * S, r.scores + i * S,
                   sizeof(float) * (size_t)lengths[i / Q / call.n.g]);
        memcpy(*out + rows * S, r.weights, sizeof(float) * (size_t)(rows * S));
        *n = 2 * rows * S;
    }
    heed_check_score_release(&r);
    free(query);
    free(memory);
    return failed;
}

static int check_layers(struct check *c, struct heed_err *err)
{
    static const struct heed_setup places[CHECK_LAYERS] = {
        {.layer = 0, .query_width = D, .key_width = D, .heads = G},
        {.layer = 1, .query_width = 2 * D, .key_width = 2 * D, .heads = 1}};
    return heed_check_layers(c, places, run_layer, err);
}

/* --- queries --- */

/* Other queries must give other weights: a query term that is equal
 * for all keys cancels in the softmax. */
static int check_query_matters(struct check *c, struct heed_err *err)
{
    struct sample s;
    struct score_result now;
    double most = 0.0;
    if (sample_open(&s, c, err) < 0)
        return -1;
    float *other = heed_check_numbers(B * G * Q * D, 3);
    struct score_call call = sample_call(&s);
    call.query = other;
    int failed = heed_check_score_run(&s.w, 0, &call, &now, err);
    for (int i = 0; i < B * G * Q * S && !failed; i++)
        most = fmax(most, fabs((double)now.weights[i] - (double)s.r.weights[i]));
    if (!failed && most < 1e-4)
        failed = heed_fail(
            err, "weights do not depend on the query (other queries move them by %.1e at most)",
            most);
    free(other);
    heed_check_score_release(&now);
    sample_close(&s);
    return failed;
}

void heed_check_score_same(struct check *c)
{
    heed_check_try(c, "scores and weights are finite, weights zero beyond the length",
                   check_values);
    heed_check_try(c, "equal calls give equal bytes", check_repeats);
    heed_check_try(c, "rows do not see one another", check_rows_alone);
    heed_check_try(c, "the order of a batch changes nothing", check_reordered);
    heed_check_try(c, "a step alone is that step of a block, wherever it stands", check_steps);
    heed_check_try(c, "heads do not see one another", check_heads);
    heed_check_try(c, "layers do not see one another", check_layers);
    heed_check_try(c, "what lies beyond the lengths is not read", check_lengths);
    heed_check_try(c, "weights depend on the query", check_query_matters);
}
