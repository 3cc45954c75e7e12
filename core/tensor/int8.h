/* int8.h: products with weights of eight bits.
 *
 * A weight is q*scale, q in -127..127, one scale for each column of a product: for a matrix [k,n] its
 * column, for an embedding [V,E], which is multiplied as its transpose, its row. x is rounded on the way, by row: a
 * scale max|x|/127 and whole numbers in -127..127, to nearest, ties to even. So a row of y depends on its row of x
 * alone. A sum of products of whole numbers is exact in 32 bits, in whatever order it is made (k is at most
 * HEED_INT8_DEPTH), and what comes behind it is
 *
 *     y = ((float)sum * scale of the column) * scale of x, + bias, + old y
 *
 * in this order, each step rounded: every set gives the same bits. A row of x that holds a number which is none
 * gives a row of numbers that are none; one below 2^-100 is zero.
 *
 *     set            a group    how                                                     beside float32's
 *     avx512_vnni    4 of k     VPDPBUSD: x + 128 is unsigned; sums start below zero    3.8 times as fast
 *     avx2           2 of k     VPMADDWD of sixteen bits: VPMADDUBSW would saturate     1.4
 *     portable       2 of k     PMADDWD, or plain C                                     0.95
 *
 * Packed: panels of HEED_INT8_PANEL columns, [ceil(n/panel)] of: what each sum starts with, int32 [panel]; then
 * [ceil(k/group)][panel][group], padded with zeros. */
#ifndef HEED_INT8_H
#define HEED_INT8_H

#include "base/base.h"

#define HEED_INT8_PANEL 64
#define HEED_INT8_DEPTH 65536

/* What is packed: W [k,n], or its transpose [n,k]; of these columns only where they are named. */
struct heed_int8_source {
    int64_t k, n;
    const int8_t *w;
    int64_t ldw;
    bool transposed;
    const int32_t *columns; /* [n] numbers of columns; NULL: 0 … n-1 */
};

struct heed_int8 {
    const char *name; /* "avx512_vnni", "avx2", "portable" */
    int group;
    /* packed: heed_int8_pack_size() bytes, 64-byte aligned. */
    void (*pack)(const struct heed_int8_source *from, void *packed);
    /* Y[m,n] = X[m,k]·W (+ bias when not NULL) (+ Y when add). scale [n]; scratch: heed_int8_scratch(k) bytes. */
    void (*packed_gemm)(int64_t m, int64_t n, int64_t k, const float *x, int64_t ldx,
                        const void *packed, const float *scale, const float *bias, bool add,
                        float *y, int64_t ldy, void *scratch);
};

size_t heed_int8_pack_size(int64_t k, int64_t n);
size_t heed_int8_scratch(int64_t k);
/* Packed weights from a column on that begins a panel. */
const void *heed_int8_columns(const void *packed, int64_t k, int64_t column);

/* The best that CPU and chosen kernel set (vec.h) allow, as with bf16. */
const struct heed_int8 *heed_int8(void);
const struct heed_int8 *
heed_int8_by_name(const char *name); /* for tests: NULL when the CPU cannot */

/* W [rows,cols] as whole numbers and scales: by_row [rows], or by column [cols]. */
void heed_int8_round(int64_t rows, int64_t cols, const float *w, bool by_row, int8_t *q,
                     float *scale);

#endif
