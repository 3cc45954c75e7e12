/* runs.c: the store of runs from the shell: list, show, compare, best, lineage, sql; start and
 * finish for pipelines; import of records that were spilled beside a model. */
#include <string.h>
#include <unistd.h>
#include "cli/runs.h"

#define STATUSES "running|done|failed|interrupted|lost"

static const struct heed_option options[] = {
    HEED_ROW_STRING(struct runs, name, "name", NULL, "NAME",
                    "start: a name to find the run by; list, best: only runs of this name"),
    HEED_ROW_STRING(struct runs, tag, "tag", NULL, "TAG",
                    "start: a word many runs may share; list, best: only runs with it"),
    HEED_ROW_STRING(struct runs, kind, "kind", NULL, "KIND",
                    "list: only train, evaluate, pipeline, ...; start: in place of pipeline"),
    HEED_ROW_CHOICE(struct runs, status, "status", NULL, STATUSES,
                    "list: only runs in this state; finish: the state to end in, without it done"),
    HEED_ROW_COUNT(struct runs, limit, "limit", "30", 0, 1e9, "N",
                   "list: the newest N runs; 0: all", .letter = 'n'),
    HEED_ROW_STRING(
        struct runs, by, "by", "score", "KEY,KEY",
        "best: what runs are alike in: score, cell, tokenizer, name, tag or any option of train"),
    HEED_ROW_STRING(struct runs, metric, "metric", "dev.bleu", "SPLIT.NAME",
                    "best: the metric, of each run its best value"),
    HEED_ROW_SWITCH(struct runs, all, "all", NULL, "show, compare: options at their defaults too",
                    .letter = 'a'),
    HEED_ROW_SWITCH(struct runs, csv, "csv", NULL, "print CSV"),
    HEED_ROW_SWITCH(struct runs, json, "json", NULL, "print one JSON object a row"),
    HEED_ROW_SWITCH(struct runs, path, "path", NULL,
                    "print where the store is and do nothing else"),
    {0},
};

/* --- opening --- */

/* A store that is there is opened for writing, so that it can be migrated and dead runs marked;
 * when that is not allowed reading does. */
static int open_reader(struct runs *o, struct heed_err *err)
{
    struct heed_str path = {0};
    struct heed_err first = {0};
    if (heed_store_where(heed_cli.store, &path, err) < 0)
        return -1;
    bool there = access(path.data, F_OK) == 0;
    heed_str_release(&path);
    if (there && heed_store_open(&o->store, heed_cli.store, false, &first) == 0)
        return heed_store_reap(o->store, err);
    if (heed_store_open(&o->store, heed_cli.store, true, err) == 0)
        return 0;
    if (there)
        *err = first;
    return -1;
}

/* --- verbs --- */

/* NULL when it was not given. */
static const char *status_of(const struct runs *o)
{
    return o->status < 0 ? NULL : heed_option_word(STATUSES, o->status);
}

static int do_list(struct runs *o, const char *const *args, size_t n, struct heed_err *err)
{
    char limit[24];
    const char *filter[] = {o->tag, o->name, o->kind, status_of(o), limit};
    (void)args;
    (void)n;
    snprintf(limit, sizeof(limit), "%lld", o->limit ? (long long)o->limit : -1LL);
    return table_query(o->store, NULL,
                       "SELECT substr(uuid, 1, 8) AS run, kind, name, tag, status, seed, score, "
                       "cell, decoder,"
                       " last_step AS step, dev_loss, dev_bleu, round(wall_s, 1) AS seconds,"
                       " substr(started_at, 1, 16) AS started FROM v_run"
                       " WHERE tag IS coalesce(?1, tag) AND name IS coalesce(?2, name)"
                       " AND kind = coalesce(?3, kind) AND status = coalesce(?4, status)"
                       " ORDER BY started_at DESC, run_id DESC LIMIT CAST(?5 AS INTEGER)",
                       filter, HEED_COUNT(filter), o->format, err) < 0
               ? -1
               : 0;
}

static int do_show(struct runs *o, const char *const *args, size_t n, struct heed_err *err)
{
    return runs_show(o, n ? args[0] : "last", err);
}

static int do_compare(struct runs *o, const char *const *args, size_t n, struct heed_err *err)
{
    return runs_compare(o, args, n, err);
}

static int do_best(struct runs *o, const char *const *args, size_t n, struct heed_err *err)
{
    (void)args;
    (void)n;
    return runs_best(o, err);
}

static int do_lineage(struct runs *o, const char *const *args, size_t n, struct heed_err *err)
{
    (void)n;
    return runs_lineage(o, args[0], err);
}

static int do_sql(struct runs *o, const char *const *args, size_t n, struct heed_err *err)
{
    return table_query(o->store, NULL, args[0], args + 1, n - 1, o->format, err) < 0 ? -1 : 0;
}

