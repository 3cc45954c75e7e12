/* evaluate.c: scores hypotheses against references, prints a table, records an evaluation.
 *
 * Files are read in evaluate_read.c, lines grouped, counted and scored in core/metrics. */
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include "cli/evaluate.h"
#include "cli/model_file.h"
#include "cli/rows.h"
#include "cli/table.h"
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
        struct evaluate, tokens, "tokens", "auto", HEED_METRIC_WORDS,
        "words as sacreBLEU cuts them, as the course does, at blanks, or single characters; auto: "
        "those that -m MODEL was measured over in training, else what the references ask for"),
    HEED_ROW_SWITCH(struct evaluate, lower, "lower", NULL, "compare in lower case"),
    HEED_ROW_INT(struct evaluate, d2l, "d2l", NULL, 0, 6, "K",
                 "also the mean over lines of the course's BLEU(K)"),
    HEED_ROW_COUNT(struct evaluate, resamples, "bootstrap", "1000", 0, 1e6, "N",
                   "resamples for the 95 % intervals; 0: no intervals"),
    HEED_ROW_INT(struct evaluate, seed, "seed", "12345", 0, 9e15, "N", "seed of the resamples",
                 .letter = 's'),
    HEED_ROW_STRING(struct evaluate, model, "model", NULL, "FILE",
                    "the model that made the hypotheses, to link it in the store", .letter = 'm'),
    HEED_ROW_STRING(struct evaluate, name, "name", NULL, "NAME", "name of the run in the store"),
    HEED_ROW_STRING(struct evaluate, tag, "tag", NULL, "TAG", "tag of the run"),
    HEED_ROW_SWITCH(struct evaluate, detail, "detail", NULL,
                    "also what BLEU is made of: precisions, brevity penalty, lengths; and the "
                    "signature that sacreBLEU has for the same figure"),
    HEED_ROW_INT(struct evaluate, digits, "digits", "2", 0, 15, "N",
                 "digits behind the point in the table, two more for figures from 0 to 1"),
    HEED_ROW_SWITCH(struct evaluate, csv, "csv", NULL, "print CSV, with all digits"),
    HEED_ROW_SWITCH(struct evaluate, json, "json", NULL,
                    "print one JSON object a metric, with all digits"),
    {0},
};

/* --- output --- */

/* What a figure is told in: percent, a share of 1, or a number of things. */
static int digits_of(const struct evaluate *o, const char *name)
{
    bool share =
        !strcmp(name, "bleu-d2l") || !strcmp(name, "bleu-brevity") || !strcmp(name, "length-ratio");
    bool number = strstr(name, "tokens") || !strcmp(name, "lines");
    return number ? 0 : (int)o->digits + 2 * share;
}

/* In the table rounded, elsewhere so that it reads back. */
static void format(char out[48], const struct evaluate *o, const char *name, double v)
{
    out[0] = '\0';
    if (isfinite(v) && (o->json || o->csv))
        heed_format_f64(out, 48, v);
    else if (isfinite(v))
        snprintf(out, 48, "%.*f", digits_of(o, name), v);
}

static void add_figure(struct table *t, const struct heed_figure *f, const struct evaluate *o)
{
    static const char *const names[] = {"metric", "value", "low", "high", "signature", "sacrebleu"};
    struct heed_err err;
    char value[48], low[48], high[48];
    format(value, o, f->name, f->value);
    format(low, o, f->name, f->lo);
    format(high, o, f->name, f->hi);
    /* Rounded as it is to be shown: no real number any more. */
    enum heed_value_type number = o->json || o->csv ? HEED_VALUE_REAL : HEED_VALUE_INT;
    enum heed_value_type interval = *low ? number : HEED_VALUE_NULL;
    const char *values[] = {f->name, value, low, high, f->signature, f->sacrebleu};
    const enum heed_value_type types[] = {HEED_VALUE_TEXT,
                                          number,
                                          interval,
                                          interval,
                                          *f->signature ? HEED_VALUE_TEXT : HEED_VALUE_NULL,
                                          *f->sacrebleu ? HEED_VALUE_TEXT : HEED_VALUE_NULL};
    table_add(t, &(struct heed_row){o->detail ? 6 : 5, names, values, types}, &err);
}

