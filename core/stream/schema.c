/* schema.c: what the tensors of a frame must be, by the type of its stream (DESIGN, section 3).
 *
 *   heed_schema_check    heed_schema_check_finite    heed_schema_check_ids
 *
 * Equal letters are equal sizes within a frame; S, T, U, M and W may be zero (a frame of empty
 * lines), no other. Tensors without a row are somebody else's and only need the same B. Positions
 * behind a length are padding: ids there are 0, floats are not looked at. */
#include "stream/schema.h"

#include <math.h>
#include <string.h>

/* --- shapes --- */

/* Sizes met so far, with the tensor that brought each. */
struct sizes {
    int64_t of[128];
    const char *from[128];
};

static int bind(struct sizes *s, char letter, int64_t size, const char *name, struct heed_err *err)
{
    size_t k = (size_t)letter;
    if (size == 0 && !strchr("SQTUMW", letter))
        return heed_fail(err, "tensor %s: dimension %c is zero", name, letter);
    if (s->from[k] && s->of[k] != size)
        return heed_fail(err, "tensor %s: dimension %c is %lld, but %lld in tensor %s", name,
                         letter, (long long)size, (long long)s->of[k], s->from[k]);
    s->of[k] = size;
    s->from[k] = name;
    return 0;
}

static int check_shape(const struct row *row, const struct heed_array *a, struct sizes *s,
                       struct heed_err *err)
{
    char text[9];
    const char *letters = heed_schema_letters(row, a, text);
    if (a->dtype != row->dtype)
        return heed_fail(err, "tensor %s: dtype %s, want %s", a->name, a->dtype_text,
                         heed_dtype_name(row->dtype));
    if (!letters)
        return heed_fail(err, "tensor %s: rank %d, want %d%s", a->name, a->rank,
                         (int)strlen(row->dims),
                         row->rule == HEADS ? ", or one more for heads" : "");
    for (int k = 0; k < a->rank; k++)
        if (bind(s, letters[k], a->dims[k], a->name, err) < 0)
            return -1;
    return 0;
}

/* --- values --- */

/* Rows that a length counts over: a tensor [B,N,T,…] is B*N stretches of T items of `inner` values.
 * Where lengths are [B,P] and the tensor has P too, stretch i is of p = i / behind % P; else P is 1.
 */
struct stretch {
    int64_t n, items, inner;
    int64_t P, behind;
};

static struct stretch stretches(const struct row *row, const struct heed_array *a,
                                const struct heed_array *len)
{
    struct stretch s = {1, 1, 1, 1, 1};
    char text[9];
    const char *letters = heed_schema_letters(row, a, text);
    const char *at = row->along ? strchr(letters, row->along) : NULL;
    char per = len && len->rank == 2 ? (strcmp(len->name, "valid_len") ? 'N' : 'Q') : 0;
    int axis = at ? (int)(at - letters) : a->rank;
    for (int k = 0; k < a->rank; k++) {
        *(k < axis ? &s.n : k == axis ? &s.items : &s.inner) *= a->dims[k];
        if (k < axis && letters[k] == per) {
            s.P = a->dims[k];
            s.behind = 1;
        } else if (k < axis) {
            s.behind *= a->dims[k];
        }
    }
    return s;
}

/* The valid items of stretch i. Lengths of a whole row of B serve all stretches of that row; of
 * lengths for each query, what any query may see is valid. */
static int64_t valid_items(const struct heed_array *len, const struct stretch *s, int64_t i)
{
    if (!len)
        return s->items;
    const int32_t *v = len->data;
    int64_t per_row = len->rank == 2 ? len->dims[1] : 1, longest = 0;
    if (len->dims[0] == 0)
        return 0;
    int64_t b = i / HEED_MAX(s->n / len->dims[0], 1);
    if (s->P == per_row)
        return v[b * per_row + i / s->behind % s->P];
    for (int64_t k = b * per_row; k < (b + 1) * per_row; k++)
        longest = HEED_MAX(longest, (int64_t)v[k]);
    return longest;
}

static int check_lengths(const struct heed_array *a, int64_t most, struct heed_err *err)
{
    const int32_t *v = a->data;
    for (size_t i = 0; i < a->size / sizeof(*v); i++)
        if (v[i] < 0 || v[i] > most)
            return heed_fail(err, "tensor %s: row %zu: length %d not in 0..%lld", a->name, i, v[i],
                             (long long)most);
    return 0;
}

