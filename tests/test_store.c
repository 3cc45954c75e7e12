/* test_store.c: the store: what it refuses, what it keeps, and that many writers, kills and lost
 * files lose nothing. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "store/db.h"
#include "tests/tap.h"

static char folder[] = "/tmp/heed-store-XXXXXX";
static struct heed_err err;
static char warning[600];

static void take_warning(const char *text, bool loss)
{
    (void)loss;
    snprintf(warning, sizeof(warning), "%s", text);
}

/* A path in the test's folder; eight of them live at a time. */
static const char *place(const char *name)
{
    static char paths[8][200];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    fputs(text, f);
    fclose(f);
}

static int64_t ask(const char *path, const char *sql)
{
    struct heed_store *s;
    int64_t n = -1;
    if (heed_store_open(&s, path, true, &err) < 0)
        return -2;
    if (heed_db_i64(s, sql, &n, &err) < 0)
        n = -3;
    heed_store_close(s);
    return n;
}

static int take_text(void *ctx, const struct heed_row *row, struct heed_err *e)
{
    (void)e;
    snprintf(ctx, HEED_ERR_TEXT_MAX, "%s", row->values[0]);
    return 0;
}

static const char *ask_text(const char *path, const char *sql)
{
    static char text[HEED_ERR_TEXT_MAX];
    struct heed_store *s;
    text[0] = '\0';
    if (heed_store_open(&s, path, true, &err) < 0)
        return err.text;
    if (heed_store_query(s, sql, NULL, 0, take_text, text, &err) < 0)
        snprintf(text, sizeof(text), "%s", err.text);
    heed_store_close(s);
    return text;
}

static bool sound(const char *path)
{
    return !strcmp(ask_text(path, "SELECT integrity_check FROM pragma_integrity_check"), "ok");
}

static struct heed_run *start(struct heed_store *s, const char *spill, const char *resume)
{
    char *argv[] = {(char *)"train", (char *)"--seed=7", (char *)"a \"quoted\"\nname", NULL};
    return heed_run_start(s, &(struct heed_run_info){.kind = "train",
                                                     .name = NULL,
                                                     .tag = "test",
                                                     .argc = 3,
                                                     .argv = argv,
                                                     .seed = 7,
                                                     .spill_path = spill,
                                                     .resume = resume});
}

/* Runs fn(arg) in a child; its value is the exit status. */
static pid_t child(int (*fn)(const char *path, int arg), const char *path, int arg)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
        _exit(fn(path, arg));
    return pid;
}

static int reap_all(int n)
{
    int bad = 0, status;
    for (int i = 0; i < n; i++)
        bad += wait(&status) < 0 || !WIFEXITED(status) || WEXITSTATUS(status);
    return bad;
}

/* --- opening --- */

static void test_creates_with_folders(void)
{
    struct heed_store *s;
    const char *path = place("a/b/c/heed.db");
    TAP_FAILS(heed_store_open(&s, path, true, &err), &err, "there is none yet");
    TAP_DONE(heed_store_open(&s, path, false, &err), &err);
    sqlite3_stmt *stmt = heed_db_prepare(s, "PRAGMA journal_mode", &err);
    TAP_I64(sqlite3_step(stmt), SQLITE_ROW);
    TAP_STR((const char *)sqlite3_column_text(stmt, 0), "delete");
    sqlite3_finalize(stmt);
    heed_store_close(s);
    TAP_I64(ask(path, "PRAGMA application_id"), HEED_STORE_APPLICATION);
    TAP_I64(ask(path, "PRAGMA user_version"), heed_store_version);
    TAP_OK(sound(path));
}

static void test_empty_file_becomes_a_store(void)
{
    struct heed_store *s;
    const char *path = place("empty.db");
    write_file(path, "");
    TAP_DONE(heed_store_open(&s, path, false, &err), &err);
    heed_store_close(s);
    TAP_I64(ask(path, "SELECT count(*) FROM run"), 0);
}

static void test_refuses_what_is_not_ours(void)
{
    struct heed_store *s;
    char before[64] = "", after[64] = "";
    const char *text = place("text.db"), *big = place("big.db");
    write_file(text, "just a note\n");
    TAP_FAILS(heed_store_open(&s, text, false, &err), &err, "not an SQLite database");
    FILE *f = fopen(text, "r");
    TAP_OK(fgets(before, sizeof(before), f) && !fgets(after, sizeof(after), f));
    fclose(f);
    TAP_STR(before, "just a note\n");
    f = fopen(big, "w");
    for (int i = 0; i < 5000; i++)
        fputs("text, and more of it\n", f);
    fclose(f);
    TAP_FAILS(heed_store_open(&s, big, false, &err), &err, "not an SQLite database");
    TAP_FAILS(heed_store_open(&s, folder, false, &err), &err, "is a folder");
    TAP_FAILS(heed_store_open(&s, "/dev/null", false, &err), &err, "not a regular file");
    write_file(place("plain"), "x");
    TAP_FAILS(heed_store_open(&s, place("plain/heed.db"), false, &err), &err, "plain");
}

