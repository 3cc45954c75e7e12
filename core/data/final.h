/* final.h: the punctuation at the end of a sentence, which training leaves off now and then, so that a
 * source without it keeps its words.
 *
 *     the boy is here . eos      in most passes
 *     the boy is here eos        in some, source and target alike
 *
 * Where all sources end in a mark, a model takes the mark for the end: without it, it goes on. */
#ifndef HEED_FINAL_H
#define HEED_FINAL_H

#include "data/batch.h"
#include "data/text.h"

/* Sets d->src_final and d->tgt_final: how many tokens at the end, before eos, are such punctuation and
 * blanks. 0 where a side would be empty without. */
int heed_final_find(struct heed_dataset *d, const struct heed_sides *sides,
                    struct heed_err *err) HEED_MUST_USE;
/* The share of pairs of which both sides end so. */
double heed_final_share(const struct heed_dataset *d);
/* The probability with which it is left off (heed_batcher.vary): as asked; where that is below 0, 0.1 if most
 * pairs end so and are of more than a few words, else 0. */
double heed_final_vary(const struct heed_dataset *d, double asked);

#endif
