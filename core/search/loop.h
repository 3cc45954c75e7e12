/* loop.h: a guard against loops: may a token stand behind what a row has so far?
 *
 * A loop is a block of 1 to HEED_REPEATS_PERIOD tokens over and over, without end: "the cat of the cat of
 * the cat of …". Language repeats too (ha ha ha, 1000000, dotted leaders), most of all where the source
 * does. So a block may stand
 *
 *     with letters      3 times, from 17 tokens on 2 times
 *     without           16 tokens long, and at least 4 times
 *     but always        1.5 times as often as the source repeats any block of its own,
 *                       and as often as targets of the training did (all but one in 1,000)
 *
 * and the token that would begin one repetition more is not allowed, nor in its place another of the block,
 * which is as likely as a rule and leads back into it. For a block with letters the
 * source's blocks with letters or digits count only: a row of dots there is no reason to repeat
 * words. The end of a sentence is always allowed.
 *
 * It looks at the history of one row and nothing else, so it serves any search that can show it. */
#ifndef HEED_LOOP_H
#define HEED_LOOP_H

#include "model/model.h"

/* What a token is made of, by its piece. Unknown words and bytes of SentencePiece are signs. */
enum heed_loop_kind { HEED_LOOP_SIGN, HEED_LOOP_DIGIT, HEED_LOOP_LETTER };
/* [v->n] of enum heed_loop_kind; the caller frees. */
uint8_t *heed_loop_kinds(const struct heed_vocab *v);

/* Repetitions in a row that one source stands for. */
struct heed_loop_limit {
    int64_t words, any; /* of blocks with letters; of all */
};
/* Of n ids of a source, all below the length of kinds (of its vocabulary); trained: repetitions that
 * the targets of the training show (limits.repeats). */
void heed_loop_limit(struct heed_loop_limit *l, const int32_t *src, int64_t n, const uint8_t *kinds,
                     int64_t trained);
/* How long the block is that `token` behind the history would begin once too often; 0: it is allowed.
 * kinds: of the target's vocabulary. */
int64_t heed_loop_block(const struct heed_loop_limit *l, const uint8_t *kinds,
                        const int32_t *history, int64_t n, int32_t token);

#endif
