/* table.h: sources that are numbers, not words: frames of features, several of which are a row of one table.
 *
 *     frames [n,F]  -- stack k -->  rows [ceil(n/k), k·F]  of the table; their numbers are the source's ids
 *
 * So a source of frames is a row of ids as any other, and datasets, batches and shards carry it as such. The
 * first HEED_SPECIALS rows are zeros: no id of a source is that of a special. The last row of a source ends
 * in zeros, which is the mean of what is normalised. */
#ifndef HEED_TABLE_H
#define HEED_TABLE_H

#include "base/err.h"
#include "data/vocab.h"

struct heed_table {
    float *rows;      /* [n,width] */
    int64_t n, width; /* k·F */
    int64_t frame;    /* F */
    int64_t *at;      /* [n_sources + 1] where rows of a source begin */
    size_t n_sources;
    size_t cap, cap_at; /* of rows, of at */
    double seconds;     /* that the sources last, as far as they told */
};
void heed_table_init(struct heed_table *t, int64_t frame, int64_t stack);
void heed_table_release(struct heed_table *t);
void heed_table_forget(struct heed_table *t); /* all sources; the memory stays */
/* Another source, of frames [n,F]. Fails where ids would not number the rows. */
int heed_table_add(struct heed_table *t, const float *frames, int64_t n,
                   struct heed_err *err) HEED_MUST_USE;
/* Bytes of the rows. */
double heed_table_bytes(const struct heed_table *t);
static inline int64_t heed_table_rows(const struct heed_table *t, size_t source)
{
    return t->at[source + 1] - t->at[source];
}

/* The path of a source that a list names: beside the list, unless it is a whole one; malloc'ed. list NULL, "-":
 * standard input, whose paths are as they are. */
char *heed_table_path(const char *list, const char *path, size_t n);

#endif
