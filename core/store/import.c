/* import.c: taking spilled records into the store.
 *
 * All lines or none, in one transaction. A last line without its LF is what a process wrote when it
 * was killed; it is left out. Everything else that is no record is an error naming the line. */
#include <string.h>
#include "base/str.h"
#include "store/db.h"
#include "stream/stream.h"

#define SPILL_MAX ((size_t)1 << 30)

static int import_line(struct heed_store *s, const char *line, size_t n, int64_t *n_runs,
                       struct heed_err *err)
{
    struct heed_record rec;
    char run[33];
    if (heed_record_parse(s, line, n, &rec, run, err) < 0)
        return -1;
    *n_runs += rec.kind == HEED_RECORD_RUN;
    int result = heed_record_apply(s, run, &rec, err);
    heed_record_release(&rec);
    return result;
}

static int import_lines(struct heed_store *s, const char *lines, size_t size, int64_t *n_records,
                        int64_t *n_runs, struct heed_err *err)
{
    const char *end = lines + size, *lf;
    for (*n_records = *n_runs = 0; lines < end && (lf = memchr(lines, '\n', (size_t)(end - lines)));
         lines = lf + 1) {
        ++*n_records;
        if (import_line(s, lines, (size_t)(lf - lines), n_runs, err) < 0)
            return heed_err_prefix(err, "line %lld: ", (long long)*n_records);
    }
    return 0;
}

int heed_db_import(struct heed_store *s, const char *lines, size_t size, int64_t *n_records,
                   int64_t *n_runs, struct heed_err *err)
{
    if (heed_db_begin(s, err) < 0)
        return -1;
    if (import_lines(s, lines, size, n_records, n_runs, err) == 0 && heed_db_commit(s, err) == 0)
        return 0;
    heed_db_rollback(s);
    return -1;
}

int heed_store_import(struct heed_store *s, const char *path, int64_t *n_records, int64_t *n_runs,
                      struct heed_err *err)
{
    struct heed_input in;
    struct heed_str text = {0};
    char block[65536];
    ssize_t n;
    if (heed_input_open(&in, path, err) < 0)
        return -1;
    if (heed_input_want_text(&in, err) < 0) {
        heed_input_close(&in);
        return -1;
    }
    while ((n = heed_input_read(&in, block, sizeof(block), err)) > 0 && text.len < SPILL_MAX)
        heed_str_add(&text, block, (size_t)n);
    heed_input_close(&in);
    int result = n < 0 ? -1 : 0;
    if (n > 0)
        result = heed_fail(err, "%s: larger than 1 GiB", path);
    else if (!result && !text.len)
        result = heed_fail(err, "%s: is empty", path);
    else if (!result && heed_db_import(s, text.data, text.len, n_records, n_runs, err) < 0)
        result = heed_err_prefix(err, "%s: ", path);
    heed_str_release(&text);
    return result;
}
