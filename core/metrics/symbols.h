/* symbols.h: the parts that tokenizers of scores are made of; inside core/metrics.
 *
 * Each works on a whole line and appends to, or takes the place of, a line. */
#ifndef HEED_METRICS_SYMBOLS_H
#define HEED_METRICS_SYMBOLS_H

#include "metrics/metrics.h"

/* Bytes of the white space that starts at s[0..n), as Python's str.split() sees it; 0: none. */
int heed_symbols_space_at(const char *s, size_t n);
/* Bytes of s[0..n) without the white space at its end. */
size_t heed_symbols_trimmed(const char *s, size_t n);
/* Appends the words of s with one blank between two. */
void heed_symbols_split(const char *s, size_t n, struct heed_str *out);
/* The same where only ' ' is a blank. */
void heed_symbols_split_plain(const char *s, size_t n, struct heed_str *out);

void heed_symbols_13a(const char *text, struct heed_str *out);
void heed_symbols_zh(const char *text, struct heed_str *out);
void heed_symbols_intl(const char *text, struct heed_str *out);

#endif
