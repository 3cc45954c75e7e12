/* runs.h: what the files of `runs` share. */
#ifndef HEED_CLI_RUNS_H
#define HEED_CLI_RUNS_H

#include "cli/cli.h"
#include "cli/table.h"

struct runs {
    const char *name, *tag, *kind, *by, *metric;
    int status; /* a word of the row; -1: not given */
    int64_t limit;
    bool csv, json, path, all;
    enum table_format format;
    struct heed_store *store;
};

/* runs_show.c */
int runs_show(struct runs *o, const char *id, struct heed_err *err) HEED_MUST_USE;
int runs_compare(struct runs *o, const char *const *ids, size_t n,
                 struct heed_err *err) HEED_MUST_USE;
int runs_lineage(struct runs *o, const char *path, struct heed_err *err) HEED_MUST_USE;
/* runs_best.c */
int runs_best(struct runs *o, struct heed_err *err) HEED_MUST_USE;

#endif
