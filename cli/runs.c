/* runs.c: the store of runs from the shell: list, show, compare, best, lineage, sql; start and
 * finish for pipelines; import of records that were spilled beside a model. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "cli/runs.h"
#include "stream/hash.h"

static const struct heed_option options[] = {
    HEED_ROW_STRING(struct runs, name, "name", NULL, "NAME",
                    "start: a name to find the run by; list, report, best: only runs of this name"),
    HEED_ROW_STRING(struct runs, tag, "tag", NULL, "TAG",
                    "start: a word many runs may share; list, report, best: only runs with it"),
    HEED_ROW_STRING(struct runs, kind, "kind", NULL, "KIND",
                    "list, report: only train, evaluate, pipeline, ... (report: train); start: in "
                    "place of pipeline"),
    HEED_ROW_CHOICE(struct runs, status, "status", NULL, RUNS_STATUSES,
                    "list, best: only runs in this state (best: those that are done); finish: the "
                    "state to end in, without it done"),
    HEED_ROW_COUNT(struct runs, limit, "limit", "30", 0, 1e9, "N",
                   "list, report: the newest N runs; 0: all", .letter = 'n'),
    HEED_ROW_STRING(
        struct runs, by, "by", "score", "KEY,KEY",
        "best: what runs are alike in: score, cell, tokenizer, name, tag or any option of train"),
    HEED_ROW_STRING(
        struct runs, metric, "metric", NULL, "SPLIT.NAME",
        "best: the metric, of each run its best value; without it the one by which the "
        "newest run chose its model; report --html: the curves, SPLIT.NAME,..., without "
        "it all"),
    HEED_ROW_SWITCH(struct runs, all, "all", NULL, "show, compare: options at their defaults too",
                    .letter = 'a'),
    HEED_ROW_SWITCH(struct runs, wide, "wide", NULL,
                    "list: all columns, however wide the terminal is", .letter = 'w'),
    HEED_ROW_SWITCH(struct runs, csv, "csv", NULL, "print CSV"),
    HEED_ROW_SWITCH(struct runs, json, "json", NULL, "print one JSON object a row"),
    HEED_ROW_SWITCH(struct runs, html, "html", NULL,
                    "report: a page with the curves, for a browser, without a network"),
    HEED_ROW_STRING(struct runs, title, "title", NULL, "TEXT",
                    "report --html: what stands above all"),
    HEED_ROW_STRING(struct runs, output, "output", NULL, "FILE",
                    "report --html: write there; -: standard output", .letter = 'o'),
    HEED_ROW_STRING(struct runs, tensorboard, "tensorboard", NULL, "DIR",
                    "export: a folder of event files for each run, below this one"),
    HEED_ROW_SWITCH(struct runs, path, "path", NULL,
                    "print where the store is and do nothing else"),
    {0},
};

/* --- opening --- */

/* A store that is there is opened for writing, so that it can be migrated and dead runs marked;
 * when that is not allowed reading does. */
static int open_reader(struct heed_store **store, struct heed_err *err)
{
    struct heed_str path = {0};
    struct heed_err first = {0};
    if (heed_store_where(heed_cli.store, &path, err) < 0)
        return -1;
    bool there = access(path.data, F_OK) == 0;
    heed_str_release(&path);
    if (there && heed_store_open(store, heed_cli.store, false, &first) == 0)
        return heed_store_reap(*store, err);
    if (heed_store_open(store, heed_cli.store, true, err) == 0)
        return 0;
    if (there)
        *err = first;
    return -1;
}

/* --- verbs --- */

/* What heed_store_query() and its like put into a table, printed; the number of rows, or -1. */
static int64_t print(const struct runs *o, struct table *t, int result)
{
    if (!result)
        table_print(t, o->format);
    int64_t n = (int64_t)t->n_rows;
    table_release(t);
    return result ? -1 : n;
}

static int do_list(const struct verb_call *c, struct heed_err *err)
{
    static const char *const drop[] = {"decoder", "dev_loss", "seconds", "run",     "seed", "step",
                                       "tag",     "cell",     "score",   "started", NULL};
    const struct runs *o = c->self;
    bool brief = o->format == TABLE_TEXT && !o->wide;
    struct table t = {.width = brief ? heed_out_width() : 0, .drop = drop};
    struct heed_which_runs of = {o->tag, o->name, o->kind, runs_status(o), o->limit, brief};
    int result = heed_store_list(c->store, &of, &(struct heed_rows){table_add, &t}, err);
    return print(o, &t, result) < 0 ? -1 : 0;
}

