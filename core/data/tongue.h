/* tongue.h: lines that look as if they were of the other language: what the two sides of all pairs look like is
 * counted, and then each line is held against both.
 *
 *   heed_tongue_init -> heed_tongue_learn… -> heed_tongue_judge… -> heed_tongue_release
 *
 * A line is foreign where most of its letters are of another script than those of its side's other lines, or where
 * its triples of bytes are by far likelier in the other side's text than in the rest of its own. Two
 * sides that hardly differ by this tell nothing. */
#ifndef HEED_TONGUE_H
#define HEED_TONGUE_H

#include "base/str.h"

#define HEED_TONGUE_SCRIPTS 16

struct heed_tongue {
    uint32_t *counts[2]; /* by side, of triples */
    double totals[2];
    int64_t scripts[2][HEED_TONGUE_SCRIPTS]; /* lines by the script of most of their letters */
    struct heed_str lower;
};
void heed_tongue_init(struct heed_tongue *t);
void heed_tongue_release(struct heed_tongue *t);
/* side: 0 source, 1 target. Texts are valid UTF-8. */
void heed_tongue_learn(struct heed_tongue *t, int side, const char *text, size_t n);

enum heed_tongue_says {
    HEED_TONGUE_OWN,
    HEED_TONGUE_EITHER, /* hardly likelier on one side */
    HEED_TONGUE_SHORT,  /* too short to say */
    HEED_TONGUE_OTHER
};
/* Of a line that was learnt. *script: it is of another one, which needs no second language. */
enum heed_tongue_says heed_tongue_judge(struct heed_tongue *t, int side, const char *text, size_t n,
                                        bool *script);

#endif
