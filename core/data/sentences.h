/* sentences.h: a line cut where sentences end.
 *
 *     Mr. Smith paid 3.50. "Why?" he said.  He left…
 *     |------------------| |-------------|  |------|
 *
 * An end is a mark of the Unicode property Sentence_Terminal with the closing quotes and brackets behind it. Behind
 * . ! ? and what is made of them there must be a blank, and the next letter must not be a small one (rule SB8
 * of UAX #29); marks of other scripts (。। ؟ …) stand for themselves. No end: an ellipsis, an
 * abbreviation (a table of our own, of languages in Latin and Cyrillic script), an initial, the number of a
 * list or of a day, and what only signs follow. Where in doubt a line is not cut. */
#ifndef HEED_SENTENCES_H
#define HEED_SENTENCES_H

#include "base/str.h"

struct heed_sentence {
    size_t begin, end; /* bytes of the line; between two of them are blanks, or nothing */
};
struct heed_sentences {
    struct heed_sentence *items;
    size_t n, cap;
};
/* line: valid UTF-8. The first begins where the line does and the last ends there, blanks too, so one
 * sentence is the line itself. There is always one. Linear in n. */
void heed_sentences_cut(struct heed_sentences *s, const char *line, size_t n);
/* Is it of the property Sentence_Terminal? */
bool heed_sentence_terminal(int32_t code_point);
/* Does what ends so want a blank before the next sentence? Not behind a mark that stands for itself. */
bool heed_sentence_wants_blank(const char *s, size_t n);
void heed_sentences_release(struct heed_sentences *s);

#endif
