/* record.c: the records of a run: their fields, how each is written into the tables, and the
 * same as a line of JSON.
 *
 * One table of kinds feeds both ways: a record is applied inside a transaction, or spilled as a
 * line when the store cannot be written; `runs import` reads lines back into records and applies
 * those. In the statements ?1 is the run's uuid and ?2, ?3, … are the fields in order. Every
 * statement is idempotent, so a record applied twice leaves what it left the first time. */
#include <math.h>
#include <string.h>
#include "base/utf8.h"
#include "store/db.h"
#include "stream/doc.h"

#define RUN_ID "(SELECT run_id FROM run WHERE uuid = ?1)"

struct kind {
    const char *name;
    const char *fields[HEED_RECORD_CELLS];
    const char *sql[HEED_RECORD_STEPS];
};

static const struct kind kinds[HEED_RECORD_KINDS] = {
    [HEED_RECORD_RUN] =
        {"run",
         {"kind", "name", "tag", "argv", "cwd", "version", "seed", "parent", "hostname", "cpu",
          "cores", "ram_kb", "kernel", "boot_id", "pid", "pid_start", "at"},
         {"INSERT OR IGNORE INTO host(hostname, cpu, cores, ram_kb, kernel)"
          " VALUES(?10, ?11, ?12, ?13, ?14)",
          "INSERT INTO run(uuid, kind, name, tag, argv, cwd, version, seed, parent, host_id, "
          "boot_id, pid,"
          " pid_start, status, started_at, heartbeat_at) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
          " (SELECT host_id FROM host WHERE hostname = ?10 AND cpu = ?11 AND cores = ?12 AND "
          "ram_kb = ?13"
          "  AND kernel = ?14), ?15, ?16, ?17, 'running', ?18, ?18)"
          " ON CONFLICT(uuid) DO UPDATE SET host_id = excluded.host_id, boot_id = excluded.boot_id,"
          " pid = excluded.pid, pid_start = excluded.pid_start, status = 'running', exit_code = "
          "NULL,"
          " message = NULL, ended_at = NULL, heartbeat_at = excluded.heartbeat_at"}},
    [HEED_RECORD_PARAM] = {"param",
                           {"key", "value", "is_default"},
                           {"INSERT OR REPLACE INTO param VALUES(" RUN_ID ", ?2, ?3, ?4)"}},
    [HEED_RECORD_COMPONENT] = {"component",
                               {"slot", "plugin", "revision", "abi"},
                               {"INSERT OR REPLACE INTO component VALUES(" RUN_ID
                                ", ?2, ?3, ?4, ?5)"}},
    [HEED_RECORD_METRIC] = {"metric",
                            {"split", "name", "step", "value", "at"},
                            {"INSERT OR REPLACE INTO metric VALUES(" RUN_ID
                             ", ?2, ?3, ?4, ?5, ?6)"}},
    [HEED_RECORD_ARTIFACT] =
        {"artifact",
         {"direction", "role", "kind", "path", "sha256", "bytes", "at", "fingerprint"},
         {"INSERT INTO artifact(kind, sha256, bytes, path, created_at, fingerprint)"
          " VALUES(?4, ?6, ?7, ?5, ?8, ?9)"
          " ON CONFLICT(kind, sha256) DO UPDATE SET path = coalesce(excluded.path, path),"
          " bytes = coalesce(excluded.bytes, bytes),"
          " fingerprint = coalesce(excluded.fingerprint, fingerprint)",
          "INSERT OR REPLACE INTO run_artifact VALUES(" RUN_ID
          ", (SELECT artifact_id FROM artifact WHERE kind = ?4 AND sha256 = ?6), ?2, ?3, ?5, ?8)"}},
    [HEED_RECORD_EVENT] =
        {"event",
         {"level", "step", "text", "at"},
         {"INSERT OR IGNORE INTO event(run_id, at, level, step, before_step, text)"
          " SELECT run_id, ?5, ?2, ?3, iif(?2 = 'resumed', last_step, NULL), ?4"
          " FROM run WHERE uuid = ?1"}},
    [HEED_RECORD_EVALUATION] = {"evaluation",
                                {"name", "value", "lo", "hi", "signature", "data_sha256", "at", "p",
                                 "against", "test"},
                                {"INSERT OR REPLACE INTO evaluation(run_id, name, value, lo, hi, "
                                 "signature, data_sha256, at, p, against, test)"
                                 " VALUES(" RUN_ID ", ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"}},
    [HEED_RECORD_LINE] = {"line",
                          {"line", "source", "reference"},
                          {"INSERT OR REPLACE INTO dev_line VALUES(" RUN_ID ", ?2, ?3, ?4)"}},
    [HEED_RECORD_OUTPUT] = {"output",
                            {"line", "step", "output"},
                            {"INSERT OR REPLACE INTO dev_output VALUES(" RUN_ID ", ?2, ?3, ?4)"}},
    [HEED_RECORD_BEAT] =
        {"beat",
         {"last_step", "wall_s", "at"},
         {"UPDATE run SET heartbeat_at = max(heartbeat_at, ?4), wall_s = coalesce(?3, wall_s),"
          " last_step = coalesce(?2, last_step),"
          " status = iif(status = 'lost', 'running', status) WHERE uuid = ?1"}},
    [HEED_RECORD_STAGE] =
        {"stage",
         {"program", "argv", "pid", "wall_s", "user_s", "sys_s", "max_rss_kb", "frames_in",
          "frames_out", "bytes_in", "bytes_out", "at"},
         {"INSERT OR IGNORE INTO stage(run_id, program, argv, pid, wall_s, user_s, sys_s, "
          "max_rss_kb,"
          " frames_in, frames_out, bytes_in, bytes_out, at)"
          " VALUES(" RUN_ID ", ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
          "UPDATE run SET heartbeat_at = max(heartbeat_at, ?13) WHERE uuid = ?1"}},
    [HEED_RECORD_FINISH] =
        {"finish",
         {"status", "exit_code", "message", "wall_s", "cpu_s", "max_rss_kb", "last_step", "at"},
         {"UPDATE run SET status = ?2, exit_code = ?3, message = ?4, wall_s = coalesce(?5, wall_s),"
          " cpu_s = coalesce(?6, cpu_s), max_rss_kb = coalesce(?7, max_rss_kb),"
          " last_step = coalesce(?8, last_step), ended_at = ?9, heartbeat_at = ?9 WHERE uuid = "
          "?1"}},
};

