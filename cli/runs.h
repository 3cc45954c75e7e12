/* runs.h: what the files of `runs` share.
 *
 * runs.c          the command and its verbs
 * runs_export.c   export
 * runs_report.c   report and watch */
#ifndef HEED_CLI_RUNS_H
#define HEED_CLI_RUNS_H

#include "cli/table.h"
#include "cli/verb.h"

#define RUNS_STATUSES "running|done|failed|interrupted|lost"

struct runs {
    const char *name, *tag, *kind, *by, *metric, *title, *output, *tensorboard;
    int status; /* a word of the row; -1: not given */
    int64_t limit;
    bool csv, json, html, path, all, wide;
    enum table_format format;
};

/* The word of --status, NULL when it was not given. */
const char *runs_status(const struct runs *o);
int runs_export(const struct verb_call *c, struct heed_err *err) HEED_MUST_USE;
int runs_report(const struct verb_call *c, struct heed_err *err) HEED_MUST_USE;
int runs_watch(const struct verb_call *c, struct heed_err *err) HEED_MUST_USE;

#endif
