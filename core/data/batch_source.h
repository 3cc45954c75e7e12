/* batch_source.h: where a training's batches come from, one after the other: cut from a dataset here,
 * or from a stream of batches (pair_stream.h). */
#ifndef HEED_BATCH_SOURCE_H
#define HEED_BATCH_SOURCE_H

#include "data/batch.h"
#include "data/shares.h"

struct heed_batch_source {
    /* 1, 0 at the end, -1. The batch lies in the arena, or with the source until the next call. */
    int (*next)(void *ctx, struct heed_arena *arena, struct heed_batch *out, struct heed_err *err);
    /* Forgets n batches (resumption). */
    int (*skip)(void *ctx, int64_t n, struct heed_err *err);
    void *ctx;
    int64_t per_epoch;       /* batches in an epoch */
    int64_t epochs;          /* 0: as many as wanted */
    double tokens_per_epoch; /* src + tgt tokens, for progress; 0: unknown */
};

/* Batches cut from a dataset by a batcher, epoch after epoch without an end; skip takes negative
 * numbers too. */
struct heed_dataset_source {
    struct heed_batcher batcher;
    int64_t at;
    const struct heed_shares *shares; /* NULL: all pairs once an epoch */
    struct heed_drawer drawer;
};
/* data: borrowed. rows, tokens, seed: as heed_batcher_init() takes them; vary: heed_batcher.vary. *out
 * refers to *s. */
void heed_dataset_source_init(struct heed_dataset_source *s, const struct heed_dataset *data,
                              int64_t rows, int64_t tokens, double vary, uint64_t seed,
                              struct heed_batch_source *out);
/* Pairs are drawn by these shares, which are borrowed. */
void heed_dataset_source_share(struct heed_dataset_source *s, const struct heed_shares *shares,
                               struct heed_batch_source *out);
void heed_dataset_source_release(struct heed_dataset_source *s);

#endif
