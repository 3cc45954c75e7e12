/* evaluate.c: scores texts against references, prints a table, records evaluations.
 *
 * Files are read in evaluate_read.c; lines are grouped, counted, scored and texts compared in core/metrics;
 * tables are made in evaluate_print.c, records in evaluate_record.c. */
#include <string.h>
#include <sys/stat.h>
#include "cli/evaluate.h"
#include "cli/rows.h"
#include "stream/doc.h"

static const struct heed_option options[] = {
    HEED_ROW_LIST(struct evaluate, refs, "ref", "FILE",
                  "references, a line for each hypothesis; may be given several times",
                  .letter = 'r'),
    COLUMN_ROW(struct evaluate, column, "the hypothesis"),
    HEED_ROW_INT(struct evaluate, ref_column, "ref-column", "0", 0, 1000, "N",
                 "take the references from this column of tab-separated lines; 0: the whole line"),
    HEED_ROW_STRING(
        struct evaluate, refs_tsv, "refs-tsv", NULL, "FILE",
        "in place of --ref: lines SOURCE<TAB>REFERENCE<TAB>REFERENCE..., as many as there are"),
    HEED_ROW_STRING(struct evaluate, group, "group-by-source", NULL, "FILE",
                    "the source lines; equal ones count once, with the references of all of them"),
    HEED_ROW_INT(struct evaluate, source_column, "source-column", "1", 1, 1000, "N",
                 "the column of --group-by-source"),
    HEED_ROW_CHOICE(
        struct evaluate, how.tokens, "tokens", "auto", HEED_METRIC_WORDS,
        "words as sacreBLEU cuts them by these names (none: at blanks), as the course does; auto: "
        "those that -m MODEL was measured over in training, else what the references ask for"),
    HEED_ROW_SWITCH(struct evaluate, how.lower, "lower", NULL, "compare in lower case"),
    HEED_ROW_CHOICE(struct evaluate, how.smooth, "smooth", "exp", HEED_SMOOTH_WORDS,
                    "BLEU where no n-gram of an order is right: halve again and again, count some, "
                    "count some more of each, or 0"),
    HEED_ROW_REAL(struct evaluate, smooth_value, "smooth-value", NULL, 0, 1e6, "X",
                  "how many --smooth floor (0.1 if not given) or add-k (1) counts"),
    HEED_ROW_INT(struct evaluate, chrf_chars, "chrf-chars", "6", 1, HEED_CHRF_CHARS, "N",
                 "longest n-grams of characters of chrF and chrF++"),
    HEED_ROW_INT(struct evaluate, chrf_words, "chrf-words", "2", 0, HEED_CHRF_WORDS, "N",
                 "longest n-grams of words of chrF++; 0: without chrF++"),
    HEED_ROW_INT(struct evaluate, beta, "chrf-beta", "2", 0, 1000, "N",
                 "how many times as much recall counts as precision in chrF and chrF++"),
    HEED_ROW_SWITCH(struct evaluate, how.ter.normalized, "ter-normalized", NULL,
                    "TER: set punctuation apart, as tercom does when asked to"),
    HEED_ROW_SWITCH(struct evaluate, how.ter.no_punct, "ter-no-punct", NULL,
                    "TER: leave punctuation out"),
    HEED_ROW_SWITCH(struct evaluate, how.ter.asian, "ter-asian", NULL,
                    "with these two: also of Chinese and Japanese, whose characters are set apart"),
    HEED_ROW_SWITCH(struct evaluate, how.ter.mixed_case, "ter-case", NULL,
                    "TER: capitals count; it is the one figure in lower case by default"),
    HEED_ROW_INT(struct evaluate, d2l, "d2l", NULL, 0, 6, "K",
                 "also the mean over lines of the course's BLEU(K)"),
    HEED_ROW_COUNT(struct evaluate, resamples, "bootstrap", "1000", 0, 1e6, "N",
                   "draws of lines for the 95 % intervals and --paired bs; 0: no intervals"),
    HEED_ROW_CHOICE(struct evaluate, paired, "paired", "bs", HEED_PAIRED_WORDS,
                    "how several texts are compared with the first: over the same draws of lines "
                    "(paired bootstrap), or with lines exchanged (approximate randomisation)"),
    HEED_ROW_COUNT(struct evaluate, trials, "trials", "10000", 1, 1e6, "N",
                   "exchanges of --paired ar"),
    HEED_ROW_INT(struct evaluate, seed, "seed", "12345", 0, 9e15, "N",
                 "seed of draws and exchanges", .letter = 's'),
    HEED_ROW_STRING(struct evaluate, model, "model", NULL, "FILE",
                    "the model that made the hypotheses, to link it in the store", .letter = 'm'),
    HEED_ROW_STRING(struct evaluate, name, "name", NULL, "NAME", "name of the run in the store"),
    HEED_ROW_STRING(struct evaluate, tag, "tag", NULL, "TAG", "tag of the run"),
    HEED_ROW_SWITCH(struct evaluate, detail, "detail", NULL,
                    "also what BLEU is made of, the signature that sacreBLEU has for the same "
                    "figure, and of several texts all that is known of each difference"),
    HEED_ROW_INT(struct evaluate, digits, "digits", "2", 0, 15, "N",
                 "digits behind the point in the table, two more for figures from 0 to 1"),
    HEED_ROW_SWITCH(struct evaluate, csv, "csv", NULL, "print CSV, with all digits"),
    HEED_ROW_SWITCH(struct evaluate, json, "json", NULL,
                    "print one JSON object a metric, with all digits"),
    {0},
};

