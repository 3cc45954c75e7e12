/* utf8.h: text as UTF-8 bytes; the only place that sees utf8proc. */
#ifndef HEED_UTF8_H
#define HEED_UTF8_H

#include "base/str.h"
#include "heed/text.h"

/* Reads one code point at s[0..n); returns its bytes (1-4), or 0 when the bytes are not valid UTF-8
 * (overlong, surrogate, above U+10FFFF, truncated). n > 0. */
int heed_utf8_next(const char *s, size_t n, int32_t *code_point);
int heed_utf8_put(char dst[4], int32_t code_point); /* bytes written */
bool heed_utf8_valid(const char *s, size_t n);
size_t heed_utf8_count(const char *s, size_t n); /* code points of valid UTF-8 */
size_t heed_utf8_width(const char *s, size_t n); /* terminal columns of valid UTF-8 */

/* Appends s to out with every maximal invalid part as U+FFFD; returns how many were replaced. */
size_t heed_utf8_repair(struct heed_str *out, const char *s, size_t n);
/* Appends the NFC form of valid UTF-8. */
void heed_utf8_nfc(struct heed_str *out, const char *s, size_t n);
/* Appends simple lower case (utf8proc_tolower for each code point; locale plays no part). */
void heed_utf8_lower(struct heed_str *out, const char *s, size_t n);

enum heed_char_class heed_utf8_class(int32_t code_point); /* by Unicode general category */
bool heed_utf8_is_upper(int32_t code_point);              /* a capital (Lu, Lt) */
bool heed_utf8_is_lower(int32_t code_point);              /* a small letter (Ll) */
const char *heed_utf8_unicode_version(void);              /* "14.0.0" */

#endif
