/* scorer.h: the rows that search moves, and what the net says of the next token of each.
 *
 * Search holds numbers of rows only. What a row carries (state.h), its memory, the tape and the
 * output layer are here. */
#ifndef HEED_SCORER_H
#define HEED_SCORER_H

#include "search/engine.h"

struct heed_scorer {
    const struct heed_net *net;
    struct heed_lane *lane;
    const struct heed_encoded *x;
    struct heed_state state;
    struct heed_trace trace; /* of the last step; lives until the next */
    int64_t K;               /* logits of a row, of the last step */
    const int32_t *words;    /* [K] the words they are of, ascending; NULL: all, and K is V */
};

/* A row for each of `rows` [n] of x, in the lane's batch arena. */
int heed_scorer_begin(struct heed_scorer *s, struct heed_lane *lane, const struct heed_net *net,
                      const struct heed_encoded *x, const int32_t *rows, int32_t n,
                      struct heed_err *err) HEED_MUST_USE;
/* Rows of x that come behind those there are, when what the step left has been read. */
int heed_scorer_add(struct heed_scorer *s, const int32_t *rows, int32_t n,
                    struct heed_err *err) HEED_MUST_USE;
/* Feeds each row its token [n]; gives logits [n,K], to be written to, until the next step; -inf where the
 * row's source does not allow the word. NULL on failure. */
float *heed_scorer_step(struct heed_scorer *s, const int32_t *ids, struct heed_err *err);
/* After what the step left has been read: row i becomes what row from[i] is now. */
void heed_scorer_select(struct heed_scorer *s, const int32_t *from, int32_t n);

#endif
