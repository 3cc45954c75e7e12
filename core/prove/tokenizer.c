/* tokenizer.c: what core relies on in a tokenizer. A trainable one first learns from a small
 * text of ours. */
#include <string.h>
#include "base/utf8.h"
#include "prove/parts.h"

static const char *const learning[] = {
    "the cat sits on the mat and looks at the dog",
    "a dog runs over the bridge in the morning",
    "le chat est assis sur le tapis et regarde le chien",
    "un chien court sur le pont le matin",
    "where are you going? I am going home, of course!",
    "o\xc3\xb9 vas-tu ? je rentre \xc3\xa0 la maison, bien s\xc3\xbbr !",
    "it was late; the street was empty and the lamps were lit",
    "il \303\251tait tard ; la rue \303\251tait vide et les lampes allum\303\251es",
    "she bought 3 apples, 12 pears and 40 plums for 7.50",
    "elle a achet\xc3\xa9 3 pommes, 12 poires et 40 prunes pour 7,50",
};
#define REPEATS 20  /* of the whole, so that a learner has enough */
#define PIECES  340 /* 256 bytes, the letters above, some words */

static const char *const hard[] = {
    "",
    " ",
    "   ",
    "\t",
    "a",
    " a",
    "a ",
    "a  b   c",
    "\ta\tb ",
    "Hello, world!",
    "don't stop - \"now\" (or never)...",
    "l'\xc3\xa9t\xc3\xa9 \xc2\xab d\xc3\xa9j\xc3\xa0 \xc2\xbb",
    "e\xcc\x81 combining, \xc3\xa9 composed",
    "\xc2\xa0no-break\xe2\x80\xafspace\xe3\x80\x80ideographic",
    "\xe4\xbd\xa0\xe5\xa5\xbd\xef\xbc\x8c\xe4\xb8\x96\xe7\x95\x8c\xe3\x80\x82",
    "\xd8\xb3\xd9\x84\xd8\xa7\xd9\x85 \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
    "\xf0\x9f\x98\x80\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x94\xac",
    "\xe2\x96\x81word \xe2\x96\x81",
    "<pad> <bos> <eos> <unk> <s> </s> <0x41>",
    "zero\xe2\x80\x8bwidth\xef\xbb\xbf mark",
    "control\x01\x7f\x1b[31m",
    "\xc3\x9f \xe1\xba\x9e \xc4\xb0 \xc4\xb1 \xef\xac\x81",
    "1,234.56 50% 2024-01-02 a@b.example http://x.example/?q=1&r=2",
    "\xef\xbf\xbd replaced",
    "..........,,,,,,,,,,!!!!!!!!!!??????????",
};

struct pieces {
    char **items;
    size_t *lens, n, cap, cap_lens;
    size_t text_size, last_begin;
    const char *wrong; /* what was wrong with a piece */
};

static void pieces_release(struct pieces *p)
{
    for (size_t i = 0; i < p->n; i++)
        free(p->items[i]);
    free(p->items);
    free(p->lens);
    memset(p, 0, sizeof(*p));
}

static void take_piece(void *ctx, const char *s, size_t n, size_t begin, size_t end)
{
    struct pieces *p = ctx;
    if (n == 0)
        p->wrong = "is empty";
    else if (!heed_utf8_valid(s, n))
        p->wrong = "is no valid UTF-8";
    else if (memchr(s, '\n', n) || memchr(s, '\0', n))
        p->wrong = "holds a line feed or a NUL";
    else if (begin > end || end > p->text_size)
        p->wrong = "has a span outside the text";
    else if (begin < p->last_begin)
        p->wrong = "begins before the piece in front of it";
    p->last_begin = begin;
    heed_grow(&p->items, p->n, &p->cap, sizeof(*p->items));
    heed_grow(&p->lens, p->n, &p->cap_lens, sizeof(*p->lens));
    p->items[p->n] = heed_xstrndup(s, n);
    p->lens[p->n++] = n;
}

static void put(void *ctx, const char *s, size_t n)
{
    heed_str_add(ctx, s, n);
}

/* --- learning --- */

static const char *next_line(void *ctx, size_t *len)
{
    size_t *at = ctx, n = HEED_COUNT(learning);
    if (*at >= n * REPEATS)
        return NULL;
    const char *line = learning[(*at)++ % n];
    *len = strlen(line);
    return line;
}
static void rewind_lines(void *ctx)
{
    *(size_t *)ctx = 0;
}