/* --- fields --- */

static int field_index(enum heed_record_kind kind, const char *field)
{
    for (int i = 0; i < HEED_RECORD_CELLS && kinds[kind].fields[i]; i++)
        if (!strcmp(kinds[kind].fields[i], field))
            return i;
    return -1;
}

static struct heed_cell *cell_of(struct heed_record *rec, const char *field)
{
    int i = field_index(rec->kind, field);
    if (i < 0)
        BUG("a %s record has no field %s", kinds[rec->kind].name, field);
    return &rec->cells[i];
}

void heed_record_text(struct heed_record *rec, const char *field, const char *text)
{
    struct heed_cell *c = cell_of(rec, field);
    if (!text)
        return;
    free(c->text);
    c->type = HEED_CELL_TEXT;
    c->text = heed_xstrdup(text);
}

void heed_record_int(struct heed_record *rec, const char *field, int64_t i)
{
    struct heed_cell *c = cell_of(rec, field);
    c->type = HEED_CELL_INT;
    c->i = i;
}

void heed_record_real(struct heed_record *rec, const char *field, double r)
{
    struct heed_cell *c = cell_of(rec, field);
    if (!isfinite(r))
        return;
    c->type = HEED_CELL_REAL;
    c->r = r;
}

void heed_record_release(struct heed_record *rec)
{
    for (size_t i = 0; i < HEED_RECORD_CELLS; i++)
        free(rec->cells[i].text);
    memset(rec->cells, 0, sizeof(rec->cells));
}

/* --- into the tables --- */

static void bind_cell(sqlite3_stmt *stmt, int at, const struct heed_cell *c)
{
    switch (c->type) {
    case HEED_CELL_NULL:
        sqlite3_bind_null(stmt, at);
        break;
    case HEED_CELL_INT:
        sqlite3_bind_int64(stmt, at, c->i);
        break;
    case HEED_CELL_REAL:
        sqlite3_bind_double(stmt, at, c->r);
        break;
    case HEED_CELL_TEXT:
        sqlite3_bind_text(stmt, at, c->text, -1, SQLITE_STATIC);
        break;
    }
}

static int apply_step(struct heed_store *s, const char *run, const struct heed_record *rec,
                      int step, struct heed_err *err)
{
    sqlite3_stmt **stmt = &s->cached[rec->kind][step];
    if (!*stmt && !(*stmt = heed_db_prepare(s, kinds[rec->kind].sql[step], err)))
        return -1;
    int n = sqlite3_bind_parameter_count(*stmt);
    sqlite3_bind_text(*stmt, 1, run, -1, SQLITE_STATIC);
    for (int i = 0; i + 2 <= n; i++)
        bind_cell(*stmt, i + 2, &rec->cells[i]);
    int rc = sqlite3_step(*stmt);
    int result = rc == SQLITE_DONE ? 0 : heed_db_fail(s, rc, err);
    sqlite3_reset(*stmt);
    sqlite3_clear_bindings(*stmt);
    return result;
}

int heed_record_apply(struct heed_store *s, const char *run, const struct heed_record *rec,
                      struct heed_err *err)
{
    for (int i = 0; i < HEED_RECORD_STEPS && kinds[rec->kind].sql[i]; i++)
        if (apply_step(s, run, rec, i, err) < 0)
            return -1;
    return 0;
}

