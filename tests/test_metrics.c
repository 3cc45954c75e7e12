/* test_metrics.c: tokens, counts of a line and what lines ask for, against hand counts. test_scores.c has the
 * figures of sacreBLEU, test_sample.c what chance does. */
#include "base/rng.h"
#include "metrics/grams.h"
#include "metrics/sample.h"
#include "tests/tap.h"

static char buffer[1000];

static const char *tokens(enum heed_metric_tokens how, bool lower, const char *text)
{
    struct heed_str out = {0};
    heed_metric_tokenize(how, lower, text, &out);
    snprintf(buffer, sizeof(buffer), "%s", out.data);
    heed_str_release(&out);
    return buffer;
}

static void test_13a(void)
{
    TAP_STR(tokens(HEED_METRIC_13A, false, "Hello, world! It costs $3.50 (or 1,000)."),
            "Hello , world ! It costs $ 3.50 ( or 1,000 ) .");
    TAP_STR(tokens(HEED_METRIC_13A, false, "10-12 &quot;a&amp;lt;b&quot; <skipped>x-y U.S."),
            "10 - 12 \" a < b \" x-y U . S .");
    TAP_STR(tokens(HEED_METRIC_13A, false,
                   "l\xe2\x80\x99homme\xc2\xa0? \xc3\x87"
                   "a..., 3. ,5"),
            "l\xe2\x80\x99homme ? \xc3\x87"
            "a . . . , 3 . , 5");
    TAP_STR(tokens(HEED_METRIC_13A, false, ""), "");
    TAP_STR(tokens(HEED_METRIC_13A, false, " \t "), "");
}

static void test_other_tokens(void)
{
    /* The book's code knows two blanks beside the plain one; a tab, a thin one stay in words. */
    TAP_STR(tokens(HEED_METRIC_COURSE, true,
                   "a\xe2\x80\x89"
                   "b\tc\xc2\xa0 d"),
            "a\xe2\x80\x89"
            "b\tc d");
    TAP_STR(tokens(HEED_METRIC_COURSE, true,
                   "Calme-toi\xe2\x80\xaf! \xc3\x87"
                   "a va,  non ?"),
            "calme-toi ! \xc3\xa7"
            "a va , non ?");
    TAP_STR(tokens(HEED_METRIC_NONE, false,
                   "  a.  b\xe3\x80\x80"
                   "c "),
            "a. b c");
    TAP_STR(tokens(HEED_METRIC_CHAR, false, "d\xc3\xa9 j"), "d \xc3\xa9 j");
    /* Quotes are punctuation, the euro a sign; what stands at or between numbers stays, the full stop
     * behind the last one too. */
    TAP_STR(
        tokens(HEED_METRIC_INTL, false,
               "\xc2\xab"
               "1.5\xc2\xbb 3\xe2\x82\xac, l\xe2\x80\x99\xc3\xa9t\xc3\xa9 \xc2\xbd-\xc2\xbd 20. "),
        "\xc2\xab"
        "1.5 \xc2\xbb 3 \xe2\x82\xac , l \xe2\x80\x99 \xc3\xa9t\xc3\xa9 \xc2\xbd-\xc2\xbd "
        "20.");
    TAP_STR(tokens(HEED_METRIC_INTL, false, "\xd9\xa3\xd9\xab\xd9\xa5&lt;"),
            "\xd9\xa3\xd9\xab\xd9\xa5 & lt ;");
    /* Chinese characters and wide signs, but none from beyond the first plane; no entities. */
    TAP_STR(tokens(HEED_METRIC_ZH, false,
                   "\xe4\xb9\xa6\xe4\xba\xba\xef\xbc\x8c"
                   "a.b\xe2\x80\x9c\xf0\xa0\x80\x80x\xef\xbc\x92&lt;"),
            "\xe4\xb9\xa6 \xe4\xba\xba \xef\xbc\x8c a . b \xe2\x80\x9c \xf0\xa0\x80\x80x "
            "\xef\xbc\x92 & lt ;");
    TAP_STR(tokens(HEED_METRIC_NONE, true, "\xc4\xb0 \xce\xa3\xce\x91\xce\xa3 \xce\xa3"),
            "i\xcc\x87 \xcf\x83\xce\xb1\xcf\x82 \xcf\x83");
}

