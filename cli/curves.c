/* curves.c: see curves.h. Every run and metric asked for is a query whose points make a curve; curves of one
 * metric share a panel, whatever their split and run. */
#include "cli/curves.h"
#include <string.h>

static struct panel *panel_of(struct curves *q, const char *name)
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
    struct curve *c = ((struct curves *)ctx)->into;
    double step, value;
    if (!heed_parse_f64(row->values[0], &step) || !heed_parse_f64(row->values[1], &value))
        return heed_fail(err, "the store holds a metric that is no number");
    heed_grow(&c->step, c->n, &c->cap_step, sizeof(*c->step));
    heed_grow(&c->value, c->n, &c->cap_value, sizeof(*c->value));
    c->step[c->n] = step;
    c->value[c->n++] = value;
    return 0;
}

static int take_text(void *ctx, const struct heed_row *row, struct heed_err *err)
{
    struct heed_str *s = ctx;
    (void)err;
    heed_str_printf(s, "%s%s", s->len ? "," : "", row->values[0]);
    return 0;
}

/* The name of a run in front of the split; several runs of one name are told apart by their numbers. */
static int label(struct heed_store *s, const char *run, const char *split, struct heed_str *out,
                 struct heed_err *err)
{
    int result = heed_store_query(
        s,
        "SELECT iif(name IS NULL, substr(uuid, 1, 8), iif((SELECT count(*) FROM v_run o"
        "  WHERE o.name = r.name AND o.kind = r.kind) > 1, name || ' #' || run_id, name))"
        " FROM v_run r WHERE uuid = ?1",
        &run, 1, take_text, out, err);
    heed_str_printf(out, " %s", split);
    return result;
}

static void add_curve(struct curves *q, const char *metric, const struct curve *c)
{
    struct panel *p = panel_of(q, metric);
    heed_grow(&p->curves, p->n, &p->cap, sizeof(*p->curves));
    p->curves[p->n++] = *c;
}

/* One curve: a metric "split.name" of a run; over so many dev pairs too, as dev.loss@1200. A run without it
 * adds nothing. */
static int read_curve(struct curves *q, struct heed_store *s, const char *run, const char *metric,
                      struct heed_err *err)
{
    const char *dot = strchr(metric, '.');
    if (!dot || dot == metric || !dot[1])
        return heed_usage(err, "metric '%s': want SPLIT.NAME, such as dev.loss", metric);
    struct curve c = {.run = q->n_runs};
    struct heed_str text = {0};
    char *split = heed_xstrndup(metric, (size_t)(dot - metric));
    const char *args[] = {run, split, dot + 1};
    c.train = !strcmp(split, "train");
    q->into = &c;
    int result =
        heed_store_query(s,
                         "SELECT step, value FROM metric JOIN run USING(run_id) WHERE uuid = ?1"
                         " AND split = ?2 AND (metric.name = ?3 OR metric.name GLOB ?3 || "
                         "'@*') AND value IS NOT NULL ORDER BY step",
                         args, 3, take_point, q, err);
    if (!result && c.n)
        result = label(s, run, split, &text, err);
    c.label = text.data;
    if (!result && c.n) {
        add_curve(q, dot + 1, &c);
    } else {
        free(c.label);
        free(c.step);
        free(c.value);
    }
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
        " AND iif(?1 IS NULL, split IN ('train', 'dev'),"
        "  instr(',' || ?1 || ',', ',' || split || '.' || name || ',')))"
        " ORDER BY started_at DESC, run_id DESC LIMIT 1";
    run[0] = '\0';
    if (strcmp(id, "last"))
        return heed_store_find_run(s, id, run, err);
    if (heed_store_query(s, last, &metrics, 1, take_id, run, err))
        return -1;
    return *run ? 0
                : heed_fail(err, "no run of the store has values of %s",
                            metrics ? metrics : "any metric");
}

/* All metrics that its training measured over its steps, losses first. */
static int all_metrics(struct heed_store *s, const char *run, struct heed_str *out,
                       struct heed_err *err)
{
    return heed_store_query(
        s,
        "SELECT DISTINCT split || '.' || substr(m.name, 1, instr(m.name || '@', '@') - 1) AS what"
        " FROM metric m JOIN run USING(run_id) WHERE uuid = ?1 AND value IS NOT NULL"
        " AND split IN ('train', 'dev') AND m.name <> 'epoch_loss' ORDER BY what NOT LIKE "
        "'%.loss', what",
        &run, 1, take_text, out, err);
}

int curves_read(struct curves *c, struct heed_store *s, const char *run, const char *metrics,
                struct heed_err *err)
{
    char id[33], *rest;
    struct heed_str list = {0};
    int result = find_run(s, run, metrics, id, err);
    if (result)
        return -1;
    if (metrics)
        heed_str_add_text(&list, metrics);
    else
        result = all_metrics(s, id, &list, err);
    for (char *metric = strtok_r(list.len ? list.data : NULL, ",", &rest); metric && !result;
         metric = strtok_r(NULL, ",", &rest))
        result = read_curve(c, s, id, metric, err);
    c->n_runs++;
    heed_str_release(&list);
    return result;
}

bool curve_dashed(const struct panel *p, const struct curve *c)
{
    for (size_t i = 0; c->train && i < p->n; i++)
        if (!p->curves[i].train)
            return true;
    return false;
}

void curves_release(struct curves *q)
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
