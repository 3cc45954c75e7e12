/* test_scores.c: figures that sacreBLEU 2.6.0 gives for lines of ours, and the edits of TER. */
#include <string.h>
#include "base/rng.h"
#include "metrics/figures.h"
#include "metrics/grams.h"
#include "tests/tap.h"

/* --- what sacreBLEU says --- */

#define LINES 6
static const char *const hyps[LINES] = {
    "The quick brown fox, it's said, jumped over 2.5 lazy dogs!",
    "In 2019 he paid $3,000 for \342\200\234the old house\342\200\235 near Z\303\274rich.",
    "\346\210\221\344\273\212\345\244\251\346\203\263\344\271\260\344\270\200\346\234\254\344\271"
    "\246"
    "\357\274\214\344\273\267\346\240\274\346\230\257\357\274\222\357\274\225\345\205\203\343\200"
    "\202",
    "a b c d e f g h",
    "",
    "Der Preis (10-12 &euro;) ist h\303\266her als fr\303\274her\342\200\246",
};
static const char *const refs[LINES][2] = {
    {"It is said that the quick brown fox jumped over 2.5 lazy dogs.",
     "The quick, brown fox is said to have jumped over two lazy dogs!"},
    {"In 2019, he paid $3,000 for the \342\200\234old house\342\200\235 near Z\303\274rich.",
     "He paid $3,000 for an old house near Z\303\274rich in 2019."},
    {"\344\273\212\345\244\251\346\210\221\346\203\263\344\271\260\344\270\200\346\234\254\344\273"
     "\267"
     "\346\240\274\344\270\272\357\274\222\357\274\225\345\205\203\347\232\204\344\271\246\343\200"
     "\202",
     "\346\210\221\344\273\212\345\244\251\350\246\201\344\271\260\344\270\200\346\234\254\357\274"
     "\222"
     "\357\274\225\345\205\203\347\232\204\344\271\246\343\200\202"},
    {"e f g h a b c d", "a b c d h g f e"},
    {"nothing to see", ""},
    {"Der Preis (10-12 \342\202\254) ist viel h\303\266her als fr\303\274her \342\200\246",
     "Der Preis von 10 bis 12 Euro ist h\303\266her als fr\303\274her."},
};

static double score(enum heed_figure_kind kind, const struct heed_metric_options *o)
{
    struct heed_counts c, sum = {0};
    for (size_t i = 0; i < LINES; i++) {
        heed_counts_line(&c, o, hyps[i], refs[i], 2);
        heed_counts_add(&sum, &c);
    }
    return heed_metric_score(kind, &sum, o);
}

static struct heed_metric_options defaults(void)
{
    struct heed_metric_options o = HEED_METRIC_DEFAULTS;
    o.all = true;
    return o;
}

static void test_bleu(void)
{
    static const struct {
        enum heed_metric_tokens tokens;
        double mixed, lower;
    } want[] = {
        {HEED_METRIC_13A, 51.46227862330436, 53.69836629705364},
        {HEED_METRIC_INTL, 51.22737648020023, 53.439740347873794},
        {HEED_METRIC_ZH, 52.98100666232787, 54.55586137025837},
        {HEED_METRIC_CHAR, 79.4119830954708, 80.10902113923983},
        {HEED_METRIC_NONE, 36.371275874962066, 37.62729523363478},
    };
    for (size_t i = 0; i < HEED_COUNT(want); i++) {
        struct heed_metric_options o = defaults();
        o.tokens = want[i].tokens;
        TAP_NEAR(score(HEED_BLEU, &o), want[i].mixed, 1e-9);
        o.lower = true;
        TAP_NEAR(score(HEED_BLEU, &o), want[i].lower, 1e-9);
    }
}

