/* follow.h: a training on several ranks. Rank 0 leads: it decides, measures, saves and records as if it were alone,
 * and says before each update that it comes; the others follow.
 *
 *     rank 0     update          update          forget           end
 *                  | rate          |               |               |
 *     rank 1..  the same batch, own shards;  weights as at first;  leaves
 *                 gradients are summed over ranks
 *
 * All ranks hold the same weights and moments. What only the leader does has no part in them. */
#ifndef HEED_FOLLOW_H
#define HEED_FOLLOW_H

#include "train/trainer.h"

/* By the others: updates until the end. */
int heed_trainer_follow(struct heed_trainer *t, struct heed_err *err) HEED_MUST_USE;

#endif
