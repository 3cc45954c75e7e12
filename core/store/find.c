/* find.c: one run by what it is called.
 *
 * The ways are tried one after the other; the first by which any run is meant decides. Each is a
 * query with the run's ids and what tells it from others; several rows are listed in the error. */
#include <string.h>
#include <sys/stat.h>
#include "store/db.h"
#include "stream/hash.h"

#define SHOWN 4

/* ?1 is what was asked for, ?2 the digest of the file of that name (NULL: there is none). */
static const char *const ways[] = {
    "uuid = ?1",
    ("run_id = (SELECT run_id FROM run WHERE ?1 IN ('last', 'last:' || kind)"
     " ORDER BY started_at DESC, run_id DESC LIMIT 1)"),
    "name = ?1",
    "run_id = CAST(?1 AS INTEGER) AND CAST(run_id AS TEXT) = ?1",
    "length(?1) >= 4 AND substr(uuid, 1, length(?1)) = ?1",
    "run_id IN (SELECT run_id FROM v_file WHERE sha256 = ?2 AND direction = 'out')",
    "run_id IN (SELECT run_id FROM v_run WHERE kind = 'train' AND ?1 IN (model_path, model, name))",
    "run_id IN (SELECT run_id FROM v_run WHERE name = ?1)",
};

struct found {
    char id[33];
    struct heed_str list;
    int n;
};

static int take_run(void *ctx, const struct heed_row *row, struct heed_err *err)
{
    struct found *f = ctx;
    const char *const *v = row->values;
    (void)err;
    snprintf(f->id, sizeof(f->id), "%s", v[0]);
    f->n++;
    if (f->n <= SHOWN)
        heed_str_printf(&f->list, "%s%s (%.8s, %s, %.16s)", f->n > 1 ? ", " : "", v[1], v[0], v[2],
                        v[3]);
    return 0;
}

static int by_way(struct heed_store *s, const char *way, const char *const args[2], struct found *f,
                  struct heed_err *err)
{
    struct heed_str sql = {0};
    heed_str_printf(&sql,
                    "SELECT uuid, run_id, kind, started_at FROM run WHERE %s"
                    " ORDER BY started_at DESC, run_id DESC",
                    way);
    int result = heed_store_query(s, sql.data, args, strstr(way, "?2") ? 2 : 1, take_run, f, err);
    heed_str_release(&sql);
    return result;
}

/* Reads no pipe, which could not be read again. */
static bool digest(const char *path, char sha256[65])
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && heed_sha256_file(path, sha256) == 0;
}

static int fail_many(const struct found *f, const char *id, struct heed_err *err)
{
    return heed_fail(err, "run '%s': %d runs are meant by it: %s%s; give one's number", id, f->n,
                     f->list.data, f->n > SHOWN ? ", ..." : "");
}

int heed_store_find_run(struct heed_store *s, const char *id, char full[33], struct heed_err *err)
{
    char sha256[65];
    int result = 0;
    for (size_t i = 0; i < HEED_COUNT(ways) && result == 0; i++) {
        struct found f = {0};
        bool by_content = strstr(ways[i], "?2") != NULL;
        const char *args[] = {id, by_content && digest(id, sha256) ? sha256 : NULL};
        result = by_content && !args[1] ? 0 : by_way(s, ways[i], args, &f, err);
        if (result == 0 && f.n > 1)
            result = fail_many(&f, id, err);
        else if (result == 0 && f.n == 1)
            result = 1;
        if (result == 1)
            memcpy(full, f.id, 33); /* id may be its old content */
        heed_str_release(&f.list);
    }
    if (result)
        return HEED_MIN(result, 0);
    return heed_fail(err, "run '%s': not in the store %s", id, s->path);
}
