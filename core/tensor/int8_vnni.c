/* int8_vnni.c: int8 products by VPDPBUSD, which multiplies unsigned by signed. Compiled for AVX512_VNNI; only
 * its table leaves the file, so no other code runs these instructions. */
#include <immintrin.h>

#include "tensor/int8_set.h"

#define SET         vnni
#define TITLE       "avx512_vnni"
#define LANES       16
#define ROWS        6
#define WIDTH       4
#define GROUP       4
#define NUMBER_ZERO 128

typedef uint8_t number;
typedef int32_t vi __attribute__((vector_size(4 * LANES)));
typedef float vf __attribute__((vector_size(4 * LANES)));
typedef uint8_t narrow __attribute__((vector_size(LANES)));

#define INLINE static inline __attribute__((always_inline))

INLINE vi weights(const int8_t *p)
{
    return (vi)_mm512_loadu_si512(p);
}
INLINE vi dp(vi sum, vi x, vi w)
{
    return (vi)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)x, (__m512i)w);
}

#include "tensor/int8_gemm.inc"
