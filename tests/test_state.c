/* test_state.c: what a decoder carries, moved as rows: hypotheses of one source stand beside each
 * other, share its memory, and say the same as alone; rows come, leave and change places. */
#include "search/scorer.h"
#include "tests/model_make.h"
#include "tests/toy_net.h"

#define V (MAKE_WORDS + HEED_SPECIALS)

static const char *const specs[] = {
    "decoder=plain,hidden=8",
    "decoder=bahdanau,hidden=8,cell=lstm,layers=2",
    "decoder=luong,hidden=8,score=dot",
    "decoder=luong,hidden=8,score=general",
    "decoder=luong-feed,hidden=8",
    "net=toy,hidden=8",
    "net=transformer,hidden=8,heads=2,layers=2",
    "net=transformer,hidden=8,heads=4,score=mlp,positions=rotary,norm-place=post",
    "net=transformer-rnn,hidden=8,heads=2",
    "net=rnn-transformer,hidden=8,heads=2,score=general",
};

struct fixture {
    struct heed_model m;
    struct heed_engine e;
    struct heed_encoded x;
    struct heed_scorer s;
};

static int open_fixture(struct fixture *f, const char *spec, const int32_t *rows, int32_t n)
{
    struct heed_lane *lane;
    if (make_model(&f->m, spec, 11))
        return -1;
    heed_engine_init(&f->e, &f->m, 1);
    lane = &f->e.lanes.lanes[0];
    if (heed_engine_encode(&f->e, MAKE_B, MAKE_S, make_src, make_src_len, &f->x, &err))
        return -1;
    heed_arena_reset(&lane->batch);
    return heed_scorer_begin(&f->s, &f->e, 0, &f->x, true, rows, n, &err);
}

static void close_fixture(struct fixture *f)
{
    heed_engine_release(&f->e);
    heed_model_release(&f->m);
}

/* Logits of one source alone, fed these tokens. */
static int alone(const char *spec, int32_t row, const int32_t *ids, int n, float logits[V])
{
    struct fixture f;
    const int32_t same = 0;
    int status = open_fixture(&f, spec, &row, 1);
    for (int i = 0; i < n && status == 0; i++) {
        const float *got = heed_scorer_step(&f.s, &ids[i], &err);
        status = got ? 0 : -1;
        if (got)
            memcpy(logits, got, sizeof(float) * V);
        if (got)
            heed_scorer_select(&f.s, &same, 1);
    }
    close_fixture(&f);
    return status;
}

/* Each row of `from` comes from one of two sources, was fed bos and `first` of its origin, and now
 * gets a token of its own: it must say what it would say alone. */
static void moved(const char *spec, const int32_t *from, int32_t n)
{
    static const int32_t rows[] = {2, 5}, bos[] = {HEED_BOS, HEED_BOS}, first[] = {4, 7};
    struct fixture f;
    int32_t ids[8], same[8];
    float want[8][V];
    TAP_DONE(open_fixture(&f, spec, rows, 2), &err);
    TAP_OK(heed_scorer_step(&f.s, bos, &err) != NULL);
    heed_scorer_select(&f.s, (const int32_t[]){0, 1}, 2);
    TAP_OK(heed_scorer_step(&f.s, first, &err) != NULL);
    heed_scorer_select(&f.s, from, n);
    bool both = false;
    for (int32_t i = 0; i < n; i++) {
        ids[i] = 5 + i;
        same[i] = i;
        both |= from[i] != from[0];
    }
    int32_t n_sources = f.s.parts[0].state.n_sources;
    const float *logits = heed_scorer_step(&f.s, ids, &err);
    TAP_OK(logits != NULL);
    float got[8][V];
    memcpy(got, logits, sizeof(float) * V * (size_t)n);
    heed_scorer_select(&f.s, same, n); /* moving nothing moves nothing */
    close_fixture(&f);
    TAP_I64(n_sources, both ? 2 : 1);
    for (int32_t i = 0; i < n; i++) {
        const int32_t fed[] = {HEED_BOS, first[from[i]], ids[i]};
        TAP_DONE(alone(spec, rows[from[i]], fed, 3, want[i]), &err);
        if (memcmp(got[i], want[i], sizeof(want[i])) != 0)
            TAP_FAIL("%s: row %d of %d, from %d: not what it says alone", spec, (int)i, (int)n,
                     (int)from[i]);
    }
}

