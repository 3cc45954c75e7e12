/* guess.c: the tokenizer that lines ask for, from shares of all of them: none of it hangs on a single line. */
#include <string.h>
#include "base/utf8.h"
#include "data/corpus.h"

#define SINGLE_SHARE    0.95 /* of the lines: written without blanks, or single words */
#define SHORT           4    /* characters, marks not counted: phonemes such as AH0, t͡ɕʰ */
#define SHORT_SHARE     0.95 /* of the symbols */
#define MEAN_MAX        3.2  /* characters of a symbol */
#define INVENTORY_MAX   200
#define INVENTORY_SHARE 0.99 /* of the symbols are of so many kinds */
#define KINDS_MAX       5000 /* more are not counted: words */
#define TIMES           10   /* that a kind must come, in the mean */
#define LINES_MIN       200  /* fewer say nothing about an inventory */

struct guess {
    int64_t n, n_single, n_tokens, n_short, n_chars;
    struct heed_vocab kinds;
};

static int64_t characters(const char *s, size_t n)
{
    int64_t count = 0;
    for (size_t i = 0; i < n;) {
        int32_t c;
        int len = heed_utf8_next(s + i, n - i, &c);
        count += !len || heed_utf8_class(c) != HEED_CHAR_MARK;
        i += (size_t)HEED_MAX(len, 1);
    }
    return count;
}

static void look_at(struct guess *g, const char *s, size_t n)
{
    g->n++;
    g->n_single += !memchr(s, ' ', n);
    for (size_t i = 0; i < n;) {
        const char *blank = memchr(s + i, ' ', n - i);
        size_t len = blank ? (size_t)(blank - s) - i : n - i;
        if (len) {
            int64_t chars = characters(s + i, len);
            g->n_tokens++;
            g->n_chars += chars;
            g->n_short += chars <= SHORT;
            if (g->kinds.n < KINDS_MAX)
                heed_vocab_count(&g->kinds, s + i, len);
        }
        i += len + 1;
    }
}

static double share(int64_t part, int64_t all)
{
    return (double)part / (double)HEED_MAX(1, all);
}

/* The share of the symbols that are of the most frequent kinds; *n kinds were seen. */
static double inventory(struct guess *g, int32_t *n)
{
    int64_t sum = 0;
    *n = g->kinds.n - HEED_SPECIALS;
    heed_vocab_trim(&g->kinds, 1, INVENTORY_MAX);
    for (int32_t id = HEED_SPECIALS; id < g->kinds.n; id++)
        sum += g->kinds.counts[id];
    return share(sum, g->n_tokens);
}

static const char *decide(struct guess *g, int which, struct heed_str *why)
{
    int32_t n_kinds;
    double single = share(g->n_single, g->n), few = share(g->n_short, g->n_tokens),
           mean = share(g->n_chars, g->n_tokens), known = inventory(g, &n_kinds);
    if (single >= SINGLE_SHARE) {
        heed_str_printf(why, "%.3g %% of its lines have no blank", 100 * single);
        return "char";
    }
    if (which == 2 && g->n >= LINES_MIN && g->n_tokens > 2 * g->n && few >= SHORT_SHARE &&
        mean <= MEAN_MAX && known >= INVENTORY_SHARE && g->n_tokens >= TIMES * n_kinds) {
        heed_str_printf(
            why, "its lines are lists of symbols of %.2g characters in the mean, of %d kinds", mean,
            n_kinds);
        return "space";
    }
    heed_str_printf(why, "%.3g %% of its lines have blanks, between words of %.2g characters",
                    100 - 100 * single, mean);
    return "sentencepiece";
}

const char *heed_tokenizer_guess(const struct heed_corpus *c, int which, struct heed_str *why)
{
    struct guess g = {0};
    struct heed_corpus_lines ctx;
    struct heed_lines lines;
    size_t len;
    const char *line;
    heed_vocab_init(&g.kinds);
    heed_corpus_lines(&ctx, c, which, &lines);
    while ((line = lines.next(lines.ctx, &len)))
        look_at(&g, line, len);
    const char *name = decide(&g, which, why);
    heed_vocab_release(&g.kinds);
    return name;
}
