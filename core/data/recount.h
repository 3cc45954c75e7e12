/* recount.h: words counted in all pairs where these are more than a window, and not in the first of it alone: their text lies in a
 * spool until the counts are whole, and is then read from there as if it came now.
 *
 *   heed_recount_begin (the first window is read, its sides are learnt) -> heed_recount_take… -> heed_recount_end
 *   -> heed_recount_next… -> heed_recount_close
 *
 * Of a tokenizer that learns its pieces nothing is counted. Memory is that of HEED_COUNTED_MOST different words a side: beyond them
 * those that came once are forgotten, if need be twice and so on (as lossy counting does, Manku & Motwani 2002), which
 * hangs on the order of the input alone. `n_lost` bounds by how much a count may be too low. */
#ifndef HEED_RECOUNT_H
#define HEED_RECOUNT_H

#include "data/pairs.h"
#include "stream/spool.h"

struct heed_recount {
    struct heed_pairs *p; /* NULL: not begun */
    const struct heed_pairs_options *o;
    struct heed_sides *sides;
    struct heed_side counted[2]; /* of both sides; without a tokenizer: not counted, or joint */
    struct heed_spool text;
    struct heed_corpus head; /* the first window, while it is kept aside */
    bool aside;
    struct heed_recount_block *blocks;
    size_t n_blocks, cap, at;
};
/* Is there something to count? */
bool heed_recount_wanted(const struct heed_pairs_options *o, const struct heed_sides *sides);
/* p->corpus is counted and kept aside, and is empty after it. sides: learnt from it. */
int heed_recount_begin(struct heed_recount *r, struct heed_pairs *p,
                       const struct heed_pairs_options *o, struct heed_sides *sides,
                       struct heed_err *err) HEED_MUST_USE;
/* Counts the pairs of p->corpus, and empties it. */
int heed_recount_take(struct heed_recount *r, struct heed_err *err) HEED_MUST_USE;
/* Sides have the vocabularies of all; p->corpus is the first window again, and counts what all have. */
int heed_recount_end(struct heed_recount *r, struct heed_err *err) HEED_MUST_USE;
/* Adds the pairs that were taken at once to p->corpus: 1, 0: there are no more, -1. */
int heed_recount_next(struct heed_recount *r, struct heed_err *err);
/* Also after a failure; of one that was not begun: nothing. */
void heed_recount_close(struct heed_recount *r);

#endif
