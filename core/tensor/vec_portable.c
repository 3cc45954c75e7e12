/* vec_portable.c: the kernel set of every CPU: four lanes, the width of SSE2
 * and NEON, which the compiler finds by itself. No fused multiply-add: in
 * software it would cost a hundred times more. */
#include <math.h>
#include <string.h>

#include "tensor/vec_set.h"

#define SET       portable
#define LANES     4
#define PANEL     16
#define ROWS      2
#define WIDTH_1   4
#define WIDTH_2   4
#define WIDTH_MAX 4
#define BLOCK     4

typedef float vf __attribute__((vector_size(4 * LANES)));
typedef int32_t vi __attribute__((vector_size(4 * LANES)));

#define INLINE static inline __attribute__((always_inline))

INLINE vf splat(float a)
{
    return (vf){a, a, a, a};
}
INLINE vf load_part(const float *p, size_t n, float fill)
{
    vf v = splat(fill);
    for (size_t i = 0; i < n; i++)
        v[i] = p[i];
    return v;
}
INLINE void store_part(float *p, size_t n, vf v)
{
    for (size_t i = 0; i < n; i++)
        p[i] = v[i];
}
INLINE vf fma_v(vf a, vf b, vf c)
{
    return a * b + c;
}
INLINE vf max_v(vf a, vf b)
{
    vi m = a > b;
    return (vf)((m & (vi)a) | (~m & (vi)b));
}
INLINE vf min_v(vf a, vf b)
{
    vi m = a < b;
    return (vf)((m & (vi)a) | (~m & (vi)b));
}
INLINE vf sqrt_v(vf a)
{
    return (vf){sqrtf(a[0]), sqrtf(a[1]), sqrtf(a[2]), sqrtf(a[3])};
}
INLINE bool any_v(vi m)
{
    return (m[0] | m[1] | m[2] | m[3]) != 0;
}

#include "tensor/vec_impl.inc"
