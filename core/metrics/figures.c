/* figures.c: scores of a whole text. Counts of every line are made once; their sum gives the values,
 * draws of them the intervals. */
#include <math.h>
#include <string.h>
#include "base/option.h"
#include "metrics/metrics.h"

/* --- items --- */

void heed_scored_add(struct heed_scored *item, const char *ref)
{
    heed_grow(&item->refs, item->n_refs, &item->cap_refs, sizeof(*item->refs));
    item->refs[item->n_refs++] = ref;
}

struct numbered {
    const char *source;
    size_t line;
};

static int compare_sources(const void *a, const void *b)
{
    const struct numbered *x = a, *y = b;
    int order = strcmp(x->source, y->source);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

size_t heed_scored_group(struct heed_scored *items, size_t n, const char *const *sources,
                         size_t *n_differing)
{
    struct numbered *order = heed_xcalloc(n + 1, sizeof(*order));
    size_t kept = 0;
    *n_differing = 0;
    for (size_t i = 0; i < n; i++)
        order[i] = (struct numbered){sources[i], i};
    qsort(order, n, sizeof(*order), compare_sources);
    for (size_t i = 0, first; i < n;) {
        struct heed_scored *to = &items[order[first = i].line];
        bool differ = false;
        for (i++; i < n && !strcmp(order[i].source, order[first].source); i++) {
            struct heed_scored *from = &items[order[i].line];
            differ = differ || strcmp(from->hyp, to->hyp);
            for (size_t r = 0; r < from->n_refs; r++)
                heed_scored_add(to, from->refs[r]);
            free(from->refs);
            *from = (struct heed_scored){0};
        }
        *n_differing += differ;
    }
    free(order);
    for (size_t i = 0; i < n; i++)
        if (items[i].hyp)
            items[kept++] = items[i];
    return kept;
}

/* --- figures --- */

static const char *const names[] = {"bleu", "chrf", "exact", "token-error", "bleu-d2l"};
static double (*const score_of[])(const struct heed_counts *) = {
    heed_bleu_score, heed_chrf_score, heed_exact_score, heed_token_error_score};

/* "1", or "var" where lines have different numbers. */
static void count_refs(const struct heed_scored *items, size_t n, char out[24])
{
    snprintf(out, 24, "%zu", items[0].n_refs);
    for (size_t i = 1; i < n; i++)
        if (items[i].n_refs != items[0].n_refs)
            snprintf(out, 24, "var");
}

static void sign(struct heed_figure *f, int which, const char *refs,
                 const struct heed_figures_options *o)
{
    char own[40] = "";
    if (which == HEED_BLEU)
        snprintf(own, sizeof(own), "|smooth:exp");
    else if (which == HEED_CHRF)
        snprintf(own, sizeof(own), "|chars:6|beta:2");
    else if (which == HEED_BLEU_D2L)
        snprintf(own, sizeof(own), "|k:%d", o->d2l);
    bool none = which == HEED_CHRF || (which == HEED_EXACT && o->tokens != HEED_METRIC_COURSE);
    const char *tokens =
        heed_option_word(HEED_METRIC_WORDS, (int)(none ? HEED_METRIC_NONE : o->tokens));
    snprintf(f->signature, sizeof(f->signature), "heed:0.1|tok:%s|case:%s|refs:%s%s%s", tokens,
             o->lower ? "lower" : "mixed", refs, o->grouped ? "|by:source" : "", own);
}

/* sacreBLEU cuts no words as the course does, and has no other figures of ours. */
static void sign_as_sacrebleu(struct heed_figure *f, int which, const char *refs,
                              const struct heed_figures_options *o)
{
    const char *lower = o->lower ? "lc" : "mixed";
    if (which == HEED_BLEU && o->tokens != HEED_METRIC_COURSE)
        snprintf(f->sacrebleu, sizeof(f->sacrebleu),
                 "nrefs:%s|case:%s|eff:no|tok:%s|smooth:exp|version:2.6.0", refs, lower,
                 heed_option_word(HEED_METRIC_WORDS, (int)o->tokens));
    else if (which == HEED_CHRF)
        snprintf(f->sacrebleu, sizeof(f->sacrebleu),
                 "nrefs:%s|case:%s|eff:yes|nc:6|nw:0|space:no|version:2.6.0", refs, lower);
}

/* A figure that is nearly zero is chance, and says nothing about which of two models is better: BLEU of
 * a text without a common four-gram is all smoothing, and falls while a model learns to write whole
 * sentences. Where it does not tell, the loss does. */
#define TELLS_BLEU        1.0
#define TELLS_CHRF        20.0
#define TELLS_EXACT       1.0
#define TELLS_TOKEN_ERROR 90.0
#define TELLS_MATCHES     4 /* four-grams, or lines */

static bool tells(int which, double value, const struct heed_counts *sum)
{
    switch (which) {
    case HEED_BLEU:
        return value >= TELLS_BLEU && sum->bleu_match[HEED_BLEU_N - 1] >= TELLS_MATCHES;
    case HEED_CHRF:
        return value >= TELLS_CHRF;
    case HEED_EXACT:
        return value >= TELLS_EXACT && sum->exact >= TELLS_MATCHES;
    case HEED_TOKEN_ERROR:
        return value <= TELLS_TOKEN_ERROR;
    default:
        return true;
    }
}

static double mean_d2l(const struct heed_scored *items, size_t n,
                       const struct heed_figures_options *o)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += heed_bleu_d2l(o->tokens, o->lower, items[i].hyp, items[i].refs, items[i].n_refs,
                             o->d2l);
    return sum / (double)n;
}

