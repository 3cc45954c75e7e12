/* plot_page.c: a stream of hypotheses, with references and forced targets beside it, to a page.
 *
 * Lines are known by their numbers: of references and of the forced stream (decode --force) the same line is taken.
 * The loss of a line is that of its forced target, or where there is none that of the model's own: minus the
 * log probability of a place in the mean. Figures are those of `evaluate`, over the tokens that the references ask
 * for. */
#include <math.h>
#include <string.h>
#include "cli/plot_page.h"
#include "metrics/figures.h"
#include "stream/schema.h"

/* Lines of a file of references. */
struct references {
    char **at;
    size_t n, cap;
};
/* What a forced stream says of a line: an object of the page's data, and its loss. */
struct forced {
    char *object;
    double loss;
};
struct lines {
    const struct plot *o;
    struct page *page;
    struct references *refs; /* [o->refs.n] */
    struct forced *forced;
    size_t n_forced, cap_forced;
    struct heed_scored *items; /* lines with references; hyp is owned */
    size_t n_items, cap_items;
    enum heed_metric_tokens tokens;
    int64_t base, next; /* the first line of this part, and of the next */
    /* The stream frame's tokenizers, where it carries them. */
    struct heed_sides sides;
    bool have_sides;
};

/* --- references --- */

static int read_references(struct references *r, const char *path, int64_t column,
                           struct heed_err *err)
{
    struct heed_text in;
    int got;
    if (heed_text_open(&in, path, HEED_CLEAN_LENIENT, 0, err))
        return -1;
    in.column = column;
    while ((got = heed_text_next(&in, err)) > 0) {
        heed_grow(&r->at, r->n, &r->cap, sizeof(*r->at));
        r->at[r->n++] = heed_xstrndup(in.line.len ? in.line.data : "", in.line.len);
    }
    heed_text_close(&in);
    return got;
}

struct rewound {
    const struct references *refs;
    size_t n, file, line;
};

static const char *next_line(void *ctx, size_t *len)
{
    struct rewound *x = ctx;
    while (x->file < x->n && x->line == x->refs[x->file].n) {
        x->file++;
        x->line = 0;
    }
    if (x->file == x->n)
        return NULL;
    const char *text = x->refs[x->file].at[x->line++];
    *len = strlen(text);
    return text;
}

static void rewind_lines(void *ctx)
{
    struct rewound *x = ctx;
    x->file = x->line = 0;
}

static int open_references(struct lines *l, struct heed_err *err)
{
    const struct heed_list *files = &l->o->refs;
    struct heed_choice choice;
    l->refs = heed_xcalloc(files->n + 1, sizeof(*l->refs));
    for (size_t i = 0; i < files->n; i++)
        if (read_references(&l->refs[i], files->items[i], l->o->ref_column, err))
            return -1;
    struct rewound x = {.refs = l->refs, .n = files->n};
    heed_choose(&(struct heed_lines){next_line, rewind_lines, &x}, &choice);
    l->tokens = choice.tokens;
    return 0;
}

/* --- the stream's own tokenizers --- */

/* A page is made without them too, out of pieces. */
static void open_sides(struct lines *l, const struct heed_doc *head)
{
    struct heed_err err = {0};
    heed_sides_release(&l->sides);
    l->sides = (struct heed_sides){0};
    l->have_sides = heed_sides_in_doc(head);
    if (l->have_sides && heed_sides_from_doc(&l->sides, 3, head, &err)) {
        heed_warn("texts are put together from pieces: %s", err.text);
        l->have_sides = false;
    }
}

static int text_of(struct lines *l, const struct plot_stream *s, int64_t b, int64_t n,
                   struct heed_str *out, struct heed_err *err)
{
    return line_text(s, l->have_sides ? &l->sides : NULL, b, n, out, err);
}

/* Where parts (`cat a b`) have lines of their own, theirs follow. */
static int begin_frame(struct lines *l, const struct plot_stream *s, struct heed_err *err)
{
    if (s->parted)
        l->base = l->next;
    if (s->parted || s->frame.before == 0)
        open_sides(l, &s->reader.head);
    if (frame_check(&s->frame, l->o, err))
        return -1;
    if (l->have_sides && s->frame.tgt)
        return heed_schema_check_ids(&s->doc, "tgt", l->sides.tgt.vocab.n, err);
    return 0;
}

/* Minus the log probability of a place in the mean, of hypothesis 0; NAN: nobody says. Scores of a search may be
 * something else. */
static double loss_of(const struct frame *f, int64_t b)
{
    const struct heed_array *p = heed_doc_find(f->doc, "log_prob");
    int64_t n = frame_targets(f, b, 0);
    return p && n && p->rank == 2 && p->dims[0] == f->B ? -heed_array_value(p, b * f->N) / (double)n
                                                        : NAN;
}

