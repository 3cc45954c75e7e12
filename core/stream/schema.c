/* schema.c: what the tensors of a frame must be, by the type of its stream (DESIGN, section 3).
 *
 *   heed_schema_infer    heed_schema_check    heed_schema_check_ids    heed_schema_widths
 *   heed_schema_knows
 *
 * A row describes a tensor: name, dtype, the letters of its dimensions, what its values mean, and
 * the tensor of lengths that says where they are valid. Equal letters are equal sizes within a
 * frame; S, T, U, M and W may be zero (a frame of empty lines), no other. Tensors without a row are
 * somebody else's and only need the same B. Positions behind a length are padding: ids there are 0,
 * floats are not looked at. */
#include "stream/stream.h"

#include <string.h>

enum meaning { ANY, IDS, LENGTHS, MASK, FINITE, NOT_NEGATIVE };

struct row {
    const char *name;
    enum heed_dtype dtype;
    const char *dims;
    enum meaning meaning;
    const char *len; /* IDS, MASK, FINITE: valid positions; LENGTHS: the tensor measured */
    char along;      /* which letter the length counts */
    bool required;
};

#define END                                                                                        \
    {                                                                                              \
        0                                                                                          \
    }

/* The source is S in frames of ids; elsewhere it is passed along and may be cut otherwise (U). */
static const struct row ids_rows[] = {{"src_len", HEED_I32, "B", LENGTHS, "src", 'S', true},
                                      {"src", HEED_I32, "BS", IDS, "src_len", 'S', true},
                                      {"line", HEED_I64, "B", NOT_NEGATIVE, NULL, 0, true},
                                      {"src_mask", HEED_U8, "BS", MASK, "src_len", 'S', false},
                                      {"tgt_len", HEED_I32, "B", LENGTHS, "tgt", 'T', false},
                                      {"tgt", HEED_I32, "BT", IDS, "tgt_len", 'T', false},
                                      {"tgt_mask", HEED_U8, "BT", MASK, "tgt_len", 'T', false},
                                      END};

static const struct row memory_rows[] = {
    {"memory_len", HEED_I32, "B", LENGTHS, "memory", 'M', false},
    {"memory", HEED_F32, "BMD", FINITE, "memory_len", 'M', false},
    {"keys", HEED_F32, "BMA", FINITE, "memory_len", 'M', false},
    {"state", HEED_F32, "BKLH", FINITE, NULL, 0, false},
    {"line", HEED_I64, "B", NOT_NEGATIVE, NULL, 0, true},
    {"src_len", HEED_I32, "B", LENGTHS, "src", 'U', false},
    {"src", HEED_I32, "BU", IDS, "src_len", 'U', false},
    {"src_mask", HEED_U8, "BU", MASK, "src_len", 'U', false},
    {"tgt_len", HEED_I32, "B", LENGTHS, "tgt", 'T', false},
    {"tgt", HEED_I32, "BT", IDS, "tgt_len", 'T', false},
    {"tgt_mask", HEED_U8, "BT", MASK, "tgt_len", 'T', false},
    END};

static const struct row attention_rows[] = {
    {"valid_len", HEED_I32, "B", LENGTHS, "key", 'S', false},   /* or [B,Q], see check_shape() */
    {"query_len", HEED_I32, "B", LENGTHS, "query", 'Q', false}, /* of a recorded decoder */
    {"query", HEED_F32, "BQd", FINITE, "query_len", 'Q', false},
    {"key", HEED_F32, "BSk", FINITE, "valid_len", 'S', false},
    {"value", HEED_F32, "BSv", FINITE, "valid_len", 'S', false},
    {"keys", HEED_F32, "BSA", FINITE, "valid_len", 'S', false},
    {"weights", HEED_F32, "BGQS", FINITE, NULL, 0, false}, /* zero where not valid */
    {"used", HEED_F32, "BHQS", FINITE, NULL, 0, false},    /* the weights of a recorded decoder */
    {"context", HEED_F32, "BQv", FINITE, NULL, 0, false},
    {"line", HEED_I64, "B", NOT_NEGATIVE, NULL, 0, false},
    {"src_len", HEED_I32, "B", LENGTHS, "src", 'U', false},
    {"src", HEED_I32, "BU", IDS, "src_len", 'U', false},
    {"tgt_len", HEED_I32, "B", LENGTHS, "tgt", 'T', false},
    {"tgt", HEED_I32, "BT", IDS, "tgt_len", 'T', false},
    END};

