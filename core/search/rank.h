/* rank.h: what hypotheses of a source are ranked by.
 *
 *     score(Y | X) = log P(Y | X) / |Y|^a + b · sum over source positions i of log min(1, c_i)
 *
 * |Y| counts eos; c_i is the sum over all steps of the attention to position i, 1e-6 at least. After Wu et al.
 * 2016, (14), with the length itself in place of (5 + |Y|) / 6. Both terms are no more than 0. */
#ifndef HEED_RANK_H
#define HEED_RANK_H

#include "base/base.h"

struct heed_rank {
    double length;   /* a; 0: log P itself */
    double coverage; /* b; 0: none */
};
/* coverage [S]: c; NULL: b is not looked at. */
float heed_rank_score(const struct heed_rank *r, float log_prob, int64_t len, const float *coverage,
                      int64_t S);
/* No hypothesis that begins with this log probability, and has up to `longest` tokens, scores more. */
float heed_rank_bound(const struct heed_rank *r, float log_prob, int64_t longest);

#endif
