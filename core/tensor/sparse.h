/* sparse.h: a gradient of which few rows are there, as those of embeddings: side by side, in the order
 * in which they came.
 *
 *     slot   0 0 2 0 0 1 0 …   of each row of the whole: its place in data, counted from 1; 0: zeros
 *     list   5 2               the rows that are there
 *     data   row 5 | row 2     room for as many as ever were
 *
 * So its memory follows the tokens of a shard, not the vocabulary. */
#ifndef HEED_SPARSE_H
#define HEED_SPARSE_H

#include "base/arena.h"

struct heed_sparse {
    int64_t n_rows, width; /* of the whole */
    int32_t *slot;         /* [n_rows] */
    int32_t *list;         /* [n_rows], n of them */
    int32_t n;
    float *data; /* [cap,width] (malloc) */
    size_t cap;
};

/* All zeros; slots and list lie in the arena. */
void heed_sparse_init(struct heed_sparse *s, struct heed_arena *arena, int64_t n_rows,
                      int64_t width);
void heed_sparse_release(struct heed_sparse *s); /* data alone */
void heed_sparse_clear(struct heed_sparse *s);
/* Row `row` [width], to be added to; it may move when another row comes. */
float *heed_sparse_row(struct heed_sparse *s, int64_t row);
/* The list in ascending order; rows stay where they are. */
void heed_sparse_sort(struct heed_sparse *s);

/* to += from, of one shape. */
void heed_sparse_add(struct heed_sparse *to, const struct heed_sparse *from);

/* Row `row` [width], or NULL: zeros. */
static inline float *heed_sparse_find(const struct heed_sparse *s, int64_t row)
{
    return s->slot[row] ? s->data + (s->slot[row] - 1) * s->width : NULL;
}

#endif
