/* batch.h: datasets of ids, and the batches cut from them. The same module serves `batch-mask` and
 * `train`, so both see the same batches from the same seed.
 *
 * Order of an epoch: within each window of the dataset (window 0: all of it), pairs are shuffled by
 * (seed, epoch), stably sorted by (target length, source length), cut into batches of at most
 * `rows` pairs and `tokens` target tokens; then the batches are shuffled. Equal lengths in every
 * epoch give equal cuts, so every epoch has the same number of batches. Without shuffle: input
 * order, windows sorted by length. Where sources are numbers, which are long, they are what pairs are
 * sorted by first. Inside a batch rows stand longest target first (ties: longest source, then line).
 *
 * Where pairs are drawn (shares.h), an epoch has as many of them, with equal ones, and not the same lengths as
 * the first one. It is brought to as many batches, by cutting batches in two or leaving some out, so that a place in
 * the order of all epochs stays a number.
 *
 * With cuts (cuts.h) each row is cut anew by (seed, epoch, pair, side) as its batch is handed out, and rows are sorted after
 * that; batches are made by the lengths that pairs have in the dataset, so one may have more than `tokens`.
 *
 * Final punctuation is left off with the probability `vary`, by (seed, epoch, pair); the cuts are those of
 * the whole lengths. */
#ifndef HEED_BATCH_H
#define HEED_BATCH_H

#include "base/arena.h"
#include "base/err.h"
#include "stream/doc.h"

/* Ragged ids in two flat arrays. */
struct heed_dataset {
    int32_t *src, *tgt;
    size_t n_src, cap_src, n_tgt, cap_tgt;
    int64_t *src_at, *tgt_at; /* n+1 offsets */
    int64_t *line;            /* n: line number in the input, from 0 */
    uint8_t *src_final,
        *tgt_final;  /* n: tokens of final punctuation (final.h); NULL: not looked at */
    uint8_t *corpus; /* n: which it is of (shares.h); NULL: there is one */
    const float
        *table; /* rows that src numbers, of sources that are numbers; NULL: they are words */
    size_t n, cap_src_at, cap_tgt_at, cap_line;
};
void heed_dataset_init(struct heed_dataset *d);
void heed_dataset_release(struct heed_dataset *d);
void heed_dataset_add(struct heed_dataset *d, const int32_t *src, size_t n_src, const int32_t *tgt,
                      size_t n_tgt, int64_t line);
/* eos behind the last pair's target, and its source. */
void heed_dataset_add_eos(struct heed_dataset *d, bool src);

/* One padded batch, batch-major. tgt NULL when there are no targets. */
struct heed_batch {
    int64_t B, S, T;
    const int32_t *src, *src_len; /* [B,S], [B] */
    const int32_t *tgt, *tgt_len; /* [B,T], [B]; tokens + eos */
    const int64_t *line;          /* [B] */
    int64_t epoch, index;         /* index within the epoch */
    const float *table;           /* as in a dataset */
};

struct heed_batcher {
    const struct heed_dataset *data;
    int64_t rows, tokens, window; /* tokens 0: no bound */
    bool shuffle;
    double vary; /* set after init: 0 then */
    struct heed_cuts *
        cuts; /* [2] of both sides, set before the first batch, which change; NULL: ids are as they are */
    /* Set before an epoch: pairs that it has, in any order; NULL: all. And its batches; 0: as many as it makes. */
    const int64_t *drawn;
    int64_t n_drawn, n_wanted;
    uint64_t seed;
    int64_t n_batches, epoch; /* of the present epoch; epoch -1: none yet */
    int64_t *order;           /* n pair numbers in batch order */
    int64_t *starts;          /* n_batches + 1 */
    size_t cap_order, cap_starts;
};
void heed_batcher_init(struct heed_batcher *b, const struct heed_dataset *data, int64_t rows,
                       int64_t tokens, int64_t window, bool shuffle, uint64_t seed);
void heed_batcher_release(struct heed_batcher *b);
void heed_batcher_epoch(struct heed_batcher *b, int64_t epoch); /* lays out that epoch */
double heed_batcher_tokens(const struct heed_batcher *b);       /* of both sides, in that epoch */
void heed_batcher_get(const struct heed_batcher *b, int64_t index, struct heed_arena *arena,
                      struct heed_batch *out);

/* Frames of type `batch`/`ids` to batches (borrowing the document's memory) and back (copying). */
int heed_batch_from_doc(const struct heed_doc *doc, struct heed_batch *out,
                        struct heed_err *err) HEED_MUST_USE;
void heed_batch_to_doc(const struct heed_batch *b, bool masks, struct heed_doc *doc);

#endif
