/* confidence.c: see confidence.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/option.h"
#include "base/str.h"
#include "model/confidence.h"

#define N     HEED_CONFIDENCE_WEIGHTS
#define LEAST (-100.0) /* of a logarithm */
#define MOST  (-1e-5)
#define STEPS 50
#define RIDGE                                                                                      \
    1e-3 /* of a row's worth: weights stay finite where rows are told apart without fail */
#define PARTS 10

/* log p / (1-p) of a logarithm. */
static double logit(double log_p)
{
    log_p = HEED_MIN(HEED_MAX(log_p, LEAST), MOST);
    return log_p - log(-expm1(log_p));
}

void heed_confidence_look(struct heed_confidence_row *row, double log_prob, const float *log_probs,
                          int64_t n)
{
    double least = 0;
    for (int64_t i = 0; i < n; i++)
        least = HEED_MIN(least, (double)log_probs[i]);
    *row = (struct heed_confidence_row){
        .x = {1, logit(log_prob / (double)HEED_MAX(n, 1)), logit(least), logit(log_prob)}};
}

double heed_confidence(const struct heed_confidence *c, const struct heed_confidence_row *row)
{
    double z = 0;
    for (int k = 0; k < N; k++)
        z += c->b[k] * row->x[k];
    return 1 / (1 + exp(-z));
}

/* --- fitting --- */

/* Solves a x = g in place of g, a symmetric and positive; what is not free stays 0. */
static void solve(double a[N][N], double g[N], const bool *is_free)
{
    for (int k = 0; k < N; k++) {
        if (!is_free[k])
            continue;
        for (int i = 0; i < N; i++) {
            if (i == k || !is_free[i])
                continue;
            double f = a[i][k] / a[k][k];
            for (int j = 0; j < N; j++)
                a[i][j] -= f * a[k][j];
            g[i] -= f * g[k];
        }
    }
    for (int k = 0; k < N; k++)
        g[k] = is_free[k] ? g[k] / a[k][k] : 0;
}

/* One Newton step; the size of it. */
static double step(struct heed_confidence *c, const struct heed_confidence_row *rows, int64_t n,
                   int64_t folds, int64_t fold, const bool *is_free)
{
    double a[N][N] = {{0}}, g[N] = {0}, most = 0;
    for (int64_t i = 0; i < n; i++) {
        const struct heed_confidence_row *r = &rows[i];
        if (folds && i % folds == fold)
            continue;
        double p = heed_confidence(c, r), w = HEED_MAX(p * (1 - p), 1e-6);
        for (int k = 0; k < N; k++) {
            g[k] += (r->y - p) * r->x[k];
            for (int j = 0; j < N; j++)
                a[k][j] += w * r->x[k] * r->x[j];
        }
    }
    for (int k = 0; k < N; k++) {
        g[k] -= RIDGE * c->b[k];
        a[k][k] += RIDGE;
    }
    solve(a, g, is_free);
    for (int k = 0; k < N; k++)
        most = HEED_MAX(most, fabs(g[k]));
    double less = most > 5 ? 5 / most : 1; /* no leaps */
    for (int k = 0; k < N; k++)
        c->b[k] += less * g[k];
    return most;
}

void heed_confidence_fit(struct heed_confidence *c, const struct heed_confidence_row *rows,
                         int64_t n, int64_t folds, int64_t fold)
{
    bool is_free[N] = {true, true, true, true};
    for (int worst = 1; worst;) {
        memset(c->b, 0, sizeof c->b);
        for (int i = 0; i < STEPS && step(c, rows, n, folds, fold, is_free) > 1e-9; i++)
            ;
        worst = 0;
        for (int k = 1; k < N; k++)
            if (c->b[k] < 0 && (!worst || c->b[k] < c->b[worst]))
                worst = k;
        is_free[worst] = worst == 0;
    }
}

/* --- how good it is --- */

struct estimate {
    double p, y;
};

static int compare(const void *a, const void *b)
{
    const struct estimate *x = a, *y = b;
    if (x->p != y->p)
        return x->p < y->p ? -1 : 1;
    return (x->y > y->y) - (x->y < y->y);
}

void heed_confidence_check(const struct heed_confidence_row *rows, const double *p, int64_t n,
                           struct heed_confidence_report *out)
{
    struct estimate *all = heed_xcalloc((size_t)n + 1, sizeof *all);
    *out = (struct heed_confidence_report){0};
    for (int64_t i = 0; i < n; i++) {
        all[i] = (struct estimate){p[i], rows[i].y};
        out->mean += rows[i].y / (double)n;
        out->brier += (p[i] - rows[i].y) * (p[i] - rows[i].y) / (double)n;
    }
    for (int64_t i = 0; i < n; i++)
        out->base += (out->mean - rows[i].y) * (out->mean - rows[i].y) / (double)n;
    qsort(all, (size_t)n, sizeof *all, compare);
    for (int64_t k = 0; k < PARTS; k++) {
        double apart = 0;
        for (int64_t i = k * n / PARTS; i < (k + 1) * n / PARTS; i++)
            apart += (all[i].p - all[i].y) / (double)n;
        out->error += fabs(apart);
    }
    free(all);
}

/* --- files --- */

void heed_confidence_to_doc(const struct heed_confidence *c, struct heed_doc *doc)
{
    struct heed_str text = {0};
    if (c->of == HEED_CONFIDENCE_NONE)
        return;
    heed_doc_set_meta(doc, "confidence.of", heed_option_word(HEED_CONFIDENCE_WORDS, (int)c->of));
    for (int k = 0; k < N; k++) {
        char number[32];
        heed_format_f64(number, sizeof number, c->b[k]);
        heed_str_printf(&text, "%s%s", k ? " " : "", number);
    }
    heed_doc_set_meta(doc, "confidence.weights", text.data);
    heed_str_release(&text);
}

static bool read_weights(const char *text, double *b)
{
    char *copy = heed_xstrdup(text), *rest = copy, *word;
    int n = 0;
    bool good = true;
    while (good && (word = strsep(&rest, " "))) {
        good = n < N && heed_parse_f64(word, &b[n]) && (n == 0 || b[n] >= 0);
        n++;
    }
    free(copy);
    return good && n == N;
}

int heed_confidence_from_doc(struct heed_confidence *c, const struct heed_doc *doc,
                             struct heed_err *err)
{
    const char *of = heed_doc_meta(doc, "confidence.of"),
               *weights = heed_doc_meta(doc, "confidence.weights");
    *c = (struct heed_confidence){.of = HEED_CONFIDENCE_NONE};
    if (!of && !weights)
        return 0;
    int number = of ? heed_option_number(HEED_CONFIDENCE_WORDS, of) : -1;
    if (number <= HEED_CONFIDENCE_NONE)
        return heed_fail(err, "metadata confidence.of: '%s' is neither exact nor chrf",
                         of ? of : "");
    if (!weights || !read_weights(weights, c->b))
        return heed_fail(err,
                         "metadata confidence.weights: '%s' is not %d numbers, none but the "
                         "first below 0",
                         weights ? weights : "", N);
    c->of = (enum heed_confidence_of)number;
    return 0;
}