static void test_refuses_another_application(void)
{
    struct heed_store *s;
    sqlite3 *db;
    struct stat a, b;
    const char *path = place("other.db");
    sqlite3_open(path, &db);
    sqlite3_exec(db, "PRAGMA application_id=42; CREATE TABLE t(x)", NULL, NULL, NULL);
    sqlite3_close(db);
    stat(path, &a);
    TAP_FAILS(heed_store_open(&s, path, false, &err), &err, "another application");
    TAP_OK(strstr(err.text, "0x0000002a") != NULL);
    stat(path, &b);
    TAP_I64(a.st_size, b.st_size);
    TAP_I64(a.st_mtim.tv_nsec, b.st_mtim.tv_nsec);
}

static void test_refuses_a_newer_version(void)
{
    struct heed_store *s;
    const char *path = place("newer.db");
    TAP_DONE(heed_store_open(&s, path, false, &err), &err);
    TAP_DONE(heed_db_exec(s, "PRAGMA user_version=99", &err), &err);
    heed_store_close(s);
    TAP_FAILS(heed_store_open(&s, path, false, &err), &err, "version 99, this program knows up to");
}

/* Makes a store of version 1 with a run in it. */
static void make_old(const char *path)
{
    sqlite3 *db;
    char sql[100];
    sqlite3_open(path, &db);
    sqlite3_exec(db, heed_store_migrations[0], NULL, NULL, NULL);
    snprintf(sql, sizeof(sql), "PRAGMA application_id=%d; PRAGMA user_version=1",
             HEED_STORE_APPLICATION);
    sqlite3_exec(db, sql, NULL, NULL, NULL);
    sqlite3_exec(db,
                 "INSERT INTO run(uuid, kind, status, started_at, heartbeat_at)"
                 " VALUES('0123456789abcdef0123456789abcdef', 'train', 'done', 't', 't')",
                 NULL, NULL, NULL);
    sqlite3_close(db);
}

static void test_migrates_an_older_version(void)
{
    struct heed_store *s;
    const char *path = place("older.db"), *backup = place("older.db.v1.backup");
    make_old(path);
    TAP_FAILS(heed_store_open(&s, path, true, &err), &err, "version 1 is older");
    TAP_DONE(heed_store_open(&s, path, false, &err), &err);
    heed_store_close(s);
    TAP_I64(ask(path, "PRAGMA user_version"), heed_store_version);
    TAP_I64(ask(path, "SELECT count(*) FROM v_run"), 1);
    sqlite3 *db;
    sqlite3_open(backup, &db);
    TAP_I64(sqlite3_exec(db, "SELECT * FROM run", NULL, NULL, NULL), SQLITE_OK);
    TAP_OK(sqlite3_exec(db, "SELECT * FROM v_run", NULL, NULL, NULL) != SQLITE_OK);
    sqlite3_close(db);
}

