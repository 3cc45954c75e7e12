/* scorer.h: the rows that search moves, and what the net says of the next token of each.
 *
 * Search holds numbers of rows only. What a row carries (state.h), its memory, the tape and the
 * output layer are here.
 *
 * Several nets are one: each has its own state of every row, all states move together, and a word has the weighted
 * mean of the probabilities that the nets give it:
 *
 *     part 0   logits [n,K0]  -- log softmax --+
 *     part 1   logits [n,K1]  -- log softmax --+-- log sum of w e^x --> [n,K], K words that any of them has
 *
 * So scores are log probabilities of the mixture, which sum to one without another pass; a word that a shortlist leaves
 * out has the others' part. Attention is the weighted mean over the parts whose sources are cut as the first's. */
#ifndef HEED_SCORER_H
#define HEED_SCORER_H

#include "search/engine.h"

/* One net. */
struct heed_scorer_part {
    const struct heed_net *net;
    struct heed_lane *lane;
    const struct heed_encoded *x;
    struct heed_state state;
    struct heed_trace trace; /* of the last step */
    float log_weight;
    float share;          /* of the attention that is shown; 0: it is of another source, or none */
    float *logits;        /* [n,K] of the last step */
    int64_t K;            /* of a row */
    const int32_t *words; /* [K] the words they are of, ascending; NULL: all, and K is V */
};

struct heed_scorer {
    struct heed_scorer_part *parts; /* [n] */
    int n;
    struct heed_trace trace; /* of the last step; lives until the next */
    int64_t K;               /* logits of a row, of the last step */
    const int32_t *words;    /* [K] the words they are of, ascending; NULL: all, and K is V */
    /* of several */
    int32_t *all, *at; /* words of all parts; where those of a part are among them: [V] each */
    float *scratch;    /* [V] */
};

/* Of the engine and those beside it, in lane `lane` of each: a row for each of `rows` [n] of x, in batch
 * arenas. listed: words are those of shortlists, where there are any; else of all. */
int heed_scorer_begin(struct heed_scorer *s, const struct heed_engine *e, int lane,
                      const struct heed_encoded *x, bool listed, const int32_t *rows, int32_t n,
                      struct heed_err *err) HEED_MUST_USE;
/* Rows of x that come behind those there are, when what the step left has been read. */
int heed_scorer_add(struct heed_scorer *s, const int32_t *rows, int32_t n,
                    struct heed_err *err) HEED_MUST_USE;
/* Feeds each row its token [n]; gives logits [n,K], to be written to, until the next step; -inf where the
 * row's source does not allow the word. NULL on failure. */
float *heed_scorer_step(struct heed_scorer *s, const int32_t *ids, struct heed_err *err);
/* After what the step left has been read: row i becomes what row from[i] is now. */
void heed_scorer_select(struct heed_scorer *s, const int32_t *from, int32_t n);

/* --- mixture.c --- */

/* Logits of a row become log probabilities. listed: of the words alone that are above -inf, so that it does not matter
 * how many others stand between; scratch [K]. */
void heed_log_probs(float *logits, int64_t K, bool listed, float *scratch);
/* The parts' last step as one, n rows: K, words, the attention; gives logits. */
float *heed_scorer_mix(struct heed_scorer *s, int32_t n);

#endif
