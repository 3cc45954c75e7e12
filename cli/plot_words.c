/* plot_words.c: the words behind the places of a map: of the source out of the text in the frame, where it
 * is, else out of the vocabulary in the stream frame, of the target out of the vocabulary; without
 * either a word is its number.
 *
 * Where a tokenizer cuts words into pieces, those that go on with a word have a dot in front. */
#include <inttypes.h>
#include <string.h>
#include "base/utf8.h"
#include "cli/plot.h"

#define BLANK_BEFORE "\xe2\x96\x81" /* U+2581: SentencePiece's mark of a blank in front */
#define JOINED       "\xef\xbf\xad" /* U+FFED: of the tokenizer word, no blank on this side */
#define GOES_ON      "\xc2\xb7"     /* U+00B7 */
#define UNKNOWN      3              /* pad, bos and eos lie below */
#define PIECES_MAX   (1 << 24)      /* more than any vocabulary has */

/* --- a side --- */

static bool begins_with(const char *piece, size_t n, const char *mark)
{
    return n >= 3 && !memcmp(piece, mark, 3);
}

static bool ends_with(const char *piece, size_t n, const char *mark)
{
    return n >= 3 && !memcmp(piece + n - 3, mark, 3);
}

static bool is_char(const struct heed_doc *head, const char *side)
{
    char key[24];
    snprintf(key, sizeof(key), "tokenizer.%s", side);
    const char *spec = heed_doc_meta(head, key);
    spec = spec ? spec : heed_doc_meta(head, "tokenizer.src");
    return spec && !strncmp(spec, "char", 4);
}

/* A vocabulary is a line a piece, of which some begin with the mark. */
void side_open(struct side *s, const struct heed_doc *head, const char *name)
{
    const struct heed_array *vocab = heed_doc_vocab(head, name);
    size_t cap = 0;
    *s = (struct side){.known = vocab != NULL, .letters = is_char(head, name)};
    if (!vocab)
        return;
    const char *at = vocab->data, *end = at + vocab->size;
    while (at < end && s->n < PIECES_MAX) {
        const char *lf = memchr(at, '\n', (size_t)(end - at));
        size_t n = (size_t)((lf ? lf : end) - at);
        heed_grow(&s->pieces, s->n, &cap, sizeof(*s->pieces));
        s->pieces[s->n++] = (struct piece){at, n};
        s->marks_blanks |= s->n > 1 && begins_with(at, n, BLANK_BEFORE);
        at += n + 1;
    }
}

void side_release(struct side *s)
{
    free(s->pieces);
    *s = (struct side){0};
}

/* --- a word --- */

/* The piece of a place; text NULL: nobody knows it. */
static struct piece piece_at(const struct words *w, int64_t place)
{
    int64_t id = w->ids ? w->ids[place] : -1;
    return id >= 0 && (size_t)id < w->side->n ? w->side->pieces[id] : (struct piece){0};
}

/* Letters and digits behind the first place, without a blank before them. */
static bool goes_on(const struct words *w, int64_t place, struct piece p)
{
    int32_t c;
    if (!w->side->marks_blanks || place == 0 || begins_with(p.text, p.n, BLANK_BEFORE) || !p.n ||
        heed_utf8_next(p.text, p.n, &c) <= 0)
        return false;
    struct piece before = piece_at(w, place - 1);
    if (before.text && ends_with(before.text, before.n, BLANK_BEFORE))
        return false;
    enum heed_char_class class = heed_utf8_class(c);
    return class == HEED_CHAR_LETTER || class == HEED_CHAR_DIGIT;
}

/* Without the marks by which tokenizers say where blanks were, unless that is all there is. */
static struct piece strip(struct piece p)
{
    static const char *const marks[] = {BLANK_BEFORE, JOINED};
    for (size_t i = 0; i < HEED_COUNT(marks); i++) {
        if (p.n > 3 && begins_with(p.text, p.n, marks[i])) {
            p.text += 3;
            p.n -= 3;
        }
        if (p.n > 3 && ends_with(p.text, p.n, marks[i]))
            p.n -= 3;
    }
    return p;
}

static char *shown(struct piece p, bool dot)
{
    char text[200];
    struct heed_str s = {0};
    p = strip(p);
    heed_escape(text, sizeof(text), p.text, p.n);
    heed_str_printf(&s, "%s%s", dot ? GOES_ON : "", text[strspn(text, " ")] ? text : BLANK_BEFORE);
    return s.data;
}

