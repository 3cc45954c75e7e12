/* sparse.c: see sparse.h. */
#include <string.h>

#include "base/base.h"
#include "tensor/sparse.h"
#include "tensor/vec.h"

void heed_sparse_init(struct heed_sparse *s, struct heed_arena *arena, int64_t n_rows,
                      int64_t width)
{
    *s = (struct heed_sparse){.n_rows = n_rows, .width = width};
    s->slot = heed_new0(arena, int32_t, n_rows);
    s->list = heed_new0(arena, int32_t, n_rows);
}

void heed_sparse_release(struct heed_sparse *s)
{
    free(s->data);
    s->data = NULL;
    s->cap = 0;
}

void heed_sparse_clear(struct heed_sparse *s)
{
    for (int32_t k = 0; k < s->n; k++)
        s->slot[s->list[k]] = 0;
    s->n = 0;
}

float *heed_sparse_row(struct heed_sparse *s, int64_t row)
{
    float *there = heed_sparse_find(s, row);
    if (there)
        return there;
    heed_grow(&s->data, (size_t)s->n, &s->cap, sizeof *s->data * (size_t)s->width);
    s->list[s->n++] = (int32_t)row;
    s->slot[row] = s->n;
    there = heed_sparse_find(s, row);
    memset(there, 0, sizeof *there * (size_t)s->width);
    return there;
}

void heed_sparse_sort(struct heed_sparse *s)
{
    int32_t n = 0;
    for (int64_t row = 0; row < s->n_rows && n < s->n; row++)
        if (s->slot[row])
            s->list[n++] = (int32_t)row;
}

void heed_sparse_add(struct heed_sparse *to, const struct heed_sparse *from)
{
    for (int32_t k = 0; k < from->n; k++) {
        float *row = heed_sparse_row(to, from->list[k]);
        heed_vec()->add((size_t)to->width, row, heed_sparse_find(from, from->list[k]), row);
    }
}
