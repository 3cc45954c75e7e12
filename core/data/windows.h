/* windows.h: pairs that are more than memory is to hold: their ids lie in a spool, in windows of so many pairs in
 * the order of the input, and one window at a time is a dataset.
 *
 *   heed_windows_open -> heed_windows_add… -> heed_windows_source -> source.next…
 *
 * A window is a piece of the input. Where corpora have shares it is of many small ones, in an order by the seed, so that
 * each has some of all; and what an epoch takes of it is drawn (shares.h).
 *
 * An epoch is all windows in an order by (seed, epoch); each is shuffled, sorted by length and cut as a dataset
 * of its own, by (seed, epoch, window). So the position is one number here too, and memory is that of a window
 * with its text as ids: some 100 bytes a pair of ten words. */
#ifndef HEED_WINDOWS_H
#define HEED_WINDOWS_H

#include "data/batch_source.h"
#include "stream/hash.h"
#include "stream/spool.h"

/* A piece in the spool. */
struct heed_window_piece {
    int64_t at;
    size_t n, n_src, n_tgt;
};
struct heed_window {
    int64_t n_batches;       /* the same in every epoch */
    struct heed_quota quota; /* with shares */
};
struct heed_windows {
    struct heed_spool spool;
    size_t most;  /* pairs in a piece */
    size_t group; /* pieces in a window */
    struct heed_window_piece *pieces;
    size_t n_pieces, cap;
    struct heed_window *items;
    size_t n;                         /* windows; 0: there is no pair yet */
    const struct heed_shares *shares; /* NULL: all pairs once an epoch */
    struct heed_drawer drawer;
    struct heed_quota counted; /* pairs of the first n_counted windows */
    int64_t n_counted;
    size_t n_pairs, n_src, n_tgt; /* of all, as in a dataset */
    struct heed_sha256 hash;      /* of all ids in their order */
    struct heed_dataset loaded;   /* a window */
    struct heed_batcher batcher;  /* of it */
    int64_t laid_out, ordered;    /* epoch * n + window; epoch; -1: none yet */
    int64_t *order;               /* of the windows in that epoch */
    int64_t at, per_epoch;
    uint64_t seed;
};
int heed_windows_open(struct heed_windows *w, int64_t most, const char *dir, int64_t limit,
                      struct heed_err *err) HEED_MUST_USE;
/* Before the first pair: they are drawn by these shares, which are borrowed, and settled by the time of
 * heed_windows_source(). */
void heed_windows_share(struct heed_windows *w, const struct heed_shares *shares);
/* Copies pairs behind those that are there. */
int heed_windows_add(struct heed_windows *w, const struct heed_dataset *d,
                     struct heed_err *err) HEED_MUST_USE;
/* Batches, as heed_dataset_source_init() makes them. *out refers to *w. */
int heed_windows_source(struct heed_windows *w, int64_t rows, int64_t tokens, double vary,
                        uint64_t seed, struct heed_batch_source *out,
                        struct heed_err *err) HEED_MUST_USE;
/* Of one that is all zero: nothing. */
void heed_windows_release(struct heed_windows *w);

#endif
