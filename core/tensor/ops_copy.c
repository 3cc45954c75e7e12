/* ops_copy.c: a word is chosen by the output layer, or taken from where attention stands in the source
 * (See et al. 2017):
 *
 *     p(w) = g softmax(logits)(w) + (1 - g) a(w)      g = sigmoid(gate)
 *
 * a(w): the sum of the row's attention weights over the positions at which w stands. A row costs the
 * plain softmax, one more walk over it where something is copied, and O(S). Nothing of size [N,V] is
 * kept. Sums are in logarithms, so a word that neither side wants has a finite one.
 *
 * Half of the loss stays the output layer's own: where copying alone answered for what it can copy,
 * the output layer no longer learnt to look there, and lost count of repeated digits (85 to 97 % of
 * lines of the trials' tags over six seeds; with the half 100). Smoothing spreads over the output
 * layer's words too. With e of it, V words, y the target and h = (1-e)/2 the loss is
 *
 *     h (-log p(y)) + (1-e-h) (-log softmax(y)) - e/V sum of log softmax(w)
 *
 * and with r = g softmax(y) / p(y)
 *
 *     d loss / d logit(w)  = (1 - h (1-r)) softmax(w) - (1-e - h (1-r)) [w = y] - e/V
 *     d loss / d gate      = h (g - r)
 *     d loss / d weight(s) = -h (1-g) / p(y) [y at s]
 *
 * of which the first is made from what the cross-entropy kernel leaves, where r is 1. */
#include <math.h>

#include "tensor/ops.h"

#define OWN 0.5
/* 1/p in the last gradient stays finite: the softmax behind it multiplies by a weight that is as
 * small. */
#define LEAST_LOG_P (-60.0)

int heed_copy_shape(const struct heed_copy *c, int64_t rows, struct heed_err *err)
{
    int64_t S = heed_width(c->weights);
    if (heed_elements(c->gate) != rows || heed_rows(c->weights) != rows)
        return heed_fail(err, "gate of %lld, weights of %lld rows, for %lld",
                         (long long)heed_elements(c->gate), (long long)heed_rows(c->weights),
                         (long long)rows);
    if (S == 0 || heed_elements(c->words) % S)
        return heed_fail(err, "words of %lld positions for sources of %lld",
                         (long long)heed_elements(c->words), (long long)S);
    return 0;
}

/* A row's part of a struct heed_copy. */
struct copy_row {
    int64_t S;
    const float *weights, *words; /* [S] */
    double log_g, log_c;          /* share of the output layer, of copying */
};

static struct copy_row row_of(const struct heed_copy *c, int64_t row)
{
    int64_t S = heed_width(c->weights);
    double gate = (double)c->gate->data[row];
    double least = -log1p(exp(-fabs(gate))); /* log sigmoid(|gate|) */
    return (struct copy_row){.S = S,
                             .weights = c->weights->data + row * S,
                             .words = c->words->data + c->source[row] * S,
                             .log_g = gate < 0 ? gate + least : least,
                             .log_c = gate < 0 ? least : least - gate};
}

/* log(e^a + e^b); one of them is finite. */
static double log_add(double a, double b)
{
    double most = HEED_MAX(a, b), least = HEED_MIN(a, b);
    return most + log1p(exp(least - most));
}

/* --- inference --- */

void heed_copy_log_probs(struct heed_tape *t, struct heed_tensor *logits,
                         const struct heed_copy *copy)
{
    const struct heed_vec *v = heed_vec();
    if (t->training)
        BUG("log probabilities of copying have no gradient");
    if (heed_tape_sour(t) || heed_copy_shape(copy, heed_rows(logits), &t->err))
        return;
    int64_t V = heed_width(logits);
    for (int64_t i = 0; i < heed_rows(logits); i++) {
        struct copy_row r = row_of(copy, i);
        float *row = logits->data + i * V;
        v->log_softmax((size_t)V, row, row);
        v->scale((size_t)V, 1, (float)r.log_g, row, row);
        for (int64_t s = 0; s < r.S; s++)
            if (r.weights[s] > 0) { /* 0: beyond the source's end, or as good as there */
                float *x = row + (size_t)r.words[s];
                *x = (float)log_add((double)*x, r.log_c + log((double)r.weights[s]));
            }
    }
}

/* --- training --- */

float heed_copy_row_loss(const struct heed_copy *copy, const struct heed_copy_grad *grad,
                         int64_t row, int64_t V, float *logits, size_t target, float smoothing,
                         bool alone, float gscale, float *plain)
{
    struct copy_row c = row_of(copy, row);
    double hit = (1 - (double)smoothing) * (alone ? 1 : 1 - OWN), mass = 0, r = 1;
    float vocab;
    for (int64_t s = 0; s < c.S; s++)
        mass += (size_t)c.words[s] == target ? (double)c.weights[s] : 0;
    float *db = mass > 0 ? NULL : grad->bias; /* where nothing is copied the gradient is whole */
    float loss =
        heed_kernels()->cross_entropy((size_t)V, logits, target, smoothing, gscale, db, &vocab);
    double log_p = c.log_g - (double)vocab;
    if (mass > 0) {
        double both = log_add(log_p, c.log_c + log(mass));
        r = exp(log_p - both);
        log_p = both;
    }
    double pull = (double)gscale * hit * (1 - r); /* what copying takes off the logits */
    if (grad->gate && pull != 0) {
        double e = (double)smoothing;
        heed_vec()->scale((size_t)V, (float)(1 - hit * (1 - r)), (float)(-pull * e / (double)V),
                          logits, logits);
        logits[target] += (float)(pull * e);
    }
    if (mass > 0 && grad->bias)
        heed_vec()->add((size_t)V, grad->bias, logits, grad->bias);
    if (grad->gate)
        grad->gate[row] = (float)((double)gscale * hit * (exp(c.log_g) - r));
    double d = -(double)gscale * hit * exp(c.log_c - HEED_MAX(log_p, LEAST_LOG_P));
    for (int64_t s = 0; grad->weights && s < c.S; s++)
        grad->weights[row * c.S + s] =
            (size_t)c.words[s] == target && c.weights[s] > 0 ? (float)d : 0;
    *plain = (float)-log_p;
    return (float)((double)loss - hit * ((double)vocab + log_p));
}