static const char *ter_tokens(struct heed_ter_options o, const char *text)
{
    struct heed_str out = {0};
    heed_metric_ter_tokenize(&o, text, &out);
    snprintf(buffer, sizeof(buffer), "%s", out.data);
    heed_str_release(&out);
    return buffer;
}

static void test_ter_tokens(void)
{
    static const char text[] = " Ann's dog,  AT&amp;T (3.5). \xe4\xb9\xa6\xe4\xba\xba\xe3\x80\x82"
                               "A";
    struct heed_ter_options o = {0};
    TAP_STR(ter_tokens(o, text), "ann's dog, at&amp;t (3.5). \xe4\xb9\xa6\xe4\xba\xba\xe3\x80\x82"
                                 "a");
    o.mixed_case = o.no_punct = true;
    TAP_STR(ter_tokens(o, text), "Ann's dog AT&ampT 35 \xe4\xb9\xa6\xe4\xba\xba\xe3\x80\x82"
                                 "A");
    o.asian = true;
    TAP_STR(ter_tokens(o, text), "Ann's dog AT&ampT 35 \xe4\xb9\xa6\xe4\xba\xba"
                                 "A");
    o.no_punct = false;
    o.normalized = true;
    TAP_STR(ter_tokens(o, text),
            "Ann 's dog , AT & T ( 3.5 ) . \xe4\xb9\xa6 \xe4\xba\xba \xe3\x80\x82 A");
    o.asian = false;
    TAP_STR(ter_tokens(o, text),
            "Ann 's dog , AT & T ( 3.5 ) . \xe4\xb9\xa6\xe4\xba\xba\xe3\x80\x82"
            "A");
}

static struct heed_counts count(enum heed_metric_tokens how, const char *hyp, const char *ref1,
                                const char *ref2)
{
    const char *refs[] = {ref1, ref2};
    struct heed_counts c;
    struct heed_metric_options o = HEED_METRIC_DEFAULTS;
    o.tokens = how;
    o.all = true;
    heed_counts_line(&c, &o, hyp, refs, ref2 ? 2 : 1);
    return c;
}

static double score(enum heed_figure_kind kind, const struct heed_counts *c)
{
    struct heed_metric_options o = HEED_METRIC_DEFAULTS;
    return heed_metric_score(kind, c, &o);
}

static void test_bleu_counts(void)
{
    struct heed_counts c =
        count(HEED_METRIC_NONE, "the the the cat", "the cat sat", "the the dog cat x");
    TAP_I64(c.bleu_match[0], 3); /* the twice (second reference), cat */
    TAP_I64(c.bleu_match[1], 2); /* "the the", "the cat" */
    TAP_I64(c.bleu_match[2], 0);
    TAP_I64(c.bleu_total[3], 1);
    TAP_I64(c.hyp_tokens, 4);
    TAP_I64(c.ref_tokens, 3); /* 3 and 5 are equally near: the shorter */
}

static void test_bleu_scores(void)
{
    struct heed_counts c =
        count(HEED_METRIC_13A, "the cat sat on the mat.", "the cat sat on the mat.", NULL);
    TAP_NEAR(score(HEED_BLEU, &c), 100, 1e-9);
    c = count(HEED_METRIC_13A, "", "the cat", NULL);
    TAP_NEAR(score(HEED_BLEU, &c), 0, 0);
    c = count(HEED_METRIC_13A, "a cat", "a cat", NULL); /* no 3-gram at all */
    TAP_NEAR(score(HEED_BLEU, &c), 0, 0);
    c = count(HEED_METRIC_NONE, "a b c x e", "a b c d e f", NULL);
    /* 4/5, 2/4, 1/3, 1/2 of 1/2; brevity exp(1 - 6/5) */
    TAP_NEAR(score(HEED_BLEU, &c), 100 * exp(-0.2) * pow(0.8 * 0.5 / 3 * 0.25, 0.25), 1e-9);
}

