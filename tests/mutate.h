/* mutate.h: documents changed at random, for tests of what reads them. Whoever writes them again gives
 * them right checksums, so that the changes get behind these.
 *
 *   mutate_doc     metadata, names, dtypes, shapes, values
 *   mutate_blob    a SentencePiece model, as a message of protobuf */
#ifndef HEED_TESTS_MUTATE_H
#define HEED_TESTS_MUTATE_H

#include "base/rng.h"
#include "stream/stream.h"

static struct heed_rng mutate_rng;

static inline size_t mutate_below(size_t n)
{
    return n ? (size_t)heed_rng_below(&mutate_rng, n) : 0;
}

#define MUTATE_ONE_OF(list) ((list)[mutate_below(HEED_COUNT(list))])

/* A copy whose tensors own their data. */
static inline void mutate_copy(const struct heed_doc *from, struct heed_doc *to)
{
    heed_doc_init(to);
    for (size_t i = 0; i < from->n_meta; i++)
        heed_doc_set_meta(to, from->meta[i].key, from->meta[i].value);
    for (size_t i = 0; i < from->n_arrays; i++) {
        const struct heed_array *a = &from->arrays[i];
        heed_doc_add_copy(to, a->name, a->dtype, a->rank, a->dims, a->data);
    }
}

/* --- metadata --- */

static inline void mutate_meta(struct heed_doc *d)
{
    static const char *const values[] = {"",
                                         "-1",
                                         "0",
                                         "1",
                                         "2",
                                         "nan",
                                         "1e308",
                                         "-1e308",
                                         "1e-320",
                                         "on",
                                         "off",
                                         "x",
                                         "9223372036854775807",
                                         "-9223372036854775808",
                                         "4294967296",
                                         "65536",
                                         "9007199254740993",
                                         "99999999999999999999",
                                         "word",
                                         "sentencepiece",
                                         "dot",
                                         "gru:bias=off",
                                         "\xef\xbf\xbf"};
    if (!d->n_meta)
        return;
    struct heed_meta *m = &d->meta[mutate_below(d->n_meta)];
    const char *value =
        mutate_below(4) ? MUTATE_ONE_OF(values) : d->meta[mutate_below(d->n_meta)].value;
    if (!strcmp(m->key, "heed"))
        return;
    if (mutate_below(6)) {
        char *now = heed_xstrdup(value);
        free(m->value);
        m->value = now;
    } else {
        free(m->key);
        free(m->value);
        *m = d->meta[--d->n_meta];
    }
}

/* --- tensors --- */

