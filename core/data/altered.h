/* altered.h: how many lines a tokenizer does not give back: cut and joined again they are other text. Runs of
 * blanks and tabs, and those at the ends, do not count. */
#ifndef HEED_ALTERED_H
#define HEED_ALTERED_H

#include "data/text.h"

#define HEED_ALTERED_SHOWN 3
struct heed_altered {
    int64_t n, n_altered; /* lines */
    size_t n_shown;
    struct heed_str before[HEED_ALTERED_SHOWN], after[HEED_ALTERED_SHOWN]; /* the first of them */
};
/* Looks at a text and the tokens that heed_line_take() made of it. What the vocabulary lacks plays no part:
 * unknown pieces are counted elsewhere. */
int heed_altered_count(struct heed_altered *a, const struct heed_side *side, const char *text,
                       size_t n, const struct heed_tokens *tokens,
                       struct heed_err *err) HEED_MUST_USE;
void heed_altered_release(struct heed_altered *a);
/* Fails where a larger share than that is altered. which: "target"; option: the one that allows more. */
int heed_altered_check(const struct heed_altered *a, double share, const char *which,
                       const char *option, struct heed_err *err) HEED_MUST_USE;

#endif
