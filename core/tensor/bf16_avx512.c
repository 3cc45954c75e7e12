/* bf16_avx512.c: bf16 products by VDPBF16PS. Compiled for AVX512_BF16; only its table leaves the file, so
 * no other code runs these instructions. */
#include <immintrin.h>

#include "tensor/bf16_set.h"

#define SET   avx512
#define TITLE "avx512_bf16"
#define LANES 16
#define ROWS  6
#define WIDTH 4

typedef float vf __attribute__((vector_size(4 * LANES)));
typedef uint32_t vu __attribute__((vector_size(4 * LANES)));

#define INLINE static inline __attribute__((always_inline))

INLINE vf dp(vf sum, vu a, vu b)
{
    return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b);
}
INLINE vf add_v(vf a, vf b)
{
    return a + b;
}
INLINE __mmask16 first_lanes(int64_t n)
{
    return n >= LANES ? 0xffff : n <= 0 ? 0 : (__mmask16)((1u << n) - 1);
}
static void round_row(int64_t n, const float *x, uint32_t *to)
{
    int64_t i = 0;
    for (; i + 2 * LANES <= n; i += 2 * LANES)
        _mm512_storeu_si512(to + i / 2, (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(x + i + LANES),
                                                                     _mm512_loadu_ps(x + i)));
    if (i == n)
        return;
    __m512 low = _mm512_maskz_loadu_ps(first_lanes(n - i), x + i);
    __m512 high = _mm512_maskz_loadu_ps(first_lanes(n - i - LANES), x + i + LANES);
    _mm512_mask_storeu_epi32(to + i / 2, first_lanes((n - i + 1) / 2),
                             (__m512i)_mm512_cvtne2ps_pbh(high, low));
}
/* Sixteen pairs, of two rows rounded one behind the other. */
INLINE __m512i zip(__m512 even, __m512 odd)
{
    const __m512i count = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    const __m512i order = _mm512_or_si512(
        count, _mm512_slli_epi32(_mm512_add_epi32(count, _mm512_set1_epi32(16)), 16));
    return _mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh(odd, even));
}
INLINE void interleave(int64_t n, const float *even, const float *odd, uint32_t *to)
{
    int64_t i = 0;
    for (; odd && i + LANES <= n; i += LANES)
        _mm512_storeu_si512(to + i, zip(_mm512_loadu_ps(even + i), _mm512_loadu_ps(odd + i)));
    for (; i < n; i += LANES) {
        __mmask16 some = first_lanes(n - i);
        __m512 below = odd ? _mm512_maskz_loadu_ps(some, odd + i) : _mm512_setzero_ps();
        _mm512_mask_storeu_epi32(to + i, some, zip(_mm512_maskz_loadu_ps(some, even + i), below));
    }
}
/* The instruction does not ask; the additions behind it do. */
INLINE unsigned quiet(void)
{
    unsigned before = _mm_getcsr();
    _mm_setcsr(before | _MM_FLUSH_ZERO_ON | 0x40);
    return before;
}
INLINE void loud(unsigned before)
{
    _mm_setcsr(before);
}

#include "tensor/bf16_gemm.inc"
