/* confidence.h: how sure one may be of a whole output: fitted on pairs, kept in the model's file.
 *
 *     c = 1 / (1 + e^-z)    z = b0 + b1 logit P^(1/L) + b2 logit min p + b3 logit P,    b1, b2, b3 >= 0
 *
 * P is the probability of the L tokens of an output, with its end, p that of one of them, logit p =
 * log p/(1-p). What c is the estimate of was chosen where it was fitted: the probability that the output
 * is a reference to the letter (exact), or the chrF that it will have, in parts of 1. No weight is
 * negative: what the model holds for likelier is never less sure. Fitted by Newton's steps on the
 * cross-entropy of y and c, where y may be any share; a weight that would be negative is 0, and the
 * others are fitted again. */
#ifndef HEED_CONFIDENCE_H
#define HEED_CONFIDENCE_H

#include "stream/doc.h"

enum heed_confidence_of { HEED_CONFIDENCE_NONE, HEED_CONFIDENCE_EXACT, HEED_CONFIDENCE_CHRF };
#define HEED_CONFIDENCE_WORDS   "none|exact|chrf" /* of the same order */
#define HEED_CONFIDENCE_WEIGHTS 4
struct heed_confidence {
    enum heed_confidence_of of;
    double b[HEED_CONFIDENCE_WEIGHTS];
};
/* What it looks at: 1 and these logits, of probabilities from e^-100 to e^-0.00001. */
struct heed_confidence_row {
    double x[HEED_CONFIDENCE_WEIGHTS];
    double y; /* what came of it, in [0, 1] */
};
/* log_probs [n]: of the output's tokens. */
void heed_confidence_look(struct heed_confidence_row *row, double log_prob, const float *log_probs,
                          int64_t n);
double heed_confidence(const struct heed_confidence *c, const struct heed_confidence_row *row);
/* Of n rows, of which every `folds`th from `fold` on is left out; folds 0: none is. */
void heed_confidence_fit(struct heed_confidence *c, const struct heed_confidence_row *rows,
                         int64_t n, int64_t folds, int64_t fold);

/* How good estimates p [n] are. */
struct heed_confidence_report {
    double mean;  /* of y */
    double brier; /* mean of (p - y)^2 */
    double base;  /* the same where p is the mean of y: nothing known of any line */
    double
        error; /* expected calibration error: ten parts of equal size by p, mean of |mean p - mean y| */
};
void heed_confidence_check(const struct heed_confidence_row *rows, const double *p, int64_t n,
                           struct heed_confidence_report *out);

/* Metadata confidence.of and confidence.weights; an older heed has no use for them, and takes the model. Where there
 * are none it stays HEED_CONFIDENCE_NONE. */
void heed_confidence_to_doc(const struct heed_confidence *c, struct heed_doc *doc);
int heed_confidence_from_doc(struct heed_confidence *c, const struct heed_doc *doc,
                             struct heed_err *err) HEED_MUST_USE;

#endif
