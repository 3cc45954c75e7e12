/* attention_parts.h: what attention.c, attention_weigh.c and attention_blocks.c share. Nobody else includes it. */
#ifndef HEED_ATTENTION_PARTS_H
#define HEED_ATTENTION_PARTS_H

#include "net/attention.h"

/* The first B*G*n rows of x as [B,G,n,width]. */
struct heed_tensor *heed_attend_by_head(struct heed_tape *t, struct heed_tensor *x,
                                        const struct heed_attention *a, int64_t n);
/* Weights [B,G,Q,S] as they are summed: after dropout. a has G and positions; its weights are set. */
struct heed_tensor *heed_attend_weigh(const struct heed_layer *score, struct heed_tape *t,
                                      struct heed_attention *a);

/* attention_blocks.c: as heed_attend(), but weights are made a block at a time and forgotten. */
bool heed_attend_in_blocks(const struct heed_attention *a); /* is that allowed, and worth it? */
struct heed_tensor *heed_attend_blocks(const struct heed_layer *score, struct heed_tape *t,
                                       const struct heed_attention *a);

#endif
