/* bf16_portable.c: bf16 products on any CPU: the fused multiply-add that VDPBF16PS does twice is made in
 * double, where the product is exact. The sum is rounded twice then, which shows only where the double stands
 * half way between two floats: there, once in a while, what the double lost decides. */
#include <math.h>
#include <string.h>

#include "tensor/bf16_set.h"

#define SET   portable
#define TITLE "portable"
#define LANES 4
#define ROWS  2
#define WIDTH 2

typedef float vf __attribute__((vector_size(4 * LANES)));
typedef uint32_t vu __attribute__((vector_size(4 * LANES)));

#define INLINE static inline __attribute__((always_inline))

#define NORMAL 0x1p-126f                 /* the smallest number that is not denormal */
#define TINY   (0x1p-126 - 0x1p-151)     /* what rounds to less in 24 bits is zero, with its sign */
#define BELOW  (((uint64_t)1 << 29) - 1) /* bits that a double has and a float has not */

/* s = p + c, rounded; returns it rounded to odd, so that rounding it once more is like rounding once. */
static __attribute__((noinline)) float rounded_once(double p, double c)
{
    double s = p + c, part = s - p, lost = (p - (s - part)) + (c - part); /* p + c = s + lost */
    uint64_t u;
    memcpy(&u, &s, sizeof(u));
    if (!(u & 1) && (lost < 0 || lost > 0))
        u = (lost > 0) == (s > 0) ? u + 1 : u - 1;
    memcpy(&s, &u, sizeof(s));
    return fabs(s) < TINY ? copysignf(0, (float)s) : (float)s;
}
INLINE float fused(float sum, float a, float b)
{
    double c = (double)sum, p = (double)a * (double)b, s = p + c;
    uint64_t u;
    memcpy(&u, &s, sizeof(u));
    if ((u & BELOW) != (BELOW + 1) / 2 && (fabs(s) >= (double)NORMAL || s == 0))
        return (float)s;
    return rounded_once(p, c);
}
INLINE vf dp(vf sum, vu a, vu b)
{
    vf a_odd = (vf)(a & 0xffff0000), b_odd = (vf)(b & 0xffff0000);
    vf a_even = (vf)(a << 16), b_even = (vf)(b << 16);
    for (int i = 0; i < LANES; i++)
        sum[i] = fused(fused(sum[i], a_odd[i], b_odd[i]), a_even[i], b_even[i]);
    return sum;
}
INLINE vf normal(vf a)
{
    vu sign = (vu)a & 0x80000000;
    vu tiny = (vu)((vf)((vu)a ^ sign) < NORMAL);
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
