/* grams.h: sequences of symbols and what is counted on two of them; inside core/metrics.
 *
 * A symbol is a number that is not negative: a code point, or the number of a word in its line. */
#ifndef HEED_METRICS_GRAMS_H
#define HEED_METRICS_GRAMS_H

#include "base/base.h"

/* A sequence with its places sorted by the (at most `longest`) symbols that follow, so that the
 * n-grams of every order stand together. */
struct heed_grams {
    int32_t *ids;
    uint32_t *order;
    size_t n, cap, cap_order, longest;
};
void heed_grams_add(struct heed_grams *g, int32_t id);
/* For n-grams up to that order. */
void heed_grams_sort(struct heed_grams *g, size_t longest);
void heed_grams_release(struct heed_grams *g);
/* How many of the n-grams of hyp are in a reference, each at most as often as in the reference that
 * has it most. order <= longest of all of them. */
int64_t heed_grams_match(const struct heed_grams *hyp, const struct heed_grams *refs, size_t n_refs,
                         size_t order);

/* Insertions, deletions and substitutions that make b of a. Ids are small: memory grows with the
 * largest. */
int64_t heed_edits(const struct heed_grams *a, const struct heed_grams *b);
/* The same where moving a run of words elsewhere is one edit too: the edits of TER (ter.c). */
int64_t heed_edits_shifted(const struct heed_grams *hyp, const struct heed_grams *ref);

#endif
