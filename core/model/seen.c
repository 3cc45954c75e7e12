/* seen.c: see seen.h. */
#include <string.h>

#include "base/utf8.h"
#include "data/sentences.h"
#include "model/seen.h"

static int count_row(struct heed_seen *s, const struct heed_side *side, const int32_t *ids,
                     int32_t n, struct heed_str *text, struct heed_sentences *sentences,
                     struct heed_err *err)
{
    heed_str_clear(text);
    if (heed_side_decode(side, ids, (size_t)n, NULL, text, err) < 0)
        return -1;
    heed_sentences_cut(sentences, text->len ? text->data : "", text->len);
    s->lines++;
    s->several += sentences->n > 1;
    s->wordless += heed_text_wordless(text->len ? text->data : "", text->len);
    for (int32_t i = 0; i < n; i++)
        s->ids[ids[i]] = 1;
    return 0;
}

int heed_seen_count(struct heed_seen *s, const struct heed_sides *sides, const struct heed_batch *b,
                    struct heed_err *err)
{
    struct heed_str text = {0};
    struct heed_sentences sentences = {0};
    int status = 0;
    if (b->table) /* no words */
        return 0;
    if (!s->ids)
        s->ids = heed_xcalloc((size_t)sides->src.vocab.n, 1);
    for (int64_t r = 0; r < b->B && status == 0; r++)
        status =
            count_row(s, &sides->src, b->src + r * b->S, b->src_len[r], &text, &sentences, err);
    heed_sentences_release(&sentences);
    heed_str_release(&text);
    return status;
}

void heed_seen_release(struct heed_seen *s)
{
    free(s->ids);
    *s = (struct heed_seen){0};
}

bool heed_seen_several(const struct heed_seen *s)
{
    return s->several > s->lines / 10;
}

bool heed_seen_wordless(const struct heed_seen *s)
{
    return s->wordless > s->lines / 1000;
}

/* Does a piece say anything? What stands for a blank, or for none, does not. */
static bool says(const char *piece, size_t n, bool words)
{
    static const char *const marks[] = {"\xe2\x96\x81", "\xef\xbf\xad"}; /* U+2581, U+FFED */
    for (size_t i = 0; i < HEED_COUNT(marks) && n >= 3; i++)
        if (memcmp(piece, marks[i], 3) == 0) {
            piece += 3;
            n -= 3;
        }
    return words ? !heed_text_wordless(piece, n) : !heed_text_blank(piece, n);
}

bool heed_seen_any(const struct heed_seen *s, const struct heed_vocab *v,
                   const struct heed_tokens *tokens, bool words)
{
    bool any = false;
    for (size_t i = 0; i < tokens->n && !any; i++) {
        int32_t id = tokens->ids[i];
        bool known = id != HEED_UNK && (s->ids ? s->ids[id] : !heed_vocab_is_byte(v, id));
        any = known && (heed_vocab_is_byte(v, id) || says(v->pieces[id], v->lens[id], words));
    }
    return any;
}

/* --- files --- */

#define COUNT_MAX (1ll << 53)

static const char *const keys[] = {"seen.lines", "seen.several", "seen.wordless"};

void heed_seen_to_doc(const struct heed_seen *s, int32_t n_ids, struct heed_doc *doc)
{
    const int64_t counts[] = {s->lines, s->several, s->wordless}, dims[] = {n_ids};
    if (!s->ids)
        return;
    for (size_t i = 0; i < HEED_COUNT(keys); i++)
        heed_doc_set_meta_i64(doc, keys[i], counts[i]);
    heed_doc_add(doc, "vocab.seen", HEED_U8, 1, dims, s->ids);
}

int heed_seen_from_doc(struct heed_seen *s, int32_t n_ids, const struct heed_doc *doc,
                       struct heed_err *err)
{
    int64_t *const counts[] = {&s->lines, &s->several, &s->wordless};
    *s = (struct heed_seen){0};
    if (!heed_doc_find(doc, "vocab.seen"))
        return 0;
    const struct heed_array *ids = heed_doc_want(doc, "vocab.seen", HEED_U8, 1, err);
    if (!ids)
        return -1;
    if (ids->dims[0] != n_ids)
        return heed_fail(err, "tensor vocab.seen: %lld long, the vocabulary has %d pieces",
                         (long long)ids->dims[0], (int)n_ids);
    for (size_t i = 0; i < HEED_COUNT(keys); i++) {
        if (heed_doc_meta_i64(doc, keys[i], counts[i], err))
            return -1;
        if (*counts[i] < 0 || *counts[i] > COUNT_MAX) /* training goes on to count */
            return heed_fail(err, "metadata %s: %lld not in 0..2^53", keys[i],
                             (long long)*counts[i]);
    }
    s->ids = memcpy(heed_xmalloc((size_t)n_ids), ids->data, (size_t)n_ids);
    return 0;
}
