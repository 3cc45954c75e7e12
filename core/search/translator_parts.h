/* translator_parts.h: what the two files of the translator share: lines that wait, and their parts. */
#ifndef HEED_TRANSLATOR_PARTS_H
#define HEED_TRANSLATOR_PARTS_H

#include "search/translator.h"

/* A line that waits. Between its parts stand bytes of its own text. */
struct heed_translator_line {
    int64_t number;
    struct heed_str text;
    size_t first, n; /* its parts */
    unsigned notes;
};

/* A sentence, or a whole line. */
struct heed_translator_part {
    size_t begin, end;                /* of the line's text */
    struct heed_line source, *others; /* [n_others] as the engine's others have it */
    int64_t line, sentence;           /* of that line, from 0 */
    bool back;                        /* comes back as it is */
    struct heed_found *found;         /* [n_best], of which there are n */
    int64_t n;
    unsigned notes;
};

static inline int64_t heed_translator_best(const struct heed_translator *t)
{
    return HEED_MAX(t->options.search.n_best, 1);
}

#endif
