/* dictionary.h: what stands for a word of the source where the model knows none: a table of lines SOURCE<TAB>TARGET.
 *
 * Both are compared as NFC, to the letter. Of several lines with one source the first holds. */
#ifndef HEED_DICTIONARY_H
#define HEED_DICTIONARY_H

#include "data/text.h"

struct heed_dictionary {
    struct heed_str text;                  /* all of it */
    struct heed_dictionary_entry *entries; /* [n] by source */
    size_t n, cap;
};
/* "table.tsv: line 7: …" where a line is no pair. path NULL: an empty one. Release it, also after a failure. */
int heed_dictionary_read(struct heed_dictionary *d, const char *path,
                         struct heed_err *err) HEED_MUST_USE;
void heed_dictionary_release(struct heed_dictionary *d);
/* The target of a word, *n bytes, as long as d; NULL: it has none. d may be NULL. */
const char *heed_dictionary_find(const struct heed_dictionary *d, const char *word, size_t len,
                                 size_t *n);

#endif
