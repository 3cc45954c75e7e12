/* str.h: growable byte strings and strict number parsing. */
#ifndef HEED_STR_H
#define HEED_STR_H

#include <stdarg.h>
#include "base/base.h"

/* data is NUL-terminated whenever cap > 0; bytes may hold NULs. Zero-initialise to start. */
struct heed_str {
    char *data;
    size_t len, cap;
};

void heed_str_release(struct heed_str *s);
void heed_str_clear(struct heed_str *s); /* keeps memory; data becomes "" */
void heed_str_add(struct heed_str *s, const void *bytes, size_t n);
void heed_str_add_text(struct heed_str *s, const char *text);
void heed_str_add_char(struct heed_str *s, char c);
void heed_str_printf(struct heed_str *s, const char *fmt, ...) HEED_PRINTF(2, 3); /* appends */
void heed_str_vprintf(struct heed_str *s, const char *fmt, va_list ap) HEED_PRINTF(2, 0);

/* Whole-string parsers, independent of locale: no blanks, no sign '+', no trailing bytes, no hex.
 * Return false when the text is no such number or does not fit. */
bool heed_parse_i64(const char *text, int64_t *out);
bool heed_parse_u64(const char *text, uint64_t *out);
bool heed_parse_f64(const char *text, double *out); /* finite only */
/* The next number of a list like "3,0.5", which is moved past: 1, 0 at the end, -1: it is none. */
int heed_parse_next_f64(const char **list, double *out);
bool heed_parse_size(const char *text, int64_t *out);  /* 4096, 4k, 64M, 1G (powers of 1024) */
bool heed_parse_count(const char *text, int64_t *out); /* 20000, 20k (powers of 1000) */
bool heed_parse_time(const char *text, double *out);   /* seconds: 90, 90s, 1.5h, 2d3h */
/* Shortest text that reads back as the same value, '.' as decimal point in every locale. */
size_t heed_format_f64(char *dst, size_t cap, double v);
size_t heed_format_f32(char *dst, size_t cap, float v);

#endif
