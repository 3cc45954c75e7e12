/* test_search.c: the beam: what is in it, what is taken of it, and that no row sees another. */
#include "search/live.h"
#include "search/rank.h"
#include "tests/model_make.h"

static const char *const specs[] = {"hidden=8",
                                    "hidden=8,decoder=plain,cell=lstm",
                                    "hidden=8,copy=on,decoder=luong-feed",
                                    "hidden=8,decoder=bahdanau,layers=2",
                                    "net=transformer,hidden=8,heads=2,layers=2",
                                    "net=transformer-rnn,hidden=8,heads=4,layers=1"};
#define ROWS 23 /* the common batch again and again */

struct fixture {
    struct heed_model m;
    struct heed_engine e;
    struct heed_encoded x;
};

/* Source i of the batch is row order[i] of ROWS; ids are `width` wide. */
static int open_fixture(struct fixture *f, const char *spec, int workers, const int32_t *order,
                        int64_t width)
{
    static int32_t src[ROWS * 64], len[ROWS];
    if (make_model(&f->m, spec, 11))
        return -1;
    for (int i = 0; i < ROWS; i++) {
        int32_t row = order ? order[i] : i, b = row * 5 % MAKE_B;
        len[i] = make_src_len[b];
        for (int64_t k = 0; k < width; k++)
            src[i * width + k] = k < len[i] ? make_src[b * MAKE_S + k] : HEED_UNK;
        if (len[i])
            src[i * width] = HEED_SPECIALS + row % MAKE_WORDS;
    }
    heed_engine_init(&f->e, &f->m, workers);
    return heed_engine_encode(&f->e, ROWS, width, src, len, &f->x, &err);
}

static void close_fixture(struct fixture *f)
{
    heed_engine_release(&f->e);
    heed_model_release(&f->m);
}

static struct heed_search_options beam_of(int32_t beam, int32_t n_best)
{
    return (struct heed_search_options){
        .beam = beam, .n_best = n_best, .rank = {.length = 1}, .log_probs = true};
}

static bool same_row(const struct heed_hypotheses *a, int64_t i, const struct heed_hypotheses *b,
                     int64_t j)
{
    size_t n = (size_t)a->tgt_len[i];
    return heed_hypothesis_same(a, i, b, j) &&
           (!a->weights || !memcmp(a->weights + i * a->cap * a->S, b->weights + j * b->cap * b->S,
                                   sizeof(float) * n * (size_t)a->S));
}

/* --- pieces --- */

static void test_top(void)
{
    struct heed_rng rng;
    heed_rng_seed(&rng, 3, 0);
    for (int round = 0; round < 300; round++) {
        float x[300];
        int32_t at[HEED_BEAM_MAX], n = 1 + (int32_t)heed_rng_below(&rng, 300),
                                   most = 1 + (int32_t)heed_rng_below(&rng, HEED_BEAM_MAX);
        uint64_t kinds = 1 + heed_rng_below(&rng, 400); /* few: many equals */
        int64_t above = 0;
        for (int32_t i = 0; i < n; i++) {
            uint64_t kind = heed_rng_below(&rng, kinds);
            x[i] = kind == 0 ? -INFINITY : -(float)kind;
            above += kind != 0;
        }
        float tops[5];
        heed_kernels()->tops((size_t)n, x, tops);
        int32_t got = heed_top(x, tops, n, most, at);
        TAP_I64(got, HEED_MIN(above, most));
        for (int32_t k = 0; k < got; k++) {
            int64_t before = 0;
            for (int32_t i = 0; i < n; i++)
                before += x[i] > x[at[k]] || (x[i] == x[at[k]] && i < at[k]);
            TAP_I64(before, k);
        }
    }
}

static void test_rank(void)
{
    static const float coverage[] = {0.5f, 2, 0};
    const struct heed_rank plain = {0, 0}, mean = {1, 0}, both = {0.5, 2};
    TAP_NEAR(heed_rank_score(&plain, -6, 4, NULL, 0), -6, 0);
    TAP_NEAR(heed_rank_score(&mean, -6, 4, coverage, 3), -1.5, 0);
    TAP_NEAR(heed_rank_score(&both, -6, 4, coverage, 3), -3 + 2 * (log(0.5) + log(1e-6)), 1e-5);
    TAP_NEAR(heed_rank_bound(&both, -6, 9), -2, 0);
}

