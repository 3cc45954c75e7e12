/* beyond.h: pairs of text beyond the first window: tokenized as they are read, into windows, with the tokenizers
 * that the first window settled; text of so many pairs at a time is in memory.
 *
 *   heed_beyond_begin (the first window is read) -> heed_beyond_take… -> heed_beyond_end */
#ifndef HEED_BEYOND_H
#define HEED_BEYOND_H

#include "data/aside.h"
#include "data/pairs.h"

#define HEED_BEYOND_PAIRS 65536

struct heed_beyond {
    struct heed_pairs *p; /* NULL: not begun */
    const struct heed_sides *sides;
    struct heed_corpus head; /* the first window */
    struct heed_aside aside;
};
/* p->corpus is kept aside and is empty after it. aside: dev pairs are some of the corpus, so those that have
 * their sources are not trained on, wherever they stand. */
int heed_beyond_begin(struct heed_beyond *b, struct heed_pairs *p,
                      const struct heed_pairs_options *o, const struct heed_sides *sides,
                      bool aside, struct heed_err *err) HEED_MUST_USE;
/* Takes the pairs of p->corpus, and empties it. */
int heed_beyond_take(struct heed_beyond *b, struct heed_err *err) HEED_MUST_USE;
/* p->corpus is the first window again, and counts what all have. Also after a failure; of one that was not
 * begun: nothing. */
void heed_beyond_end(struct heed_beyond *b);

#endif