/* --- what is told --- */

static void tell(const struct task *t)
{
    if (t->n_repaired)
        heed_warn("%lld parts that are not UTF-8 count as U+FFFD", (long long)t->n_repaired);
    if (t->n_crlf)
        heed_warn("%lld lines end in CR LF; the CR is dropped", (long long)t->n_crlf);
    if (t->n_items < t->texts[0].lines.n)
        heed_note("%zu lines of %zu sources", t->texts[0].lines.n, t->n_items);
    for (size_t k = 0; k < t->n_texts; k++)
        if (t->texts[k].n_differing)
            heed_warn("%s%s%zu sources have different hypotheses on their lines; the first counts",
                      t->n_texts > 1 ? t->texts[k].name : "", t->n_texts > 1 ? ": " : "",
                      t->texts[k].n_differing);
}

/* --- tokens --- */

struct references {
    const struct task *t;
    size_t item, ref;
};

static const char *next_reference(void *ctx, size_t *len)
{
    struct references *x = ctx;
    const struct heed_scored *items = x->t->texts[0].items;
    while (x->item < x->t->n_items && x->ref >= items[x->item].n_refs) {
        x->item++;
        x->ref = 0;
    }
    if (x->item >= x->t->n_items)
        return NULL;
    const char *line = items[x->item].refs[x->ref++];
    *len = strlen(line);
    return line;
}

static void rewind_references(void *ctx)
{
    struct references *x = ctx;
    x->item = x->ref = 0;
}

/* Those of the model's training; one that says nothing is older, and was measured over 13a. False:
 * no model can be read there, or it was not measured. */
static bool tokens_of_model(const char *path, enum heed_metric_tokens *out)
{
    struct heed_err ignored;
    struct heed_doc doc;
    struct stat st;
    if (stat(path, &st) || !S_ISREG(st.st_mode)) /* a pipe would be waited for */
        return false;
    heed_doc_init(&doc);
    bool found = heed_doc_load(&doc, path, &ignored) == 0 && heed_doc_meta(&doc, "kind");
    if (found) {
        const char *word = heed_doc_meta(&doc, "measured.tokens");
        int tokens = word ? heed_option_number(HEED_METRIC_WORDS, word) : HEED_METRIC_13A;
        found = tokens >= 0 && tokens != HEED_METRIC_AUTO;
        *out = found ? (enum heed_metric_tokens)tokens : *out;
    }
    heed_doc_release(&doc);
    return found;
}

static void settle_tokens(struct evaluate *o, const struct task *t)
{
    struct references x = {.t = t};
    struct heed_choice c;
    heed_choose(&(struct heed_lines){next_reference, rewind_references, &x}, &c);
    o->figure = c.figure;
    if (o->how.tokens != HEED_METRIC_AUTO ||
        (o->model && tokens_of_model(o->model, &o->how.tokens)))
        return;
    o->how.tokens = c.tokens;
    if (c.tokens != HEED_METRIC_13A)
        heed_note("tokens: %s, since %s", heed_metric_what(c.tokens), c.why);
}