/* What a comparison must see. */
static void test_same(void)
{
    struct heed_hypotheses h[2];
    for (int i = 0; i < 2; i++) {
        h[i] = (struct heed_hypotheses){.B = 2, .N = 1};
        heed_hypotheses_make(&h[i], HEED_HYP_LOG_PROBS, 2 + i);
        h[i].tgt_len[1] = 2;
        for (int t = 0; t < 2; t++)
            h[i].tgt[h[i].cap + t] = 5 + t;
    }
    bool same = heed_hypothesis_same(&h[0], 1, &h[1], 1);
    h[1].token_log_prob[h[1].cap + 1] = 1e-30f;
    bool probability = heed_hypothesis_same(&h[0], 1, &h[1], 1);
    h[1].token_log_prob[h[1].cap + 1] = 0;
    h[1].tgt[h[1].cap + 1] = 7;
    bool token = heed_hypothesis_same(&h[0], 1, &h[1], 1);
    h[1].tgt[h[1].cap + 1] = 6;
    h[1].score[1] = -1;
    bool score = heed_hypothesis_same(&h[0], 1, &h[1], 1);
    heed_hypotheses_release(&h[0]);
    heed_hypotheses_release(&h[1]);
    TAP_OK(same && !probability && !token && !score);
}

/* A shortlist: log probabilities are those among the words allowed, whichever others stand between. */
static void test_shortlist(void)
{
    static const int32_t words[] = {0, 1, 2, 3, 7, 9, 12};
    float logits[] = {-INFINITY, -INFINITY, 1, -INFINITY, 2, -INFINITY, 0.5f}, scratch[16];
    float want[] = {1, 2, 0.5f};
    struct heed_hypotheses book = {0};
    struct heed_search_options o = {.loops = true};
    struct heed_hyp hyp = {0};
    struct heed_norm norm;
    float tops[1];
    struct heed_search s = {.o = &o, .book = &book, .scratch = scratch, .hyps = &hyp, .width = 1};
    struct heed_live l = {.limit = 5};
    struct heed_candidate got[4];
    int32_t tgt[1] = {0};
    book.tgt = tgt;
    s.scorer.words = words;
    s.scorer.K = HEED_COUNT(words);
    s.scored = true;
    s.norms = &norm;
    s.tops = tops;
    s.n_tops = 1;
    TAP_OK(heed_search_look(&s, 0, logits, false));
    heed_vec()->log_softmax(3, want, want);
    TAP_OK(logits[2] == want[0] && logits[4] == want[1] && logits[6] == want[2]);
    TAP_OK(logits[0] == -INFINITY && logits[5] == -INFINITY);
    TAP_I64(heed_search_place(&s, 9), 5);
    TAP_I64(heed_search_place(&s, 8), -1);
    TAP_I64(heed_search_candidates(&s, &l, 0, logits, 4, got), 3);
    TAP_I64(got[0].id, 7);
    TAP_I64(got[1].id, HEED_EOS);
    TAP_I64(got[2].id, 12);
    TAP_OK(got[2].log_prob == want[2]);
}

/* --- the beam --- */

/* A wider beam has whatever a narrower one has, and the first slot is greedy search. */
static void wider(const char *spec, double length, double coverage)
{
    struct fixture f;
    struct heed_hypotheses narrow = {0}, wide;
    bool greedy = true, better = true, gains = false;
    TAP_DONE(open_fixture(&f, spec, 1, NULL, MAKE_S), &err);
    for (int32_t beam = 0; beam < 9; beam++) {
        struct heed_search_options o = beam_of(beam, 1);
        o.rank = (struct heed_rank){length, coverage};
        TAP_DONE(heed_engine_decode(&f.e, &f.x, &o, &wide, &err), &err);
        for (int64_t b = 0; b < ROWS && beam; b++) {
            greedy = greedy && (beam > 1 || same_row(&wide, b, &narrow, b));
            better = better && wide.score[b] >= narrow.score[b];
            gains = gains || wide.score[b] > narrow.score[b];
        }
        heed_hypotheses_release(&narrow);
        narrow = wide;
    }
    heed_hypotheses_release(&narrow);
    close_fixture(&f);
    if (!greedy || !better || !gains)
        TAP_FAIL("%s, length %g: one is greedy %d, wider is better %d, at all %d", spec, length,
                 greedy, better, gains);
}

