/* side_tags.c: tags of a side's texts: pieces of its vocabulary, and tokens in front of the others. */
#include <string.h>

#include "data/corpus.h"
#include "data/side.h"

/* The tags at place i, a few of them. */
static void list(const struct heed_side *s, size_t i, struct heed_str *out)
{
    char front[HEED_TAG_PIECE_MAX];
    int n = 0;
    heed_tag_piece(i, "", 0, front);
    size_t len = strlen(front) - 1;
    for (int32_t id = HEED_SPECIALS; id < s->vocab.n; id++) {
        const char *piece = s->vocab.pieces[id];
        if (s->vocab.lens[id] <= len || memcmp(piece, front, len) != 0 || ++n > 8)
            continue;
        heed_str_printf(out, "%s%.*s", out->len ? ", " : "", (int)(s->vocab.lens[id] - len - 1),
                        piece + len);
    }
    if (n > 8)
        heed_str_add_text(out, ", …");
}

int heed_side_check_tags(const struct heed_side *s, size_t n, struct heed_err *err)
{
    struct heed_str known = {0};
    if (n == (size_t)s->tags)
        return 0;
    if (!s->tags)
        return heed_usage(err, "a tag is given, and its sources have none");
    list(s, 0, &known);
    heed_usage(err, "its sources have %d tag%s in front (%s), %zu given: --tag or --tag-columns",
               s->tags, s->tags == 1 ? "" : "s", known.len ? known.data : "", n);
    heed_str_release(&known);
    return -1;
}

static int refuse(const struct heed_side *s, size_t i, const char *tag, size_t n,
                  struct heed_err *err)
{
    struct heed_str known = {0};
    list(s, i, &known);
    heed_fail(err, "tag '%.*s' is none of those that there are: %s", (int)HEED_MIN(n, 64u), tag,
              known.len ? known.data : "none");
    heed_str_release(&known);
    return -1;
}

static void put_in_front(struct heed_tokens *t, const int32_t *ids, size_t n)
{
    for (size_t i = 0; i < n; i++)
        heed_tokens_add(t, HEED_PAD, 0, 0);
    memmove(t->ids + n, t->ids, (t->n - n) * sizeof *t->ids);
    memmove(t->begin + n, t->begin, (t->n - n) * sizeof *t->begin);
    memmove(t->end + n, t->end, (t->n - n) * sizeof *t->end);
    memcpy(t->ids, ids, n * sizeof *ids);
    memset(t->begin, 0, n * sizeof *t->begin);
    memset(t->end, 0, n * sizeof *t->end);
}

int heed_side_add_tags(const struct heed_side *s, const char *tags, size_t n,
                       struct heed_tokens *out, struct heed_err *err)
{
    int32_t ids[HEED_TAGS_MAX];
    char piece[HEED_TAG_PIECE_MAX];
    size_t n_tags = 0, len;
    const char *tag;
    if (out->n == 0)
        return 0;
    for (; n_tags < HEED_TAGS_MAX && (tag = heed_tags_next(&tags, &n, &len)); n_tags++) {
        heed_tag_piece(n_tags, tag, len, piece);
        ids[n_tags] = heed_vocab_find(&s->vocab, piece, strlen(piece));
        if (s->tags && ids[n_tags] == HEED_UNK)
            return refuse(s, n_tags, tag, len, err);
    }
    if (heed_side_check_tags(s, n_tags, err))
        return -1;
    put_in_front(out, ids, n_tags);
    return 0;
}

/* Returns how many are new, or -1. */
static int add_tag(struct heed_vocab *v, size_t i, const char *tag, size_t n, struct heed_err *err)
{
    char piece[HEED_TAG_PIECE_MAX];
    heed_tag_piece(i, tag, n, piece);
    int32_t before = v->n;
    return heed_vocab_add(v, piece, strlen(piece), 1, err) < 0 ? -1 : v->n - before;
}

int heed_side_take_tag(struct heed_side *s, size_t i, const char *tag, size_t n,
                       struct heed_err *err)
{
    int more = add_tag(&s->vocab, i, tag, n, err);
    if (more > 0)
        heed_side_set_fingerprint(s);
    return more;
}

int heed_sides_tag(struct heed_sides *s, const struct heed_corpus *c, size_t n_tags,
                   struct heed_err *err)
{
    int n_new = 0;
    s->src.tags = (int32_t)n_tags;
    for (size_t i = 0; i < c->n && n_tags; i++) {
        const char *at = c->pairs[i].src, *tag;
        size_t n = c->pairs[i].src_len, len;
        for (size_t k = 0; (tag = heed_tags_next(&at, &n, &len)); k++) {
            int more = add_tag(&s->src.vocab, k, tag, len, err);
            if (more < 0 || (s->joint && add_tag(&s->tgt.vocab, k, tag, len, err) < 0))
                return -1;
            n_new += more;
        }
        if (n_new > HEED_TAG_VALUES)
            return heed_fail(err, "line %u: more than %d different tags", c->pairs[i].line,
                             HEED_TAG_VALUES);
    }
    if (n_new)
        heed_side_set_fingerprint(&s->src);
    if (n_new && s->joint)
        heed_side_set_fingerprint(&s->tgt);
    return 0;
}
