/* side.c: one side of a language pair: a tokenizer and its vocabulary, learnt from text or taken
 * from a document; text to ids and ids to text.
 *
 * Learning: a tokenizer that learns (SentencePiece) brings its pieces; for the others core counts
 * the pieces of the text. Ids to text: pieces of known ids, and in place of an unknown one the
 * pieces of the text to be put there, joined by the tokenizer. */
#include <string.h>
#include "base/utf8.h"
#include "data/text.h"
#include "stream/hash.h"

static const struct heed_tokenizer *plugin_of(const struct heed_side *s)
{
    return (const struct heed_tokenizer *)s->tokenizer.plugin;
}

void heed_side_release(struct heed_side *s)
{
    if (s->state)
        plugin_of(s)->close(s->state);
    if (s->tokenizer.plugin)
        heed_instance_close(&s->tokenizer);
    free(s->blob);
    heed_vocab_release(&s->vocab);
    *s = (struct heed_side){0};
}

static void set_fingerprint(struct heed_side *s)
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
    return plugin_of(s)->open(s->tokenizer.self, s->blob, s->blob_size, &s->state, err);
}

/* What a side is learnt with where nobody said. */
static void suit(const struct heed_side *s, int64_t *size, int64_t *min_count)
{
    if (*size == 0 && plugin_of(s)->train)
        *size = HEED_PIECES;
    if (*min_count == 0)
        *min_count = HEED_MAX(1, plugin_of(s)->min_count);
}

static int learn(struct heed_side *s, const struct heed_lines *lines, int64_t size,
                 int64_t min_count, struct heed_err *err)
{
    const struct heed_tokenizer *plugin = plugin_of(s);
    lines->rewind(lines->ctx);
    if (plugin->train) {
        struct learning l = {&s->vocab, err, false};
        if (plugin->train(s->tokenizer.self, lines, size, &s->blob, &s->blob_size, err) < 0 ||
            open_state(s, err) < 0 || plugin->pieces(s->state, add_piece, &l, err) < 0)
            return -1;
        return l.failed ? -1 : 0;
    }
    if (open_state(s, err) < 0)
        return -1;
    const char *line;
    size_t n;
    while ((line = lines->next(lines->ctx, &n)))
        if (!heed_text_blank(line, n) &&
            plugin->split(s->state, line, n, count_piece, &s->vocab, err) < 0)
            return -1;
    heed_vocab_trim(&s->vocab, min_count, size);
    return 0;
}

int heed_side_train(struct heed_side *s, const char *spec, const struct heed_lines *lines,
                    int64_t size, int64_t min_count, struct heed_err *err)
{
    *s = (struct heed_side){0};
    if (heed_instance_open(&s->tokenizer, HEED_KIND_TOKENIZER, spec, true, NULL, err) < 0)
        return -1;
    heed_vocab_init(&s->vocab);
    suit(s, &size, &min_count);
    if (learn(s, lines, size, min_count, err) < 0) {
        heed_side_release(s);
        return -1;
    }
    set_fingerprint(s);
    return 0;
}

