/* run.c: recording a run as it goes.
 *
 * heed_run_start() writes the run's row; params, components, metrics, artifacts and events are put
 * into memory as records and written together, at most one transaction a second; heed_run_finish()
 * writes what is left.
 *
 *     record ──> pending[] ──flush──> one transaction ──> store
 *          └──> journal (lines)  ──on trouble──> PATH.run, written on at every flush
 *
 * The journal holds the whole session, so that a spilled file is complete even when the store was
 * deleted under a running training (a line is about 150 bytes; 100,000 metrics are 15 MB). Once
 * spilling, a session keeps to its file until the end; heed_run_finish() then tries the store once
 * more and removes the file when that worked. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "store/db.h"

#define FLUSH_MS 1000
#define STEP_MS  5000 /* how old the store's last step may be */
#define BEAT_MS  20000
#define PATIENCE 3 /* flushes that may find the store locked before the run spills */

struct heed_run {
    struct heed_store *store; /* NULL: none */
    struct heed_run_tap tap;
    char id[33];
    struct heed_record *pending;
    size_t n_pending, cap_pending;
    struct heed_str journal;
    size_t journal_written; /* bytes of it that are in the spill file */
    char *spill_path;
    int spill_fd; /* -1: not spilling, or nowhere to */
    bool spilling, spill_is_new;
    int n_busy;     /* flushes in a row that found it locked */
    bool step_told; /* last_step has grown since it was written */
    int64_t last_step;
    int64_t started_ms, flushed_ms;
    double wall_before, cpu_before; /* of earlier sessions of a resumed run */
};

/* --- spilling --- */

static void spill_write(struct heed_run *r)
{
    while (r->spill_fd >= 0 && r->journal_written < r->journal.len) {
        ssize_t n = write(r->spill_fd, r->journal.data + r->journal_written,
                          r->journal.len - r->journal_written);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            struct heed_err err = {0};
            heed_fail_errno(&err, errno, "%s: cannot be written; the record of this run is lost",
                            r->spill_path);
            heed_loss("%s", err.text);
            close(r->spill_fd);
            r->spill_fd = -1;
            return;
        }
        r->journal_written += (size_t)n;
    }
    if (r->spill_fd >= 0)
        fdatasync(r->spill_fd);
}

