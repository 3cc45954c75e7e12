/* schema_types.c: the types of streams and their tensors; see schema.h. */
#include "stream/schema.h"

#include <string.h>

#define END                                                                                        \
    {                                                                                              \
        0                                                                                          \
    }

/* The source is S in frames of ids; elsewhere it is passed along and may be cut otherwise (U). */
static const struct row ids_rows[] = {{"src_len", HEED_I32, "B", LENGTHS, "src", 'S', MUST},
                                      {"src", HEED_I32, "BS", IDS, "src_len", 'S', MUST},
                                      {"line", HEED_I64, "B", NOT_NEGATIVE, NULL, 0, MUST},
                                      {"src_mask", HEED_U8, "BS", MASK, "src_len", 'S', MAY},
                                      {"tgt_len", HEED_I32, "B", LENGTHS, "tgt", 'T', MAY},
                                      {"tgt", HEED_I32, "BT", IDS, "tgt_len", 'T', MAY},
                                      {"tgt_mask", HEED_U8, "BT", MASK, "tgt_len", 'T', MAY},
                                      END};

/* Of sound: a row of F numbers for each step of time. */
static const struct row features_rows[] = {
    {"features_len", HEED_I32, "B", LENGTHS, "features", 'S', MUST},
    {"features", HEED_F32, "BSF", FINITE, "features_len", 'S', MUST},
    {"line", HEED_I64, "B", NOT_NEGATIVE, NULL, 0, MUST},
    {"tgt_len", HEED_I32, "B", LENGTHS, "tgt", 'T', MAY},
    {"tgt", HEED_I32, "BT", IDS, "tgt_len", 'T', MAY},
    {"tgt_mask", HEED_U8, "BT", MASK, "tgt_len", 'T', MAY},
    END};

static const struct row memory_rows[] = {
    {"memory_len", HEED_I32, "B", LENGTHS, "memory", 'M', MAY},
    {"memory", HEED_F32, "BMD", FINITE, "memory_len", 'M', MAY},
    {"keys", HEED_F32, "BMA", FINITE, "memory_len", 'M', MAY},
    {"state", HEED_F32, "BKLH", FINITE, NULL, 0, MAY},
    {"line", HEED_I64, "B", NOT_NEGATIVE, NULL, 0, MUST},
    {"src_len", HEED_I32, "B", LENGTHS, "src", 'U', MAY},
    {"src", HEED_I32, "BU", IDS, "src_len", 'U', MAY},
    {"src_mask", HEED_U8, "BU", MASK, "src_len", 'U', MAY},
    {"tgt_len", HEED_I32, "B", LENGTHS, "tgt", 'T', MAY},
    {"tgt", HEED_I32, "BT", IDS, "tgt_len", 'T', MAY},
    {"tgt_mask", HEED_U8, "BT", MASK, "tgt_len", 'T', MAY},
    END};

/* Of heads each tensor may have its own: G. */
static const struct row attention_rows[] = {
    {"valid_len", HEED_I32, "B", LENGTHS, "key", 'S', MAY},   /* or [B,Q] */
    {"query_len", HEED_I32, "B", LENGTHS, "query", 'Q', MAY}, /* of a recorded decoder */
    {"query", HEED_F32, "BQd", FINITE, "query_len", 'Q', HEADS},
    {"key", HEED_F32, "BSk", FINITE, "valid_len", 'S', HEADS},
    {"value", HEED_F32, "BSv", FINITE, "valid_len", 'S', HEADS},
    {"keys", HEED_F32, "BSA", FINITE, "valid_len", 'S', HEADS},
    {"scores", HEED_F32, "BQS", SCORES, "valid_len", 'S',
     HEADS},                                             /* given, in place of query, key */
    {"weights", HEED_F32, "BGQS", FINITE, NULL, 0, MAY}, /* zero where not valid */
    {"used", HEED_F32, "BHQS", FINITE, NULL, 0, MAY},    /* the weights of a recorded decoder */
    {"context", HEED_F32, "BQv", FINITE, NULL, 0, HEADS},
    {"line", HEED_I64, "B", NOT_NEGATIVE, NULL, 0, MAY},
    {"src_len", HEED_I32, "B", LENGTHS, "src", 'U', MAY},
    {"src", HEED_I32, "BU", IDS, "src_len", 'U', MAY},
    {"tgt_len", HEED_I32, "B", LENGTHS, "tgt", 'T', MAY},
    {"tgt", HEED_I32, "BT", IDS, "tgt_len", 'T', MAY},
    END};

