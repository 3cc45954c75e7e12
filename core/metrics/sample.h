/* sample.h: what chance may have to do with a figure, and with the difference of two.
 *
 * The counts of every line of a text are kept, and figures made of sums over other choices of lines:
 *
 *     bootstrap     as many lines as there are, drawn with replacement (Koehn 2004): the spread of a
 *                   figure; of two texts over the same draws, that of their difference
 *     exchange      each line of one text changes places with that of the other, or not (approximate
 *                   randomisation, Riezler & Maxwell 2005): the differences that there would be if it did
 *                   not matter which text a line is from
 *
 * Seeded: the same seed chooses the same lines, whatever the text. */
#ifndef HEED_METRICS_SAMPLE_H
#define HEED_METRICS_SAMPLE_H

#include "metrics/metrics.h"

#define HEED_COLUMNS_MAX (sizeof(struct heed_counts) / sizeof(int64_t))

/* The counts of n lines, only those that figures of these options look at: [n][width], as doubles,
 * whose sums are exact. */
struct heed_sample {
    const struct heed_metric_options *how; /* borrowed */
    double *rows;
    size_t n, width;
    size_t column[HEED_COLUMNS_MAX]; /* where each stands in struct heed_counts */
};
void heed_sample_init(struct heed_sample *s, const struct heed_metric_options *how, size_t n);
void heed_sample_set(struct heed_sample *s, size_t line, const struct heed_counts *c);
void heed_sample_release(struct heed_sample *s);

/* scores[f * rounds + r]: the figure kinds[f] over the lines of draw r. */
void heed_sample_draw(const struct heed_sample *s, const enum heed_figure_kind *kinds,
                      size_t n_kinds, size_t rounds, uint64_t seed, double *scores);
/* The 95 % interval of scores, which are sorted by it. */
void heed_sample_interval(double *scores, size_t rounds, double *lo, double *hi);
/* apart[f * rounds + r]: by how much the two texts of exchange r differ in the figure kinds[f],
 * without sign. Both samples are of the same lines with the same options. */
void heed_sample_exchange(const struct heed_sample *a, const struct heed_sample *b,
                          const enum heed_figure_kind *kinds, size_t n_kinds, size_t rounds,
                          uint64_t seed, double *apart);

/* How likely two texts are apart by at least `difference` (without sign) by chance, both ways: equal texts
 * give 1. sacreBLEU counts only what is farther apart, which on few lines is less: there are ties.
 * Exchanges: the share of those that are, the one that was observed among them (Noreen 1989). */
double heed_exchange_p(const double *apart, size_t rounds, double difference);
/* Draws: the share whose difference is as far from the mean one, as sacreBLEU reckons it. */
double heed_draws_p(const double *base, const double *other, size_t rounds, double difference);
/* The share of draws in which `other` is better than `base` (Koehn 2004). */
double heed_draws_won(const double *base, const double *other, size_t rounds, bool less_is_better);

#endif
