/* int8_portable.c: int8 products on any CPU. The product of two numbers fits into sixteen bits; those of a pair are
 * made at once, and taken apart to be added up. x86-64 has had an instruction for both from its beginning, with
 * which this is four times as fast. */
#ifdef __SSE2__
#include <emmintrin.h>
#endif
#include <string.h>

#include "tensor/int8_set.h"

#define SET         portable
#define TITLE       "portable"
#define LANES       4
#define ROWS        2
#define WIDTH       2
#define GROUP       2
#define NUMBER_ZERO 0

typedef int16_t number;
typedef int32_t vi __attribute__((vector_size(4 * LANES)));
typedef uint32_t vu __attribute__((vector_size(4 * LANES)));
typedef float vf __attribute__((vector_size(4 * LANES)));
typedef int16_t narrow __attribute__((vector_size(2 * LANES)));
typedef int16_t pairs __attribute__((vector_size(4 * LANES)));
typedef int8_t bytes __attribute__((vector_size(2 * LANES)));

#define INLINE static inline __attribute__((always_inline))

INLINE vi weights(const int8_t *p)
{
    bytes b;
    memcpy(&b, p, sizeof(b));
    return (vi) __builtin_convertvector(b, pairs);
}
INLINE vi dp(vi sum, vi x, vi w)
{
#ifdef __SSE2__
    return sum + (vi)_mm_madd_epi16((__m128i)x, (__m128i)w);
#else
    vi both = (vi)((pairs)x * (pairs)w), low = (vi)((vu)both << 16);
    return sum + (both >> 16) + (low >> 16);
#endif
}

#include "tensor/int8_gemm.inc"
