/* test_loop.c: the guard against loops: what it allows by itself, and in a net that never wants anything else;
 * and what weak attention is. */
#include "base/rng.h"
#include "data/repeats.h"
#include "search/loop.h"
#include "tests/model_make.h"

enum { LETTER_A = 4, LETTER_B, LETTER_C, DIGIT, SIGN, OTHER_SIGN, N_IDS };
static const uint8_t kinds[N_IDS + 64] = {
    0, 0, 0, 0, HEED_LOOP_LETTER, HEED_LOOP_LETTER, HEED_LOOP_LETTER, HEED_LOOP_DIGIT, 0, 0};

/* "abc1.,": ids of the table above; any letter from k on is one of its own. */
static int64_t ids_of(const char *text, int32_t *ids)
{
    int64_t n = 0;
    for (; text[n]; n++)
        ids[n] = text[n] == '1'   ? DIGIT
                 : text[n] == '.' ? SIGN
                 : text[n] == ',' ? OTHER_SIGN
                 : text[n] < 'k'  ? LETTER_A + text[n] - 'a'
                                  : N_IDS + text[n] - 'k';
    return n;
}

static void test_repeats(void)
{
    static const struct {
        const char *ids;
        int64_t times;
    } cases[] = {{"", 1},           {"a", 1},      {"abc", 1},   {"aba", 1},       {"aa", 2},
                 {"abab", 2},       {"ababa", 3},  {"caaab", 3}, {"aaabbbb", 4},   {"abcabcab", 3},
                 {"klmnoklmno", 2}, {"k..l..", 2}, {"1111", 4},  {"ab.ab.ab.a", 4}};
    int32_t ids[64];
    for (size_t i = 0; i < HEED_COUNT(cases); i++)
        TAP_I64(heed_repeats(ids, ids_of(cases[i].ids, ids), NULL), cases[i].times);
    TAP_I64(heed_repeats(ids, ids_of("aa.....", ids), kinds), 2);
    TAP_I64(heed_repeats(ids, ids_of("aa.....1111", ids), kinds), 4);
}

static void test_what_is_allowed(void)
{
    static const struct {
        const char *source, *so_far, *next;
        int trained;
        bool allowed;
    } cases[] = {
        {"", "", "a", 0, true},
        {"", "aa", "a", 0, true}, /* ha ha ha */
        {"", "aaa", "a", 0, false},
        {"", "aaa", "b", 0, true},
        {"", "caaab", "a", 0, true},
        {"", "ababab", "a", 0, false}, /* begins a fourth */
        {"", "ababab", "b", 0, true},
        {"", "a.a.a.", "a", 0, false}, /* "no, no, no," */
        {"", "1111111111", "1", 0, true},
        {"", "1111111111111111", "1", 0, false}, /* 16 */
        {"", ".,.,.,.,.,.,.,.", ",", 0, true},
        {"", ".,.,.,.,.,.,.,.,", ".", 0, false},
        {"aaaaaa", "aaaaaaaa", "a", 0, true}, /* six there, nine here */
        {"aaaaaa", "aaaaaaaaa", "a", 0, false},
        {"111111", "aaaaaaaa", "a", 0, true}, /* "777" is "seven seven seven" */
        {"......", "aaa", "a", 0, false},     /* a dotted leader is no reason */
        {"....................", "................", ".", 0, true},
        {"", "aaaaaaaaaaa", "a", 12, true}, /* "walk around right thrice" */
        {"", "aaaaaaaaaaaa", "a", 12, false},
        {"", "klmnopqrstuvwxyzaklmnopqrstuvwxyza", "k", 0, false}, /* 17 tokens, twice */
        {"", "klmnopqrstuvwxyzklmnopqrstuvwxyz", "k", 0, true},    /* 16 */
    };
    int32_t src[64], ids[64], next[2];
    struct heed_loop_limit l;
    for (size_t i = 0; i < HEED_COUNT(cases); i++) {
        heed_loop_limit(&l, src, ids_of(cases[i].source, src), kinds, cases[i].trained);
        int64_t n = ids_of(cases[i].so_far, ids);
        ids_of(cases[i].next, next);
        if ((heed_loop_block(&l, kinds, ids, n, next[0]) == 0) != cases[i].allowed)
            TAP_FAIL("source '%s': '%s' behind '%s'", cases[i].source, cases[i].next,
                     cases[i].so_far);
        TAP_I64(heed_loop_block(&l, kinds, ids, n, HEED_EOS), 0);
    }
    int64_t n = ids_of("cabcabcabc", ids);
    heed_loop_limit(&l, NULL, 0, kinds, 0);
    TAP_I64(heed_loop_block(&l, kinds, ids, n, LETTER_A), 3);
}

/* What was built with the guard has no block too often, and the guard took nothing without need. */
static void test_random_rows(void)
{
    struct heed_rng rng;
    heed_rng_seed(&rng, 5, 0);
    for (int round = 0; round < 2000; round++) {
        int32_t ids[120];
        struct heed_loop_limit l;
        int64_t n = 0, letters = 1 + (int64_t)heed_rng_below(&rng, 3);
        heed_loop_limit(&l, NULL, 0, kinds, 0);
        for (int tries = 0; tries < 120; tries++) {
            ids[n] = LETTER_A + (int32_t)heed_rng_below(&rng, (uint64_t)letters);
            bool allowed = heed_loop_block(&l, kinds, ids, n, ids[n]) == 0;
            int64_t times = heed_repeats(ids, n + 1, NULL);
            if (allowed && times > HEED_REPEATS_FREE)
                TAP_FAIL("round %d: %d times at %d", round, (int)times, (int)n);
            if (!allowed && times <= HEED_REPEATS_FREE && n < 2 * 17)
                TAP_FAIL("round %d: refused at %d", round, (int)n);
            n += allowed;
        }
    }
}

