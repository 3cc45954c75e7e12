/* test_sentences.c: where lines are cut: a table of cases, and what holds for any line. */
#include "base/rng.h"
#include "base/utf8.h"
#include "data/sentences.h"
#include "tests/tap.h"

/* Cases: the line with | at the begin of every sentence but the first. */
static const char *const cases[] = {
    "",
    "One.",
    " One. ",
    "One. |Two.",
    "One! |Two? |Three.  ",
    "One.Two.",
    "Really?! |Yes.",
    "\"Why?\" |She left.",
    "\"Why?\" she asked. |\"So.\" |(It was late.) |Yes.",
    "\xc2\xab Viens ! \xc2\xbb dit-il. |\xc2\xab Non ! \xc2\xbb |Il partit.",
    "\xc2\xab\xc2\xa0Oui\xc2\xa0!\xc2\xa0\xc2\xbb |Elle vint.",
    "\xc2\xbfVienes? |\xc2\xa1S\xc3\xad! |Vale.",
    "Mr. Smith and Mrs. Jones met Dr. No. |They talked.",
    "M. Dupont et Mme. Durand. |Ils parlent.",
    "J. R. R. Tolkien wrote it. |J.-P. Sartre did not.",
    "The U.S. Army came, e.g. Patton. |He left at 5 p.m. |She stayed.",
    "z.B. Berlin, d.h. Deutschland. |Am 3. Oktober ist Feiertag. |Ja.",
    "It cost 3.50 dollars. |He paid 4. |She paid 5.",
    "1. Introduction",
    "See fig. 3 and no. 4. |No. |Never.",
    "So do I. |He does not.",
    "You and I. |Newton", /* as likely as an initial */
    "Well... I know. |Well\xe2\x80\xa6 Perhaps.",
    "Well...? |Yes.",
    "See http://x.example/a.b?c=D and a.b@c.example. |Then go.",
    "He came etc. and left. |It was quux.example.",
    "It works! :-) ...",
    "Hello. \xf0\x9f\x98\x80",
    "Hello. |\xf0\x9f\x98\x80 World",
    "\xe4\xbd\xa0\xe5\xa5\xbd\xe3\x80\x82|\xe4\xbb\x96\xe8\xb5\xb0\xe4\xba\x86\xef\xbc\x81|"
    "\xe7\x9c\x9f\xe7\x9a\x84\xef\xbc\x9f",
    "\xe2\x80\x9c\xe4\xbd\xa0\xe5\xa5\xbd\xe3\x80\x82\xe2\x80\x9d|"
    "\xe4\xbb\x96\xe8\xaf\xb4\xe3\x80\x82 |\xe5\xa5\xbd\xe3\x80\x82",
    "\xe3\x80\x8c\xe8\xa1\x8c\xe3\x81\x8f\xe3\x80\x82\xe3\x80\x8d|"
    "\xe3\x81\xaf\xe3\x81\x84\xe3\x80\x82",
    "\xef\xbc\x93\xef\xbc\x8e\xef\xbc\x95",
    "\xe0\xa4\xb9\xe0\xa5\x88\xe0\xa5\xa4 |\xe0\xa4\xb5\xe0\xa4\xb9\xe0\xa5\xa4",
    "\xd9\x87\xd9\x84 \xd8\xac\xd8\xa7\xd8\xa1\xd8\x9f |\xd9\x86\xd8\xb9\xd9\x85.",
    "\xd0\x90. \xd0\xa1. \xd0\x9f\xd1\x83\xd1\x88\xd0\xba\xd0\xb8\xd0\xbd. |\xd0\x94\xd0\xb0.",
    "He said so. and then left.",
    ". . . .",
};

static void test_cases(void)
{
    struct heed_sentences s = {0};
    struct heed_str line = {0}, got = {0};
    for (size_t i = 0; i < HEED_COUNT(cases); i++) {
        heed_str_clear(&line);
        heed_str_clear(&got);
        heed_str_add(&got, "", 0);
        for (const char *at = cases[i]; *at; at++)
            if (*at != '|')
                heed_str_add(&line, at, 1);
        heed_sentences_cut(&s, line.len ? line.data : "", line.len);
        for (size_t k = 0, from = 0; k < s.n; k++) {
            heed_str_add(&got, line.data + from, s.items[k].begin - from);
            heed_str_add_text(&got, k ? "|" : "");
            heed_str_add(&got, line.data + s.items[k].begin, s.items[k].end - s.items[k].begin);
            from = s.items[k].end;
        }
        TAP_STR(got.data, cases[i]);
    }
    heed_str_release(&line);
    heed_str_release(&got);
    heed_sentences_release(&s);
}

