/* symbols.c: lower case and blanks, code point by code point as Python has them. */
#include <string.h>
#include "base/utf8.h"
#include "metrics/symbols.h"

/* --- lower case --- */

/* Scripts with two cases, roughly; Unicode's property is not in utf8proc. */
static bool is_cased(int32_t p)
{
    static const int32_t ranges[][2] = {{0x41, 0x58f},    {0x10a0, 0x10ff},   {0x13a0, 0x13ff},
                                        {0x1c80, 0x1cbf}, {0x1d00, 0x1fff},   {0x2c00, 0x2dff},
                                        {0xa640, 0xa7ff}, {0xab30, 0xabbf},   {0xfb00, 0xfb17},
                                        {0xff21, 0xff5a}, {0x10400, 0x104ff}, {0x1d400, 0x1d7ff}};
    for (size_t i = 0; i < HEED_COUNT(ranges); i++)
        if (p >= ranges[i][0] && p <= ranges[i][1])
            return heed_utf8_class(p) == HEED_CHAR_LETTER;
    return false;
}

/* What Unicode's rule of the last sigma looks through: marks, format
 * characters, apostrophes and the like. */
static bool is_ignorable(int32_t p)
{
    static const int32_t others[] = {'\'',   '.',    ':',    '^',    '`',    0xa8,   0xad,
                                     0xaf,   0xb4,   0xb7,   0xb8,   0x2018, 0x2019, 0x2024,
                                     0x2027, 0xfe13, 0xfe52, 0xfe55, 0xff07, 0xff0e, 0xff1a};
    for (size_t i = 0; i < HEED_COUNT(others); i++)
        if (p == others[i])
            return true;
    return heed_utf8_class(p) == HEED_CHAR_MARK || (p >= 0x200b && p <= 0x200f) ||
           (p >= 0x2060 && p <= 0x206f) || p == 0xfeff;
}

/* Does a letter stand on this side of the capital sigma? */
static bool letter_beside(const int32_t *text, size_t n, size_t at, int step)
{
    for (size_t i = at + (size_t)step; i < n; i += (size_t)step)
        if (!is_ignorable(text[i]))
            return is_cased(text[i]);
    return false;
}

void heed_metric_lower(const char *text, struct heed_str *out)
{
    size_t size = strlen(text), n = 0;
    int32_t *points = heed_xmalloc(sizeof(*points) * (size + 1));
    char bytes[4];
    for (size_t i = 0; i < size; n++) {
        int step = heed_utf8_next(text + i, size - i, &points[n]);
        if (!step)
            BUG("a line to be scored is not valid UTF-8");
        i += (size_t)step;
    }
    for (size_t i = 0; i < n; i++) {
        if (points[i] == 0x130)
            heed_str_add_text(out, "i\xcc\x87");
        else if (points[i] == 0x3a3 && letter_beside(points, n, i, -1) &&
                 !letter_beside(points, n, i, 1))
            heed_str_add_text(out, "\xcf\x82");
        else
            heed_utf8_lower(out, bytes, (size_t)heed_utf8_put(bytes, points[i]));
    }
    heed_str_add(out, "", 0);
    free(points);
}

/* --- blanks --- */

int heed_symbols_space_at(const char *s, size_t n)
{
    unsigned char c = (unsigned char)*s;
    int32_t p;
    if (c < 0x80)
        return c == ' ' || (c >= 9 && c <= 13) || (c >= 0x1c && c <= 0x1f);
    int size = heed_utf8_next(s, n, &p);
    bool space = p == 0x85 || p == 0xa0 || p == 0x1680 || (p >= 0x2000 && p <= 0x200a) ||
                 p == 0x2028 || p == 0x2029 || p == 0x202f || p == 0x205f || p == 0x3000;
    return space ? size : 0;
}

static int plain_blank_at(const char *s, size_t n)
{
    return n && *s == ' ';
}

/* Appends the words of s with one blank between two; space: its bytes where one stands, or 0. */
static void split_at(int (*space_of)(const char *s, size_t n), const char *s, size_t n,
                     struct heed_str *out)
{
    bool first = true;
    for (size_t i = 0; i < n;) {
        int space = space_of(s + i, n - i);
        size_t from = i;
        if (space) {
            i += (size_t)space;
            continue;
        }
        while (i < n && !space_of(s + i, n - i))
            do
                i++;
            while (i < n && ((unsigned char)s[i] & 0xc0) == 0x80);
        if (!first)
            heed_str_add_char(out, ' ');
        heed_str_add(out, s + from, i - from);
        first = false;
    }
    heed_str_add(out, "", 0);
}

void heed_symbols_split(const char *s, size_t n, struct heed_str *out)
{
    split_at(heed_symbols_space_at, s, n, out);
}

void heed_symbols_split_plain(const char *s, size_t n, struct heed_str *out)
{
    split_at(plain_blank_at, s, n, out);
}

size_t heed_symbols_trimmed(const char *s, size_t n)
{
    while (n) {
        size_t at = n - 1;
        while (at && ((unsigned char)s[at] & 0xc0) == 0x80)
            at--;
        if (!heed_symbols_space_at(s + at, n - at))
            break;
        n = at;
    }
    return n;
}
