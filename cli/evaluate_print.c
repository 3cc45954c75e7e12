/* evaluate_print.c: figures as a table.
 *
 *     one text         a row for each figure, with interval and signature
 *     several texts    a row for each text with all figures, and marks where a difference from the first is
 *                      hardly chance; with --detail, as CSV and as JSON a row for each figure of each text */
#include <math.h>
#include <string.h>
#include "cli/evaluate.h"
#include "cli/table.h"

/* --- numbers --- */

/* What a figure is told in: percent, a share of 1, or a number of things. */
static int digits_of(const struct evaluate *o, const char *name)
{
    bool share =
        !strcmp(name, "bleu-d2l") || !strcmp(name, "bleu-brevity") || !strcmp(name, "length-ratio");
    bool number = strstr(name, "tokens") || !strcmp(name, "lines");
    return number ? 0 : (int)o->digits + 2 * share;
}

#define NUMBER 48

/* In the table rounded, elsewhere so that it reads back. */
static void format(char out[NUMBER], const struct evaluate *o, int digits, double v)
{
    out[0] = '\0';
    if (isfinite(v) && (o->json || o->csv))
        heed_format_f64(out, NUMBER, v);
    else if (isfinite(v))
        snprintf(out, NUMBER, "%.*f", digits, v);
}

/* --- rows --- */

struct cells {
    const char *names[12], *values[12];
    enum heed_value_type types[12];
    size_t n;
};

static void add_text(struct cells *c, const char *name, const char *value)
{
    c->names[c->n] = name;
    c->values[c->n] = value;
    c->types[c->n++] = *value ? HEED_VALUE_TEXT : HEED_VALUE_NULL;
}

/* Rounded as it is to be shown it is no real number any more. */
static void add_number(struct cells *c, const struct evaluate *o, const char *name,
                       const char *value)
{
    c->names[c->n] = name;
    c->values[c->n] = value;
    c->types[c->n++] = !*value             ? HEED_VALUE_NULL
                       : o->json || o->csv ? HEED_VALUE_REAL
                                           : HEED_VALUE_INT;
}

static void add_row(struct table *t, const struct cells *c)
{
    struct heed_err err;
    table_add(t, &(struct heed_row){c->n, c->names, c->values, c->types}, &err);
}

/* text: NULL where it is the only one. d: NULL where nothing was compared. */
static void add_figure(struct table *t, const struct evaluate *o, const char *text,
                       const struct heed_figure *f, const struct heed_difference *d)
{
    struct heed_difference none = {NAN, NAN, NAN};
    char value[NUMBER], lo[NUMBER], hi[NUMBER], difference[NUMBER], p[NUMBER], won[NUMBER];
    int digits = digits_of(o, f->name);
    struct cells c = {.n = 0};
    d = d ? d : &none;
    format(value, o, digits, f->value);
    format(lo, o, digits, f->lo);
    format(hi, o, digits, f->hi);
    format(difference, o, digits, d->value);
    format(p, o, 4, d->p);
    format(won, o, 3, d->won);
    if (text)
        add_text(&c, "system", text);
    add_text(&c, "metric", f->name);
    add_number(&c, o, "value", value);
    add_number(&c, o, "low", lo);
    add_number(&c, o, "high", hi);
    if (text) {
        add_number(&c, o, "difference", difference);
        add_number(&c, o, "p", p);
        add_number(&c, o, "won", won);
    }
    add_text(&c, "signature", f->signature);
    if (o->detail)
        add_text(&c, "sacrebleu", f->sacrebleu);
    add_row(t, &c);
}

static void add_figures(struct table *t, const struct evaluate *o, const struct text *x,
                        bool several, bool compared)
{
    struct heed_figure details[HEED_DETAILS];
    const char *name = several ? x->name : NULL;
    heed_figure_details(&x->scores, details);
    for (size_t i = 0; i < x->scores.n; i++)
        add_figure(t, o, name, &x->scores.figures[i], compared ? &x->differences[i] : NULL);
    for (size_t i = 0; i < HEED_DETAILS && o->detail; i++)
        add_figure(t, o, name, &details[i], NULL);
}

/* --- several texts --- */

#define SURE      0.05
#define VERY_SURE 0.01

static const char *mark_of(const struct heed_difference *d)
{
    return isnan(d->p) || d->p >= SURE ? "  " : d->p >= VERY_SURE ? "* " : "**";
}

static void add_system(struct table *t, const struct evaluate *o, const struct text *x,
                       bool compared)
{
    char heads[HEED_FIGURES_MAX][20], shown[HEED_FIGURES_MAX][NUMBER + 3], number[NUMBER];
    struct cells c = {.n = 0};
    add_text(&c, "system", x->name);
    for (size_t i = 0; i < x->scores.n; i++) {
        const struct heed_figure *f = &x->scores.figures[i];
        format(number, o, digits_of(o, f->name), f->value);
        snprintf(shown[i], sizeof(shown[i]), "%s%s", number,
                 compared ? mark_of(&x->differences[i]) : "  ");
        snprintf(heads[i], sizeof(heads[i]), "%s  ", f->name); /* so the marks hang out */
        add_number(&c, o, heads[i], shown[i]);
    }
    add_row(t, &c);
}

static void print_legend(const struct task *t, const struct evaluate *o)
{
    char first[200];
    heed_escape(first, sizeof(first), t->texts[0].name, strlen(t->texts[0].name));
    heed_out("\n* p < %g, ** p < %g that the difference from %s is chance: ", SURE, VERY_SURE,
             first);
    if (o->paired == HEED_PAIRED_AR)
        heed_out("%lld exchanges of lines (ar), seed %lld\n", (long long)o->trials,
                 (long long)o->seed);
    else
        heed_out("%lld draws of lines (bs), seed %lld\n", (long long)o->resamples,
                 (long long)o->seed);
}

void evaluate_test(const struct evaluate *o, char out[60])
{
    bool ar = o->paired == HEED_PAIRED_AR;
    snprintf(out, 60, "%s:%lld|seed:%lld", ar ? "ar" : "bs",
             (long long)(ar ? o->trials : o->resamples), (long long)o->seed);
}

/* --- all of it --- */

void evaluate_print(const struct task *t, const struct evaluate *o)
{
    struct table table = {0};
    bool several = t->n_texts > 1, by_system = several && !o->detail && !o->csv && !o->json;
    for (size_t k = 0; k < t->n_texts; k++)
        if (by_system)
            add_system(&table, o, &t->texts[k], k > 0);
        else
            add_figures(&table, o, &t->texts[k], several, k > 0);
    table_print(&table, o->json ? TABLE_JSON : o->csv ? TABLE_CSV : TABLE_TEXT);
    table_release(&table);
    if (by_system)
        print_legend(t, o);
}
