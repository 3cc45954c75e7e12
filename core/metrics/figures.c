/* figures.c: scores of a whole text. Counts of every line are made once; their sum gives the values,
 * draws of them the intervals, and with those of another text what tells the two apart. */
#include <math.h>
#include <string.h>
#include "base/option.h"
#include "metrics/figures.h"

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

/* --- names and signatures --- */

const char *heed_figure_name(enum heed_figure_kind kind)
{
    static const char *const names[] = {"bleu",   "chrf", "exact",      "token-error",
                                        "chrf++", "ter",  "word-error", "bleu-d2l"};
    return names[kind];
}

bool heed_figure_less_is_better(enum heed_figure_kind kind)
{
    return kind == HEED_TOKEN_ERROR || kind == HEED_TER || kind == HEED_WORD_ERROR;
}

/* "1", or "var" where lines have different numbers. */
static void count_refs(const struct heed_scored *items, size_t n, char out[24])
{
    snprintf(out, 24, "%zu", items[0].n_refs);
    for (size_t i = 1; i < n; i++)
        if (items[i].n_refs != items[0].n_refs)
            snprintf(out, 24, "var");
}

static const char *yes(bool is)
{
    return is ? "yes" : "no";
}

/* As sacreBLEU writes it: "floor[0.10]". */
static void smoothing(char out[40], const struct heed_metric_options *how)
{
    int n = snprintf(out, 40, "%s", heed_option_word(HEED_SMOOTH_WORDS, (int)how->smooth));
    if (how->smooth == HEED_SMOOTH_FLOOR || how->smooth == HEED_SMOOTH_ADD_K)
        snprintf(out + n, 40 - (size_t)n, "[%.2f]", how->smooth_value);
}

static void sign(struct heed_figure *f, const char *refs, const struct heed_figures_options *o)
{
    const struct heed_metric_options *how = &o->how;
    const char *tokens = "none", *how_case = how->lower ? "lower" : "mixed";
    char own[80] = "", smooth[40];
    smoothing(smooth, how);
    if (f->kind == HEED_BLEU || f->kind == HEED_TOKEN_ERROR || f->kind == HEED_BLEU_D2L ||
        (f->kind == HEED_EXACT && how->tokens == HEED_METRIC_COURSE))
        tokens = heed_option_word(HEED_METRIC_WORDS, (int)how->tokens);
    if (f->kind == HEED_BLEU)
        snprintf(own, sizeof(own), "|smooth:%s", smooth);
    else if (f->kind == HEED_CHRF)
        snprintf(own, sizeof(own), "|chars:%d|beta:%d", how->chrf_chars, how->beta);
    else if (f->kind == HEED_CHRF_PLUS)
        snprintf(own, sizeof(own), "|chars:%d|words:%d|beta:%d", how->chrf_chars, how->chrf_words,
                 how->beta);
    else if (f->kind == HEED_BLEU_D2L)
        snprintf(own, sizeof(own), "|k:%d", o->d2l);
    if (f->kind == HEED_TER) {
        tokens = "tercom";
        how_case = how->ter.mixed_case ? "mixed" : "lower";
        snprintf(own, sizeof(own), "|norm:%s|punct:%s|asian:%s", yes(how->ter.normalized),
                 yes(!how->ter.no_punct), yes(how->ter.asian));
    }
    snprintf(f->signature, sizeof(f->signature), "heed:0.1|tok:%s|case:%s|refs:%s%s%s", tokens,
             how_case, refs, o->grouped ? "|by:source" : "", own);
}

/* sacreBLEU cuts no words as the course does, and has no other figures of ours. Its beta is in the
 * figure's name. */