static void test_wider_is_no_worse(void)
{
    for (size_t i = 0; i < HEED_COUNT(specs) && !tap_bad; i++) {
        wider(specs[i], 1, 0);
        wider(specs[i], 0, 0);
        wider(specs[i], 0.6, 0.2);
    }
}

/* Targets of one hypothesis of each source that has so many, as forced. */
static int forced(struct fixture *f, const struct heed_hypotheses *h, int64_t n,
                  struct heed_hypotheses *out)
{
    static int32_t ids[ROWS * 128], len[ROWS];
    struct heed_search_options o = beam_of(1, 1);
    for (int64_t b = 0; b < ROWS; b++) {
        int64_t row = b * h->N + n;
        len[b] = h->tgt_len[row] ? h->tgt_len[row] : 1;
        ids[b * 128] = HEED_EOS;
        memcpy(ids + b * 128, h->tgt + row * h->cap, sizeof(*ids) * (size_t)h->tgt_len[row]);
    }
    o.force = ids;
    o.force_len = len;
    o.force_width = 128;
    return heed_engine_decode(&f->e, &f->x, &o, out, &err);
}

/* Best first, no two alike, each with the log probabilities of its own tokens. */
static void n_best(const char *spec)
{
    struct fixture f;
    struct heed_hypotheses h, one;
    struct heed_search_options o = beam_of(6, 6);
    bool sorted = true, differ = true, true_to_model = true;
    TAP_DONE(open_fixture(&f, spec, 1, NULL, MAKE_S), &err);
    TAP_DONE(heed_engine_decode(&f.e, &f.x, &o, &h, &err), &err);
    for (int64_t n = 0; n < 6; n++) {
        TAP_DONE(forced(&f, &h, n, &one), &err);
        for (int64_t b = 0; b < ROWS; b++) {
            int64_t row = b * 6 + n;
            if (!h.tgt_len[row])
                continue;
            true_to_model =
                true_to_model && h.log_prob[row] == one.log_prob[b] &&
                !memcmp(h.token_log_prob + row * h.cap, one.token_log_prob + b * one.cap,
                        sizeof(float) * (size_t)h.tgt_len[row]);
            sorted = sorted && (n == 0 || h.score[row] <= h.score[row - 1]);
            for (int64_t m = 0; m < n; m++)
                differ = differ && (h.tgt_len[row] != h.tgt_len[b * 6 + m] ||
                                    memcmp(h.tgt + row * h.cap, h.tgt + (b * 6 + m) * h.cap,
                                           sizeof(int32_t) * (size_t)h.tgt_len[row]));
        }
        heed_hypotheses_release(&one);
    }
    bool there = h.tgt_len[5] > 0;
    heed_hypotheses_release(&h);
    close_fixture(&f);
    if (!sorted || !differ || !true_to_model || !there)
        TAP_FAIL("%s: sorted %d, differ %d, true %d, there %d", spec, sorted, differ, true_to_model,
                 there);
}

static void test_n_best(void)
{
    for (size_t i = 0; i < HEED_COUNT(specs) && !tap_bad; i++)
        n_best(specs[i]);
}

/* What is given up early could not have been handed out. */
static void test_pruning_loses_nothing(void)
{
    struct fixture f;
    struct heed_hypotheses few, all;
    struct heed_search_options best = beam_of(7, 2), every = beam_of(7, 7);
    bool same = true;
    best.rank.length = every.rank.length = 0.7;
    TAP_DONE(open_fixture(&f, specs[0], 1, NULL, MAKE_S), &err);
    TAP_DONE(heed_engine_decode(&f.e, &f.x, &best, &few, &err), &err);
    TAP_DONE(heed_engine_decode(&f.e, &f.x, &every, &all, &err), &err);
    for (int64_t b = 0; b < ROWS; b++)
        same = same && same_row(&few, b * 2, &all, b * 7) &&
               same_row(&few, b * 2 + 1, &all, b * 7 + 1);
    heed_hypotheses_release(&few);
    heed_hypotheses_release(&all);
    close_fixture(&f);
    TAP_OK(same);
}

