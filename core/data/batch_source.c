/* batch_source.c: the batches of a dataset, epoch after epoch. The position is one number, so that
 * going on from a checkpoint is an addition. */
#include "data/batch_source.h"

static int dataset_next(void *ctx, struct heed_arena *arena, struct heed_batch *out,
                        struct heed_err *err)
{
    struct heed_dataset_source *s = ctx;
    int64_t epoch = s->at / s->batcher.n_batches;
    (void)err;
    if (epoch != s->batcher.epoch)
        heed_batcher_epoch(&s->batcher, epoch);
    heed_batcher_get(&s->batcher, s->at % s->batcher.n_batches, arena, out);
    s->at++;
    return 1;
}

static int dataset_skip(void *ctx, int64_t n, struct heed_err *err)
{
    struct heed_dataset_source *s = ctx;
    (void)err;
    s->at += n;
    return 0;
}

void heed_dataset_source_init(struct heed_dataset_source *s, const struct heed_dataset *data,
                              int64_t rows, int64_t tokens, double vary, uint64_t seed,
                              struct heed_batch_source *out)
{
    heed_batcher_init(&s->batcher, data, rows, tokens, 0, true, seed);
    s->batcher.vary = vary;
    heed_batcher_epoch(&s->batcher, 0);
    s->at = 0;
    *out = (struct heed_batch_source){
        .next = dataset_next,
        .skip = dataset_skip,
        .ctx = s,
        .per_epoch = s->batcher.n_batches,
        .tokens_per_epoch = (double)(data->n_src + data->n_tgt),
    };
}

void heed_dataset_source_release(struct heed_dataset_source *s)
{
    heed_batcher_release(&s->batcher);
}
