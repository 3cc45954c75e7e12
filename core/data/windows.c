/* windows.c: see windows.h. A pair in the spool is a head, its source's ids, its target's. */
#include "data/windows.h"

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

enum {
    STREAM_WINDOWS = 104,
    STREAM_PIECES = 106
}; /* of heed_rng_seed(), beside those of batcher.c */

struct head {
    uint32_t n_src, n_tgt;
    uint8_t src_final, tgt_final, corpus, unused;
};

int heed_windows_open(struct heed_windows *w, int64_t most, const char *dir, int64_t limit,
                      struct heed_err *err)
{
    *w = (struct heed_windows){.most = (size_t)most, .group = 1, .laid_out = -1, .ordered = -1};
    heed_sha256_init(&w->hash);
    return heed_spool_open(&w->spool, dir, limit, err);
}

#define PIECES 16 /* of a window that has some of all corpora */

void heed_windows_share(struct heed_windows *w, const struct heed_shares *shares)
{
    w->shares = shares;
    w->most = (w->most + PIECES - 1) / PIECES;
    w->group = PIECES;
}

static int put(struct heed_windows *w, const void *bytes, size_t n, struct heed_err *err)
{
    heed_sha256_add(&w->hash, bytes, n);
    return heed_spool_write(&w->spool, bytes, n, err);
}

static int add(struct heed_windows *w, const struct heed_dataset *d, size_t i, struct heed_err *err)
{
    size_t n_src = (size_t)(d->src_at[i + 1] - d->src_at[i]),
           n_tgt = (size_t)(d->tgt_at[i + 1] - d->tgt_at[i]);
    struct head head = {.n_src = (uint32_t)n_src, .n_tgt = (uint32_t)n_tgt};
    if (d->src_final) {
        head.src_final = d->src_final[i];
        head.tgt_final = d->tgt_final[i];
    }
    if (d->corpus)
        head.corpus = d->corpus[i];
    if (w->n_pieces == 0 || w->pieces[w->n_pieces - 1].n == w->most) {
        heed_grow(&w->pieces, w->n_pieces, &w->cap, sizeof *w->pieces);
        w->pieces[w->n_pieces++] = (struct heed_window_piece){.at = w->spool.size};
        w->n = (w->n_pieces + w->group - 1) / w->group;
    }
    struct heed_window_piece *last = &w->pieces[w->n_pieces - 1];
    last->n++;
    last->n_src += n_src;
    last->n_tgt += n_tgt;
    w->n_pairs++;
    w->n_src += n_src;
    w->n_tgt += n_tgt;
    return put(w, &head, sizeof head, err) ||
                   put(w, d->src + d->src_at[i], n_src * sizeof *d->src, err) ||
                   put(w, d->tgt + d->tgt_at[i], n_tgt * sizeof *d->tgt, err)
               ? -1
               : 0;
}

int heed_windows_add(struct heed_windows *w, const struct heed_dataset *d, struct heed_err *err)
{
    for (size_t i = 0; i < d->n; i++)
        if (add(w, d, i, err))
            return -1;
    return 0;
}

/* words: the piece's bytes, all of whose parts are multiples of four. */
static void unpack(struct heed_dataset *d, const struct heed_window_piece *x, const int32_t *words)
{
    for (size_t i = 0; i < x->n; i++) {
        struct head head;
        memcpy(&head, words, sizeof head);
        words += sizeof head / sizeof *words;
        d->src_final[d->n] = head.src_final;
        d->tgt_final[d->n] = head.tgt_final;
        if (d->corpus)
            d->corpus[d->n] = head.corpus;
        heed_dataset_add(d, words, head.n_src, words + head.n_src, head.n_tgt, (int64_t)d->n);
        words += head.n_src + head.n_tgt;
    }
}

static int load_piece(struct heed_windows *w, const struct heed_window_piece *x,
                      struct heed_err *err)
{
    size_t bytes = x->n * sizeof(struct head) + (x->n_src + x->n_tgt) * sizeof(int32_t);
    int32_t *words = heed_xmalloc(bytes);
    int status = heed_spool_read(&w->spool, x->at, words, bytes, err);
    if (status == 0)
        unpack(&w->loaded, x, words);
    free(words);
    return status;
}

static int load(struct heed_windows *w, int64_t window, struct heed_err *err)
{
    struct heed_dataset *d = &w->loaded;
    const struct heed_window_piece *x = w->pieces + (size_t)window * w->group;
    size_t n_pieces = HEED_MIN(w->group, w->n_pieces - (size_t)window * w->group), n = 1;
    int status = 0;
    for (size_t i = 0; i < n_pieces; i++)
        n += x[i].n;
    heed_dataset_release(d);
    heed_dataset_init(d);
    d->src_final = heed_xcalloc(n, 1);
    d->tgt_final = heed_xcalloc(n, 1);
    if (w->shares)
        d->corpus = heed_xcalloc(n, 1);
    for (size_t i = 0; i < n_pieces && status == 0; i++)
        status = load_piece(w, &x[i], err);
    return status;
}

