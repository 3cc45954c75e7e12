/* int8_set.h: what a set of int8 products gives to the dispatcher (int8.c), and the sizes that both know;
 * private to the int8*.c files. */
#ifndef HEED_INT8_SET_H
#define HEED_INT8_SET_H

#include "tensor/int8.h"

#define INT8_CHUNK_ROWS 64 /* of x, rounded at once at most */
#define INT8_CHUNK_BYTES                                                                           \
    98304 /* and no more than these, but a row: they stay in L2 beside a panel */

/* Rows of a chunk, of rounded rows of so many bytes. */
static inline int64_t heed_int8_chunk(int64_t row_bytes)
{
    return HEED_MAX(1, HEED_MIN(INT8_CHUNK_ROWS, INT8_CHUNK_BYTES / HEED_MAX(row_bytes, 1)));
}
/* Bytes of a rounded row, at two for each number at most. */
static inline int64_t heed_int8_row(int64_t k)
{
    return 2 * ((k + 3) / 4 * 4);
}

extern const struct heed_int8 heed_int8_portable;
extern const struct heed_int8 heed_int8_avx2;
extern const struct heed_int8 heed_int8_vnni;

#endif