struct trained {
    const struct heed_tokenizer *plugin;
    char *blob;
    size_t blob_size;
    void *state;
};

static void trained_close(struct trained *t)
{
    if (t->state)
        t->plugin->close(t->state);
    free(t->blob);
}

/* Learns where there is something to learn, and opens. */
static int trained_open(struct trained *t, struct check *c, struct heed_err *err)
{
    size_t at = 0;
    struct heed_lines lines = {next_line, rewind_lines, &at};
    memset(t, 0, sizeof(*t));
    t->plugin = (const struct heed_tokenizer *)c->in.plugin;
    if (t->plugin->train &&
        t->plugin->train(c->in.self, &lines, PIECES, &t->blob, &t->blob_size, err) < 0)
        return heed_err_prefix(err, "train: ");
    if (t->plugin->open(c->in.self, t->blob, t->blob_size, &t->state, err) < 0) {
        free(t->blob);
        return heed_err_prefix(err, "open: ");
    }
    return 0;
}

static int split(struct trained *t, const char *text, size_t n, struct pieces *p,
                 struct heed_err *err)
{
    memset(p, 0, sizeof(*p));
    p->text_size = n;
    if (t->plugin->split(t->state, text, n, take_piece, p, err) < 0)
        return heed_err_prefix(err, "split '%.40s': ", text);
    if (p->wrong)
        return heed_fail(err, "split '%.40s': a piece of %zu %s", text, p->n, p->wrong);
    return 0;
}

static int join(struct trained *t, const struct pieces *p, struct heed_str *back,
                struct heed_err *err)
{
    return t->plugin->join(t->state, (const char *const *)p->items, p->lens, p->n, put, back, err);
}

/* text -> pieces -> *back. */
static int round_trip(struct trained *t, const char *text, size_t n, struct heed_str *back,
                      struct heed_err *err)
{
    struct pieces p;
    int failed = split(t, text, n, &p, err);
    heed_str_clear(back);
    heed_str_add(back, "", 0);
    if (!failed && join(t, &p, back, err) < 0)
        failed = heed_err_prefix(err, "join '%.40s': ", text);
    pieces_release(&p);
    if (!failed && (!heed_utf8_valid(back->data, back->len) || memchr(back->data, '\n', back->len)))
        failed =
            heed_fail(err, "join '%.40s': '%.40s' is no line of valid UTF-8", text, back->data);
    return failed;
}

/* --- properties --- */

typedef int text_fn(struct trained *t, const char *text, size_t n, struct heed_err *err);

/* fn on every hard text, on the learnt ones and on a long one. */
static int on_all(struct check *c, text_fn *fn, struct heed_err *err)
{
    struct trained t;
    struct heed_str text = {0};
    int failed = trained_open(&t, c, err);
    if (failed)
        return -1;
    for (size_t i = 0; i < HEED_COUNT(hard) && !failed; i++)
        failed = fn(&t, hard[i], strlen(hard[i]), err);
    for (size_t i = 0; i < HEED_COUNT(learning) && !failed; i++)
        failed = fn(&t, learning[i], strlen(learning[i]), err);
    for (int i = 0; i < 2000; i++)
        heed_str_add_text(&text, i % 7 ? "word\xc3\xa9 " : "loooooooooooooong,");
    if (!failed)
        failed = fn(&t, text.data, text.len, err);
    heed_str_release(&text);
    trained_close(&t);
    return failed;
}

static int pieces_whole(struct trained *t, const char *text, size_t n, struct heed_err *err)
{
    struct pieces p;
    int failed = split(t, text, n, &p, err);
    pieces_release(&p);
    return failed;
}
static int check_pieces(struct check *c, struct heed_err *err)
{
    return on_all(c, pieces_whole, err);
}

/* join may lose blanks and case, but only once: what it gives must come back as it is. */
static int fixed_point(struct trained *t, const char *text, size_t n, struct heed_err *err)
{
    struct heed_str once = {0}, twice = {0};
    int failed = round_trip(t, text, n, &once, err);
    if (!failed)
        failed = round_trip(t, once.data, once.len, &twice, err);
    if (!failed && (once.len != twice.len || memcmp(once.data, twice.data, once.len)))
        failed = heed_fail(err, "'%.40s' is joined to '%.40s', which is joined to '%.40s'", text,
                           once.data, twice.data);
    heed_str_release(&once);
    heed_str_release(&twice);
    return failed;
}
static int check_round_trip(struct check *c, struct heed_err *err)
{
    return on_all(c, fixed_point, err);
}

