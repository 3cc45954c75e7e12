/* symbols_words.c: tokenizers that cut punctuation off words: 13a, zh and intl, and tercom's.
 *
 * Each is a row of substitutions, every one over the whole line from left to right without overlap:
 *
 *     13a    entities, symbols, points and commas not between digits, dashes behind digits
 *            (mteval-v13a, in the form of Post 2018)
 *     zh     Chinese characters, then as 13a without entities
 *     intl   punctuation not between numbers, symbols, by Unicode category (mteval-v14)
 *     ter    as Snover et al. 2006 and their program tercom; see heed_metric_ter_tokenize()
 *
 * All that 13a looks for is ASCII, and a byte of a longer character is "no digit" just as the character
 * is: it works on bytes. */
#include <string.h>
#include "base/utf8.h"
#include "metrics/symbols.h"

/* --- substitutions of bytes --- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_no_digit(char c)
{
    return !is_digit(c);
}

static bool is_point(char c)
{
    return c == '.' || c == ',';
}

static bool is_dash(char c)
{
    return c == '-';
}

static bool is_symbol(char c)
{
    return (c >= '{' && c <= '~') || (c >= '[' && c <= '`') || (c >= ' ' && c <= '&') ||
           (c >= '(' && c <= '+') || (c >= ':' && c <= '@') || c == '/';
}

static void take(struct heed_str *s, struct heed_str *with)
{
    heed_str_release(s);
    *s = *with;
}

static void replace(struct heed_str *s, const char *what, const char *with)
{
    struct heed_str out = {0};
    size_t n = strlen(what);
    char *at = s->data, *hit;
    if (!strstr(at, what))
        return;
    for (; (hit = strstr(at, what)); at = hit + n) {
        heed_str_add(&out, at, (size_t)(hit - at));
        heed_str_add_text(&out, with);
    }
    heed_str_add_text(&out, at);
    take(s, &out);
}

static void replace_entities(struct heed_str *s)
{
    static const char *const entities[][2] = {
        {"&quot;", "\""}, {"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}};
    if (strchr(s->data, '&'))
        for (size_t i = 0; i < HEED_COUNT(entities); i++)
            replace(s, entities[i][0], entities[i][1]);
}

static void set_symbols_apart(struct heed_str *s)
{
    struct heed_str out = {0};
    for (const char *c = s->data; *c; c++)
        if (is_symbol(*c)) {
            const char apart[] = {' ', *c, ' '};
            heed_str_add(&out, apart, 3);
        } else {
            heed_str_add_char(&out, *c);
        }
    heed_str_add(&out, "", 0);
    take(s, &out);
}

/* Where first and second stand side by side, blanks come in front of the first (before), between
 * them, and behind the second (after). */
static void part(struct heed_str *s, bool (*first)(char), bool (*second)(char), bool before,
                 bool after)
{
    struct heed_str out = {0};
    for (size_t i = 0; i < s->len; i++) {
        if (i + 1 == s->len || !second(s->data[i + 1]) || !first(s->data[i])) {
            heed_str_add_char(&out, s->data[i]);
            continue;
        }
        const char apart[] = {' ', s->data[i], ' ', s->data[i + 1], ' '};
        heed_str_add(&out, apart + !before, (size_t)(3 + before + after));
        i++;
    }
    heed_str_add(&out, "", 0);
    take(s, &out);
}

/* Points and commas where no digit is in front of or behind them, dashes behind digits. */
static void part_points(struct heed_str *s)
{
    part(s, is_no_digit, is_point, false, true);
    part(s, is_point, is_no_digit, true, false);
    if (strchr(s->data, '-'))
        part(s, is_digit, is_dash, false, true);
}

/* --- 13a --- */

/* The line without what is blank at its end. */
static void add_between_blanks(struct heed_str *out, const char *text)
{
    heed_str_add_char(out, ' ');
    heed_str_add(out, text, heed_symbols_trimmed(text, strlen(text)));
    heed_str_add_char(out, ' ');
}

void heed_symbols_13a(const char *text, struct heed_str *out)
{
    struct heed_str line = {0};
    add_between_blanks(&line, text);
    replace(&line, "<skipped>", "");
    replace_entities(&line);
    set_symbols_apart(&line);
    part_points(&line);
    heed_symbols_split(line.data, line.len, out);
    heed_str_release(&line);
}

/* --- by code point --- */

struct range {
    int32_t from, to;
};

static bool in_ranges(int32_t p, const struct range *ranges, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p >= ranges[i].from && p <= ranges[i].to)
            return true;
    return false;
}

#define IN(p, ranges) in_ranges(p, ranges, HEED_COUNT(ranges))

/* Reads the code point at *at of valid UTF-8 and moves *at behind it. */
static int32_t next_point(const char *s, size_t n, size_t *at)
{
    int32_t p = 0;
    int bytes = heed_utf8_next(s + *at, n - *at, &p);
    if (!bytes)
        BUG("a line to be scored is not valid UTF-8");
    *at += (size_t)bytes;
    return p;
}

/* Appends s with those code points that `chosen` knows between blanks, or without them. */
static void add_with(struct heed_str *out, const char *s, size_t n, bool (*chosen)(int32_t),
                     bool apart)
{
    for (size_t i = 0, from; i < n;) {
        from = i;
        bool is = chosen(next_point(s, n, &i));
        if (is && !apart)
            continue;
        heed_str_add(out, " ", is);
        heed_str_add(out, s + from, i - from);
        heed_str_add(out, " ", is);
    }
    heed_str_add(out, "", 0);
}

/* --- zh --- */

