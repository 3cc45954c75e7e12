/* trials.c: see trials.h. */
#include <float.h>
#include <math.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "store/db.h"
#include "store/trials.h"

#define STATUSES "open|taken|done|failed"
#define SILENCE  "-5 minutes" /* of a process elsewhere, after which its piece is free */

struct heed_piece *heed_tune_add(struct heed_tune *t, int64_t trial, int64_t turn, int64_t rung,
                                 const char *options)
{
    heed_grow(&t->pieces, t->n, &t->cap, sizeof(*t->pieces));
    struct heed_piece *p = &t->pieces[t->n++];
    *p = (struct heed_piece){.trial = trial, .turn = turn, .rung = rung};
    p->options = heed_xstrdup(options);
    return p;
}

static void forget_pieces(struct heed_tune *t)
{
    for (size_t i = 0; i < t->n; i++) {
        free(t->pieces[i].options);
        free(t->pieces[i].message);
    }
    t->n = 0;
}

void heed_tune_release(struct heed_tune *t)
{
    forget_pieces(t);
    free(t->pieces);
    *t = (struct heed_tune){0};
}

/* --- reading --- */

/* The process that a piece is taken by. */
struct taker {
    char boot[40];
    struct utsname machine;
    int64_t pid, start;
};

static void who_am_i(struct taker *me)
{
    heed_boot_id(me->boot);
    uname(&me->machine);
    me->pid = getpid();
    me->start = heed_process_start(me->pid);
}

struct reading {
    struct heed_tune *t;
    const struct taker *me;
    struct heed_str what;
    bool found;
};

static int64_t whole(const char *text)
{
    int64_t i;
    return heed_parse_i64(text, &i) ? i : 0;
}

static double number(const char *text, double none)
{
    double v;
    return heed_parse_f64(text, &v) ? v : none;
}

static int take_tune(void *ctx, const struct heed_row *row, struct heed_err *err)
{
    struct reading *r = ctx;
    struct heed_tune *t = r->t;
    const char *const *v = row->values;
    (void)err;
    r->found = true;
    snprintf(t->uuid, sizeof(t->uuid), "%s", v[0]);
    heed_str_add_text(&r->what, v[1]);
    int64_t *const wholes[] = {&t->trials,      &t->halving,   &t->first, &t->steps,
                               &t->last,        &t->repeats,   &t->drawn, &t->winner,
                               &t->winner_turn, &t->dev_lines, &t->often};
    for (size_t i = 0; i < HEED_COUNT(wholes); i++)
        *wholes[i] = whole(v[2 + i]);
    t->start = number(v[13], 0);
    t->spent = number(v[14], 0);
    t->done = whole(v[15]);
    t->gflop = number(v[16], 0);
    return 0;
}

static int take_piece(void *ctx, const struct heed_row *row, struct heed_err *err)
{
    struct reading *r = ctx;
    const char *const *v = row->values;
    (void)err;
    struct heed_piece *p = heed_tune_add(r->t, whole(v[0]), whole(v[1]), whole(v[2]), v[4]);
    p->status = (enum heed_piece_status)heed_option_number(STATUSES, v[3]);
    p->message = *v[5] ? heed_xstrdup(v[5]) : NULL;
    p->updates = whole(v[6]);
    p->value = number(v[7], -DBL_MAX);
    p->tells = whole(v[8]);
    p->loss = number(v[9], DBL_MAX);
    p->seconds = number(v[10], 0);
    p->every = whole(v[16]);
    bool here = !strcmp(v[11], r->me->machine.nodename) && !strcmp(v[12], r->me->boot) && *v[12];
    int64_t pid = whole(v[13]), start = whole(v[14]);
    p->mine = here && pid == r->me->pid && start == r->me->start;
    p->lapsed = here ? heed_process_start(pid) != start : whole(v[15]);
    if (p->status != HEED_PIECE_TAKEN)
        p->mine = p->lapsed = false;
    return 0;
}