/* Sources that come behind others, which have gone some steps and moved, say what they say alone. */
static void added(const char *spec)
{
    static const int32_t first[] = {2, 5}, more[] = {0, 4, 1}, bos[] = {HEED_BOS, HEED_BOS},
                         ids[] = {4, 7}, next[] = {9, 10, 11, HEED_BOS, HEED_BOS, HEED_BOS};
    struct fixture f;
    float want[V], got[6][V];
    TAP_DONE(open_fixture(&f, spec, first, 2), &err);
    TAP_OK(heed_scorer_step(&f.s, bos, &err) != NULL);
    heed_scorer_select(&f.s, (const int32_t[]){0, 1}, 2);
    TAP_OK(heed_scorer_step(&f.s, ids, &err) != NULL);
    heed_scorer_select(&f.s, (const int32_t[]){1, 1, 0}, 3);
    TAP_DONE(heed_scorer_add(&f.s, more, 3, &err), &err);
    int32_t n_sources = f.s.parts[0].state.n_sources;
    const float *logits = heed_scorer_step(&f.s, next, &err);
    TAP_OK(logits != NULL);
    memcpy(got, logits, sizeof(got));
    close_fixture(&f);
    TAP_I64(n_sources, 5);
    for (int32_t i = 0; i < 6; i++) {
        const int32_t old = i < 2, fed[] = {HEED_BOS, ids[old], next[i]};
        if (i < 3)
            TAP_DONE(alone(spec, first[old], fed, 3, want), &err);
        else
            TAP_DONE(alone(spec, more[i - 3], fed, 1, want), &err);
        if (memcmp(got[i], want, sizeof(want)) != 0)
            TAP_FAIL("%s: row %d: not what it says alone", spec, (int)i);
    }
}

static void test_added(void)
{
    for (size_t i = 0; i < HEED_COUNT(specs) && !tap_bad; i++)
        added(specs[i]);
    added("decoder=luong,hidden=8,copy=on");
}

static void each(const int32_t *from, int32_t n)
{
    for (size_t i = 0; i < HEED_COUNT(specs) && !tap_bad; i++)
        moved(specs[i], from, n);
}

static void test_stay(void)
{
    each((const int32_t[]){0, 1}, 2);
}

static void test_leave(void)
{
    each((const int32_t[]){1}, 1);
}

static void test_change_places(void)
{
    each((const int32_t[]){1, 0}, 2);
}

static void test_even_hypotheses(void)
{
    each((const int32_t[]){0, 0, 0, 1, 1, 1}, 6);
}

static void test_uneven_hypotheses(void)
{
    each((const int32_t[]){0, 0, 0, 1}, 4);
    each((const int32_t[]){1, 0, 0}, 3);
}

/* Rows that come and go through several moves keep what is theirs. */
static void test_many_moves(void)
{
    struct heed_slot slots[] = {{"row", HEED_SLOT_STEP}, {"source", HEED_SLOT_SOURCE}};
    struct heed_arena arena, step;
    struct heed_tape t;
    struct heed_state s;
    struct heed_params params;
    float row[5], source[10];
    const int32_t len[] = {2, 1, 2, 2, 1};
    heed_arena_init(&arena, "test", 1 << 20);
    heed_arena_init(&step, "step", 1 << 20);
    heed_params_init(&params, &arena);
    heed_tape_init(&t, &step, &params);
    for (int i = 0; i < 10; i++) {
        row[i / 2] = (float)(i / 2);
        source[i] = (float)(100 + i);
    }
    heed_state_init(&s, slots, 2, &arena, 5, 2, len);
    heed_state_put(&s, 0, heed_tensor_wrap(&t, 2, (int64_t[]){5, 1}, row, false));
    heed_state_put(&s, 1, heed_tensor_wrap(&t, 2, (int64_t[]){10, 1}, source, false));
    heed_state_keep(&s);
    heed_state_select(&s, (const int32_t[]){0, 4, 4, 4, 2, 3, 3}, 7); /* grows, doubles */
    heed_state_select(&s, (const int32_t[]){6, 5, 1, 0}, 4);
    heed_tape_reset(&t);
    const struct heed_tensor *r = heed_state_get(&s, 0, &t), *m = heed_state_get(&s, 1, &t);
    static const float want_row[] = {3, 3, 4, 0}, want_source[] = {106, 107, 108, 109, 100, 101};
    static const int32_t want_of[] = {0, 0, 1, 2}, want_len[] = {2, 1, 2};
    bool rows = memcmp(r->data, want_row, sizeof(want_row)) == 0,
         sources = memcmp(m->data, want_source, sizeof(want_source)) == 0;
    TAP_I64(s.n, 4);
    TAP_I64(s.n_sources, 3);
    TAP_OK(rows && sources);
    TAP_MEM(s.source, want_of, sizeof(want_of));
    TAP_MEM(s.len, want_len, sizeof(want_len));
    heed_tape_release(&t);
    heed_params_release(&params);
    heed_arena_free(&arena);
    heed_arena_free(&step);
}

