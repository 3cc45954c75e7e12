/* plot_page.h: what the files of `plot --html` share.
 *
 * plot_page.c   the stream, references and forced targets to a page
 * plot_line.c   a line as an object of its data */
#ifndef HEED_CLI_PLOT_PAGE_H
#define HEED_CLI_PLOT_PAGE_H

#include "cli/page.h"
#include "cli/plot.h"
#include "data/text.h"

/* Appends "src":…, and "end":1 where the source has one. */
void line_add_source(struct heed_str *out, const struct plot_stream *s, int64_t b);
/* Appends hypothesis n as an object. text: the whole, as it is written. head: of the weights, -1: the mean. */
void line_add_hypothesis(struct heed_str *out, const struct plot_stream *s, int64_t head, int64_t b,
                         int64_t n, const struct heed_str *text);
/* The text of hypothesis n, in place of what was in out. sides NULL: out of the pieces of the vocabulary. */
int line_text(const struct plot_stream *s, const struct heed_sides *sides, int64_t b, int64_t n,
              struct heed_str *out, struct heed_err *err) HEED_MUST_USE;

#endif
