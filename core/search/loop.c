/* loop.c: see loop.h. As in data/repeats.c, but backwards from the end: with the token m tokens in a row
 * equal the one p before them, and a block of p stands (m + p) / p times. */
#include <string.h>

#include "base/utf8.h"
#include "data/repeats.h"
#include "search/loop.h"

#define WORDS_LONG_MIN 2
#define WORDS_LONG     17 /* tokens */
#define SIGNS_MIN      4
#define SIGNS_TOKENS   16

static enum heed_loop_kind kind_of(const char *piece, size_t n)
{
    enum heed_loop_kind kind = HEED_LOOP_SIGN;
    int32_t c;
    for (size_t i = 0; i < n;) {
        int len = heed_utf8_next(piece + i, n - i, &c);
        switch (len ? heed_utf8_class(c) : HEED_CHAR_OTHER) {
        case HEED_CHAR_LETTER:
        case HEED_CHAR_MARK:
            return HEED_LOOP_LETTER;
        case HEED_CHAR_DIGIT:
            kind = HEED_LOOP_DIGIT;
            break;
        default:
            break;
        }
        i += (size_t)HEED_MAX(1, len);
    }
    return kind;
}

uint8_t *heed_loop_kinds(const struct heed_vocab *v)
{
    uint8_t *kinds = heed_xcalloc((size_t)v->n + 1, 1);
    for (int32_t i = HEED_SPECIALS; i < v->n; i++)
        if (!heed_vocab_is_byte(v, i))
            kinds[i] = (uint8_t)kind_of(v->pieces[i], v->lens[i]);
    return kinds;
}

static bool has_letters(const int32_t *ids, int64_t n, const uint8_t *kinds)
{
    bool has = false;
    for (int64_t i = 0; i < n && !has; i++)
        has = kinds[ids[i]] == HEED_LOOP_LETTER;
    return has;
}

void heed_loop_limit(struct heed_loop_limit *l, const int32_t *src, int64_t n, const uint8_t *kinds,
                     int64_t trained)
{
    l->words = HEED_MAX(trained, heed_repeats_allowed(heed_repeats(src, n, kinds)));
    l->any = HEED_MAX(trained, heed_repeats_allowed(heed_repeats(src, n, NULL)));
}

/* How often a block of p tokens may stand. */
static int64_t allowed(const struct heed_loop_limit *l, bool words, int64_t p)
{
    if (!words)
        return HEED_MAX(l->any, HEED_MAX(SIGNS_MIN, SIGNS_TOKENS / p));
    return p >= WORDS_LONG && l->words == HEED_REPEATS_FREE ? WORDS_LONG_MIN : l->words;
}

int64_t heed_loop_block(const struct heed_loop_limit *l, const uint8_t *kinds,
                        const int32_t *history, int64_t n, int32_t token)
{
    if (token == HEED_EOS)
        return 0;
    for (int64_t p = 1; p <= HEED_REPEATS_PERIOD && p <= n; p++) {
        if (history[n - p] != token)
            continue;
        int64_t times = allowed(l, has_letters(history + n - p, p, kinds), p);
        int64_t most = (times - 1) * p, m = 1; /* the token itself */
        while (m <= most && m <= n - p && history[n - m] == history[n - m - p])
            m++;
        if (m > most)
            return p;
    }
    return 0;
}