/* --- rows do not see one another --- */

static void invariant(const char *spec, struct heed_search_options o)
{
    static const struct {
        int workers;
        int64_t rows, width;
        bool shuffled;
    } ways[] = {{1, 1, MAKE_S, false}, {1, 7, 40, false}, {1, 64, MAKE_S, true},
                {2, 3, MAKE_S, true},  {4, 7, 40, true},  {5, 0, MAKE_S, false}};
    struct fixture f;
    struct heed_hypotheses want, got;
    int32_t order[ROWS];
    TAP_DONE(open_fixture(&f, spec, 1, NULL, MAKE_S), &err);
    TAP_DONE(heed_engine_decode(&f.e, &f.x, &o, &want, &err), &err);
    close_fixture(&f);
    for (size_t w = 0; w < HEED_COUNT(ways); w++) {
        bool same = true;
        for (int32_t i = 0; i < ROWS; i++)
            order[i] = ways[w].shuffled ? i * 7 % ROWS : i;
        o.rows = ways[w].rows;
        TAP_DONE(open_fixture(&f, spec, ways[w].workers, order, ways[w].width), &err);
        TAP_DONE(heed_engine_decode(&f.e, &f.x, &o, &got, &err), &err);
        close_fixture(&f);
        for (int64_t i = 0; i < ROWS; i++)
            for (int64_t n = 0; n < got.N; n++)
                same = same && same_row(&want, order[i] * want.N + n, &got, i * got.N + n);
        heed_hypotheses_release(&got);
        if (!same)
            TAP_FAIL("%s, beam %d: way %d gives something else", spec, o.beam, (int)w);
    }
    heed_hypotheses_release(&want);
}

static void test_rows_alone(void)
{
    for (size_t i = 0; i < HEED_COUNT(specs) && !tap_bad; i++) {
        struct heed_search_options o = beam_of(4, 3);
        invariant(specs[i], beam_of(1, 1));
        invariant(specs[i], o);
        o.weights = true;
        o.rank.coverage = 0.3;
        invariant(specs[i], o);
    }
}

/* --- samples --- */

static struct heed_search_options samples(int32_t n, struct heed_sampling how)
{
    struct heed_search_options o = beam_of(n, n);
    o.sample = how;
    return o;
}

/* One likely word, or next to no heat: greedy search. */
static void test_cold_samples(void)
{
    static const struct heed_sampling cold[] = {
        {1, 1, 1, 3}, {1e-4, 0, 1, 3}, {1, 0, 1e-6, 3}, {1, 50, 1e-6, 3}};
    struct heed_search_options o = beam_of(1, 1);
    struct fixture f;
    struct heed_hypotheses want, got;
    bool same = true;
    TAP_DONE(open_fixture(&f, specs[0], 1, NULL, MAKE_S), &err);
    TAP_DONE(heed_engine_decode(&f.e, &f.x, &o, &want, &err), &err);
    for (size_t i = 0; i < HEED_COUNT(cold); i++) {
        o = samples(1, cold[i]);
        TAP_DONE(heed_engine_decode(&f.e, &f.x, &o, &got, &err), &err);
        for (int64_t b = 0; b < ROWS; b++)
            same = same && same_row(&want, b, &got, b);
        heed_hypotheses_release(&got);
    }
    heed_hypotheses_release(&want);
    close_fixture(&f);
    TAP_OK(same);
}

