/* fed.h: scheduled sampling (Bengio et al. 2015), by two passes (Mihaylova & Martins 2019): some of the words that a step is
 * fed are what the model itself would have chosen there, so that it learns to go on from its mistakes. The first
 * pass, without dropout and gradient, follows the targets; what it would have chosen stands in place of a target word
 * with a probability that rises from 0 to --scheduled-sampling over the updates first planned. Any net can do so. */
#ifndef HEED_FED_H
#define HEED_FED_H

#include "train/trainer.h"

/* Of a shard, longest target first: what steps are fed [B,T], in the lane's batch arena. source.row / copies is the place
 * of a row in the whole batch. The lane's tape is reset. NULL: it failed. */
const int32_t *heed_feed_own(const struct heed_trainer *t, struct heed_lane *lane,
                             const struct heed_lesson *x, int copies, struct heed_err *err);

#endif
