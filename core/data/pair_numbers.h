/* pair_numbers.h: pairs whose sources are paths of what is read into one table (numbers.h). */
#ifndef HEED_PAIR_NUMBERS_H
#define HEED_PAIR_NUMBERS_H

#include "data/pairs.h"

/* Do the options go together? stream: pairs come as one. */
int heed_pair_numbers_check(const struct heed_pairs_options *o, bool stream,
                            struct heed_err *err) HEED_MUST_USE;
/* Sources of pairs [from, n) to rows of the table, in their order. */
int heed_pair_numbers_read(struct heed_corpus *c, size_t from, const struct heed_pairs_options *o,
                           struct heed_err *err) HEED_MUST_USE;
/* Speed perturbation (Ko et al. 2015): all pairs once more at each of the speeds. */
int heed_pair_numbers_speeds(struct heed_corpus *c, const struct heed_pairs_options *o,
                             struct heed_err *err) HEED_MUST_USE;

#endif
