/* vocabulary.c: vocabularies by name: tokenizer spec, what the tokenizer learnt, and the pieces,
 * whole for loading and one row each for questions. */
#include <string.h>
#include "store/db.h"
#include "stream/hash.h"

static int64_t count_lines(const char *text, size_t size)
{
    int64_t n = 0;
    for (const char *end = text + size;
         text < end && (text = memchr(text, '\n', (size_t)(end - text))); text++)
        n++;
    return n;
}

/* 1: the name stands for exactly this; 0: free; -1. */
static int compare_named(struct heed_store *s, const char *name, const char *spec, const void *blob,
                         size_t blob_size, const char *sha256, struct heed_err *err)
{
    sqlite3_stmt *stmt =
        heed_db_prepare(s,
                        "SELECT spec = ?2 AND sha256 = ?3 AND coalesce(tokenizer, x'') = ?4"
                        " FROM vocabulary WHERE name = ?1",
                        err);
    if (!stmt)
        return -1;
    sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 2, spec, -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 3, sha256, -1, SQLITE_STATIC);
    sqlite3_bind_blob(stmt, 4, blob ? blob : "", (int)blob_size, SQLITE_STATIC);
    int rc = sqlite3_step(stmt), result = 0;
    if (rc == SQLITE_ROW && sqlite3_column_int(stmt, 0))
        result = 1;
    else if (rc == SQLITE_ROW)
        result = heed_fail(err, "vocabulary '%s': the store has another one of this name", name);
    else if (rc != SQLITE_DONE)
        result = heed_db_fail(s, rc, err);
    sqlite3_finalize(stmt);
    return result;
}

static int insert_head(struct heed_store *s, const char *name, const char *spec, const void *blob,
                       size_t blob_size, const char *vocab, size_t vocab_size, const char *sha256,
                       struct heed_err *err)
{
    char now[32];
    sqlite3_stmt *stmt = heed_db_prepare(
        s,
        "INSERT INTO vocabulary(name, spec, tokenizer, blob, sha256, n_tokens, created_at)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        err);
    if (!stmt)
        return -1;
    heed_db_time(now);
    sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 2, spec, -1, SQLITE_STATIC);
    if (blob)
        sqlite3_bind_blob(stmt, 3, blob, (int)blob_size, SQLITE_STATIC);
    sqlite3_bind_blob(stmt, 4, vocab, (int)vocab_size, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 5, sha256, -1, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 6, count_lines(vocab, vocab_size));
    sqlite3_bind_text(stmt, 7, now, -1, SQLITE_STATIC);
    return heed_db_run(s, stmt, err);
}

static int insert_tokens(struct heed_store *s, const char *vocab, size_t size,
                         const int64_t *counts, struct heed_err *err)
{
    int64_t vocabulary = sqlite3_last_insert_rowid(s->db);
    sqlite3_stmt *stmt = heed_db_prepare(s, "INSERT INTO token VALUES(?1, ?2, ?3, ?4)", err);
    const char *end = vocab + size, *lf;
    int result = stmt ? 0 : -1;
    for (int64_t id = 0;
         !result && vocab < end && (lf = memchr(vocab, '\n', (size_t)(end - vocab)));
         id++, vocab = lf + 1) {
        sqlite3_bind_int64(stmt, 1, vocabulary);
        sqlite3_bind_int64(stmt, 2, id);
        sqlite3_bind_text(stmt, 3, vocab, (int)(lf - vocab), SQLITE_STATIC);
        if (counts)
            sqlite3_bind_int64(stmt, 4, counts[id]);
        int rc = sqlite3_step(stmt);
        if (rc != SQLITE_DONE)
            result = heed_db_fail(s, rc, err);
        sqlite3_reset(stmt);
    }
    sqlite3_finalize(stmt);
    return result;
}

int heed_store_vocab_save(struct heed_store *s, const char *name, const char *spec,
                          const void *blob, size_t blob_size, const char *vocab, size_t vocab_size,
                          const int64_t *counts, struct heed_err *err)
{
    struct heed_sha256 hash;
    char sha256[65];
    if (vocab_size > INT32_MAX || blob_size > INT32_MAX)
        return heed_fail(err, "vocabulary '%s': larger than 2 GiB", name);
    heed_sha256_init(&hash);
    heed_sha256_add(&hash, vocab, vocab_size);
    heed_sha256_hex(&hash, sha256);
    if (heed_db_begin(s, err) < 0)
        return -1;
    int same = compare_named(s, name, spec, blob, blob_size, sha256, err);
    if (same == 0 &&
        insert_head(s, name, spec, blob, blob_size, vocab, vocab_size, sha256, err) == 0 &&
        insert_tokens(s, vocab, vocab_size, counts, err) == 0)
        return heed_db_commit(s, err);
    heed_db_rollback(s);
    return same == 1 ? 0 : -1;
}

static char *copy_blob(sqlite3_stmt *stmt, int column, size_t *size)
{
    *size = (size_t)sqlite3_column_bytes(stmt, column);
    return heed_xstrndup(*size ? sqlite3_column_blob(stmt, column) : "", *size);
}

int heed_store_vocab_load(struct heed_store *s, const char *name, char **spec, char **blob,
                          size_t *blob_size, char **vocab, size_t *vocab_size, struct heed_err *err)
{
    s->deadline_ms = heed_db_now_ms() + HEED_STORE_WAIT_MS;
    sqlite3_stmt *stmt =
        heed_db_prepare(s, "SELECT spec, tokenizer, blob FROM vocabulary WHERE name = ?1", err);
    if (!stmt)
        return -1;
    sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    int rc = sqlite3_step(stmt), result = 0;
    if (rc == SQLITE_ROW) {
        *spec = heed_xstrdup((const char *)sqlite3_column_text(stmt, 0));
        *blob_size = 0;
        *blob = sqlite3_column_type(stmt, 1) == SQLITE_NULL ? NULL : copy_blob(stmt, 1, blob_size);
        *vocab = copy_blob(stmt, 2, vocab_size);
    } else if (rc == SQLITE_DONE) {
        result = heed_fail(err, "vocabulary '%s': not in the store %s", name, s->path);
    } else {
        result = heed_db_fail(s, rc, err);
    }
    sqlite3_finalize(stmt);
    return result;
}

int heed_store_vocab_delete(struct heed_store *s, const char *name, struct heed_err *err)
{
    if (heed_db_begin(s, err) < 0)
        return -1;
    sqlite3_stmt *stmt = heed_db_prepare(s, "DELETE FROM vocabulary WHERE name = ?1", err);
    if (stmt)
        sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    if (stmt && heed_db_run(s, stmt, err) == 0) {
        if (sqlite3_changes(s->db))
            return heed_db_commit(s, err);
        heed_fail(err, "vocabulary '%s': not in the store %s", name, s->path);
    }
    heed_db_rollback(s);
    return -1;
}
