/* metrics.h: scores of lines of text against references: BLEU, chrF, chrF++ and TER as sacreBLEU 2
 * counts them, exact match, token and word error rates, and the course's BLEU(k).
 *
 * Everything is counted per line in whole numbers and summed; a score is a function of a sum. So
 * the same counts give the corpus score, the bootstrap interval, what tells two systems apart, and a
 * training's dev metric:
 *
 *     struct heed_metric_options how = HEED_METRIC_DEFAULTS;
 *     struct heed_counts line, sum = {0};
 *     heed_counts_line(&line, &how, hyp, refs, n_refs);
 *     heed_counts_add(&sum, &line);
 *     heed_metric_score(HEED_BLEU, &sum, &how), heed_metric_score(HEED_TER, &sum, &how), …
 *
 * Texts are valid UTF-8. Scores are percentages, but heed_bleu_d2l (0 to 1, as in the course).
 *
 *     bleu         Papineni et al. 2002; smoothing: Chen & Cherry 2014
 *     chrf         Popović 2015: F over characters, white space left out
 *     chrf++       Popović 2017: words too
 *     ter          Snover et al. 2006: edits, a run of words moved being one, for a reference word
 *     exact        lines equal to a reference
 *     token-error  edits to the nearest reference in percent of its tokens (--tokens)
 *     word-error   the same over words between blanks */
#ifndef HEED_METRICS_H
#define HEED_METRICS_H

#include "base/err.h"
#include "base/str.h"
#include "heed/text.h"

/* --- tokens --- */

enum heed_metric_tokens {
    HEED_METRIC_13A,    /* sacreBLEU's default, mteval-v13a */
    HEED_METRIC_INTL,   /* mteval-v14: punctuation and symbols by Unicode category */
    HEED_METRIC_ZH,     /* Chinese characters, else as 13a */
    HEED_METRIC_CHAR,   /* code points */
    HEED_METRIC_NONE,   /* blanks */
    HEED_METRIC_COURSE, /* blanks, with one in front of , . ! ? */
    HEED_METRIC_AUTO,   /* of options only: heed_choose() says which */
};
#define HEED_METRIC_WORDS "13a|intl|zh|char|none|course|auto" /* of the same order */
/* "words", "symbols", "characters", … */
const char *heed_metric_what(enum heed_metric_tokens tokens);
/* Appends the tokens, one blank between two. */
void heed_metric_tokenize(enum heed_metric_tokens how, bool lower, const char *text,
                          struct heed_str *out);
/* Appends the lower case of sacreBLEU (Python's: İ is two code
 * points, Σ at the end of a word ς). */
void heed_metric_lower(const char *text, struct heed_str *out);

/* TER has its own words: those between blanks, in lower case. */
struct heed_ter_options {
    bool normalized; /* entities, punctuation and 's are set apart */
    bool no_punct;   /* . , ? : ; ! " ( ) are left out */
    bool asian;      /* both of these for characters and punctuation of Chinese and Japanese too */
    bool mixed_case;
};
void heed_metric_ter_tokenize(const struct heed_ter_options *o, const char *text,
                              struct heed_str *out);

/* --- counts --- */

#define HEED_BLEU_N     4
#define HEED_CHRF_CHARS 10 /* longest n-grams that chrF may be asked for */
#define HEED_CHRF_WORDS 4

/* The order of the words. floor: that many matches where there is none; add-k: that many more of
 * both from bigrams on. */
enum heed_smooth { HEED_SMOOTH_EXP, HEED_SMOOTH_FLOOR, HEED_SMOOTH_ADD_K, HEED_SMOOTH_NONE };
#define HEED_SMOOTH_WORDS "exp|floor|add-k|none"

