/* evaluate.h: what the files of `evaluate` share. */
#ifndef HEED_CLI_EVALUATE_H
#define HEED_CLI_EVALUATE_H

#include "cli/cli.h"
#include "metrics/figures.h"
#include "store/store.h"
#include "stream/hash.h"

struct evaluate {
    struct heed_list refs;
    struct heed_metric_options how;
    const char *refs_tsv, *group, *model, *name, *tag;
    int64_t column, ref_column, source_column, chrf_chars, chrf_words, beta, d2l, resamples, trials,
        seed, digits;
    double smooth_value;
    bool detail, csv, json;
    enum heed_paired paired;
    enum heed_figure_kind figure; /* the one that the references ask for */
    const char *figure_name;
};

/* Valid UTF-8 without LF, CR at the end or NUL. */
struct lines {
    char **at;
    size_t n, cap;
};

/* Hypotheses of one system. */
struct text {
    const char *name; /* its path; "-": standard input */
    struct lines lines;
    struct heed_scored *items;
    size_t n_differing; /* sources whose lines have different hypotheses */
    char sha256[65];
    struct heed_scores scores;
    struct heed_difference
        differences[HEED_FIGURES_MAX]; /* from the first text; not of that itself */
    struct heed_run *run;
};

struct task {
    struct text *texts; /* [0]: the one that the others are compared with */
    size_t n_texts;
    struct lines source, *files; /* one of files for every --ref, or the one of --refs-tsv */
    size_t n_files;
    size_t n_items; /* of each text */
    char refs_sha256[65];
    struct heed_store *store; /* NULL: nothing is recorded */
    int64_t n_repaired, n_crlf;
};
/* Reads texts and references, checks that they fit, groups by source. */
int task_read(struct task *t, const struct evaluate *o, struct heed_err *err) HEED_MUST_USE;
void task_release(struct task *t);

/* What is printed: evaluate_print.c. */
void evaluate_print(const struct task *t, const struct evaluate *o);
/* "bs:1000|seed:12345": by what differences were tested, in the words of sacreBLEU's signatures. */
void evaluate_test(const struct evaluate *o, char out[60]);
/* A run in the store for each text, from before it is scored: evaluate_record.c. */
void evaluate_record_begin(struct task *t, const struct evaluate *o);
void evaluate_record_end(struct task *t, struct evaluate *o, const struct heed_option *rows);

#endif