static void test_kinds(void)
{
    static const char *const pieces[] = {
        "a", "\xe2\x96\x81", "\xe2\x96\x81the", "12", "<0xE2>", "\xe7\x8c\xab", "...", "x1"};
    static const uint8_t want[] = {HEED_LOOP_LETTER, HEED_LOOP_SIGN,  HEED_LOOP_LETTER,
                                   HEED_LOOP_DIGIT,  HEED_LOOP_SIGN,  HEED_LOOP_LETTER,
                                   HEED_LOOP_SIGN,   HEED_LOOP_LETTER};
    struct heed_vocab v;
    heed_vocab_init(&v);
    for (size_t i = 0; i < HEED_COUNT(pieces); i++)
        if (heed_vocab_add(&v, pieces[i], strlen(pieces[i]), 0, &err) < 0)
            TAP_FAIL("%s", err.text);
    uint8_t *got = heed_loop_kinds(&v);
    bool same = memcmp(got + HEED_SPECIALS, want, sizeof want) == 0 && got[HEED_UNK] == 0;
    free(got);
    heed_vocab_release(&v);
    TAP_OK(same);
}

/* --- in search: a net that wants a, then b, and never the end --- */

static int translate(struct heed_engine *e, bool loops, struct heed_hypotheses *h)
{
    static const int32_t once[] = {5, 6, 7}, often[] = {5, 5, 5, 5};
    const struct heed_id_row src[] = {{once, 3}, {often, 4}};
    const struct heed_search_options o = {.loops = loops};
    return heed_engine_translate(e, src, 2, &o, h, &err);
}

static int64_t row_repeats(const struct heed_hypotheses *h, int64_t b)
{
    return heed_repeats(h->tgt + b * h->cap, h->tgt_len[b] - 1, NULL);
}

static void wish(struct heed_model *m, int32_t id, float strength)
{
    m->net.out_b->data[id] = strength;
    m->net.params.version++;
}

static void test_search(void)
{
    struct heed_model m;
    struct heed_engine e;
    struct heed_hypotheses guarded = {0}, ended = {0}, loops = {0}, just = {0}, cut = {0};
    TAP_DONE(make_model(&m, "hidden=8", 3), &err);
    m.limits = (struct heed_limits){6, 40, 30, 0};
    wish(&m, 4, 90);
    wish(&m, 5, 60);
    heed_engine_init(&e, &m, 1);
    int bad = translate(&e, false, &guarded) | translate(&e, true, &loops);
    wish(&m, HEED_EOS, 70);
    bad |= translate(&e, false, &ended);
    m.limits.max_tgt = 3; /* as long as row 0 is */
    bad |= translate(&e, false, &just);
    m.limits.max_tgt = 2;
    bad |= translate(&e, false, &cut);
    bool at_the_limit = just.finish[0] && just.tgt_len[0] == 3 + 1 && !cut.finish[0];
    int64_t most = row_repeats(&guarded, 0), most_often = row_repeats(&guarded, 1);
    bool told = guarded.looped[0] && guarded.looped[1] && !loops.looped[0] && !loops.finish[0];
    int64_t round = row_repeats(&loops, 0), len = ended.tgt_len[0], len_often = ended.tgt_len[1];
    bool whole = ended.finish[0] && ended.finish[1];
    heed_hypotheses_release(&guarded);
    heed_hypotheses_release(&ended);
    heed_hypotheses_release(&loops);
    heed_hypotheses_release(&just);
    heed_hypotheses_release(&cut);
    heed_engine_release(&e);
    heed_model_release(&m);
    if (bad)
        TAP_FAIL("%s", err.text);
    TAP_OK(at_the_limit);   /* an end that comes by itself there cuts nothing */
    TAP_I64(round, 40);     /* without the guard: to the limit */
    TAP_I64(most, 3);       /* with it */
    TAP_I64(most_often, 6); /* four in the source */
    TAP_OK(told);
    TAP_I64(len, 3 + 1); /* where the end is the next best it comes */
    TAP_I64(len_often, 6 + 1);
    TAP_OK(whole);
}

/* Weak is an unknown word, where no position has so much of its attention. */
static void test_weak(void)
{
    struct heed_model m;
    struct heed_engine e;
    struct heed_hypotheses known = {0}, unknown = {0};
    TAP_DONE(make_model(&m, "hidden=8", 3), &err);
    heed_engine_init(&e, &m, 1);
    wish(&m, 4, 90);
    int bad = translate(&e, false, &known);
    wish(&m, HEED_UNK, 95);
    bad |= translate(&e, false, &unknown);
    float most = 0;
    for (int32_t t = 0; t < unknown.tgt_len[0]; t++)
        if (unknown.tgt[t] == HEED_UNK)
            most = t ? fminf(most, unknown.align_weight[t]) : unknown.align_weight[t];
    bool never = heed_hypothesis_weak(&known, 0, 0, 1.1),
         above = heed_hypothesis_weak(&unknown, 0, 0, (double)most + 1e-6),
         below = heed_hypothesis_weak(&unknown, 0, 0, (double)most);
    heed_hypotheses_release(&known);
    heed_hypotheses_release(&unknown);
    heed_engine_release(&e);
    heed_model_release(&m);
    TAP_OK(bad == 0 && most >= 1.0f / 3 && most <= 1); /* of three positions */
    TAP_OK(!never && above && !below);
}

int main(void)
{
    make_plugin_path();
    TAP_RUN(test_repeats);
    TAP_RUN(test_what_is_allowed);
    TAP_RUN(test_random_rows);
    TAP_RUN(test_kinds);
    TAP_RUN(test_search);
    TAP_RUN(test_weak);
    return tap_end();
}