static void test_chrf(void)
{
    struct heed_counts c =
        count(HEED_METRIC_NONE, "a b c", "abc", NULL); /* white space is left out */
    TAP_NEAR(score(HEED_CHRF, &c), 100, 1e-9);
    c = count(HEED_METRIC_NONE, "", "abc", NULL);
    TAP_NEAR(score(HEED_CHRF, &c), 0, 0);
    c = count(HEED_METRIC_NONE, "ab", "ac", NULL);
    /* order 1: 1/2 and 1/2; order 2: 0 of 1: mean 1/4 both ways */
    TAP_NEAR(score(HEED_CHRF, &c), 25, 1e-9);
}

/* Words with signs at their ends: "(a", ")" and "a", "." */
static void test_chrf_words(void)
{
    struct heed_counts c = count(HEED_METRIC_NONE, "(a) b. c", "a b. c", NULL);
    size_t at = 6; /* words stand behind the characters */
    TAP_I64(c.chrf_plus.hyp[at], 5);
    TAP_I64(c.chrf_plus.ref[at], 4);
    TAP_I64(c.chrf_plus.match[at], 3);
    TAP_I64(c.chrf_plus.match[at + 1], 2); /* "b .", ". c" */
    TAP_I64(c.chrf.hyp[at], 0);
}

static void test_token_errors(void)
{
    struct heed_counts c = count(HEED_METRIC_NONE, "a x c d", "a b c", "z z z z z z z");
    TAP_I64(c.edits, 2);
    TAP_I64(c.edit_tokens, 3);
    TAP_NEAR(score(HEED_TOKEN_ERROR, &c), 100.0 * 2 / 3, 1e-9);
    c = count(HEED_METRIC_NONE, "", "", NULL);
    TAP_NEAR(score(HEED_TOKEN_ERROR, &c), 0, 0);
    c = count(HEED_METRIC_CHAR, "kitten", "sitting", NULL);
    TAP_I64(c.edits, 3);
    TAP_I64(c.word_edits, 1);
    c = count(HEED_METRIC_13A, "a b.", "a b .", "a c c c.");
    TAP_I64(c.edits, 0);
    TAP_I64(c.word_edits, 2); /* "b." for "b", and "." */
    TAP_NEAR(score(HEED_WORD_ERROR, &c), 100.0 * 2 / 3, 1e-9);
}

static void test_exact(void)
{
    TAP_I64(count(HEED_METRIC_13A, "a b.", "x", "a  b. ").exact, 1);
    TAP_I64(count(HEED_METRIC_13A, "a b .", "a b.", NULL).exact, 0);
    TAP_I64(count(HEED_METRIC_COURSE, "va !", "va\xe2\x80\xaf!", NULL).exact, 1);
}

/* The example of the course: p1..p4 = 4/5, 3/4, 1/3, 0. */
static void test_d2l(void)
{
    const char *ref = "A B C D E F", *hyp = "A B B C D";
    double brevity = exp(1 - 6.0 / 5);
    TAP_NEAR(heed_bleu_d2l(HEED_METRIC_NONE, false, hyp, &ref, 1, 1), brevity * sqrt(0.8), 1e-12);
    TAP_NEAR(heed_bleu_d2l(HEED_METRIC_NONE, false, hyp, &ref, 1, 2),
             brevity * sqrt(0.8) * pow(0.75, 0.25), 1e-12);
    TAP_NEAR(heed_bleu_d2l(HEED_METRIC_NONE, false, hyp, &ref, 1, 3),
             brevity * sqrt(0.8) * pow(0.75, 0.25) * pow(1.0 / 3, 0.125), 1e-12);
    TAP_NEAR(heed_bleu_d2l(HEED_METRIC_NONE, false, hyp, &ref, 1, 4), 0, 0);
    TAP_NEAR(heed_bleu_d2l(HEED_METRIC_NONE, false, "A", &ref, 1, 2), exp(1 - 6.0), 1e-12);
    TAP_NEAR(heed_bleu_d2l(HEED_METRIC_NONE, false, "", &ref, 1, 2), 0, 0);
}