static void print(const struct heed_figure *results, size_t n, const struct heed_figure *details,
                  const struct evaluate *o)
{
    struct table t = {0};
    for (size_t i = 0; i < n; i++)
        add_figure(&t, &results[i], o);
    for (size_t i = 0; i < HEED_DETAILS && o->detail; i++)
        add_figure(&t, &details[i], o);
    table_print(&t, o->json ? TABLE_JSON : o->csv ? TABLE_CSV : TABLE_TEXT);
    table_release(&t);
}

/* --- the model that made the text --- */

/* The one given; else the one that is known to have written this text, by the file which its
 * training made, or by the one it was read from where that is still the same. */
static bool find_model(struct heed_store *s, const struct task *t, const struct evaluate *o,
                       struct heed_model_file *m, struct heed_str *path)
{
    struct heed_err ignored;
    char fingerprint[65];
    if (o->model) {
        if (model_file_look(m, o->model))
            return true;
        heed_warn("%s: cannot be read; the evaluation is not linked to it", o->model);
        return false;
    }
    if (heed_store_made_by(s, t->hyps_sha256, fingerprint, path, &ignored) <= 0)
        return false;
    bool found = heed_store_model_file(s, fingerprint, m, &ignored) > 0;
    m->path = path->len ? path->data : NULL;
    return found ||
           (path->len && model_file_look(m, path->data) && !strcmp(m->fingerprint, fingerprint));
}

/* Figures on no model are found by nobody who compares models. */
static void link_model(struct heed_store *s, struct heed_run *run, const struct task *t,
                       const struct evaluate *o)
{
    struct heed_model_file m = {0};
    struct heed_str path = {0};
    if (!s)
        return;
    if (find_model(s, t, o, &m, &path)) {
        heed_run_model(run, "in", "model", &m);
        if (!o->model)
            heed_note("recorded for the model that wrote this text: %s",
                      m.path ? m.path : m.sha256);
    } else if (!o->model) {
        heed_note(
            "no model is known to have written this text; -m MODEL records the figures for it");
    }
    heed_str_release(&path);
}

static void record_files(struct heed_run *run, const struct task *t, const struct evaluate *o)
{
    const char *path = heed_cli.n_operands ? heed_cli.operands[0] : "-";
    heed_run_artifact(run, "in", "hypotheses", "hypotheses", path, t->hyps_sha256, -1);
    const char *refs = o->refs_tsv ? o->refs_tsv : o->refs.items[0];
    heed_run_artifact(run, "in", "references", "references", refs, t->refs_sha256, -1);
}

/* The figure that lists show of this evaluation. */
static void record_figure(struct heed_run *run, const struct evaluate *o)
{
    static const struct heed_option rows[] = {
        HEED_ROW_STRING(struct evaluate, figure_name, "figure", NULL, "", ""),
        {0},
    };
    heed_run_params(run, rows, o);
}

/* A store that cannot be opened is a warning; then nothing is recorded. */
static struct heed_run *start_run(struct heed_store **s, const struct evaluate *o)
{
    struct heed_err err;
    if (heed_cli.no_store)
        return NULL;
    if (heed_store_open(s, heed_cli.store, false, &err) < 0) {
        heed_loss("%s; this evaluation is not recorded", err.text);
        return NULL;
    }
    return heed_run_start(*s, &(struct heed_run_info){.kind = "evaluate",
                                                      .name = o->name,
                                                      .tag = o->tag,
                                                      .argc = heed_cli.argc,
                                                      .argv = heed_cli.argv,
                                                      .seed = o->seed});
}

static void finish_run(struct heed_store *s, struct heed_run *run, const struct task *t,
                       struct evaluate *o, const struct heed_figure *results, size_t n,
                       const struct heed_figure *details)
{
    heed_run_params(run, options, o);
    o->figure_name = results[o->figure].name;
    record_figure(run, o);
    record_files(run, t, o);
    link_model(s, run, t, o);
    for (size_t i = 0; i < n; i++)
        heed_run_evaluation(run, results[i].name, results[i].value, results[i].lo, results[i].hi,
                            results[i].signature, t->refs_sha256);
    for (size_t i = 0; i < HEED_DETAILS; i++)
        heed_run_metric(run, "test", details[i].name, 0, details[i].value);
    heed_run_finish(run, "done", 0, NULL);
}

