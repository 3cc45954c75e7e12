/* shortlist.h: which target words may come of a source: for each source word the likeliest by IBM model 1, and
 * those that are frequent everywhere.
 *
 * Model 1 (Brown et al. 1993, section 4.1): a target word f comes of one of the source's words e, or of an empty one,
 * all alike likely: P(f) ~ sum of t(f|e). t is found by EM, from alike, over the pairs. Only pairs of words that stand
 * in one pair of lines have a place. */
#ifndef HEED_SHORTLIST_H
#define HEED_SHORTLIST_H

#include "data/batch.h"

#define HEED_SHORTLIST_MAX 4096 /* words of a source word, frequent words */

struct heed_shortlist {
    int32_t n_src, n_tgt; /* words of both sides */
    int32_t *begin;       /* [n_src + 1] */
    int32_t *words;       /* of source word e: [begin[e], begin[e+1]), ascending */
    int32_t *always;      /* [n_always] ascending; the specials are among them */
    int32_t n_always;
    int32_t mean; /* words of a source of the pairs it was learnt from */
};

struct heed_shortlist_options {
    int64_t best, frequent, rounds; /* of a source word; everywhere; of EM */
};
/* What the pairs say of it. */
struct heed_shortlist_report {
    double mean;    /* words of a pair's list */
    double outside; /* share of target tokens that are not in it */
    double nats;    /* of a target token by model 1, of the last round */
};
void heed_shortlist_learn(struct heed_shortlist *l, const struct heed_dataset *pairs, int32_t n_src,
                          int32_t n_tgt, const struct heed_shortlist_options *o,
                          struct heed_shortlist_report *report);
void heed_shortlist_release(struct heed_shortlist *l);

/* Words of a source of n ids are marked in seen [n_tgt], which was zero, and appended to out (room for n_tgt) as
 * they come; returns how many. Those that are marked already are left out. */
int32_t heed_shortlist_add(const struct heed_shortlist *l, const int32_t *src, int64_t n,
                           uint8_t *seen, int32_t *out);

/* Tensors vocab.shortlist.begin, .words, .always (I32), metadata shortlist.mean. An older heed has no use for them, and
 * takes the model. Borrowed until written. Where there are none the list stays empty (n_src 0). */
void heed_shortlist_to_doc(const struct heed_shortlist *l, struct heed_doc *doc);
int heed_shortlist_from_doc(struct heed_shortlist *l, int32_t n_src, int32_t n_tgt,
                            const struct heed_doc *doc, struct heed_err *err) HEED_MUST_USE;

#endif