static inline void mutate_value(struct heed_array *a)
{
    static const float reals[] = {0, -0.0f, 1, -1, 1e-45f, 3e38f, -3e38f, INFINITY, -INFINITY, NAN};
    static const int64_t whole[] = {0,    1,     -1,        2,         3,         5,        100,
                                    1000, 65536, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
    size_t elem = heed_dtype_size(a->dtype), n = elem ? a->size / elem : 0, at = mutate_below(n);
    int64_t v = MUTATE_ONE_OF(whole);
    int32_t v32 = (int32_t)v;
    uint8_t v8 = (uint8_t)v;
    float f = MUTATE_ONE_OF(reals);
    const void *from = a->dtype == HEED_F32   ? (const void *)&f
                       : a->dtype == HEED_I32 ? (const void *)&v32
                       : a->dtype == HEED_I64 ? (const void *)&v
                                              : (const void *)&v8;
    size_t end = mutate_below(8) ? at + 1 : n; /* one, or all from there on */
    for (; at < end && at < n; at++)
        memcpy((char *)a->owned + at * elem, from, elem);
}

/* The data of the new shape: those there were, and zeros behind. */
static inline void mutate_shape(struct heed_array *a)
{
    static const int64_t dims[] = {0, 1, 2, 3, 7, 64};
    int64_t n = (int64_t)heed_dtype_size(a->dtype);
    if (mutate_below(4) == 0 && a->rank < HEED_DOC_RANK_MAX)
        a->dims[a->rank++] = 1;
    else if (mutate_below(4) == 0 && a->rank)
        a->rank--;
    else if (a->rank) {
        int64_t *dim = &a->dims[mutate_below((size_t)a->rank)];
        *dim = mutate_below(2)           ? *dim + 1
               : mutate_below(2) && *dim ? *dim - 1
                                         : MUTATE_ONE_OF(dims);
    }
    for (int k = 0; k < a->rank; k++)
        n *= a->dims[k];
    char *data = heed_xcalloc((size_t)n + 1, 1);
    memcpy(data, a->data, HEED_MIN((size_t)n, a->size));
    free(a->owned);
    a->data = a->owned = data;
    a->size = (size_t)n;
}

static inline void mutate_dtype(struct heed_array *a)
{
    static const enum heed_dtype same[] = {HEED_F32, HEED_I32};
    if (heed_dtype_size(a->dtype) != 4)
        return;
    a->dtype = MUTATE_ONE_OF(same);
    snprintf(a->dtype_text, sizeof(a->dtype_text), "%s", heed_dtype_name(a->dtype));
}

static inline void mutate_drop(struct heed_doc *d, struct heed_array *a)
{
    free(a->name);
    free(a->owned);
    *a = d->arrays[--d->n_arrays];
}

static inline void mutate_name(struct heed_doc *d, struct heed_array *a)
{
    static const char *const names[] = {
        "src",   "src_len", "tgt",       "tgt_len",   "line",    "memory",    "memory_len", "keys",
        "state", "query",   "query_len", "key",       "value",   "valid_len", "weights",    "used",
        "align", "finish",  "src_text",  "src_begin", "src_end", "memory.0"};
    const char *name = MUTATE_ONE_OF(names);
    if (heed_doc_find(d, name))
        return;
    char *now = heed_xstrdup(name);
    free(a->name);
    a->name = now;
}

static inline void mutate_array(struct heed_doc *d)
{
    if (!d->n_arrays)
        return;
    struct heed_array *a = &d->arrays[mutate_below(d->n_arrays)];
    switch (mutate_below(10)) {
    case 0:
        mutate_shape(a);
        break;
    case 1:
        mutate_dtype(a);
        break;
    case 2:
        mutate_drop(d, a);
        break;
    case 3:
        mutate_name(d, a);
        break;
    default:
        mutate_value(a);
    }
}

static inline void mutate_doc(struct heed_doc *d)
{
    for (size_t n = 1 + mutate_below(3); n; n--)
        if (mutate_below(3))
            mutate_array(d);
        else
            mutate_meta(d);
}

/* --- SentencePiece --- */

static inline void mutate_add_varint(struct heed_str *out, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        heed_str_add_char(out, (char)(v | 0x80));
    heed_str_add_char(out, (char)v);
}

static inline void mutate_add_bytes(struct heed_str *out, uint64_t field, const char *s, size_t n)
{
    mutate_add_varint(out, field << 3 | 2);
    mutate_add_varint(out, n);
    heed_str_add(out, s, n);
}

static inline uint64_t mutate_varint(const char **at, const char *end)
{
    uint64_t v = 0;
    for (int shift = 0; *at < end && shift < 64; shift += 7) {
        unsigned char c = (unsigned char)*(*at)++;
        v |= (uint64_t)(c & 0x7f) << shift;
        if (c < 0x80)
            break;
    }
    return v;
}

/* A size, as far as there is anything behind it. */
static inline size_t mutate_size(const char **at, const char *end)
{
    uint64_t size = mutate_varint(at, end);
    return (size_t)HEED_MIN(size, (uint64_t)(end - *at));
}

static inline void mutate_number(struct heed_str *out, uint64_t field)
{
    static const uint64_t values[] = {0, 1, 2, 3, 4, 5, 6, 7, 255, 65536, UINT32_MAX, UINT64_MAX};
    mutate_add_varint(out, field << 3);
    mutate_add_varint(out, MUTATE_ONE_OF(values));
}

static inline void mutate_score(struct heed_str *out, uint64_t field)
{
    static const float scores[] = {0,     1,        -1,        1e30f, -3e38f,
                                   3e38f, INFINITY, -INFINITY, NAN,   1e-45f};
    float score = MUTATE_ONE_OF(scores);
    mutate_add_varint(out, field << 3 | 5);
    heed_str_add(out, &score, sizeof(score));
}

/* A message with one of its fields changed, doubled, dropped, or a new one behind. */
static inline void mutate_message(struct heed_str *out, const char *s, size_t n)
{
    static const char *const texts[] = {
        "",       "a",        "\xe2\x96\x81", "\xff\xfe", "<unk>",
        "<0x41>", "identity", "nfkc",         "nmt_nfkc", "aaaaaaaaaaaaaaaaaaaaaaaa"};
    const char *at = s, *end = s + n;
    size_t fields = 0, changed = mutate_below(4);
    for (; at < end; fields++) {
        const char *begin = at;
        uint64_t tag = mutate_varint(&at, end), field = tag >> 3, size = 4;
        if ((tag & 7) == 0)
            mutate_varint(&at, end);
        else {
            size = (tag & 7) == 2 ? mutate_size(&at, end) : HEED_MIN(size, (uint64_t)(end - at));
            at += size;
        }
        if (fields != changed || (mutate_below(6) && (tag & 7) == 2 && size > 1000))
            heed_str_add(out, begin, (size_t)(at - begin));
        else if (mutate_below(3) == 0)
            mutate_number(out, field);
        else if (mutate_below(2))
            mutate_score(out, field);
        else if (mutate_below(3)) {
            const char *text = MUTATE_ONE_OF(texts);
            mutate_add_bytes(out, field, text, strlen(text));
        }
    }
    if (changed >= fields)
        mutate_number(out, 1 + mutate_below(50));
}

/* Places of the map: 32-bit numbers of a trie, then text. */
static inline void mutate_bytes(char *s, size_t n)
{
    static const uint32_t units[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x30000, 0x400};
    for (size_t k = 1 + mutate_below(4); k && n > 8; k--) {
        uint32_t unit = MUTATE_ONE_OF(units);
        size_t at = mutate_below(n - 4);
        if (mutate_below(2))
            memcpy(s + (at & ~3ul), &unit, HEED_MIN(sizeof(unit), n - (at & ~3ul)));
        else
            s[at] = (char)(s[at] ^ (1 << mutate_below(8)));
    }
}

/* blob -> *out: some of its parts changed, their sizes made right. */
static inline void mutate_blob(const char *blob, size_t n, struct heed_str *out)
{
    const char *at = blob, *end = blob + n;
    size_t parts = 0, seen = 0;
    for (; at < end; parts++) {
        mutate_varint(&at, end);
        at += mutate_size(&at, end);
    }
    size_t which = mutate_below(3) ? mutate_below(parts) : parts - 1 - mutate_below(2);
    for (at = blob; at < end; seen++) {
        struct heed_str part = {0};
        uint64_t field = mutate_varint(&at, end) >> 3;
        size_t size = mutate_size(&at, end);
        const char *s = at;
        at += size;
        if (seen != which) {
            mutate_add_bytes(out, field, s, size);
            continue;
        }
        if (mutate_below(3) == 0) {
            heed_str_add(&part, s, size);
            mutate_bytes(part.data, part.len);
        } else {
            heed_str_add(&part, "", 0);
            mutate_message(&part, s, size);
        }
        if (mutate_below(12) == 0)
            field = 1 + mutate_below(6);
        mutate_add_bytes(out, field, part.data, part.len);
        if (mutate_below(12) == 0)
            mutate_add_bytes(out, mutate_below(2) ? field : 5, part.data, part.len);
        heed_str_release(&part);
    }
    if (mutate_below(20) == 0)
        out->len -= mutate_below(HEED_MIN(out->len, 100u));
}

#endif
