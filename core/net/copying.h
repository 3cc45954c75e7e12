/* copying.h: the part of the output layer that takes words from the source, inside this floor.
 *
 *     readout [n,R] -- copy.weight --> gate [n,1]          g: choose, 1-g: copy
 *     attention of the step [n,S]     \
 *     source ids -- target_ids --> words [S] of each source  -> tensor/ops_copy.c
 *
 * Attention is the decoder's own. A pointer of its own (a query from the readout, keys from the memory)
 * was worse on trials of copied numbers, 75 to 94 % whole lines against 95 to 97 over five seeds: the
 * decoder then counts digits in place of looking where the number ends. */
#ifndef HEED_COPYING_H
#define HEED_COPYING_H

#include "net/net.h"

struct heed_copying {
    struct heed_tensor *w, *b; /* of the gate: [R,1], [1] */
    int words;                 /* slot */
    int32_t *target_ids;       /* [src_words]; NULL: both sides number alike */
};

/* Where the shape says so: net->copying. `auto` becomes off, since nobody looked at the data. */
int heed_copying_build(struct heed_net *net, struct heed_err *err) HEED_MUST_USE;
void heed_copying_release(struct heed_net *net);
/* Those below want net->copying, but the last. */
void heed_copying_begin(const struct heed_net *net, const struct heed_memory *memory,
                        struct heed_state *s);
/* weights [n,S]; logits [n,V] become log probabilities. */
void heed_copying_logits(const struct heed_net *net, struct heed_tape *t,
                         const struct heed_state *s, struct heed_tensor *readout,
                         struct heed_tensor *weights, struct heed_tensor *logits);
/* Of whole targets, weights [N,S] packed as the readouts. false: the net does not copy, which is asked here. */
bool heed_copying_forced(const struct heed_net *net, struct heed_tape *t,
                         const struct heed_memory *memory, const struct heed_packing *p,
                         struct heed_tensor *readouts, struct heed_tensor *weights,
                         struct heed_copy *out);

#endif
