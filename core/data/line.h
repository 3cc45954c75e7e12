/* line.h: lines of text with their tokens, and the rows of ids that are made of them. */
#ifndef HEED_LINE_H
#define HEED_LINE_H

#include "data/table.h"
#include "data/text.h"

struct heed_line {
    struct heed_str text; /* cleaned, in the tokenizer's form */
    struct heed_tokens tokens;
    int64_t number; /* in the input, from 0; the caller's */
};

/* Takes a cleaned text and its tokens into a line that is used again and again. eos: behind the
 * tokens, where there are any, at the end of the text. Its tags are tokens in front that stand for none
 * of it; a text without tokens has none. */
int heed_line_take(struct heed_line *l, const struct heed_side *side, const char *text, size_t n,
                   bool eos, struct heed_err *err) HEED_MUST_USE;
/* A source of a table: its rows are the tokens. Of more than HEED_TOKENS_MAX the rest is cut. */
void heed_line_number(struct heed_line *l, const struct heed_table *t, size_t source);
void heed_line_release(struct heed_line *l);
void heed_lines_release(struct heed_line *lines, size_t n); /* frees the array too */

/* Ids of n lines padded to the longest, [n,width], and their lengths [n]; the caller frees both. */
int32_t *heed_lines_ids(const struct heed_line *lines, int64_t n, int64_t *width, int32_t **len);
/* The same as tensors of a frame. */
void heed_lines_ids_to_doc(const struct heed_line *lines, int64_t n, const char *name,
                           const char *len_name, struct heed_doc *doc);
/* The text itself and the bytes of each token (src_text, src_text_len, src_begin, src_end), so that
 * words the vocabulary lacks survive. */
void heed_lines_text_to_doc(const struct heed_line *lines, int64_t n, struct heed_doc *doc);

#endif
