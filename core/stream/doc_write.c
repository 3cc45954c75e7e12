/* doc_write.c: a document as bytes; see doc.h.
 *
 * Arrays of whole lines of 64 bytes leave first, the others by element size descending, so that each is
 * naturally aligned; the header is padded with blanks so that data begin at a multiple of 64. A document that fits leaves in one
 * write together with what waits: a reader never sees half a frame that was not cut by death. */
#include "stream/doc.h"

#include <string.h>

#include "base/utf8.h"
#include "stream/hash.h"

void heed_json_string(struct heed_str *out, const char *text)
{
    static const char hex[] = "0123456789abcdef";
    heed_str_add_char(out, '"');
    for (const char *p = text, *run = text;; p++) {
        unsigned char c = (unsigned char)*p;
        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
            continue;
        heed_str_add(out, run, (size_t)(p - run));
        run = p + 1;
        if (!c)
            break;
        heed_str_add_char(out, '\\');
        const char *at = memchr("\"\\\b\f\n\r\t", c, 7);
        if (at) {
            heed_str_add_char(out, "\"\\bfnrt"[at - "\"\\\b\f\n\r\t"]);
        } else {
            char code[5] = {'u', '0', '0', hex[c >> 4], hex[c & 15]};
            heed_str_add(out, code, sizeof(code));
        }
    }
    heed_str_add_char(out, '"');
}

static void add_pair(struct heed_str *h, const char *key, const char *value)
{
    if (h->data[h->len - 1] != '{')
        heed_str_add_char(h, ',');
    heed_json_string(h, key);
    heed_str_add_char(h, ':');
    heed_json_string(h, value);
}

/* {"__metadata__":{…}: what the document holds, then its checksums. */
static void add_metadata(struct heed_doc *d, struct heed_meta **meta, struct heed_array **arrays,
                         bool file)
{
    struct heed_str *h = &d->scratch;
    heed_str_add_text(h, "{\"__metadata__\":{");
    for (size_t i = 0; i < d->n_meta; i++)
        if (d->foreign || !heed_doc_reserved(meta[i]->key))
            add_pair(h, meta[i]->key, meta[i]->value);
    if (!d->foreign) {
        char value[12], key[HEED_NAME_MAX + 8];
        heed_crc_text(value, heed_doc_list_crc(d, file ? d->fingerprint : NULL));
        add_pair(h, "crc", value);
        for (size_t i = 0; i < d->n_arrays; i++) {
            snprintf(key, sizeof(key), "crc.%s", arrays[i]->name);
            heed_crc_text(value, arrays[i]->crc);
            add_pair(h, key, value);
        }
        if (file)
            add_pair(h, "fingerprint", d->fingerprint);
    }
    heed_str_add_char(h, '}');
}

static void add_array(struct heed_str *h, const struct heed_array *a, uint64_t begin)
{
    heed_str_add_char(h, ',');
    heed_json_string(h, a->name);
    heed_str_add_text(h, ":{\"dtype\":\"");
    heed_str_add_text(h, a->dtype_text);
    heed_str_add_text(h, "\",\"shape\":[");
    for (int k = 0; k < a->rank; k++) {
        if (k)
            heed_str_add_char(h, ',');
        heed_add_u64(h, (uint64_t)a->dims[k]);
    }
    heed_str_add_text(h, "],\"data_offsets\":[");
    heed_add_u64(h, begin);
    heed_str_add_char(h, ',');
    heed_add_u64(h, begin + a->size);
    heed_str_add_text(h, "]}");
}

static int element_size(const struct heed_array *a)
{
    return a->dtype == HEED_OTHER ? 1 : (int)heed_dtype_size(a->dtype);
}

static int compare_layout(const void *x, const void *y)
{
    const struct heed_array *a = *(struct heed_array *const *)x,
                            *b = *(struct heed_array *const *)y;
    int by_lines = (a->size % 64 != 0) - (b->size % 64 != 0);
    int by_size = by_lines ? by_lines : element_size(b) - element_size(a);
    return by_size ? by_size : strcmp(a->name, b->name);
}

