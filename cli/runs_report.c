/* runs_report.c: several runs beside one another, as tables or as a page with their curves; the curves of one as it
 * goes on, which plot draws. */
#include <string.h>
#include "cli/beside.h"
#include "cli/page.h"
#include "cli/runs.h"

const char *runs_status(const struct runs *o)
{
    return o->status < 0 ? NULL : heed_option_word(RUNS_STATUSES, o->status);
}

/* Ids of runs, owned. */
struct ids {
    const char **at;
    size_t n, cap;
};

static int take_run(void *ctx, const struct heed_row *row, struct heed_err *err)
{
    struct ids *ids = ctx;
    (void)err;
    heed_grow(&ids->at, ids->n, &ids->cap, sizeof(*ids->at));
    ids->at[ids->n++] = heed_xstrdup(row->values[1]); /* digits of its id */
    return 0;
}

static int take_table(void *ctx, const struct table *t)
{
    const struct runs *o = ctx;
    static const char *const drop[] = {"tokenizer", "decoder", "kept_step", "dev_loss", "seconds",
                                       "run",       "tag",     "cell",      "score",    NULL};
    struct table shown = *t;
    shown.drop = drop;
    if (t->n_rows && o->format == TABLE_TEXT && strcmp(t->title, "runs"))
        heed_out("\n");
    shown.width = o->wide ? 0 : heed_out_width();
    table_print(&shown, o->format);
    return 0;
}

static int report(const struct runs *o, struct heed_store *s, const char *const *ids, size_t n,
                  struct heed_err *err)
{
    struct page p = {0};
    if (!o->html)
        return page_run_tables(s, ids, n, take_table, (void *)(uintptr_t)o, err);
    int result = page_runs(&p, s, ids, n, o->metric, err);
    if (!result)
        result = page_write(&p, o->title ? o->title : "runs", o->output, err);
    page_release(&p);
    return result;
}

/* Those that are named, else the newest trainings. */
int runs_report(const struct verb_call *c, struct heed_err *err)
{
    const struct runs *o = c->self;
    struct ids ids = {0};
    struct heed_which_runs of = {o->tag,         o->name,  o->kind ? o->kind : "train",
                                 runs_status(o), o->limit, false};
    if (!o->html && (o->title || o->output))
        return heed_usage(err, "--title and --output are of report --html");
    if (c->n)
        return report(o, c->store, c->args, c->n, err);
    int result = heed_store_list(c->store, &of, &(struct heed_rows){take_run, &ids}, err);
    if (!result && !ids.n)
        result = heed_fail(err, "no such run in the store");
    if (!result)
        result = report(o, c->store, ids.at, ids.n, err);
    for (size_t i = 0; i < ids.n; i++)
        free((char *)(uintptr_t)ids.at[i]);
    free(ids.at);
    return result;
}

int runs_watch(const struct verb_call *c, struct heed_err *err)
{
    const struct runs *o = c->self;
    const char *run = c->n ? c->args[0] : "last:train";
    char *argv[] = {NULL, heed_xstrdup("--watch=2s"), NULL, NULL, NULL, NULL, NULL, NULL, NULL};
    size_t n = 2;
    struct heed_str text[3] = {{0}};
    heed_str_printf(&text[0], "--run=%s", run);
    argv[n++] = text[0].data;
    if (o->metric) {
        heed_str_printf(&text[1], "--metric=%s", o->metric);
        argv[n++] = text[1].data;
    }
    if (heed_cli.store) {
        heed_str_printf(&text[2], "--store=%s", heed_cli.store);
        argv[n++] = text[2].data;
    }
    return beside_become("plot", argv, err);
}
