/* train.h: the training loop: cross-entropy by teacher forcing, Adam, schedule, dev metric, early
 * stopping, checkpoints.
 *
 * Same bits: a batch's rows are dealt round-robin into a fixed number of shards, each shard's
 * gradient stands alone and they are summed in a fixed tree; dropout is a function of its
 * coordinates; a checkpoint holds all that the rest depends on. So interruption and resumption do
 * not change the model. */
#ifndef HEED_TRAIN_H
#define HEED_TRAIN_H

#include "train/trainer.h"

/* After the first block is set. */
int heed_trainer_init(struct heed_trainer *t, struct heed_err *err) HEED_MUST_USE;
void heed_trainer_release(struct heed_trainer *t);
/* Trains to the end, an early stop, an interruption (then the checkpoint is saved and
 * *t->interrupted set), or to t->stop (then the checkpoint is saved too). */
int heed_trainer_run(struct heed_trainer *t, struct heed_err *err) HEED_MUST_USE;
bool heed_trainer_stops(const struct heed_trainer *t); /* at t->stop, before its end */

#endif