static int check_ids(const struct heed_array *a, const struct stretch *s,
                     const struct heed_array *len, struct heed_err *err)
{
    const int32_t *v = a->data;
    for (int64_t i = 0; i < s->n; i++, v += s->items) {
        int64_t n = valid_items(len, s, i);
        for (int64_t k = 0; k < s->items; k++) {
            if (k < n ? v[k] > 0 : v[k] == 0)
                continue;
            if (k >= n)
                return heed_fail(err, "tensor %s: row %lld holds id %d behind its length %lld",
                                 a->name, (long long)i, v[k], (long long)n);
            if (v[k] == 0)
                return heed_fail(err, "tensor %s: row %lld column %lld is pad inside length %lld",
                                 a->name, (long long)i, (long long)k, (long long)n);
            return heed_fail(err, "tensor %s: id %d is negative (row %lld, column %lld)", a->name,
                             v[k], (long long)i, (long long)k);
        }
    }
    return 0;
}

static int check_mask(const struct heed_array *a, const struct stretch *s,
                      const struct heed_array *len, struct heed_err *err)
{
    const uint8_t *v = a->data;
    for (int64_t i = 0; i < s->n; i++, v += s->items) {
        int64_t n = valid_items(len, s, i);
        for (int64_t k = 0; k < s->items; k++) {
            if (v[k] > 1)
                return heed_fail(err, "tensor %s: row %lld column %lld is %d, want 0 or 1", a->name,
                                 (long long)i, (long long)k, v[k]);
            if (v[k] != (k < n))
                return heed_fail(err, "tensor %s: row %lld column %lld is %d, but length is %lld",
                                 a->name, (long long)i, (long long)k, v[k], (long long)n);
        }
    }
    return 0;
}

/* The first value that is not finite, or n. The loop over a block has no branch, for speed. */
static int64_t find_nonfinite(const float *v, int64_t n)
{
    for (int64_t at = 0; at < n; at += 1024) {
        int64_t end = HEED_MIN(at + 1024, n);
        uint32_t bad = 0;
        for (int64_t k = at; k < end; k++) {
            uint32_t bits;
            memcpy(&bits, &v[k], sizeof(bits));
            bad |= (bits & 0x7f800000u) == 0x7f800000u;
        }
        for (int64_t k = at; bad && k < end; k++)
            if (!__builtin_isfinite(v[k]))
                return k;
    }
    return n;
}

static int check_finite(const struct heed_array *a, const struct stretch *s,
                        const struct heed_array *len, bool scores, struct heed_err *err)
{
    const float *v = a->data;
    for (int64_t i = 0; i < s->n; i++) {
        int64_t n = valid_items(len, s, i) * s->inner, begin = i * s->items * s->inner;
        int64_t at = find_nonfinite(v + begin, n);
        while (scores && at < n && v[begin + at] == -INFINITY)
            at += 1 + find_nonfinite(v + begin + at + 1, n - at - 1);
        if (at < n)
            return heed_fail(err, "tensor %s: value %lld is %s", a->name, (long long)(begin + at),
                             v[begin + at] != v[begin + at] ? "not a number" : "infinite");
    }
    return 0;
}

static int check_not_negative(const struct heed_array *a, struct heed_err *err)
{
    const int64_t *v = a->data;
    for (int64_t i = 0; i < a->dims[0]; i++)
        if (v[i] < 0)
            return heed_fail(err, "tensor %s: row %lld is %lld, want no negative number", a->name,
                             (long long)i, (long long)v[i]);
    return 0;
}

static int check_values(const struct heed_doc *doc, const struct row *row,
                        const struct heed_array *a, const struct sizes *sizes, struct heed_err *err)
{
    const struct heed_array *len = row->len ? heed_doc_find(doc, row->len) : NULL;
    struct stretch s = stretches(row, a, len);
    switch (row->meaning) {
    case LENGTHS:
        return check_lengths(
            a, sizes->from[(size_t)row->along] ? sizes->of[(size_t)row->along] : INT32_MAX, err);
    case IDS:
        return check_ids(a, &s, len, err);
    case MASK:
        return check_mask(a, &s, len, err);
    case FINITE:
    case SCORES:
        return check_finite(a, &s, len, row->meaning == SCORES, err);
    case NOT_NEGATIVE:
        return check_not_negative(a, err);
    case ANY:
        break;
    }
    return 0;
}

/* --- frames --- */

/* What a tensor cannot do without: ids, masks and memory their lengths, whatever the type. */
static int check_companions(const struct heed_doc *doc, const struct row *row,
                            const struct heed_array *a, struct heed_err *err)
{
    bool needs = row->meaning == IDS || row->meaning == MASK || strcmp(row->name, "memory") == 0;
    if (a && needs && !heed_doc_find(doc, row->len))
        return heed_fail(err, "tensor %s is there without tensor %s", a->name, row->len);
    if (!a && row->rule == MUST)
        return heed_fail(err, "tensor %s is missing", row->name);
    return 0;
}

