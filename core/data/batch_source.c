/* batch_source.c: the batches of a dataset, epoch after epoch. The position is one number, so that
 * going on from a checkpoint is an addition. */
#include "data/batch_source.h"

#include <string.h>

static void lay_out(struct heed_dataset_source *s, int64_t epoch)
{
    struct heed_quota quota = {{0}};
    if (s->shares) {
        memcpy(quota.n, s->shares->n_drawn, sizeof quota.n);
        heed_drawer_draw(&s->drawer, s->batcher.data, &quota, s->batcher.seed, epoch, 0);
        s->batcher.drawn = s->drawer.drawn;
        s->batcher.n_drawn = s->drawer.n_drawn;
    }
    heed_batcher_epoch(&s->batcher, epoch);
}

static int dataset_next(void *ctx, struct heed_arena *arena, struct heed_batch *out,
                        struct heed_err *err)
{
    struct heed_dataset_source *s = ctx;
    int64_t epoch = s->at / s->batcher.n_batches;
    (void)err;
    if (epoch != s->batcher.epoch)
        lay_out(s, epoch);
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
    s->shares = NULL;
    s->drawer = (struct heed_drawer){0};
    *out = (struct heed_batch_source){
        .next = dataset_next,
        .skip = dataset_skip,
        .ctx = s,
        .per_epoch = s->batcher.n_batches,
        .tokens_per_epoch = (double)(data->n_src + data->n_tgt),
    };
}

void heed_dataset_source_share(struct heed_dataset_source *s, const struct heed_shares *shares,
                               struct heed_batch_source *out)
{
    s->shares = shares;
    lay_out(s, 0);
    s->batcher.n_wanted = out->per_epoch = s->batcher.n_batches;
    out->tokens_per_epoch = heed_batcher_tokens(&s->batcher);
}

void heed_dataset_source_release(struct heed_dataset_source *s)
{
    heed_batcher_release(&s->batcher);
    heed_drawer_release(&s->drawer);
}
