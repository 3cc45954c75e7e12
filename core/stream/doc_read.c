/* doc_read.c: bytes to a document: the length, the header (doc_header.c), then the data; see doc.h.
 *
 * Data are read in steps that double, so that memory follows the bytes that came and not the bytes
 * that were claimed; a regular file that is long enough is read in one step. A file that is loaded is not
 * read but mapped, where that can be done. */
#include "stream/doc.h"

#include <string.h>
#include <sys/stat.h>

#include "stream/hash.h"

#define STEP_FIRST (1u << 20)
#define DROP_LEAST (1u << 18) /* bytes of a tensor whose pages are worth giving back */

static void drop_checksums(struct heed_doc *d)
{
    size_t kept = 0;
    for (size_t i = 0; i < d->n_meta; i++) {
        if (!heed_doc_reserved(d->meta[i].key)) {
            d->meta[kept++] = d->meta[i];
            continue;
        }
        free(d->meta[i].key);
        free(d->meta[i].value);
    }
    d->n_meta = kept;
}

/* bytes: where the data lie. Arrays that lie crooked, which only
 * foreign documents have, are copied. */
static int attach_data(struct heed_doc *d, const char *bytes, struct heed_err *err)
{
    for (size_t i = 0; i < d->n_arrays; i++) {
        struct heed_array *a = &d->arrays[i];
        const char *at = bytes + (uintptr_t)a->data;
        uint32_t crc = heed_crc32c(0, at, a->size);
        if (!d->foreign && crc != a->crc && HEED_CHECKSUMS_MATTER)
            return heed_fail(err, "tensor %s: checksum is %08x, want %08x", a->name, crc, a->crc);
        a->crc = crc;
        a->data = at;
        if (a->size >= DROP_LEAST)
            heed_map_drop(&d->map, at, a->size);
        if (a->dtype != HEED_OTHER && (uintptr_t)at % heed_dtype_size(a->dtype)) {
            a->owned = heed_xmalloc(HEED_MAX(a->size, 1));
            memcpy(a->owned, at, a->size);
            a->data = a->owned;
        }
    }
    return 0;
}

/* --- whole documents --- */

static int check_length(uint64_t n, struct heed_err *err)
{
    if (n > HEED_HEADER_MAX)
        return heed_fail(err, "header length %llu exceeds the limit of %u", (unsigned long long)n,
                         HEED_HEADER_MAX);
    if (n < 2)
        return heed_fail(err, "header length %llu is less than 2", (unsigned long long)n);
    return 0;
}

static uint64_t read_u64(const unsigned char *p)
{
    uint64_t v = 0;
    for (int i = 7; i >= 0; i--)
        v = v << 8 | p[i];
    return v;
}

/* Room for n bytes; what the first `keep` hold stays. */
static void reserve(struct heed_doc *d, size_t n, size_t keep)
{
    if (d->buffer_cap >= n)
        return;
    size_t cap = (n + 63) / 64 * 64;
    void *fresh = aligned_alloc(64, cap);
    if (!fresh)
        heed_out_of_memory("tensor data", cap);
    if (keep)
        memcpy(fresh, d->buffer, keep);
    free(d->buffer);
    d->buffer = fresh;
    d->buffer_cap = cap;
}

/* A regular file that is long enough need not be mistrusted. */
static bool surely_there(const struct heed_input *in, size_t size)
{
    struct stat st;
    return in->fd >= 0 && fstat(in->fd, &st) == 0 && S_ISREG(st.st_mode) &&
           (uint64_t)st.st_size >= in->offset + size;
}

static int read_data(struct heed_doc *d, struct heed_input *in, struct heed_err *err)
{
    size_t done = 0, size = d->data_size;
    size_t step = size <= STEP_FIRST || surely_there(in, size) ? size : STEP_FIRST;
    reserve(d, HEED_MAX(step, 64), 0);
    while (done < size) {
        size_t upto = HEED_MIN(size, HEED_MAX(d->buffer_cap, step));
        reserve(d, upto, done);
        ssize_t got = heed_input_get(in, (char *)d->buffer + done, upto - done, err);
        if (got < 0)
            return -1;
        done += (size_t)got;
        if (done < upto)
            return heed_fail(err, "truncated data: %zu of %zu bytes", done, size);
        step = upto * 2;
    }
    return 0;
}

