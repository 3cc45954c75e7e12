/* random_lines.c: random_lines N SEED: writes N lines of valid UTF-8 such as no corpus has, the same for
 * the same seed: any code point of any plane, runs of one script, marks and joiners on anything,
 * no-break blanks, writing directions, emoji sequences, and what tokenizers use for themselves. Not in
 * them: LF, NUL and CR, which are no text within a line, and a first line that begins with a byte order
 * mark. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/rng.h"
#include "base/utf8.h"

static struct heed_rng rng;

static int32_t below(int32_t n)
{
    return (int32_t)heed_rng_below(&rng, (uint64_t)n);
}

/* First and last code points. */
static const int32_t scripts[][2] = {
    {0x21, 0x7e},       {0xa1, 0x17f},      {0x250, 0x2ff},     {0x370, 0x3ff},
    {0x400, 0x52f},     {0x531, 0x58f},     {0x591, 0x5f4},     {0x600, 0x6ff},
    {0x900, 0x97f},     {0x980, 0x9fe},     {0xb80, 0xbfa},     {0xe01, 0xe5b},
    {0xf00, 0xfda},     {0x1000, 0x109f},   {0x10a0, 0x10ff},   {0x1100, 0x11ff},
    {0x1200, 0x139f},   {0x13a0, 0x13ff},   {0x1780, 0x17ff},   {0x1820, 0x18aa},
    {0x1d00, 0x1dff},   {0x1e00, 0x1fff},   {0x2070, 0x209c},   {0x20a0, 0x20c0},
    {0x2100, 0x218b},   {0x2190, 0x2bff},   {0x3041, 0x30ff},   {0x3400, 0x4dbf},
    {0x4e00, 0x9fff},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfb00, 0xfdff},
    {0xfe20, 0xfeff},   {0xff00, 0xffef},   {0x10000, 0x100fa}, {0x10330, 0x1034a},
    {0x10900, 0x1093f}, {0x12000, 0x12399}, {0x1d400, 0x1d7ff}, {0x1e900, 0x1e95f},
    {0x1f1e6, 0x1f1ff}, {0x1f300, 0x1faff}, {0x20000, 0x2a6df}, {0xe0100, 0xe01ef},
};

static const int32_t marks[] = {0x300,  0x301,  0x308,  0x327,  0x345,   0x361,  0x5b0,
                                0x651,  0x94d,  0x9bc,  0xe31,  0x1ab0,  0x1dc4, 0x20d7,
                                0x3099, 0xfe0e, 0xfe0f, 0xfe20, 0x1f3fb, 0xe0100};

static const int32_t formats[] = {0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x202a,  0x202b,  0x202c,
                                  0x202d, 0x202e, 0x2060, 0x2061, 0x2066, 0x2067,  0x2069,  0xad,
                                  0x61c,  0x180e, 0xfeff, 0xfff9, 0xfffb, 0xe0001, 0xe0041, 0x7f};

static const int32_t spaces[] = {0xa0,   0x1680, 0x2000, 0x2002, 0x2003, 0x2007, 0x2009, 0x200a,
                                 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0x85,   0x0b,   0x0c};

static const char *const words[] = {
    "quux.example",
    "777,88",
    "C++",
    "l'Zyx",
    "12:30",
    "a@b.example",
    "m\xc2\xb2",
    "5\xc2\xbd",
    "\xe2\x80\xa6",
    "H\xe2\x82\x82O",
    "\xef\xac\x81n",
    "<unk>",
    "<0x41>",
    "<0xE2>",
    "</s>",
    "<s>",
    "<pad>",
    "\xe2\x96\x81",
    "\xe2\x96\x81x",
    "\xef\xa3\xbe",
    "\xef\xbf\xad",
    "\xef\xbf\xad\xef\xbf\xad",
    "\xef\xbf\xbd",
    "\xef\xbf\xbf",
    "http://x.example/?q=1&r=2",
    "-5.0e-3",
    "t\xcd\xa1\xc9\x95\xca\xb0",
    "e\xcc\x81",
    "don't",
    "it\xe2\x80\x99s",
    "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x94\xac",
    "\xf0\x9f\x87\xab\xf0\x9f\x87\xb7",
    "1\xef\xb8\x8f\xe2\x83\xa3",
    "\xd9\x84\xd8\xa7",
};

static int32_t any(void)
{
    for (;;) {
        int32_t c = below(2) ? below(0x110000) : below(0x3000);
        if (c && c != '\n' && c != '\r' && (c < 0xd800 || c > 0xdfff))
            return c;
    }
}

static void put(struct heed_str *out, int32_t c)
{
    char s[4];
    heed_str_add(out, s, (size_t)heed_utf8_put(s, c));
}

static void put_run(struct heed_str *out)
{
    const int32_t *script = scripts[below((int32_t)HEED_COUNT(scripts))];
    for (int n = 1 + below(8); n > 0; n--) {
        put(out, script[0] + below(script[1] - script[0] + 1));
        if (below(5) == 0)
            put(out, marks[below((int32_t)HEED_COUNT(marks))]);
    }
}

static void put_part(struct heed_str *out)
{
    switch (below(10)) {
    case 0:
        put(out, any());
        break;
    case 1:
        put(out, marks[below((int32_t)HEED_COUNT(marks))]);
        break;
    case 2:
        put(out, formats[below((int32_t)HEED_COUNT(formats))]);
        break;
    case 3:
        put(out, spaces[below((int32_t)HEED_COUNT(spaces))]);
        break;
    case 4:
        heed_str_add_text(out, below(8) ? " " : below(2) ? "  " : "\t");
        break;
    case 5:
        heed_str_add_text(out, words[below((int32_t)HEED_COUNT(words))]);
        break;
    case 6:
        heed_str_printf(out, "%d", below(100000));
        break;
    default:
        put_run(out);
        heed_str_add_text(out, below(3) ? " " : "");
    }
}

int main(int argc, char **argv)
{
    struct heed_str line = {0};
    if (argc != 3)
        return 1;
    heed_rng_seed(&rng, strtoull(argv[2], NULL, 10), 0);
    for (long n = strtol(argv[1], NULL, 10), i = 0; i < n; i++) {
        heed_str_clear(&line);
        for (int parts = below(16); parts > 0; parts--)
            put_part(&line);
        printf("%s%.*s\n", i ? "" : "1", (int)line.len, line.data ? line.data : "");
    }
    heed_str_release(&line);
    return 0;
}
