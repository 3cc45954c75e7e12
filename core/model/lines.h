/* lines.h: what a model that reads numbers makes of a line of text: it names a recording, beside the list it stands in;
 * behind a tab may stand more, as what is said in it. Where features are normalised over a speaker one of these columns
 * names who it is, and all lines are gone through before the first of them is a source. */
#ifndef HEED_MODEL_LINES_H
#define HEED_MODEL_LINES_H

#include "base/name_list.h"
#include "data/line.h"
#include "data/numbers.h"
#include "model/model.h"

struct heed_model_lines {
    struct heed_numbers numbers;
    const char *list;     /* the file of the lines; NULL, "-": standard input */
    int64_t group_column; /* which names the speaker */
    /* Hears of a recording that cannot be read, which is one of no frames then; NULL: it is a failure. */
    void (*warn)(const char *text);
    struct heed_names groups;
};

/* Of n models that are asked as one, of which m is the first. Returns 1 where lines are sources, 0 where they are text as
 * ever and nothing was opened. */
int heed_model_lines_open(struct heed_model_lines *l, const struct heed_model *m, int n,
                          struct heed_err *err) HEED_MUST_USE;
/* Are all lines to be studied before the first is a source? */
static inline bool heed_model_lines_whole(const struct heed_model_lines *l)
{
    return l->numbers.grouped;
}
/* All that there are; *failed: the first that names no speaker. */
struct heed_corpus;
int heed_model_lines_study(struct heed_model_lines *l, const struct heed_corpus *lines,
                           size_t *failed, struct heed_err *err) HEED_MUST_USE;
/* The source of a line, as heed_translator_options wants it. */
int heed_model_line(struct heed_model_lines *l, const char *text, size_t n, bool first,
                    struct heed_line *out, const float **table, struct heed_err *err) HEED_MUST_USE;
void heed_model_lines_close(struct heed_model_lines *l);

#endif