/* Histories of rows that part, meet in one, go round in circles and come anew, in two heads: each has what it
 * was given. */
static void test_histories(void)
{
    enum { MOST = 8, STEPS = 40, PARTS = 2, WIDTH = 3 };
    static const struct {
        int32_t n, from[MOST];
    } moves[] = {{5, {0, 0, 1, 2, 2}},          {5, {1, 2, 0, 4, 3}},
                 {6, {0, 0, 1, 4, 3, 3}},       {4, {0, 2, 2, 5}},
                 {8, {0, 0, 0, 1, 2, 2, 3, 3}}, {8, {3, 0, 1, 2, 5, 6, 4, 7}},
                 {8, {0, 1, 2, 3, 4, 5, 6, 7}}, {3, {7, 7, 7}}};
    struct heed_slot slots[] = {{"keys", HEED_SLOT_HISTORY}, {"values", HEED_SLOT_HISTORY}};
    struct heed_arena arena, step;
    struct heed_params params;
    struct heed_tape t;
    struct heed_state s;
    float x[MOST * PARTS * WIDTH], want[MOST][STEPS], old[MOST][STEPS];
    const int32_t len[] = {1, 1, 1};
    heed_arena_init(&arena, "test", 1 << 22);
    heed_arena_init(&step, "step", 1 << 20);
    heed_params_init(&params, &arena);
    heed_tape_init(&t, &step, &params);
    heed_state_init(&s, slots, 2, &arena, 3, 1, len);
    for (int time = 0; time < STEPS && !tap_bad; time++) {
        for (int32_t i = 0; i < s.n; i++)
            want[i][time] = (float)(100 * time + i);
        for (int k = 0; k < 2; k++) {
            int64_t steps;
            for (int32_t i = 0; i < s.n * PARTS * WIDTH; i++)
                x[i] =
                    want[i / PARTS / WIDTH][time] + (float)(i / WIDTH % PARTS) / 4 + (float)k / 8;
            struct heed_tensor *in = heed_tensor_wrap(&t, 2, (int64_t[]){s.n * PARTS, WIDTH}, x,
                                                      false),
                               *all = heed_state_grow(&s, k, &t, in, PARTS, &steps);
            for (int64_t i = 0; i < s.n * PARTS; i++)
                for (int at = 0; at <= time; at++)
                    for (int c = 0; c < WIDTH; c++)
                        TAP_NEAR(all->data[(i * steps + at) * WIDTH + c],
                                 want[i / PARTS][at] + (float)(i % PARTS) / 4 + (float)k / 8, 0);
        }
        heed_state_advance(&s);
        heed_tape_reset(&t);
        size_t m = (size_t)time % HEED_COUNT(moves);
        memcpy(old, want, sizeof old);
        int32_t from[MOST], n = moves[m].n;
        for (int32_t i = 0; i < n; i++) {
            from[i] = HEED_MIN(moves[m].from[i], s.n - 1);
            memcpy(want[i], old[from[i]], sizeof want[i]);
        }
        for (int32_t i = 0; i < s.n; i++)
            s.source[i] = 0; /* all are of one, and may stand anywhere */
        s.n_sources = 1;
        heed_state_select(&s, from, n);
    }
    heed_tape_release(&t);
    heed_params_release(&params);
    heed_arena_free(&arena);
    heed_arena_free(&step);
}

int main(void)
{
    make_plugin_path();
    heed_net_kind_add(&toy_net);
    TAP_RUN(test_stay);
    TAP_RUN(test_leave);
    TAP_RUN(test_change_places);
    TAP_RUN(test_even_hypotheses);
    TAP_RUN(test_uneven_hypotheses);
    TAP_RUN(test_many_moves);
    TAP_RUN(test_histories);
    TAP_RUN(test_added);
    return tap_end();
}
