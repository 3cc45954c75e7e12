/* regroup.c: see regroup.h. */
#include <string.h>
#include "data/regroup.h"

/* Tensors as wide as the longest row needs, told by another tensor. */
static const char *const measured[][2] = {
    {"src", "src_len"},           {"src_begin", "src_len"},     {"src_end", "src_len"},
    {"src_text", "src_text_len"}, {"features", "features_len"}, {"tgt", "tgt_len"}};

static const char *length_of(const char *name)
{
    for (size_t i = 0; i < HEED_COUNT(measured); i++)
        if (!strcmp(name, measured[i][0]))
            return measured[i][1];
    return NULL;
}

/* The longest of these rows by an I32 [B] tensor, or -1 when a frame has none. */
static int64_t longest(const struct heed_regroup_row *rows, int64_t n, const char *len)
{
    int64_t most = 0;
    for (int64_t r = 0; r < n; r++) {
        const struct heed_array *a = heed_doc_find(rows[r].frame, len);
        if (!a || a->dtype != HEED_I32 || a->rank != 1 || rows[r].row >= a->dims[0])
            return -1;
        most = HEED_MAX(most, (int64_t)((const int32_t *)a->data)[rows[r].row]);
    }
    return most;
}

/* Dimensions of the whole. */
static void measure(const struct heed_array *first, const struct heed_regroup_row *rows, int64_t n,
                    int64_t dims[])
{
    memcpy(dims, first->dims, sizeof(*dims) * (size_t)first->rank);
    dims[0] = n;
    for (int64_t r = 1; r < n; r++) {
        const struct heed_array *a = heed_doc_find(rows[r].frame, first->name);
        for (int k = 1; k < a->rank; k++)
            dims[k] = HEED_MAX(dims[k], a->dims[k]);
    }
    const char *len = first->rank > 1 ? length_of(first->name) : NULL;
    int64_t most = len ? longest(rows, n, len) : -1;
    if (most >= 0)
        dims[1] = HEED_MIN(dims[1], most);
}

/* Copies the part that both have; `rank` dimensions are left. */
static void copy_block(char *to, const int64_t *to_dims, const char *from, const int64_t *from_dims,
                       int rank, size_t elem)
{
    if (rank == 0) {
        memcpy(to, from, elem);
        return;
    }
    size_t to_step = elem, from_step = elem;
    int64_t both = HEED_MIN(to_dims[0], from_dims[0]);
    if (rank == 1) {
        if (both)
            memcpy(to, from, elem * (size_t)both);
        return;
    }
    for (int k = 1; k < rank; k++) {
        to_step *= (size_t)to_dims[k];
        from_step *= (size_t)from_dims[k];
    }
    for (int64_t i = 0; i < both; i++)
        copy_block(to + (size_t)i * to_step, to_dims + 1, from + (size_t)i * from_step,
                   from_dims + 1, rank - 1, elem);
}

static int add_tensor(const struct heed_array *first, const struct heed_regroup_row *rows,
                      int64_t n, struct heed_doc *out, struct heed_err *err)
{
    int64_t dims[HEED_DOC_RANK_MAX];
    size_t elem = heed_dtype_size(first->dtype), step = elem, size;
    measure(first, rows, n, dims);
    bool large = false; /* each dimension the largest of all rows: the product is nobody's */
    for (int k = 1; k < first->rank; k++)
        large = heed_mul_overflows(step, (size_t)dims[k], &step) || large;
    if (large || heed_mul_overflows(step, (size_t)n, &size) || size > HEED_FRAME_MAX)
        return heed_fail(err,
                         "tensor %s: %lld rows, padded to the longest, exceed the %llu bytes "
                         "of a frame",
                         first->name, (long long)n, HEED_FRAME_MAX);
    char *data = heed_xcalloc((size_t)n, HEED_MAX(step, 1u));
    for (int64_t r = 0; r < n; r++) {
        const struct heed_array *a = heed_doc_find(rows[r].frame, first->name);
        size_t from_step = a->dims[0] ? a->size / (size_t)a->dims[0] : 0;
        copy_block(data + (size_t)r * step, dims + 1,
                   (const char *)a->data + (size_t)rows[r].row * from_step, a->dims + 1,
                   a->rank - 1, elem);
    }
    heed_doc_add(out, first->name, first->dtype, first->rank, dims, data)->owned = data;
    return 0;
}

static void add_mask(struct heed_doc *out, const char *ids, const char *len, const char *mask)
{
    const struct heed_array *a = heed_doc_find(out, ids), *n = heed_doc_find(out, len);
    if (!a || !n)
        return;
    unsigned char *data = heed_xcalloc((size_t)(a->dims[0] * a->dims[1]) + 1, 1);
    for (int64_t r = 0; r < a->dims[0]; r++)
        memset(data + r * a->dims[1], 1, (size_t)((const int32_t *)n->data)[r]);
    heed_doc_add(out, mask, HEED_U8, 2, a->dims, data)->owned = data;
}

/* Masks are made anew; values of dtypes that are not ours are not even read. */
static bool is_taken(const struct heed_array *a)
{
    return a->dtype != HEED_OTHER && strcmp(a->name, "src_mask") && strcmp(a->name, "tgt_mask");
}

static bool has_all(const struct heed_doc *a, const struct heed_doc *b)
{
    for (size_t i = 0; i < a->n_arrays; i++) {
        const struct heed_array *x = &a->arrays[i], *y = heed_doc_find(b, x->name);
        if (is_taken(x) && (!y || y->rank != x->rank || y->dtype != x->dtype))
            return false;
    }
    return true;
}

bool heed_regroup_alike(const struct heed_doc *a, const struct heed_doc *b)
{
    return has_all(a, b) && has_all(b, a);
}

int heed_regroup(const struct heed_regroup_row *rows, int64_t n, struct heed_doc *out,
                 struct heed_err *err)
{
    const struct heed_doc *first = rows[0].frame;
    for (size_t i = 0; i < first->n_arrays; i++)
        if (is_taken(&first->arrays[i]) && add_tensor(&first->arrays[i], rows, n, out, err) < 0)
            return -1;
    add_mask(out, "src", "src_len", "src_mask");
    add_mask(out, "tgt", "tgt_len", "tgt_mask");
    return 0;
}
