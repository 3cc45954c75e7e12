/* bf16_set.h: what a set of bf16 products gives to the dispatcher (bf16.c), and the sizes that both
 * know; private to the bf16*.c files. */
#ifndef HEED_BF16_SET_H
#define HEED_BF16_SET_H

#include "tensor/bf16.h"

#define CHUNK_PAIRS 49152 /* of x, rounded: 192 KB, less than half of the smallest L2 around */
#define DEPTH_PAIRS 1024  /* of a block of k: a panel of it stays in L2 */
#define GRAD_PAIRS  256 /* pairs of rows that a tile of a gradient sums before it goes to memory */
#define SLICE       48  /* columns of the larger operand of a gradient that are rounded at once */

extern const struct heed_bf16 heed_bf16_portable;
extern const struct heed_bf16 heed_bf16_avx2;
extern const struct heed_bf16 heed_bf16_avx512;

#endif
