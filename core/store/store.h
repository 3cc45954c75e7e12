/* store.h: one SQLite file that remembers vocabularies and runs. The private header db.h is
 * the only place that sees sqlite3.h.
 *
 * Writers: BEGIN IMMEDIATE, 10 s busy timeout with jitter, rollback journal, synchronous=FULL. A
 * store that cannot be written never stops training: records spill to a file (JSON lines) beside
 * the model, `runs import` takes it. Calls on a run therefore return void and warn once through
 * heed_loss(). One thread; no store crosses a fork(). */
#ifndef HEED_STORE_H
#define HEED_STORE_H

#include "base/err.h"
#include "base/option.h"

struct heed_store; /* opaque */
struct heed_run;   /* opaque: one run being recorded */

/* path NULL: $HEED_STORE, else $XDG_DATA_HOME/heed/heed.db, else $HOME/.local/share/heed/heed.db
 * (folders made). Creates and migrates. read_only: never creates; absent gives an error that says
 * how a store comes about. */
int heed_store_open(struct heed_store **s, const char *path, bool read_only,
                    struct heed_err *err) HEED_MUST_USE;
void heed_store_close(struct heed_store *s);
/* Where heed_store_open would look; appends to out. The file need not be there. */
int heed_store_where(const char *path, struct heed_str *out, struct heed_err *err) HEED_MUST_USE;

/* --- recording a run --- */
/* Never fails: spills to spill_path when the store cannot be written. s may be NULL: then only
 * spill, or nothing when spill_path is NULL too. */
struct heed_run_info {
    const char *kind;       /* "train", "evaluate", "pipeline", … */
    const char *name, *tag; /* NULL: none */
    int argc;
    char **argv;
    int64_t seed;
    const char *spill_path; /* copied */
    const char *resume;     /* run id (32 hex digits) to go on with, or NULL */
};
struct heed_run *heed_run_start(struct heed_store *s, const struct heed_run_info *info);
const char *heed_run_id(const struct heed_run *r); /* 32 hex digits */
/* Every row as canonical text. */
void heed_run_params(struct heed_run *r, const struct heed_option *rows, const void *self);
void heed_run_component(struct heed_run *r, const char *slot, const char *plugin, int revision,
                        int abi);
/* Buffered; written at most once a second, and by flush and finish. Keyed (run, split, name, step):
 * writing again replaces. */
void heed_run_metric(struct heed_run *r, const char *split, const char *name, int64_t step,
                     double value);
/* bytes < 0: not known. */
void heed_run_artifact(struct heed_run *r, const char *direction, const char *role,
                       const char *kind, const char *path, const char *sha256, int64_t bytes);
/* A model's file, as the store knows one. */
struct heed_model_file {
    const char *path;
    char sha256[65], fingerprint[65]; /* of the file; of what is in it, "" where nobody told */
    int64_t bytes;                    /* < 0: not known */
};
void heed_run_model(struct heed_run *r, const char *direction, const char *role,
                    const struct heed_model_file *m);
/* A durable checkpoint at `step`; training goes on at `step` after a resumption. The view v_redone
 * is made of these two and of the last step a metric or heed_run_step() told. */
