/* doc_header.c: a header's JSON to metadata and arrays, or a message that says what is wrong with
 * it; the only file that sees jansson. See doc.h for the rules.
 *
 * Nothing that was read is believed before it is checked, in this order: the header's shape by one
 * pass over its bytes (prescan: first and last byte, depth, counts), so that the JSON parser cannot
 * be made to build a large tree; JSON; metadata and version; each tensor's fields; that data lie
 * without hole or overlap; the checksum of the header. */
#include "stream/doc.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define META_MAX    8192         /* pairs of metadata beside one checksum for each tensor */
#define NUMBERS_MAX 32           /* in one JSON array */
#define OFFSET_MAX  (1ull << 53) /* JSON numbers are exact in every reader up to here */

static const struct {
    char name[8];
    uint8_t bits;
    enum heed_dtype type;
} dtypes[] = {
    {"F32", 32, HEED_F32},      {"I32", 32, HEED_I32},      {"I64", 64, HEED_I64},
    {"U8", 8, HEED_U8},         {"BOOL", 8, HEED_OTHER},    {"F4", 4, HEED_OTHER},
    {"F6_E2M3", 6, HEED_OTHER}, {"F6_E3M2", 6, HEED_OTHER}, {"I8", 8, HEED_I8},
    {"F8_E5M2", 8, HEED_OTHER}, {"F8_E4M3", 8, HEED_OTHER}, {"F8_E8M0", 8, HEED_OTHER},
    {"I16", 16, HEED_OTHER},    {"U16", 16, HEED_OTHER},    {"F16", 16, HEED_OTHER},
    {"BF16", 16, HEED_OTHER},   {"U32", 32, HEED_OTHER},    {"C64", 64, HEED_OTHER},
    {"F64", 64, HEED_OTHER},    {"U64", 64, HEED_OTHER},
};
/* Their names are longer than the table's field. */
static const char *const dtypes_f8[] = {"F8_E4M3FNUZ", "F8_E5M2FNUZ"};

/* --- the header's bytes --- */

/* A pass without recursion over the header: what jansson may then be given is small and shallow.
 * Strings are only skipped here, jansson is their judge. */
static int prescan(const char *h, size_t n, size_t max_arrays, bool *odd_escape,
                   struct heed_err *err)
{
    size_t depth = 0, keys[3] = {0}, commas = 0;
    bool in_string = false;
    *odd_escape = false;
    for (size_t i = 0; i < n; i++) {
        char c = h[i];
        if (in_string) {
            if (c == '\\' && i + 1 < n && h[++i] == 'u')
                for (size_t k = i + 1; k < n && k < i + 5; k++)
                    *odd_escape |= h[k] >= 'A' && h[k] <= 'F';
            else if (c == '"')
                in_string = false;
            continue;
        }
        if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            commas = 0;
            if (++depth > 3)
                return heed_fail(err, "header is nested deeper than 3 at byte %zu", i);
        } else if (c == '}' || c == ']') {
            if (!depth)
                return heed_fail(err, "header closes more than it opens at byte %zu", i);
            depth--;
        } else if (c == ':') {
            keys[depth ? depth - 1 : 0]++;
            if (keys[0] > max_arrays + 1)
                return heed_fail(err, "header names more than %zu tensors", max_arrays);
            if (keys[1] > META_MAX + 5 * max_arrays)
                return heed_fail(err, "header holds more than %d metadata", META_MAX);
        } else if (c == ',' && depth == 3 && ++commas >= NUMBERS_MAX) {
            return heed_fail(err, "header holds a list of more than %d numbers", NUMBERS_MAX);
        }
    }
    return 0;
}

static json_t *parse_json(const char *h, size_t n, size_t max_arrays, bool *odd_escape,
                          struct heed_err *err)
{
    if (h[0] != '{') {
        heed_fail(err, "header begins with byte 0x%02x, want '{'", (unsigned char)h[0]);
        return NULL;
    }
    while (n && h[n - 1] == ' ')
        n--;
    if (h[n - 1] != '}') {
        heed_fail(err, "header ends with byte 0x%02x, want '}' and blanks behind it",
                  (unsigned char)h[n - 1]);
        return NULL;
    }
    if (prescan(h, n, max_arrays, odd_escape, err) < 0)
        return NULL;
    json_error_t why;
    json_t *root = json_loadb(h, n, JSON_REJECT_DUPLICATES, &why);
    if (!root)
        heed_fail(err, "header: %s (byte %d)", why.text, why.position);
    return root;
}

/* --- metadata --- */

