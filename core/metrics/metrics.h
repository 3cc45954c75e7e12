/* metrics.h: scores of lines of text against references: BLEU and chrF as sacreBLEU 2 counts them,
 * exact match, token error rate, and the course's BLEU(k).
 *
 * Everything is counted per line in whole numbers and summed; a score is a function of a sum. So
 * the same counts give the corpus score, the bootstrap interval and a training's dev metric:
 *
 *     struct heed_counts line, sum = {0};
 *     heed_counts_line(&line, HEED_METRIC_13A, false, hyp, refs, n_refs);
 *     heed_counts_add(&sum, &line);
 *     heed_bleu_score(&sum), heed_chrf_score(&sum), …
 *
 * Texts are valid UTF-8. Scores are percentages, 0 to 100, but
 * heed_bleu_d2l (0 to 1, as in the course). */
#ifndef HEED_METRICS_H
#define HEED_METRICS_H

#include "base/err.h"
#include "base/str.h"
#include "heed/text.h"

enum heed_metric_tokens {
    HEED_METRIC_13A,    /* sacreBLEU's default, mteval-v13a */
    HEED_METRIC_COURSE, /* blanks, with one in front of , . ! ? */
    HEED_METRIC_NONE,   /* blanks */
    HEED_METRIC_CHAR,   /* code points */
    HEED_METRIC_AUTO,   /* of options only: heed_choose() says which */
};
#define HEED_METRIC_WORDS "13a|course|none|char|auto" /* of the same order */
/* "words", "symbols", "characters", … */
const char *heed_metric_what(enum heed_metric_tokens tokens);
/* Appends the tokens, one blank between two. */
void heed_metric_tokenize(enum heed_metric_tokens how, bool lower, const char *text,
                          struct heed_str *out);
/* Appends the lower case of sacreBLEU (Python's: İ is two code
 * points, Σ at the end of a word ς). */
void heed_metric_lower(const char *text, struct heed_str *out);

#define HEED_BLEU_N 4
#define HEED_CHRF_N 6

/* All int64_t, so that sums run over it as an array. */
struct heed_counts {
    int64_t lines, exact;
    int64_t edits, edit_tokens; /* tokens of the reference that needs the fewest edits */
    int64_t bleu_match[HEED_BLEU_N], bleu_total[HEED_BLEU_N], hyp_tokens, ref_tokens;
    int64_t chrf_hyp[HEED_CHRF_N], chrf_ref[HEED_CHRF_N], chrf_match[HEED_CHRF_N];
};
/* Counts of one line. n_refs > 0. */
void heed_counts_line(struct heed_counts *c, enum heed_metric_tokens how, bool lower,
                      const char *hyp, const char *const *refs, size_t n_refs);
void heed_counts_add(struct heed_counts *sum, const struct heed_counts *c);

double heed_bleu_score(const struct heed_counts *c); /* exponential smoothing */
/* What BLEU is made of: precisions in percent, smoothed where no n-gram is right, and the penalty
 * for a text shorter than the references. */
void heed_bleu_parts(const struct heed_counts *c, double precision[HEED_BLEU_N], double *brevity);
double heed_chrf_score(const struct heed_counts *c); /* chrF2: characters up to 6, beta 2 */
double heed_exact_score(const struct heed_counts *c);
double heed_token_error_score(const struct heed_counts *c);

/* exp(min(0, 1 - len_ref/len_hyp)) prod_n p_n^(1/2^n), n = 1..k, the best over the references, over
 * tokens made as above. */
double heed_bleu_d2l(enum heed_metric_tokens how, bool lower, const char *hyp,
                     const char *const *refs, size_t n_refs, int k);

/* The 95 % intervals of n_scores scores from `resamples` draws of n lines with replacement; the
 * same seed draws the same lines. lo and hi hold n_scores values. */
void heed_bootstrap(const struct heed_counts *lines, size_t n,
                    double (*const *scores)(const struct heed_counts *), size_t n_scores,
                    int resamples, uint64_t seed, double *lo, double *hi);

/* --- figures: scores of a whole text, with intervals and all that one must know to compare them --- */

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

enum heed_figure_kind { HEED_BLEU, HEED_CHRF, HEED_EXACT, HEED_TOKEN_ERROR, HEED_BLEU_D2L };

struct heed_figures_options {
    enum heed_metric_tokens tokens;
    bool lower, grouped; /* grouped: by source, for the signature */
    int d2l;             /* k of the course's BLEU(k); 0: without it */
    int resamples;       /* of the intervals; 0: none */
    uint64_t seed;
};
struct heed_figure {
    const char *name;     /* "bleu", "chrf", "exact", "token-error", "bleu-d2l" */
    double value, lo, hi; /* NAN: no interval */
    bool tells;           /* steps of a training can be told apart by it; see figures.c */
    char signature[200];  /* all that must be equal for two figures to be comparable */
    char sacrebleu[120];  /* as sacreBLEU 2.6.0 signs the same figure; empty: it has none */
};
#define HEED_FIGURES_MAX 5
/* bleu, chrf, exact, token-error, bleu-d2l when asked for; returns how many. n > 0. sum: the counts of
 * all items, or NULL. */
size_t heed_figures(const struct heed_scored *items, size_t n, const struct heed_figures_options *o,
                    struct heed_figure out[HEED_FIGURES_MAX], struct heed_counts *sum);
/* What BLEU is made of, as figures without intervals: bleu-precision-1 to -4, bleu-brevity,
 * length-ratio, tokens, reference-tokens, lines. */
#define HEED_DETAILS (HEED_BLEU_N + 5)
void heed_figure_details(const struct heed_counts *sum, struct heed_figure out[HEED_DETAILS]);

/* --- what to measure by --- */

/* Which tokens and which figure lines of references ask for: one function for train and evaluate, so
 * that the same lines are measured alike. Blank lines do not count; no line at all: words, bleu. */
struct heed_choice {
    enum heed_metric_tokens tokens;
    enum heed_figure_kind figure;
    char why[120]; /* "targets are written without blanks, …" */
};
void heed_choose(const struct heed_lines *references, struct heed_choice *out);

/* --- inside core/metrics --- */

/* A sequence of symbols with its positions sorted by the (at most 6) symbols that follow, so that
 * the n-grams of every order stand together. */
struct heed_grams {
    int32_t *ids;
    uint32_t *order;
    size_t n, cap, cap_order;
};
void heed_grams_add(struct heed_grams *g, int32_t id);
void heed_grams_sort(struct heed_grams *g);
void heed_grams_release(struct heed_grams *g);
/* Insertions, deletions and substitutions that make b of a. Ids are not negative and small: memory
 * grows with the largest. */
int64_t heed_edits(const struct heed_grams *a, const struct heed_grams *b);
/* How many of the n-grams of hyp are in a reference, each at most as often as in the reference that
 * has it most. */
int64_t heed_grams_match(const struct heed_grams *hyp, const struct heed_grams *refs, size_t n_refs,
                         size_t order);

#endif
