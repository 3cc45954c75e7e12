/* evaluate.h: what the files of `evaluate` share. */
#ifndef HEED_CLI_EVALUATE_H
#define HEED_CLI_EVALUATE_H

#include "cli/cli.h"
#include "metrics/metrics.h"
#include "stream/hash.h"

struct evaluate {
    struct heed_list refs;
    enum heed_metric_tokens tokens;
    const char *refs_tsv, *group, *model, *name, *tag;
    int64_t column, ref_column, source_column, d2l, resamples, seed, digits;
    bool lower, detail, csv, json;
    enum heed_figure_kind figure; /* the one that the references ask for */
    const char *figure_name;
};

/* Valid UTF-8 without LF, CR at the end or NUL. */
struct lines {
    char **at;
    size_t n, cap;
};

struct task {
    struct lines hyps, source, *files; /* one of files for every --ref, or the one of --refs-tsv */
    size_t n_files;
    struct heed_scored *items;
    size_t n_items, n_differing; /* sources whose lines have different hypotheses */
    char hyps_sha256[65], refs_sha256[65];
    int64_t n_repaired, n_crlf;
};
/* Reads hypotheses and references, checks that they fit, groups by source. */
int task_read(struct task *t, const struct evaluate *o, struct heed_err *err) HEED_MUST_USE;
void task_release(struct task *t);

#endif
