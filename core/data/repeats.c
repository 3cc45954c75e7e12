/* repeats.c: see repeats.h. Tokens that equal the one p before them are counted: m of them in a row are a
 * block of p that stands (m + p) / p times. */
#include "data/repeats.h"

static bool has_kind(const int32_t *ids, int64_t n, const uint8_t *kinds)
{
    bool has = kinds == NULL;
    for (int64_t i = 0; i < n && !has; i++)
        has = kinds[ids[i]] != 0;
    return has;
}

int64_t heed_repeats(const int32_t *ids, int64_t n, const uint8_t *kinds)
{
    int64_t most = 1;
    for (int64_t p = 1; p <= HEED_REPEATS_PERIOD && p * 2 <= n; p++)
        for (int64_t i = p, m = 0; i < n; i++) {
            m = ids[i] == ids[i - p] ? m + 1 : 0;
            if (m >= p && m > (most - 1) * p && has_kind(ids + i - p, p, kinds))
                most = (m + 2 * p - 1) / p;
        }
    return most;
}

int64_t heed_repeats_allowed(int64_t times)
{
    return times > 1 ? HEED_MAX(HEED_REPEATS_FREE, (times * 3 + 1) / 2) : HEED_REPEATS_FREE;
}
