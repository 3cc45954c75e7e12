/* guess.c: the tokenizer that lines ask for, from shares of all of them: none of it hangs on a single line. What
 * would be measured by symbols (metrics.h, heed_choose()) is cut into symbols, of a source too. */
#include <string.h>
#include "base/utf8.h"
#include "data/corpus.h"
#include "metrics/metrics.h"

#define SINGLE_SHARE 0.95 /* of the lines: written without blanks, or single words */
#define LINES_MIN    200  /* fewer say nothing about an inventory of symbols */

struct guess {
    int64_t n, n_single, n_tokens, n_chars;
};

static int64_t characters(const char *s, size_t n)
{
    int64_t count = 0;
    for (size_t i = 0; i < n;) {
        int32_t c;
        int len = heed_utf8_next(s + i, n - i, &c);
        count += !len || (c != ' ' && heed_utf8_class(c) != HEED_CHAR_MARK);
        i += (size_t)HEED_MAX(len, 1);
    }
    return count;
}

static void look_at(struct guess *g, const char *s, size_t n)
{
    g->n++;
    g->n_single += !memchr(s, ' ', n);
    g->n_chars += characters(s, n);
    for (size_t i = 0; i < n; i++)
        g->n_tokens += s[i] != ' ' && (i == 0 || s[i - 1] == ' ');
}

static double share(int64_t part, int64_t all)
{
    return (double)part / (double)HEED_MAX(1, all);
}

static const char *decide(const struct guess *g, const struct heed_lines *lines,
                          struct heed_str *why)
{
    double single = share(g->n_single, g->n);
    struct heed_choice c = {0};
    if (single >= SINGLE_SHARE) {
        heed_str_printf(why, "%.3g %% of its lines have no blank", 100 * single);
        return "char";
    }
    if (g->n >= LINES_MIN)
        heed_choose(lines, &c);
    if (*c.symbols) {
        heed_str_printf(why, "its lines are %s", c.symbols);
        return "space";
    }
    heed_str_printf(why, "%.3g %% of its lines have blanks, between words of %.2g characters",
                    100 - 100 * single, share(g->n_chars, g->n_tokens));
    return "sentencepiece";
}

const char *heed_tokenizer_guess(const struct heed_corpus *c, int which, struct heed_str *why)
{
    struct guess g = {0};
    struct heed_corpus_lines ctx;
    struct heed_lines lines;
    size_t len;
    const char *line;
    heed_corpus_lines(&ctx, c, which, &lines);
    while ((line = lines.next(lines.ctx, &len)))
        look_at(&g, line, len);
    return decide(&g, &lines, why);
}
