/* bf16_avx2.c: bf16 products on CPUs with AVX2 and FMA: what VDPBF16PS does at once, in two steps. Compiled
 * for these; only its table leaves the file. */
#include <immintrin.h>
#include <string.h>

#include "tensor/bf16_set.h"

#define SET   avx2
#define TITLE "avx2"
#define LANES 8
#define ROWS  4
#define WIDTH 2

typedef float vf __attribute__((vector_size(4 * LANES)));
typedef uint32_t vu __attribute__((vector_size(4 * LANES)));

#define INLINE static inline __attribute__((always_inline))

INLINE vf dp(vf sum, vu a, vu b)
{
    sum = _mm256_fmadd_ps((vf)(a & 0xffff0000), (vf)(b & 0xffff0000), sum);
    return _mm256_fmadd_ps((vf)(a << 16), (vf)(b << 16), sum);
}
INLINE vf add_v(vf a, vf b)
{
    return a + b;
}
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

#include "tensor/bf16_round.inc"
#include "tensor/bf16_gemm.inc"