void heed_run_checkpoint(struct heed_run *r, int64_t step);
void heed_run_resumed(struct heed_run *r, int64_t step);
/* The model of `step` is kept as the best so far, by that dev figure ("bleu", "loss"). */
void heed_run_best(struct heed_run *r, int64_t step, const char *by);
/* Whoever wants to see metrics and outputs too, as they are recorded; once, behind the start. */
struct heed_run_tap {
    void (*metric)(void *ctx, const char *split, const char *name, int64_t step, double value);
    void (*line)(void *ctx, int64_t line, const char *source, const char *reference);
    void (*output)(void *ctx, int64_t line, int64_t step, const char *output);
    void *ctx;
};
void heed_run_tap(struct heed_run *r, const struct heed_run_tap *tap);
/* A dev pair whose outputs are kept, by its number, and what the model of a step made of it. */
void heed_run_line(struct heed_run *r, int64_t line, const char *source, const char *reference);
void heed_run_output(struct heed_run *r, int64_t line, int64_t step, const char *output);
void heed_run_step(struct heed_run *r, int64_t step); /* cheap: call it every step */
/* A figure of a text. NAN, NULL: not known, or nothing was compared. */
struct heed_evaluation {
    const char *name; /* "bleu" */
    double value, lo, hi;
    const char *signature, *data_sha256; /* of the references */
    double p;                   /* that the difference from the run `against` is chance, … */
    const char *against, *test; /* … by that test: "bs:1000|seed:12345" */
};
void heed_run_evaluation(struct heed_run *r, const struct heed_evaluation *e);
/* Pending metrics when a second has passed, else a heartbeat every 20 s. */
void heed_run_beat(struct heed_run *r);
void heed_run_flush(struct heed_run *r);
/* status: done, failed, interrupted. Frees r. */
void heed_run_finish(struct heed_run *r, const char *status, int exit_code, const char *message);
/* Under $HEED_RUN: one row for this pipeline process. Does nothing when the variable is unset. */
struct heed_stage_info {
    const char *program;
    int argc;
    char **argv;
    int64_t frames_in, frames_out, bytes_in, bytes_out;
    double wall_s;
};
void heed_store_stage(const char *store_path, const struct heed_stage_info *info);

/* A run nobody is inside of, for `export HEED_RUN=$(runs start)`; id gets its 32 digits. Later
 * finished by id. */
int heed_store_run_begin(struct heed_store *s, const char *kind, const char *name, const char *tag,
                         char id[33], struct heed_err *err) HEED_MUST_USE;
int heed_store_run_end(struct heed_store *s, const char *id, const char *status,
                       struct heed_err *err) HEED_MUST_USE;
/* Running runs whose process is gone (same machine and boot), or
 * elsewhere silent for 5 minutes, become `lost`. */
int heed_store_reap(struct heed_store *s, struct heed_err *err) HEED_MUST_USE;
/* Takes a spilled file in one transaction; twice is the same as
 * once. A torn last line is left out. */
int heed_store_import(struct heed_store *s, const char *path, int64_t *n_records, int64_t *n_runs,
                      struct heed_err *err) HEED_MUST_USE;

/* --- queries --- */
enum heed_value_type {
    HEED_VALUE_NULL,
    HEED_VALUE_INT,
    HEED_VALUE_REAL,
    HEED_VALUE_TEXT,
    HEED_VALUE_BLOB
};
struct heed_row {
    size_t n;
    const char *const *names;
    /* As text, "" for NULL, hexadecimal for a blob; for this call only. */
    const char *const *values;
    const enum heed_value_type *types;
};
/* One statement that only reads, with args bound to ?1, ?2, … (NULL: SQL NULL). row returns 0, or
 * -1 with err to stop. */
int heed_store_query(struct heed_store *s, const char *sql, const char *const *args, size_t n_args,
                     int (*row)(void *ctx, const struct heed_row *row, struct heed_err *err),
                     void *ctx, struct heed_err *err) HEED_MUST_USE;
/* Appends text as a JSON string, invalid UTF-8 repaired. */
void heed_store_json(struct heed_str *out, const char *text);
/* The full id of the one run that `id` means: a full id; "last", the newest of all, or
 * "last:train", of that kind; a name; its number; the first digits (4 or more) of its id; the file
 * of a model that it made, by content where such a file is there, else by its name. Several that
 * are meant by one of these ways: an error that lists them. */
int heed_store_find_run(struct heed_store *s, const char *id, char full[33],
                        struct heed_err *err) HEED_MUST_USE;

/* --- what is asked again and again --- */

/* Where the rows go, as those of a query do. */
struct heed_rows {
    int (*row)(void *ctx, const struct heed_row *row, struct heed_err *err);
    void *ctx;
};
/* NULL: any. limit 0: all. The newest come first. */
struct heed_which_runs {
    const char *tag, *name, *kind, *status;
    int64_t limit;
    bool brief; /* for a person: figures rounded, a status only where it is not done, no year */
};
int heed_store_list(struct heed_store *s, const struct heed_which_runs *of,
                    const struct heed_rows *to, struct heed_err *err) HEED_MUST_USE;