/* A joined piece without its mark, behind the mark alone, is the same text: so core writes those that a
 * vocabulary lacks. */
static int marks_stand_alone(struct trained *t, const char *text, size_t n, struct heed_err *err)
{
    struct pieces p, apart = {.text_size = SIZE_MAX};
    struct heed_str whole = {0}, parted = {0};
    int failed = t->plugin->joiner ? split(t, text, n, &p, err) : 0;
    if (failed || !t->plugin->joiner)
        return failed;
    for (size_t i = 0; i < p.n; i++) {
        const char *mark = t->plugin->joiner(t->state, p.items[i], p.lens[i]);
        size_t len = mark ? strlen(mark) : 0;
        if (mark && (p.lens[i] <= len || memcmp(p.items[i], mark, len) != 0))
            failed =
                heed_fail(err, "split '%.40s': piece %zu does not begin with its joiner", text, i);
        if (mark)
            take_piece(&apart, mark, len, 0, 0);
        take_piece(&apart, p.items[i] + len, p.lens[i] - (failed ? 0 : len), 0, 0);
    }
    heed_str_add(&whole, "", 0);
    heed_str_add(&parted, "", 0);
    if (!failed)
        failed = join(t, &p, &whole, err);
    if (!failed)
        failed = join(t, &apart, &parted, err);
    if (!failed && strcmp(whole.data, parted.data) != 0)
        failed = heed_fail(err, "'%.40s' is joined to '%.40s' with joiners apart", whole.data,
                           parted.data);
    pieces_release(&p);
    pieces_release(&apart);
    heed_str_release(&whole);
    heed_str_release(&parted);
    return failed;
}
static int check_joiner(struct check *c, struct heed_err *err)
{
    return on_all(c, marks_stand_alone, err);
}

static int same_pieces(struct trained *a, struct trained *b, const char *text, struct heed_err *err)
{
    struct pieces p = {0}, q = {0};
    int failed = split(a, text, strlen(text), &p, err);
    if (!failed)
        failed = split(b, text, strlen(text), &q, err);
    bool same = p.n == q.n;
    for (size_t i = 0; i < p.n && same && !failed; i++)
        same = p.lens[i] == q.lens[i] && memcmp(p.items[i], q.items[i], p.lens[i]) == 0;
    if (!failed && !same)
        failed = heed_fail(err, "'%.40s' is split in two ways", text);
    pieces_release(&p);
    pieces_release(&q);
    return failed;
}

/* Twice by one instance, and by another that learnt from the
 * same text: equal blobs, equal pieces. */
static int check_repeats(struct check *c, struct heed_err *err)
{
    struct trained a, b;
    if (trained_open(&a, c, err) < 0)
        return -1;
    if (trained_open(&b, c, err) < 0) {
        trained_close(&a);
        return -1;
    }
    int failed = 0;
    if (a.blob_size != b.blob_size || (a.blob_size && memcmp(a.blob, b.blob, a.blob_size)))
        failed = heed_fail(err, "learning twice from one text gives different bytes");
    for (size_t i = 0; i < HEED_COUNT(hard) && !failed; i++) {
        failed = same_pieces(&a, &a, hard[i], err);
        if (!failed)
            failed = same_pieces(&a, &b, hard[i], err);
    }
    trained_close(&a);
    trained_close(&b);
    return failed;
}

/* Bytes that are no learnt blob must be refused, not crash. */
static int check_bad_blob(struct check *c, struct heed_err *err)
{
    const struct heed_tokenizer *plugin = (const struct heed_tokenizer *)c->in.plugin;
    static const char blob[] = "these bytes were never learnt";
    void *state = NULL;
    struct heed_err said = {0};
    if (!plugin->train)
        return 0;
    if (plugin->open(c->in.self, blob, sizeof(blob), &state, &said) >= 0) {
        plugin->close(state);
        return heed_fail(err, "open takes bytes that were never learnt");
    }
    return said.text[0] ? 0 : heed_fail(err, "open fails without a message");
}

void heed_check_tokenizer(struct check *c)
{
    heed_check_try(c, "pieces are whole and in order", check_pieces);
    heed_check_try(c, "what join gives comes back as it is", check_round_trip);
    heed_check_try(c, "joiners stand alone too", check_joiner);
    heed_check_try(c, "equal text gives equal pieces", check_repeats);
    heed_check_try(c, "refuses bytes it never learnt", check_bad_blob);
}
