/* test_cuts.c: other cuts of a text into a model's pieces: as often as their probabilities say, the same for the same key,
 * the model's own where nothing is left to chance, and never another text. */
#include <math.h>

#include "data/cuts.h"
#include "tests/text_make.h"

enum { N = 20000, A = HEED_SPECIALS, B, C, AB, BC, ABC, BYTE };
static const char *const pieces[] = {"a", "b", "c", "ab", "bc", "abc", "<0x41>"};

/* Scores of a, b, c, ab, bc, abc; 1: it has none. */
static void make(struct heed_cuts *c, struct heed_vocab *v, const double score[6])
{
    heed_vocab_init(v);
    *c = (struct heed_cuts){.vocab = v, .longest = 3};
    for (size_t i = 0; i < HEED_COUNT(pieces); i++)
        TAP_I64(heed_vocab_add(v, pieces[i], strlen(pieces[i]), 1, &err), A + (int)i);
    c->score = heed_xcalloc((size_t)v->n, sizeof *c->score);
    for (int i = 0; i < v->n; i++)
        c->score[i] = i >= A && i < BYTE && score[i - A] <= 0 ? (float)score[i - A] : (float)NAN;
}

static void unmake(struct heed_cuts *c, struct heed_vocab *v)
{
    heed_cuts_release(c);
    heed_vocab_release(v);
}

/* How often of N draws abc becomes these ids. */
static double often(struct heed_cuts *c, const int32_t *want, size_t n)
{
    const int32_t ids[] = {A, B, C};
    int32_t out[16];
    int count = 0;
    for (uint64_t key = 0; key < N; key++) {
        size_t got = heed_cuts_draw(c, ids, 3, key, out);
        count += got == n && !memcmp(out, want, n * sizeof *want);
    }
    return count / (double)N;
}

static void test_unigram(void)
{
    const double score[] = {log(0.1), log(0.2), log(0.1), log(0.3), log(0.2), log(0.1)};
    const double p[] = {0.1 * 0.2 * 0.1, 0.3 * 0.1, 0.1 * 0.2, 0.1};
    struct heed_vocab v;
    struct heed_cuts c;
    make(&c, &v, score);
    for (int turn = 0; turn < 2; turn++) {
        double sum = 0;
        c.alpha = turn ? 0.3 : 1;
        for (int i = 0; i < 4; i++)
            sum += pow(p[i], c.alpha);
        TAP_NEAR(often(&c, (int32_t[]){A, B, C}, 3), pow(p[0], c.alpha) / sum, 0.012);
        TAP_NEAR(often(&c, (int32_t[]){AB, C}, 2), pow(p[1], c.alpha) / sum, 0.012);
        TAP_NEAR(often(&c, (int32_t[]){A, BC}, 2), pow(p[2], c.alpha) / sum, 0.012);
        TAP_NEAR(often(&c, (int32_t[]){ABC}, 1), pow(p[3], c.alpha) / sum, 0.012);
    }
    unmake(&c, &v);
}

static void test_merges(void)
{
    const double score[] = {-10, -11, -12, -1, -2, -3};
    struct heed_vocab v;
    struct heed_cuts c;
    make(&c, &v, score);
    c.merges = true;
    c.alpha = 0.3;
    /* ab is made or not; then abc of ab and c, or bc, and of that abc. */
    TAP_NEAR(often(&c, (int32_t[]){A, B, C}, 3), 0.3 * 0.3, 0.012);
    TAP_NEAR(often(&c, (int32_t[]){AB, C}, 2), 0.7 * 0.3, 0.012);
    TAP_NEAR(often(&c, (int32_t[]){A, BC}, 2), 0.3 * 0.7 * 0.3, 0.012);
    TAP_NEAR(often(&c, (int32_t[]){ABC}, 1), 0.7 * 0.7 + 0.3 * 0.7 * 0.7, 0.012);
    c.alpha = 0;
    TAP_NEAR(often(&c, (int32_t[]){ABC}, 1), 1, 0);
    c.alpha = 1;
    TAP_NEAR(often(&c, (int32_t[]){A, B, C}, 3), 1, 0);
    unmake(&c, &v);
}