/* What no single row says. */
static int check_whole(const char *type, const struct heed_doc *doc, struct heed_err *err)
{
    static const char *const inputs[] = {"query", "key", "value"};
    if (strcmp(type, "batch") == 0 && !heed_doc_find(doc, "src_mask"))
        return heed_fail(err, "tensor src_mask is missing");
    if (strcmp(type, "memory") == 0 && !heed_doc_find(doc, "memory") &&
        !heed_doc_find(doc, "memory.0"))
        return heed_fail(err, "tensor memory is missing");
    if (strcmp(type, "attention") == 0 && !heed_doc_find(doc, "weights") &&
        !heed_doc_find(doc, "scores"))
        for (size_t i = 0; i < HEED_COUNT(inputs); i++)
            if (!heed_doc_find(doc, inputs[i]))
                return heed_fail(err, "tensor %s is missing", inputs[i]);
    return 0;
}

/* memory.0, keys.1, …: of several models. Each has sizes of its own. */
static int check_numbered(const struct heed_array *a, struct heed_err *err)
{
    const char *dot = strrchr(a->name, '.');
    size_t n = dot ? (size_t)(dot - a->name) : 0;
    bool float3 = (n == 6 && strncmp(a->name, "memory", n) == 0) ||
                  (n == 4 && strncmp(a->name, "keys", n) == 0);
    if (float3 && (a->dtype != HEED_F32 || a->rank != 3 || a->dims[2] == 0))
        return heed_fail(err, "tensor %s: %s of rank %d, want F32 [B,S,D]", a->name, a->dtype_text,
                         a->rank);
    return 0;
}

/* Rows of tensors that are empty otherwise cost no bytes: any number of them could be claimed. */
static int check_any(const struct heed_array *a, struct sizes *sizes, struct heed_err *err)
{
    if (a->rank < 1)
        return heed_fail(err, "tensor %s: rank 0, but its first dimension must be B", a->name);
    if (a->dims[0] > HEED_FRAME_ROWS)
        return heed_fail(err, "tensor %s: %lld rows, at most %d make a frame", a->name,
                         (long long)a->dims[0], HEED_FRAME_ROWS);
    return bind(sizes, 'B', a->dims[0], a->name, err) < 0 ? -1 : check_numbered(a, err);
}

int heed_schema_check(const char *type, const struct heed_doc *doc, struct heed_err *err)
{
    const struct row *rows = heed_schema_rows(type);
    struct sizes sizes = {0};
    if (check_whole(type, doc, err) < 0)
        return -1;
    for (const struct row *row = rows; row->name; row++)
        if (check_companions(doc, row, heed_doc_find(doc, row->name), err) < 0)
            return -1;
    for (size_t i = 0; i < doc->n_arrays; i++) {
        const struct heed_array *a = &doc->arrays[i];
        const struct row *row = heed_schema_row(rows, a->name);
        if (check_any(a, &sizes, err) < 0 || (row && check_shape(row, a, &sizes, err) < 0))
            return -1;
    }
    /* Lengths stand first in each table: values are looked at only inside proven lengths. */
    for (const struct row *row = rows; row->name; row++) {
        const struct heed_array *a = heed_doc_find(doc, row->name);
        if (a && check_values(doc, row, a, &sizes, err) < 0)
            return -1;
    }
    return 0;
}

int heed_schema_check_finite(const struct heed_doc *doc, struct heed_err *err)
{
    for (size_t i = 0; i < doc->n_arrays; i++) {
        const struct heed_array *a = &doc->arrays[i];
        struct stretch all = {1, (int64_t)(a->size / sizeof(float)), 1, 1, 1};
        if (a->dtype == HEED_F32 && check_finite(a, &all, NULL, false, err) < 0)
            return -1;
    }
    return 0;
}

int heed_schema_check_ids(const struct heed_doc *doc, const char *name, int64_t n_vocab,
                          struct heed_err *err)
{
    const struct heed_array *a = heed_doc_find(doc, name);
    if (!a || a->dtype != HEED_I32 || a->rank < 1)
        return heed_fail(err, "tensor %s is missing or not I32", name);
    const int32_t *v = a->data;
    int64_t width = a->dims[a->rank - 1];
    for (size_t i = 0; i < a->size / sizeof(*v); i++)
        if (v[i] < 0 || v[i] >= n_vocab)
            return heed_fail(err, "tensor %s: id %d not below %lld (row %lld, column %lld)", name,
                             v[i], (long long)n_vocab, (long long)i / width, (long long)i % width);
    return 0;
}