static int take_metadata(struct heed_doc *d, json_t *map, struct heed_err *err)
{
    const char *key;
    json_t *value;
    if (!json_is_object(map))
        return heed_fail(err, "__metadata__ is no object of strings");
    json_object_foreach(map, key, value)
    {
        if (!json_is_string(value))
            return heed_fail(err, "metadata %s is no string", key);
        heed_grow(&d->meta, d->n_meta, &d->cap_meta, sizeof(*d->meta));
        const char *text = json_string_value(value);
        d->meta[d->n_meta++] = (struct heed_meta){heed_xstrdup(key), heed_xstrdup(text)};
    }
    return 0;
}

/* "0.1": our own major or a lower one; minor ones only add what may be ignored. */
static int check_version(const char *text, struct heed_err *err)
{
    const char *dot = strchr(text, '.');
    char *major = heed_xstrndup(text, dot ? (size_t)(dot - text) : strlen(text));
    int64_t number = 0, minor = 0;
    bool ok = dot && heed_parse_i64(major, &number) && heed_parse_i64(dot + 1, &minor) &&
              number >= 0 && minor >= 0;
    free(major);
    if (!ok || (number == 0 && minor == 0))
        return heed_fail(err, "metadata heed: '%s' is no format version", text);
    if (number > HEED_VERSION_MAJOR)
        return heed_fail(err, "format version %s is newer than %s", text, HEED_FORMAT);
    return 0;
}

/* A document with `heed` must have all checksums, one with none of them is foreign; anything
 * between is damage (a flipped bit in the key `heed` must not switch the checksums off). */
static int judge_origin(struct heed_doc *d, bool odd_escape, struct heed_err *err)
{
    const char *version = heed_doc_meta(d, "heed");
    d->foreign = !version;
    for (size_t i = 0; i < d->n_meta && d->foreign; i++)
        if (strncmp(d->meta[i].key, "crc", 3) == 0 && heed_doc_reserved(d->meta[i].key))
            return heed_fail(err, "metadata %s without format version heed", d->meta[i].key);
    if (d->foreign)
        return 0;
    if (check_version(version, err) < 0)
        return -1;
    if (odd_escape)
        return heed_fail(err, "header escapes a character in capital hexadecimal digits");
    return 0;
}

/* --- tensors --- */

struct span {
    uint64_t begin, end;
};

static int take_dtype(struct heed_array *a, json_t *value, unsigned *bits, struct heed_err *err)
{
    const char *text = json_string_value(value);
    if (!text)
        return heed_fail(err, "tensor %s: dtype is no string", a->name);
    a->dtype = 0;
    for (size_t i = 0; i < HEED_COUNT(dtypes); i++)
        if (strcmp(text, dtypes[i].name) == 0) {
            a->dtype = dtypes[i].type;
            *bits = dtypes[i].bits;
        }
    for (size_t i = 0; i < HEED_COUNT(dtypes_f8); i++)
        if (strcmp(text, dtypes_f8[i]) == 0) {
            a->dtype = HEED_OTHER;
            *bits = 8;
        }
    if (!a->dtype)
        return heed_fail(err, "tensor %s: dtype '%s' is unknown", a->name, text);
    snprintf(a->dtype_text, sizeof(a->dtype_text), "%s", text);
    return 0;
}

/* Shape to bytes, left to right as the reference implementation does,
 * so that both agree on what overflows. */
static int take_shape(struct heed_array *a, json_t *value, unsigned bits, uint64_t *size,
                      struct heed_err *err)
{
    if (!json_is_array(value))
        return heed_fail(err, "tensor %s: shape is no list", a->name);
    size_t rank = json_array_size(value);
    if (rank > HEED_DOC_RANK_MAX)
        return heed_fail(err, "tensor %s: rank %zu exceeds the limit of %d", a->name, rank,
                         HEED_DOC_RANK_MAX);
    a->rank = (int)rank;
    uint64_t product = 1;
    for (size_t k = 0; k < rank; k++) {
        json_t *dim = json_array_get(value, k);
        if (!json_is_integer(dim))
            return heed_fail(err, "tensor %s: dimension %zu is no integer", a->name, k);
        json_int_t v = json_integer_value(dim);
        if (v < 0 || v > INT32_MAX)
            return heed_fail(err, "tensor %s: dimension %zu is %lld, not in 0..%d", a->name, k,
                             (long long)v, INT32_MAX);
        a->dims[k] = v;
        if (heed_mul_overflows(product, (uint64_t)v, &product))
            return heed_fail(err, "tensor %s: the shape overflows", a->name);
    }
    if (heed_mul_overflows(product, (uint64_t)bits, &product) || product / 8 > OFFSET_MAX)
        return heed_fail(err, "tensor %s: the shape overflows", a->name);
    if (product % 8)
        return heed_fail(err, "tensor %s: its bits do not fill whole bytes", a->name);
    *size = product / 8;
    return 0;
}