/* First words of many samples of one source: how often each comes, and how often it should. */
static void frequencies(const struct heed_sampling *how, double first[MAKE_WORDS + 4],
                        double want[MAKE_WORDS + 4])
{
    enum { TIMES = 60 };
    struct fixture f;
    struct heed_hypotheses h;
    struct heed_search_options o = beam_of(1, 1);
    int32_t force[ROWS], len[ROWS];
    memset(first, 0, sizeof(double) * (MAKE_WORDS + 4));
    TAP_DONE(open_fixture(&f, specs[0], 1, NULL, MAKE_S), &err);
    for (int32_t id = 0; id < MAKE_WORDS + 4; id++) {
        for (int b = 0; b < ROWS; b++) {
            force[b] = id;
            len[b] = 1;
        }
        o.force = force;
        o.force_len = len;
        o.force_width = 1;
        TAP_DONE(heed_engine_decode(&f.e, &f.x, &o, &h, &err), &err);
        want[id] =
            id == HEED_PAD || id == HEED_BOS ? 0 : exp((double)h.log_prob[0] / how->temperature);
        heed_hypotheses_release(&h);
    }
    for (int i = 0; i < TIMES; i++) {
        o = samples(HEED_BEAM_MAX, *how);
        o.sample.seed = (uint64_t)i;
        TAP_DONE(heed_engine_decode(&f.e, &f.x, &o, &h, &err), &err);
        for (int64_t n = 0; n < h.N; n++)
            first[h.tgt[n * h.cap]] += 1.0 / (TIMES * HEED_BEAM_MAX);
        heed_hypotheses_release(&h);
    }
    close_fixture(&f);
}

/* 3,840 draws: within four standard deviations. */
static void drawn(struct heed_sampling how, int kept)
{
    double got[MAKE_WORDS + 4], want[MAKE_WORDS + 4], sum = 0, least = 0;
    frequencies(&how, got, want);
    for (int round = 0; round < kept; round++) { /* the kept likeliest */
        least = 0;
        for (int i = 0; i < MAKE_WORDS + 4; i++)
            if (want[i] > least && (round == 0 || want[i] < sum))
                least = want[i];
        sum = least;
    }
    sum = 0;
    for (int i = 0; i < MAKE_WORDS + 4; i++) {
        want[i] = want[i] >= least ? want[i] : 0;
        sum += want[i];
    }
    for (int i = 0; i < MAKE_WORDS + 4; i++) {
        double p = want[i] / sum;
        if (fabs(got[i] - p) > 4 * sqrt(p * (1 - p) / 3840) + 1e-9)
            TAP_FAIL("word %d comes %g, should %g", i, got[i], p);
    }
}

static void test_draws(void)
{
    drawn((struct heed_sampling){1, 0, 1, 0}, 11);
    drawn((struct heed_sampling){0.5, 0, 1, 0}, 11);
    drawn((struct heed_sampling){1, 4, 1, 0}, 4);
    drawn((struct heed_sampling){2, 3, 1, 0}, 3);
}

static void test_samples_alone(void)
{
    uint64_t keys[ROWS];
    for (size_t i = 0; i < HEED_COUNT(specs) && !tap_bad; i++) {
        struct heed_search_options o = samples(3, (struct heed_sampling){1.5, 0, 0.9, 7});
        for (int k = 0; k < ROWS; k++)
            keys[k] = heed_search_key(5, 0); /* shuffled: all have the same */
        o.keys = keys;
        invariant(specs[i], o);
        o.sample.top_p = 1;
        invariant(specs[i], o);
    }
}

/* --- what is asked of targets --- */

static bool contains(const struct heed_hypotheses *h, int64_t row, const int32_t *ids, int64_t n)
{
    const int32_t *tgt = h->tgt + row * h->cap;
    for (int64_t i = 0; i + n <= h->tgt_len[row]; i++)
        if (!memcmp(tgt + i, ids, sizeof(*ids) * (size_t)n))
            return true;
    return false;
}

static const int32_t wished[] = {9, 4, 11};