static const struct row hypotheses_rows[] = {
    {"tgt_len", HEED_I32, "BN", LENGTHS, "tgt", 'T', true},
    {"tgt", HEED_I32, "BNT", IDS, "tgt_len", 'T', true},
    {"line", HEED_I64, "B", NOT_NEGATIVE, NULL, 0, true},
    {"log_prob", HEED_F32, "BN", FINITE, NULL, 0, false},
    {"score", HEED_F32, "BN", FINITE, NULL, 0, false},
    {"token_log_prob", HEED_F32, "BNT", FINITE, "tgt_len", 'T', false},
    {"align_weight", HEED_F32, "BNT", FINITE, "tgt_len", 'T', false},
    {"align", HEED_I32, "BNT", ANY, NULL, 0, false}, /* places, of whatever there is */
    {"finish", HEED_U8, "BN", ANY, NULL, 0, false},
    {"weights", HEED_F32, "BNGTM", FINITE, "tgt_len", 'T', false},
    {"src_len", HEED_I32, "B", LENGTHS, "src", 'U', false},
    {"src", HEED_I32, "BU", IDS, "src_len", 'U', false},
    END};

static const struct {
    const char *type;
    const struct row *rows;
} schemas[] = {{"ids", ids_rows},
               {"batch", ids_rows},
               {"memory", memory_rows},
               {"attention", attention_rows},
               {"hypotheses", hypotheses_rows}};

const char *heed_schema_infer(const struct heed_doc *doc)
{
    static const char *const by_tensor[][2] = {{"query", "attention"},
                                               {"memory", "memory"},
                                               {"memory.0", "memory"},
                                               {"src_mask", "batch"}};
    for (size_t i = 0; i < HEED_COUNT(by_tensor); i++)
        if (heed_doc_find(doc, by_tensor[i][0]))
            return by_tensor[i][1];
    const struct heed_array *tgt = heed_doc_find(doc, "tgt");
    if (tgt && tgt->rank == 3)
        return "hypotheses";
    return heed_doc_find(doc, "src") ? "ids" : NULL;
}

void heed_schema_widths(const struct heed_doc *doc, int64_t widths[])
{
    static const char *const names[HEED_WIDTHS] = {"memory", "query", "key", "value"};
    for (size_t i = 0; i < HEED_WIDTHS; i++) {
        const struct heed_array *a = heed_doc_find(doc, names[i]);
        widths[i] = a && a->rank ? a->dims[a->rank - 1] : 0;
    }
}

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
    int rank = (int)strlen(row->dims);
    if (a->dtype != row->dtype)
        return heed_fail(err, "tensor %s: dtype %s, want %s", a->name, a->dtype_text,
                         heed_dtype_name(row->dtype));
    bool per_query = strcmp(a->name, "valid_len") == 0 && a->rank == 2;
    if (a->rank != rank && !per_query)
        return heed_fail(err, "tensor %s: rank %d, want %d", a->name, a->rank, rank);
    if (per_query && bind(s, 'Q', a->dims[1], a->name, err) < 0)
        return -1;
    for (int k = 0; k < rank; k++)
        if (bind(s, row->dims[k], a->dims[k], a->name, err) < 0)
            return -1;
    return 0;
}

/* --- values --- */

/* Rows that a length counts over: a tensor [B,N,T,…] is B*N
 * stretches of T items of `inner` values. */
struct stretch {
    int64_t n, items, inner;
};

