/* side.c: one side of a language pair: a tokenizer and its vocabulary, learnt from text or taken
 * from a document; text to ids. Ids to text: side_text.c.
 *
 * Learning: a tokenizer that learns (SentencePiece) brings its pieces; for the others core counts
 * the pieces of the text.
 *
 * A joined piece that the vocabulary lacks becomes two ids, the mark that joins and the rest, which may be
 * known: "quux.example" is unk, ".", joiner, unk, and comes back without a blank. Vocabularies older
 * than this lack the mark, and have unk alone as before. */
#include <string.h>
#include "base/utf8.h"
#include "data/side.h"
#include "data/worth.h"
#include "stream/hash.h"

void heed_side_release(struct heed_side *s)
{
    if (s->state)
        heed_side_plugin(s)->close(s->state);
    if (s->tokenizer.plugin)
        heed_instance_close(&s->tokenizer);
    free(s->blob);
    heed_vocab_release(&s->vocab);
    *s = (struct heed_side){0};
}

void heed_side_set_fingerprint(struct heed_side *s)
{
    struct heed_sha256 h;
    struct heed_str vocab = {0};
    uint64_t blob_size = s->blob_size;
    heed_vocab_blob(&s->vocab, &vocab);
    heed_sha256_init(&h);
    heed_sha256_add(&h, s->tokenizer.spec, strlen(s->tokenizer.spec) + 1);
    heed_sha256_add(&h, &blob_size, sizeof(blob_size));
    if (s->blob_size)
        heed_sha256_add(&h, s->blob, s->blob_size);
    heed_sha256_add(&h, vocab.data, vocab.len);
    heed_sha256_hex(&h, s->fingerprint);
    heed_str_release(&vocab);
}

/* --- learning --- */

/* The mark of the tokenizer's joined pieces, or of this piece; NULL: none. */
static const char *joiner_of(const struct heed_side *s, const char *piece, size_t n)
{
    return heed_side_plugin(s)->joiner ? heed_side_plugin(s)->joiner(s->state, piece, n) : NULL;
}

const char *heed_side_form(const struct heed_side *s, const char *text, size_t *n,
                           struct heed_str *form)
{
    if (!s->composes)
        return text;
    heed_str_clear(form);
    heed_str_add(form, "", 0);
    heed_utf8_nfc(form, text, *n);
    *n = form->len;
    return form->data;
}

static bool composes(const struct heed_instance *tokenizer)
{
    const struct heed_option *rows = tokenizer->plugin->options,
                             *row = rows ? heed_option_find(rows, "normalise") : NULL;
    struct heed_str value = {0};
    if (!row)
        return false;
    heed_option_text(row, tokenizer->self, &value);
    bool yes = strcmp(value.data, "none") != 0;
    heed_str_release(&value);
    return yes;
}

bool heed_side_alters(const struct heed_side *s)
{
    const struct heed_option *row = s->tokenizer.plugin->options;
    struct heed_str value = {0};
    bool alters = false;
    for (; row && row->name && !alters; row++) {
        heed_str_clear(&value);
        heed_option_text(row, s->tokenizer.self, &value);
        alters = (row->flags & HEED_OPTION_ALTERS) && strcmp(value.data, row->def) != 0;
    }
    heed_str_release(&value);
    return alters;
}

struct learning {
    struct heed_vocab *vocab;
    struct heed_err *err;
    bool failed;
};

static void add_piece(void *ctx, const char *s, size_t n)
{
    struct learning *l = ctx;
    if (!l->failed)
        l->failed = heed_vocab_add(l->vocab, s, n, 0, l->err) < 0;
}

static void count_piece(void *ctx, const char *s, size_t n, size_t begin, size_t end)
{
    (void)begin;
    (void)end;
    heed_vocab_count(ctx, s, n);
}

static int open_state(struct heed_side *s, struct heed_err *err)
{
    return heed_side_plugin(s)->open(s->tokenizer.self, s->blob, s->blob_size, &s->state, err);
}

/* What a side is learnt with where nobody said. */
static void suit(const struct heed_side *s, int64_t *size, int64_t *min_count)
{
    bool learns = heed_side_plugin(s)->train != NULL;
    if (*min_count == 0)
        *min_count =
            learns && *size == 0 ? HEED_PIECE_TIMES : HEED_MAX(1, heed_side_plugin(s)->min_count);
    if (*size == 0 && learns)
        *size = HEED_PIECES;
}

/* Lines in the tokenizer's form. */
struct formed {
    const struct heed_side *side;
    const struct heed_lines *lines;
    struct heed_str form;
};

static const char *next_formed(void *ctx, size_t *n)
{
    struct formed *f = ctx;
    const char *line = f->lines->next(f->lines->ctx, n);
    return line ? heed_side_form(f->side, line, n, &f->form) : NULL;
}

static void rewind_formed(void *ctx)
{
    struct formed *f = ctx;
    f->lines->rewind(f->lines->ctx);
}

