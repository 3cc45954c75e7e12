/* query.c: reading the store: queries, and marking runs of dead processes.
 *
 * A query goes to its caller row by row, values as text with their types. */
#include <string.h>
#include <sys/utsname.h>
#include "store/db.h"

#define COLUMNS_MAX 64

/* --- queries --- */

static const enum heed_value_type value_types[] = {
    [SQLITE_INTEGER] = HEED_VALUE_INT, [SQLITE_FLOAT] = HEED_VALUE_REAL,
    [SQLITE_TEXT] = HEED_VALUE_TEXT,   [SQLITE_BLOB] = HEED_VALUE_BLOB,
    [SQLITE_NULL] = HEED_VALUE_NULL,
};

struct row_space {
    const char *names[COLUMNS_MAX], *values[COLUMNS_MAX];
    enum heed_value_type types[COLUMNS_MAX];
    size_t at[COLUMNS_MAX]; /* of each value in text */
    struct heed_str text;
};

static void add_value(struct row_space *sp, sqlite3_stmt *stmt, int i)
{
    char number[40];
    const unsigned char *bytes;
    sp->types[i] = value_types[sqlite3_column_type(stmt, i)];
    sp->at[i] = sp->text.len;
    switch (sp->types[i]) {
    case HEED_VALUE_REAL:
        heed_format_f64(number, sizeof(number), sqlite3_column_double(stmt, i));
        heed_str_add_text(&sp->text, number);
        break;
    case HEED_VALUE_BLOB:
        bytes = sqlite3_column_blob(stmt, i);
        for (int j = 0; j < sqlite3_column_bytes(stmt, i); j++)
            heed_str_printf(&sp->text, "%02x", bytes[j]);
        break;
    case HEED_VALUE_NULL:
        break;
    default:
        heed_str_add_text(&sp->text, (const char *)sqlite3_column_text(stmt, i));
    }
    heed_str_add_char(&sp->text, '\0');
}

static int give_row(struct row_space *sp, sqlite3_stmt *stmt,
                    int (*row)(void *ctx, const struct heed_row *row, struct heed_err *err),
                    void *ctx, struct heed_err *err)
{
    int n = sqlite3_column_count(stmt);
    heed_str_clear(&sp->text);
    for (int i = 0; i < n; i++) {
        sp->names[i] = sqlite3_column_name(stmt, i);
        add_value(sp, stmt, i);
    }
    for (int i = 0; i < n; i++)
        sp->values[i] = sp->text.data + sp->at[i];
    struct heed_row out = {(size_t)n, sp->names, sp->values, sp->types};
    return row(ctx, &out, err);
}

static sqlite3_stmt *prepare_query(struct heed_store *s, const char *sql, const char *const *args,
                                   size_t n_args, struct heed_err *err)
{
    sqlite3_stmt *stmt = NULL;
    const char *tail = NULL;
    int rc = sqlite3_prepare_v2(s->db, sql, -1, &stmt, &tail);
    const char *why = NULL;
    if (rc != SQLITE_OK)
        why = sqlite3_errmsg(s->db);
    else if (!stmt)
        why = "is empty";
    else if (tail[strspn(tail, " \t\n;")])
        why = "holds more than one statement";
    else if (!sqlite3_stmt_readonly(stmt))
        why = "would write; queries only read";
    else if (sqlite3_column_count(stmt) > COLUMNS_MAX)
        why = "has more than 64 columns";
    if (why) {
        heed_fail(err, "query: %s", why);
        sqlite3_finalize(stmt);
        return NULL;
    }
    for (size_t i = 0; i < n_args; i++)
        sqlite3_bind_text(stmt, (int)i + 1, args[i], -1, SQLITE_STATIC);
    return stmt;
}

int heed_store_query(struct heed_store *s, const char *sql, const char *const *args, size_t n_args,
                     int (*row)(void *ctx, const struct heed_row *row, struct heed_err *err),
                     void *ctx, struct heed_err *err)
{
    struct row_space sp = {0};
    s->deadline_ms = heed_db_now_ms() + s->wait_ms;
    sqlite3_stmt *stmt = prepare_query(s, sql, args, n_args, err);
    if (!stmt)
        return -1;
    int rc, result = 0;
    while (!result && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
        result = give_row(&sp, stmt, row, ctx, err);
    if (!result && rc != SQLITE_DONE)
        result = heed_db_fail(s, rc, err);
    sqlite3_finalize(stmt);
    heed_str_release(&sp.text);
    return result;
}

/* --- runs of dead processes --- */

struct suspects {
    struct heed_str lost; /* ids, 33 bytes each */
    char boot[40];
    const char *hostname;
};

/* Columns: uuid, hostname, boot_id, pid, pid_start, stale. Inside this machine's boot the process
 * table knows; about others only their heartbeat tells. */
static int judge(void *ctx, const struct heed_row *row, struct heed_err *err)
{
    struct suspects *sus = ctx;
    const char *const *v = row->values;
    int64_t pid, start;
    (void)err;
    bool here = !strcmp(v[1], sus->hostname) && !strcmp(v[2], sus->boot) && *v[2];
    bool lost = !strcmp(v[5], "1");
    if (here && heed_parse_i64(v[3], &pid) && heed_parse_i64(v[4], &start))
        lost = heed_process_start(pid) != start;
    if (lost)
        heed_str_add(&sus->lost, v[0], 33);
    return 0;
}

static int mark_lost(struct heed_store *s, const struct heed_str *ids, struct heed_err *err)
{
    if (heed_db_begin(s, err) < 0)
        return -1;
    for (size_t i = 0; i < ids->len; i += 33) {
        sqlite3_stmt *stmt = heed_db_prepare(s,
                                             "UPDATE run SET status = 'lost', ended_at = "
                                             "heartbeat_at WHERE uuid = ?1 AND status = 'running'",
                                             err);
        if (stmt)
            sqlite3_bind_text(stmt, 1, ids->data + i, -1, SQLITE_STATIC);
        if (!stmt || heed_db_run(s, stmt, err) < 0) {
            heed_db_rollback(s);
            return -1;
        }
    }
    return heed_db_commit(s, err);
}

int heed_store_reap(struct heed_store *s, struct heed_err *err)
{
    struct suspects sus = {0};
    struct utsname u;
    uname(&u);
    heed_boot_id(sus.boot);
    sus.hostname = u.nodename;
    int result = heed_store_query(
        s,
        "SELECT uuid, hostname, boot_id, pid, pid_start,"
        " heartbeat_at < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-5 minutes')"
        " FROM run LEFT JOIN host USING(host_id) WHERE status = 'running' AND pid IS NOT NULL",
        NULL, 0, judge, &sus, err);
    if (!result && sus.lost.len)
        result = mark_lost(s, &sus.lost, err);
    heed_str_release(&sus.lost);
    return result;
}
