/* made.c: texts that models wrote. A text is plain and says nothing of its maker, so its digest is
 * remembered: who writes it does so before its output is closed, so that a reader which has come to
 * the end of a pipe finds it in the store. */
#include <limits.h>
#include <string.h>
#include <unistd.h>
#include "store/db.h"

#define WAIT_MS 1000

static int insert(struct heed_store *s, const struct heed_made *made, const char *model,
                  struct heed_err *err)
{
    char now[32];
    sqlite3_stmt *stmt = heed_db_prepare(
        s,
        "INSERT OR REPLACE INTO text(sha256, n_lines, fingerprint, model, program, at)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
        err);
    if (!stmt)
        return -1;
    heed_db_time(now);
    sqlite3_bind_text(stmt, 1, made->sha256, -1, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 2, made->n_lines);
    sqlite3_bind_text(stmt, 3, made->fingerprint, -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 4, model, -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 5, made->program, -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 6, now, -1, SQLITE_STATIC);
    return heed_db_run(s, stmt, err);
}

static int forget_old(struct heed_store *s, struct heed_err *err)
{
    char sql[100];
    snprintf(sql, sizeof(sql),
             "DELETE FROM text WHERE text_id <= (SELECT max(text_id) FROM text) - %d",
             HEED_MADE_MAX);
    return heed_db_exec(s, sql, err);
}

static bool is_there(const char *store_path)
{
    struct heed_str path = {0};
    struct heed_err ignored;
    bool there = heed_store_where(store_path, &path, &ignored) == 0 && access(path.data, W_OK) == 0;
    heed_str_release(&path);
    return there;
}

void heed_store_made(const char *store_path, const struct heed_made *made)
{
    struct heed_store *s;
    struct heed_err ignored;
    if (!is_there(store_path) || heed_db_open(&s, store_path, false, WAIT_MS, &ignored))
        return;
    char *model = made->model ? realpath(made->model, NULL) : NULL;
    if (heed_db_begin(s, &ignored) == 0) {
        if (insert(s, made, model, &ignored) == 0 && forget_old(s, &ignored) == 0 &&
            heed_db_commit(s, &ignored) == 0)
            ignored.text[0] = '\0';
        heed_db_rollback(s);
    }
    free(model);
    heed_store_close(s);
}

struct maker {
    char *fingerprint;
    struct heed_str *model;
    int n;
};

static int take_maker(void *ctx, const struct heed_row *row, struct heed_err *err)
{
    struct maker *m = ctx;
    (void)err;
    snprintf(m->fingerprint, 65, "%s", row->values[0]);
    heed_str_add_text(m->model, row->values[1]);
    m->n = 1;
    return 0;
}

int heed_store_made_by(struct heed_store *s, const char *sha256, char fingerprint[65],
                       struct heed_str *model, struct heed_err *err)
{
    struct maker m = {fingerprint, model, 0};
    int result = heed_store_query(s, "SELECT fingerprint, model FROM text WHERE sha256 = ?1",
                                  &sha256, 1, take_maker, &m, err);
    return result ? -1 : m.n;
}

struct file {
    struct heed_model_file *m;
    int n;
};

static int take_file(void *ctx, const struct heed_row *row, struct heed_err *err)
{
    struct file *f = ctx;
    (void)err;
    snprintf(f->m->sha256, sizeof(f->m->sha256), "%s", row->values[0]);
    if (!heed_parse_i64(row->values[1], &f->m->bytes))
        f->m->bytes = -1;
    f->n = 1;
    return 0;
}

int heed_store_model_file(struct heed_store *s, const char *fingerprint, struct heed_model_file *m,
                          struct heed_err *err)
{
    struct file f = {m, 0};
    int result = heed_store_query(s,
                                  "SELECT sha256, bytes FROM artifact WHERE kind = 'model'"
                                  " AND fingerprint = ?1 ORDER BY artifact_id DESC LIMIT 1",
                                  &fingerprint, 1, take_file, &f, err);
    snprintf(m->fingerprint, sizeof(m->fingerprint), "%s", fingerprint);
    return result ? -1 : f.n;
}