/* An n-gram must not be found by its hash or by its letters run together. */
static void test_tokens_are_not_glued(void)
{
    struct heed_counts c = count(HEED_METRIC_NONE, "ab c", "a bc", NULL);
    TAP_I64(c.bleu_match[0] + c.bleu_match[1], 0);
}

/* --- what lines ask for --- */

/* Lines made of a pattern: '%' is a word of its own for every line. */
struct pattern {
    const char *text;
    int n, at;
    char line[200];
};

static const char *next_line(void *ctx, size_t *len)
{
    struct pattern *p = ctx;
    const char *hole = strchr(p->text, '%');
    if (p->at >= p->n)
        return NULL;
    if (hole)
        snprintf(p->line, sizeof p->line, "%.*sw%dq%s", (int)(hole - p->text), p->text, p->at,
                 hole + 1);
    else
        snprintf(p->line, sizeof p->line, "%s", p->text);
    p->at++;
    *len = strlen(p->line);
    return p->line;
}

static void rewind_lines(void *ctx)
{
    ((struct pattern *)ctx)->at = 0;
}

static void asks_for(const char *text, int n, enum heed_metric_tokens tokens,
                     enum heed_figure_kind figure)
{
    struct pattern p = {.text = text, .n = n};
    struct heed_choice c;
    heed_choose(&(struct heed_lines){next_line, rewind_lines, &p}, &c);
    TAP_I64(c.tokens, tokens);
    TAP_I64(c.figure, figure);
    TAP_OK(strlen(c.why) > 10);
}

static void test_choice(void)
{
    asks_for("the %, of all things, is here .", 50, HEED_METRIC_13A, HEED_BLEU);
    asks_for("I am as ill as he is .", 1, HEED_METRIC_13A, HEED_BLEU);
    asks_for("", 3, HEED_METRIC_13A, HEED_BLEU);
    asks_for("x", 0, HEED_METRIC_13A, HEED_BLEU);
    asks_for("%", 300, HEED_METRIC_CHAR, HEED_TOKEN_ERROR);
    asks_for("positive", 300, HEED_METRIC_CHAR, HEED_TOKEN_ERROR);
    asks_for("Herr %", 300, HEED_METRIC_13A, HEED_TOKEN_ERROR);
    asks_for("\xe6\x88\x91\xe4\xbb\x8a\xe5\xa4\xa9\xe6\x83\xb3\xe8\xa6\x81\xe4\xb9\xa6\xe3\x80\x82",
             30, HEED_METRIC_CHAR, HEED_BLEU);
    /* with a blank beside a foreign word, as is usual */
    asks_for("\xe6\x88\x91\xe4\xbb\x8a\xe5\xa4\xa9\xe6\x83\xb3\xe8\xa6\x81\xe4\xb9\xa6 "
             "\xe4\xb9\xa6\xe3\x80\x82",
             30, HEED_METRIC_CHAR, HEED_BLEU);
    asks_for("\xe5\xbc\xa0\xe4\xbc\x9f", 30, HEED_METRIC_CHAR, HEED_TOKEN_ERROR); /* a name */
    /* words set apart, as a segmenter does */
    asks_for(
        "\xe6\x88\x91 \xe4\xbb\x8a\xe5\xa4\xa9 \xe6\x83\xb3\xe8\xa6\x81 \xe4\xb9\xa6 \xe3\x80\x82",
        300, HEED_METRIC_13A, HEED_BLEU);
    asks_for("HH AH0 L OW1", 300, HEED_METRIC_NONE, HEED_TOKEN_ERROR);
    asks_for("t\xcd\xa1\xc9\x95\xca\xb0 a k a", 30, HEED_METRIC_NONE, HEED_TOKEN_ERROR);
    asks_for("I_JUMP I_TURN_LEFT I_JUMP I_WALK", 300, HEED_METRIC_NONE, HEED_TOKEN_ERROR);
    asks_for("I_JUMP I_TURN_LEFT I_JUMP I_WALK", 150, HEED_METRIC_13A, HEED_BLEU);
    asks_for("I am a cat .", 300, HEED_METRIC_13A, HEED_BLEU);
    asks_for("a b % d e", 300, HEED_METRIC_13A, HEED_BLEU); /* a kind of its own in every line */
}

