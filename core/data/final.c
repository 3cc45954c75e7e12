/* final.c: see final.h. */
#include <string.h>

#include "base/utf8.h"
#include "data/final.h"
#include "data/sentences.h"

#define VARY       0.1
#define SHARE      0.5 /* of the pairs, from which on it is varied by default */
#define TOKENS_MIN 3   /* of a source, in the mean */

#define ELLIPSIS 0x2026 /* ends no sentence for sure, but here one is at its end */

static bool is_mark(int32_t c)
{
    return heed_sentence_terminal(c) || c == ELLIPSIS;
}

/* What a piece is at the end of a line. */
enum { WORD, BLANK, MARK };

static uint8_t kind_of(const char *text, size_t n)
{
    uint8_t kind = BLANK;
    for (size_t i = 0; i < n;) {
        int32_t c;
        int len = heed_utf8_next(text + i, n - i, &c);
        if (len > 0 && is_mark(c))
            kind = MARK;
        else if (len <= 0 || heed_utf8_class(c) != HEED_CHAR_SPACE)
            return WORD;
        i += (size_t)len;
    }
    return kind;
}

/* Of each piece of the vocabulary, [vocab.n]. */
static uint8_t *kinds_of(const struct heed_side *side, struct heed_err *err)
{
    uint8_t *kinds = heed_xcalloc((size_t)side->vocab.n + 1, 1);
    struct heed_str text = {0};
    for (int32_t id = HEED_SPECIALS; id < side->vocab.n; id++) {
        heed_str_clear(&text);
        if (heed_side_decode(side, &id, 1, NULL, &text, err)) {
            free(kinds);
            kinds = NULL;
            break;
        }
        bool tag = heed_tag_is_piece(side->vocab.pieces[id], side->vocab.lens[id]);
        kinds[id] = tag ? WORD : kind_of(text.len ? text.data : "", text.len);
    }
    heed_str_release(&text);
    return kinds;
}

static uint8_t n_final(const int32_t *ids, int64_t n, const uint8_t *kinds)
{
    int64_t end = n - (n > 0 && ids[n - 1] == HEED_EOS), i = end;
    bool marked = false;
    while (i > 0 && end - i < UINT8_MAX && kinds[ids[i - 1]] != WORD)
        marked |= kinds[ids[--i]] == MARK;
    return marked && i > 0 ? (uint8_t)(end - i) : 0;
}

int heed_final_find(struct heed_dataset *d, const struct heed_sides *sides, struct heed_err *err)
{
    uint8_t *src = kinds_of(&sides->src, err), *tgt = src ? kinds_of(&sides->tgt, err) : NULL;
    if (tgt) {
        d->src_final = heed_xcalloc(d->n + 1, 1);
        d->tgt_final = heed_xcalloc(d->n + 1, 1);
    }
    for (size_t i = 0; tgt && i < d->n; i++) {
        const int64_t *s = d->src_at + i, *t = d->tgt_at + i;
        d->src_final[i] = n_final(d->src + s[0], s[1] - s[0], src);
        d->tgt_final[i] = n_final(d->tgt + t[0], t[1] - t[0], tgt);
    }
    free(src);
    free(tgt);
    return tgt ? 0 : -1;
}

double heed_final_share(const struct heed_dataset *d)
{
    size_t n = 0;
    for (size_t i = 0; d->src_final && i < d->n; i++)
        n += d->src_final[i] && d->tgt_final[i];
    return (double)n / (double)HEED_MAX(1, d->n);
}

double heed_final_vary(const struct heed_dataset *d, double asked)
{
    if (asked >= 0)
        return asked;
    return heed_final_share(d) >= SHARE && d->n_src > TOKENS_MIN * d->n ? VARY : 0;
}