enum heed_figure_kind {
    HEED_BLEU, /* those of a training, in the order of enum heed_dev_metric */
    HEED_CHRF,
    HEED_EXACT,
    HEED_TOKEN_ERROR,
    HEED_CHRF_PLUS, /* with words: chrF++ */
    HEED_TER,
    HEED_WORD_ERROR,
    HEED_BLEU_D2L, /* no function of a sum: the mean over lines */
};
#define HEED_FIGURES_MAX 8
const char *heed_figure_name(enum heed_figure_kind kind);
bool heed_figure_less_is_better(enum heed_figure_kind kind);

struct heed_metric_options {
    enum heed_metric_tokens tokens; /* of BLEU and token-error */
    bool lower;                     /* all but TER, which has a case of its own */
    bool all;                       /* also count what no training looks at: chrF++, TER, words */
    enum heed_smooth smooth;
    double smooth_value;              /* of floor and add-k */
    int chrf_chars, chrf_words, beta; /* longest n-grams; beta: weight of recall */
    struct heed_ter_options ter;
};
#define HEED_METRIC_DEFAULTS                                                                       \
    {                                                                                              \
        .chrf_chars = 6, .chrf_words = 2, .beta = 2                                                \
    }

/* Of n-grams: chars 1, 2, … chrf_chars, then words 1, 2, …, of the reference with the best F. */
#define HEED_CHRF_ORDERS (HEED_CHRF_CHARS + HEED_CHRF_WORDS)
struct heed_chrf_counts {
    int64_t hyp[HEED_CHRF_ORDERS], ref[HEED_CHRF_ORDERS], match[HEED_CHRF_ORDERS];
};
/* All int64_t, so that sums run over it as an array. */
struct heed_counts {
    int64_t lines, exact;
    int64_t edits, edit_tokens; /* tokens of the reference that needs the fewest edits */
    int64_t word_edits, word_tokens;
    int64_t ter_edits, ter_length; /* the mean over the references, times HEED_TER_UNIT */
    int64_t bleu_match[HEED_BLEU_N], bleu_total[HEED_BLEU_N], hyp_tokens, ref_tokens;
    struct heed_chrf_counts chrf, chrf_plus;
};
#define HEED_TER_UNIT 720720 /* divisible by 1 to 16 */
/* Counts of one line. n_refs > 0. */
void heed_counts_line(struct heed_counts *c, const struct heed_metric_options *how, const char *hyp,
                      const char *const *refs, size_t n_refs);
void heed_counts_add(struct heed_counts *sum, const struct heed_counts *c);

/* --- scores --- */

/* Any kind but HEED_BLEU_D2L. */
double heed_metric_score(enum heed_figure_kind kind, const struct heed_counts *c,
                         const struct heed_metric_options *how);
/* Of one line or of a sum of them. orders: of chars and words together. */
double heed_chrf_f(const struct heed_chrf_counts *c, size_t orders, int beta);
/* What BLEU is made of: precisions in percent, smoothed, and the penalty for a text shorter than the
 * references. */
void heed_bleu_parts(const struct heed_counts *c, const struct heed_metric_options *how,
                     double precision[HEED_BLEU_N], double *brevity);

/* exp(min(0, 1 - len_ref/len_hyp)) prod_n p_n^(1/2^n), n = 1..k, the best over the references, over
 * tokens made as above. */
double heed_bleu_d2l(enum heed_metric_tokens how, bool lower, const char *hyp,
                     const char *const *refs, size_t n_refs, int k);

/* --- what to measure by --- */

/* Which tokens and which figure lines of references ask for: one function for train and evaluate, so
 * that the same lines are measured alike. Blank lines do not count; no line at all: words, bleu. */
struct heed_choice {
    enum heed_metric_tokens tokens;
    enum heed_figure_kind figure;
    char why[120]; /* "targets are written without blanks, …" */
    char symbols
        [100]; /* where they are: "lists of symbols of 2.1 characters, of 39 kinds"; else "" */
};
void heed_choose(const struct heed_lines *references, struct heed_choice *out);

#endif