static void tell(const struct task *t)
{
    if (t->n_repaired)
        heed_warn("%lld parts that are not UTF-8 count as U+FFFD", (long long)t->n_repaired);
    if (t->n_crlf)
        heed_warn("%lld lines end in CR LF; the CR is dropped", (long long)t->n_crlf);
    if (t->n_items < t->hyps.n)
        heed_note("%zu lines of %zu sources", t->hyps.n, t->n_items);
    if (t->n_differing)
        heed_warn("%zu sources have different hypotheses on their lines; the first counts",
                  t->n_differing);
}

/* --- tokens --- */

struct references {
    const struct task *t;
    size_t item, ref;
};

static const char *next_reference(void *ctx, size_t *len)
{
    struct references *x = ctx;
    while (x->item < x->t->n_items && x->ref >= x->t->items[x->item].n_refs) {
        x->item++;
        x->ref = 0;
    }
    if (x->item >= x->t->n_items)
        return NULL;
    const char *line = x->t->items[x->item].refs[x->ref++];
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
    if (o->tokens != HEED_METRIC_AUTO || (o->model && tokens_of_model(o->model, &o->tokens)))
        return;
    o->tokens = c.tokens;
    if (c.tokens != HEED_METRIC_13A)
        heed_note("tokens: %s, since %s", heed_metric_what(c.tokens), c.why);
}

static void score(struct evaluate *o, const struct task *t)
{
    struct heed_figure results[HEED_FIGURES_MAX], details[HEED_DETAILS];
    struct heed_counts sum;
    struct heed_store *store = NULL;
    settle_tokens(o, t);
    struct heed_run *record = start_run(&store, o);
    tell(t);
    struct heed_figures_options how = {.tokens = o->tokens,
                                       .lower = o->lower,
                                       .grouped = o->group,
                                       .d2l = (int)o->d2l,
                                       .resamples = (int)o->resamples,
                                       .seed = (uint64_t)o->seed};
    size_t n = heed_figures(t->items, t->n_items, &how, results, &sum);
    heed_figure_details(&sum, details);
    print(results, n, details, o);
    if (record)
        finish_run(store, record, t, o, results, n, details);
    heed_store_close(store);
}

static int run(void *self, struct heed_err *err)
{
    struct evaluate *o = self;
    struct task t;
    if (!o->refs.n == !o->refs_tsv)
        return heed_usage(err, "give references: --ref FILE..., or --refs-tsv FILE");
    if (o->refs_tsv && o->ref_column)
        return heed_usage(err, "--ref-column belongs to --ref");
    if (o->json && o->csv)
        return heed_usage(err, "--json and --csv exclude each other");
    int result = task_read(&t, o, err);
    if (!result)
        score(o, &t);
    task_release(&t);
    return result;
}

const struct heed_command heed_command = {
    .name = "evaluate",
    .summary = "scores hypotheses against references",
    .usage = "--ref FILE... [HYPOTHESES]",
    .about =
        "Hypotheses are lines on standard input or in a file. BLEU and chrF are those of "
        "sacreBLEU 2, to the last digit; exact is the percentage of lines equal to a "
        "reference; token-error the edits to the nearest reference in percent of its tokens. "
        "Intervals hold 95 % of bootstrap resamples.\n\n"
        "The signature says all that must be equal for figures to be comparable; --detail adds "
        "the one that sacreBLEU 2.6.0 prints for the same figure. The table is rounded, --json "
        "and --csv are not. The figures are recorded in the store as an evaluation, what BLEU "
        "is made of as its metrics (test.bleu-brevity and so on).",
    .examples = "evaluate --ref test.fr < out.fr\n"
                "evaluate --ref test.tsv --ref-column 2 --group-by-source test.tsv < out.fr\n"
                "evaluate --refs-tsv test.refs.tsv --tokens course --lower -m enfr.heed out.fr",
    .see_also = "decode, predict, runs",
    .options = options,
    .most_used = "ref ref-column refs-tsv detail model",
    .self_size = sizeof(struct evaluate),
    .max_operands = 1,
    .run = run,
};
