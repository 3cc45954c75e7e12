/* rng.c: xoshiro256** (Blackman & Vigna 2018), its state filled by splitmix64. */
#include <math.h>
#include <string.h>
#include "base/rng.h"

static inline uint64_t rotl(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

void heed_rng_seed(struct heed_rng *r, uint64_t seed, uint64_t stream)
{
    const uint64_t golden = 0x9e3779b97f4a7c15u;
    /* Hashed before they are added, so that (seed, stream + 1) shares
     * no state with (seed + 1, stream). */
    uint64_t x = heed_mix64(seed + golden) + heed_mix64(heed_mix64(stream) + golden);
    for (int i = 0; i < 4; i++) {
        x += golden;
        r->s[i] = heed_mix64(x);
    }
}

uint64_t heed_rng_u64(struct heed_rng *r)
{
    uint64_t *s = r->s;
    uint64_t result = rotl(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

uint64_t heed_rng_below(struct heed_rng *r, uint64_t n)
{
    if (!n)
        BUG("random number below 0");
    uint64_t reject = -n % n; /* 2^64 mod n: the values that would favour small results */
    uint64_t x;
    do
        x = heed_rng_u64(r);
    while (x < reject);
    return x % n;
}

double heed_rng_uniform(struct heed_rng *r)
{
    return (double)(heed_rng_u64(r) >> 11) * 0x1p-53;
}

double heed_rng_normal(struct heed_rng *r)
{
    double u = 1.0 - heed_rng_uniform(r); /* (0, 1]: log stays finite */
    double v = heed_rng_uniform(r);
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}

void heed_rng_shuffle(struct heed_rng *r, int64_t *items, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)heed_rng_below(r, i);
        int64_t t = items[i - 1];
        items[i - 1] = items[j];
        items[j] = t;
    }
}

uint64_t heed_mix64_bytes(uint64_t seed, const void *bytes, size_t n)
{
    uint64_t h = heed_mix64(seed + n);
    for (size_t i = 0; i < n; i += 8) {
        uint64_t word = 0;
        memcpy(&word, (const char *)bytes + i, HEED_MIN((size_t)8, n - i));
        h = heed_mix64(h ^ word) + 0x9e3779b97f4a7c15u;
    }
    return heed_mix64(h);
}
