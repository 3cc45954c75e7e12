/* ranks_sum.h: the upper levels of the tree of gradients, over ranks.
 *
 * Of each rank's gradient, in a slab, it makes the sum of all, in every rank's slab: in a tree of their numbers, as
 * grads.h sums shards, so that the bits are those of one process. Each rank sums a part, then all get
 * all: two times (n-1)/n of the bytes leave each rank, and of embeddings only rows that were touched. */
#ifndef HEED_RANKS_SUM_H
#define HEED_RANKS_SUM_H

#include "base/workers.h"
#include "tensor/param.h"
#include "tensor/ranks.h"

struct heed_ranks_sum; /* lists and buffers, used again */

/* slab: one of the set; it says which parameters are sparse. */
struct heed_ranks_sum *heed_ranks_sum_new(const struct heed_ranks *r, const struct heed_params *set,
                                          const struct heed_slab *slab) HEED_MUST_USE;
void heed_ranks_sum_free(struct heed_ranks_sum *s); /* NULL is allowed */
/* The first `active` ranks have a gradient, the slabs of others are overwritten: no parameter of a slab is fresh.
 * Sparse: the list of rows, ascending, becomes that of all. */
int heed_ranks_sum(struct heed_ranks_sum *s, struct heed_ranks *r, const struct heed_params *set,
                   struct heed_slab *slab, int active, struct heed_workers *workers,
                   struct heed_err *err) HEED_MUST_USE;

#endif
