/* tokenizer_word.c: words and punctuation.
 *
 * mode=unicode: a piece is a run of letters (an apostrophe between letters ends it and stays with
 * it: "l'eau" is "l'" "eau", "don't" is "don'" "t"), a run of digits, or a run of one other
 * character; marks and format characters stay with what they follow. Blanks and tabs part pieces; other
 * white space (no-break, thin, ideographic) is a character as others, or with spaces=blank a blank too.
 * A piece that follows another without a blank begins with the joiner U+FFED, and a U+FFED of the text
 * is doubled, so join() gives the text back up to its runs of blanks: a piece is joined when it begins
 * with an odd number of joiners, or stands behind a joiner alone.
 *
 * mode=course: the course's rules. U+202F, U+00A0 and U+2009 are blanks (the last one is not in the
 * course), all is lower case, each of , . ! ? begins a piece, blanks part pieces. join() puts one blank
 * between pieces. */
#include <stdlib.h>
#include <string.h>
#include <heed/plugin.h>

static const struct heed_host *heed;

#define JOINER     "\xef\xbf\xad"
#define JOINER_LEN 3

enum mode { UNICODE, COURSE }; /* the order is the row's */
struct word {
    enum mode mode;
    bool lower;
    enum { NONE, NFC } normalise;
    enum spaces { KEEP, AS_BLANK } spaces;
};

static const struct heed_option options[] = {
    HEED_ROW_CHOICE(
        struct word, mode, "mode", "unicode", "unicode|course",
        "how text is cut: by Unicode classes, or by the course's rules, by which U+2009 "
        "is a blank here as U+00A0 and U+202F are",
        .flags = HEED_OPTION_ALTERS),
    HEED_ROW_SWITCH(struct word, lower, "lower", "off", "lower case (always in mode course)",
                    .flags = HEED_OPTION_ALTERS),
    HEED_ROW_CHOICE(struct word, normalise, "normalise", "none", "none|nfc",
                    "text as it is, or composed", .flags = HEED_OPTION_ALTERS, .absent = "nfc"),
    HEED_ROW_CHOICE(struct word, spaces, "spaces", "keep", "keep|blank",
                    "white space other than blank and tab: kept, or a blank",
                    .flags = HEED_OPTION_ALTERS, .absent = "blank"),
    {0},
};

struct state {
    bool course, lower, keep_spaces;
};

static int word_open(const void *self, const char *blob, size_t blob_size, void **out,
                     struct heed_err *err)
{
    const struct word *w = self;
    struct state *s = malloc(sizeof(*s));
    (void)blob;
    if (blob_size) {
        free(s);
        return heed->fail(err, "tokenizer word: has %zu learnt bytes, takes none", blob_size);
    }
    if (!s)
        return heed->fail(err, "tokenizer word: out of memory");
    s->course = w->mode == COURSE;
    s->lower = w->lower || s->course;
    s->keep_spaces = w->spaces == KEEP;
    *out = s;
    return 0;
}

/* --- split --- */

typedef void piece_fn(void *ctx, const char *s, size_t n, size_t begin, size_t end);

struct buffer {
    char *data;
    size_t len, cap;
};

/* The piece under way and where pieces go. */
struct splitter {
    const struct state *state;
    const char *text;
    piece_fn *piece;
    void *ctx;
    struct buffer buf;
    size_t begin, end; /* bytes of text in the piece; equal: none */
    bool joined;       /* nothing between it and the piece before */
};

static void put_buf(void *ctx, const char *s, size_t n)
{
    struct buffer *buf = ctx;
    memcpy(buf->data + buf->len, s, n);
    buf->len += n;
}

/* Bytes a piece of n bytes of text may take: lower case of a character is at most 1.5 times as long
 * (U+023A), and joiners are doubled. */
static int reserve(struct buffer *buf, size_t n, struct heed_err *err)
{
    size_t need = JOINER_LEN + 4 * n;
    if (need <= buf->cap)
        return 0;
    char *grown = realloc(buf->data, need);
    if (!grown)
        return heed->fail(err, "tokenizer word: out of memory");
    buf->data = grown;
    buf->cap = need;
    return 0;
}

static void put_doubled(void *ctx, const char *s, size_t n)
{
    struct buffer *buf = ctx;
    for (size_t i = 0; i < n;) {
        bool joiner = n - i >= JOINER_LEN && !memcmp(s + i, JOINER, JOINER_LEN);
        if (joiner)
            put_buf(buf, JOINER, JOINER_LEN);
        put_buf(buf, s + i, joiner ? JOINER_LEN : 1);
        i += joiner ? JOINER_LEN : 1;
    }
}

static int flush(struct splitter *sp, struct heed_err *err)
{
    const char *s = sp->text + sp->begin;
    size_t n = sp->end - sp->begin;
    if (!n)
        return 0;
    if (reserve(&sp->buf, n, err) < 0)
        return -1;
    sp->buf.len = 0;
    if (sp->joined)
        put_buf(&sp->buf, JOINER, JOINER_LEN);
    void (*put)(void *, const char *, size_t) = sp->state->course ? put_buf : put_doubled;
    if (sp->state->lower)
        heed->lower(s, n, put, &sp->buf);
    else
        put(&sp->buf, s, n);
    sp->piece(sp->ctx, sp->buf.data, sp->buf.len, sp->begin, sp->end);
    sp->begin = sp->end;
    return 0;
}