/* What is no piece to be drawn stays where it is, and so does a run with a character that has no piece. */
static void test_stays(void)
{
    const double score[] = {-1, -2, 1, -3, -1, 1};
    const int32_t ids[] = {HEED_UNK, A, B, BYTE, AB, HEED_EOS, BC};
    int32_t out[32], again[32];
    struct heed_vocab v;
    struct heed_cuts c;
    make(&c, &v, score);
    c.alpha = 0.5;
    TAP_OK(heed_cuts_most(&c, ids, 7) <= 32);
    for (uint64_t key = 0; key < 200; key++) {
        size_t n = heed_cuts_draw(&c, ids, 7, key, out), k = 1;
        TAP_I64(out[0], HEED_UNK);
        k += out[k] == AB ? 1 : 2;
        TAP_I64(out[k++], BYTE);
        k += out[k] == AB ? 1 : 2;
        TAP_I64(out[k++], HEED_EOS);
        TAP_I64(out[k++], BC);
        TAP_I64((int64_t)n, (int64_t)k);
        TAP_I64((int64_t)heed_cuts_draw(&c, ids, 7, key, again), (int64_t)n);
        TAP_MEM(out, again, n * sizeof *out);
    }
    unmake(&c, &v);
    struct heed_cuts none = {0};
    TAP_I64((int64_t)heed_cuts_draw(&none, ids, 7, 1, out), 7);
    TAP_MEM(out, ids, sizeof ids);
}

/* A model's own cut where nothing is left to chance; else many, of the same text. */
static void try_model(const char *spec, bool merges)
{
    struct heed_side s;
    struct heed_cuts c;
    struct heed_tokens t = {0};
    struct heed_str text = {0};
    int n_other = 0, n_whole = 0;
    TAP_DONE(train(&s, spec, english, 310, 1), &err);
    TAP_OK(heed_cuts_any(&s));
    TAP_DONE(heed_cuts_open(&c, &s, 0, &err), &err);
    TAP_OK(c.merges == merges);
    for (const char *const *line = english; *line; line++) {
        int32_t out[256];
        TAP_DONE(heed_side_encode(&s, *line, strlen(*line), &t, &err), &err);
        TAP_OK(heed_cuts_most(&c, t.ids, t.n) <= 256);
        c.alpha = merges ? 0 : 1000;
        TAP_I64((int64_t)heed_cuts_draw(&c, t.ids, t.n, 1, out), (int64_t)t.n);
        TAP_MEM(out, t.ids, t.n * sizeof *out);
        for (uint64_t key = 0; key < 50; key++, n_whole++) {
            c.alpha = 0.2;
            size_t n = heed_cuts_draw(&c, t.ids, t.n, key, out);
            n_other += n != t.n || memcmp(out, t.ids, n * sizeof *out) != 0;
            heed_str_clear(&text);
            TAP_DONE(heed_side_decode(&s, out, n, NULL, &text, &err), &err);
            TAP_STR(text.data, *line);
        }
    }
    TAP_OK(n_other > n_whole / 4);
    heed_tokens_release(&t);
    heed_str_release(&text);
    heed_cuts_release(&c);
    heed_side_release(&s);
}

static void test_models(void)
{
    struct heed_side s;
    try_model("sentencepiece", true);
    try_model("sentencepiece:type=unigram", false);
    TAP_DONE(train(&s, "word", english, 100, 1), &err);
    TAP_OK(!heed_cuts_any(&s));
    heed_side_release(&s);
}

static void test_damaged(void)
{
    static const char *const blobs[] = {"\x0a", "\x0a\x05z", "\x0a\x02\x0a\x09", "\x0b", "\x80"};
    const double score[] = {-1, -2, -3, -3, -1, -1};
    struct heed_vocab v;
    struct heed_cuts c;
    make(&c, &v, score);
    for (size_t i = 0; i < HEED_COUNT(blobs); i++)
        TAP_FAILS(heed_cuts_scores(&c, blobs[i], strlen(blobs[i]), &err), &err, "is damaged");
    unmake(&c, &v);
}

int main(void)
{
    find_plugins();
    TAP_RUN(test_unigram);
    TAP_RUN(test_merges);
    TAP_RUN(test_stays);
    TAP_RUN(test_models);
    TAP_RUN(test_damaged);
    return tap_end();
}
