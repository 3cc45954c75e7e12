/* columns.h: which columns of tab-separated lines are the pair, or the text. There is no quoting: a tab always
 * parts two columns, and a quotation mark is text. */
#ifndef HEED_COLUMNS_H
#define HEED_COLUMNS_H

#include "base/err.h"
#include "base/name_list.h"
#include "base/str.h"

/* From 1. Both 0: a line is SOURCE<TAB>TARGET and nothing else. */
struct heed_columns {
    int64_t src, tgt;
};
/* Reads "2,3"; NULL: both 0. option: its name in the message. */
int heed_columns_parse(const char *text, const char *option, struct heed_columns *out,
                       struct heed_err *err) HEED_MUST_USE;

/* The two texts of a line, within it. */
struct heed_columns_pair {
    const char *src, *tgt;
    size_t n_src, n_tgt;
};
/* false: the line is no pair. An empty line is one of two empty texts. */
bool heed_columns_cut(const struct heed_columns *c, const char *line, size_t n,
                      struct heed_columns_pair *out);
/* Fails for a line that is no pair, and says which way is left. first: no line before it was one, so that
 * leaving such lines out would leave nothing. */
int heed_columns_refuse(const struct heed_columns *c, const char *line, size_t n, bool first,
                        struct heed_err *err);
/* Has it more than two columns? */
bool heed_columns_wide(const char *line, size_t n);

/* A number of a column at *at, which is moved past; 0: there is none. */
int64_t heed_columns_number(const char **at);
/* Column, from 1, within a line; false: it has not so many. */
bool heed_columns_find(const char *line, size_t n, int64_t column, const char **at, size_t *len);
/* The number of the speaker whom that column names. */
int heed_columns_speaker(const char *line, size_t n, int64_t column, struct heed_names *speakers,
                         size_t *number, struct heed_err *err) HEED_MUST_USE;
/* Leaves of the line only that column, from 1; 0: all of it. Of an empty line each column is empty. */
int heed_columns_keep(struct heed_str *line, int64_t column, struct heed_err *err) HEED_MUST_USE;

#endif