static int read_header(struct heed_doc *d, struct heed_input *in, uint64_t max_data,
                       struct heed_err *err)
{
    unsigned char length[8];
    ssize_t got = heed_input_get(in, length, 8, err);
    if (got <= 0)
        return (int)got;
    if (got < 8)
        return heed_fail(err, "truncated header: %zd of 8 bytes", got);
    uint64_t n = read_u64(length);
    if (check_length(n, err) < 0)
        return -1;
    heed_str_clear(&d->scratch);
    if (d->scratch.cap <= n) {
        d->scratch.data = heed_xrealloc(d->scratch.data, n + 1, 1);
        d->scratch.cap = n + 1;
    }
    got = heed_input_get(in, d->scratch.data, n, err);
    if (got < 0)
        return -1;
    if ((uint64_t)got < n)
        return heed_fail(err, "truncated header: %zd of %llu bytes", got, (unsigned long long)n);
    d->scratch.data[n] = '\0';
    d->scratch.len = n;
    return heed_doc_parse_header(d, d->scratch.data, n, max_data, err) < 0 ? -1 : 1;
}

int heed_doc_read(struct heed_doc *d, struct heed_input *in, uint64_t max_data,
                  struct heed_err *err)
{
    heed_doc_clear(d);
    if (heed_sniff(in, NULL, err) < 0)
        return -1;
    int result = read_header(d, in, max_data, err);
    if (result > 0 && (read_data(d, in, err) < 0 || attach_data(d, d->buffer, err) < 0))
        result = -1;
    if (result > 0 && !d->foreign)
        drop_checksums(d);
    if (result < 0)
        heed_doc_clear(d); /* nobody shall look at half a document */
    return result;
}

int heed_doc_parse(struct heed_doc *d, const void *bytes, size_t n, struct heed_err *err)
{
    struct heed_input in;
    heed_doc_clear(d);
    heed_input_memory(&in, bytes, n, "memory");
    if (n == 0)
        return heed_fail(err, "is empty");
    if (heed_sniff(&in, NULL, err) < 0)
        return -1;
    int result = read_header(d, &in, HEED_FILE_MAX, err);
    if (result > 0 && n - in.offset != d->data_size)
        result = heed_fail(err, "%zu bytes of data, want %zu", n - (size_t)in.offset, d->data_size);
    if (result > 0)
        result = attach_data(d, (const char *)bytes + in.offset, err);
    if (result == 0 && !d->foreign)
        drop_checksums(d);
    if (result < 0)
        heed_doc_clear(d);
    return result;
}

/* A document that fills its file: bytes behind it are as wrong as bytes that lack. */
static int check_whole(struct heed_doc *d, bool more, uint64_t end, struct heed_err *err)
{
    if (heed_doc_meta(d, "frame"))
        return heed_fail(err, "is a stream, not a model");
    if (more)
        return heed_fail(err, "holds bytes behind its end at byte %llu", (unsigned long long)end);
    if (!d->fingerprint[0])
        heed_doc_list_crc(d, d->fingerprint);
    return 0;
}

static int load_read(struct heed_doc *d, struct heed_input *in, struct heed_err *err)
{
    int result = heed_doc_read(d, in, HEED_FILE_MAX, err);
    const void *rest;
    if (result == 0)
        return heed_fail(err, "is empty");
    if (result < 0)
        return -1;
    ssize_t more = heed_input_look(in, &rest, 1, err);
    return more < 0 ? -1 : check_whole(d, more > 0, in->offset, err);
}

static int load_mapped(struct heed_doc *d, const char *path, struct heed_err *err)
{
    struct heed_input in;
    heed_input_memory(&in, d->map.at, d->map.size, path);
    if (heed_sniff(&in, NULL, err) < 0 || read_header(d, &in, HEED_FILE_MAX, err) < 0)
        return -1;
    size_t have = d->map.size - (size_t)in.offset;
    if (have < d->data_size)
        return heed_fail(err, "truncated data: %zu of %zu bytes", have, d->data_size);
    if (attach_data(d, (const char *)d->map.at + in.offset, err) < 0)
        return -1;
    if (!d->foreign)
        drop_checksums(d);
    return check_whole(d, have > d->data_size, in.offset + d->data_size, err);
}

/* "is text, not a tensor stream" is no answer for whoever named a model; what a pipe would need in
 * front is none either. */
static void tell_no_model(struct heed_err *err)
{
    char is[sizeof(err->text)];
    const char *end = strstr(err->text, ", not a tensor stream");
    if (!end || strncmp(err->text, "is ", 3) != 0)
        return;
    snprintf(is, sizeof(is), "%.*s", (int)(end - err->text - 3), err->text + 3);
    heed_fail(err, "is no model, but %s", is);
}

int heed_doc_load(struct heed_doc *d, const char *path, struct heed_err *err)
{
    struct heed_input in;
    struct stat st;
    heed_doc_clear(d);
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return heed_fail(err, "%s is not a regular file", path);
    if (heed_input_open(&in, path, err) < 0)
        return -1;
    int result = heed_map_open(&d->map, in.fd) ? load_mapped(d, path, err) : load_read(d, &in, err);
    heed_input_close(&in);
    if (result < 0) {
        heed_doc_clear(d);
        tell_no_model(err);
        return heed_err_prefix(err, "%s: ", path);
    }
    return 0;
}