static void sign_as_sacrebleu(struct heed_figure *f, const char *refs,
                              const struct heed_metric_options *how)
{
    char own[90], smooth[40];
    bool lower = how->lower;
    smoothing(smooth, how);
    if (f->kind == HEED_BLEU && how->tokens != HEED_METRIC_COURSE) {
        snprintf(own, sizeof(own), "eff:no|tok:%s|smooth:%s",
                 heed_option_word(HEED_METRIC_WORDS, (int)how->tokens), smooth);
    } else if (f->kind == HEED_CHRF || f->kind == HEED_CHRF_PLUS) {
        snprintf(own, sizeof(own), "eff:yes|nc:%d|nw:%d|space:no", how->chrf_chars,
                 f->kind == HEED_CHRF ? 0 : how->chrf_words);
    } else if (f->kind == HEED_TER) {
        lower = !how->ter.mixed_case;
        snprintf(own, sizeof(own), "tok:tercom|norm:%s|punct:%s|asian:%s", yes(how->ter.normalized),
                 yes(!how->ter.no_punct), yes(how->ter.asian));
    } else {
        return;
    }
    snprintf(f->sacrebleu, sizeof(f->sacrebleu), "nrefs:%s|case:%s|%s|version:2.6.0", refs,
             lower ? "lc" : "mixed", own);
}

/* --- figures --- */

/* A figure that is nearly zero is chance, and says nothing about which of two models is better: BLEU of
 * a text without a common four-gram is all smoothing, and falls while a model learns to write whole
 * sentences. Where it does not tell, the loss does. */
#define TELLS_BLEU        1.0
#define TELLS_CHRF        20.0
#define TELLS_EXACT       1.0
#define TELLS_TOKEN_ERROR 90.0
#define TELLS_MATCHES     4 /* four-grams, or lines */