/* A store of before the data of runs were named (version 3): two trainings and an evaluation. */
static void make_unnamed(const char *path)
{
    static const char rows[] =
        "INSERT INTO run(uuid, kind, name, status, seed, started_at, heartbeat_at) VALUES"
        "('11111111111111111111111111111111', 'train', NULL, 'done', 1, '2026-01-01', 't'),"
        "('22222222222222222222222222222222', 'train', 'other', 'done', 2, '2026-01-02', 't'),"
        "('33333333333333333333333333333333', 'evaluate', NULL, 'done', 12345, '2026-01-03', 't');"
        "INSERT INTO artifact VALUES(1, 'corpus', 'd1', NULL, 'x/pairs.tsv', 't'),"
        "(2, 'corpus', 'd2', NULL, 'pairs.tsv', 't'), (3, 'model', 'm1', 9, '/m/en.heed', 't'),"
        "(4, 'references', 'r1', NULL, 'test.fr', 't');"
        "INSERT INTO run_artifact VALUES(1, 1, 'in', 'train', 'x/pairs.tsv', 't'),"
        "(2, 2, 'in', 'train', 'pairs.tsv', 't'), (1, 3, 'out', 'model', '/m/en.heed', 't'),"
        "(3, 3, 'in', 'model', 'en.heed', 't'), (3, 4, 'in', 'references', 'test.fr', 't');"
        "INSERT INTO param VALUES(1, 'metric', 'bleu', 1), (2, 'metric', 'bleu', 1);"
        "INSERT INTO metric VALUES(1, 'dev', 'bleu', 10, 7.5, 't'), (1, 'dev', 'bleu', 20, 7.0, "
        "'t'),"
        "(2, 'dev', 'bleu', 10, 9.5, 't');"
        "INSERT INTO evaluation(run_id, name, value, signature, data_sha256, at)"
        " VALUES(3, 'bleu', 30.0, 's', 'r1', 't')";
    sqlite3 *db;
    char sql[100];
    sqlite3_open(path, &db);
    for (int i = 0; i < 3; i++)
        sqlite3_exec(db, heed_store_migrations[i], NULL, NULL, NULL);
    snprintf(sql, sizeof(sql), "PRAGMA application_id=%d; PRAGMA user_version=3",
             HEED_STORE_APPLICATION);
    sqlite3_exec(db, sql, NULL, NULL, NULL);
    TAP_I64(sqlite3_exec(db, rows, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void test_names_the_data_of_before(void)
{
    struct heed_store *s;
    const char *path = place("unnamed.db");
    make_unnamed(path);
    TAP_DONE(heed_store_open(&s, path, false, &err), &err);
    heed_store_close(s);
    TAP_FAILS(heed_store_open(&s, place("unnamed.db.v3.backup"), true, &err), &err,
              "version 3 is older");
    TAP_I64(ask(path, "SELECT count(*) FROM v_run WHERE name = 'en' AND data = 'pairs.tsv'"
                      " AND model = 'en.heed' AND seed = 1 AND metric = 'bleu' AND best = 7.5"),
            1);
    TAP_I64(ask(path, "SELECT count(*) FROM v_run WHERE kind = 'evaluate' AND name = 'en'"
                      " AND seed IS NULL AND data = 'test.fr' AND best = 30.0"),
            1);
    TAP_I64(ask(path, "SELECT count(DISTINCT data_sha256) FROM v_best WHERE metric = 'dev.bleu'"),
            2);
    TAP_I64(ask(path, "SELECT count(*) FROM v_best WHERE metric = 'test.bleu' AND run_id = 1"
                      " AND value = 30.0 AND data = 'test.fr'"),
            1);
    TAP_I64(ask(path, "SELECT count(*) FROM v_leaderboard WHERE model = 'en.heed'"
                      " AND trained_by LIKE '1111%' AND model_sha256 = 'm1'"),
            1);
    TAP_OK(sound(path));
}

/* --- texts that models wrote --- */

static void test_remembers_who_wrote_a_text(void)
{
    struct heed_store *s;
    struct heed_str model = {0};
    char fingerprint[65];
    const char *path = place("made.db");
    struct heed_made made = {
        .fingerprint = "f1", .model = "/dev/null", .program = "predict", .n_lines = 3};
    memset(made.sha256, 'a', 64);
    heed_store_made(path, &made); /* no store: none is made */
    TAP_FAILS(heed_store_open(&s, path, true, &err), &err, "there is none yet");
    TAP_DONE(heed_store_open(&s, path, false, &err), &err);
    TAP_I64(heed_store_made_by(s, made.sha256, fingerprint, &model, &err), 0);
    heed_store_made(path, &made);
    TAP_I64(heed_store_made_by(s, made.sha256, fingerprint, &model, &err), 1);
    TAP_STR(fingerprint, "f1");
    TAP_STR(model.data, "/dev/null");
    made.fingerprint = "f2"; /* the last one who wrote it */
    made.model = NULL;
    heed_store_made(path, &made);
    heed_str_clear(&model);
    TAP_I64(heed_store_made_by(s, made.sha256, fingerprint, &model, &err), 1);
    TAP_STR(fingerprint, "f2");
    TAP_I64((int64_t)model.len, 0);
    heed_store_close(s);
    heed_str_release(&model);
}

/* Only so many; a locked store is not waited for as long as a record would. */
static void test_forgets_old_texts(void)
{
    struct heed_store *s;
    const char *path = place("many.db");
    struct heed_made made = {.fingerprint = "f", .program = "predict", .n_lines = 1};
    char fill[300];
    snprintf(fill, sizeof(fill),
             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
             " INSERT INTO text SELECT i, printf('%%064d', i), 1, 'f', NULL, 'p', 't' FROM n",
             HEED_MADE_MAX);
    memset(made.sha256, 'b', 64);
    TAP_DONE(heed_store_open(&s, path, false, &err), &err);
    TAP_DONE(heed_db_begin(s, &err), &err);
    TAP_DONE(heed_db_exec(s, fill, &err), &err);
    int64_t began = heed_db_now_ms();
    heed_store_made(path, &made);
    TAP_OK(heed_db_now_ms() - began < HEED_STORE_WAIT_MS / 2);
    TAP_DONE(heed_db_commit(s, &err), &err);
    TAP_I64(ask(path, "SELECT count(*) FROM text WHERE sha256 LIKE 'b%'"), 0);
    heed_store_made(path, &made);
    TAP_I64(ask(path, "SELECT count(*) FROM text WHERE sha256 LIKE 'b%'"), 1);
    TAP_I64(ask(path, "SELECT count(*) FROM text"), HEED_MADE_MAX);
    TAP_I64(ask(path, "SELECT count(*) FROM text WHERE text_id = 1"), 0);
    heed_store_close(s);
}

static int just_open(const char *path, int arg)
{
    struct heed_store *s;
    (void)arg;
    if (heed_store_open(&s, path, false, &err) < 0) {
        tap_diag("%s", err.text);
        return 1;
    }
    heed_store_close(s);
    return 0;
}

static void test_sixteen_create_and_migrate_at_once(void)
{
    const char *fresh = place("race.db"), *old = place("race-old.db");
    for (int round = 0; round < 4; round++) {
        unlink(fresh);
        unlink(old);
        make_old(old);
        for (int i = 0; i < 16; i++) {
            child(just_open, fresh, i);
            child(just_open, old, i);
        }
        TAP_I64(reap_all(32), 0);
        TAP_I64(ask(fresh, "SELECT count(*) FROM goal"), 11);
        TAP_I64(ask(old, "SELECT count(*) FROM run"), 1);
    }
    TAP_OK(sound(fresh) && sound(old));
}

/* --- recording --- */

struct shape {
    const char *decoder;
};

static void test_records_a_run(void)
{
    struct heed_store *s;
    const char *path = place("run.db");
    TAP_DONE(heed_store_open(&s, path, false, &err), &err);
    struct heed_run *r = start(s, NULL, NULL);
    const struct heed_option rows[] = {
        HEED_ROW_STRING(struct shape, decoder, "decoder", "luong", "NAME", "form"), {0}};
    heed_run_params(r, rows, &(struct shape){"luong"});
    heed_run_component(r, "score", "score_mlp", 1, 1);
    heed_run_component(r, "cell", "gru", 1, 1);
    for (int i = 1; i <= 5; i++) {
        heed_run_metric(r, "dev", "bleu", 10 * i, i == 4 ? 40.25 : i);
        heed_run_metric(r, "dev", "loss", 10 * i, i == 3 ? 0.5 : 1.5);
    }
    heed_run_metric(r, "train", "loss", 50, NAN);
    heed_run_metric(r, "dev", "bleu", 10, 1.5); /* again: replaces */
    heed_run_artifact(r, "out", "model", "model", "x.heed", "ab", 10);
    heed_run_finish(r, "done", 0, NULL);
    heed_store_close(s);
    TAP_I64(ask(path, "SELECT count(*) FROM metric"), 11);
    TAP_I64(ask(path, "SELECT count(*) FROM metric WHERE value IS NULL"), 1);
    TAP_STR(
        ask_text(path,
                 "SELECT score || cell || decoder || status || dev_bleu || dev_loss || last_step"
                 " FROM v_run"),
        "mlpgruluongdone40.250.550");
    TAP_I64(ask(path, "SELECT step FROM v_best WHERE metric = 'dev.loss'"), 30);
    TAP_STR(ask_text(path, "SELECT json_extract(argv, '$[2]') FROM run"), "a \"quoted\"\nname");
}

/* A training that ends without a word: two checkpoints, then 50 steps more. */
static int train_and_die(const char *path, int arg)
{
    struct heed_store *s;
    (void)arg;
    if (heed_store_open(&s, path, false, &err) < 0)
        return 1;
    struct heed_run *r = start(s, NULL, NULL);
    heed_run_checkpoint(r, 100);
    heed_run_checkpoint(r, 200);
    heed_run_metric(r, "train", "loss", 250, 3);
    heed_run_flush(r);
    _exit(0);
}

static void test_resume_keeps_one_row(void)
{
    struct heed_store *s;
    char id[33];
    const char *path = place("resume.db");
    child(train_and_die, path, 0);
    TAP_I64(reap_all(1), 0);
    TAP_DONE(heed_store_open(&s, path, false, &err), &err);
    TAP_DONE(heed_store_find_run(s, "last", id, &err), &err);
    struct heed_run *r = start(s, NULL, id);
    TAP_STR(heed_run_id(r), id);
    heed_run_resumed(r, 200);
    heed_run_metric(r, "train", "loss", 250, 3);
    heed_run_metric(r, "train", "loss", 300, 2);
    heed_run_finish(r, "done", 0, NULL);
    heed_store_close(s);
    TAP_I64(ask(path, "SELECT count(*) FROM run"), 1);
    TAP_I64(ask(path, "SELECT count(*) FROM metric"), 2);
    TAP_I64(ask(path, "SELECT redone FROM v_redone"), 50);
    TAP_I64(ask(path, "SELECT checkpoint_interval FROM v_redone"), 100);
    TAP_I64(ask(path, "SELECT last_step FROM run"), 300);
}

/* HEED_STRESS=1: 200 commits each, as the figures in store.c. */
enum { WRITERS = 16 };
static int commits = 40;

static int write_much(const char *path, int arg)
{
    struct heed_store *s;
    (void)arg;
    heed_on_warning(take_warning);
    if (heed_store_open(&s, path, false, &err) < 0)
        return 1;
    struct heed_run *r = start(s, NULL, NULL);
    int64_t longest = 0;
    for (int i = 1; i <= commits; i++) {
        int64_t before = heed_db_now_ms();
        heed_run_metric(r, "train", "loss", i, 1.0 / i);
        heed_run_flush(r);
        longest = HEED_MAX(longest, heed_db_now_ms() - before);
    }
    heed_run_metric(r, "train", "longest-wait-ms", 0, (double)longest);
    heed_run_finish(r, "done", 0, NULL);
    heed_store_close(s);
    if (warning[0])
        tap_diag("%s", warning);
    return warning[0] != '\0';
}

static void test_sixteen_writers_lose_nothing(void)
{
    const char *path = place("writers.db");
    int64_t before = heed_db_now_ms();
    for (int i = 0; i < WRITERS; i++)
        child(write_much, path, i);
    TAP_I64(reap_all(WRITERS), 0);
    tap_diag("%d writers x %d commits: %.2f s, longest wait %s ms", WRITERS, commits,
             (double)(heed_db_now_ms() - before) / 1000,
             ask_text(path, "SELECT max(value) FROM metric WHERE name = 'longest-wait-ms'"));
    TAP_I64(ask(path, "SELECT count(*) FROM run WHERE status = 'done'"), WRITERS);
    TAP_I64(ask(path, "SELECT count(*) FROM metric WHERE name = 'loss'"), WRITERS * commits);
    TAP_OK(sound(path));
}

/* Tells every commit it made through a pipe, so that a kill shows what was acknowledged. */
static int kill_pipe[2];
static int write_and_tell(const char *path, int arg)
{
    struct heed_store *s;
    (void)arg;
    if (heed_store_open(&s, path, false, &err) < 0)
        return 1;
    struct heed_run *r = start(s, NULL, NULL);
    for (int32_t i = 1;; i++) {
        heed_run_metric(r, "train", "loss", i, i);
        heed_run_flush(r);
        if (write(kill_pipe[1], &i, sizeof(i)) < 0)
            return 1;
    }
}

static void test_killed_writers_lose_no_commit(void)
{
    struct heed_store *s;
    const char *path = place("kill.db");
    int32_t step, acknowledged = 0;
    for (int round = 0; round < 10; round++) {
        int32_t last = 0;
        TAP_I64(pipe(kill_pipe), 0);
        pid_t pid = child(write_and_tell, path, 0);
        close(kill_pipe[1]);
        for (int i = 0; i < 5 + round && read(kill_pipe[0], &step, sizeof(step)) == sizeof(step);
             i++)
            last = step;
        usleep((useconds_t)(700 * round));
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        while (read(kill_pipe[0], &step, sizeof(step)) == sizeof(step))
            last = step;
        close(kill_pipe[0]);
        acknowledged += last;
    }
    TAP_DONE(heed_store_open(&s, path, false, &err), &err);
    TAP_DONE(heed_store_reap(s, &err), &err);
    heed_store_close(s);
    TAP_OK(ask(path, "SELECT count(*) FROM metric") >= acknowledged);
    TAP_I64(ask(path, "SELECT count(*) FROM run WHERE status = 'lost'"), 10);
    TAP_OK(sound(path));
}

/* --- spilling --- */

static void import_into(const char *path, const char *spill)
{
    struct heed_store *s;
    int64_t records, runs;
    for (int i = 0; i < 2; i++) { /* twice is once */
        TAP_DONE(heed_store_open(&s, path, false, &err), &err);
        TAP_DONE(heed_store_import(s, spill, &records, &runs, &err), &err);
        heed_store_close(s);
        TAP_I64(runs, 1);
    }
}

static void lose_store(const char *path, const char *spill, bool replace)
{
    struct heed_store *s;
    warning[0] = '\0';
    TAP_DONE(heed_store_open(&s, path, false, &err), &err);
    struct heed_run *r = start(s, spill, NULL);
    heed_run_metric(r, "dev", "bleu", 1, 0.1);
    heed_run_flush(r);
    unlink(path);
    if (replace)
        TAP_I64(just_open(path, 0), 0);
    heed_run_metric(r, "dev", "bleu", 2, 1e-300);
    heed_run_flush(r);
    TAP_OK(strstr(warning, replace ? "was replaced" : "was deleted") && strstr(warning, spill));
    heed_run_metric(r, "dev", "bleu", 3, 3);
    heed_run_finish(r, "done", 0, "line\nbreak");
    heed_store_close(s);
    import_into(path, spill);
    TAP_I64(ask(path, "SELECT count(*) FROM metric"), 3);
    TAP_I64(ask(path, "SELECT value = 1e-300 FROM metric WHERE step = 2"), 1);
    TAP_STR(ask_text(path, "SELECT status || message FROM run"), "doneline\nbreak");
}

static void test_deleted_store_spills(void)
{
    lose_store(place("deleted.db"), place("deleted.run"), false);
}

static void test_replaced_store_spills(void)
{
    lose_store(place("replaced.db"), place("replaced.run"), true);
}

static void test_full_disk_spills_and_recovers(void)
{
    struct heed_store *s;
    struct rlimit old, small = {70000, RLIM_INFINITY};
    struct stat st;
    const char *path = place("full.db"), *spill = place("full.run");
    warning[0] = '\0';
    TAP_DONE(heed_store_open(&s, path, false, &err), &err);
    struct heed_run *r = start(s, spill, NULL);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    stat(path, &st);
    small.rlim_cur = (rlim_t)st.st_size;
    small.rlim_max = old.rlim_max;
    setrlimit(RLIMIT_FSIZE, &small);
    for (int i = 0; i < 500; i++)
        heed_run_metric(r, "train", "loss", i, i);
    heed_run_flush(r);
    setrlimit(RLIMIT_FSIZE, &old);
    TAP_OK(strstr(warning, "full.run"));
    TAP_OK(access(spill, F_OK) == 0);
    TAP_OK(sound(path));
    heed_run_metric(r, "train", "loss", 500, 500);
    heed_run_finish(r, "done", 0, NULL);
    heed_store_close(s);
    TAP_I64(ask(path, "SELECT count(*) FROM metric"), 501);
    TAP_OK(access(spill, F_OK) < 0);
}

/* Holds the write lock for so many seconds. */
static int hold_lock(const char *path, int seconds)
{
    struct heed_store *s;
    if (heed_store_open(&s, path, false, &err) < 0 || heed_db_begin(s, &err) < 0)
        return 1;
    sleep((unsigned)seconds);
    heed_db_rollback(s);
    heed_store_close(s);
    return 0;
}

static void test_locked_store_is_waited_for(void)
{
    struct heed_store *s;
    const char *path = place("locked.db"), *spill = place("locked.run");
    int seconds = getenv("HEED_STRESS") ? 13 : 2;
    warning[0] = '\0';
    TAP_DONE(heed_store_open(&s, path, false, &err), &err);
    struct heed_run *r = start(s, spill, NULL);
    child(hold_lock, path, seconds);
    usleep(300000);
    heed_run_metric(r, "dev", "bleu", 1, 1);
    heed_run_flush(r); /* longer than one call waits: kept for the next */
    heed_run_metric(r, "dev", "bleu", 2, 2);
    heed_run_finish(r, "done", 0, NULL);
    heed_store_close(s);
    TAP_I64(reap_all(1), 0);
    TAP_STR(warning, "");
    TAP_OK(access(spill, F_OK) < 0);
    TAP_I64(ask(path, "SELECT count(*) FROM metric"), 2);
}

static void test_no_store_spills(void)
{
    const char *spill = place("none.run"), *path = place("none.db");
    struct heed_run *r = start(NULL, spill, NULL);
    heed_run_metric(r, "dev", "bleu", 1, 12);
    heed_run_finish(r, "interrupted", 130, NULL);
    import_into(path, spill);
    TAP_STR(ask_text(path, "SELECT status FROM run"), "interrupted");
    r = start(NULL, NULL, NULL);
    heed_run_metric(r, "dev", "bleu", 1, 12);
    heed_run_finish(r, "done", 0, NULL);
}

static void test_import_refuses_bad_lines(void)
{
    static const char run[] =
        "{\"record\":\"run\",\"run\":\"00000000000000000000000000000001\",\"kind\":\"train\","
        "\"hostname\":\"h\",\"cpu\":\"c\",\"cores\":1,\"ram_kb\":1,\"kernel\":\"k\",\"at\":\"t\"}"
        "\n";
    static const struct {
        const char *line, *part;
    } bad[] = {
        {"hello\n", "line 2: is not a record"},
        {"{\"record\":\"dance\",\"run\":\"00000000000000000000000000000001\"}\n",
         "unknown record 'dance'"},
        {"{\"record\":\"metric\",\"run\":\"xyz\"}\n", "run id 'xyz'"},
        {"{\"record\":\"metric\"}\n", "names no run"},
        {"{\"record\":\"beat\",\"run\":\"00000000000000000000000000000001\",\"no\":1}\n",
         "no field 'no'"},
        {"{\"record\":\"beat\",\"run\":\"00000000000000000000000000000001\",\"at\":[1]}\n",
         "is array"},
    };
    struct heed_store *s;
    int64_t records, runs;
    char text[600];
    TAP_DONE(heed_store_open(&s, place("import.db"), false, &err), &err);
    for (size_t i = 0; i < HEED_COUNT(bad); i++) {
        snprintf(text, sizeof(text), "%s%s", run, bad[i].line);
        write_file(place("bad.run"), text);
        TAP_FAILS(heed_store_import(s, place("bad.run"), &records, &runs, &err), &err, bad[i].part);
    }
    TAP_I64(ask(place("import.db"), "SELECT count(*) FROM run"), 0);
    snprintf(text, sizeof(text), "%s{\"record\":\"met", run);
    write_file(place("torn.run"), text);
    TAP_DONE(heed_store_import(s, place("torn.run"), &records, &runs, &err), &err);
    TAP_I64(records, 1);
    heed_store_close(s);
}

/* --- the rest --- */

static void test_stage_and_pipeline(void)
{
    struct heed_store *s;
    char id[33], *argv[] = {(char *)"tokenize", (char *)"-m", (char *)"x", NULL};
    const char *path = place("stage.db");
    TAP_DONE(heed_store_open(&s, path, false, &err), &err);
    TAP_DONE(heed_store_run_begin(s, "pipeline", "nightly", NULL, id, &err), &err);
    setenv("HEED_RUN", id, 1);
    heed_store_stage(path, &(struct heed_stage_info){"tokenize", 3, argv, 0, 5, 100, 200, 0.5});
    TAP_I64(ask(path, "SELECT bytes_out FROM stage"), 200);
    warning[0] = '\0';
    setenv("HEED_RUN", "ffffffffffffffffffffffffffffffff", 1);
    heed_store_stage(path, &(struct heed_stage_info){"tokenize", 3, argv, 0, 5, 100, 200, 0.5});
    TAP_OK(strstr(warning, "not in the store"));
    unsetenv("HEED_RUN");
    TAP_DONE(heed_store_reap(s, &err), &err);
    TAP_STR(ask_text(path, "SELECT status FROM run"), "running");
    TAP_DONE(heed_store_run_end(s, id, "done", &err), &err);
    TAP_STR(ask_text(path, "SELECT name || status FROM run"), "nightlydone");
    char full[33];
    TAP_DONE(heed_store_find_run(s, "nightly", full, &err), &err);
    TAP_STR(full, id);
    full[6] = '\0';
    TAP_DONE(heed_store_find_run(s, full, full, &err), &err);
    TAP_STR(full, id);
    TAP_DONE(heed_store_find_run(s, "last", full, &err), &err);
    TAP_FAILS(heed_store_find_run(s, "nobody", full, &err), &err, "not in the store");
    heed_store_close(s);
}

static void test_vocabulary(void)
{
    static const char vocab[] = "<pad>\n<bos>\n<eos>\n<unk>\nl\xc3\xa0\n'; DROP TABLE run; --\n";
    const int64_t counts[] = {0, 0, 0, 0, 9, 3};
    struct heed_store *s;
    char *spec, *blob, *text;
    size_t blob_size, size;
    const char *path = place("vocab.db");
    TAP_DONE(heed_store_open(&s, path, false, &err), &err);
    TAP_DONE(heed_store_vocab_save(s, "fr", "word:lower=on", "\0x", 2, vocab, strlen(vocab), counts,
                                   &err),
             &err);
    TAP_DONE(heed_store_vocab_save(s, "fr", "word:lower=on", "\0x", 2, vocab, strlen(vocab), counts,
                                   &err),
             &err);
    TAP_FAILS(heed_store_vocab_save(s, "fr", "word", "\0x", 2, vocab, strlen(vocab), counts, &err),
              &err, "another one");
    TAP_DONE(heed_store_vocab_load(s, "fr", &spec, &blob, &blob_size, &text, &size, &err), &err);
    TAP_STR(spec, "word:lower=on");
    TAP_I64(blob_size, 2);
    TAP_MEM(blob, "\0x", 2);
    TAP_I64(size, strlen(vocab));
    TAP_MEM(text, vocab, size);
    free(spec);
    free(blob);
    free(text);
    TAP_I64(ask(path, "SELECT count FROM token WHERE id = 5"), 3);
    TAP_FAILS(heed_store_vocab_load(s, "de", &spec, &blob, &blob_size, &text, &size, &err), &err,
              "vocabulary 'de': not in the store");
    TAP_DONE(heed_store_vocab_delete(s, "fr", &err), &err);
    TAP_I64(ask(path, "SELECT count(*) FROM token"), 0);
    heed_store_close(s);
}

static void test_queries_only_read(void)
{
    struct heed_store *s;
    char text[HEED_ERR_TEXT_MAX];
    TAP_DONE(heed_store_open(&s, place("query.db"), false, &err), &err);
    TAP_FAILS(heed_store_query(s, "DELETE FROM run", NULL, 0, take_text, text, &err), &err,
              "would write");
    TAP_FAILS(heed_store_query(s, "SELECT 1; SELECT 2", NULL, 0, take_text, text, &err), &err,
              "more than one");
    TAP_FAILS(heed_store_query(s, "SELECT nonsense", NULL, 0, take_text, text, &err), &err,
              "no such column");
    const char *arg = "it's";
    TAP_DONE(heed_store_query(s, "SELECT ?1", &arg, 1, take_text, text, &err), &err);
    TAP_STR(text, "it's");
    heed_store_close(s);
}

int main(void)
{
    char command[100];
    unsetenv("HEED_RUN");
    if (getenv("HEED_STRESS"))
        commits = 200;
    heed_on_warning(take_warning);
    if (!mkdtemp(folder))
        return 1;
    TAP_RUN(test_creates_with_folders);
    TAP_RUN(test_empty_file_becomes_a_store);         /* D02 */
    TAP_RUN(test_refuses_what_is_not_ours);           /* D01 */
    TAP_RUN(test_refuses_another_application);        /* D03 */
    TAP_RUN(test_refuses_a_newer_version);            /* D04 */
    TAP_RUN(test_migrates_an_older_version);          /* D05 */
    TAP_RUN(test_sixteen_create_and_migrate_at_once); /* D06 */
    TAP_RUN(test_names_the_data_of_before);
    TAP_RUN(test_remembers_who_wrote_a_text);
    TAP_RUN(test_forgets_old_texts);
    TAP_RUN(test_records_a_run);
    TAP_RUN(test_resume_keeps_one_row);
    TAP_RUN(test_sixteen_writers_lose_nothing);  /* D15 */
    TAP_RUN(test_killed_writers_lose_no_commit); /* D16 */
    TAP_RUN(test_deleted_store_spills);          /* D13 */
    TAP_RUN(test_replaced_store_spills);
    TAP_RUN(test_full_disk_spills_and_recovers); /* D11 */
    TAP_RUN(test_locked_store_is_waited_for);
    TAP_RUN(test_no_store_spills);
    TAP_RUN(test_import_refuses_bad_lines);
    TAP_RUN(test_stage_and_pipeline);
    TAP_RUN(test_vocabulary);
    TAP_RUN(test_queries_only_read);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command) ? 1 : tap_end();
}