static int lay_out(struct heed_windows *w, int64_t epoch, int64_t window, struct heed_err *err)
{
    int64_t number = epoch * (int64_t)w->n + window;
    if (w->laid_out == number)
        return 0;
    if (load(w, window, err))
        return -1;
    if (w->shares) {
        if (window == w->n_counted) { /* the first time, in the order of the windows */
            w->n_counted++;
            struct heed_quota before = w->counted;
            heed_shares_count(&w->loaded, &w->counted);
            heed_shares_quota(w->shares, &before, &w->counted, &w->items[window].quota);
        }
        heed_drawer_draw(&w->drawer, &w->loaded, &w->items[window].quota, w->seed, epoch, window);
        w->batcher.drawn = w->drawer.drawn;
        w->batcher.n_drawn = w->drawer.n_drawn;
        w->batcher.n_wanted = w->items[window].n_batches;
    }
    heed_batcher_epoch(&w->batcher, number);
    w->laid_out = number;
    return 0;
}

static void put_in_order(struct heed_windows *w, int64_t epoch)
{
    struct heed_rng rng;
    if (w->ordered == epoch)
        return;
    for (size_t i = 0; i < w->n; i++)
        w->order[i] = (int64_t)i;
    heed_rng_seed(&rng, heed_counter_key(w->seed, (uint64_t)epoch, STREAM_WINDOWS, 0, 0),
                  STREAM_WINDOWS);
    heed_rng_shuffle(&rng, w->order, w->n);
    w->ordered = epoch;
}

static int windows_next(void *ctx, struct heed_arena *arena, struct heed_batch *out,
                        struct heed_err *err)
{
    struct heed_windows *w = ctx;
    int64_t epoch = w->at / w->per_epoch, index = w->at % w->per_epoch, from = 0;
    const int64_t *window = w->order;
    put_in_order(w, epoch);
    for (; index - from >= w->items[*window].n_batches; window++)
        from += w->items[*window].n_batches;
    if (lay_out(w, epoch, *window, err))
        return -1;
    heed_batcher_get(&w->batcher, index - from, arena, out);
    out->epoch = epoch;
    out->index = index;
    w->at++;
    return 1;
}

static int windows_skip(void *ctx, int64_t n, struct heed_err *err)
{
    struct heed_windows *w = ctx;
    (void)err;
    w->at += n;
    return 0;
}

/* So that each window has pieces of every corpus. */
static void mix(struct heed_windows *w)
{
    int64_t *order = heed_xcalloc(w->n_pieces + 1, sizeof *order);
    struct heed_window_piece *pieces = heed_xcalloc(w->n_pieces + 1, sizeof *pieces);
    struct heed_rng rng;
    for (size_t i = 0; i < w->n_pieces; i++)
        order[i] = (int64_t)i;
    heed_rng_seed(&rng, w->seed, STREAM_PIECES);
    heed_rng_shuffle(&rng, order, w->n_pieces);
    for (size_t i = 0; i < w->n_pieces; i++)
        pieces[i] = w->pieces[order[i]];
    free(w->pieces);
    free(order);
    w->pieces = pieces;
}

int heed_windows_source(struct heed_windows *w, int64_t rows, int64_t tokens, double vary,
                        uint64_t seed, struct heed_batch_source *out, struct heed_err *err)
{
    double all = 0;
    w->seed = seed;
    w->order = heed_xcalloc(w->n + 1, sizeof *w->order);
    w->items = heed_xcalloc(w->n + 1, sizeof *w->items);
    if (w->shares)
        mix(w);
    heed_batcher_init(&w->batcher, &w->loaded, rows, tokens, 0, true, seed);
    w->batcher.vary = vary;
    for (size_t i = 0; i < w->n; i++) {
        if (lay_out(w, 0, (int64_t)i, err))
            return -1;
        w->items[i].n_batches = w->batcher.n_batches;
        w->per_epoch += w->batcher.n_batches;
        all += heed_batcher_tokens(&w->batcher);
    }
    *out = (struct heed_batch_source){
        .next = windows_next,
        .skip = windows_skip,
        .ctx = w,
        .per_epoch = w->per_epoch,
        .tokens_per_epoch = all,
    };
    return 0;
}

void heed_windows_release(struct heed_windows *w)
{
    heed_spool_close(&w->spool);
    heed_dataset_release(&w->loaded);
    heed_batcher_release(&w->batcher);
    heed_drawer_release(&w->drawer);
    free(w->pieces);
    free(w->items);
    free(w->order);
    *w = (struct heed_windows){0};
}