/* As text the one row of the first section stands as lines. */
static int print_head(void *ctx, const struct heed_row *row, struct heed_err *err)
{
    (void)ctx;
    (void)err;
    for (size_t i = 0; i < row->n; i++) {
        char text[400];
        heed_escape(text, sizeof(text), row->values[i], strlen(row->values[i]));
        if (row->types[i] != HEED_VALUE_NULL)
            heed_out("%-10s  %s\n", row->names[i], text);
    }
    return 0;
}

static int do_show(const struct verb_call *c, struct heed_err *err)
{
    const struct runs *o = c->self;
    char uuid[33];
    const char *title;
    if (heed_store_find_run(c->store, c->n ? c->args[0] : "last", uuid, err) < 0)
        return -1;
    for (size_t i = 0; (title = heed_store_section(i)); i++) {
        bool lines = o->format == TABLE_TEXT && i == 0;
        struct table t = {.title = title};
        struct heed_rows to = {lines ? print_head : table_add, &t};
        int result = heed_store_show(c->store, uuid, i, o->all, &to, err);
        if (!result && t.n_rows && o->format == TABLE_TEXT)
            heed_out("\n");
        if (print(o, &t, result) < 0)
            return -1;
    }
    return 0;
}

/* A line where the runs are not all alike; --all: every line. */
static int do_compare(const struct verb_call *c, struct heed_err *err)
{
    const struct runs *o = c->self;
    struct table t = {0};
    int64_t rows = print(o, &t,
                         heed_store_compare(c->store, c->args, c->n, o->all,
                                            &(struct heed_rows){table_add, &t}, err));
    if (rows == 0)
        heed_note("no difference");
    return rows < 0 ? -1 : 0;
}

/* --- best --- */

enum { RUNS, MEAN, DEVIATION, LOW, HIGH, DATA, DIGEST, SIGNATURE }; /* behind the keys */

static const char *cell(const struct table *t, size_t row, size_t figure)
{
    const char *text = t->cells[row * t->n_columns + t->n_columns - HEED_BEST_FIGURES + figure];
    return text ? text : "";
}

static bool same_data(const struct table *t, size_t a, size_t b)
{
    return !strcmp(cell(t, a, DIGEST), cell(t, b, DIGEST)) &&
           !strcmp(cell(t, a, SIGNATURE), cell(t, b, SIGNATURE));
}

/* The group of a row in a line. Where there are several data their names may be alike, or they were
 * measured in several ways. */
static void print_best(const struct table *t, size_t row, const char *metric, bool several)
{
    struct heed_str line = {0};
    double mean = 0, deviation = 0;
    heed_str_printf(&line, "best mean %s", metric);
    if (*cell(t, row, DATA))
        heed_str_printf(&line, " on %s", cell(t, row, DATA));
    if (heed_parse_f64(cell(t, row, MEAN), &mean))
        heed_str_printf(&line, ": %.4g", mean);
    if (heed_parse_f64(cell(t, row, DEVIATION), &deviation))
        heed_str_printf(&line, " +- %.2g", deviation);
    heed_str_printf(&line, " over %s run%s:", cell(t, row, RUNS),
                    strcmp(cell(t, row, RUNS), "1") ? "s" : "");
    for (size_t i = 0; i < t->n_columns - HEED_BEST_FIGURES; i++) {
        const char *key = t->cells[row * t->n_columns + i];
        heed_str_printf(&line, " %s=%s", t->names[i], key ? key : "(none)");
    }
    heed_out("%s%s\n", row ? "\n" : "", line.data);
    if (several)
        heed_out("data %.8s, %s\n", cell(t, row, DIGEST), cell(t, row, SIGNATURE));
    heed_str_release(&line);
}