static bool tells(enum heed_figure_kind kind, double value, const struct heed_counts *sum)
{
    switch (kind) {
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
        sum += heed_bleu_d2l(o->how.tokens, o->how.lower, items[i].hyp, items[i].refs,
                             items[i].n_refs, o->d2l);
    return sum / (double)n;
}

/* Those of sums come first. */
static size_t list_kinds(const struct heed_figures_options *o,
                         enum heed_figure_kind kinds[HEED_FIGURES_MAX], size_t *n_summed)
{
    size_t n = 0;
    kinds[n++] = HEED_BLEU;
    kinds[n++] = HEED_CHRF;
    if (o->how.all && o->how.chrf_words)
        kinds[n++] = HEED_CHRF_PLUS;
    if (o->how.all)
        kinds[n++] = HEED_TER;
    kinds[n++] = HEED_EXACT;
    kinds[n++] = HEED_TOKEN_ERROR;
    if (o->how.all)
        kinds[n++] = HEED_WORD_ERROR;
    *n_summed = n;
    if (o->d2l)
        kinds[n++] = HEED_BLEU_D2L;
    return n;
}

static void count_lines(struct heed_scores *x, const struct heed_scored *items, size_t n)
{
    struct heed_counts c;
    if (x->o.keep)
        heed_sample_init(&x->sample, &x->o.how, n);
    for (size_t i = 0; i < n; i++) {
        heed_counts_line(&c, &x->o.how, items[i].hyp, items[i].refs, items[i].n_refs);
        heed_counts_add(&x->sum, &c);
        if (x->o.keep)
            heed_sample_set(&x->sample, i, &c);
    }
}

/* The draws are sorted for an interval, and kept as they are for a comparison. */
static void add_intervals(struct heed_scores *x)
{
    size_t rounds = (size_t)x->o.resamples;
    double *sorted = heed_xcalloc(rounds, sizeof(*sorted));
    x->drawn = heed_xcalloc(x->n_summed * rounds, sizeof(*x->drawn));
    heed_sample_draw(&x->sample, x->kinds, x->n_summed, rounds, x->o.seed, x->drawn);
    for (size_t f = 0; f < x->n_summed; f++) {
        memcpy(sorted, x->drawn + f * rounds, rounds * sizeof(*sorted));
        heed_sample_interval(sorted, rounds, &x->figures[f].lo, &x->figures[f].hi);
    }
    free(sorted);
}

void heed_scores_init(struct heed_scores *x, const struct heed_scored *items, size_t n,
                      const struct heed_figures_options *o)
{
    char refs[24];
    *x = (struct heed_scores){.o = *o};
    x->o.keep = o->keep || o->resamples;
    count_refs(items, n, refs);
    x->n = list_kinds(o, x->kinds, &x->n_summed);
    count_lines(x, items, n);
    for (size_t f = 0; f < x->n; f++) {
        enum heed_figure_kind kind = x->kinds[f];
        double value =
            f < x->n_summed ? heed_metric_score(kind, &x->sum, &x->o.how) : mean_d2l(items, n, o);
        x->figures[f] = (struct heed_figure){.kind = kind,
                                             .name = heed_figure_name(kind),
                                             .value = value,
                                             .lo = NAN,
                                             .hi = NAN,
                                             .tells = tells(kind, value, &x->sum)};
        sign(&x->figures[f], refs, o);
        sign_as_sacrebleu(&x->figures[f], refs, &o->how);
    }
    if (o->resamples)
        add_intervals(x);
}

void heed_scores_release(struct heed_scores *x)
{
    heed_sample_release(&x->sample);
    free(x->drawn);
}

size_t heed_figures(const struct heed_scored *items, size_t n, const struct heed_figures_options *o,
                    struct heed_figure out[HEED_FIGURES_MAX])
{
    struct heed_scores x;
    heed_scores_init(&x, items, n, o);
    memcpy(out, x.figures, x.n * sizeof(*out));
    heed_scores_release(&x);
    return x.n;
}

/* --- two texts --- */

static void compare_exchanges(const struct heed_scores *base, const struct heed_scores *x,
                              const struct heed_comparison *how, struct heed_difference *out)
{
    size_t rounds = (size_t)how->trials;
    double *apart = heed_xcalloc(x->n_summed * rounds, sizeof(*apart));
    heed_sample_exchange(&base->sample, &x->sample, x->kinds, x->n_summed, rounds, x->o.seed,
                         apart);
    for (size_t f = 0; f < x->n_summed; f++)
        out[f].p = heed_exchange_p(apart + f * rounds, rounds, out[f].value);
    free(apart);
}

static void compare_draws(const struct heed_scores *base, const struct heed_scores *x,
                          struct heed_difference *out)
{
    size_t rounds = (size_t)x->o.resamples;
    for (size_t f = 0; f < x->n_summed; f++) {
        const double *of_base = base->drawn + f * rounds, *of_x = x->drawn + f * rounds;
        out[f].p = heed_draws_p(of_base, of_x, rounds, out[f].value);
        out[f].won = heed_draws_won(of_base, of_x, rounds, heed_figure_less_is_better(x->kinds[f]));
    }
}

void heed_scores_compare(const struct heed_scores *base, const struct heed_scores *x,
                         const struct heed_comparison *how,
                         struct heed_difference out[HEED_FIGURES_MAX])
{
    for (size_t f = 0; f < x->n; f++)
        out[f] = (struct heed_difference){x->figures[f].value - base->figures[f].value, NAN, NAN};
    if (how->paired == HEED_PAIRED_AR)
        compare_exchanges(base, x, how, out);
    else
        compare_draws(base, x, out);
}

/* --- details --- */

void heed_figure_details(const struct heed_scores *x, struct heed_figure out[HEED_DETAILS])
{
    const struct heed_counts *sum = &x->sum;
    static const char *const details[HEED_DETAILS] = {
        "bleu-precision-1", "bleu-precision-2", "bleu-precision-3",
        "bleu-precision-4", "bleu-brevity",     "length-ratio",
        "tokens",           "reference-tokens", "lines"};
    double values[HEED_DETAILS];
    heed_bleu_parts(sum, &x->o.how, values, &values[HEED_BLEU_N]);
    double *rest = values + HEED_BLEU_N + 1;
    rest[0] = sum->ref_tokens ? (double)sum->hyp_tokens / (double)sum->ref_tokens : 0;
    rest[1] = (double)sum->hyp_tokens;
    rest[2] = (double)sum->ref_tokens;
    rest[3] = (double)sum->lines;
    for (size_t i = 0; i < HEED_DETAILS; i++)
        out[i] = (struct heed_figure){.name = details[i], .value = values[i], .lo = NAN, .hi = NAN};
}
