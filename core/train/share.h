/* share.h: what the ranks of a training share: shards, losses, the sum of gradients, and what the leader orders. */
#ifndef HEED_SHARE_H
#define HEED_SHARE_H

#include "train/trainer.h"

enum heed_order_kind {
    HEED_ORDER_UPDATE, /* with the rate and the planned length that decides on dropout */
    HEED_ORDER_FORGET, /* the updates so far were to be timed (plan.c) */
    HEED_ORDER_END
};

/* Does this rank lead? A process alone does. */
static inline bool heed_trainer_leads(const struct heed_trainer *t)
{
    return !t->ranks || t->ranks->rank == 0;
}
/* By the leader; nothing where there are no others. */
int heed_trainer_order(struct heed_trainer *t, enum heed_order_kind kind,
                       struct heed_err *err) HEED_MUST_USE;
/* By the others: waits for the next order; what goes with it is set in t. */
int heed_trainer_hear(struct heed_trainer *t, enum heed_order_kind *kind,
                      struct heed_err *err) HEED_MUST_USE;

/* Shards that this rank has of a batch of n: from *from on. */
int heed_trainer_shards(struct heed_trainer *t, int n, int *from);
/* The sum of the gradients of all shards of the batch that was dealt last, and its norm. */
int heed_trainer_sum(struct heed_trainer *t, double *norm, struct heed_err *err) HEED_MUST_USE;
/* Can the shards be dealt to the ranks? */
int heed_trainer_check_shards(const struct heed_trainer *t, struct heed_err *err) HEED_MUST_USE;
/* The losses of a batch's n shards, of which each rank has its own: then all have all. *losses has as many as
 * the option says. */
int heed_trainer_share_losses(struct heed_trainer *t, struct heed_loss *losses,
                              struct heed_err *err) HEED_MUST_USE;
/* Words that are the same in ranks which have the same training: pairs, weights, kernels. */
void heed_trainer_words(const struct heed_trainer *t, struct heed_str *out);

#endif
