/* keys.h: pairs as two hashes of 64 bits and a weight, 24 bytes each, so that pairs that stand twice, sources with
 * several targets and the least loss that these allow are found without their texts.
 *
 *   heed_keys_add…  or  heed_keys_corpus, heed_keys_dataset  ->  heed_keys_look  ->  heed_keys_release */
#ifndef HEED_KEYS_H
#define HEED_KEYS_H

#include "data/batch.h"
#include "data/corpus.h"

struct heed_key {
    uint64_t src, tgt;
    float weight; /* how often it stands there */
    uint32_t number;
};
struct heed_keys {
    struct heed_key *items;
    size_t n, cap;
};
void heed_keys_add(struct heed_keys *k, uint64_t src, uint64_t tgt, float weight, uint32_t number);
/* Adds all pairs; number: the line. */
void heed_keys_corpus(struct heed_keys *k, const struct heed_corpus *c);
/* The same by ids. vary: final punctuation is left off with that probability (final.h). Returns the target
 * tokens in the mean, eos in them. */
double heed_keys_dataset(struct heed_keys *k, const struct heed_dataset *d, double vary);
void heed_keys_release(struct heed_keys *k);
uint64_t heed_key_of(const char *text, size_t n);

struct heed_keys_report {
    int64_t n, n_again;           /* keys; those that stand behind an equal one */
    int64_t n_sources, n_several; /* different sources; those with several targets */
    int64_t n_pairs_several;      /* pairs of these */
    uint32_t first_again,
        of_several; /* number of the first of them, and of a pair of such a source */
    double nats;    /* sum of weight * -log(share of this target among those of the source) */
};
/* Sorts the keys. */
void heed_keys_look(struct heed_keys *k, struct heed_keys_report *out);

/* The least loss: no distribution that is one for each source is nearer to the pairs, in the mean, than that of
 * their counts. A training whose loss over an epoch is below it knows more than the source. */
struct heed_floor {
    double a_pair, a_token; /* nats; unsmoothed */
};
void heed_floor_find(const struct heed_dataset *d, double vary, struct heed_floor *out);

#endif