static int take_span(const struct heed_array *a, json_t *value, struct span *s,
                     struct heed_err *err)
{
    if (json_array_size(value) != 2)
        return heed_fail(err, "tensor %s: data_offsets is no pair", a->name);
    json_t *begin = json_array_get(value, 0), *end = json_array_get(value, 1);
    if (!json_is_integer(begin) || !json_is_integer(end))
        return heed_fail(err, "tensor %s: data_offsets holds no integer", a->name);
    json_int_t b = json_integer_value(begin), e = json_integer_value(end);
    if (b < 0 || e < b || (uint64_t)e > OFFSET_MAX)
        return heed_fail(err, "tensor %s: data_offsets %lld to %lld make no range", a->name,
                         (long long)b, (long long)e);
    *s = (struct span){(uint64_t)b, (uint64_t)e};
    return 0;
}

static int take_array(struct heed_doc *d, const char *name, json_t *fields, struct span *s,
                      struct heed_err *err)
{
    const char *fault = heed_name_fault(name, d->foreign);
    if (fault)
        return heed_fail(err, "tensor name '%.*s' %s", HEED_NAME_MAX, name, fault);
    heed_grow(&d->arrays, d->n_arrays, &d->cap_arrays, sizeof(*d->arrays));
    struct heed_array *a = &d->arrays[d->n_arrays++];
    *a = (struct heed_array){.name = heed_xstrdup(name)};
    if (!json_is_object(fields))
        return heed_fail(err, "tensor %s: its description is no object", name);
    static const char *const wanted[] = {"dtype", "shape", "data_offsets"};
    json_t *value, *found[3] = {NULL};
    const char *key;
    json_object_foreach(fields, key, value)
    {
        size_t k = 0;
        while (k < 3 && strcmp(key, wanted[k]) != 0)
            k++;
        if (k == 3)
            return heed_fail(err, "tensor %s: field '%s' is unknown", name, key);
        found[k] = value;
    }
    for (size_t k = 0; k < 3; k++)
        if (!found[k])
            return heed_fail(err, "tensor %s: field %s is missing", name, wanted[k]);
    unsigned bits = 0;
    uint64_t size = 0;
    if (take_dtype(a, found[0], &bits, err) < 0 || take_shape(a, found[1], bits, &size, err) < 0 ||
        take_span(a, found[2], s, err) < 0)
        return -1;
    if (s->end - s->begin != size)
        return heed_fail(err, "tensor %s: %llu bytes of data, its shape wants %llu", name,
                         (unsigned long long)(s->end - s->begin), (unsigned long long)size);
    a->size = size;
    return 0;
}

/* --- layout --- */

struct placed {
    struct span span;
    struct heed_array *array;
};

static int compare_placed(const void *x, const void *y)
{
    const struct placed *a = x, *b = y;
    if (a->span.begin != b->span.begin)
        return a->span.begin < b->span.begin ? -1 : 1;
    return a->span.end < b->span.end ? -1 : a->span.end > b->span.end;
}

/* No hole, no overlap; until the data are there, a->data holds the offset of the array. */
static int lay_out(struct heed_doc *d, const struct span *spans, struct heed_err *err)
{
    struct placed *p = heed_xmalloc((d->n_arrays + 1) * sizeof(*p));
    for (size_t i = 0; i < d->n_arrays; i++)
        p[i] = (struct placed){spans[i], &d->arrays[i]};
    qsort(p, d->n_arrays, sizeof(*p), compare_placed);
    uint64_t end = 0;
    int result = 0;
    for (size_t i = 0; i < d->n_arrays && result == 0; i++) {
        const struct span *s = &p[i].span;
        const char *name = p[i].array->name;
        if (s->begin < end)
            result = heed_fail(err, "tensor %s: data begin at %llu, inside tensor %s (to %llu)",
                               name, (unsigned long long)s->begin, p[i - 1].array->name,
                               (unsigned long long)end);
        else if (s->begin > end)
            result = heed_fail(err, "tensor %s: data begin at %llu, leaving a hole from %llu", name,
                               (unsigned long long)s->begin, (unsigned long long)end);
        else if (!d->foreign && p[i].array->dtype != HEED_OTHER &&
                 s->begin % heed_dtype_size(p[i].array->dtype))
            result = heed_fail(err, "tensor %s: data begin at %llu, no multiple of %zu", name,
                               (unsigned long long)s->begin, heed_dtype_size(p[i].array->dtype));
        p[i].array->data = (const void *)(uintptr_t)s->begin;
        end = s->end;
    }
    d->data_size = end;
    free(p);
    return result;
}

/* --- checksums --- */