static int split_course(struct splitter *sp, size_t n, struct heed_err *err)
{
    for (size_t i = 0; i < n;) {
        int32_t c;
        size_t len = (size_t)heed->utf8_next(sp->text + i, n - i, &c);
        bool blank = c == ' ' || c == 0xa0 || c == 0x2009 || c == 0x202f;
        if ((blank || c == ',' || c == '.' || c == '!' || c == '?') && flush(sp, err) < 0)
            return -1;
        i += len;
        if (blank)
            sp->begin = i;
        sp->end = i;
    }
    return flush(sp, err);
}

/* What a character does to the piece under way; otherwise its
 * own code point, so that "..." is one. */
enum { STAYS = -1, LETTERS = -2, DIGITS = -3, BLANK = -4, NOTHING = -5 };

static int32_t kind_of(const struct state *s, int32_t c)
{
    switch (heed->char_class(c)) {
    case HEED_CHAR_LETTER:
        return LETTERS;
    case HEED_CHAR_DIGIT:
        return DIGITS;
    case HEED_CHAR_SPACE:
        return s->keep_spaces && c != ' ' && c != '\t' ? c : BLANK;
    case HEED_CHAR_MARK:
    case HEED_CHAR_CONTROL:
        return STAYS;
    default:
        return c;
    }
}

static bool letter_at(const char *s, size_t n)
{
    int32_t c;
    return n > 0 && heed->utf8_next(s, n, &c) && heed->char_class(c) == HEED_CHAR_LETTER;
}

static int split_unicode(struct splitter *sp, size_t n, struct heed_err *err)
{
    int32_t run = NOTHING; /* kind of the piece under way */
    for (size_t i = 0; i < n;) {
        int32_t c;
        size_t len = (size_t)heed->utf8_next(sp->text + i, n - i, &c);
        int32_t kind = kind_of(sp->state, c);
        bool elision = run == LETTERS && (c == '\'' || c == 0x2019) &&
                       letter_at(sp->text + i + len, n - i - len);
        bool stays = kind == run || elision || (kind == STAYS && run != NOTHING);
        if (!stays) {
            bool follows = run != NOTHING; /* no white space between */
            if (flush(sp, err) < 0)
                return -1;
            run = kind == BLANK ? NOTHING : kind;
            sp->begin = kind == BLANK ? i + len : i;
            sp->joined = follows;
        }
        i += len;
        sp->end = i;
        if (elision)
            run = STAYS; /* full: no kind continues it but marks */
    }
    return flush(sp, err);
}

static int word_split(void *state, const char *text, size_t n, piece_fn *piece, void *ctx,
                      struct heed_err *err)
{
    struct splitter sp = {.state = state, .text = text, .piece = piece, .ctx = ctx};
    int status = sp.state->course ? split_course(&sp, n, err) : split_unicode(&sp, n, err);
    free(sp.buf.data);
    return status;
}

/* --- join --- */

static size_t joiners(const char *s, size_t n)
{
    size_t count = 0;
    while (n - count * JOINER_LEN >= JOINER_LEN &&
           !memcmp(s + count * JOINER_LEN, JOINER, JOINER_LEN))
        count++;
    return count;
}

static const char *word_joiner(void *state, const char *piece, size_t n)
{
    const struct state *st = state;
    return st->course || (piece && joiners(piece, n) % 2 == 0) ? NULL : JOINER;
}

static int word_join(void *state, const char *const *pieces, const size_t *lens, size_t n,
                     void (*put)(void *ctx, const char *s, size_t n), void *ctx,
                     struct heed_err *err)
{
    const struct state *st = state;
    bool begun = false, follows = false; /* behind a joiner that stands alone */
    (void)err;
    for (size_t i = 0; i < n; i++) {
        const char *s = pieces[i];
        size_t len = lens[i];
        bool joined = !st->course && joiners(s, len) % 2;
        if (joined && len == JOINER_LEN) {
            follows = true;
            continue;
        }
        if (begun && !joined && !follows)
            put(ctx, " ", 1);
        begun = true;
        follows = false;
        if (st->course) {
            put(ctx, s, len);
            continue;
        }
        s += joined ? JOINER_LEN : 0;
        len -= joined ? JOINER_LEN : 0;
        while (len) {
            size_t part = 1;
            if (joiners(s, len)) {
                put(ctx, s, JOINER_LEN);
                part = (joiners(s, len) < 2 ? 1 : 2) * JOINER_LEN;
            } else {
                while (part < len && !joiners(s + part, len - part))
                    part++;
                put(ctx, s, part);
            }
            s += part;
            len -= part;
        }
    }
    return 0;
}

HEED_PLUGIN(tokenizer_word, struct heed_tokenizer) = {
    .head = HEED_HEAD(tokenizer_word, HEED_KIND_TOKENIZER, struct heed_tokenizer, 1,
                      "words and punctuation, by Unicode classes or by the course's rules", options,
                      sizeof(struct word)),
    .open = word_open,
    .close = free,
    .split = word_split,
    .join = word_join,
    .joiner = word_joiner,
    .min_count = 2, /* words seen once are mostly names and slips, which no training learns */
};
