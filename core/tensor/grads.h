/* grads.h: gradients in training: slabs, the shards' gradients summed in a tree, norm, Adam.
 *
 *     shard 0   1   2   3   4        A shard's gradient is made in a slab that is free. The sum is a tree
 *           \ /     \ /    |        of the shards' numbers alone, ((0+1)+(2+3))+4, so its bits do not
 *            \_____ /      |        depend on who computed what, and when. With more shards than
 *                 \______ /        workers the lower sums are made as their shards end, and slabs are
 *                                  used again; what is left is summed, squared and given to Adam (or SGD) by
 *                                  all workers, in blocks. One worker makes 1 and 3 where 0 and 2 are:
 *                                  each parameter's gradient is added as it becomes whole. */
#ifndef HEED_GRADS_H
#define HEED_GRADS_H

#include <pthread.h>

#include "base/workers.h"
#include "tensor/param.h"
#include "tensor/ranks_sum.h"

/* Allocates n_slabs slabs and the moments, all zero. */
void heed_params_train(struct heed_params *set, int n_slabs);
/* Clears all gradients. */
void heed_params_zero_grad(struct heed_params *set);

/* Forgets what is in a slab: each gradient of it is cleared, or overwritten, when it is first asked for
 * (tape.h). At the end of a shard heed_slab_settle() clears those that never were. */
void heed_slab_renew(const struct heed_params *set, int slab);
void heed_slab_settle(const struct heed_params *set, int slab);
/* The next shard's gradient is to be added to the one that stands there, each parameter's as one term when it is
 * whole; settle adds what was made aside. One slab at a time. */
void heed_slab_continue(struct heed_params *set, int slab);

struct heed_grads {
    struct heed_params *params;   /* borrowed */
    struct heed_workers *workers; /* borrowed; NULL: the caller alone */
    pthread_mutex_t lock;
    pthread_cond_t freed;
    int n, early; /* shards of this batch; sums of up to so many are made as they end */
    int *slab,
        *width; /* per shard: the slab of the sum that begins there, or -1; of how many shards */
    bool *busy; /* per slab */
    int *held;  /* per worker: the slab it works on, or -1 */
    bool continues; /* the only worker's shard goes into the slab of the one before it */
    struct heed_grads_part
        *parts; /* what one worker does at a time after the sum's lists are merged */
    size_t n_parts, cap_parts;
    double *squares;             /* per part */
    struct heed_ranks_sum *over; /* ranks; NULL until there are some */
};

/* Slabs that suffice: never more than shards, about one a worker. */
int heed_grads_slabs(int shards, int workers);
void heed_grads_init(struct heed_grads *g, struct heed_params *params, struct heed_workers *workers,
                     int max_shards);
void heed_grads_release(struct heed_grads *g);
/* A batch of n shards, 1..max_shards; shards are taken in order of their numbers. */
void heed_grads_begin(struct heed_grads *g, int n);
/* A free slab for the gradient of a shard, renewed; waits where none is. Any thread. Where there is one
 * worker, a shard of an odd number gets the slab of the one before it, and its gradient is added there. */
int heed_grads_take(struct heed_grads *g, int shard);
/* The gradient of a shard is ready in the slab, which is settled. Any thread. */
void heed_grads_give(struct heed_grads *g, int shard, int slab);
/* The sum of all shards, in slab 0; the rows of sparse ones listed in ascending order. Returns its L2 norm, over
 * double sums in one order: NaN or inf when it is not finite. */
double heed_grads_sum(struct heed_grads *g);
/* The same where ranks share the batch: the n shards of this one, which may be 0, are its own; those of all ranks are
 * laid out as blocks of equal size, a power of two, in the order of the ranks, the last of the first
 * `active` ranks may have fewer. The sum and its norm have the bits that one process gives. */
int heed_grads_sum_ranks(struct heed_grads *g, struct heed_ranks *ranks, int active, double *norm,
                         struct heed_err *err) HEED_MUST_USE;

/* Kingma & Ba 2015; decay: decoupled, times lr (Loshchilov & Hutter 2019). */
struct heed_adam {
    double lr, beta1, beta2, eps, decay;
};
/* One update from the sum times gscale; step counts from 1. Sparse: lazily, moments of the rows
 * that are there only (no decay on them). Raises the version. */
void heed_grads_adam(struct heed_grads *g, const struct heed_adam *adam, int64_t step,
                     double gscale);

/* Stochastic gradient descent with momentum: m = momentum·m + g, w -= lr·(m + decay·w). Sparse as with Adam. */
struct heed_sgd {
    double lr, momentum, decay;
};
void heed_grads_sgd(struct heed_grads *g, const struct heed_sgd *sgd, double gscale);

/* Calls each(ctx, param, from, n) for blocks that together are all values of all parameters. */
void heed_params_blocks(const struct heed_params *set, struct heed_workers *workers,
                        void (*each)(void *ctx, size_t param, int64_t from, int64_t n), void *ctx);

#endif
