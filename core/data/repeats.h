/* repeats.h: how often the same tokens stand side by side: what a guard against loops (search/loop.h) must
 * leave alone. */
#ifndef HEED_REPEATS_H
#define HEED_REPEATS_H

#include "base/base.h"

#define HEED_REPEATS_PERIOD 64  /* tokens of the longest block that is looked at */
#define HEED_REPEATS_MAX    255 /* more are not told apart */

/* The most repetitions in a row of one block, which stands twice at least, in ids; a part of it behind
 * the last one counts as one: 3 for "a b a b a", 1 for "a b c". kinds: only blocks with a token
 * that has one, kinds[id] != 0; NULL: all. */
int64_t heed_repeats(const int32_t *ids, int64_t n, const uint8_t *kinds);

/* Of a block that a source repeats `times` in a row its translation may do more, and three are no loop. */
#define HEED_REPEATS_FREE 3
int64_t heed_repeats_allowed(int64_t times);

#endif