/* By the table that says what the distance is. */
static int64_t edits_by_table(const struct heed_grams *a, const struct heed_grams *b)
{
    int64_t row[201];
    for (size_t j = 0; j <= b->n; j++)
        row[j] = (int64_t)j;
    for (size_t i = 0; i < a->n; i++) {
        int64_t diagonal = row[0];
        row[0] = (int64_t)i + 1;
        for (size_t j = 0; j < b->n; j++) {
            int64_t change = diagonal + (a->ids[i] != b->ids[j]);
            diagonal = row[j + 1];
            row[j + 1] = HEED_MIN(change, HEED_MIN(row[j], row[j + 1]) + 1);
        }
    }
    return row[b->n];
}

/* Few symbols and many, lengths on both sides of a word's 64 and of twice as much. */
static void test_edits(void)
{
    struct heed_rng rng;
    heed_rng_seed(&rng, 5, 5);
    for (int k = 0; k < 3000; k++) {
        struct heed_grams g[2] = {{0}, {0}};
        uint32_t symbols = 1 + (uint32_t)heed_rng_below(&rng, k % 2 ? 3 : 40);
        for (int i = 0; i < 2; i++)
            for (size_t n = (size_t)heed_rng_below(&rng, 200), j = 0; j < n; j++)
                heed_grams_add(&g[i], k % 3 && i && j < g[0].n && heed_rng_below(&rng, 4)
                                          ? g[0].ids[j]
                                          : (int32_t)heed_rng_below(&rng, symbols));
        int64_t got = heed_edits(&g[0], &g[1]), want = edits_by_table(&g[0], &g[1]);
        heed_grams_release(&g[0]);
        heed_grams_release(&g[1]);
        if (got != want)
            TAP_FAIL("case %d: %lld edits, want %lld", k, (long long)got, (long long)want);
    }
}

/* One line of 40,000 words against another: seconds, not minutes. */
static void test_long_line(void)
{
    struct heed_str hyp = {0}, ref = {0};
    struct heed_counts c;
    struct heed_rng rng;
    heed_rng_seed(&rng, 6, 6);
    for (int i = 0; i < 40000; i++) {
        heed_str_printf(&hyp, "w%d ", (int)heed_rng_below(&rng, 1000));
        heed_str_printf(&ref, "w%d ", (int)heed_rng_below(&rng, 1000));
    }
    const char *refs[] = {ref.data};
    struct heed_metric_options o = HEED_METRIC_DEFAULTS;
    o.tokens = HEED_METRIC_NONE;
    o.all = true;
    heed_counts_line(&c, &o, hyp.data, refs, 1);
    TAP_OK(c.edits > 20000 && c.edits < 40000);
    TAP_OK(c.word_edits == c.edits && c.ter_edits >= c.edits / 2);
    heed_str_release(&hyp);
    heed_str_release(&ref);
}

int main(void)
{
    TAP_RUN(test_13a);
    TAP_RUN(test_other_tokens);
    TAP_RUN(test_ter_tokens);
    TAP_RUN(test_bleu_counts);
    TAP_RUN(test_bleu_scores);
    TAP_RUN(test_chrf);
    TAP_RUN(test_chrf_words);
    TAP_RUN(test_token_errors);
    TAP_RUN(test_exact);
    TAP_RUN(test_d2l);
    TAP_RUN(test_tokens_are_not_glued);
    TAP_RUN(test_choice);
    TAP_RUN(test_edits);
    TAP_RUN(test_long_line);
    return tap_end();
}