/* The tokenizer learns its pieces itself. */
static int learn_so_many(struct heed_side *s, const struct heed_lines *lines, int64_t size,
                         struct heed_err *err)
{
    const struct heed_tokenizer *plugin = heed_side_plugin(s);
    struct learning l = {&s->vocab, err, false};
    if (plugin->train(s->tokenizer.self, lines, size, &s->blob, &s->blob_size, err) < 0 ||
        open_state(s, err) < 0 || plugin->pieces(s->state, add_piece, &l, err) < 0)
        return -1;
    return l.failed ? -1 : 0;
}

static void forget(struct heed_side *s)
{
    heed_side_plugin(s)->close(s->state);
    s->state = NULL;
    free(s->blob);
    s->blob = NULL;
    heed_vocab_release(&s->vocab);
    heed_vocab_init(&s->vocab);
}

/* Again with fewer, until most of them come often enough, or fewer is not to be had. What goes is a fifth of
 * the pieces that were made: a fifth of all would take every one at once where bytes are the most. */
static int learn_pieces(struct heed_side *s, const struct heed_lines *lines, int64_t size,
                        int64_t min_count, struct heed_err *err)
{
    for (int32_t before = INT32_MAX;;) {
        int often = 1;
        if (learn_so_many(s, lines, size, err))
            return -1;
        if (min_count > 1)
            often = heed_pieces_often(heed_side_plugin(s), s->state, lines, min_count, err);
        int32_t made = heed_pieces_made(&s->vocab);
        if (often || made == 0 || made >= before)
            return often < 0 ? -1 : 0;
        before = made;
        size = s->vocab.n - HEED_SPECIALS - (made + 4) / 5;
        forget(s);
    }
}

/* What was counted is the vocabulary. The mark that joins has a place whether or not text showed it. */
static int keep_counted(struct heed_side *s, int64_t size, int64_t min_count, struct heed_err *err)
{
    const char *joiner = joiner_of(s, NULL, 0);
    heed_vocab_trim(&s->vocab, min_count, joiner && size > 1 ? size - 1 : size);
    return joiner && heed_vocab_add(&s->vocab, joiner, strlen(joiner), 0, err) < 0 ? -1 : 0;
}

/* Pieces are counted. */
static int count_pieces(struct heed_side *s, const struct heed_lines *lines, int64_t size,
                        int64_t min_count, struct heed_err *err)
{
    const struct heed_tokenizer *plugin = heed_side_plugin(s);
    if (open_state(s, err) < 0)
        return -1;
    const char *line;
    size_t n;
    while ((line = lines->next(lines->ctx, &n)))
        if (!heed_text_blank(line, n) &&
            plugin->split(s->state, line, n, count_piece, &s->vocab, err) < 0)
            return -1;
    return keep_counted(s, size, min_count, err);
}

static int open_to_learn(struct heed_side *s, const char *spec, struct heed_err *err)
{
    *s = (struct heed_side){0};
    if (heed_instance_open(&s->tokenizer, HEED_KIND_TOKENIZER, spec, true, NULL, err) < 0)
        return -1;
    s->composes = composes(&s->tokenizer);
    heed_vocab_init(&s->vocab);
    return 0;
}

int heed_side_count_begin(struct heed_side *s, const char *spec, struct heed_err *err)
{
    return open_to_learn(s, spec, err) || open_state(s, err) ? -1 : 0;
}

int heed_side_count(struct heed_side *s, const char *text, size_t n, struct heed_err *err)
{
    struct heed_str form = {0};
    int status = 0;
    text = heed_side_form(s, text, &n, &form);
    if (!heed_text_blank(text, n))
        status = heed_side_plugin(s)->split(s->state, text, n, count_piece, &s->vocab, err);
    heed_str_release(&form);
    if (s->vocab.n > HEED_COUNTED_MOST)
        s->n_lost += heed_vocab_forget(&s->vocab, HEED_COUNTED_MOST / 4 * 3);
    return status < 0 ? -1 : 0;
}

int heed_side_count_end(struct heed_side *s, int64_t size, int64_t min_count, struct heed_err *err)
{
    suit(s, &size, &min_count);
    if (keep_counted(s, size, min_count, err))
        return -1;
    heed_side_set_fingerprint(s);
    return 0;
}

static int learn(struct heed_side *s, const struct heed_lines *lines, int64_t size,
                 int64_t min_count, struct heed_err *err)
{
    struct formed f = {.side = s, .lines = lines};
    const struct heed_lines formed = {next_formed, rewind_formed, &f};
    lines->rewind(lines->ctx);
    int status = heed_side_plugin(s)->train ? learn_pieces(s, &formed, size, min_count, err)
                                            : count_pieces(s, &formed, size, min_count, err);
    heed_str_release(&f.form);
    return status;
}

