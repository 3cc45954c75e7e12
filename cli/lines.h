/* lines.h: lines of text and their tokens, for the commands that turn one into the other. */
#ifndef HEED_CLI_LINES_H
#define HEED_CLI_LINES_H

#include "cli/cli.h"
#include "data/text.h"

struct line {
    struct heed_str text; /* cleaned */
    struct heed_tokens tokens;
    int64_t number; /* in the input, from 0 */
};

/* Takes a text and its tokens into a line that is used again and again. *n_cut counts those that
 * were too long for the encoder. */
int line_take(struct line *l, const struct heed_side *side, const char *text, size_t n,
              int64_t *n_cut, struct heed_err *err) HEED_MUST_USE;
void line_release(struct line *l);

#define MAX_LINE_ROW(S, m)                                                                         \
    HEED_ROW_SIZE(S, m, "max-line", "16M", 1, 1 << 30, "SIZE", "longest line of text in bytes")

/* What becomes of unknown words in the output; the order is that of the words. */
enum unknown { UNKNOWN_REPLACE, UNKNOWN_KEEP };
#define UNKNOWN_ROW(S, m, help) HEED_ROW_CHOICE(S, m, "unk", "replace", "replace|keep", help)

#endif
