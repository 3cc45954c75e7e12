/* lane_search.h: a batch is dealt to lanes, one search each: decode.c deals, search.c searches. */
#ifndef HEED_LANE_SEARCH_H
#define HEED_LANE_SEARCH_H

#include "search/engine.h"

/* Sources first, first + step, … of x. */
struct heed_deal {
    struct heed_engine *e;
    const struct heed_encoded *x;
    const struct heed_search_options *o;
    int64_t first, step; /* first: the lane's number */
    int64_t rows;        /* searched together */
};
/* out: B and N are set, the rest is made here. work: useful arithmetic. */
int heed_search_lane(struct heed_lane *lane, const struct heed_deal *deal,
                     struct heed_hypotheses *out, double *work) HEED_MUST_USE;

#endif
