/* bf16_portable.c: bf16 products on any CPU: the fused multiply-add that VDPBF16PS does twice is made in
 * double, where the product is exact, and its sum rounded to odd, so that rounding to float afterwards is
 * the only one. */
#include <float.h>
#include <string.h>

#include "tensor/bf16_set.h"

#define SET   portable
#define TITLE "portable"
#define LANES 4
#define ROWS  2
#define WIDTH 2

typedef float vf __attribute__((vector_size(4 * LANES)));
typedef uint32_t vu __attribute__((vector_size(4 * LANES)));
typedef double vd __attribute__((vector_size(8 * LANES)));
typedef int64_t vl __attribute__((vector_size(8 * LANES)));

#define INLINE static inline __attribute__((always_inline))

/* What rounds to less than the smallest normal float is zero, with its sign. */
#define TINY (0x1p-126 - 0x1p-151)

INLINE vf fused(vf sum, vf a, vf b)
{
    vd p = __builtin_convertvector(a, vd) * __builtin_convertvector(b, vd);
    vd c = __builtin_convertvector(sum, vd), s = p + c;
    vd part = s - p, lost = (p - (s - part)) + (c - part); /* p + c = s + lost, exactly */
    vl towards = ((lost > 0) ^ (s > 0)) | 1;               /* 1 or -1 in the last place of s */
    vl even = ((vl)s & 1) - 1;
    s = (vd)((vl)s + (towards & even & ((lost > 0) | (lost < 0))));
    vl sign = (vl)s & INT64_MIN;
    vl tiny = (vd)((vl)s ^ sign) < TINY;
    return __builtin_convertvector((vd)((vl)s & (~tiny | sign)), vf);
}
INLINE vf dp(vf sum, vu a, vu b)
{
    sum = fused(sum, (vf)(a & 0xffff0000), (vf)(b & 0xffff0000));
    return fused(sum, (vf)(a << 16), (vf)(b << 16));
}
INLINE vf normal(vf a)
{
    vu sign = (vu)a & 0x80000000;
    vu tiny = (vu)((vf)((vu)a ^ sign) < FLT_MIN);
    return (vf)((vu)a & (~tiny | sign));
}
/* A sum of floats that is denormal is exact: it may be looked at when it is there. */
INLINE vf add_v(vf a, vf b)
{
    return normal(normal(a) + normal(b));
}
INLINE unsigned quiet(void)
{
    return 0;
}
INLINE void loud(unsigned before)
{
    (void)before;
}

#include "tensor/bf16_round.inc"
#include "tensor/bf16_gemm.inc"