/* --- scores --- */

static void score(const struct evaluate *o, struct task *t)
{
    struct heed_figures_options how = {.how = o->how,
                                       .grouped = o->group,
                                       .keep = t->n_texts > 1,
                                       .d2l = (int)o->d2l,
                                       .resamples = (int)o->resamples,
                                       .seed = (uint64_t)o->seed};
    struct heed_comparison test = {o->paired, (int)o->trials};
    for (size_t k = 0; k < t->n_texts; k++) {
        struct text *x = &t->texts[k];
        heed_scores_init(&x->scores, x->items, t->n_items, &how);
        if (k)
            heed_scores_compare(&t->texts[0].scores, &x->scores, &test, x->differences);
    }
}

static int check(const struct evaluate *o, struct heed_err *err)
{
    if (!o->refs.n == !o->refs_tsv)
        return heed_usage(err, "give references: --ref FILE..., or --refs-tsv FILE");
    if (o->refs_tsv && o->ref_column)
        return heed_usage(err, "--ref-column belongs to --ref");
    if (o->json && o->csv)
        return heed_usage(err, "--json and --csv exclude each other");
    if (o->model && heed_cli.n_operands > 1)
        return heed_usage(err, "-m MODEL made one text; of several, each is known by itself");
    if (heed_cli.n_operands > 1 && o->paired == HEED_PAIRED_BS && !o->resamples)
        return heed_usage(err, "--paired bs needs draws: --bootstrap N, or --paired ar");
    return 0;
}

static void settle_options(struct evaluate *o)
{
    o->how.all = true;
    o->how.chrf_chars = (int)o->chrf_chars;
    o->how.chrf_words = (int)o->chrf_words;
    o->how.beta = (int)o->beta;
    o->how.smooth_value = o->how.smooth == HEED_SMOOTH_FLOOR ? 0.1 : 1;
    if (heed_option_given("smooth-value"))
        o->how.smooth_value = o->smooth_value;
}

static int run(void *self, struct heed_err *err)
{
    struct evaluate *o = self;
    struct task t;
    if (check(o, err))
        return -1;
    settle_options(o);
    int result = task_read(&t, o, err);
    if (!result) {
        settle_tokens(o, &t);
        evaluate_record_begin(&t, o);
        tell(&t);
        score(o, &t);
        evaluate_print(&t, o);
        evaluate_record_end(&t, o, options);
    }
    task_release(&t);
    return result;
}

const struct heed_command heed_command = {
    .name = "evaluate",
    .summary = "scores texts against references",
    .usage = "--ref FILE... [TEXT...]",
    .about =
        "A text is lines on standard input or in a file. BLEU, chrF, chrF++ and TER are those of "
        "sacreBLEU 2, to the last digit; exact is the percentage of lines equal to a "
        "reference; token-error and word-error are the edits to the nearest reference in percent "
        "of its tokens, or of its words between blanks. "
        "Intervals hold 95 % of bootstrap resamples.\n\n"
        "Several texts, of as many systems, make one table: a row for each, and marks where the "
        "difference from the first is hardly chance. --detail, --csv and --json have the "
        "differences themselves, their p, and in how many of the draws a text was the better one "
        "(won).\n\n"
        "The signature says all that must be equal for figures to be comparable; --detail adds "
        "the one that sacreBLEU 2.6.0 prints for the same figure. The table is rounded, --json "
        "and --csv are not. The figures are recorded in the store as an evaluation of each text, "
        "what BLEU is made of as its metrics (test.bleu-brevity and so on).",
    .examples = "evaluate --ref test.fr < out.fr\n"
                "evaluate --ref test.fr base.fr wide.fr beam5.fr\n"
                "evaluate --ref test.tsv --ref-column 2 --group-by-source test.tsv < out.fr\n"
                "evaluate --refs-tsv test.refs.tsv --tokens course --lower -m enfr.heed out.fr",
    .see_also = "decode, predict, runs",
    .options = options,
    .most_used = "ref ref-column refs-tsv detail model",
    .self_size = sizeof(struct evaluate),
    .max_operands = -1,
    .run = run,
};
