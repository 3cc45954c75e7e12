/* sentences.c: see sentences.h.
 *
 * One pass. At a terminator all that belongs to it is taken (terminators, closing marks), then the reasons against
 * an end are asked one by one. The next letter or digit is looked for once and remembered, since a
 * line of signs would be walked through again from each of them. */
#include <string.h>

#include "base/utf8.h"
#include "data/sentences.h"

/* First and last of Sentence_Terminal (PropList.txt of Unicode 15, and the Khmer signs of 16) but . ! ? */
static const int32_t terminals[][2] = {
    {0x589, 0x589},     {0x61d, 0x61f},     {0x6d4, 0x6d4},     {0x700, 0x702},
    {0x7f9, 0x7f9},     {0x837, 0x837},     {0x839, 0x839},     {0x83d, 0x83e},
    {0x964, 0x965},     {0x104a, 0x104b},   {0x1362, 0x1362},   {0x1367, 0x1368},
    {0x166e, 0x166e},   {0x1735, 0x1736},   {0x17d4, 0x17d5},   {0x1803, 0x1803},
    {0x1809, 0x1809},   {0x1944, 0x1945},   {0x1aa8, 0x1aab},   {0x1b5a, 0x1b5b},
    {0x1b5e, 0x1b5f},   {0x1b7d, 0x1b7e},   {0x1c3b, 0x1c3c},   {0x1c7e, 0x1c7f},
    {0x203c, 0x203d},   {0x2047, 0x2049},   {0x2e2e, 0x2e2e},   {0x2e3c, 0x2e3c},
    {0x2e53, 0x2e54},   {0x3002, 0x3002},   {0xa4ff, 0xa4ff},   {0xa60e, 0xa60f},
    {0xa6f3, 0xa6f3},   {0xa6f7, 0xa6f7},   {0xa876, 0xa877},   {0xa8ce, 0xa8cf},
    {0xa92f, 0xa92f},   {0xa9c8, 0xa9c9},   {0xaa5d, 0xaa5f},   {0xaaf0, 0xaaf1},
    {0xabeb, 0xabeb},   {0xfe52, 0xfe52},   {0xfe56, 0xfe57},   {0xff01, 0xff01},
    {0xff0e, 0xff0e},   {0xff1f, 0xff1f},   {0xff61, 0xff61},   {0x10a56, 0x10a57},
    {0x10f55, 0x10f59}, {0x10f86, 0x10f89}, {0x11047, 0x11048}, {0x110be, 0x110c1},
    {0x11141, 0x11143}, {0x111c5, 0x111c6}, {0x111cd, 0x111cd}, {0x111de, 0x111df},
    {0x11238, 0x11239}, {0x1123b, 0x1123c}, {0x112a9, 0x112a9}, {0x1144b, 0x1144c},
    {0x115c2, 0x115c3}, {0x115c9, 0x115d7}, {0x11641, 0x11642}, {0x1173c, 0x1173e},
    {0x11944, 0x11944}, {0x11946, 0x11946}, {0x11a42, 0x11a43}, {0x11a9b, 0x11a9c},
    {0x11c41, 0x11c42}, {0x11ef7, 0x11ef8}, {0x11f43, 0x11f44}, {0x16a6e, 0x16a6f},
    {0x16af5, 0x16af5}, {0x16b37, 0x16b38}, {0x16b44, 0x16b44}, {0x16e98, 0x16e98},
    {0x1bc9f, 0x1bc9f}, {0x1da88, 0x1da88}};

/* Before a capital no end follows these; small letters, sorted by nothing. */
static const char always[] =
    " mr mrs ms dr prof rev gen capt lt sgt gov sen st mt jr vs cf hon messrs " /* English */
    "mm mme mlle mgr bd "                                                       /* French */
    "hr fr frl bzw vgl evtl ggf inkl sog geb "                                  /* German */
    "sr sra srta dra ud uds lic ing dott sig avv prof\xc2\xaa profa " /* Spanish, Italian, Portuguese */
    "dhr mevr drs ir hl kl "                                          /* Dutch, Scandinavian */
    "\xd1\x83\xd0\xbb \xd0\xb8\xd0\xbc \xd0\xbf\xd1\x80\xd0\xbe\xd1\x84 " /* Russian: ул, им, проф */
    "\xd0\xb3\xd1\x80 \xd1\x82\xd0\xbe\xd0\xb2 \xd0\xb0\xd0\xba\xd0\xb0\xd0\xb4 "; /* гр, тов, акад */
/* … and before a number these. */
static const char numbered[] = " no nos nr n\xc2\xba num n\xc3\xbam fig figs vol vols p pp pg "
                               "p\xc3\xa1g ch chap cap sec art abs "
                               "s str tel ca approx max min jan feb febr mar apr jun jul aug sep "
                               "sept oct okt nov dec dez \xd1\x81 "
                               "\xd1\x81\xd1\x82\xd1\x80 \xd1\x80\xd0\xb8\xd1\x81 ";