static void wishes(struct heed_search_options o, bool terms)
{
    struct fixture f;
    struct heed_hypotheses h;
    struct heed_wish all[ROWS];
    struct heed_phrase parts[] = {{wished, 2}, {wished + 2, 1}};
    bool there = true, begins = true, bans = true, ends = !terms;
    const struct heed_phrase bad[] = {{(const int32_t[]){5}, 1}, {(const int32_t[]){12, 12}, 2}};
    for (int b = 0; b < ROWS; b++)
        all[b] = (struct heed_wish){{wished + 1, 2}, parts, terms ? 2 : 0};
    o.wishes = all;
    o.forbidden = bad;
    o.n_forbidden = 2;
    TAP_DONE(open_fixture(&f, specs[0], 1, NULL, MAKE_S), &err);
    f.m.net.out_b->data[HEED_EOS] += 3;
    f.m.net.params.version++;
    TAP_DONE(heed_engine_decode(&f.e, &f.x, &o, &h, &err), &err);
    for (int64_t i = 0; i < h.B * h.N; i++) {
        if (!h.tgt_len[i])
            continue;
        begins = begins && !memcmp(h.tgt + i * h.cap, wished + 1, sizeof(*wished) * 2);
        bans = bans && !contains(&h, i, bad[0].ids, 1) && !contains(&h, i, bad[1].ids, 2);
        there = there && (!terms || !h.finish[i] ||
                          (contains(&h, i, wished, 2) && contains(&h, i, wished + 2, 1)));
        ends = ends || h.finish[i];
    }
    heed_hypotheses_release(&h);
    close_fixture(&f);
    if (!there || !begins || !bans || !ends)
        TAP_FAIL("beam %d: begins %d, terms %d, bans %d, ends %d", o.beam, begins, there, bans,
                 ends);
}

static void test_wishes(void)
{
    struct heed_search_options o = beam_of(8, 3);
    wishes(beam_of(1, 1), false);
    wishes(o, false);
    wishes(samples(2, (struct heed_sampling){1, 0, 1, 5}), false);
    o.lengths.most = 20;
    wishes(o, true);
}

/* The same wishes for all, so that rows may be shuffled. */
static void test_wishes_alone(void)
{
    struct heed_phrase parts[] = {{wished, 2}, {wished + 2, 1}};
    struct heed_wish all[ROWS];
    struct heed_search_options o = beam_of(6, 2);
    for (int b = 0; b < ROWS; b++)
        all[b] = (struct heed_wish){{wished, 1}, parts, 2};
    o.wishes = all;
    for (size_t i = 0; i < HEED_COUNT(specs) && !tap_bad; i++)
        invariant(specs[i], o);
}

/* --- lengths --- */

static void lengths(struct heed_lengths rule, int64_t beam, int64_t least, int64_t most)
{
    struct fixture f;
    struct heed_hypotheses h;
    struct heed_search_options o = beam_of((int32_t)beam, (int32_t)beam);
    bool in = true, reached = false;
    o.lengths = rule;
    TAP_DONE(open_fixture(&f, specs[0], 1, NULL, MAKE_S), &err);
    TAP_DONE(heed_engine_decode(&f.e, &f.x, &o, &h, &err), &err);
    for (int64_t i = 0; i < h.B * h.N; i++) {
        in = in && (h.tgt_len[i] == 0 || (h.tgt_len[i] > least && h.tgt_len[i] <= most + 1));
        reached = reached || h.tgt_len[i] == least + 1 || h.tgt_len[i] == most + 1;
    }
    heed_hypotheses_release(&h);
    close_fixture(&f);
    if (!in || !reached)
        TAP_FAIL("beam %d: between %d and %d: %d, reached %d", (int)beam, (int)least, (int)most, in,
                 reached);
}

static void test_lengths(void)
{
    for (int64_t beam = 1; beam < 5; beam += 3) {
        lengths((struct heed_lengths){.least = 3, .most = 5}, beam, 3, 5);
        lengths((struct heed_lengths){.least = 9, .most = 4}, beam, 4, 4);
        lengths((struct heed_lengths){.most = 30}, beam, 0, 30);
        lengths((struct heed_lengths){.most_ratio = 0.4}, beam, 0, 2); /* 5 tokens at most */
        lengths((struct heed_lengths){.least_ratio = 2, .most = 10}, beam, 2, 10);
    }
}

int main(void)
{
    make_plugin_path();
    TAP_RUN(test_top);
    TAP_RUN(test_rank);
    TAP_RUN(test_same);
    TAP_RUN(test_shortlist);
    TAP_RUN(test_wider_is_no_worse);
    TAP_RUN(test_n_best);
    TAP_RUN(test_pruning_loses_nothing);
    TAP_RUN(test_rows_alone);
    TAP_RUN(test_cold_samples);
    TAP_RUN(test_draws);
    TAP_RUN(test_samples_alone);
    TAP_RUN(test_wishes);
    TAP_RUN(test_wishes_alone);
    TAP_RUN(test_lengths);
    return tap_end();
}
