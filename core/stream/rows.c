/* rows.c: rows of a document picked along B, the first dimension of every tensor of a frame. */
#include "stream/stream.h"

#include <string.h>

int heed_doc_pick_rows(const struct heed_doc *from, const int64_t *rows, size_t n,
                       struct heed_doc *to, struct heed_err *err)
{
    for (size_t i = 0; i < from->n_arrays; i++) {
        const struct heed_array *a = &from->arrays[i];
        if (a->rank < 1 || a->dims[0] < 1 || a->dtype == HEED_OTHER)
            return heed_fail(err, "tensor %s: %s of rank %d has no rows to pick", a->name,
                             a->dtype_text, a->rank);
        size_t stride = a->size / (size_t)a->dims[0];
        char *copy = heed_xmalloc(HEED_MAX(stride * n, 1));
        for (size_t k = 0; k < n; k++) {
            if (rows[k] < 0 || rows[k] >= a->dims[0])
                BUG("row %lld of %lld", (long long)rows[k], (long long)a->dims[0]);
            if (stride)
                memcpy(copy + k * stride, (const char *)a->data + (size_t)rows[k] * stride, stride);
        }
        int64_t dims[HEED_DOC_RANK_MAX];
        memcpy(dims, a->dims, sizeof(dims));
        dims[0] = (int64_t)n;
        struct heed_array *b = heed_doc_add(to, a->name, a->dtype, a->rank, dims, copy);
        b->owned = copy;
    }
    return 0;
}