/* --- forced targets --- */

static int take_forced(struct lines *l, const struct plot_stream *s, int64_t b,
                       struct heed_err *err)
{
    struct heed_str object = {0}, text = {0};
    int64_t line = l->base + frame_line(&s->frame, b);
    l->next = HEED_MAX(l->next, line + 1);
    if (line >= 1 << 28)
        return heed_fail(err, "line %lld: too many for a page", (long long)line);
    while (l->n_forced <= (size_t)line) {
        heed_grow(&l->forced, l->n_forced, &l->cap_forced, sizeof(*l->forced));
        l->forced[l->n_forced++] = (struct forced){NULL, NAN};
    }
    int result = text_of(l, s, b, 0, &text, err);
    if (!result) {
        line_add_hypothesis(&object, s, l->o->head, b, 0, &text);
        free(l->forced[line].object);
        l->forced[line] = (struct forced){object.data, loss_of(&s->frame, b)};
    }
    heed_str_release(&text);
    return result;
}

/* --- a line --- */

static void add_errors(struct heed_str *out, struct lines *l, struct heed_scored *item)
{
    struct heed_metric_options how = HEED_METRIC_DEFAULTS;
    struct heed_counts c;
    how.tokens = l->tokens;
    heed_counts_line(&c, &how, item->hyp, item->refs, item->n_refs);
    heed_str_printf(out, ",\"edits\":%lld,\"of\":%lld,\"chrf\":", (long long)c.edits,
                    (long long)c.edit_tokens);
    page_number(out, heed_metric_score(HEED_CHRF, &c, &how), 4);
    if (c.exact)
        heed_str_add_text(out, ",\"exact\":1");
}

static int add_references(struct heed_str *out, struct lines *l, int64_t line,
                          const struct heed_str *hyp, struct heed_err *err)
{
    const struct heed_list *files = &l->o->refs;
    struct heed_scored item = {.hyp = heed_xstrndup(hyp->len ? hyp->data : "", hyp->len)};
    heed_grow(&l->items, l->n_items, &l->cap_items, sizeof(*l->items));
    heed_str_add_text(out, ",\"ref\":[");
    for (size_t i = 0; i < files->n; i++) {
        if (line >= (int64_t)l->refs[i].n) {
            free((char *)item.hyp);
            free(item.refs);
            return heed_fail(err, "%s has %zu lines, the stream a line %lld", files->items[i],
                             l->refs[i].n, (long long)line + 1);
        }
        const char *ref = l->refs[i].at[line];
        heed_scored_add(&item, ref);
        heed_str_add_text(out, i ? "," : "");
        page_text(out, ref, strlen(ref));
    }
    heed_str_add_char(out, ']');
    add_errors(out, l, &item);
    l->items[l->n_items++] = item;
    return 0;
}

static int add_hypotheses(struct heed_str *out, struct lines *l, const struct plot_stream *s,
                          int64_t b, struct heed_str *best, struct heed_err *err)
{
    struct heed_str text = {0};
    int result = 0;
    heed_str_add_text(out, ",\"hyp\":[");
    for (int64_t n = 0; n < s->frame.N && !result; n++) {
        result = text_of(l, s, b, n, n ? &text : best, err);
        if (n && !result && !frame_targets(&s->frame, b, n))
            break; /* fewer were found */
        heed_str_add_text(out, n ? "," : "");
        if (!result)
            line_add_hypothesis(out, s, l->o->head, b, n, n ? &text : best);
    }
    heed_str_add_char(out, ']');
    heed_str_release(&text);
    return result;
}

static void add_loss(struct heed_str *out, const struct lines *l, const struct frame *f, int64_t b,
                     int64_t line)
{
    const struct forced *forced = line < (int64_t)l->n_forced ? &l->forced[line] : NULL;
    double loss = NAN;
    if (forced && forced->object) {
        heed_str_printf(out, ",\"forced\":%s", forced->object);
        loss = forced->loss;
    } else if (!l->n_forced) {
        loss = loss_of(f, b);
    }
    if (isfinite(loss)) {
        heed_str_add_text(out, ",\"loss\":");
        page_number(out, loss, 4);
    }
}

static int take_line(struct lines *l, const struct plot_stream *s, int64_t b, struct heed_err *err)
{
    struct heed_str *out = &l->page->lines, best = {0};
    int64_t line = l->base + frame_line(&s->frame, b);
    l->next = HEED_MAX(l->next, line + 1);
    page_next(out);
    heed_str_printf(out, "{\"n\":%lld,", (long long)line);
    line_add_source(out, s, b);
    int result = add_hypotheses(out, l, s, b, &best, err);
    if (!result && l->o->refs.n)
        result = add_references(out, l, line, &best, err);
    add_loss(out, l, &s->frame, b, line);
    heed_str_add_char(out, '}');
    heed_str_release(&best);
    return result;
}