/* "a b x d" for "a b c d", "the cat" for "a cat sat": no trigram is right. */
static void test_smoothing(void)
{
    static const struct {
        enum heed_smooth smooth;
        double value, want;
    } rows[] = {
        {HEED_SMOOTH_EXP, 0, 27.042683049467406},     {HEED_SMOOTH_FLOOR, 0.1, 14.382099030436624},
        {HEED_SMOOTH_FLOOR, 0.5, 32.159351091190125}, {HEED_SMOOTH_ADD_K, 1, 38.86618887275217},
        {HEED_SMOOTH_ADD_K, 2, 48.871645172969465},   {HEED_SMOOTH_NONE, 0, 0},
    };
    static const char *const texts[][2] = {{"a b x d", "a b c d"}, {"the cat", "a cat sat"}};
    for (size_t i = 0; i < HEED_COUNT(rows); i++) {
        struct heed_metric_options o = defaults();
        struct heed_counts c, sum = {0};
        o.smooth = rows[i].smooth;
        o.smooth_value = rows[i].value;
        for (size_t k = 0; k < HEED_COUNT(texts); k++) {
            heed_counts_line(&c, &o, texts[k][0], &texts[k][1], 1);
            heed_counts_add(&sum, &c);
        }
        TAP_NEAR(heed_metric_score(HEED_BLEU, &sum, &o), rows[i].want, 1e-9);
    }
}

static void test_chrf(void)
{
    static const struct {
        int chars, words, beta;
        double mixed, lower;
    } want[] = {
        {6, 0, 2, 65.92672559943168, 66.68764855191341},
        {6, 2, 2, 65.25090630039617, 66.34552479356685},
        {6, 1, 2, 66.63496747227964, 67.56846886751752},
        {4, 0, 1, 74.09128337641614, 74.89724286160003},
        {10, 4, 3, 53.77652742775917, 55.0021086448947},
        {1, 0, 0, 92.3076923076923, 92.94871794871796},
    };
    for (size_t i = 0; i < HEED_COUNT(want); i++) {
        enum heed_figure_kind kind = want[i].words ? HEED_CHRF_PLUS : HEED_CHRF;
        struct heed_metric_options o = defaults();
        o.chrf_chars = want[i].chars;
        o.chrf_words = want[i].words;
        o.beta = want[i].beta;
        TAP_NEAR(score(kind, &o), want[i].mixed, 1e-9);
        o.lower = true;
        TAP_NEAR(score(kind, &o), want[i].lower, 1e-9);
    }
}

static void test_ter(void)
{
    static const struct {
        struct heed_ter_options how; /* normalized, no_punct, asian, mixed_case */
        double want;
    } rows[] = {
        {{0, 0, 0, 0}, 35.55555555555556},
        {{0, 1, 0, 0}, 26.666666666666668},
        {{1, 0, 0, 0}, 31.06796116504854},
        {{1, 0, 0, 1}, 33.00970873786408},
        {{1, 0, 1, 0}, 31.25},
        {{1, 0, 1, 1}, 32.8125},
        {{1, 1, 0, 0}, 27.659574468085108},
        {{1, 1, 0, 1}, 29.78723404255319},
        {{1, 1, 1, 0}, 27.350427350427353},
        {{1, 1, 1, 1}, 29.059829059829063},
    };
    for (size_t i = 0; i < HEED_COUNT(rows); i++) {
        struct heed_metric_options o = defaults();
        o.ter = rows[i].how;
        TAP_NEAR(score(HEED_TER, &o), rows[i].want, 1e-9);
    }
}

/* Exactly what there is of words; a possessive in a reference is cut twice, as sacreBLEU does. */
static void test_ter_of_nothing(void)
{
    static const struct {
        const char *hyp, *ref;
        double want;
    } rows[] = {{"", "", 0},
                {"a", "", 100},
                {"", "a b", 100},
                {"a b c", "a", 200},
                {"dog's's", "dog's's", 200.0 / 3}};
    for (size_t i = 0; i < HEED_COUNT(rows); i++) {
        struct heed_metric_options o = defaults();
        struct heed_counts c;
        o.ter.normalized = true;
        heed_counts_line(&c, &o, rows[i].hyp, &rows[i].ref, 1);
        TAP_NEAR(heed_metric_score(HEED_TER, &c, &o), rows[i].want, 1e-9);
    }
}

/* --- edits with moves, against the definition --- */

#define MAX 160