static const struct row hypotheses_rows[] = {
    {"tgt_len", HEED_I32, "BN", LENGTHS, "tgt", 'T', MUST},
    {"tgt", HEED_I32, "BNT", IDS, "tgt_len", 'T', MUST},
    {"line", HEED_I64, "B", NOT_NEGATIVE, NULL, 0, MUST},
    {"log_prob", HEED_F32, "BN", SCORES, NULL, 0, MAY}, /* impossible: minus infinity */
    {"score", HEED_F32, "BN", SCORES, NULL, 0, MAY},
    {"token_log_prob", HEED_F32, "BNT", FINITE, "tgt_len", 'T', MAY},
    {"align_weight", HEED_F32, "BNT", FINITE, "tgt_len", 'T', MAY},
    {"align", HEED_I32, "BNT", ANY, NULL, 0, MAY}, /* places, of whatever there is */
    {"finish", HEED_U8, "BN", ANY, NULL, 0, MAY},
    {"weights", HEED_F32, "BNGTM", FINITE, "tgt_len", 'T', MAY},
    {"src_len", HEED_I32, "B", LENGTHS, "src", 'U', MAY},
    {"src", HEED_I32, "BU", IDS, "src_len", 'U', MAY},
    END};

static const struct {
    const char *type;
    const struct row *rows;
} schemas[] = {
    {"ids", ids_rows},       {"batch", ids_rows},           {"features", features_rows},
    {"memory", memory_rows}, {"attention", attention_rows}, {"hypotheses", hypotheses_rows}};

const char *heed_schema_infer(const struct heed_doc *doc)
{
    static const char *const by_tensor[][2] = {{"query", "attention"},   {"scores", "attention"},
                                               {"memory", "memory"},     {"memory.0", "memory"},
                                               {"features", "features"}, {"src_mask", "batch"}};
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
    static const char *const names[HEED_WIDTHS] = {"memory", "query", "key", "value", "features"};
    for (size_t i = 0; i < HEED_WIDTHS; i++) {
        const struct heed_array *a = heed_doc_find(doc, names[i]);
        widths[i] = a && a->rank ? a->dims[a->rank - 1] : 0;
    }
}

const struct row *heed_schema_rows(const char *type)
{
    static const struct row none[] = {END};
    for (size_t i = 0; i < HEED_COUNT(schemas); i++)
        if (strcmp(schemas[i].type, type) == 0)
            return schemas[i].rows;
    return none;
}

const struct row *heed_schema_row(const struct row *rows, const char *name)
{
    for (; rows->name; rows++)
        if (strcmp(rows->name, name) == 0)
            return rows;
    return NULL;
}

const char *heed_schema_letters(const struct row *row, const struct heed_array *a, char letters[9])
{
    int rank = (int)strlen(row->dims);
    if (a->rank == rank)
        return row->dims;
    if (a->rank == 2 && strcmp(row->name, "valid_len") == 0)
        return "BQ";
    if (row->rule != HEADS || a->rank != rank + 1)
        return NULL;
    snprintf(letters, 9, "BG%s", row->dims + 1);
    return letters;
}

bool heed_schema_knows(const char *type, const char *name)
{
    return heed_schema_row(heed_schema_rows(type), name) != NULL;
}

enum heed_dtype heed_schema_dtype(const char *name)
{
    for (size_t i = 0; i < HEED_COUNT(schemas); i++) {
        const struct row *row = heed_schema_row(schemas[i].rows, name);
        if (row)
            return row->dtype;
    }
    return 0;
}

int heed_schema_rank(const char *type, const char *name)
{
    const struct row *row = heed_schema_row(heed_schema_rows(type), name);
    return row ? (int)strlen(row->dims) : 0;
}

/* --- lengths of 64 bits --- */

static int narrow(struct heed_array *a, struct heed_err *err)
{
    const int64_t *v = a->data;
    size_t n = a->size / sizeof(*v);
    int32_t *fresh = heed_xmalloc(n * sizeof(*fresh) + 1);
    for (size_t i = 0; i < n; i++) {
        fresh[i] = (int32_t)v[i];
        if (fresh[i] == v[i])
            continue;
        free(fresh);
        return heed_fail(err, "tensor %s: row %zu: length %lld does not fit I32", a->name, i,
                         (long long)v[i]);
    }
    free(a->owned);
    a->owned = fresh;
    a->data = fresh;
    a->size = n * sizeof(*fresh);
    a->dtype = HEED_I32;
    snprintf(a->dtype_text, sizeof(a->dtype_text), "%s", heed_dtype_name(HEED_I32));
    return 0;
}

int heed_schema_narrow(const char *type, struct heed_doc *doc, struct heed_err *err)
{
    for (const struct row *row = heed_schema_rows(type); row->name; row++) {
        struct heed_array *a = heed_doc_find(doc, row->name);
        if (row->meaning == LENGTHS && a && a->dtype == HEED_I64 && narrow(a, err) < 0)
            return -1;
    }
    return 0;
}