/* What may stand behind the number of a day or a century in German and its neighbours. */
static const char ordered[] =
    " januar februar m\xc3\xa4rz april mai juni juli august september oktober november dezember "
    "jahrhundert jahrhunderts jh jhd januari februari marts maj ";
/* Chains of letters with dots that do end a sentence. */
static const char hours[] = " a.m p.m a.c d.c \xd1\x82.\xd0\xb4 \xd1\x82.\xd0\xbf ";

#define WORD_BYTES 24 /* none of these is longer */

struct cutter {
    const char *line;
    size_t n, token; /* where what stands between blanks began */
    size_t word_at;  /* where the next letter or digit was found */
    int32_t word;    /* that character; 0: none until the end */
    bool looked;
};

/* The character at i, 0 at the end; *len its bytes. */
static int32_t at(const struct cutter *c, size_t i, size_t *len)
{
    int32_t code = 0;
    *len = i < c->n ? (size_t)heed_utf8_next(c->line + i, c->n - i, &code) : 0;
    return code;
}

static bool is_word(int32_t c)
{
    enum heed_char_class class = heed_utf8_class(c);
    return class == HEED_CHAR_LETTER || class == HEED_CHAR_DIGIT;
}

static bool is_blank(int32_t c)
{
    return c && heed_utf8_class(c) == HEED_CHAR_SPACE;
}

static bool is_plain(int32_t c)
{
    return c == '.' || c == '!' || c == '?';
}

bool heed_sentence_terminal(int32_t c)
{
    size_t low = 0, high = HEED_COUNT(terminals);
    if (is_plain(c))
        return true;
    while (c >= terminals[0][0] && low < high) {
        size_t mid = (low + high) / 2;
        if (c < terminals[mid][0])
            high = mid;
        else if (c > terminals[mid][1])
            low = mid + 1;
        else
            return true;
    }
    return false;
}

/* Does an end by this mark need a blank behind it? */
static bool wants_blank(int32_t c)
{
    return is_plain(c) || (c >= 0x203c && c <= 0x203d) || (c >= 0x2047 && c <= 0x2049);
}

/* Closes what was quoted; at once behind the mark any quote does. */
static bool is_closing(int32_t c, bool at_once)
{
    return c == ')' || c == ']' || c == '}' || c == 0xbb || c == 0x2019 || c == 0x201d ||
           c == 0x203a || (c >= 0x3009 && c <= 0x3011 && c % 2 == 1) || c == 0x3015 ||
           c == 0xff09 || c == 0xff3d || c == 0xff5d || c == 0xff63 || c == 0xfe42 || c == 0xfe44 ||
           (at_once && (c == '"' || c == '\'' || c == 0xab || c == 0x201c || c == 0x2018));
}

static bool is_opening(int32_t c)
{
    return c == '(' || c == '[' || c == '"' || c == '\'' || c == 0xab || c == 0xbb || c == 0x2018 ||
           c == 0x201c || c == 0x201e || c == 0xa1 || c == 0xbf;
}

/* --- reasons against an end --- */

/* The letter or digit that comes next, from i on. */
static int32_t next_word(struct cutter *c, size_t i)
{
    size_t len;
    if (c->looked && (c->word_at >= i || c->word == 0))
        return c->word;
    for (c->word_at = i; (c->word = at(c, c->word_at, &len)) != 0; c->word_at += len)
        if (is_word(c->word))
            break;
    c->looked = true;
    return c->word;
}

static bool is_listed(const char *list, const char *word, size_t n)
{
    char key[2 * WORD_BYTES + 3];
    struct heed_str small = {0};
    heed_utf8_lower(&small, word, n);
    bool fits = small.len > 0 && small.len < sizeof key - 2;
    if (fits)
        snprintf(key, sizeof key, " %s ", small.data);
    heed_str_release(&small);
    return fits && strstr(list, key);
}

/* "e.g", "U.S", "J.-P": letters that are alone between dots. */
static bool is_chain(const char *s, size_t n)
{
    size_t dots = 0;
    for (size_t i = 0; i < n;) {
        int32_t c;
        i += (size_t)heed_utf8_next(s + i, n - i, &c);
        if (heed_utf8_class(c) != HEED_CHAR_LETTER)
            return false;
        dots += i < n && s[i] == '.';
        if (i < n && s[i++] != '.')
            return false;
        i += i < n && s[i] == '-';
    }
    return dots > 0 && !is_listed(hours, s, n);
}

static bool is_capital(const char *s, size_t n)
{
    int32_t c;
    size_t len = (size_t)heed_utf8_next(s, n, &c);
    return len == n && heed_utf8_is_upper(c);
}