int heed_side_train(struct heed_side *s, const char *spec, const struct heed_lines *lines,
                    int64_t size, int64_t min_count, struct heed_err *err)
{
    if (open_to_learn(s, spec, err))
        return -1;
    suit(s, &size, &min_count);
    if (learn(s, lines, size, min_count, err) < 0) {
        heed_side_release(s);
        return -1;
    }
    heed_side_set_fingerprint(s);
    return 0;
}

/* The tokenizer is open, or failed says why not; the rest follows from what it learnt. */
static int finish(struct heed_side *s, int failed, const void *blob, size_t blob_size,
                  struct heed_err *err)
{
    if (!failed && blob_size) {
        s->blob = memcpy(heed_xmalloc(blob_size), blob, blob_size);
        s->blob_size = blob_size;
    }
    if (!failed)
        s->composes = composes(&s->tokenizer);
    if (failed || open_state(s, err) < 0) {
        heed_side_release(s);
        return -1;
    }
    heed_side_set_fingerprint(s);
    return 0;
}

int heed_side_open(struct heed_side *s, const char *spec, const void *blob, size_t blob_size,
                   const char *vocab, size_t vocab_size, struct heed_err *err)
{
    *s = (struct heed_side){0};
    if (heed_vocab_parse(&s->vocab, vocab, vocab_size, err) < 0)
        return -1;
    int failed = heed_instance_open(&s->tokenizer, HEED_KIND_TOKENIZER, spec, false, NULL, err);
    return finish(s, failed, blob, blob_size, err);
}

int heed_sides_share(struct heed_sides *s, struct heed_err *err)
{
    struct heed_str vocab = {0};
    heed_vocab_blob(&s->src.vocab, &vocab);
    s->tgt = (struct heed_side){0};
    int failed = heed_vocab_parse(&s->tgt.vocab, vocab.data, vocab.len, err);
    heed_str_release(&vocab);
    if (!failed)
        failed = heed_instance_again(&s->tgt.tokenizer, &s->src.tokenizer, err);
    failed = finish(&s->tgt, failed, s->src.blob, s->src.blob_size, err);
    s->joint = !failed;
    return failed;
}

int32_t *heed_sides_target_ids(const struct heed_sides *s)
{
    return s->joint ? NULL : heed_vocab_map(&s->src.vocab, &s->tgt.vocab);
}

void heed_sides_release(struct heed_sides *s)
{
    heed_side_release(&s->src);
    heed_side_release(&s->tgt);
    *s = (struct heed_sides){0};
}

/* --- text to ids --- */

void heed_tokens_release(struct heed_tokens *t)
{
    free(t->ids);
    free(t->begin);
    free(t->end);
    *t = (struct heed_tokens){0};
}

void heed_tokens_add(struct heed_tokens *t, int32_t id, size_t begin, size_t end)
{
    heed_grow(&t->ids, t->n, &t->cap, sizeof(*t->ids));
    heed_grow(&t->begin, t->n, &t->cap_begin, sizeof(*t->begin));
    heed_grow(&t->end, t->n, &t->cap_end, sizeof(*t->end));
    t->ids[t->n] = id;
    t->begin[t->n] = (uint32_t)begin;
    t->end[t->n++] = (uint32_t)end;
    t->n_unknown += id == HEED_UNK;
}

struct encoding {
    const struct heed_side *side;
    struct heed_tokens *out;
};

static void add_token(struct heed_tokens *out, int32_t id, size_t begin, size_t end)
{
    if (out->n >= HEED_TOKENS_MAX)
        out->n_cut++;
    else
        heed_tokens_add(out, id, begin, end);
}

static void encode_piece(void *ctx, const char *s, size_t n, size_t begin, size_t end)
{
    struct encoding *e = ctx;
    const struct heed_vocab *vocab = &e->side->vocab;
    int32_t id = heed_vocab_find(vocab, s, n);
    const char *joiner = id == HEED_UNK ? joiner_of(e->side, s, n) : NULL;
    size_t len = joiner ? strlen(joiner) : 0;
    int32_t mark = joiner ? heed_vocab_find(vocab, joiner, len) : HEED_UNK;
    if (mark != HEED_UNK) {
        add_token(e->out, mark, begin, end); /* who looks at it means the rest */
        id = heed_vocab_find(vocab, s + len, n - len);
    }
    add_token(e->out, id, begin, end);
}

int heed_side_encode(const struct heed_side *s, const char *text, size_t n, struct heed_tokens *out,
                     struct heed_err *err)
{
    struct encoding e = {s, out};
    out->n = out->n_unknown = out->n_cut = 0;
    if (heed_text_blank(text, n))
        return 0;
    if (n > HEED_TEXT_MAX) {
        for (n = HEED_TEXT_MAX; (text[n] & 0xc0) == 0x80; n--) /* not within a character */
            ;
        out->n_cut++;
    }
    return heed_side_plugin(s)->split(s->state, text, n, encode_piece, &e, err);
}
