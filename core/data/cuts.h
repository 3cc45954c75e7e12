/* cuts.h: other cuts of a text into the pieces of a SentencePiece model, drawn for a training, so that a model sees a word in
 * several pieces and pieces in more words (subword regularisation).
 *
 *   heed_cuts_open -> heed_cuts_draw, a side of a pair in an epoch -> heed_cuts_release
 *
 * of a unigram model   a cut has the probability Π p(piece)^α, normalised over all cuts of the text (Kudo 2018): drawn from
 *                      its lattice, forwards and back, not from the n best of it
 * of merges (BPE)      each merge, when its turn comes, is left out with probability α (Provilkov et al. 2020)
 *
 * What is drawn is made of ids alone: their pieces give the text. Bytes, symbols of the user, tags, unknown ones and eos stay
 * where they are. A draw hangs on its key alone. */
#ifndef HEED_CUTS_H
#define HEED_CUTS_H

#include "data/text.h"

struct heed_cuts {
    const struct heed_vocab *vocab; /* borrowed; NULL: no cuts but those there are */
    float *
        score; /* [vocab->n] log probabilities, or minus the place of a merge; NAN: a piece stays */
    bool merges;
    double alpha;
    size_t longest;      /* bytes of a piece */
    struct heed_str run; /* the text at hand, and what is worked out for it */
    struct heed_cut *cuts;
    size_t cap_cuts;
};
/* Is there anything to draw? Of a SentencePiece model there is. */
bool heed_cuts_any(const struct heed_side *s);
/* s may have none: then nothing is ever drawn. Fails where what it learnt is damaged. */
int heed_cuts_open(struct heed_cuts *c, const struct heed_side *s, double alpha,
                   struct heed_err *err) HEED_MUST_USE;
void heed_cuts_release(struct heed_cuts *c);
/* The most ids that may come of these. */
size_t heed_cuts_most(const struct heed_cuts *c, const int32_t *ids, size_t n);
/* Returns how many came; out: room for the most. */
size_t heed_cuts_draw(struct heed_cuts *c, const int32_t *ids, size_t n, uint64_t key,
                      int32_t *out);

/* cuts_scores.c: what a SentencePiece model's file says of its pieces, into c->score and c->merges. */
int heed_cuts_scores(struct heed_cuts *c, const char *blob, size_t size,
                     struct heed_err *err) HEED_MUST_USE;

#endif