static bool is_number(const char *s, size_t n)
{
    size_t i = 0;
    while (i < n && s[i] >= '0' && s[i] <= '9')
        i++;
    return n > 0 && i == n;
}

static bool is_day(const struct cutter *c, const char *s, size_t n)
{
    size_t end = c->word_at, len;
    int32_t code;
    while ((code = at(c, end, &len)) != 0 && is_word(code) && end - c->word_at < WORD_BYTES)
        end += len;
    return n <= 2 && is_number(s, n) && is_listed(ordered, c->line + c->word_at, end - c->word_at);
}

/* Is the full stop at `dot` that of an abbreviation, in the sentence that begins at `begin`? The next
 * word is known. */
static bool is_abbreviated(const struct cutter *c, size_t begin, size_t dot)
{
    const char *word = c->line + c->token;
    size_t n = dot - c->token;
    if (n == 0 || n > WORD_BYTES)
        return false;
    bool first = c->token == begin, digit = heed_utf8_class(c->word) == HEED_CHAR_DIGIT;
    if (is_number(word, n))
        return (first && n <= 3) || is_day(c, word, n);
    if (is_capital(word, n)) /* "So do I." */
        return first || *word != 'I';
    return is_listed(always, word, n) || is_chain(word, n) ||
           (digit && is_listed(numbered, word, n));
}

/* --- the pass --- */

/* What stands together at the end of a sentence. */
struct ending {
    size_t end, next;           /* of the sentence; where the one behind it would begin */
    int dots;                   /* . and … */
    bool plain, strong, closed; /* ! or ?; a mark that needs no blank; closing marks */
};

static void take_marks(const struct cutter *c, struct ending *e)
{
    size_t len;
    int32_t code;
    for (; (code = at(c, e->end, &len)) != 0; e->end += len) {
        if (code == '.')
            e->dots++;
        else if (code == 0x2026)
            e->dots += 3;
        else if (heed_sentence_terminal(code))
            *(wants_blank(code) ? &e->plain : &e->strong) = true;
        else if (is_closing(code, true))
            e->closed = true;
        else
            return;
    }
}

static void take_blanks(const struct cutter *c, struct ending *e)
{
    size_t len, behind;
    int32_t code;
    for (e->next = e->end; is_blank(code = at(c, e->next, &len)); e->next += len)
        continue;
    if (e->next == e->end || !is_closing(code, false))
        return;
    size_t closed = e->next + len; /* "! Â»" */
    if (!(code = at(c, closed, &behind)) || is_blank(code)) {
        e->end = closed;
        for (e->next = e->end; is_blank(at(c, e->next, &len)); e->next += len)
            continue;
    }
}

/* Is there an end at the terminator at i? e is where it would be. */
static bool ends(struct cutter *c, size_t begin, size_t i, struct ending *e)
{
    size_t len;
    *e = (struct ending){.end = i};
    take_marks(c, e);
    take_blanks(c, e);
    int32_t word = next_word(c, e->next);
    if (word == 0)
        return false;
    if (e->strong) /* a full-width number, "３．５" */
        return e->next > e->end || at(c, i, &len) != 0xff0e ||
               heed_utf8_class(at(c, e->end, &len)) != HEED_CHAR_DIGIT;
    if (e->next == e->end || heed_utf8_is_lower(word) || (e->dots > 1 && !e->plain))
        return false;
    return e->plain || e->closed || !is_abbreviated(c, begin, i);
}

static void add(struct heed_sentences *s, size_t begin, size_t end)
{
    heed_grow(&s->items, s->n, &s->cap, sizeof *s->items);
    s->items[s->n++] = (struct heed_sentence){begin, end};
}

void heed_sentences_cut(struct heed_sentences *s, const char *line, size_t n)
{
    struct cutter c = {.line = line, .n = n};
    struct ending e;
    size_t begin = 0, len;
    s->n = 0;
    for (size_t i = 0; i < n; i += len) {
        int32_t code = at(&c, i, &len);
        if (is_blank(code) || is_opening(code))
            c.token = i + len;
        if (!heed_sentence_terminal(code))
            continue;
        if (ends(&c, begin, i, &e)) {
            add(s, begin, e.end);
            begin = c.token = e.next;
            len = e.next - i;
        } else {
            len = e.end - i;
        }
    }
    add(s, begin, n);
}

bool heed_sentence_wants_blank(const char *s, size_t n)
{
    while (n > 0) {
        int32_t c;
        size_t i = n - 1;
        while (i > 0 && (s[i] & 0xc0) == 0x80)
            i--;
        heed_utf8_next(s + i, n - i, &c);
        if (!is_closing(c, true))
            return !heed_sentence_terminal(c) || wants_blank(c);
        n = i;
    }
    return true;
}

void heed_sentences_release(struct heed_sentences *s)
{
    free(s->items);
    *s = (struct heed_sentences){0};
}