char *word_at(const struct words *w, int64_t place)
{
    struct piece p = piece_at(w, place), text = {0};
    if (w->text.text)
        text.text = heed_source_token(&w->text, place, &text.n);
    bool dot = p.text && goes_on(w, place, p);
    char number[24];
    if (text.text)
        return shown(text, dot);
    if (w->side->known && w->ids)
        return p.text ? shown(p, dot) : heed_xstrdup("?");
    snprintf(number, sizeof(number), "%" PRId64, place);
    return heed_xstrdup(number);
}

/* --- a sentence --- */

bool word_is_end(const struct words *w, int64_t place)
{
    return w->ids && w->ids[place] >= 0 && w->ids[place] < UNKNOWN;
}

/* The word of the source that an unknown one stands for; text NULL: there is none. */
static struct piece copied_at(const struct words *w, int64_t place)
{
    const struct heed_source_text *c = w->copied;
    struct piece p = {0};
    if (c && w->ids[place] == UNKNOWN && (!c->weight || (double)c->weight[place] >= c->least))
        p.text = heed_source_token(c, c->align[place], &p.n);
    return p;
}

void word_add(const struct words *w, int64_t place, struct heed_str *out)
{
    struct piece p = piece_at(w, place);
    if (!p.text || word_is_end(w, place))
        return;
    bool behind = out->len && ends_with(out->data, out->len, JOINED),
         joined = w->side->letters ||
                  (w->side->marks_blanks && !begins_with(p.text, p.n, BLANK_BEFORE)) ||
                  begins_with(p.text, p.n, JOINED) || behind;
    if (behind)
        out->len -= 3;
    if (out->len && !joined)
        heed_str_add_char(out, ' ');
    size_t skip =
        begins_with(p.text, p.n, BLANK_BEFORE) || begins_with(p.text, p.n, JOINED) ? 3 : 0;
    struct piece copied = copied_at(w, place);
    char code[7] = ""; /* <0xE9>: a byte of its own */
    unsigned byte = 0;
    if (p.n == 6)
        memcpy(code, p.text, 6);
    if (copied.text)
        heed_str_add(out, copied.text, copied.n);
    else if (sscanf(code, "<0x%2X>", &byte) == 1 && byte >= ' ')
        heed_str_add_char(out, (char)byte);
    else
        heed_str_add(out, p.text + skip, p.n - skip);
}

/* Where the words of a text begin that blanks part. */
struct starts {
    size_t *at, n, cap;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void find_starts(struct starts *s, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!is_blank(text[i]) && (i == 0 || is_blank(text[i - 1]))) {
            heed_grow(&s->at, s->n, &s->cap, sizeof(*s->at));
            s->at[s->n++] = i;
        }
}

/* The word that holds the first byte of [begin, end) that is no blank; -1: there is none. */
static int32_t word_of(const struct starts *s, const char *text, size_t begin, size_t end)
{
    size_t low = 0, high = s->n; /* starts up to begin */
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (s->at[middle] <= begin)
            low = middle + 1;
        else
            high = middle;
    }
    if (begin < end && !is_blank(text[begin]))
        return (int32_t)low - 1;
    return low < s->n && s->at[low] < end ? (int32_t)low : -1;
}

void word_places(const struct words *w, int64_t n, struct heed_str *sentence, size_t *places)
{
    places[0] = sentence->len;
    for (int64_t i = 0; i < n; i++) {
        word_add(w, i, sentence);
        places[i + 1] = sentence->len;
    }
}

void words_number(const struct words *w, int64_t n, int32_t *numbers)
{
    struct heed_str s = {0};
    struct starts starts = {0};
    size_t *places = heed_xcalloc((size_t)n + 1, sizeof(*places));
    const char *text = w->text.text;
    if (text) {
        find_starts(&starts, text, (size_t)w->text.size);
    } else {
        word_places(w, n, &s, places);
        find_starts(&starts, s.data, s.len);
    }
    for (int64_t i = 0; i < n; i++) {
        size_t bytes = 0;
        const char *token = text ? heed_source_token(&w->text, i, &bytes) : NULL;
        size_t begin = token ? (size_t)(token - text) : 0;
        if (!text && !w->side->known)
            numbers[i] = (int32_t)i;
        else if (text)
            numbers[i] = token ? word_of(&starts, text, begin, begin + bytes) : -1;
        else
            numbers[i] =
                places[i] < places[i + 1] ? word_of(&starts, s.data, places[i], places[i + 1]) : -1;
    }
    free(places);
    free(starts.at);
    heed_str_release(&s);
}