/* --- as a line --- */

void heed_store_json(struct heed_str *out, const char *text)
{
    struct heed_str clean = {0};
    heed_utf8_repair(&clean, text, strlen(text));
    heed_json_string(out, clean.data ? clean.data : "");
    heed_str_release(&clean);
}

void heed_json_argv(int argc, char **argv, struct heed_str *out)
{
    heed_str_add_char(out, '[');
    for (int i = 0; i < argc; i++) {
        if (i)
            heed_str_add_char(out, ',');
        heed_store_json(out, argv[i]);
    }
    heed_str_add_char(out, ']');
}

void heed_record_line(const char *run, const struct heed_record *rec, struct heed_str *out)
{
    const struct kind *k = &kinds[rec->kind];
    char number[40];
    heed_str_printf(out, "{\"record\":\"%s\",\"run\":\"%s\"", k->name, run);
    for (int i = 0; i < HEED_RECORD_CELLS && k->fields[i]; i++) {
        const struct heed_cell *c = &rec->cells[i];
        if (c->type == HEED_CELL_NULL)
            continue;
        heed_str_printf(out, ",\"%s\":", k->fields[i]);
        if (c->type == HEED_CELL_TEXT) {
            heed_store_json(out, c->text);
        } else if (c->type == HEED_CELL_INT) {
            heed_str_printf(out, "%lld", (long long)c->i);
        } else {
            heed_format_f64(number, sizeof(number), c->r);
            heed_str_add_text(out, number);
            if (!strpbrk(number, ".e")) /* 3.0 stays a real number on the way back */
                heed_str_add_text(out, ".0");
        }
    }
    heed_str_add_text(out, "}\n");
}

static int parse_member(struct heed_record *rec, char run[33], sqlite3_stmt *stmt,
                        struct heed_err *err)
{
    const char *key = (const char *)sqlite3_column_text(stmt, 0);
    const char *type = (const char *)sqlite3_column_text(stmt, 2);
    const char *text = (const char *)sqlite3_column_text(stmt, 1);
    if (!strcmp(key, "record"))
        return 0;
    if (!strcmp(key, "run")) {
        if (!text || strlen(text) != 32 || strspn(text, "0123456789abcdef") != 32)
            return heed_fail(err, "run id '%s' is not 32 hexadecimal digits", text ? text : "null");
        memcpy(run, text, 33);
        return 0;
    }
    if (field_index(rec->kind, key) < 0)
        return heed_fail(err, "a %s record has no field '%s'", kinds[rec->kind].name, key);
    if (!strcmp(type, "integer"))
        heed_record_int(rec, key, sqlite3_column_int64(stmt, 1));
    else if (!strcmp(type, "real"))
        heed_record_real(rec, key, sqlite3_column_double(stmt, 1));
    else if (!strcmp(type, "text"))
        heed_record_text(rec, key, text);
    else
        return heed_fail(err, "field '%s' is %s, want text or a number", key, type);
    return 0;
}

static int parse_kind(struct heed_store *s, const char *line, size_t n, struct heed_record *rec,
                      struct heed_err *err)
{
    sqlite3_stmt *stmt = heed_db_prepare(s,
                                         "SELECT iif(json_valid(?1) AND json_type(?1) = 'object', "
                                         "json_extract(?1, '$.record'), NULL)",
                                         err);
    if (!stmt)
        return -1;
    sqlite3_bind_text(stmt, 1, line, (int)n, SQLITE_STATIC);
    int result = -1;
    const char *name =
        sqlite3_step(stmt) == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
    for (size_t i = 0; name && i < HEED_COUNT(kinds); i++)
        if (!strcmp(name, kinds[i].name)) {
            rec->kind = (enum heed_record_kind)i;
            result = 0;
        }
    if (result < 0 && name)
        heed_fail(err, "unknown record '%s'", name);
    else if (result < 0)
        heed_fail(err, "is not a record of a run (one JSON object a line)");
    sqlite3_finalize(stmt);
    return result;
}

int heed_record_parse(struct heed_store *s, const char *line, size_t n, struct heed_record *rec,
                      char run[33], struct heed_err *err)
{
    memset(rec, 0, sizeof(*rec));
    run[0] = '\0';
    if (parse_kind(s, line, n, rec, err) < 0)
        return -1;
    sqlite3_stmt *stmt = heed_db_prepare(s, "SELECT key, atom, type FROM json_each(?1)", err);
    if (!stmt)
        return -1;
    sqlite3_bind_text(stmt, 1, line, (int)n, SQLITE_STATIC);
    int result = 0;
    while (!result && sqlite3_step(stmt) == SQLITE_ROW)
        result = parse_member(rec, run, stmt, err);
    sqlite3_finalize(stmt);
    if (!result && !run[0])
        result = heed_fail(err, "names no run");
    if (result < 0)
        heed_record_release(rec);
    return result;
}
