/* store.c: opening the store, its transactions, and queries.
 *
 * heed_store_open() finds the path, refuses what is not ours without touching it,
 * creates and migrates in one transaction; heed_db_begin() and heed_db_commit()
 * frame every write; heed_store_query() reads.
 *
 * Why this recipe: a rollback journal with synchronous=FULL and BEGIN IMMEDIATE lost nothing with
 * 16 writers, where three others (WAL among them) lost commits or starved a writer. SQLite's own
 * busy handler backs off to 100 ms, so under load the oldest comer looks least often: 16 processes
 * with 200 commits each on two cores waited up to 4.1 s for one commit. Ours sleeps a random time
 * that shrinks the longer it has waited, until one deadline for the whole call: 0.5 s (random
 * alone, at most 8 ms: 2.7 s). */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/rng.h"
#include "store/db.h"

int64_t heed_db_now_ms(void)
{
    return (int64_t)(1000 * heed_seconds());
}

/* --- failures --- */

int heed_db_fail(struct heed_store *s, int rc, struct heed_err *err)
{
    int primary = rc & 0xff;
    const char *why = s->db ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc);
    if (primary == SQLITE_NOTADB)
        return heed_fail(err, "store %s: not an SQLite database", s->path);
    s->busy = primary == SQLITE_BUSY;
    if (s->busy)
        return heed_fail(err, "store %s: locked by another process for %d s", s->path,
                         (int)(s->wait_ms / 1000));
    if (primary == SQLITE_CORRUPT)
        return heed_fail(err,
                         "store %s: the file is damaged (%s); `sqlite3 FILE .recover` saves "
                         "what can be read",
                         s->path, why);
    if (primary == SQLITE_READONLY || primary == SQLITE_CANTOPEN || primary == SQLITE_PERM)
        return heed_fail(err, "store %s: cannot be written: %s", s->path, why);
    if (primary == SQLITE_FULL)
        return heed_fail(err, "store %s: disk full", s->path);
    return heed_fail(err, "store %s: %s", s->path, why);
}

static int fail_code(struct heed_store *s, struct heed_err *err)
{
    return heed_db_fail(s, sqlite3_extended_errcode(s->db), err);
}

/* --- waiting for others --- */

static int wait_turn(void *ctx, int tries)
{
    struct heed_store *s = ctx;
    (void)tries;
    int64_t left = s->deadline_ms - heed_db_now_ms();
    if (left <= 0)
        return 0;
    uint64_t waited = (uint64_t)HEED_MAX(s->wait_ms - left, 0);
    s->waited = true;
    s->jitter += 0x9e3779b97f4a7c15u;
    long ns = 100000 + (long)(heed_mix64(s->jitter) % (8000000u / (1 + waited / 30)));
    nanosleep(&(struct timespec){.tv_nsec = ns}, NULL);
    return 1;
}

static void start_clock(struct heed_store *s)
{
    s->deadline_ms = heed_db_now_ms() + s->wait_ms;
    s->waited = s->busy = false;
}

/* --- statements --- */

sqlite3_stmt *heed_db_prepare(struct heed_store *s, const char *sql, struct heed_err *err)
{
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL) != SQLITE_OK) {
        fail_code(s, err);
        return NULL;
    }
    return stmt;
}

int heed_db_exec(struct heed_store *s, const char *sql, struct heed_err *err)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail_code(s, err);
}

int heed_db_run(struct heed_store *s, sqlite3_stmt *stmt, struct heed_err *err)
{
    int rc;
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
        ;
    int result = rc == SQLITE_DONE ? 0 : fail_code(s, err);
    sqlite3_finalize(stmt);
    return result;
}

int heed_db_i64(struct heed_store *s, const char *sql, int64_t *out, struct heed_err *err)
{
    sqlite3_stmt *stmt = heed_db_prepare(s, sql, err);
    if (!stmt)
        return -1;
    int rc = sqlite3_step(stmt);
    *out = rc == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
    int result = rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : fail_code(s, err);
    sqlite3_finalize(stmt);
    return result;
}

/* --- transactions --- */

static int check_same_file(struct heed_store *s, struct heed_err *err)
{
    struct stat st;
    if (stat(s->path, &st) < 0)
        return heed_fail(err, "store %s: the file was deleted while in use", s->path);
    if (st.st_dev != s->device || st.st_ino != s->inode)
        return heed_fail(err, "store %s: the file was replaced while in use", s->path);
    return 0;
}

int heed_db_begin(struct heed_store *s, struct heed_err *err)
{
    start_clock(s);
    if (check_same_file(s, err) < 0)
        return -1;
    return heed_db_exec(s, "BEGIN IMMEDIATE", err);
}

