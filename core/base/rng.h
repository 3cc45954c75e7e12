/* rng.h: random numbers: a seeded sequence for shuffles and initial weights, and a counter-based
 * hash for dropout, whose value depends on its coordinates only (so shards, threads and
 * resumption do not change it). */
#ifndef HEED_RNG_H
#define HEED_RNG_H

#include "base/base.h"

/* xoshiro256** (Blackman & Vigna 2018), seeded by splitmix64.
 * The state is what a checkpoint keeps. */
struct heed_rng {
    uint64_t s[4];
};
void heed_rng_seed(struct heed_rng *r, uint64_t seed, uint64_t stream);
uint64_t heed_rng_u64(struct heed_rng *r);
uint64_t heed_rng_below(struct heed_rng *r, uint64_t n); /* uniform in [0, n), n > 0, unbiased */
double heed_rng_uniform(struct heed_rng *r);             /* [0, 1) */
double heed_rng_normal(struct heed_rng *r); /* N(0,1), two uniforms a call (Box-Muller) */
/* Fisher-Yates over n int64_t. */
void heed_rng_shuffle(struct heed_rng *r, int64_t *items, size_t n);

static inline uint64_t heed_mix64(uint64_t x) /* splitmix64's finaliser */
{
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* Of n bytes. */
uint64_t heed_mix64_bytes(uint64_t seed, const void *bytes, size_t n);

/* One 64-bit key for (seed, step, site, row, t); the unit index
 * is mixed in by the dropout kernel. */
static inline uint64_t heed_counter_key(uint64_t seed, uint64_t step, uint64_t site, uint64_t row,
                                        uint64_t t)
{
    uint64_t k = heed_mix64(seed + 0x9e3779b97f4a7c15u);
    k = heed_mix64(k ^ (step + 0x9e3779b97f4a7c15u));
    k = heed_mix64(k ^ (site * 0xd1342543de82ef95u + 1));
    k = heed_mix64(k ^ (row * 0x2545f4914f6cdd1du + 2));
    return heed_mix64(k ^ (t * 0x9e3779b97f4a7c15u + 3));
}

#endif
