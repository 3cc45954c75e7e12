/* side_text.c: ids to text: pieces of known ids, and in place of an unknown one the pieces of the text to
 * be put there, joined by the tokenizer. */
#include <string.h>

#include "base/utf8.h"
#include "data/dictionary.h"
#include "data/side.h"

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

/* The source word for unknown id i, or what the dictionary has for it, or NULL. It may be what
 * somebody else's stage calls one: bytes that are no text, or, of tokenizers that cut characters into
 * bytes, a part of a character. Those are not copied. */
static const char *source_word(const struct heed_source_text *src, size_t i, size_t *n)
{
    size_t len = 0;
    bool sure = src && (!src->weight || (double)src->weight[i] >= src->least);
    const char *word =
        sure ? heed_source_token(src, src->align ? src->align[i] : (int64_t)i, &len) : NULL;
    if (!word || memchr(word, '\0', len) || !heed_utf8_valid(word, len))
        return NULL;
    *n = len;
    const char *other = heed_dictionary_find(src->dictionary, word, len, n);
    return other ? other : word;
}

static int gather(const struct heed_side *s, const int32_t *ids, size_t n,
                  const struct heed_source_text *src, struct pieces *p, struct heed_err *err)
{
    for (size_t i = 0; i < n; i++) {
        int32_t id = ids[i];
        if (id < 0 || id >= s->vocab.n)
            return heed_fail(err, "id %d not below %d", id, s->vocab.n);
        if (heed_tag_is_piece(s->vocab.pieces[id], s->vocab.lens[id]))
            continue;
        if (id >= HEED_SPECIALS) {
            add(p, s->vocab.pieces[id], s->vocab.lens[id]);
        } else if (id == HEED_UNK) {
            size_t len = strlen("<unk>");
            const char *word = source_word(src, i, &len);
            if (heed_side_plugin(s)->split(s->state, word ? word : "<unk>", len, add_copied, p,
                                           err) < 0)
                return -1;
        }
    }
    return 0;
}

static int join(const struct heed_side *s, int status, struct pieces *p, struct heed_str *out,
                struct heed_err *err)
{
    if (status == 0)
        status = heed_side_plugin(s)->join(s->state, p->text, p->lens, p->n, put_text, out, err);
    for (size_t i = 0; i < p->n_copies; i++)
        free(p->copies[i]);
    free(p->copies);
    free(p->text);
    free(p->lens);
    return status;
}

int heed_side_decode(const struct heed_side *s, const int32_t *ids, size_t n,
                     const struct heed_source_text *src, struct heed_str *out, struct heed_err *err)
{
    struct pieces p = {0};
    int status = gather(s, ids, n, src, &p, err);
    return join(s, status, &p, out, err);
}

void heed_text_one_column(struct heed_str *text, size_t from)
{
    for (size_t i = from; i < text->len; i++)
        if (text->data[i] == '\t')
            text->data[i] = ' ';
}

int heed_side_say(const struct heed_side *s, const int32_t *ids, size_t n,
                  const struct heed_source_text *src, struct heed_str *out, struct heed_err *err)
{
    size_t from = out->len;
    int status = heed_side_decode(s, ids, n, src, out, err);
    heed_text_one_column(out, from);
    return status;
}

int heed_side_again(const struct heed_side *s, const char *text, size_t n, struct heed_str *out,
                    struct heed_err *err)
{
    struct pieces p = {0};
    struct heed_str form = {0};
    text = heed_side_form(s, text, &n, &form);
    int status = heed_side_plugin(s)->split(s->state, text, n, add_copied, &p, err);
    status = join(s, status, &p, out, err);
    heed_str_add(out, "", 0); /* data stands, also for nothing */
    heed_str_release(&form);
    return status;
}
