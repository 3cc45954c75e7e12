/* str.c: growable byte strings and strict number parsing. No program of heed calls setlocale(), so
 * strtod() and printf() speak the C locale; the grammar is checked first because strtod() alone
 * takes blanks, signs, hex, inf and nan. */
#include <errno.h>
#include <math.h>
#include <string.h>
#include "base/str.h"

void heed_str_release(struct heed_str *s)
{
    free(s->data);
    *s = (struct heed_str){0};
}

static void reserve(struct heed_str *s, size_t more)
{
    size_t need;
    if (heed_add_overflows(s->len, more, &need) || heed_add_overflows(need, 1u, &need))
        heed_out_of_memory("string", SIZE_MAX);
    if (need <= s->cap)
        return;
    s->cap = HEED_MAX(need, s->cap + s->cap / 2);
    s->data = heed_xrealloc(s->data, s->cap, 1);
}

void heed_str_clear(struct heed_str *s)
{
    reserve(s, 0);
    s->len = 0;
    s->data[0] = '\0';
}

void heed_str_add(struct heed_str *s, const void *bytes, size_t n)
{
    reserve(s, n);
    if (n)
        memcpy(s->data + s->len, bytes, n);
    s->len += n;
    s->data[s->len] = '\0';
}

void heed_str_add_text(struct heed_str *s, const char *text)
{
    heed_str_add(s, text, strlen(text));
}

void heed_str_add_char(struct heed_str *s, char c)
{
    heed_str_add(s, &c, 1);
}

void heed_str_vprintf(struct heed_str *s, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n < 0)
        BUG("format '%s' cannot be printed", fmt);
    reserve(s, (size_t)n);
    vsnprintf(s->data + s->len, (size_t)n + 1, fmt, ap);
    s->len += (size_t)n;
}

void heed_str_printf(struct heed_str *s, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    heed_str_vprintf(s, fmt, ap);
    va_end(ap);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool heed_parse_u64(const char *text, uint64_t *out)
{
    uint64_t v = 0;
    if (!is_digit(*text))
        return false;
    for (; is_digit(*text); text++)
        if (heed_mul_overflows(v, 10u, &v) || heed_add_overflows(v, (unsigned)(*text - '0'), &v))
            return false;
    if (*text)
        return false;
    *out = v;
    return true;
}

bool heed_parse_i64(const char *text, int64_t *out)
{
    bool minus = *text == '-';
    uint64_t v;
    if (!heed_parse_u64(text + minus, &v) || v > (uint64_t)INT64_MAX + minus)
        return false;
    *out = (int64_t)(minus ? 0 - v : v);
    return true;
}

/* Where the longest decimal number at text ends; text itself when there is none. */
static const char *number_end(const char *text)
{
    const char *p = text + (*text == '-');
    const char *digits = p;
    size_t n = 0;
    for (; is_digit(*p); p++)
        n++;
    if (*p == '.')
        for (p++; is_digit(*p); p++)
            n++;
    if (!n || !is_digit(*digits))
        return text;
    if (*p == 'e' || *p == 'E') {
        const char *e = p + 1;
        e += *e == '-' || *e == '+';
        if (is_digit(*e))
            for (p = e; is_digit(*p); p++)
                ;
    }
    return p;
}

bool heed_parse_f64(const char *text, double *out)
{
    const char *end = number_end(text);
    if (end == text || *end)
        return false;
    double v = strtod(text, NULL);
    if (!isfinite(v))
        return false;
    *out = v;
    return true;
}

int heed_parse_next_f64(const char **list, double *out)
{
    char text[64];
    size_t size = strcspn(*list, ",");
    if (!**list)
        return 0;
    bool fits = size < sizeof text;
    snprintf(text, sizeof text, "%.*s", (int)HEED_MIN(size, sizeof text - 1), *list);
    *list += size + ((*list)[size] == ',');
    return fits && heed_parse_f64(text, out) ? 1 : -1;
}

/* Digits and at most one letter: the unit k, M, G, T stands for base^1…base^4. */
static bool parse_scaled(const char *text, int64_t base, int64_t *out)
{
    static const char units[] = "kKmMgGtT";
    char digits[32];
    size_t n = strlen(text);
    if (!n || n >= sizeof(digits))
        return false;
    memcpy(digits, text, n + 1);
    const char *unit = strchr(units, text[n - 1]);
    if (unit)
        digits[n - 1] = '\0';
    int64_t v;
    if (!heed_parse_i64(digits, &v))
        return false;
    for (long power = unit ? (unit - units) / 2 + 1 : 0; power > 0; power--)
        if (heed_mul_overflows(v, base, &v))
            return false;
    *out = v;
    return true;
}

bool heed_parse_size(const char *text, int64_t *out)
{
    return parse_scaled(text, 1024, out);
}

bool heed_parse_count(const char *text, int64_t *out)
{
    return parse_scaled(text, 1000, out);
}

/* The seconds of a unit, or 0. */
static double unit_seconds(char unit)
{
    return unit == 's' ? 1 : unit == 'm' ? 60 : unit == 'h' ? 3600 : unit == 'd' ? 86400 : 0;
}

/* 1h30m: larger units first, each once, and no part but the last may be broken or stand before a
 * number without unit, which would be minutes to one reader and seconds to another. */
bool heed_parse_time(const char *text, double *out)
{
    double sum = 0, last = INFINITY;
    const char *at = text;
    do {
        const char *end = number_end(at);
        char digits[64];
        size_t n = (size_t)(end - at);
        double v, unit = *end ? unit_seconds(*end) : at == text ? 1 : 0;
        if (!n || n >= sizeof(digits) || (at > text && *at == '-') || unit == 0 || unit >= last)
            return false;
        memcpy(digits, at, n);
        digits[n] = '\0';
        if (!heed_parse_f64(digits, &v))
            return false;
        at = *end ? end + 1 : end;
        if (*at && (v < 0 || strpbrk(digits, ".eE")))
            return false;
        sum += v * unit;
        last = unit;
    } while (*at);
    if (!isfinite(sum))
        return false;
    *out = sum;
    return true;
}

size_t heed_format_f64(char *dst, size_t cap, double v)
{
    int n = 0;
    for (int digits = 15; digits <= 17; digits++) {
        n = snprintf(dst, cap, "%.*g", digits, v);
        if (n < 0 || (size_t)n >= cap || isnan(v) || strtod(dst, NULL) == v)
            break;
    }
    return n < 0 ? 0 : HEED_MIN((size_t)n, cap - 1);
}

size_t heed_format_f32(char *dst, size_t cap, float v)
{
    int n = 0;
    for (int digits = 6; digits <= 9; digits++) {
        n = snprintf(dst, cap, "%.*g", digits, (double)v);
        if (n < 0 || (size_t)n >= cap || isnan(v) || strtof(dst, NULL) == v)
            break;
    }
    return n < 0 ? 0 : HEED_MIN((size_t)n, cap - 1);
}