/* Names and text must be what a strict reader takes; data sums must not wrap. */
static int check_writable(const struct heed_doc *d, struct heed_err *err)
{
    uint64_t total = 0;
    for (size_t i = 0; i < d->n_arrays; i++) {
        const struct heed_array *a = &d->arrays[i];
        const char *fault = heed_name_fault(a->name, d->foreign);
        if (fault)
            return heed_fail(err, "tensor name '%s' %s", a->name, fault);
        if (heed_add_overflows(total, a->size, &total) || total > HEED_FILE_MAX)
            return heed_fail(err, "tensor %s: the document grows beyond %llu bytes", a->name,
                             HEED_FILE_MAX);
    }
    for (size_t i = 0; i < d->n_meta; i++) {
        const char *key = d->meta[i].key, *value = d->meta[i].value;
        if (!heed_utf8_valid(key, strlen(key)) || !heed_utf8_valid(value, strlen(value)))
            return heed_fail(err, "metadata %s is not valid UTF-8", key);
    }
    return 0;
}

/* Fills d->scratch with length, header and padding; arrays in the order of their data. */
static int build_header(struct heed_doc *d, struct heed_array **arrays, bool file,
                        struct heed_err *err)
{
    struct heed_str *h = &d->scratch;
    struct heed_meta **meta = heed_xmalloc((d->n_meta + 1) * sizeof(*meta));
    heed_doc_sort(d, meta, arrays);
    heed_str_clear(h);
    heed_str_add(h, "\0\0\0\0\0\0\0\0", 8);
    add_metadata(d, meta, arrays, file);
    free(meta);
    qsort(arrays, d->n_arrays, sizeof(*arrays), compare_layout);
    uint64_t begin = 0;
    for (size_t i = 0; i < d->n_arrays; i++) {
        add_array(h, arrays[i], begin);
        begin += arrays[i]->size;
    }
    heed_str_add_char(h, '}');
    while (h->len % 64)
        heed_str_add_char(h, ' ');
    uint64_t n = h->len - 8;
    if (n > HEED_HEADER_MAX)
        return heed_fail(err, "header of %llu bytes exceeds the limit of %u", (unsigned long long)n,
                         HEED_HEADER_MAX);
    for (int i = 0; i < 8; i++)
        h->data[i] = (char)(n >> (8 * i));
    d->header_size = n;
    d->data_size = begin;
    return 0;
}

static int write_parts(struct heed_doc *d, struct heed_array **arrays, struct heed_output *out,
                       struct heed_err *err)
{
    if (heed_output_room(out, d->scratch.len + d->data_size, err) < 0 ||
        heed_output_write(out, d->scratch.data, d->scratch.len, err) < 0)
        return -1;
    for (size_t i = 0; i < d->n_arrays; i++)
        if (heed_output_write(out, arrays[i]->data, arrays[i]->size, err) < 0)
            return -1;
    return 0;
}

static int write_document(struct heed_doc *d, struct heed_output *out, bool file,
                          struct heed_err *err)
{
    if (!d->foreign)
        heed_doc_set_meta(d, "heed", HEED_FORMAT);
    if (check_writable(d, err) < 0)
        return -1;
    for (size_t i = 0; i < d->n_arrays; i++)
        d->arrays[i].crc = heed_crc32c(0, d->arrays[i].data, d->arrays[i].size);
    struct heed_array **arrays = heed_xmalloc((d->n_arrays + 1) * sizeof(*arrays));
    int result = build_header(d, arrays, file, err);
    if (result == 0)
        result = write_parts(d, arrays, out, err);
    free(arrays);
    return result;
}

int heed_doc_write(struct heed_doc *d, struct heed_output *out, struct heed_err *err)
{
    return write_document(d, out, false, err);
}

int heed_doc_write_file(struct heed_doc *d, struct heed_output *out, struct heed_err *err)
{
    return write_document(d, out, true, err);
}

int heed_doc_save(struct heed_doc *d, const char *path, struct heed_err *err)
{
    struct heed_commit c;
    if (heed_commit_open(&c, path, err) < 0)
        return -1;
    if (heed_doc_write_file(d, &c.out, err) < 0) {
        heed_commit_abort(&c);
        return -1;
    }
    return heed_commit_finish(&c, err);
}
