/* lines.h: what a model that reads numbers makes of a line of text: it names a recording, beside the list it stands in;
 * behind a tab may stand more, as what is said in it. */
#ifndef HEED_MODEL_LINES_H
#define HEED_MODEL_LINES_H

#include "data/line.h"
#include "data/numbers.h"
#include "model/model.h"

struct heed_model_lines {
    struct heed_numbers numbers;
    const char *list; /* the file of the lines; NULL, "-": standard input */
    /* Hears of a recording that cannot be read, which is one of no frames then; NULL: it is a failure. */
    void (*warn)(const char *text);
};

/* Of n models that are asked as one, of which m is the first. Returns 1 where lines are sources, 0 where they are text as
 * ever and nothing was opened. */
int heed_model_lines_open(struct heed_model_lines *l, const struct heed_model *m, int n,
                          struct heed_err *err) HEED_MUST_USE;
/* The source of a line, as heed_translator_options wants it. */
int heed_model_line(struct heed_model_lines *l, const char *text, size_t n, bool first,
                    struct heed_line *out, const float **table, struct heed_err *err) HEED_MUST_USE;
static inline void heed_model_lines_close(struct heed_model_lines *l)
{
    heed_numbers_close(&l->numbers);
}

#endif
