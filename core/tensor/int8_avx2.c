/* int8_avx2.c: int8 products on CPUs with AVX2: both sides widened to sixteen bits, whose products VPMADDWD adds in
 * pairs. Compiled for these; only its table leaves the file. */
#include <immintrin.h>

#include "tensor/int8_set.h"

#define SET         avx2
#define TITLE       "avx2"
#define LANES       8
#define ROWS        4
#define WIDTH       2
#define GROUP       2
#define NUMBER_ZERO 0

typedef int16_t number;
typedef int32_t vi __attribute__((vector_size(4 * LANES)));
typedef float vf __attribute__((vector_size(4 * LANES)));
typedef int16_t narrow __attribute__((vector_size(2 * LANES)));

#define INLINE static inline __attribute__((always_inline))

INLINE vi weights(const int8_t *p)
{
    return (vi)_mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)p));
}
INLINE vi dp(vi sum, vi x, vi w)
{
    return sum + (vi)_mm256_madd_epi16((__m256i)x, (__m256i)w);
}

#include "tensor/int8_gemm.inc"
