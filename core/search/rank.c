/* rank.c: see rank.h. */
#include <math.h>

#include "search/rank.h"

#define LEAST 1e-6

float heed_rank_score(const struct heed_rank *r, float log_prob, int64_t len, const float *coverage,
                      int64_t S)
{
    double sum = 0;
    for (int64_t i = 0; coverage && i < S; i++)
        if (coverage[i] < 1)
            sum += log(HEED_MAX((double)coverage[i], LEAST));
    return (float)((double)log_prob / pow((double)HEED_MAX(len, 1), r->length) +
                   (coverage ? r->coverage * sum : 0));
}

float heed_rank_bound(const struct heed_rank *r, float log_prob, int64_t longest)
{
    return heed_rank_score(r, log_prob, longest, NULL, 0);
}