size_t heed_figures(const struct heed_scored *items, size_t n, const struct heed_figures_options *o,
                    struct heed_figure out[HEED_FIGURES_MAX], struct heed_counts *total)
{
    struct heed_counts *counts = heed_xcalloc(n, sizeof(*counts)), sum = {0};
    double lo[] = {NAN, NAN, NAN, NAN, NAN}, hi[] = {NAN, NAN, NAN, NAN, NAN};
    char refs[24];
    for (size_t i = 0; i < n; i++) {
        heed_counts_line(&counts[i], o->tokens, o->lower, items[i].hyp, items[i].refs,
                         items[i].n_refs);
        heed_counts_add(&sum, &counts[i]);
    }
    if (o->resamples)
        heed_bootstrap(counts, n, score_of, HEED_BLEU_D2L, o->resamples, o->seed, lo, hi);
    free(counts);
    count_refs(items, n, refs);
    int n_out = o->d2l ? HEED_BLEU_D2L + 1 : HEED_BLEU_D2L;
    for (int i = 0; i < n_out; i++) {
        double value = i == HEED_BLEU_D2L ? mean_d2l(items, n, o) : score_of[i](&sum);
        out[i] = (struct heed_figure){.name = names[i],
                                      .value = value,
                                      .lo = lo[i],
                                      .hi = hi[i],
                                      .tells = tells(i, value, &sum)};
        sign(&out[i], i, refs, o);
        sign_as_sacrebleu(&out[i], i, refs, o);
    }
    if (total)
        *total = sum;
    return (size_t)n_out;
}

void heed_figure_details(const struct heed_counts *sum, struct heed_figure out[HEED_DETAILS])
{
    static const char *const details[HEED_DETAILS] = {
        "bleu-precision-1", "bleu-precision-2", "bleu-precision-3",
        "bleu-precision-4", "bleu-brevity",     "length-ratio",
        "tokens",           "reference-tokens", "lines"};
    double values[HEED_DETAILS];
    heed_bleu_parts(sum, values, &values[HEED_BLEU_N]);
    double *rest = values + HEED_BLEU_N + 1;
    rest[0] = sum->ref_tokens ? (double)sum->hyp_tokens / (double)sum->ref_tokens : 0;
    rest[1] = (double)sum->hyp_tokens;
    rest[2] = (double)sum->ref_tokens;
    rest[3] = (double)sum->lines;
    for (size_t i = 0; i < HEED_DETAILS; i++)
        out[i] = (struct heed_figure){.name = details[i], .value = values[i], .lo = NAN, .hi = NAN};
}