static void spill_start(struct heed_run *r, const char *reason)
{
    struct heed_err err = {0};
    struct stat st;
    r->spilling = true;
    if (r->spill_path) {
        r->spill_is_new = stat(r->spill_path, &st) < 0;
        r->spill_fd = open(r->spill_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    }
    if (r->spill_fd >= 0)
        heed_fail(&err, "%s; this run is recorded in %s, take it in with `runs import`", reason,
                  r->spill_path);
    else
        heed_fail(&err, "%s; this run is not recorded", reason);
    heed_loss("%s", err.text);
    spill_write(r);
}

/* --- pending records --- */

static void forget_pending(struct heed_run *r)
{
    for (size_t i = 0; i < r->n_pending; i++)
        heed_record_release(&r->pending[i]);
    r->n_pending = 0;
}

static int write_pending(struct heed_run *r, struct heed_err *err)
{
    if (heed_db_begin(r->store, err) < 0)
        return -1;
    for (size_t i = 0; i < r->n_pending; i++)
        if (heed_record_apply(r->store, r->id, &r->pending[i], err) < 0) {
            heed_db_rollback(r->store);
            return -1;
        }
    return heed_db_commit(r->store, err);
}

struct heed_record *heed_run_next_record(struct heed_run *r, enum heed_record_kind kind)
{
    heed_grow(&r->pending, r->n_pending, &r->cap_pending, sizeof(*r->pending));
    struct heed_record *rec = &r->pending[r->n_pending];
    memset(rec, 0, sizeof(*rec));
    rec->kind = kind;
    return rec;
}

void heed_run_add_record(struct heed_run *r)
{
    struct heed_record *rec = &r->pending[r->n_pending];
    if (r->store || r->spill_path)
        heed_record_line(r->id, rec, &r->journal);
    if (r->store && !r->spilling)
        r->n_pending++;
    else
        heed_record_release(rec);
}

static double wall(const struct heed_run *r)
{
    return r->wall_before + (double)(heed_db_now_ms() - r->started_ms) / 1000;
}

static void add_beat(struct heed_run *r)
{
    struct heed_record *rec = heed_run_next_record(r, HEED_RECORD_BEAT);
    if (r->step_told)
        heed_record_int(rec, "last_step", r->last_step);
    heed_record_real(rec, "wall_s", wall(r));
    heed_record_stamp(rec);
    heed_run_add_record(r);
    r->step_told = false;
}

/* patient: a locked store is no trouble yet; the records stay for the next flush. */
static void flush(struct heed_run *r, bool patient)
{
    struct heed_err err = {0};
    if (r->spilling) {
        spill_write(r);
    } else if (r->n_pending) {
        if (write_pending(r, &err) == 0)
            r->n_busy = 0;
        else if (!patient || !r->store->busy || ++r->n_busy >= PATIENCE)
            spill_start(r, err.text);
        if (!r->n_busy || r->spilling)
            forget_pending(r);
    }
    r->flushed_ms = heed_db_now_ms();
}

void heed_run_flush(struct heed_run *r)
{
    add_beat(r);
    flush(r, true);
}

void heed_run_beat(struct heed_run *r)
{
    int64_t since = heed_db_now_ms() - r->flushed_ms;
    bool news = r->n_pending || (r->spilling && r->journal_written < r->journal.len);
    if (since >= BEAT_MS || (since >= STEP_MS && r->step_told) || (since >= FLUSH_MS && news))
        heed_run_flush(r);
}

/* --- the start --- */

static int take_times(void *ctx, const struct heed_row *row, struct heed_err *err)
{
    struct heed_run *r = ctx;
    (void)err;
    if (!heed_parse_f64(row->values[0], &r->wall_before))
        r->wall_before = 0;
    if (!heed_parse_f64(row->values[1], &r->cpu_before))
        r->cpu_before = 0;
    return 0;
}

struct heed_run *heed_run_start(struct heed_store *s, const struct heed_run_info *info)
{
    struct heed_run *r = heed_xcalloc(1, sizeof(*r));
    struct heed_err err = {0};
    r->store = s;
    r->spill_fd = -1;
    r->spill_path = info->spill_path ? heed_xstrdup(info->spill_path) : NULL;
    r->started_ms = heed_db_now_ms();
    if (info->resume && strlen(info->resume) == 32)
        memcpy(r->id, info->resume, 33);
    else
        heed_run_new_id(r->id);
    const char *args[] = {r->id};
    /* A failure here is no news: the write below meets the same trouble and tells it. */
    if (s && info->resume &&
        heed_store_query(s, "SELECT wall_s, cpu_s FROM run WHERE uuid = ?1", args, 1, take_times, r,
                         &err) < 0)
        r->wall_before = r->cpu_before = 0;
    heed_record_run(heed_run_next_record(r, HEED_RECORD_RUN), info, true);
    heed_run_add_record(r);
    if (!s && r->spill_path)
        spill_start(r, "no store");
    flush(r, true);
    return r;
}

const char *heed_run_id(const struct heed_run *r)
{
    return r->id;
}

/* --- what is recorded --- */

void heed_run_step(struct heed_run *r, int64_t step)
{
    if (step > r->last_step) {
        r->last_step = step;
        r->step_told = true;
    }
}

void heed_run_tap(struct heed_run *r, const struct heed_run_tap *tap)
{
    r->tap = *tap;
}

void heed_run_metric(struct heed_run *r, const char *split, const char *name, int64_t step,
                     double value)
{
    struct heed_record *rec = heed_run_next_record(r, HEED_RECORD_METRIC);
    heed_record_text(rec, "split", split);
    heed_record_text(rec, "name", name);
    heed_record_int(rec, "step", step);
    heed_record_real(rec, "value", value);
    heed_record_stamp(rec);
    heed_run_add_record(r);
    if (r->tap.metric)
        r->tap.metric(r->tap.ctx, split, name, step, value);
    heed_run_step(r, step);
    heed_run_beat(r);
}

static struct heed_record *begin_artifact(struct heed_run *r, const char *direction,
                                          const char *role, const char *kind, const char *path,
                                          const char *sha256)
{
    struct heed_record *rec = heed_run_next_record(r, HEED_RECORD_ARTIFACT);
    heed_record_text(rec, "direction", direction);
    heed_record_text(rec, "role", role);
    heed_record_text(rec, "kind", kind);
    heed_record_text(rec, "path", path);
    heed_record_text(rec, "sha256", sha256);
    heed_record_stamp(rec);
    return rec;
}

void heed_run_artifact(struct heed_run *r, const char *direction, const char *role,
                       const char *kind, const char *path, const char *sha256, int64_t bytes)
{
    struct heed_record *rec = begin_artifact(r, direction, role, kind, path, sha256);
    if (bytes >= 0)
        heed_record_int(rec, "bytes", bytes);
    heed_run_add_record(r);
}

void heed_run_model(struct heed_run *r, const char *direction, const char *role,
                    const struct heed_model_file *m)
{
    struct heed_record *rec = begin_artifact(r, direction, role, "model", m->path, m->sha256);
    if (m->bytes >= 0)
        heed_record_int(rec, "bytes", m->bytes);
    if (m->fingerprint[0])
        heed_record_text(rec, "fingerprint", m->fingerprint);
    heed_run_add_record(r);
}

static void add_event(struct heed_run *r, const char *level, const char *text, int64_t step)
{
    struct heed_record *rec = heed_run_next_record(r, HEED_RECORD_EVENT);
    heed_record_text(rec, "level", level);
    heed_record_int(rec, "step", step);
    heed_record_text(rec, "text", text);
    heed_record_stamp(rec);
    heed_run_add_record(r);
}

/* Written at once: a kill right after a save must not hide the save. */
void heed_run_checkpoint(struct heed_run *r, int64_t step)
{
    char text[64];
    snprintf(text, sizeof(text), "checkpoint at step %lld", (long long)step);
    add_event(r, "checkpoint", text, step);
    heed_run_step(r, step);
    heed_run_flush(r);
}

void heed_run_resumed(struct heed_run *r, int64_t step)
{
    char text[64];
    snprintf(text, sizeof(text), "resumed at step %lld", (long long)step);
    add_event(r, "resumed", text, step);
    r->last_step = step;
    r->step_told = true;
    heed_run_flush(r);
}

void heed_run_best(struct heed_run *r, int64_t step, const char *by)
{
    add_event(r, "best", by, step);
}

void heed_run_line(struct heed_run *r, int64_t line, const char *source, const char *reference)
{
    struct heed_record *rec = heed_run_next_record(r, HEED_RECORD_LINE);
    heed_record_int(rec, "line", line);
    heed_record_text(rec, "source", source);
    heed_record_text(rec, "reference", reference);
    heed_run_add_record(r);
    if (r->tap.line)
        r->tap.line(r->tap.ctx, line, source, reference);
}

void heed_run_output(struct heed_run *r, int64_t line, int64_t step, const char *output)
{
    struct heed_record *rec = heed_run_next_record(r, HEED_RECORD_OUTPUT);
    heed_record_int(rec, "line", line);
    heed_record_int(rec, "step", step);
    heed_record_text(rec, "output", output);
    heed_run_add_record(r);
    if (r->tap.output)
        r->tap.output(r->tap.ctx, line, step, output);
}

/* --- the end --- */

/* The store may be writable again by now. */
static void leave_spill(struct heed_run *r)
{
    struct heed_err err = {0};
    int64_t n_records, n_runs;
    if (!r->store ||
        heed_db_import(r->store, r->journal.data, r->journal.len, &n_records, &n_runs, &err) < 0)
        return;
    if (r->spill_is_new)
        unlink(r->spill_path);
    heed_fail(&err, "store %s: takes records again; this run is complete in it", r->store->path);
    heed_loss("%s", err.text);
}

void heed_run_finish(struct heed_run *r, const char *status, int exit_code, const char *message)
{
    struct rusage usage;
    struct heed_record *rec = heed_run_next_record(r, HEED_RECORD_FINISH);
    heed_record_text(rec, "status", status);
    heed_record_int(rec, "exit_code", exit_code);
    heed_record_text(rec, "message", message);
    heed_record_real(rec, "wall_s", wall(r));
    heed_record_real(rec, "cpu_s", r->cpu_before + heed_self_cpu(&usage));
    heed_record_int(rec, "max_rss_kb", usage.ru_maxrss);
    if (r->step_told)
        heed_record_int(rec, "last_step", r->last_step);
    heed_record_stamp(rec);
    heed_run_add_record(r);
    flush(r, false);
    if (r->spill_fd >= 0)
        leave_spill(r);
    if (r->spill_fd >= 0)
        close(r->spill_fd);
    forget_pending(r);
    free(r->pending);
    heed_str_release(&r->journal);
    free(r->spill_path);
    free(r);
}