/* A line and a table for each data. */
static void print_groups(const struct table *all, const char *metric)
{
    struct heed_err ignored;
    bool several = all->n_rows && !same_data(all, 0, all->n_rows - 1);
    for (size_t r = 0, next; r < all->n_rows; r = next) {
        struct table part = {.width = heed_out_width()};
        print_best(all, r, metric, several);
        for (next = r; next < all->n_rows && same_data(all, r, next); next++)
            table_add(&part,
                      &(struct heed_row){all->n_columns - HEED_BEST_FIGURES + DATA,
                                         (const char *const *)all->names,
                                         (const char *const *)all->cells + next * all->n_columns,
                                         all->types + next * all->n_columns},
                      &ignored);
        table_print(&part, TABLE_TEXT);
        table_release(&part);
    }
}

static int do_best(const struct verb_call *c, struct heed_err *err)
{
    const struct runs *o = c->self;
    struct table t = {0};
    struct heed_str metric = {0};
    struct heed_best asked = {o->by, NULL, o->tag, o->name, runs_status(o)};
    int result = 0;
    if (o->metric)
        heed_str_add_text(&metric, o->metric);
    else
        result = heed_store_best_metric(c->store, o->tag, o->name, &metric, err);
    asked.metric = metric.data;
    if (!result)
        result = heed_store_best(c->store, &asked, &(struct heed_rows){table_add, &t}, err);
    if (!result && o->format == TABLE_TEXT)
        print_groups(&t, metric.data);
    else if (!result)
        table_print(&t, o->format);
    table_release(&t);
    heed_str_release(&metric);
    return result;
}

static int do_lineage(const struct verb_call *c, struct heed_err *err)
{
    const struct runs *o = c->self;
    char sha256[65];
    bool text = o->format == TABLE_TEXT;
    if (heed_sha256_file(c->args[0], sha256) < 0)
        return heed_fail_errno(err, errno, "cannot read %s", c->args[0]);
    struct table made = {.title = text ? "made by" : "made"}, used = {.title = "used"};
    int64_t n_made = print(
        o, &made,
        heed_store_lineage(c->store, sha256, false, &(struct heed_rows){table_add, &made}, err));
    if (n_made < 0)
        return -1;
    if (text && n_made)
        used.title = "\nused by";
    int64_t n_used = print(
        o, &used,
        heed_store_lineage(c->store, sha256, true, &(struct heed_rows){table_add, &used}, err));
    if (n_used == 0 && n_made == 0)
        return heed_fail(err, "%s: no run of the store made or used it (SHA-256 %.12s...)",
                         c->args[0], sha256);
    return n_used < 0 ? -1 : 0;
}

static int do_sql(const struct verb_call *c, struct heed_err *err)
{
    const struct runs *o = c->self;
    struct table t = {0};
    int result = heed_store_query(c->store, c->args[0], c->args + 1, c->n - 1, table_add, &t, err);
    return print(o, &t, result) < 0 ? -1 : 0;
}

static int do_start(const struct verb_call *c, struct heed_err *err)
{
    const struct runs *o = c->self;
    char id[33];
    if (heed_store_run_begin(c->store, o->kind ? o->kind : "pipeline", o->name, o->tag, id, err) <
        0)
        return -1;
    heed_out("%s\n", id);
    return 0;
}

static int do_finish(const struct verb_call *c, struct heed_err *err)
{
    const struct runs *o = c->self;
    char id[33];
    const char *run = c->n ? c->args[0] : getenv("HEED_RUN");
    if (!run || !*run)
        return heed_usage(err, "finish: name a run, or set $HEED_RUN");
    if (heed_store_find_run(c->store, run, id, err) < 0)
        return -1;
    return heed_store_run_end(c->store, id, o->status < 0 ? "done" : runs_status(o), err);
}

static int do_import(const struct verb_call *c, struct heed_err *err)
{
    for (size_t i = 0; i < c->n; i++) {
        int64_t records, runs;
        if (heed_store_import(c->store, c->args[i], &records, &runs, err) < 0)
            return -1;
        heed_note("%s: %lld records of %lld runs", c->args[i], (long long)records, (long long)runs);
    }
    return 0;
}

