/* worth.h: can a text teach a model the pieces that a tokenizer learnt from it? */
#ifndef HEED_WORTH_H
#define HEED_WORTH_H

#include "data/text.h"

/* How many of the pieces are neither single characters nor bytes. */
int32_t heed_pieces_made(const struct heed_vocab *v);
/* 1 where 95 % of the pieces that the lines are cut into, single characters and bytes apart, come at least
 * `least` times; else 0. state: of the plugin, opened with what it learnt. */
int heed_pieces_often(const struct heed_tokenizer *plugin, void *state,
                      const struct heed_lines *lines, int64_t least,
                      struct heed_err *err) HEED_MUST_USE;

#endif
