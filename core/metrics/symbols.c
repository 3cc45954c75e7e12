/* symbols.c: the tokenizers of scores, code point by code point what sacreBLEU 2 does.
 *
 * 13a is four substitutions, each over the whole line from left to right without overlap. They work
 * on bytes here: all they look for is ASCII, and a byte of a longer character is "no digit" just as
 * the character is. */
#include <string.h>
#include "base/utf8.h"
#include "metrics/metrics.h"

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

/* Bytes of the white space that starts here, as Python's
 * str.split() sees it; 0 when there is none. */
static int space_at(const char *s, size_t n)
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
    bool first = true, inside = false;
    for (size_t i = 0; i < n;) {
        int space = space_of(s + i, n - i);
        if (space) {
            inside = false;
            i += (size_t)space;
            continue;
        }
        if (!inside && !first)
            heed_str_add_char(out, ' ');
        inside = true;
        first = false;
        heed_str_add_char(out, s[i++]);
        while (i < n && ((unsigned char)s[i] & 0xc0) == 0x80)
            heed_str_add_char(out, s[i++]);
    }
    heed_str_add(out, "", 0);
}

static void split(const char *s, size_t n, struct heed_str *out)
{
    split_at(space_at, s, n, out);
}

/* --- 13a --- */

static void replace(struct heed_str *s, const char *what, const char *with)
{
    struct heed_str out = {0};
    size_t n = strlen(what);
    char *at = s->data, *hit;
    if (!at || !strstr(at, what))
        return;
    for (; (hit = strstr(at, what)); at = hit + n) {
        heed_str_add(&out, at, (size_t)(hit - at));
        heed_str_add_text(&out, with);
    }
    heed_str_add_text(&out, at);
    heed_str_release(s);
    *s = out;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_point(char c)
{
    return c == '.' || c == ',';
}

static bool is_symbol(char c)
{
    return (c >= '{' && c <= '~') || (c >= '[' && c <= '`') || (c >= ' ' && c <= '&') ||
           (c >= '(' && c <= '+') || (c >= ':' && c <= '@') || c == '/';
}

/* One substitution: where first and second stand side by side, blanks come in front of the first
 * (before), between them, and behind the second (after). */
static void part(struct heed_str *s, bool (*first)(char), bool (*second)(char), bool before,
                 bool after)
{
    struct heed_str out = {0};
    for (size_t i = 0; i < s->len; i++) {
        if (i + 1 < s->len && first(s->data[i]) && second(s->data[i + 1])) {
            heed_str_printf(&out, "%s%c %c%s", before ? " " : "", s->data[i], s->data[i + 1],
                            after ? " " : "");
            i++;
        } else {
            heed_str_add_char(&out, s->data[i]);
        }
    }
    heed_str_release(s);
    *s = out;
}

static bool is_no_digit(char c)
{
    return !is_digit(c);
}

static bool is_dash(char c)
{
    return c == '-';
}

static void tokenize_13a(const char *text, struct heed_str *out)
{
    static const char *const entities[][2] = {
        {"<skipped>", ""}, {"&quot;", "\""}, {"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}};
    struct heed_str line = {0}, spaced = {0};
    heed_str_add_text(&line, text);
    for (size_t i = 0; i < HEED_COUNT(entities); i++)
        replace(&line, entities[i][0], entities[i][1]);
    heed_str_add_char(&spaced, ' ');
    for (size_t i = 0; i < line.len; i++)
        heed_str_printf(&spaced, is_symbol(line.data[i]) ? " %c " : "%c", line.data[i]);
    heed_str_add_char(&spaced, ' ');
    part(&spaced, is_no_digit, is_point, false, true);
    part(&spaced, is_point, is_no_digit, true, false);
    part(&spaced, is_digit, is_dash, false, true);
    split(spaced.data, spaced.len, out);
    heed_str_release(&line);
    heed_str_release(&spaced);
}

/* --- the others --- */

/* What the course's code does, to the letter: two no-break blanks are blanks, others stay in words. */
static void tokenize_course(const char *text, struct heed_str *out)
{
    struct heed_str line = {0};
    heed_str_add_text(&line, text);
    replace(&line, "\xe2\x80\xaf", " ");
    replace(&line, "\xc2\xa0", " ");
    struct heed_str spaced = {0};
    for (size_t i = 0; i < line.len; i++) {
        if (i && strchr(",.!?", line.data[i]) && line.data[i - 1] != ' ')
            heed_str_add_char(&spaced, ' ');
        heed_str_add_char(&spaced, line.data[i]);
    }
    split_at(plain_blank_at, spaced.data, spaced.len, out);
    heed_str_release(&line);
    heed_str_release(&spaced);
}

static void tokenize_char(const char *text, struct heed_str *out)
{
    struct heed_str spaced = {0};
    for (const char *c = text; *c; c++) {
        if (((unsigned char)*c & 0xc0) != 0x80)
            heed_str_add_char(&spaced, ' ');
        heed_str_add_char(&spaced, *c);
    }
    split(spaced.data, spaced.len, out);
    heed_str_release(&spaced);
}

void heed_metric_tokenize(enum heed_metric_tokens how, bool lower, const char *text,
                          struct heed_str *out)
{
    struct heed_str lowered = {0};
    if (lower) {
        heed_metric_lower(text, &lowered);
        text = lowered.data;
    }
    switch (how) {
    case HEED_METRIC_13A:
        tokenize_13a(text, out);
        break;
    case HEED_METRIC_COURSE:
        tokenize_course(text, out);
        break;
    case HEED_METRIC_CHAR:
        tokenize_char(text, out);
        break;
    case HEED_METRIC_NONE:
        split(text, strlen(text), out);
        break;
    case HEED_METRIC_AUTO:
        BUG("tokens of a metric that nobody has chosen");
    }
    heed_str_release(&lowered);
}