static int do_start(struct runs *o, const char *const *args, size_t n, struct heed_err *err)
{
    char id[33];
    (void)args;
    (void)n;
    if (heed_store_run_begin(o->store, o->kind ? o->kind : "pipeline", o->name, o->tag, id, err) <
        0)
        return -1;
    heed_out("%s\n", id);
    return 0;
}

static int do_finish(struct runs *o, const char *const *args, size_t n, struct heed_err *err)
{
    char id[33];
    const char *run = n ? args[0] : getenv("HEED_RUN");
    if (!run || !*run)
        return heed_usage(err, "finish: name a run, or set $HEED_RUN");
    if (heed_store_find_run(o->store, run, id, err) < 0)
        return -1;
    return heed_store_run_end(o->store, id, o->status < 0 ? "done" : status_of(o), err);
}

static int do_import(struct runs *o, const char *const *args, size_t n, struct heed_err *err)
{
    for (size_t i = 0; i < n; i++) {
        int64_t records, runs;
        if (heed_store_import(o->store, args[i], &records, &runs, err) < 0)
            return -1;
        heed_note("%s: %lld records of %lld runs", args[i], (long long)records, (long long)runs);
    }
    return 0;
}

static const struct verb {
    const char *name, *operands;
    size_t min, max;
    bool writes;
    int (*run)(struct runs *o, const char *const *args, size_t n, struct heed_err *err);
} verbs[] = {
    {"list", "", 0, 0, false, do_list},
    {"show", "[RUN]", 0, 1, false, do_show},
    {"compare", "RUN RUN...", 2, 8, false, do_compare},
    {"best", "", 0, 0, false, do_best},
    {"lineage", "FILE", 1, 1, false, do_lineage},
    {"sql", "QUERY [VALUE]...", 1, 32, false, do_sql},
    {"start", "", 0, 0, true, do_start},
    {"finish", "[RUN]", 0, 1, true, do_finish},
    {"import", "FILE...", 1, SIZE_MAX, true, do_import},
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

static const struct verb *find_verb(const char *name, size_t n, struct heed_err *err)
{
    for (size_t i = 0; i < HEED_COUNT(verbs); i++) {
        const struct verb *v = &verbs[i];
        if (strcmp(v->name, name))
            continue;
        if (n >= v->min && n <= v->max)
            return v;
        heed_usage(err, "%s: %zu operands; want: runs %s%s%s", name, n, name,
                   *v->operands ? " " : "", *v->operands ? v->operands : " alone");
        return NULL;
    }
    heed_usage(err,
               "'%s' is none of list, show, compare, best, lineage, sql, start, finish, import",
               name);
    return NULL;
}

static int run(void *self, struct heed_err *err)
{
    struct runs *o = self;
    size_t n = heed_cli.n_operands;
    o->format = o->json ? TABLE_JSON : o->csv ? TABLE_CSV : TABLE_TEXT;
    if (o->json && o->csv)
        return heed_usage(err, "--csv and --json exclude each other");
    if (o->path)
        return print_path(err);
    const struct verb *v = find_verb(n ? heed_cli.operands[0] : "list", n ? n - 1 : 0, err);
    if (!v)
        return -1;
    int result =
        v->writes ? heed_store_open(&o->store, heed_cli.store, false, err) : open_reader(o, err);
    if (!result)
        result = v->run(o, heed_cli.operands + 1, n ? n - 1 : 0, err);
    heed_store_close(o->store);
    return result;
}

const struct heed_command heed_command = {
    .name = "runs",
    .summary = "what the store knows of trainings, evaluations and pipelines",
    .usage = "[list | show [RUN] | compare RUN RUN... | best | lineage FILE | sql QUERY [VALUE]... "
             "| start | "
             "finish [RUN] | import FILE...]",
    .about = "Every train and evaluate is a row in one SQLite file, with its options, plugins, "
             "metrics, files and "
             "end. RUN is an id, its first digits (4 or more), a name, or last.\n\n"
             "best groups runs by what --by names, takes of each run the best value of --metric, "
             "and prints the group "
             "with the best mean in one line, then all groups.\n\n"
             "sql answers one query that only reads; VALUEs stand for ?1, ?2, ... in it. Tables "
             "and views are "
             "explained in docs/store.md.\n\n"
             "start opens a run for a pipeline: every filter under HEED_RUN adds a row with its "
             "times and counts. "
             "import takes in what a training wrote beside its model (X.heed.run) while the store "
             "could not be "
             "written; taking a file twice does no harm.",
    .examples =
        "runs                                        # the newest 30\n"
        "runs best --by score,cell --metric dev.bleu\n"
        "runs compare last 3f09\n"
        "runs lineage enfr.heed                      # which run and data made this file\n"
        "export HEED_RUN=$(runs start --name nightly)\n"
        "tokenize -m enfr.heed < en.txt | encode -m enfr.heed | decode -m enfr.heed > fr.txt\n"
        "runs finish; runs show nightly",
    .see_also = "train, evaluate, plot",
    .options = options,
    .self_size = sizeof(struct runs),
    .max_operands = -1,
    .run = run,
};