static int read_tune(struct heed_store *s, struct reading *r, struct heed_err *err)
{
    const char *args[] = {r->t->path};
    forget_pieces(r->t);
    if (heed_store_query(s,
                         "SELECT uuid, what, trials, halving, first, steps, last, repeats, drawn,"
                         " winner, winner_turn, dev_lines, often, start_s, spent_s, done, gflop "
                         "FROM tune WHERE path = ?1",
                         args, 1, take_tune, r, err))
        return -1;
    return heed_store_query(s,
                            "SELECT trial, turn, rung, status, options, message, updates, value,"
                            " tells, loss, seconds, hostname, boot_id, pid, pid_start,"
                            " x.at < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '" SILENCE "'), every"
                            " FROM trial x JOIN tune USING(tune_id) WHERE path = ?1"
                            " ORDER BY rung, trial, turn",
                            args, 1, take_piece, r, err);
}

/* --- writing --- */

static void bind_real(sqlite3_stmt *stmt, int i, double v)
{
    if (fabs(v) < DBL_MAX)
        sqlite3_bind_double(stmt, i, v);
}

static int write_head(struct heed_store *s, const struct heed_tune *t, struct heed_err *err)
{
    char now[32];
    const int64_t wholes[] = {t->trials,      t->halving, t->first,     t->steps,
                              t->last,        t->repeats, t->drawn,     t->winner,
                              t->winner_turn, t->done,    t->dev_lines, t->often};
    sqlite3_stmt *stmt = heed_db_prepare(
        s,
        "INSERT INTO tune(uuid, path, what, start_s, spent_s, at, trials, halving, first, steps,"
        " last, repeats, drawn, winner, winner_turn, done, dev_lines, often, gflop)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,"
        " ?19)"
        " ON CONFLICT(path) DO UPDATE SET start_s = ?4, spent_s = ?5, trials = ?7, halving = ?8,"
        " first = ?9, steps = ?10, last = ?11, repeats = ?12, drawn = ?13, winner = ?14,"
        " winner_turn = ?15, done = ?16, dev_lines = ?17, often = ?18, gflop = ?19",
        err);
    if (!stmt)
        return -1;
    heed_db_time(now);
    sqlite3_bind_text(stmt, 1, t->uuid, -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 2, t->path, -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 3, t->what, -1, SQLITE_STATIC);
    sqlite3_bind_double(stmt, 4, t->start);
    sqlite3_bind_double(stmt, 5, t->spent);
    sqlite3_bind_text(stmt, 6, now, -1, SQLITE_STATIC);
    for (size_t i = 0; i < HEED_COUNT(wholes); i++)
        sqlite3_bind_int64(stmt, (int)i + 7, wholes[i]);
    sqlite3_bind_double(stmt, 19, t->gflop);
    return heed_db_run(s, stmt, err);
}

/* Rows that others hold are left as they are. */
static int write_piece(struct heed_store *s, const struct heed_tune *t, const struct heed_piece *p,
                       const struct taker *me, struct heed_err *err)
{
    char now[32];
    if (p->status == HEED_PIECE_TAKEN && !p->mine)
        return 0;
    sqlite3_stmt *stmt = heed_db_prepare(
        s,
        "INSERT OR REPLACE INTO trial(tune_id, trial, turn, rung, status, options, message,"
        " updates, value, tells, loss, seconds, hostname, boot_id, pid, pid_start, at,"
        " every) SELECT tune_id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,"
        " ?17, ?18"
        " FROM tune WHERE path = ?1",
        err);
    if (!stmt)
        return -1;
    heed_db_time(now);
    const char *status = heed_option_word(STATUSES, (int)p->status);
    sqlite3_bind_text(stmt, 1, t->path, -1, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 2, p->trial);
    sqlite3_bind_int64(stmt, 3, p->turn);
    sqlite3_bind_int64(stmt, 4, p->rung);
    sqlite3_bind_text(stmt, 5, status, -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 6, p->options, -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 7, p->message, -1, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 8, p->updates);
    bind_real(stmt, 9, p->value);
    sqlite3_bind_int64(stmt, 10, p->tells);
    bind_real(stmt, 11, p->loss);
    sqlite3_bind_double(stmt, 12, p->seconds);
    if (p->mine) {
        sqlite3_bind_text(stmt, 13, me->machine.nodename, -1, SQLITE_STATIC);
        sqlite3_bind_text(stmt, 14, me->boot, -1, SQLITE_STATIC);
        sqlite3_bind_int64(stmt, 15, me->pid);
        sqlite3_bind_int64(stmt, 16, me->start);
    }
    sqlite3_bind_text(stmt, 17, now, -1, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 18, p->every);
    return heed_db_run(s, stmt, err);
}

