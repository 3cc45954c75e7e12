/* vec_avx2.c: the kernel set of CPUs with AVX2 and FMA: eight lanes. Compiled with -mavx2 -mfma;
 * only its table leaves the file, so no other code runs these instructions. */
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "tensor/vec_set.h"

#define SET       avx2
#define LANES     8
#define PANEL     16
#define ROWS      6
#define WIDTH_1   12 /* with the 12 sums, at most 4 other vectors are in registers */
#define WIDTH_2   6
#define WIDTH_3   4
#define WIDTH_4   3
#define WIDTH_5   2
#define WIDTH_6   2
#define WIDTH_MAX 12
#define BLOCK     12

typedef float vf __attribute__((vector_size(4 * LANES)));
typedef int32_t vi __attribute__((vector_size(4 * LANES)));

#define INLINE static inline __attribute__((always_inline))

INLINE vf splat(float a)
{
    return _mm256_set1_ps(a);
}
INLINE vi first_lanes(size_t n)
{
    return (vi){0, 1, 2, 3, 4, 5, 6, 7} < (vi)_mm256_set1_epi32((int)n);
}
INLINE vf load_part(const float *p, size_t n, float fill)
{
    vi m = first_lanes(n);
    return _mm256_blendv_ps(splat(fill), _mm256_maskload_ps(p, (__m256i)m), (vf)m);
}
INLINE void store_part(float *p, size_t n, vf v)
{
    _mm256_maskstore_ps(p, (__m256i)first_lanes(n), v);
}
INLINE vf fma_v(vf a, vf b, vf c)
{
    return _mm256_fmadd_ps(a, b, c);
}
INLINE vf max_v(vf a, vf b)
{
    return _mm256_max_ps(a, b);
}
INLINE vf min_v(vf a, vf b)
{
    return _mm256_min_ps(a, b);
}
INLINE vf sqrt_v(vf a)
{
    return _mm256_sqrt_ps(a);
}
INLINE bool any_v(vi m)
{
    return !_mm256_testz_si256((__m256i)m, (__m256i)m);
}

#include "tensor/vec_impl.inc"