/* Exactly 8 digits, no capitals: a flipped bit must not leave the same number behind. */
static bool parse_crc(const char *text, uint32_t *crc)
{
    static const char digits[] = "0123456789abcdef";
    *crc = 0;
    for (int i = 0; i < 8; i++) {
        const char *at = text[i] ? strchr(digits, text[i]) : NULL;
        if (!at)
            return false;
        *crc = *crc << 4 | (uint32_t)(at - digits);
    }
    return text[8] == '\0';
}

static int take_crc(const char *key, const char *text, uint32_t *crc, struct heed_err *err)
{
    if (!parse_crc(text, crc))
        return heed_fail(err, "checksum %s: '%s' is not 8 hexadecimal digits", key, text);
    return 0;
}

/* The checksums of the tensors: keys crc.NAME and names, each sorted, must go in step. */
static int match_crcs(struct heed_doc *d, struct heed_meta **meta, struct heed_array **arrays,
                      struct heed_err *err)
{
    size_t at = 0;
    for (size_t i = 0; i < d->n_meta; i++) {
        if (strncmp(meta[i]->key, "crc.", 4) != 0)
            continue;
        int order = at < d->n_arrays ? strcmp(arrays[at]->name, meta[i]->key + 4) : 1;
        if (order > 0)
            return heed_fail(err, "checksum %s is there without its tensor", meta[i]->key);
        if (order < 0)
            break;
        if (take_crc(meta[i]->key, meta[i]->value, &arrays[at++]->crc, err) < 0)
            return -1;
    }
    if (at < d->n_arrays)
        return heed_fail(err, "checksum crc.%s is missing", arrays[at]->name);
    return 0;
}

/* What the header says of itself must be true; what it says of the data waits for them. */
static int check_header(struct heed_doc *d, struct heed_err *err)
{
    uint32_t want;
    char fingerprint[65];
    struct heed_meta **meta = heed_xmalloc((d->n_meta + 1) * sizeof(*meta));
    struct heed_array **arrays = heed_xmalloc((d->n_arrays + 1) * sizeof(*arrays));
    heed_doc_sort(d, meta, arrays);
    int result = match_crcs(d, meta, arrays, err);
    free(meta);
    free(arrays);
    if (result < 0)
        return -1;
    const char *text = heed_doc_meta(d, "crc"), *print = heed_doc_meta(d, "fingerprint");
    if (!text)
        return heed_fail(err, "checksum crc is missing");
    if (take_crc("crc", text, &want, err) < 0)
        return -1;
    uint32_t got = heed_doc_list_crc(d, print ? fingerprint : NULL);
    if (got != want && HEED_CHECKSUMS_MATTER)
        return heed_fail(err, "checksum of the header is %08x, want %08x", got, want);
    if (print && strcmp(print, fingerprint) != 0 && HEED_CHECKSUMS_MATTER)
        return heed_fail(err, "fingerprint is %.12s…, want %.12s…", fingerprint, print);
    if (print)
        memcpy(d->fingerprint, fingerprint, sizeof(fingerprint));
    return 0;
}

/* --- the header --- */

static int parse_root(struct heed_doc *d, json_t *root, size_t max_arrays, bool odd_escape,
                      struct heed_err *err)
{
    const char *name;
    json_t *fields;
    json_t *map = json_object_get(root, "__metadata__");
    if (json_object_size(root) - (map != NULL) > max_arrays)
        return heed_fail(err, "header names more than %zu tensors", max_arrays);
    if ((map && take_metadata(d, map, err) < 0) || judge_origin(d, odd_escape, err) < 0)
        return -1;
    if (!d->foreign && (8 + d->header_size) % 64)
        return heed_fail(err, "header length %zu does not put data at a multiple of 64",
                         d->header_size);
    struct span *spans = heed_xmalloc((json_object_size(root) + 1) * sizeof(*spans));
    int result = 0;
    json_object_foreach(root, name, fields)
    {
        if (strcmp(name, "__metadata__") != 0)
            result = take_array(d, name, fields, &spans[d->n_arrays], err);
        if (result < 0)
            break;
    }
    if (result == 0)
        result = lay_out(d, spans, err);
    free(spans);
    return result;
}

int heed_doc_parse_header(struct heed_doc *d, const char *h, size_t n, uint64_t max_data,
                          struct heed_err *err)
{
    size_t max_arrays = max_data > HEED_FRAME_MAX ? HEED_FILE_ARRAYS : HEED_FRAME_ARRAYS;
    bool odd_escape = false;
    d->header_size = n;
    json_t *root = parse_json(h, n, max_arrays, &odd_escape, err);
    if (!root)
        return -1;
    int result = parse_root(d, root, max_arrays, odd_escape, err);
    json_decref(root);
    if (result == 0 && d->data_size > max_data)
        return heed_fail(err, "%zu bytes of data exceed the limit of %llu", d->data_size,
                         (unsigned long long)max_data);
    if (result == 0 && !d->foreign)
        result = check_header(d, err);
    return result;
}