static int write_run(struct heed_store *s, struct heed_tune *t, struct heed_err *err)
{
    struct heed_run_info info = {.kind = "tune", .name = t->path};
    struct heed_record rec = {.kind = HEED_RECORD_RUN};
    heed_run_new_id(t->uuid);
    heed_record_run(&rec, &info, false);
    int result = heed_record_apply(s, t->uuid, &rec, err);
    heed_record_release(&rec);
    return result;
}

static int write_tune(struct heed_store *s, struct heed_tune *t, const struct taker *me,
                      struct heed_err *err)
{
    if ((!t->uuid[0] && write_run(s, t, err)) || write_head(s, t, err))
        return -1;
    for (size_t i = 0; i < t->n; i++)
        if (write_piece(s, t, &t->pieces[i], me, err))
            return -1;
    return 0;
}

/* --- the transaction --- */

static int forget(struct heed_store *s, struct heed_tune *t, struct heed_err *err)
{
    sqlite3_stmt *stmt = heed_db_prepare(s, "DELETE FROM tune WHERE path = ?1", err);
    if (!stmt)
        return -1;
    sqlite3_bind_text(stmt, 1, t->path, -1, SQLITE_STATIC);
    forget_pieces(t);
    t->uuid[0] = '\0';
    t->trials = 0;
    t->done = false;
    return heed_db_run(s, stmt, err);
}

/* Has anybody come to a result, or is still working on one? */
static bool is_worth_keeping(const struct heed_tune *t)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->pieces[i].status == HEED_PIECE_DONE ||
            (t->pieces[i].status == HEED_PIECE_TAKEN && !t->pieces[i].lapsed))
            return true;
    return false;
}

static int check(struct heed_store *s, struct reading *r, bool replace, struct heed_err *err)
{
    bool other = r->found && strcmp(r->what.data, r->t->what) != 0;
    if (r->found && (replace ? other || r->t->done : other && !is_worth_keeping(r->t)))
        return forget(s, r->t, err);
    if (other && r->t->done)
        return heed_fail(err, "%s: its search is done; --force begins another", r->t->path);
    if (other)
        return heed_fail(
            err,
            "%s: a search with other options was begun for it, or other pairs; --force "
            "begins anew",
            r->t->path);
    return 0;
}

static int change_all(struct heed_store *s, struct reading *r, bool replace,
                      int (*change)(void *ctx, struct heed_tune *t, struct heed_err *err),
                      void *ctx, struct heed_err *err)
{
    struct heed_tune *t = r->t;
    t->uuid[0] = '\0';
    if (read_tune(s, r, err) || check(s, r, replace, err) || change(ctx, t, err))
        return -1;
    return t->trials && write_tune(s, t, r->me, err) ? -1 : heed_db_commit(s, err);
}

int heed_store_tune(struct heed_store *s, struct heed_tune *t, bool replace,
                    int (*change)(void *ctx, struct heed_tune *t, struct heed_err *err), void *ctx,
                    struct heed_err *err)
{
    struct taker me = {.pid = 0};
    struct reading r = {.t = t, .me = &me};
    who_am_i(&me);
    if (heed_db_begin(s, err))
        return -1;
    int status = change_all(s, &r, replace, change, ctx, err);
    heed_db_rollback(s);
    heed_str_release(&r.what);
    return status;
}