/* --- streams --- */

static void tell_origin(struct lines *l, const char *path, const char *model)
{
    char shown[16];
    page_fact(l->page, "hypotheses", path && strcmp(path, "-") ? path : "standard input");
    snprintf(shown, sizeof(shown), "%.12s", model ? model : "");
    if (model)
        page_fact(l->page, "model", shown);
}

static int each_line(struct lines *l, const char *path,
                     int (*take)(struct lines *l, const struct plot_stream *s, int64_t b,
                                 struct heed_err *err),
                     struct heed_err *err)
{
    struct plot_stream s;
    int got, result = 0;
    if (plot_stream_open(&s, path, PLOT_ATTENTION, false, err))
        return -1;
    l->base = l->next = 0;
    while (!result && (got = plot_stream_next(&s, err)) != 0) {
        result = got < 0 ? -1 : begin_frame(l, &s, err);
        for (int64_t b = 0; b < s.frame.B && !result; b++)
            result = take(l, &s, b, err);
    }
    if (!result && take == take_line)
        tell_origin(l, path, heed_doc_meta(&s.reader.head, "model"));
    plot_stream_close(&s);
    return result;
}

/* As a table of the page: what `evaluate` prints. */
static void add_figures(struct lines *l)
{
    struct heed_figure figures[HEED_FIGURES_MAX];
    struct heed_figures_options how = {
        .how = HEED_METRIC_DEFAULTS, .resamples = 1000, .seed = 12345};
    static const char *const names[] = {"metric", "value", "low", "high", "signature"};
    static const enum heed_value_type types[] = {HEED_VALUE_TEXT, HEED_VALUE_REAL, HEED_VALUE_REAL,
                                                 HEED_VALUE_REAL, HEED_VALUE_TEXT};
    struct table t = {.title = "figures of these lines"};
    struct heed_err err;
    how.how.tokens = l->tokens;
    how.how.all = true;
    size_t n = l->n_items ? heed_figures(l->items, l->n_items, &how, figures) : 0;
    for (size_t i = 0; i < n; i++) {
        char v[3][40];
        heed_format_f64(v[0], sizeof(v[0]), figures[i].value);
        heed_format_f64(v[1], sizeof(v[1]), figures[i].lo);
        heed_format_f64(v[2], sizeof(v[2]), figures[i].hi);
        const char *values[] = {figures[i].name, v[0], v[1], v[2], figures[i].signature};
        table_add(&t, &(struct heed_row){HEED_COUNT(names), names, values, types}, &err);
    }
    page_table(l->page, &t);
    table_release(&t);
}

static void release(struct lines *l)
{
    for (size_t i = 0; l->refs && i < l->o->refs.n; i++) {
        for (size_t k = 0; k < l->refs[i].n; k++)
            free(l->refs[i].at[k]);
        free(l->refs[i].at);
    }
    for (size_t i = 0; i < l->n_forced; i++)
        free(l->forced[i].object);
    for (size_t i = 0; i < l->n_items; i++) {
        free((char *)l->items[i].hyp);
        free(l->items[i].refs);
    }
    free(l->refs);
    free(l->forced);
    free(l->items);
    heed_sides_release(&l->sides);
}

static int add_lines(struct page *p, const struct plot *o, const char *path, struct heed_err *err)
{
    struct lines l = {.o = o, .page = p};
    int result = open_references(&l, err);
    if (!result && o->forced)
        result = each_line(&l, o->forced, take_forced, err);
    if (!result)
        result = each_line(&l, path, take_line, err);
    if (!result)
        add_figures(&l);
    release(&l);
    return result;
}

static int add_runs(struct page *p, const struct plot *o, struct heed_err *err)
{
    struct heed_store *s;
    if (heed_store_open(&s, heed_cli.store, true, err))
        return -1;
    int result = page_runs(p, s, o->runs.items, o->runs.n,
                           heed_option_given("metric") ? o->metrics : NULL, err);
    heed_store_close(s);
    return result;
}

int plot_page(const struct plot *o, const char *path, struct heed_err *err)
{
    struct page p = {0};
    int result = path || !o->runs.n ? add_lines(&p, o, path, err) : 0;
    if (!result && o->runs.n)
        result = add_runs(&p, o, err);
    const char *title = o->title ? o->title : p.lines.len ? "attention" : "runs";
    if (!result)
        result = page_write(&p, title, o->output, err);
    page_release(&p);
    return result;
}