int heed_db_commit(struct heed_store *s, struct heed_err *err)
{
    if (heed_db_exec(s, "COMMIT", err) < 0) {
        heed_db_rollback(s);
        return -1;
    }
    /* Who had to wait steps back, so that it does not take the lock again before those still
     * waiting wake up. */
    if (s->waited)
        nanosleep(&(struct timespec){.tv_nsec = 3000000}, NULL);
    return 0;
}

void heed_db_rollback(struct heed_store *s)
{
    if (!sqlite3_get_autocommit(s->db))
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
}

/* --- opening --- */

int heed_store_where(const char *given, struct heed_str *path, struct heed_err *err)
{
    const char *store = getenv("HEED_STORE"), *data = getenv("XDG_DATA_HOME"),
               *home = getenv("HOME");
    if (given && *given)
        heed_str_add_text(path, given);
    else if (store && *store)
        heed_str_add_text(path, store);
    else if (data && *data == '/')
        heed_str_printf(path, "%s/heed/heed.db", data);
    else if (home && *home)
        heed_str_printf(path, "%s/.local/share/heed/heed.db", home);
    else
        return heed_fail(err, "no place for the store: neither --store, $HEED_STORE, "
                              "$XDG_DATA_HOME nor $HOME is set");
    return 0;
}

static int make_parents(const char *path, struct heed_err *err)
{
    char *copy = heed_xstrdup(path);
    int result = 0;
    for (char *slash = strchr(copy + 1, '/'); slash && !result; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0777) < 0 && errno != EEXIST && errno != EROFS && errno != EACCES)
            result = heed_fail_errno(err, errno, "store %s: cannot make folder %s", path, copy);
        *slash = '/';
    }
    free(copy);
    return result;
}

/* What is there must be a plain file; nothing there is fine for a writer. */
static int check_kind(struct heed_store *s, struct heed_err *err)
{
    struct stat st;
    if (stat(s->path, &st) < 0) {
        if (errno != ENOENT || !s->read_only)
            return errno == ENOENT ? make_parents(s->path, err)
                                   : heed_fail_errno(err, errno, "store %s", s->path);
        return heed_fail(err,
                         "store %s: there is none yet; `train`, `evaluate` and `runs start` "
                         "make it",
                         s->path);
    }
    if (S_ISDIR(st.st_mode))
        return heed_fail(err, "store %s: is a folder, want a file", s->path);
    if (!S_ISREG(st.st_mode))
        return heed_fail(err, "store %s: is not a regular file", s->path);
    return 0;
}

/* Whose file is it? Reads only. *version: 0 for an empty database. */
static int identify(struct heed_store *s, int64_t *version, struct heed_err *err)
{
    int64_t application, n_tables;
    if (heed_db_i64(s, "PRAGMA application_id", &application, err) < 0 ||
        heed_db_i64(s, "PRAGMA user_version", version, err) < 0 ||
        heed_db_i64(s, "SELECT count(*) FROM sqlite_schema", &n_tables, err) < 0)
        return -1;
    if (application != HEED_STORE_APPLICATION && (application || *version || n_tables))
        return heed_fail(err,
                         "store %s: belongs to another application (application_id 0x%08llx, "
                         "want 0x%08x); left untouched",
                         s->path, (unsigned long long)application & 0xffffffff,
                         (unsigned)HEED_STORE_APPLICATION);
    if (*version > heed_store_version)
        return heed_fail(err,
                         "store %s: version %lld, this program knows up to %d; use a newer heed",
                         s->path, (long long)*version, heed_store_version);
    return 0;
}

/* Copies the store as it is before a migration to PATH.v1.backup. We hold the write lock, so a
 * second reading connection sees exactly what the migration starts from. */
static int keep_backup(struct heed_store *s, int64_t version, struct heed_err *err)
{
    sqlite3 *from = NULL, *to = NULL;
    struct heed_str path = {0};
    int rc = sqlite3_open_v2(s->path, &from, SQLITE_OPEN_READONLY, NULL);
    heed_str_printf(&path, "%s.v%lld.backup", s->path, (long long)version);
    if (rc == SQLITE_OK)
        rc = sqlite3_open(path.data, &to);
    sqlite3_backup *copy = rc == SQLITE_OK ? sqlite3_backup_init(to, "main", from, "main") : NULL;
    if (copy) {
        sqlite3_backup_step(copy, -1);
        rc = sqlite3_backup_finish(copy);
    } else if (rc == SQLITE_OK) {
        rc = sqlite3_errcode(to);
    }
    int result = rc == SQLITE_OK ? 0
                                 : heed_fail(err, "store %s: cannot keep a backup as %s: %s",
                                             s->path, path.data, sqlite3_errstr(rc));
    sqlite3_close(from);
    sqlite3_close(to);
    heed_str_release(&path);
    return result;
}