/* The table of costs within the band, from nothing, and the way back through it. */
struct table {
    int cost[MAX + 1][MAX + 1];
    int aligned[MAX], wrong_hyp[MAX], wrong_ref[MAX];
};

static int fill(struct table *t, const int32_t *h, int n, const int32_t *r, int m)
{
    double slope = (double)m / n;
    int reach = 25 < slope / 2 ? (int)ceil(slope / 2 + 25) : 25;
    for (int i = 0; i <= n; i++)
        for (int j = 0; j <= m; j++)
            t->cost[i][j] = i ? 1000000 : j;
    for (int i = 1; i <= n; i++) {
        int middle = (int)(i * slope);
        for (int j = HEED_MAX(0, middle - reach);
             j < (i < n ? HEED_MIN(m + 1, middle + reach) : m + 1); j++) {
            int *c = &t->cost[i][j];
            *c = t->cost[i - 1][j] + 1;
            if (j)
                *c = HEED_MIN(*c, HEED_MIN(t->cost[i][j - 1] + 1,
                                           t->cost[i - 1][j - 1] + (h[i - 1] != r[j - 1])));
        }
    }
    return t->cost[n][m];
}

static void walk(struct table *t, const int32_t *h, int n, const int32_t *r, int m)
{
    for (int i = n, j = m; i || j;) {
        bool differ = i && j && h[i - 1] != r[j - 1];
        if (i && j && t->cost[i][j] == t->cost[i - 1][j - 1] + differ) {
            t->aligned[--j] = --i;
            t->wrong_hyp[i] = t->wrong_ref[j] = differ;
        } else if (i && t->cost[i][j] == t->cost[i - 1][j] + 1) {
            t->wrong_hyp[--i] = 1;
        } else {
            t->wrong_ref[--j] = 1;
            t->aligned[j] = i - 1;
        }
    }
}

static bool any(const int *wrong, int from, int n)
{
    for (int i = 0; i < n; i++)
        if (wrong[from + i])
            return true;
    return false;
}

/* The run at `start` goes behind the word in front of `target`, counted without the run where that is
 * behind or inside it. */
static void move(const int32_t *h, int n, int start, int length, int target, int32_t *out)
{
    int32_t rest[MAX];
    int k = 0;
    for (int i = 0; i < n; i++)
        if (i < start || i >= start + length)
            rest[k++] = h[i];
    int at = target < start            ? target
             : target > start + length ? target - length
                                       : HEED_MIN(target, k);
    memcpy(out, rest, (size_t)at * sizeof(*out));
    memcpy(out + at, h + start, (size_t)length * sizeof(*out));
    memcpy(out + at + length, rest + at, (size_t)(k - at) * sizeof(*out));
}

/* One round: *h becomes what the best move makes of it. False: no move saves anything. */
static bool improve(struct table *t, int32_t *h, int n, const int32_t *r, int m, int *tries)
{
    static struct table other;
    int32_t moved[MAX], best[MAX];
    int before = fill(t, h, n, r, m), key[4], best_key[4] = {0};
    bool found = false;
    walk(t, h, n, r, m);
    for (int start = 0; start < n && *tries < 1000; start++)
        for (int at = 0; at < m && *tries < 1000; at++)
            for (int length = 1; length <= 10 && start + length <= n && at + length <= m &&
                                 h[start + length - 1] == r[at + length - 1] && *tries < 1000 &&
                                 abs(at - start) <= 50;
                 length++) {
                int last = -1;
                if (!any(t->wrong_hyp, start, length) || !any(t->wrong_ref, at, length) ||
                    (t->aligned[at] >= start && t->aligned[at] < start + length))
                    continue;
                for (int k = at - 1; k < at + length; k++) {
                    int target = k < 0 ? 0 : t->aligned[k] + 1;
                    if (target == last)
                        continue;
                    last = target;
                    ++*tries;
                    move(h, n, start, length, target, moved);
                    key[0] = before - fill(&other, moved, n, r, m);
                    key[1] = length;
                    key[2] = -start;
                    key[3] = -target;
                    int d = 0;
                    while (d < 3 && key[d] == best_key[d])
                        d++;
                    if (!found || key[d] > best_key[d]) {
                        memcpy(best, moved, sizeof(best));
                        memcpy(best_key, key, sizeof(key));
                    }
                    found = true;
                }
            }
    if (!found || best_key[0] <= 0 || *tries >= 1000)
        return false;
    memcpy(h, best, (size_t)n * sizeof(*h));
    return true;
}

