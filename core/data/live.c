/* live.c: see live.h. The first window is looked at as a corpus is; of the others nothing is counted. */
#include "data/live.h"

#include "data/final.h"

static void empty(struct heed_corpus *c)
{
    c->n = 0;
    heed_arena_reset(&c->text);
}

/* Up to a window's pairs; none at the end. */
static int read_window(struct heed_live *l, struct heed_err *err)
{
    int status = 1;
    empty(l->corpus);
    while (status > 0 && l->corpus->n < l->window)
        status = heed_corpus_next(l->corpus, &l->text, &l->how, err);
    heed_corpus_sum(l->corpus);
    return status < 0 ? -1 : 0;
}

int heed_live_open(struct heed_live *l, const struct heed_corpus_options *how, int64_t window,
                   struct heed_corpus *corpus, struct heed_err *err)
{
    *l = (struct heed_live){.how = *how, .window = (size_t)window, .corpus = corpus};
    if (heed_text_open(&l->text, "-", HEED_CLEAN_STRICT, how->max_line, err)) {
        l->text = (struct heed_text){0};
        return -1;
    }
    return read_window(l, err);
}

static int make_dataset(struct heed_live *l, struct heed_err *err)
{
    struct heed_filter_report report;
    heed_aside_leave_out(&l->aside, l->corpus);
    heed_dataset_release(l->dataset);
    heed_dataset_init(l->dataset);
    return heed_corpus_encode(l->corpus, l->sides, l->filter, l->dataset, &report, NULL, err) ||
                   heed_final_find(l->dataset, l->sides, err)
               ? -1
               : 0;
}

/* To the next window that has a pair. */
static int next_window(struct heed_live *l, struct heed_err *err)
{
    do
        if (read_window(l, err) || make_dataset(l, err))
            return -1;
    while (l->corpus->n && !l->dataset->n);
    heed_batcher_epoch(&l->batcher, ++l->number);
    l->index = 0;
    return 0;
}

/* 1, 0 at the end. */
static int find_batch(struct heed_live *l, struct heed_err *err)
{
    if (l->index == l->batcher.n_batches && next_window(l, err))
        return -1;
    return l->dataset->n > 0;
}

static int live_next(void *ctx, struct heed_arena *arena, struct heed_batch *out,
                     struct heed_err *err)
{
    struct heed_live *l = ctx;
    int got = find_batch(l, err);
    if (got <= 0)
        return got;
    heed_batcher_get(&l->batcher, l->index++, arena, out);
    out->epoch = 0;
    out->index = l->n_batches++;
    return 1;
}

static int live_skip(void *ctx, int64_t n, struct heed_err *err)
{
    struct heed_live *l = ctx;
    if (n < 0)
        BUG("%lld batches back in a pipe", (long long)-n);
    while (n > 0) {
        int got = find_batch(l, err);
        if (got < 0)
            return -1;
        if (got == 0)
            return heed_fail(err, "%s: the pairs end before the checkpoint's step",
                             l->text.in.name);
        int64_t more = HEED_MIN(n, l->batcher.n_batches - l->index);
        l->index += more;
        l->n_batches += more;
        n -= more;
    }
    return 0;
}

void heed_live_source(struct heed_live *l, struct heed_dataset *dataset,
                      const struct heed_filter *filter, int64_t rows, int64_t tokens, double vary,
                      uint64_t seed, struct heed_batch_source *out)
{
    l->dataset = dataset;
    l->filter = filter;
    heed_batcher_init(&l->batcher, dataset, rows, tokens, 0, true, seed);
    l->batcher.vary = vary;
    heed_batcher_epoch(&l->batcher, 0);
    *out = (struct heed_batch_source){
        .next = live_next, .skip = live_skip, .ctx = l, .per_epoch = HEED_LIVE_EPOCH, .epochs = 1};
}

void heed_live_close(struct heed_live *l)
{
    if (l->text.max_line)
        heed_text_close(&l->text);
    heed_aside_release(&l->aside);
    heed_batcher_release(&l->batcher);
    *l = (struct heed_live){0};
}