/* Inside the write transaction, where the version read cannot change any more. */
static int migrate_locked(struct heed_store *s, struct heed_err *err)
{
    int64_t version;
    char sql[80];
    if (identify(s, &version, err) < 0)
        return -1;
    if (version == heed_store_version)
        return 0; /* another process was faster */
    if (version > 0 && keep_backup(s, version, err) < 0)
        return -1;
    for (int64_t i = version; i < heed_store_version; i++)
        if (heed_db_exec(s, heed_store_migrations[i], err) < 0)
            return -1;
    snprintf(sql, sizeof(sql), "PRAGMA application_id=%d; PRAGMA user_version=%d",
             HEED_STORE_APPLICATION, heed_store_version);
    return heed_db_exec(s, sql, err);
}

static int migrate(struct heed_store *s, struct heed_err *err)
{
    int64_t version;
    /* One look at one state: another process may be creating the store just now. */
    int known = heed_db_exec(s, "BEGIN", err) < 0 ? -1 : identify(s, &version, err);
    heed_db_rollback(s);
    if (known < 0)
        return -1;
    if (version == heed_store_version)
        return 0;
    if (s->read_only)
        return version ? heed_fail(err,
                                   "store %s: version %lld is older than %d; any writing command, "
                                   "such as `runs list`, brings it up to date",
                                   s->path, (long long)version, heed_store_version)
                       : heed_fail(err, "store %s: is empty", s->path);
    if (heed_db_exec(s, "BEGIN IMMEDIATE", err) < 0)
        return -1;
    if (migrate_locked(s, err) == 0 && heed_db_commit(s, err) == 0)
        return 0;
    heed_db_rollback(s);
    return -1;
}

/* SQLite takes a lock that the system cannot give (ENOLCK: a lock server that is down) for one that
 * somebody has, and would wait. Asked before it has the file, since to close one takes its locks. */
static int check_locks(struct heed_store *s, struct heed_err *err)
{
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_len = 1};
    int fd = open(s->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0; /* new, or SQLite says what is wrong */
    int failed = fcntl(fd, F_GETLK, &lock) < 0 ? errno : 0;
    close(fd);
    return failed ? heed_fail_errno(err, failed, "store %s: no locks where it stands", s->path) : 0;
}

static int open_file(struct heed_store *s, struct heed_err *err)
{
    struct stat st;
    int flags = s->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    if (check_kind(s, err) < 0 || check_locks(s, err) < 0)
        return -1;
    int rc = sqlite3_open_v2(s->path, &s->db, flags | SQLITE_OPEN_EXRESCODE, NULL);
    if (rc != SQLITE_OK)
        return heed_db_fail(s, rc, err);
    start_clock(s);
    sqlite3_busy_handler(s->db, wait_turn, s);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_limit(s->db, SQLITE_LIMIT_ATTACHED, 0);
    if (heed_db_exec(s,
                     "PRAGMA foreign_keys=ON; PRAGMA synchronous=FULL; PRAGMA cell_size_check=ON;"
                     "PRAGMA temp_store=MEMORY",
                     err) < 0 ||
        migrate(s, err) < 0)
        return -1;
    if (stat(s->path, &st) < 0)
        return heed_fail_errno(err, errno, "store %s", s->path);
    s->device = st.st_dev;
    s->inode = st.st_ino;
    return 0;
}

int heed_db_open(struct heed_store **out, const char *path, bool read_only, int64_t wait_ms,
                 struct heed_err *err)
{
    struct heed_str place = {0};
    *out = NULL;
    if (heed_store_where(path, &place, err) < 0)
        return -1;
    struct heed_store *s = heed_xcalloc(1, sizeof(*s));
    s->path = place.data;
    s->read_only = read_only;
    s->wait_ms = wait_ms;
    s->jitter = (uint64_t)getpid() * 0xd1342543de82ef95u ^ (uint64_t)heed_db_now_ms();
    if (open_file(s, err) < 0) {
        heed_store_close(s);
        return -1;
    }
    *out = s;
    return 0;
}

int heed_store_open(struct heed_store **s, const char *path, bool read_only, struct heed_err *err)
{
    return heed_db_open(s, path, read_only, HEED_STORE_WAIT_MS, err);
}

void heed_store_close(struct heed_store *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < HEED_RECORD_KINDS; i++)
        for (size_t j = 0; j < HEED_RECORD_STEPS; j++)
            sqlite3_finalize(s->cached[i][j]);
    sqlite3_close(s->db);
    free(s->path);
    free(s);
}