static struct heed_rng rng;

static int32_t below(int32_t n)
{
    return (int32_t)heed_rng_below(&rng, (uint64_t)n);
}

static void make_line(struct heed_str *line)
{
    static const char *const parts[] = {".",
                                        "!",
                                        "?",
                                        "...",
                                        "\xe2\x80\xa6",
                                        "\xe3\x80\x82",
                                        "\xef\xbc\x8e",
                                        "\"",
                                        "'",
                                        "\xc2\xbb",
                                        "(",
                                        ")",
                                        " ",
                                        "  ",
                                        "\xc2\xa0",
                                        "\t",
                                        "a",
                                        "B",
                                        "Mr",
                                        "I",
                                        "no",
                                        "12",
                                        "\xe4\xbd\xa0",
                                        "\xe0\xa5\xa4",
                                        "\xcc\x81",
                                        "\xf0\x9f\x98\x80",
                                        "\xe2\x80\x8b"};
    heed_str_clear(line);
    for (int n = below(30); n > 0; n--) {
        char any[4];
        int32_t c = below(0x110000);
        if (below(4) == 0 && c && (c < 0xd800 || c > 0xdfff))
            heed_str_add(line, any, (size_t)heed_utf8_put(any, c));
        else
            heed_str_add_text(line, parts[below((int32_t)HEED_COUNT(parts))]);
    }
}

/* Pieces in order, not empty, from the first byte to the last; blanks between them and nothing else;
 * each but the last ends in a mark, has no further end in itself, and words follow it. */
static void test_any_line(void)
{
    struct heed_sentences s = {0}, again = {0};
    struct heed_str line = {0};
    int64_t n_cut = 0;
    heed_rng_seed(&rng, 3, 0);
    for (int i = 0; i < 50000; i++) {
        make_line(&line);
        const char *text = line.len ? line.data : "";
        heed_sentences_cut(&s, text, line.len);
        TAP_OK(s.n > 0 && s.items[0].begin == 0 && s.items[s.n - 1].end == line.len);
        for (size_t k = 1; k < s.n; k++) {
            size_t end = s.items[k - 1].end, begin = s.items[k].begin;
            TAP_OK(end > s.items[k - 1].begin && begin >= end && begin < s.items[k].end);
            for (size_t b = end, len; b < begin; b += len) {
                int32_t c;
                len = (size_t)heed_utf8_next(text + b, begin - b, &c);
                TAP_OK(len > 0 && heed_utf8_class(c) == HEED_CHAR_SPACE);
            }
            heed_sentences_cut(&again, text + s.items[k - 1].begin, end - s.items[k - 1].begin);
            TAP_I64(again.n, 1);
        }
        n_cut += s.n > 1;
    }
    heed_sentences_release(&s);
    heed_sentences_release(&again);
    heed_str_release(&line);
    TAP_OK(n_cut > 5000);
}

/* A line of nothing but marks and blanks is looked through once. */
static void test_long_line(void)
{
    struct heed_sentences s = {0};
    struct heed_str line = {0};
    for (int i = 0; i < 1 << 20; i++)
        heed_str_add_text(&line, i % 2 ? " \"" : "! ");
    heed_sentences_cut(&s, line.data, line.len);
    size_t none = s.n;
    for (int i = 0; i < 1 << 18; i++)
        heed_str_add_text(&line, "Ab. ");
    heed_sentences_cut(&s, line.data, line.len);
    size_t many = s.n;
    heed_sentences_release(&s);
    heed_str_release(&line);
    TAP_I64(none, 1);
    TAP_OK(many >= 1 << 18);
}

int main(void)
{
    TAP_RUN(test_cases);
    TAP_RUN(test_any_line);
    TAP_RUN(test_long_line);
    return tap_end();
}
