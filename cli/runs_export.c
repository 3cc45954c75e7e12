/* runs_export.c: curves of runs, and what became of their dev lines, as event files (events.h): a folder each. */
#include <string.h>
#include "cli/events.h"
#include "cli/runs.h"

#define SECONDS(column) "coalesce((julianday(" column ") - 2440587.5) * 86400, 0)"

static int take_value(void *ctx, const struct heed_row *row, struct heed_err *err)
{
    double at, value;
    int64_t step;
    if (!heed_parse_f64(row->values[0], &at) || !heed_parse_i64(row->values[1], &step) ||
        !heed_parse_f64(row->values[3], &value))
        return heed_fail(err, "the store holds a metric that is no number");
    events_value(ctx, at, step, row->values[2], value);
    return 0;
}

static int take_output(void *ctx, const struct heed_row *row, struct heed_err *err)
{
    double at;
    int64_t step;
    if (!heed_parse_f64(row->values[0], &at) || !heed_parse_i64(row->values[1], &step))
        return heed_fail(err, "the store holds an output without a step");
    const char *texts[] = {"source",       row->values[3], "reference",
                           row->values[4], "output",       row->values[5]};
    events_texts(ctx, at, step, row->values[2], texts, 3, 2);
    return 0;
}

/* Events of one run, in the order of their steps. */
static int gather(struct heed_store *s, const char *uuid, struct heed_str *out,
                  struct heed_err *err)
{
    return heed_store_query(
               s,
               "SELECT " SECONDS(
                   "at") ", step, split || '/' || m.name, value"
                         " FROM metric m JOIN run USING(run_id)"
                         " WHERE uuid = ?1 AND value IS NOT NULL ORDER BY step, split, m.name",
               &uuid, 1, take_value, out, err) ||
                   heed_store_query(
                       s,
                       "SELECT " SECONDS(
                           "max(m.at)") ", o.step, 'dev/line ' || line,"
                                        " source, reference, output FROM v_dev_output o"
                                        " LEFT JOIN metric m ON m.run_id = o.run_id AND m.split = "
                                        "'dev'"
                                        " AND m.step = o.step WHERE o.uuid = ?1"
                                        " GROUP BY o.step, line ORDER BY o.step, line",
                       &uuid, 1, take_output, out, err)
               ? -1
               : 0;
}

struct exported {
    struct heed_str folder, name;
    double at;
};

/* Columns: name, number, start. */
static int take_run(void *ctx, const struct heed_row *row, struct heed_err *err)
{
    struct exported *x = ctx;
    heed_str_printf(&x->name, "%s%s%s", row->values[0], *row->values[0] ? "-" : "", row->values[1]);
    return heed_parse_f64(row->values[2], &x->at) ? 0 : heed_fail(err, "a run without a start");
}

static int write_file(const struct exported *x, const char *uuid, const struct heed_str *events,
                      struct heed_err *err)
{
    struct heed_str path = {0};
    struct heed_commit c;
    heed_str_printf(&path, "%s/events.out.tfevents.%010lld.%.8s", x->folder.data, (long long)x->at,
                    uuid);
    int result = heed_commit_open(&c, path.data, err);
    if (!result && heed_output_write(&c.out, events->data, events->len, err)) {
        heed_commit_abort(&c);
        result = -1;
    } else if (!result) {
        result = heed_commit_finish(&c, err);
    }
    if (!result)
        heed_out("%s\n", path.data);
    heed_str_release(&path);
    return result;
}

static int export_run(const struct runs *o, struct heed_store *s, const char *run,
                      struct heed_err *err)
{
    struct exported x = {0};
    struct heed_str events = {0};
    char id[33];
    const char *args[] = {id};
    int result =
        heed_store_find_run(s, run, id, err) ||
                heed_store_query(
                    s, "SELECT name, run_id, " SECONDS("started_at") " FROM v_run WHERE uuid = ?1",
                    args, 1, take_run, &x, err)
            ? -1
            : 0;
    if (!result)
        result = events_folder(&x.folder, o->tensorboard, x.name.data, err);
    if (!result) {
        events_begin(&events, x.at);
        result = gather(s, id, &events, err) || write_file(&x, id, &events, err) ? -1 : 0;
    }
    heed_str_release(&events);
    heed_str_release(&x.folder);
    heed_str_release(&x.name);
    return result;
}

int runs_export(const struct verb_call *c, struct heed_err *err)
{
    static const char *const newest[] = {"last:train"};
    const struct runs *o = c->self;
    const char *const *runs = c->n ? c->args : newest;
    if (!o->tensorboard)
        return heed_usage(err, "export: where to? give --tensorboard DIR");
    for (size_t i = 0; i < HEED_MAX(c->n, 1); i++)
        if (export_run(o, c->store, runs[i], err))
            return -1;
    return 0;
}