int heed_tokenizer_learns(const char *spec, bool *learns, struct heed_err *err)
{
    struct heed_instance in;
    if (heed_instance_open(&in, HEED_KIND_TOKENIZER, spec, true, NULL, err) < 0)
        return -1;
    *learns = ((const struct heed_tokenizer *)in.plugin)->train != NULL;
    heed_instance_close(&in);
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
    if (failed || open_state(s, err) < 0) {
        heed_side_release(s);
        return -1;
    }
    set_fingerprint(s);
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

void heed_sides_release(struct heed_sides *s)
{
    heed_side_release(&s->src);
    heed_side_release(&s->tgt);
    *s = (struct heed_sides){0};
}

/* --- documents --- */

static void side_to_doc(const struct heed_side *s, const char *which, struct heed_doc *doc)
{
    char name[32];
    struct heed_str vocab = {0};
    snprintf(name, sizeof(name), "vocab.%s", which);
    heed_vocab_blob(&s->vocab, &vocab);
    heed_doc_add_copy(doc, name, HEED_U8, 1, &(int64_t){(int64_t)vocab.len}, vocab.data);
    heed_str_release(&vocab);
    snprintf(name, sizeof(name), "tokenizer.%s", which);
    heed_doc_set_meta(doc, name, s->tokenizer.spec);
    if (s->blob_size)
        heed_doc_add_copy(doc, name, HEED_U8, 1, &(int64_t){(int64_t)s->blob_size}, s->blob);
    snprintf(name, sizeof(name), "tokenizer.%s.revision", which);
    heed_doc_set_meta_i64(doc, name, s->tokenizer.plugin->revision);
}

void heed_sides_to_doc(const struct heed_sides *s, int which, struct heed_doc *doc)
{
    /* A joint target is the source once more: it is written once. */
    if ((which & 1) || s->joint)
        side_to_doc(&s->src, "src", doc);
    if ((which & 2) && !s->joint)
        side_to_doc(&s->tgt, "tgt", doc);
    heed_doc_set_meta(doc, "unicode", heed_utf8_unicode_version());
    heed_doc_set_meta(doc, "joint", s->joint ? "on" : "off");
    heed_doc_set_meta(doc, "src-eos", s->src_eos ? "on" : "off");
}

/* Another revision may cut text in other places than the one the model learnt from. */
static int check_revision(struct heed_side *s, const char *which, const struct heed_doc *doc,
                          struct heed_err *err)
{
    char name[32];
    int64_t revision;
    snprintf(name, sizeof(name), "tokenizer.%s.revision", which);
    if (!heed_doc_meta(doc, name))
        return 0;
    int status = heed_doc_meta_i64(doc, name, &revision, err);
    if (status == 0 && revision != s->tokenizer.plugin->revision)
        status = heed_fail(
            err, "plugin %s: revision %lld made this vocabulary, revision %u is here",
            s->tokenizer.plugin->name, (long long)revision, s->tokenizer.plugin->revision);
    if (status < 0)
        heed_side_release(s);
    return status;
}

static int side_from_doc(struct heed_side *s, const char *which, const struct heed_doc *doc,
                         struct heed_err *err)
{
    char name[32];
    snprintf(name, sizeof(name), "vocab.%s", which);
    const struct heed_array *vocab = heed_doc_want(doc, name, HEED_U8, 1, err);
    if (!vocab)
        return -1;
    snprintf(name, sizeof(name), "tokenizer.%s", which);
    const char *spec = heed_doc_meta(doc, name);
    if (!spec)
        return heed_fail(err, "metadata %s: absent", name);
    const struct heed_array *blob = NULL;
    if (heed_doc_find(doc, name) && !(blob = heed_doc_want(doc, name, HEED_U8, 1, err)))
        return -1;
    if (heed_side_open(s, spec, blob ? blob->data : NULL, blob ? blob->size : 0, vocab->data,
                       vocab->size, err) < 0)
        return heed_err_prefix(err, "%s: ", name);
    return check_revision(s, which, doc, err);
}

static int switch_meta(const struct heed_doc *doc, const char *key, bool *out, struct heed_err *err)
{
    const char *value = heed_doc_meta(doc, key);
    if (value && strcmp(value, "on") && strcmp(value, "off"))
        return heed_fail(err, "metadata %s: '%s', want on or off", key, value);
    *out = value && !strcmp(value, "on");
    return 0;
}

int heed_sides_from_doc(struct heed_sides *s, int which, const struct heed_doc *doc,
                        struct heed_err *err)
{
    *s = (struct heed_sides){0};
    if (switch_meta(doc, "joint", &s->joint, err) < 0 ||
        switch_meta(doc, "src-eos", &s->src_eos, err) < 0)
        return -1;
    if ((which & 1) && side_from_doc(&s->src, "src", doc, err) < 0)
        return -1;
    if ((which & 2) && side_from_doc(&s->tgt, s->joint ? "src" : "tgt", doc, err) < 0) {
        heed_sides_release(s);
        return -1;
    }
    return 0;
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
    const struct heed_vocab *vocab;
    struct heed_tokens *out;
};

static void encode_piece(void *ctx, const char *s, size_t n, size_t begin, size_t end)
{
    struct encoding *e = ctx;
    if (e->out->n >= HEED_TOKENS_MAX)
        e->out->n_cut++;
    else
        heed_tokens_add(e->out, heed_vocab_find(e->vocab, s, n), begin, end);
}

int heed_side_encode(const struct heed_side *s, const char *text, size_t n, struct heed_tokens *out,
                     struct heed_err *err)
{
    struct encoding e = {&s->vocab, out};
    out->n = out->n_unknown = out->n_cut = 0;
    if (heed_text_blank(text, n))
        return 0;
    if (n > HEED_TEXT_MAX) {
        for (n = HEED_TEXT_MAX; (text[n] & 0xc0) == 0x80; n--) /* not within a character */
            ;
        out->n_cut++;
    }
    return plugin_of(s)->split(s->state, text, n, encode_piece, &e, err);
}

/* --- ids to text --- */

/* Pieces to be joined. Those of words put in for unknown ids are copies: `copies` owns them. */
struct pieces {
    const char **text;
    size_t *lens;
    size_t n, cap_text, cap_lens;
    char **copies;
    size_t n_copies, cap_copies;
};

static void add(struct pieces *p, const char *text, size_t len)
{
    heed_grow(&p->text, p->n, &p->cap_text, sizeof(*p->text));
    heed_grow(&p->lens, p->n, &p->cap_lens, sizeof(*p->lens));
    p->text[p->n] = text;
    p->lens[p->n++] = len;
}

static void add_copied(void *ctx, const char *s, size_t n, size_t begin, size_t end)
{
    struct pieces *p = ctx;
    (void)begin;
    (void)end;
    heed_grow(&p->copies, p->n_copies, &p->cap_copies, sizeof(*p->copies));
    p->copies[p->n_copies] = heed_xstrndup(s, n);
    add(p, p->copies[p->n_copies++], n);
}

static void put_text(void *ctx, const char *s, size_t n)
{
    struct heed_str *out = ctx;
    for (size_t i = 0; i < n; i++)
        heed_str_add_char(out, s[i] == '\n' || s[i] == '\0' ? ' ' : s[i]);
}

/* The source word for unknown id i, or NULL. It may be what somebody else's stage calls one: bytes
 * that are no text, or, of tokenizers that cut characters into bytes, a part of a character. Those
 * are not copied. */
static const char *source_word(const struct heed_source_text *src, size_t i, size_t *n)
{
    size_t len = 0;
    const char *word =
        src ? heed_source_token(src, src->align ? src->align[i] : (int64_t)i, &len) : NULL;
    if (!word || memchr(word, '\0', len) || !heed_utf8_valid(word, len))
        return NULL;
    *n = len;
    return word;
}

static int gather(const struct heed_side *s, const int32_t *ids, size_t n,
                  const struct heed_source_text *src, struct pieces *p, struct heed_err *err)
{
    for (size_t i = 0; i < n; i++) {
        int32_t id = ids[i];
        if (id < 0 || id >= s->vocab.n)
            return heed_fail(err, "id %d not below %d", id, s->vocab.n);
        if (id >= HEED_SPECIALS) {
            add(p, s->vocab.pieces[id], s->vocab.lens[id]);
        } else if (id == HEED_UNK) {
            size_t len = strlen("<unk>");
            const char *word = source_word(src, i, &len);
            if (plugin_of(s)->split(s->state, word ? word : "<unk>", len, add_copied, p, err) < 0)
                return -1;
        }
    }
    return 0;
}

int heed_side_decode(const struct heed_side *s, const int32_t *ids, size_t n,
                     const struct heed_source_text *src, struct heed_str *out, struct heed_err *err)
{
    struct pieces p = {0};
    int status = gather(s, ids, n, src, &p, err);
    if (status == 0)
        status = plugin_of(s)->join(s->state, p.text, p.lens, p.n, put_text, out, err);
    for (size_t i = 0; i < p.n_copies; i++)
        free(p.copies[i]);
    free(p.copies);
    free(p.text);
    free(p.lens);
    return status;
}
