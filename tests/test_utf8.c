/* test_utf8.c: decoding by the letter of the standard, and the facts of Unicode we lean on. */
#include "base/utf8.h"
#include "tests/tap.h"

static void test_every_code_point_round_trips(void)
{
    for (int32_t c = 0; c <= 0x10ffff; c++) {
        char buf[4];
        int32_t back;
        if (c >= 0xd800 && c <= 0xdfff)
            continue;
        int n = heed_utf8_put(buf, c);
        if (heed_utf8_next(buf, (size_t)n, &back) != n || back != c)
            TAP_FAIL("U+%04X does not come back", (unsigned)c);
        if (n > 1 && heed_utf8_next(buf, (size_t)n - 1, &back) != 0)
            TAP_FAIL("U+%04X cut short is taken", (unsigned)c);
    }
}

static void test_invalid_is_refused(void)
{
    static const char *const bad[] = {
        "\x80", "\xbf", "\xc0\x80",         "\xc1\xbf",         "\xe0\x9f\xbf", "\xed\xa0\x80",
        "\xf5", "\xff", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xc3",         "\xc3("};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        if (heed_utf8_valid(bad[i], strlen(bad[i])))
            TAP_FAIL("case %zu is taken as valid", i);
    TAP_OK(heed_utf8_valid("", 0));
    TAP_OK(heed_utf8_valid("h\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 10));
}

#define FFFD "\xef\xbf\xbd"
static void test_repair(void)
{
    static const struct {
        const char *in, *out;
        size_t replaced;
    } cases[] = {
        {"ok", "ok", 0},
        {"a\x80z", "a" FFFD "z", 1},
        {"\xf0\x9f\x98z", FFFD "z", 1}, /* a maximal part is one replacement */
        {"\xe1\x80\xe2\xf0\x91\x92\xf1\xbf"
         "A",
         FFFD FFFD FFFD FFFD "A", 4}, /* Unicode, table 3-11 */
        {"\xc0\xaf", FFFD FFFD, 2},
        {"\xed\xa0\x80", FFFD FFFD FFFD, 3},
        {"\xc3", FFFD, 1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct heed_str s = {0};
        heed_str_clear(&s);
        size_t replaced = heed_utf8_repair(&s, cases[i].in, strlen(cases[i].in));
        TAP_I64(replaced, cases[i].replaced);
        TAP_STR(s.data, cases[i].out);
        TAP_OK(heed_utf8_valid(s.data, s.len));
        heed_str_release(&s);
    }
}

static void test_nfc_and_lower(void)
{
    struct heed_str s = {0};
    heed_utf8_nfc(&s,
                  "e\xcc\x81"
                  "a",
                  4);
    TAP_STR(s.data, "\xc3\xa9"
                    "a");
    heed_str_clear(&s);
    heed_utf8_nfc(&s, "", 0);
    TAP_STR(s.data, "");
    heed_utf8_lower(&s,
                    "\xc3\x89"
                    "COLE I",
                    9);
    TAP_STR(s.data, "\xc3\xa9"
                    "cole i");
    heed_str_release(&s);
}

static void test_nfc_keeps_nul_bytes(void)
{
    struct heed_str s = {0};
    heed_utf8_nfc(&s, "a\0b", 3);
    TAP_I64(s.len, 3);
    TAP_MEM(s.data, "a\0b", 4);
    heed_str_release(&s);
}

static void test_count_and_width(void)
{
    TAP_I64(heed_utf8_count("h\xc3\xa9\xe2\x82\xac", 6), 3);
    TAP_I64(heed_utf8_width("h\xc3\xa9", 3), 2);
    TAP_I64(heed_utf8_width("e\xcc\x81", 3), 1);                /* combining: no column */
    TAP_I64(heed_utf8_width("\xe6\xbc\xa2\xe5\xad\x97", 6), 4); /* two columns each */
}

static void test_classes(void)
{
    TAP_I64(heed_utf8_class('a'), HEED_CHAR_LETTER);
    TAP_I64(heed_utf8_class(0xe9), HEED_CHAR_LETTER);
    TAP_I64(heed_utf8_class(0x301), HEED_CHAR_MARK);
    TAP_I64(heed_utf8_class('7'), HEED_CHAR_DIGIT);
    TAP_I64(heed_utf8_class(' '), HEED_CHAR_SPACE);
    TAP_I64(heed_utf8_class('\t'), HEED_CHAR_SPACE);
    TAP_I64(heed_utf8_class(0xa0), HEED_CHAR_SPACE);
    TAP_I64(heed_utf8_class(0x202f), HEED_CHAR_SPACE);
    TAP_I64(heed_utf8_class('!'), HEED_CHAR_PUNCT);
    TAP_I64(heed_utf8_class(0x2019), HEED_CHAR_PUNCT);
    TAP_I64(heed_utf8_class(0xab), HEED_CHAR_PUNCT);
    TAP_I64(heed_utf8_class('+'), HEED_CHAR_SYMBOL);
    TAP_I64(heed_utf8_class(0x1f600), HEED_CHAR_SYMBOL);
    TAP_I64(heed_utf8_class(0x1b), HEED_CHAR_CONTROL);
    TAP_I64(heed_utf8_class(0xe000), HEED_CHAR_OTHER);
    TAP_OK(strlen(heed_utf8_unicode_version()) >= 5);
}

int main(void)
{
    TAP_RUN(test_every_code_point_round_trips);
    TAP_RUN(test_invalid_is_refused);
    TAP_RUN(test_repair);
    TAP_RUN(test_nfc_and_lower);
    TAP_RUN(test_nfc_keeps_nul_bytes);
    TAP_RUN(test_count_and_width);
    TAP_RUN(test_classes);
    return tap_end();
}
