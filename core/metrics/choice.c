/* choice.c: what lines are to be measured by, from the lines themselves; see metrics.h.
 *
 *   no blanks, a script without them       characters    bleu; token-error for short lines
 *   no blanks, another script              characters    token-error    single words, labels
 *   lists of symbols of a small inventory  none          token-error    phonemes, commands
 *   else words                             13a           bleu; token-error where few have four
 *
 * All is by shares of the lines: none of it hangs on a single one. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "metrics/metrics.h"

#define SINGLE_SHARE    0.95 /* of the lines have no blank */
#define UNBROKEN_SHARE  0.5  /* of the letters are of a script without blanks … */
#define UNBROKEN_MEAN   3    /* … and so many characters stand between two, in the mean */
#define SENTENCE_MEAN   6    /* characters of a line in such a script, in the mean */
#define SHORT           4    /* characters of a symbol, marks not counted: AH0, t͡ɕʰ */
#define SHORT_SHARE     0.95 /* of the symbols */
#define SYMBOL_MEAN     3.2  /* characters of a symbol */
#define INVENTORY_MAX   200
#define INVENTORY_SHARE 0.99   /* of the symbols are of so many kinds */
#define CLOSED_MAX      20     /* kinds, of any length: a language of commands … */
#define CLOSED_TIMES    100    /* … each of which comes so often, in the mean */
#define SEEN_MAX        100000 /* symbols that are looked at for their kinds */
#define LINES_FEW       200    /* fewer show a kind less often */
#define BLEU_SHARE      0.1    /* of the lines have the tokens that BLEU's longest n-grams need */

struct look {
    int64_t n, n_single, n_ended, n_tokens, n_short, n_chars, n_letters, n_unbroken;
    struct heed_str seen; /* symbols, each with a NUL */
    size_t n_seen;
};

/* Thai, Lao, Myanmar, Khmer, kana, Han. */
static bool is_unbroken(int32_t p)
{
    static const int32_t ranges[][2] = {{0xe00, 0xeff},   {0x1000, 0x109f},  {0x1780, 0x17ff},
                                        {0x3041, 0x30ff}, {0x31f0, 0x31ff},  {0x3400, 0x4dbf},
                                        {0x4e00, 0x9fff}, {0xaa60, 0xaa7f},  {0xf900, 0xfaff},
                                        {0xff66, 0xff9f}, {0x20000, 0x323af}};
    for (size_t i = 0; i < HEED_COUNT(ranges); i++)
        if (p >= ranges[i][0] && p <= ranges[i][1])
            return true;
    return false;
}

static void look_at_token(struct look *l, const char *s, size_t n)
{
    int64_t chars = 0;
    for (size_t i = 0; i < n;) {
        int32_t c = 0;
        i += (size_t)HEED_MAX(1, heed_utf8_next(s + i, n - i, &c));
        enum heed_char_class class = heed_utf8_class(c);
        chars += class != HEED_CHAR_MARK;
        l->n_letters += class == HEED_CHAR_LETTER;
        l->n_unbroken += class == HEED_CHAR_LETTER && is_unbroken(c);
    }
    l->n_tokens++;
    l->n_chars += chars;
    l->n_short += chars <= SHORT;
    if (l->n_seen < SEEN_MAX) {
        heed_str_add(&l->seen, s, n);
        heed_str_add_char(&l->seen, '\0');
        l->n_seen++;
    }
}

/* words: of one line, one blank between two. */
static void look_at(struct look *l, const struct heed_str *words)
{
    int64_t before = l->n_tokens;
    for (size_t i = 0; i < words->len;) {
        size_t n = strcspn(words->data + i, " ");
        look_at_token(l, words->data + i, n);
        i += n + 1;
    }
    l->n += l->n_tokens > before;
    l->n_single += l->n_tokens == before + 1;
    l->n_ended += words->len && strchr(".!?", words->data[words->len - 1]);
}

static double share(int64_t part, int64_t all)
{
    return (double)part / (double)HEED_MAX(1, all);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int descending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x < y) - (x > y);
}

/* The share of the symbols that are of the most frequent kinds; *n_kinds were seen. */
static double inventory(const struct look *l, int64_t *n_kinds)
{
    const char **at = heed_xcalloc(l->n_seen + 1, sizeof *at), *next = l->seen.data;
    int64_t *count = heed_xcalloc(l->n_seen + 1, sizeof *count), sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < l->n_seen; i++, next += strlen(next) + 1)
        at[i] = next;
    qsort(at, l->n_seen, sizeof *at, by_bytes);
    for (size_t i = 0; i < l->n_seen; i++) {
        n += i == 0 || strcmp(at[i], at[i - 1]) != 0;
        count[n - 1]++;
    }
    qsort(count, n, sizeof *count, descending);
    for (size_t i = 0; i < n && i < INVENTORY_MAX; i++)
        sum += count[i];
    free(at);
    free(count);
    *n_kinds = (int64_t)n;
    return share(sum, (int64_t)l->n_seen);
}

