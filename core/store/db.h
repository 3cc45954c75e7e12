/* db.h: what the files of the store share; the only place that sees sqlite3.h.
 *
 *   store.c        opening, waiting for other writers, transactions, statements
 *   tables.c       tables and views as numbered migrations; views.c the fourth
 *   record.c       what is recorded of a run, one record at a time: into tables, as a line, back
 *   run.c          recording a run as it goes, and spilling where the store cannot be written
 *   run_facts.c    options, plugins, scores
 *   import.c       spilled lines into the store
 *   stage.c        runs nobody is inside of, and the stages of a pipeline
 *   vocabulary.c   vocabularies by name
 *   made.c         texts that models wrote, by their digest
 *   query.c        reading, runs whose process is gone
 *   trials.c       searches over options: trials.h
 *   find.c         one run by what it is called
 *   host.c         machine, time and process of a record */
#ifndef HEED_STORE_DB_H
#define HEED_STORE_DB_H

#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/types.h>
#include "base/str.h"
#include "store/store.h"

#define HEED_STORE_APPLICATION 0x68656564 /* "heed" */
#define HEED_STORE_WAIT_MS     10000      /* as a rule */
#define HEED_RECORD_KINDS      12
#define HEED_RECORD_CELLS      20
#define HEED_RECORD_STEPS      4 /* statements one record may need */

struct heed_store {
    sqlite3 *db;
    char *path;
    dev_t device; /* the file as it was opened: a deleted or replaced one is noticed */
    ino_t inode;
    bool read_only;
    int64_t wait_ms;     /* the longest a call waits for other writers */
    int64_t deadline_ms; /* of the call under way */
    bool busy;           /* that call ran out of time */
    bool waited;         /* for another writer, in that call */
    uint64_t jitter;     /* state of the random sleeps between tries */
    sqlite3_stmt *cached[HEED_RECORD_KINDS][HEED_RECORD_STEPS]; /* record.c */
};

/* tables.c: migration i leads from version i to i+1. */
extern const char *const heed_store_migrations[];
extern const char heed_store_files[], heed_store_compared[], heed_store_tunes[],
    heed_store_outputs[], heed_store_tune_plans[], heed_store_tune_units[]; /* views.c */
extern const int heed_store_version;

int64_t heed_db_now_ms(void); /* monotonic */
/* heed_store_open() with another patience. */
int heed_db_open(struct heed_store **s, const char *path, bool read_only, int64_t wait_ms,
                 struct heed_err *err) HEED_MUST_USE;
/* "store PATH: reason", from the connection's state. */
int heed_db_fail(struct heed_store *s, int rc, struct heed_err *err);
sqlite3_stmt *heed_db_prepare(struct heed_store *s, const char *sql, struct heed_err *err);
/* Runs a statement without parameters, or several. */
int heed_db_exec(struct heed_store *s, const char *sql, struct heed_err *err) HEED_MUST_USE;
/* Steps to the end and finalizes. */
int heed_db_run(struct heed_store *s, sqlite3_stmt *stmt, struct heed_err *err) HEED_MUST_USE;
/* The first column of the first row; 0 when there is no row. */
int heed_db_i64(struct heed_store *s, const char *sql, int64_t *out,
                struct heed_err *err) HEED_MUST_USE;
/* BEGIN IMMEDIATE after a look whether the file is still the one that was opened. */
int heed_db_begin(struct heed_store *s, struct heed_err *err) HEED_MUST_USE;
int heed_db_commit(struct heed_store *s, struct heed_err *err) HEED_MUST_USE;
void heed_db_rollback(struct heed_store *s);

/* --- record.c: what is recorded of a run, one record at a time --- */
enum heed_record_kind {
    HEED_RECORD_RUN,
    HEED_RECORD_PARAM,
    HEED_RECORD_COMPONENT,
    HEED_RECORD_METRIC,
    HEED_RECORD_ARTIFACT,
    HEED_RECORD_EVENT,
    HEED_RECORD_EVALUATION,
    HEED_RECORD_LINE,
    HEED_RECORD_OUTPUT,
    HEED_RECORD_BEAT,
    HEED_RECORD_STAGE,
    HEED_RECORD_FINISH,
};
struct heed_cell {
    enum { HEED_CELL_NULL, HEED_CELL_INT, HEED_CELL_REAL, HEED_CELL_TEXT } type;
    int64_t i;
    double r;
    char *text; /* owned */
};
struct heed_record {
    enum heed_record_kind kind;
    struct heed_cell cells[HEED_RECORD_CELLS]; /* in the order of the kind's fields */
};
/* Sets a field by name; a name the kind does not have is a BUG(). NULL and NaN stay NULL. */
void heed_record_text(struct heed_record *rec, const char *field, const char *text);
void heed_record_int(struct heed_record *rec, const char *field, int64_t i);
void heed_record_real(struct heed_record *rec, const char *field, double r);
void heed_record_release(struct heed_record *rec);
/* Writes it into the open transaction. Twice gives the same as once. */
int heed_record_apply(struct heed_store *s, const char *run, const struct heed_record *rec,
                      struct heed_err *err) HEED_MUST_USE;
/* One line of JSON with LF, and back. */
void heed_record_line(const char *run, const struct heed_record *rec, struct heed_str *out);
int heed_record_parse(struct heed_store *s, const char *line, size_t n, struct heed_record *rec,
                      char run[33], struct heed_err *err) HEED_MUST_USE;
/* import.c: lines of records in one transaction. */
int heed_db_import(struct heed_store *s, const char *lines, size_t size, int64_t *n_records,
                   int64_t *n_runs, struct heed_err *err) HEED_MUST_USE;
/* "2026-11-23T10:02:03.123Z" */
void heed_db_time(char out[32]);
/* boot id, and start time of a process in ticks after boot (0: no such process). */
void heed_boot_id(char out[40]);
int64_t heed_process_start(int64_t pid);
void heed_record_stamp(struct heed_record *rec); /* field `at` */
/* alive: with this process's id, seed and $HEED_RUN. */
void heed_record_run(struct heed_record *rec, const struct heed_run_info *info, bool alive);
void heed_run_new_id(char id[33]);
/* run.c: the next record of a run, to be filled in; then it is there. */
struct heed_record *heed_run_next_record(struct heed_run *r, enum heed_record_kind kind);
void heed_run_add_record(struct heed_run *r);
double heed_self_cpu(struct rusage *usage); /* seconds */
void heed_json_argv(int argc, char **argv, struct heed_str *out);

#endif
