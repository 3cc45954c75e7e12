/* packing.h: how sequences of different lengths lie in one tensor without padding.
 *
 * Rows (sequences) are ordered longest first; step t holds the `count[t]` rows that are longer than
 * t, a prefix that shrinks over time. Packed tensors are time-major, [N, width], N = sum of
 * lengths; step t begins at offset[t]:
 *
 *     t=0  r0 r1 r2 r3 | t=1  r0 r1 r2 | t=2  r0        lengths 3 2 2 1
 *
 * No work is done on padding, and the final state of row r is what step len-1 left. */
#ifndef HEED_PACKING_H
#define HEED_PACKING_H

#include "base/arena.h"

struct heed_packing {
    int32_t B;       /* rows of length >= 1 or not: all of the batch */
    int32_t T;       /* longest */
    int64_t N;       /* tokens */
    int32_t *len;    /* [B] length of packed row r */
    int32_t *order;  /* [B] packed row r is row order[r] of the batch */
    int32_t *place;  /* [B] row b of the batch is packed row place[b] */
    int32_t *count;  /* [T+1], count[T] = 0 */
    int64_t *offset; /* [T+1] */
    int32_t *row;    /* [N] packed row of each token */
    int32_t *time;   /* [N] its step */
};

/* len [B], each >= 0; ties keep the batch's order. Memory from the arena. */
void heed_packing_make(struct heed_packing *p, struct heed_arena *arena, int32_t B,
                       const int32_t *len);

/* ids [B, width] batch-major -> [N] packed. */
void heed_packing_ids(const struct heed_packing *p, const int32_t *ids, int64_t width,
                      int32_t *out);
/* For each packed token the place of its mirror image (t -> len-1-t), [N]: its own inverse. */
void heed_packing_mirror(const struct heed_packing *p, int32_t *index);
/* Index [B,S]: where position s of batch row rows[b] lies in the
 * packed tensor, -1 beyond its length. */
void heed_packing_unpack(const struct heed_packing *p, const int32_t *rows, int32_t B, int32_t S,
                         int32_t *index);

#endif
