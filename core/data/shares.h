/* shares.h: several corpora in one training, each with a share of an epoch.
 *
 *   heed_shares_parse -> heed_shares_mark… (all pairs) -> heed_shares_settle -> heed_drawer_draw, an epoch of a window
 *
 * An epoch draws as many pairs as there are, N: of corpus i, which has n_i, the share w_i / Σ w_j, w_i being a weight
 * that was given or n_i^(1/T). What is drawn of a corpus goes on, from epoch to epoch, along an endless row of
 * permutations of its pairs by (seed, corpus): so over all epochs no pair comes more than once oftener than another
 * of its corpus. Of pairs in windows that holds for the pairs of each window. */
#ifndef HEED_SHARES_H
#define HEED_SHARES_H

#include "data/corpus.h"

#define HEED_SHARES_MAX 64

struct heed_shares {
    size_t n;                         /* corpora; 0: nobody asked for shares, all pairs come once */
    double temperature;               /* 0: weights */
    double weight[HEED_SHARES_MAX];   /* settled: shares, of sum 1 */
    int64_t n_pairs[HEED_SHARES_MAX]; /* that are trained on */
    int64_t n_drawn[HEED_SHARES_MAX]; /* in an epoch */
};
/* weights: "3,1", one a corpus, or NULL or empty; temperature: T, or 0. n: corpora that there are. */
int heed_shares_parse(struct heed_shares *s, const char *weights, double temperature, size_t n,
                      struct heed_err *err) HEED_MUST_USE;
/* Counts the pairs of d, whose lines are places in c, and writes into it which corpus each is of. Without
 * shares: nothing. */
void heed_shares_mark(struct heed_shares *s, const struct heed_corpus *c, struct heed_dataset *d);
/* name: of corpus i, for the message that it has no pair. */
int heed_shares_settle(struct heed_shares *s, const char *(*name)(const void *ctx, size_t i),
                       const void *ctx, struct heed_err *err) HEED_MUST_USE;

/* How many pairs of each corpus a window draws in an epoch. */
struct heed_quota {
    int64_t n[HEED_SHARES_MAX];
};
/* Of the window that has the pairs [before, after) of each corpus, counted over all windows. */
void heed_shares_quota(const struct heed_shares *s, const struct heed_quota *before,
                       const struct heed_quota *after, struct heed_quota *out);
/* Adds the pairs of d to *count. */
void heed_shares_count(const struct heed_dataset *d, struct heed_quota *count);

struct heed_drawer {
    int64_t *drawn, *pairs; /* places in the dataset; pairs: of one corpus, twice its room */
    size_t cap_drawn, cap_pairs;
    int64_t n_drawn;
};
void heed_drawer_draw(struct heed_drawer *w, const struct heed_dataset *d,
                      const struct heed_quota *quota, uint64_t seed, int64_t epoch, int64_t window);
void heed_drawer_release(struct heed_drawer *w);

#endif