static int64_t edits_by_definition(const struct heed_grams *hyp, const struct heed_grams *ref)
{
    static struct table t;
    int32_t h[MAX];
    int n = (int)hyp->n, m = (int)ref->n, moves = 0, tries = 0;
    if (!n || !m)
        return n + m;
    memcpy(h, hyp->ids, hyp->n * sizeof(*h));
    while (improve(&t, h, n, ref->ids, m, &tries))
        moves++;
    return moves + fill(&t, h, n, ref->ids, m);
}

/* References, and lines that are made of them by changes and moves. */
static void make_pair(struct heed_rng *rng, int k, struct heed_grams g[2])
{
    int32_t ids[MAX], moved[MAX];
    uint64_t symbols = (uint64_t[]){2, 5, 30, 200}[k % 4];
    int m = 1 + (int)heed_rng_below(rng, k % 16 ? 30 : MAX - 1), n = 0;
    for (int j = 0; j < m; j++)
        heed_grams_add(&g[1], (int32_t)heed_rng_below(rng, symbols));
    for (int j = 0; j < m; j++)
        if (heed_rng_below(rng, 8))
            ids[n++] = heed_rng_below(rng, 8) ? g[1].ids[j] : (int32_t)heed_rng_below(rng, symbols);
    for (int times = (int)heed_rng_below(rng, 4); times && n; times--) {
        int start = (int)heed_rng_below(rng, (uint64_t)n),
            length = 1 + (int)heed_rng_below(rng, (uint64_t)HEED_MIN(12, n - start));
        move(ids, n, start, length, (int)heed_rng_below(rng, (uint64_t)n), moved);
        memcpy(ids, moved, (size_t)n * sizeof(*ids));
    }
    if (k % 50 == 0)
        n = HEED_MIN(n, 1); /* a band that is wider than 25 */
    for (int i = 0; i < n; i++)
        heed_grams_add(&g[0], ids[i]);
}

static void test_moves(void)
{
    struct heed_rng rng;
    int64_t fewer = 0;
    heed_rng_seed(&rng, 11, 3);
    for (int k = 0; k < 600; k++) {
        struct heed_grams g[2] = {{0}, {0}};
        make_pair(&rng, k, g);
        int64_t got = heed_edits_shifted(&g[0], &g[1]), want = edits_by_definition(&g[0], &g[1]);
        fewer += got < heed_edits(&g[0], &g[1]);
        heed_grams_release(&g[0]);
        heed_grams_release(&g[1]);
        if (got != want)
            TAP_FAIL("case %d: %lld edits, want %lld", k, (long long)got, (long long)want);
    }
    TAP_OK(fewer > 100);
}

/* A line of 200,000 words with pairs of words the wrong way round costs as many tries as a short one, not their
 * square. */
static void test_long_line(void)
{
    struct heed_grams g[2] = {{0}, {0}};
    struct heed_rng rng;
    heed_rng_seed(&rng, 12, 3);
    for (int i = 0; i < 200000; i++)
        heed_grams_add(&g[1], (int32_t)heed_rng_below(&rng, 5000));
    for (size_t i = 0; i < g[1].n; i++)
        heed_grams_add(&g[0], g[1].ids[i % 1000 == 0 ? i + 1 : i % 1000 == 1 ? i - 1 : i]);
    int64_t edits = heed_edits_shifted(&g[0], &g[1]);
    TAP_OK(edits > 200 && edits <= 400);
    heed_grams_release(&g[0]);
    heed_grams_release(&g[1]);
}

int main(void)
{
    TAP_RUN(test_bleu);
    TAP_RUN(test_smoothing);
    TAP_RUN(test_chrf);
    TAP_RUN(test_ter);
    TAP_RUN(test_ter_of_nothing);
    TAP_RUN(test_moves);
    TAP_RUN(test_long_line);
    return tap_end();
}
