/* plot_curve.c: metrics of runs to panels of curves.
 *
 * Every run and metric asked for is a query whose points make a curve; curves of one metric share a
 * panel, whatever their split and run. plot_curve_draw.c draws the panels. */
#include <string.h>
#include "cli/plot.h"

struct request {
    struct panel *panels;
    size_t n, cap;
    struct curve *into; /* the one being read */
};

static struct panel *panel_of(struct request *q, const char *name)
{
    for (size_t i = 0; i < q->n; i++)
        if (!strcmp(q->panels[i].name, name))
            return &q->panels[i];
    heed_grow(&q->panels, q->n, &q->cap, sizeof(*q->panels));
    q->panels[q->n] = (struct panel){.name = heed_xstrdup(name)};
    return &q->panels[q->n++];
}

static int take_point(void *ctx, const struct heed_row *row, struct heed_err *err)
{
    struct curve *c = ((struct request *)ctx)->into;
    double step, value;
    if (!heed_parse_f64(row->values[0], &step) || !heed_parse_f64(row->values[1], &value))
        return heed_fail(err, "the store holds a metric that is no number");
    heed_grow(&c->step, c->n, &c->cap_step, sizeof(*c->step));
    heed_grow(&c->value, c->n, &c->cap_value, sizeof(*c->value));
    c->step[c->n] = step;
    c->value[c->n++] = value;
    return 0;
}

static int take_label(void *ctx, const struct heed_row *row, struct heed_err *err)
{
    (void)err;
    *(char **)ctx = heed_xstrdup(row->values[0]);
    return 0;
}

/* One curve: a metric "split.name" of a run; over so many dev pairs too, as dev.loss@1200. A run without it
 * adds nothing. */
static int read_curve(struct request *q, struct heed_store *s, const char *run, const char *metric,
                      struct heed_err *err)
{
    const char *dot = strchr(metric, '.');
    if (!dot || dot == metric || !dot[1])
        return heed_usage(err, "metric '%s': want SPLIT.NAME, such as dev.loss", metric);
    struct curve c = {0};
    char *label = NULL, *split = heed_xstrndup(metric, (size_t)(dot - metric));
    const char *args[] = {run, split, dot + 1};
    q->into = &c;
    int result =
        heed_store_query(s, "SELECT coalesce(name, substr(uuid, 1, 8)) FROM v_run WHERE uuid = ?1",
                         args, 1, take_label, &label, err);
    if (!result)
        result =
            heed_store_query(s,
                             "SELECT step, value FROM metric JOIN run USING(run_id) WHERE uuid = ?1"
                             " AND split = ?2 AND (metric.name = ?3 OR metric.name GLOB ?3 || "
                             "'@*') AND value IS NOT NULL ORDER BY step",
                             args, 3, take_point, q, err);
    struct heed_str text = {0};
    heed_str_printf(&text, "%s %s", label ? label : "", split);
    c.label = text.data;
    if (!result && c.n) {
        struct panel *p = panel_of(q, dot + 1);
        heed_grow(&p->curves, p->n, &p->cap, sizeof(*p->curves));
        p->curves[p->n++] = c;
    } else {
        free(c.label);
        free(c.step);
        free(c.value);
    }
    free(label);
    free(split);
    return result;
}

static int take_id(void *ctx, const struct heed_row *row, struct heed_err *err)
{
    (void)err;
    snprintf(ctx, 33, "%s", row->values[0]);
    return 0;
}

/* "last" is the newest run that has something to draw: evaluations and pipelines have no curves, and a
 * training that has just begun none yet. */
static int find_run(struct heed_store *s, const char *id, const char *metrics, char run[33],
                    struct heed_err *err)
{
    static const char last[] =
        "SELECT uuid FROM run WHERE run_id IN (SELECT run_id FROM metric WHERE value IS NOT NULL"
        " AND instr(',' || ?1 || ',', ',' || split || '.' || name || ','))"
        " ORDER BY started_at DESC, run_id DESC LIMIT 1";
    run[0] = '\0';
    if (strcmp(id, "last"))
        return heed_store_find_run(s, id, run, err);
    if (heed_store_query(s, last, &metrics, 1, take_id, run, err))
        return -1;
    return *run ? 0 : heed_fail(err, "no run of the store has values of %s", metrics);
}

static int read_run(struct request *q, struct heed_store *s, const char *id, const char *metrics,
                    struct heed_err *err)
{
    char run[33], *copy, *rest;
    int result = find_run(s, id, metrics, run, err);
    if (result)
        return -1;
    copy = heed_xstrdup(metrics);
    for (char *metric = strtok_r(copy, ",", &rest); metric && !result;
         metric = strtok_r(NULL, ",", &rest))
        result = read_curve(q, s, run, metric, err);
    free(copy);
    return result;
}

static void release(struct request *q)
{
    for (size_t i = 0; i < q->n; i++) {
        for (size_t c = 0; c < q->panels[i].n; c++) {
            free(q->panels[i].curves[c].label);
            free(q->panels[i].curves[c].step);
            free(q->panels[i].curves[c].value);
        }
        free(q->panels[i].curves);
        free(q->panels[i].name);
    }
    free(q->panels);
}

static int draw(const struct request *q, const struct plot *o, enum plot_style style,
                struct heed_err *err)
{
    struct heed_str svg = {0};
    for (size_t i = 0; i < q->n && !o->svg; i++)
        panel_print(&q->panels[i], style, (size_t)o->width, (size_t)o->height);
    if (!o->svg)
        return 0;
    panels_svg(q->panels, q->n, &svg);
    int result = plot_write(o, &svg, err);
    heed_str_release(&svg);
    return result;
}

int plot_curves(const struct plot *o, enum plot_style style, struct heed_err *err)
{
    struct heed_store *s;
    struct request q = {0};
    if (heed_store_open(&s, heed_cli.store, true, err) < 0)
        return -1;
    int result = 0;
    for (size_t i = 0; i < o->runs.n && !result; i++)
        result = read_run(&q, s, o->runs.items[i], o->metrics, err);
    heed_store_close(s);
    if (!result && !q.n)
        result = heed_fail(err, "no values of %s in %s", o->metrics,
                           o->runs.n == 1 ? "this run" : "these runs");
    if (!result)
        result = draw(&q, o, style, err);
    release(&q);
    return result;
}
