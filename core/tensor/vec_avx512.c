/* vec_avx512.c: the kernel set of CPUs with AVX-512 F, BW, DQ and VL: sixteen lanes. Compiled with
 * these switched on; only its table leaves the file, so no other code runs these instructions. */
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "tensor/vec_set.h"

#define SET       avx512
#define LANES     16
#define PANEL     64
#define ROWS      6
#define WIDTH_1   8
#define WIDTH_2   4
#define WIDTH_3   4
#define WIDTH_4   4
#define WIDTH_5   4
#define WIDTH_6   4
#define WIDTH_MAX 8
#define BLOCK     8

typedef float vf __attribute__((vector_size(4 * LANES)));
typedef int32_t vi __attribute__((vector_size(4 * LANES)));

#define INLINE static inline __attribute__((always_inline))

INLINE vf splat(float a)
{
    return _mm512_set1_ps(a);
}
INLINE __mmask16 first_lanes(size_t n)
{
    return (__mmask16)((1u << n) - 1);
}
INLINE vf load_part(const float *p, size_t n, float fill)
{
    return _mm512_mask_loadu_ps(splat(fill), first_lanes(n), p);
}
INLINE void store_part(float *p, size_t n, vf v)
{
    _mm512_mask_storeu_ps(p, first_lanes(n), v);
}
INLINE vf fma_v(vf a, vf b, vf c)
{
    return _mm512_fmadd_ps(a, b, c);
}
INLINE vf max_v(vf a, vf b)
{
    return _mm512_max_ps(a, b);
}
INLINE vf min_v(vf a, vf b)
{
    return _mm512_min_ps(a, b);
}
INLINE vf sqrt_v(vf a)
{
    return _mm512_sqrt_ps(a);
}
INLINE bool any_v(vi m)
{
    return _mm512_test_epi32_mask((__m512i)m, (__m512i)m) != 0;
}

#include "tensor/vec_impl.inc"
