/* train_like.c: --like RUN|MODEL: options as an earlier training had them, where the command line gives
 * none. Of a run the store has all of them; of a file that no run of the store made, what the file
 * itself holds: the model's shape and tokenizers, and in a checkpoint the training too. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/train.h"
#include "stream/hash.h"

/* What a training is called, reads, writes and shows is its own. */
static bool is_own(const struct heed_option *row, const char *value)
{
    static const char *const own[] = {
        "output",         "src",  "tgt",     "preset",     "resume",     "force",
        "init",           "name", "tag",     "like",       "plugin-dir", "plan",
        "progress-every", "jobs", "product", "tensorboard"};
    for (size_t i = 0; i < HEED_COUNT(own); i++)
        if (!strcmp(row->name, own[i]))
            return true;
    return !strcmp(row->name, "dev") && strcmp(value, "none") != 0;
}

static bool is_length(const char *name)
{
    return !strcmp(name, "steps") || !strcmp(name, "epochs") || !strcmp(name, "time");
}

static bool is_given(const char *name)
{
    bool length = heed_option_given("steps") || heed_option_given("epochs") ||
                  heed_option_given("time") || heed_option_given("plan");
    return is_length(name) ? length : heed_option_given(name);
}

struct taker {
    struct train *self;
    struct heed_str *taken; /* those that are not the defaults, for the one line */
};

/* value: as it was recorded; empty: unset. usual: it is the default. */
static int take(struct taker *t, const struct heed_option *row, const char *value, bool usual,
                struct heed_err *err)
{
    if (!*value || is_given(row->name) || is_own(row, value))
        return 0;
    if (heed_option_set(row, t->self, heed_option_keep(value, strlen(value)), err)) {
        err->status = HEED_FAILED; /* it stands there, not on the command line */
        return -1;
    }
    if (!usual)
        heed_str_printf(t->taken, "%s%s %s", t->taken->len ? ", " : "", row->name, value);
    return 0;
}

/* --- from the store --- */

struct recorded {
    struct taker *taker;
    bool *found; /* of each row of train_rows */
};

static int take_param(void *ctx, const struct heed_row *param, struct heed_err *err)
{
    struct recorded *r = ctx;
    const struct heed_option *row = heed_option_find(train_rows, param->values[0]);
    if (!row)
        return 0;
    r->found[row - train_rows] = true;
    return take(r->taker, row, param->values[1], !strcmp(param->values[2], "1"), err);
}

/* Runs of older versions lack newer rows, which say what that means. */
static int take_run(struct taker *t, struct heed_store *s, const char *uuid, struct heed_err *err)
{
    static const char sql[] = "SELECT key, value, is_default FROM param JOIN run USING (run_id)"
                              " WHERE uuid = ?1 AND kind = 'train'";
    size_t n = 0, n_found = 0;
    while (train_rows[n].name)
        n++;
    struct recorded r = {t, heed_xcalloc(n, sizeof(*r.found))};
    int status = heed_store_query(s, sql, &uuid, 1, take_param, &r, err);
    for (size_t i = 0; i < n; i++)
        n_found += r.found[i];
    if (status == 0 && n_found == 0)
        status = heed_fail(err, "%s: is no training", t->self->like);
    for (size_t i = 0; i < n && status == 0; i++)
        if (!r.found[i] && train_rows[i].absent)
            status = take(t, &train_rows[i], train_rows[i].absent, false, err);
    free(r.found);
    return status;
}

static int take_uuid(void *ctx, const struct heed_row *row, struct heed_err *err)
{
    (void)err;
    snprintf(ctx, 33, "%s", row->values[0]);
    return 0;
}

/* The same options made the same file twice, perhaps; the last time will do. */
static int find_maker(struct heed_store *s, const char *path, char uuid[33])
{
    static const char sql[] =
        "SELECT uuid FROM run WHERE kind = 'train' AND run_id IN (SELECT run_id"
        " FROM v_file WHERE sha256 = ?1 AND direction = 'out')"
        " ORDER BY started_at DESC, run_id DESC LIMIT 1";
    struct heed_err ignored;
    struct stat st;
    char sha256[65];
    const char *arg = sha256;
    uuid[0] = '\0';
    if (stat(path, &st) || !S_ISREG(st.st_mode) || heed_sha256_file(path, sha256) ||
        heed_store_query(s, sql, &arg, 1, take_uuid, uuid, &ignored))
        return -1;
    return uuid[0] ? 0 : -1;
}

/* 1: taken, 0: the store, if there is one, does not know it, -1. */
static int from_store(struct taker *t, const char *like, struct heed_err *err)
{
    struct heed_store *s;
    char uuid[33];
    if (heed_store_open(&s, heed_cli.store, true, err))
        return 0;
    int status = heed_store_find_run(s, strcmp(like, "last") ? like : "last:train", uuid, err);
    if (status)
        status = find_maker(s, like, uuid);
    status = status ? 0 : take_run(t, s, uuid, err) ? -1 : 1;
    heed_store_close(s);
    return status;
}

/* --- from a file --- */

static int take_meta(struct taker *t, const struct heed_option *row, const char *value,
                     struct heed_err *err)
{
    return take(t, row, value, row->def && !strcmp(value, row->def), err);
}

static int take_rows(struct taker *t, const struct heed_doc *doc, const char *prefix,
                     const struct heed_option *rows, struct heed_err *err)
{
    for (const struct heed_option *r = rows; r->name; r++) {
        const char *value = heed_doc_option(doc, prefix, r, err);
        if (!value || take_meta(t, heed_option_find(train_rows, r->name), value, err))
            return -1;
    }
    return 0;
}

static int from_file(struct taker *t, const char *path, bool *whole, struct heed_err *err)
{
    static const char *const sides[][2] = {{"tokenizer.src", "src-tokenizer"},
                                           {"tokenizer.tgt", "tgt-tokenizer"},
                                           {"joint", "joint"},
                                           {"src-eos", "src-eos"}};
    struct heed_doc doc;
    heed_doc_init(&doc);
    int status = heed_doc_load(&doc, path, err);
    if (status == 0 && !heed_doc_meta(&doc, "kind"))
        status = heed_fail(err, "%s: is no model", path);
    if (status == 0)
        status = take_rows(t, &doc, "", heed_shape_rows, err);
    *whole = status == 0 && heed_doc_meta(&doc, "train.lr");
    if (*whole)
        status = take_rows(t, &doc, "train.", heed_train_rows, err);
    bool tokenizer = heed_option_given("tokenizer");
    for (size_t i = 0; i < HEED_COUNT(sides) && status == 0; i++) {
        const char *value = heed_doc_meta(&doc, sides[i][0]);
        if (value && !(tokenizer && i < 2))
            status = take_meta(t, heed_option_find(train_rows, sides[i][1]), value, err);
    }
    heed_doc_release(&doc);
    return status;
}

int train_like(struct train *self, struct heed_err *err)
{
    struct heed_str taken = {0};
    struct taker t = {self, &taken};
    const char *like = self->like;
    bool whole = true;
    if (!like)
        return 0;
    if (self->preset || self->resume)
        return heed_usage(err, "--like and --%s exclude each other",
                          self->preset ? "preset" : "resume");
    int status = from_store(&t, like, err);
    if (status == 0 && access(like, F_OK) == 0)
        status = from_file(&t, like, &whole, err) ? -1 : 1;
    if (status == 1)
        heed_note("like %s: %s%s", like, taken.len ? taken.data : "all defaults",
                  whole ? "" : "; the file does not say how it was trained");
    heed_str_release(&taken);
    return status == 1 ? 0 : heed_err_prefix(err, "option --like: ");
}
