/* step.h: one update, and the loss of a dataset. */
#ifndef HEED_STEP_H
#define HEED_STEP_H

#include "train/trainer.h"

/* Forward, backward over all shards of one batch; their gradients wait for heed_grads_sum(). Loss is
 * added to *loss. */
int heed_train_batch(struct heed_trainer *t, const struct heed_batch *b, struct heed_loss *loss,
                     struct heed_err *err) HEED_MUST_USE;
/* A batch without a pair, or whose loss or gradient is not finite, counts as a step and moves
 * nothing; ten of the latter in a row are an error. */
int heed_train_update(struct heed_trainer *t, const struct heed_batch *b,
                      struct heed_err *err) HEED_MUST_USE;
/* The rate of dropout where no place has one of its own; of a training that is planned. */
double heed_trainer_dropout(const struct heed_trainer *t);
/* Useful arithmetic of an update on B pairs. */
double heed_train_flops(const struct heed_trainer *t, int64_t B, const int32_t *src_len,
                        const int32_t *tgt_len);
/* Plain loss of teacher forcing over a dataset, no dropout. */
int heed_dataset_loss(const struct heed_net *net, struct heed_lanes *lanes,
                      const struct heed_dataset *data, struct heed_loss *out,
                      struct heed_err *err) HEED_MUST_USE;

#endif