static struct stretch stretches(const struct row *row, const struct heed_array *a)
{
    struct stretch s = {1, 1, 1};
    const char *at = row->along ? strchr(row->dims, row->along) : NULL;
    int axis = at ? (int)(at - row->dims) : a->rank;
    for (int k = 0; k < a->rank; k++)
        *(k < axis ? &s.n : k == axis ? &s.items : &s.inner) *= a->dims[k];
    return s;
}

/* The valid items of stretch i. Lengths of a whole row of B serve all stretches of that row; of
 * lengths for each query, what any query may see is valid. */
static int64_t valid_items(const struct heed_array *len, const struct stretch *s, int64_t i)
{
    if (!len)
        return s->items;
    const int32_t *v = len->data;
    int64_t n = 1, longest = 0;
    for (int k = 0; k < len->rank; k++)
        n *= len->dims[k];
    if (n <= s->n)
        return n ? v[i / (s->n / n)] : 0;
    for (int64_t k = i * (n / s->n); k < (i + 1) * (n / s->n); k++)
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
                        const struct heed_array *len, struct heed_err *err)
{
    const float *v = a->data;
    for (int64_t i = 0; i < s->n; i++) {
        int64_t n = valid_items(len, s, i) * s->inner, begin = i * s->items * s->inner;
        int64_t at = find_nonfinite(v + begin, n);
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
    struct stretch s = stretches(row, a);
    const struct heed_array *len = row->len ? heed_doc_find(doc, row->len) : NULL;
    switch (row->meaning) {
    case LENGTHS:
        return check_lengths(a, len ? sizes->of[(size_t)row->along] : INT32_MAX, err);
    case IDS:
        return check_ids(a, &s, len, err);
    case MASK:
        return check_mask(a, &s, len, err);
    case FINITE:
        return check_finite(a, &s, len, err);
    case NOT_NEGATIVE:
        return check_not_negative(a, err);
    case ANY:
        break;
    }
    return 0;
}

/* --- frames --- */

static const struct row *find_row(const struct row *rows, const char *name)
{
    for (; rows->name; rows++)
        if (strcmp(rows->name, name) == 0)
            return rows;
    return NULL;
}

/* What a tensor cannot do without: ids, masks and memory their lengths, whatever the type. */
static int check_companions(const struct heed_doc *doc, const struct row *row,
                            const struct heed_array *a, struct heed_err *err)
{
    bool needs = row->meaning == IDS || row->meaning == MASK || strcmp(row->name, "memory") == 0;
    if (a && needs && !heed_doc_find(doc, row->len))
        return heed_fail(err, "tensor %s is there without tensor %s", a->name, row->len);
    if (!a && row->required)
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
    if (strcmp(type, "attention") == 0 && !heed_doc_find(doc, "weights"))
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

static const struct row *rows_of(const char *type)
{
    static const struct row none[] = {END};
    for (size_t i = 0; i < HEED_COUNT(schemas); i++)
        if (strcmp(schemas[i].type, type) == 0)
            return schemas[i].rows;
    return none;
}

bool heed_schema_knows(const char *type, const char *name)
{
    return find_row(rows_of(type), name) != NULL;
}

int heed_schema_check(const char *type, const struct heed_doc *doc, struct heed_err *err)
{
    const struct row *rows = rows_of(type);
    struct sizes sizes = {0};
    if (check_whole(type, doc, err) < 0)
        return -1;
    for (const struct row *row = rows; row->name; row++)
        if (check_companions(doc, row, heed_doc_find(doc, row->name), err) < 0)
            return -1;
    for (size_t i = 0; i < doc->n_arrays; i++) {
        const struct heed_array *a = &doc->arrays[i];
        const struct row *row = find_row(rows, a->name);
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
        struct stretch all = {1, (int64_t)(a->size / sizeof(float)), 1};
        if (a->dtype == HEED_F32 && check_finite(a, &all, NULL, err) < 0)
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
