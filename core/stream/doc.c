/* doc.c: a document in memory: metadata, arrays, and the list its checksums are made from.
 *
 *   heed_doc_init    _set_meta, _add, _add_copy    _meta, _find, _want    _clear    _release
 *
 * See doc.h for the list's layout; doc_read.c and doc_write.c turn documents into bytes. */
#include "stream/doc.h"

#include <string.h>

#include "stream/hash.h"

size_t heed_dtype_size(enum heed_dtype t)
{
    switch (t) {
    case HEED_F32:
    case HEED_I32:
        return 4;
    case HEED_I64:
        return 8;
    case HEED_U8:
    case HEED_I8:
        return 1;
    case HEED_OTHER:
        break;
    }
    BUG("dtype %d has no size", (int)t);
}

const char *heed_dtype_name(enum heed_dtype t)
{
    static const char *const names[] = {[HEED_F32] = "F32",
                                        [HEED_I32] = "I32",
                                        [HEED_I64] = "I64",
                                        [HEED_U8] = "U8",
                                        [HEED_I8] = "I8"};
    return t >= HEED_F32 && t < HEED_OTHER ? names[t] : "other";
}

void heed_doc_init(struct heed_doc *d)
{
    *d = (struct heed_doc){0};
}

void heed_doc_clear(struct heed_doc *d)
{
    for (size_t i = 0; i < d->n_meta; i++) {
        free(d->meta[i].key);
        free(d->meta[i].value);
    }
    for (size_t i = 0; i < d->n_arrays; i++) {
        free(d->arrays[i].name);
        free(d->arrays[i].owned);
    }
    heed_map_close(&d->map);
    d->n_meta = d->n_arrays = 0;
    d->data_size = d->header_size = 0;
    d->foreign = false;
    d->fingerprint[0] = '\0';
}

void heed_doc_release(struct heed_doc *d)
{
    heed_doc_clear(d);
    free(d->meta);
    free(d->arrays);
    free(d->buffer);
    heed_str_release(&d->scratch);
    heed_doc_init(d);
}

/* --- metadata --- */

static struct heed_meta *find_meta(const struct heed_doc *d, const char *key)
{
    for (size_t i = 0; i < d->n_meta; i++)
        if (strcmp(d->meta[i].key, key) == 0)
            return &d->meta[i];
    return NULL;
}

const char *heed_doc_meta(const struct heed_doc *d, const char *key)
{
    struct heed_meta *m = find_meta(d, key);
    return m ? m->value : NULL;
}

void heed_doc_set_meta(struct heed_doc *d, const char *key, const char *value)
{
    struct heed_meta *m = find_meta(d, key);
    char *copy = heed_xstrdup(value);
    if (m) {
        free(m->value);
        m->value = copy;
        return;
    }
    heed_grow(&d->meta, d->n_meta, &d->cap_meta, sizeof(*d->meta));
    d->meta[d->n_meta++] = (struct heed_meta){heed_xstrdup(key), copy};
}

void heed_doc_set_meta_i64(struct heed_doc *d, const char *key, int64_t value)
{
    char text[24];
    snprintf(text, sizeof(text), "%lld", (long long)value);
    heed_doc_set_meta(d, key, text);
}

int heed_doc_meta_i64(const struct heed_doc *d, const char *key, int64_t *out, struct heed_err *err)
{
    const char *value = heed_doc_meta(d, key);
    if (!value)
        return heed_fail(err, "metadata %s is missing", key);
    if (!heed_parse_i64(value, out))
        return heed_fail(err, "metadata %s: '%s' is no integer", key, value);
    return 0;
}

/* --- arrays --- */

struct heed_array *heed_doc_find(const struct heed_doc *d, const char *name)
{
    for (size_t i = 0; i < d->n_arrays; i++)
        if (strcmp(d->arrays[i].name, name) == 0)
            return &d->arrays[i];
    return NULL;
}

struct heed_array *heed_doc_add(struct heed_doc *d, const char *name, enum heed_dtype dtype,
                                int rank, const int64_t *dims, const void *data)
{
    if (rank < 0 || rank > HEED_DOC_RANK_MAX)
        BUG("tensor %s: rank %d", name, rank);
    if (heed_doc_find(d, name))
        BUG("tensor %s is in the document already", name);
    struct heed_array a = {.dtype = dtype, .rank = rank, .data = data};
    a.size = heed_dtype_size(dtype);
    for (int i = 0; i < rank; i++) {
        a.dims[i] = dims[i];
        if (dims[i] < 0 || heed_mul_overflows(a.size, (size_t)dims[i], &a.size))
            BUG("tensor %s: dimension %d is %lld", name, i, (long long)dims[i]);
    }
    snprintf(a.dtype_text, sizeof(a.dtype_text), "%s", heed_dtype_name(dtype));
    a.name = heed_xstrdup(name);
    heed_grow(&d->arrays, d->n_arrays, &d->cap_arrays, sizeof(*d->arrays));
    d->arrays[d->n_arrays] = a;
    return &d->arrays[d->n_arrays++];
}