/* Han and what is written as wide. Of the planes above the first sacreBLEU means U+20000 to U+2A6D6
 * and U+2F800 to U+2FA1D, but reads them as U+2001 to U+2A6D and U+2F81 to U+2FA1: typographic
 * quotes, dashes and signs become tokens, rare characters stay in words. So they do here. */
static bool is_chinese(int32_t p)
{
    static const struct range ranges[] = {
        {0x2001, 0x2a6d}, {0x2e80, 0x2fdf}, {0x2ff0, 0x303f}, {0x3100, 0x312f}, {0x31a0, 0x31bf},
        {0x31c0, 0x31ef}, {0x3200, 0x33ff}, {0x3400, 0x4db5}, {0x4e00, 0x9fbb}, {0xf900, 0xfa2d},
        {0xfa30, 0xfa6a}, {0xfa70, 0xfad9}, {0xfe10, 0xfe1f}, {0xfe30, 0xfe4f}, {0xff00, 0xffef}};
    return IN(p, ranges);
}

void heed_symbols_zh(const char *text, struct heed_str *out)
{
    struct heed_str line = {0};
    size_t n = heed_symbols_trimmed(text, strlen(text)), from = 0;
    for (int space; from < n && (space = heed_symbols_space_at(text + from, n - from));)
        from += (size_t)space;
    add_with(&line, text + from, n - from, is_chinese, true);
    set_symbols_apart(&line);
    part_points(&line);
    heed_symbols_split(line.data, line.len, out);
    heed_str_release(&line);
}

/* --- intl --- */

static bool is_number(int32_t p)
{
    return heed_utf8_class(p) == HEED_CHAR_DIGIT;
}

static bool is_no_number(int32_t p)
{
    return !is_number(p);
}

static bool is_punctuation(int32_t p)
{
    return heed_utf8_class(p) == HEED_CHAR_PUNCT;
}

static bool is_sign(int32_t p)
{
    return heed_utf8_class(p) == HEED_CHAR_SYMBOL;
}

/* As part(): a blank between first and second, and one in front of the first or behind the second. */
static void part_points_of(struct heed_str *s, bool (*first)(int32_t), bool (*second)(int32_t),
                           bool before)
{
    struct heed_str out = {0};
    for (size_t i = 0, middle, end; i < s->len; i = end) {
        middle = i;
        int32_t p = next_point(s->data, s->len, &middle);
        end = middle;
        if (middle == s->len || !first(p) || !second(next_point(s->data, s->len, &end))) {
            heed_str_add(&out, s->data + i, middle - i);
            end = middle;
            continue;
        }
        heed_str_add(&out, " ", before);
        heed_str_add(&out, s->data + i, middle - i);
        heed_str_add_char(&out, ' ');
        heed_str_add(&out, s->data + middle, end - middle);
        heed_str_add(&out, " ", !before);
    }
    heed_str_add(&out, "", 0);
    take(s, &out);
}

/* A number's full stop at the end of the line stays with it: nothing stands behind. */
void heed_symbols_intl(const char *text, struct heed_str *out)
{
    struct heed_str line = {0}, apart = {0};
    heed_str_add(&line, text, heed_symbols_trimmed(text, strlen(text)));
    part_points_of(&line, is_no_number, is_punctuation, false);
    part_points_of(&line, is_punctuation, is_no_number, true);
    add_with(&apart, line.data, line.len, is_sign, true);
    heed_symbols_split(apart.data, apart.len, out);
    heed_str_release(&line);
    heed_str_release(&apart);
}

/* --- tercom's --- */

/* Han, radicals, strokes, compatibility forms, and all from U+3200 on, as the program has it. */
static bool is_asian(int32_t p)
{
    static const struct range ranges[] = {{0x2e80, 0x2eff}, {0x31c0, 0x31ef}, {0x3200, 0x4dbf},
                                          {0x4e00, 0x9fff}, {0xf900, 0xfaff}, {0xfe30, 0xfe4f}};
    return IN(p, ranges);
}

static bool is_asian_punctuation(int32_t p)
{
    static const struct range ranges[] = {{0x3001, 0x3002}, {0x3008, 0x3011}, {0x3014, 0x301f},
                                          {0x30fb, 0x30fb}, {0xff01, 0xff02}, {0xff08, 0xff09},
                                          {0xff0c, 0xff0c}, {0xff0e, 0xff0e}, {0xff1a, 0xff1b},
                                          {0xff1f, 0xff1f}, {0xff61, 0xff65}};
    return IN(p, ranges);
}

static bool is_asian_token(int32_t p)
{
    return is_asian(p) || is_asian_punctuation(p);
}

static bool is_western_punctuation(int32_t p)
{
    return p && p < 0x80 && strchr(".,?:;!\"()", (int)p);
}

static void filter(struct heed_str *s, bool (*chosen)(int32_t), bool apart)
{
    struct heed_str out = {0};
    add_with(&out, s->data, s->len, chosen, apart);
    take(s, &out);
}

static void normalise(struct heed_str *s)
{
    replace_entities(s);
    set_symbols_apart(s);
    replace(s, "'s ", " 's ");
    part_points(s);
}

void heed_metric_ter_tokenize(const struct heed_ter_options *o, const char *text,
                              struct heed_str *out)
{
    struct heed_str line = {0}, lowered = {0};
    if (!o->mixed_case) {
        heed_metric_lower(text, &lowered);
        text = lowered.data;
    }
    add_between_blanks(&line, text);
    if (o->normalized)
        normalise(&line);
    if (o->normalized && o->asian)
        filter(&line, is_asian_token, true);
    if (o->no_punct)
        filter(&line, is_western_punctuation, false);
    if (o->no_punct && o->asian)
        filter(&line, is_asian_punctuation, false);
    heed_symbols_split(line.data, line.len, out);
    heed_str_release(&line);
    heed_str_release(&lowered);
}
