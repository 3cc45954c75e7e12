/* copied.h: how much of a target is taken from its source: whether copying (net/copying.h) pays. */
#ifndef HEED_COPIED_H
#define HEED_COPIED_H

#include "data/batch.h"
#include "data/text.h"

/* Target tokens, eos not counted: how many stand in their source, and how many in the source of
 * another pair. Full stops and small words stand in every source; the difference is what is copied. */
struct heed_copied {
    int64_t n_tokens, n_own, n_other;
};
void heed_copied_count(const struct heed_dataset *d, const struct heed_sides *sides,
                       struct heed_copied *out);
double heed_copied_share(const struct heed_copied *c); /* (n_own - n_other) / n_tokens */

#endif
