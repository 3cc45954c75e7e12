/* figures.h: scores of a whole text, with intervals and all that one must know to compare them, and how
 * sure it is that two texts differ.
 *
 *     struct heed_figures_options o = {.how = HEED_METRIC_DEFAULTS, .resamples = 1000, .seed = 1};
 *     heed_scores_init(&base, items, n, &o);      base.figures[0 .. base.n]
 *     heed_scores_init(&other, others, n, &o);    the same lines, other hypotheses
 *     heed_scores_compare(&base, &other, &how, differences);
 *     heed_scores_release(…) */
#ifndef HEED_METRICS_FIGURES_H
#define HEED_METRICS_FIGURES_H

#include "metrics/sample.h"

/* --- what is scored --- */

/* One thing to score: a hypothesis and its references, which are borrowed; the array is owned. */
struct heed_scored {
    const char *hyp, **refs;
    size_t n_refs, cap_refs;
};
void heed_scored_add(struct heed_scored *item, const char *ref);
/* Items of equal sources become one, at the place of the first, with the references of all of them
 * and the hypothesis of the first. Returns how many are left; *n_differing: sources whose
 * hypotheses were not all the same. */
size_t heed_scored_group(struct heed_scored *items, size_t n, const char *const *sources,
                         size_t *n_differing);

/* --- figures --- */

struct heed_figures_options {
    struct heed_metric_options how;
    bool grouped;  /* by source, for the signature */
    bool keep;     /* the counts of lines, for a comparison */
    int d2l;       /* k of the course's BLEU(k); 0: without it */
    int resamples; /* of the intervals; 0: none */
    uint64_t seed;
};
struct heed_figure {
    enum heed_figure_kind kind;
    const char *name;
    double value, lo, hi; /* NAN: no interval */
    bool tells;           /* steps of a training can be told apart by it; see figures.c */
    char signature[200];  /* all that must be equal for two figures to be comparable */
    char sacrebleu[160];  /* as sacreBLEU 2.6.0 signs the same figure; empty: it has none */
};
/* Figures in the order bleu, chrf, chrf++, ter, exact, token-error, word-error, bleu-d2l, of which
 * how.all and d2l ask for some. */
struct heed_scores {
    struct heed_figures_options o;
    struct heed_figure figures[HEED_FIGURES_MAX];
    enum heed_figure_kind kinds[HEED_FIGURES_MAX];
    size_t n, n_summed;        /* all; those that are functions of a sum */
    struct heed_counts sum;    /* of all lines */
    struct heed_sample sample; /* borrows o: a struct heed_scores stays where it was made */
    double *drawn;             /* [n_summed][resamples] */
};
/* n > 0 items. */
void heed_scores_init(struct heed_scores *x, const struct heed_scored *items, size_t n,
                      const struct heed_figures_options *o);
void heed_scores_release(struct heed_scores *x);
/* The figures alone; returns how many. */
size_t heed_figures(const struct heed_scored *items, size_t n, const struct heed_figures_options *o,
                    struct heed_figure out[HEED_FIGURES_MAX]);

/* What BLEU is made of, as figures without intervals: bleu-precision-1 to -4, bleu-brevity,
 * length-ratio, tokens, reference-tokens, lines. */
#define HEED_DETAILS (HEED_BLEU_N + 5)
void heed_figure_details(const struct heed_scores *x, struct heed_figure out[HEED_DETAILS]);

/* --- two texts --- */

/* In the order of the words, which are sacreBLEU's. */
enum heed_paired { HEED_PAIRED_BS, HEED_PAIRED_AR };
#define HEED_PAIRED_WORDS "bs|ar"

struct heed_comparison {
    enum heed_paired paired; /* bs: over the draws of the intervals; ar: over so many trials */
    int trials;
};
struct heed_difference {
    double value;  /* of the second text less that of the first */
    double p, won; /* sample.h; NAN: not known (won: of exchanges; both: of bleu-d2l) */
};
/* Both were made with the same options, over the same lines; with resamples, or with keep. */
void heed_scores_compare(const struct heed_scores *base, const struct heed_scores *x,
                         const struct heed_comparison *how,
                         struct heed_difference out[HEED_FIGURES_MAX]);

#endif