struct heed_array *heed_doc_add_copy(struct heed_doc *d, const char *name, enum heed_dtype dtype,
                                     int rank, const int64_t *dims, const void *data)
{
    struct heed_array *a = heed_doc_add(d, name, dtype, rank, dims, NULL);
    a->owned = heed_xmalloc(HEED_MAX(a->size, 1));
    if (a->size)
        memcpy(a->owned, data, a->size);
    a->data = a->owned;
    return a;
}

struct heed_array *heed_doc_want(const struct heed_doc *d, const char *name, enum heed_dtype dtype,
                                 int rank, struct heed_err *err)
{
    struct heed_array *a = heed_doc_find(d, name);
    if (!a)
        heed_fail(err, "tensor %s is missing", name);
    else if (a->dtype != dtype)
        heed_fail(err, "tensor %s: dtype %s, want %s", name, a->dtype_text, heed_dtype_name(dtype));
    else if (a->rank != rank)
        heed_fail(err, "tensor %s: rank %d, want %d", name, a->rank, rank);
    else
        return a;
    return NULL;
}

/* --- the list --- */

bool heed_doc_reserved(const char *key)
{
    return (strncmp(key, "crc", 3) == 0 && (key[3] == '\0' || key[3] == '.')) ||
           strcmp(key, "fingerprint") == 0;
}

const char *heed_name_fault(const char *name, bool foreign)
{
    static const char own[] = "abcdefghijklmnopqrstuvwxyz0123456789_.";
    size_t n = strlen(name);
    char escaped[4 * HEED_NAME_MAX + 1];
    if (n == 0)
        return "is empty";
    if (n > HEED_NAME_MAX)
        return "is longer than 127 bytes";
    bool plain = strspn(name, own) == n;
    if (plain && !strstr(name, ".."))
        return NULL;
    if (strchr(name, '/') || strchr(name, '\\') || strstr(name, ".."))
        return "looks like a path";
    if (heed_escape(escaped, sizeof(escaped), name, n) != n || memcmp(escaped, name, n) != 0)
        return "holds a byte that cannot be printed";
    if (!foreign)
        return "holds a character other than a-z 0-9 _ .";
    return NULL;
}

static int compare_meta(const void *a, const void *b)
{
    return strcmp((*(struct heed_meta *const *)a)->key, (*(struct heed_meta *const *)b)->key);
}

static int compare_arrays(const void *a, const void *b)
{
    return strcmp((*(struct heed_array *const *)a)->name, (*(struct heed_array *const *)b)->name);
}

void heed_doc_sort(const struct heed_doc *d, struct heed_meta **meta, struct heed_array **arrays)
{
    for (size_t i = 0; i < d->n_meta; i++)
        meta[i] = &d->meta[i];
    for (size_t i = 0; i < d->n_arrays; i++)
        arrays[i] = &d->arrays[i];
    qsort(meta, d->n_meta, sizeof(*meta), compare_meta);
    qsort(arrays, d->n_arrays, sizeof(*arrays), compare_arrays);
}

/* printf was a fifth of the time of a small frame; so numbers are written by hand. */
void heed_add_u64(struct heed_str *out, uint64_t v)
{
    char text[20], *p = text + sizeof(text);
    do
        *--p = (char)('0' + v % 10);
    while (v /= 10);
    heed_str_add(out, p, (size_t)(text + sizeof(text) - p));
}

void heed_crc_text(char text[9], uint32_t crc)
{
    for (int i = 0; i < 8; i++)
        text[i] = "0123456789abcdef"[crc >> (28 - 4 * i) & 15];
    text[8] = '\0';
}

static void add_array_line(struct heed_str *list, const struct heed_array *a)
{
    char crc[9];
    heed_str_add(list, a->name, strlen(a->name) + 1);
    heed_str_add(list, a->dtype_text, strlen(a->dtype_text) + 1);
    for (int k = 0; k < a->rank; k++) {
        if (k)
            heed_str_add_char(list, ',');
        heed_add_u64(list, (uint64_t)a->dims[k]);
    }
    heed_str_add_char(list, '\0');
    heed_crc_text(crc, a->crc);
    heed_str_add(list, crc, 9);
}

uint32_t heed_doc_list_crc(const struct heed_doc *d, char fingerprint[65])
{
    struct heed_str list = {0};
    struct heed_meta **meta = heed_xmalloc((d->n_meta + 1) * sizeof(*meta));
    struct heed_array **arrays = heed_xmalloc((d->n_arrays + 1) * sizeof(*arrays));
    heed_doc_sort(d, meta, arrays);
    for (size_t i = 0; i < d->n_meta; i++) {
        if (heed_doc_reserved(meta[i]->key))
            continue;
        heed_str_add(&list, meta[i]->key, strlen(meta[i]->key) + 1);
        heed_str_add(&list, meta[i]->value, strlen(meta[i]->value) + 1);
    }
    heed_str_add_char(&list, '\0');
    for (size_t i = 0; i < d->n_arrays; i++)
        add_array_line(&list, arrays[i]);
    if (fingerprint) {
        struct heed_sha256 h;
        heed_sha256_init(&h);
        heed_sha256_add(&h, list.data, list.len);
        heed_sha256_hex(&h, fingerprint);
    }
    uint32_t crc = heed_crc32c(0, list.data, list.len);
    heed_str_release(&list);
    free(meta);
    free(arrays);
    return crc;
}