static const struct verb verbs[] = {
    {"list", "", 0, 0, VERB_READS, do_list},
    {"show", "[RUN]", 0, 1, VERB_READS, do_show},
    {"compare", "RUN RUN...", 2, HEED_COMPARE_MAX, VERB_READS, do_compare},
    {"report", "[RUN]...", 0, SIZE_MAX, VERB_READS, runs_report},
    {"watch", "[RUN]", 0, 1, VERB_ALONE, runs_watch},
    {"export", "[RUN]...", 0, SIZE_MAX, VERB_READS, runs_export},
    {"best", "", 0, 0, VERB_READS, do_best},
    {"lineage", "FILE", 1, 1, VERB_READS, do_lineage},
    {"sql", "QUERY [VALUE]...", 1, 32, VERB_READS, do_sql},
    {"start", "", 0, 0, VERB_WRITES, do_start},
    {"finish", "[RUN]", 0, 1, VERB_WRITES, do_finish},
    {"import", "FILE...", 1, SIZE_MAX, VERB_WRITES, do_import},
    {0},
};

static int print_path(struct heed_err *err)
{
    struct heed_str path = {0};
    if (heed_store_where(heed_cli.store, &path, err) < 0)
        return -1;
    heed_out("%s\n", path.data);
    heed_str_release(&path);
    return 0;
}

static int run(void *self, struct heed_err *err)
{
    struct runs *o = self;
    o->format = o->json ? TABLE_JSON : o->csv ? TABLE_CSV : TABLE_TEXT;
    if (o->json && o->csv)
        return heed_usage(err, "--csv and --json exclude each other");
    return o->path ? print_path(err) : verb_run(verbs, "list", o, open_reader, err);
}

const struct heed_command heed_command = {
    .name = "runs",
    .summary = "what the store knows of trainings, evaluations and pipelines",
    .usage = "[list | show [RUN] | compare RUN RUN... | report [RUN]... | watch [RUN] | "
             "export [RUN]... | best | "
             "lineage FILE | "
             "sql QUERY [VALUE]... "
             "| start | finish [RUN] | import FILE...]",
    .about =
        "Every train and evaluate is a row in one SQLite file, with its options, plugins, "
        "metrics, files and end. RUN is a number as list shows it, a name, the file of "
        "the model that a run made, an id or its first digits (4 or more), last, or "
        "last:KIND, as last:train.\n\n"
        "list fits the terminal: --wide, --csv and --json have all columns. A run without "
        "--name is called by its model's file. The figure of a training is that of the model "
        "kept, on dev pairs; that of an evaluation is called test.\n\n"
        "report shows several runs, or the newest trainings, with the figures of their models and "
        "the settings in which they differ (of up to eight); --html makes a page of it, with "
        "curves laid over one another.\n\n"
        "watch draws the curves of a training in the terminal, again and again until it has ended: "
        "plot --watch with the newest one, or RUN.\n\n"
        "export writes curves and outputs on dev of the newest training, or of RUNs, as event "
        "files "
        "of TensorBoard: runs export --tensorboard DIR; tensorboard --logdir DIR shows them.\n\n"
        "best groups runs that are done by what --by names, takes of each run the best value "
        "of --metric, and prints the group with the best mean in one line, then all groups. "
        "Only what was measured on the same data in the same way is compared: other data are "
        "a line and a table of their own. test.bleu and so on are figures that evaluate "
        "recorded for the model of a run.\n\n"
        "sql answers one query that only reads; VALUEs stand for ?1, ?2, ... in it. Tables "
        "and views are explained in docs/store.md.\n\n"
        "start opens a run for a pipeline: every filter under HEED_RUN adds a row with its "
        "times and counts. import takes in what a training wrote beside its model "
        "(X.heed.run) while the store could not be written; taking a file twice does no harm.",
    .examples =
        "runs                                        # the newest 30\n"
        "runs best --by score,cell --metric dev.bleu\n"
        "runs best --by score,cell --metric test.bleu\n"
        "runs show enfr.heed                         # the training that made this file\n"
        "runs compare last:train 3\n"
        "runs report --tag grid --html -o grid.html\n"
        "runs lineage enfr.heed                      # which run and data made this file\n"
        "export HEED_RUN=$(runs start --name nightly)\n"
        "tokenize -m enfr.heed < en.txt | encode -m enfr.heed | decode -m enfr.heed > fr.txt\n"
        "runs finish; runs show nightly",
    .see_also = "train, evaluate, plot",
    .options = options,
    .verbs = "list show compare report watch export best lineage sql start finish import",
    .most_used = "kind limit metric csv json",
    .self_size = sizeof(struct runs),
    .max_operands = -1,
    .run = run,
};