/* Phonemes come often each, and have no full stop; words of a small text do not, and have. */
static bool lists_of_symbols(const struct look *l, int64_t *n_kinds)
{
    int64_t times = l->n < LINES_FEW ? 3 : 10;
    if (l->n_tokens <= 2 * l->n || l->n_ended >= l->n / 2 + 1 ||
        share(l->n_unbroken, l->n_letters) >= UNBROKEN_SHARE)
        return false;
    double most = inventory(l, n_kinds);
    if (l->n >= LINES_FEW && *n_kinds <= CLOSED_MAX &&
        (int64_t)l->n_seen >= CLOSED_TIMES * *n_kinds)
        return true;
    return share(l->n_short, l->n_tokens) >= SHORT_SHARE &&
           share(l->n_chars, l->n_tokens) <= SYMBOL_MEAN && most >= INVENTORY_SHARE &&
           (int64_t)l->n_seen >= times * *n_kinds;
}

static bool line_text(const struct heed_lines *lines, struct heed_str *line)
{
    size_t n;
    const char *text = lines->next(lines->ctx, &n);
    if (!text)
        return false;
    heed_str_clear(line);
    heed_str_add(line, text, n);
    return true;
}

/* The share of the lines that have the tokens which BLEU's longest n-grams need. */
static double long_enough(const struct heed_lines *lines, enum heed_metric_tokens how)
{
    struct heed_str line = {0}, tokens = {0};
    int64_t n = 0, enough = 0;
    lines->rewind(lines->ctx);
    while (line_text(lines, &line)) {
        int64_t blanks = 0;
        heed_str_clear(&tokens);
        heed_metric_tokenize(how, false, line.data, &tokens);
        for (size_t i = 0; i < tokens.len; i++)
            blanks += tokens.data[i] == ' ';
        n += tokens.len > 0;
        enough += blanks + 1 >= HEED_BLEU_N;
    }
    heed_str_release(&line);
    heed_str_release(&tokens);
    return share(enough, n);
}

static void choose_unbroken(const struct look *l, bool script, struct heed_choice *out)
{
    double chars = share(l->n_chars, l->n), single = 100 * share(l->n_single, l->n);
    bool sentences = script && chars >= SENTENCE_MEAN;
    out->tokens = HEED_METRIC_CHAR;
    out->figure = sentences ? HEED_BLEU : HEED_TOKEN_ERROR;
    if (script)
        snprintf(out->why, sizeof out->why,
                 "targets are written without blanks, %.3g characters in the mean", chars);
    else
        snprintf(out->why, sizeof out->why, "%.3g %% of the targets are single words", single);
}

static void choose_words(const struct look *l, const struct heed_lines *lines,
                         struct heed_choice *out)
{
    double enough = long_enough(lines, HEED_METRIC_13A);
    out->tokens = HEED_METRIC_13A;
    out->figure = l->n == 0 || enough >= BLEU_SHARE ? HEED_BLEU : HEED_TOKEN_ERROR;
    if (out->figure == HEED_BLEU)
        snprintf(out->why, sizeof out->why, "targets are words between blanks");
    else
        snprintf(out->why, sizeof out->why, "%.3g %% of the targets have less than %d words",
                 100 - 100 * enough, HEED_BLEU_N);
}

void heed_choose(const struct heed_lines *lines, struct heed_choice *out)
{
    struct look l = {0};
    struct heed_str line = {0}, words = {0};
    int64_t n_kinds;
    *out = (struct heed_choice){0};
    lines->rewind(lines->ctx);
    while (line_text(lines, &line)) {
        heed_str_clear(&words);
        heed_metric_tokenize(HEED_METRIC_NONE, false, line.data, &words);
        look_at(&l, &words);
    }
    bool script = share(l.n_unbroken, l.n_letters) >= UNBROKEN_SHARE,
         single = share(l.n_single, l.n) >= SINGLE_SHARE;
    if (l.n && (single || (script && share(l.n_chars, l.n_tokens) >= UNBROKEN_MEAN))) {
        choose_unbroken(&l, script, out);
    } else if (l.n && lists_of_symbols(&l, &n_kinds)) {
        out->tokens = HEED_METRIC_NONE;
        out->figure = HEED_TOKEN_ERROR;
        snprintf(out->symbols, sizeof out->symbols,
                 "lists of symbols of %.2g characters, of %lld kinds", share(l.n_chars, l.n_tokens),
                 (long long)n_kinds);
        snprintf(out->why, sizeof out->why, "targets are %s", out->symbols);
    } else {
        choose_words(&l, lines, out);
    }
    lines->rewind(lines->ctx);
    heed_str_release(&line);
    heed_str_release(&words);
    heed_str_release(&l.seen);
}

const char *heed_metric_what(enum heed_metric_tokens tokens)
{
    static const char *const what[] = {"words",      "words by Unicode", "Chinese characters",
                                       "characters", "symbols",          "words of the course"};
    return what[tokens];
}