/* Sections of what is known of a run: their titles, NULL behind the last. The first, "run", has one
 * row. all: options at their defaults too. */
const char *heed_store_section(size_t i);
int heed_store_show(struct heed_store *s, const char *uuid, size_t section, bool all,
                    const struct heed_rows *to, struct heed_err *err) HEED_MUST_USE;
/* A row for each thing in which the runs are not alike, with all set for each; a column a run. */
#define HEED_COMPARE_MAX 8
int heed_store_compare(struct heed_store *s, const char *const *ids, size_t n, bool all,
                       const struct heed_rows *to, struct heed_err *err) HEED_MUST_USE;
/* The runs and files that made a file, by its SHA-256, level by level; used: those it went into. */
int heed_store_lineage(struct heed_store *s, const char *sha256, bool used,
                       const struct heed_rows *to, struct heed_err *err) HEED_MUST_USE;
/* Runs grouped by what they are alike in ("score,cell"). Only what was measured on the same data in the
 * same way is averaged: the groups of the data that the newest run was measured on come first, of
 * one data the best group. Columns: the keys, then runs, mean, deviation, low, high of each run's
 * best value of the metric ("dev.bleu"; "test.bleu": of evaluations of its model), then data (a
 * file's name), data_sha256, signature. */
#define HEED_BEST_FIGURES 8 /* columns behind the keys */
struct heed_best {
    const char *by, *metric, *tag, *name; /* tag, name: NULL for any */
    const char *status;                   /* NULL: done */
};
int heed_store_best(struct heed_store *s, const struct heed_best *asked, const struct heed_rows *to,
                    struct heed_err *err) HEED_MUST_USE;
/* Appends the metric by which the newest of these runs that is done chose its model; "dev.bleu" where
 * none says. */
int heed_store_best_metric(struct heed_store *s, const char *tag, const char *name,
                           struct heed_str *out, struct heed_err *err) HEED_MUST_USE;

/* --- texts that models wrote (made.c) --- */

/* So that figures hang on the model whatever way the text went: who writes it tells its digest,
 * who scores it asks. */
struct heed_made {
    char sha256[65];         /* of the whole text, each line with its LF */
    const char *fingerprint; /* of the model */
    const char *model;       /* its path; NULL where nobody knows */
    const char *program;
    int64_t n_lines;
};
/* Into a store that is there already, within a second, and in silence: who writes text does not
 * stop for it. Older texts than the last HEED_MADE_MAX are forgotten. */
#define HEED_MADE_MAX 10000
void heed_store_made(const char *store_path, const struct heed_made *made);
/* Who wrote a text: its model's fingerprint and path (appended, absolute; empty where nobody knew).
 * Returns 1, 0: no model is known to have, -1. */
int heed_store_made_by(struct heed_store *s, const char *sha256, char fingerprint[65],
                       struct heed_str *model, struct heed_err *err) HEED_MUST_USE;
/* The file with this fingerprint that a run of the store made: its digest and size; path is not
 * set. Returns 1, 0: none, -1. */
int heed_store_model_file(struct heed_store *s, const char *fingerprint, struct heed_model_file *m,
                          struct heed_err *err) HEED_MUST_USE;

/* --- vocabularies --- */
/* A name that stands for something else already is an error; the same content again is fine. sha256
 * of `vocab` is kept. */
int heed_store_vocab_save(struct heed_store *s, const char *name, const char *spec,
                          const void *blob, size_t blob_size, const char *vocab, size_t vocab_size,
                          const int64_t *counts, struct heed_err *err) HEED_MUST_USE;
/* malloc'ed results, freed by the caller. */
int heed_store_vocab_load(struct heed_store *s, const char *name, char **spec, char **blob,
                          size_t *blob_size, char **vocab, size_t *vocab_size,
                          struct heed_err *err) HEED_MUST_USE;
/* Removes it; an unknown name is an error. */
int heed_store_vocab_delete(struct heed_store *s, const char *name,
                            struct heed_err *err) HEED_MUST_USE;

#endif
