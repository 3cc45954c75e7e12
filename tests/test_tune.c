/* test_tune.c: what a search draws, and who is trained on: the same in whatever order the work comes in. */
#include <float.h>
#include <math.h>
#include <string.h>
#include "base/rng.h"
#include "tap.h"
#include "train/halving.h"
#include "train/space.h"
#include "train/unit.h"

#define CHECK(condition, ...)                                                                      \
    do {                                                                                           \
        if (!(condition))                                                                          \
            TAP_FAIL(__VA_ARGS__);                                                                 \
    } while (0)

struct options {
    int64_t hidden;
    double lr;
    int cell;
    const char *score;
    struct heed_list files;
};
static const struct heed_option rows[] = {
    HEED_ROW_INT(struct options, hidden, "hidden", "256", 1, 1000, "N", ""),
    HEED_ROW_REAL(struct options, lr, "lr", "0.004", 0, 1, "RATE", ""),
    HEED_ROW_CHOICE(struct options, cell, "cell", "gru", "gru|lstm", ""),
    HEED_ROW_STRING(struct options, score, "score", "mlp", "PLUGIN", ""),
    HEED_ROW_LIST(struct options, files, "file", "FILE", ""),
    {0},
};
static const char *const banned[] = {"score", NULL};
static struct options scratch;

static struct heed_space space_of(uint64_t seed)
{
    heed_options_default(rows, &scratch);
    return (struct heed_space){.rows = rows, .scratch = &scratch, .banned = banned, .seed = seed};
}

static void test_refused(void)
{
    static const char *const bad[][2] = {
        {"hiden=1,2", "did you mean --hidden"},
        {"hidden", "want OPTION="},
        {"=1,2", "want OPTION="},
        {"hidden=1,x", "no whole number"},
        {"hidden=1,,2", "a value is empty"},
        {"hidden=", "a value is empty"},
        {"hidden=1,1", "stands there twice"},
        {"hidden=5:2000", "not in [1, 1000]"},
        {"hidden=9:3", "9 is not below 3"},
        {"lr=0:1e-2:log", "logarithm"},
        {"lr=0.1:0.2:lin", "want LOW:HIGH"},
        {"cell=gru,elman", "elman"},
        {"score=dot,mlp", "not one to search"},
        {"file=a,b", "not one to search"},
    };
    for (size_t i = 0; i < HEED_COUNT(bad); i++) {
        struct heed_space s = space_of(1);
        struct heed_err err = {0};
        int status = heed_space_add(&s, bad[i][0], false, &err);
        CHECK(status == -1 && err.status == HEED_USAGE && strstr(err.text, bad[i][1]),
              "%s is refused: %s", bad[i][0], err.text);
        heed_space_release(&s);
    }
    struct heed_space s = space_of(1);
    struct heed_err err = {0};
    CHECK(heed_space_add(&s, "hidden=1,2", false, &err) == 0 &&
              heed_space_add(&s, "hidden=3,4", false, &err) == -1 && strstr(err.text, "two ranges"),
          "a second range of an option is refused");
    heed_space_release(&s);
}

static void add(struct heed_space *s, const char *range)
{
    struct heed_err err = {0};
    if (heed_space_add(s, range, false, &err))
        CHECK(false, "%s: %s", range, err.text);
}

static void test_drawn(void)
{
    struct heed_space a = space_of(1), b = space_of(1), other = space_of(2);
    add(&a, "hidden=8:64");
    add(&a, "lr=0.001:0.1:log");
    add(&b, "lr=0.001:0.1:log");
    add(&b, "hidden=8:64");
    add(&other, "hidden=8:64");
    add(&other, "lr=0.001:0.1:log");
    bool all = true, within = true, differ = false;
    int small = 0, lowest = 100, highest = 0;
    TAP_STR(heed_space_trial(&a, 0), "");
    for (int64_t i = 1; i < 400; i++) {
        int h1 = 0, h2 = 0;
        double l1 = 0, l2 = 0;
        /* asked for backwards the second time */
        all &= sscanf(heed_space_trial(&a, i), "--hidden=%d\n--lr=%lf\n", &h1, &l1) == 2;
        all &= sscanf(heed_space_trial(&b, i), "--lr=%lf\n--hidden=%d\n", &l2, &h2) == 2;
        all &= h1 == h2 && l1 == l2;
        within &= h1 >= 8 && h1 <= 64 && l1 >= 0.001 && l1 <= 0.1;
        small += l1 < 0.01;
        lowest = HEED_MIN(lowest, h1);
        highest = HEED_MAX(highest, h1);
        differ |= strcmp(heed_space_trial(&a, i), heed_space_trial(&other, i)) != 0;
    }
    CHECK(all, "a draw hangs on seed, trial and option, not on the order of the ranges");
    CHECK(within && lowest == 8 && highest == 64, "draws lie between both ends, which come too");
    CHECK(small > 160 && small < 240, "by the logarithm: %d of 399 in the lower decade", small);
    CHECK(differ, "another seed draws others");
    heed_space_release(&a);
    heed_space_release(&b);
    heed_space_release(&other);
}

static void test_exhausted(void)
{
    struct heed_space s = space_of(3);
    int64_t n = 0;
    add(&s, "hidden=1,2,256");
    add(&s, "cell=gru,lstm");
    while (heed_space_trial(&s, n))
        n++;
    TAP_I64(n, 6);
    heed_space_release(&s);
}

static void test_firsts(void)
{
    static const char *const firsts[] = {"--hidden=2\n", "--cell=lstm\n", "--hidden=2\n", NULL};
    struct heed_space s = space_of(3);
    int64_t n = 0;
    s.firsts = firsts;
    add(&s, "hidden=1,2,256");
    add(&s, "cell=gru,lstm");
    TAP_STR(heed_space_trial(&s, 2), "--cell=lstm\n");
    TAP_STR(heed_space_trial(&s, 0), "");
    TAP_STR(heed_space_trial(&s, 1), "--hidden=2\n");
    CHECK(strcmp(heed_space_trial(&s, 3), "--hidden=2\n") != 0, "the same again is drawn anew");
    while (heed_space_trial(&s, n))
        n++;
    TAP_I64(n, 6); /* all there are, each once */
    heed_space_release(&s);
}

/* --- halving --- */

static const char *nothing(void *ctx, int64_t trial)
{
    const int64_t *n = ctx;
    return trial < *n ? "" : NULL;
}

/* What comes of a piece: any function of it. */
static void fare(struct heed_piece *p, int64_t rungs)
{
    uint64_t x = heed_counter_key(5, (uint64_t)p->trial, (uint64_t)p->turn, (uint64_t)p->rung, 0);
    p->value = (double)(x % 10); /* with ties */
    p->tells = p->rung > 0 || x % 3;
    p->loss = 1 + (double)(x / 10 % 3);
    p->seconds = 1;
    p->status =
        rungs > 1 && p->rung == 0 && p->trial % 5 == 3 ? HEED_PIECE_FAILED : HEED_PIECE_DONE;
}

/* Several at once, which end in an order of chance. Pieces that were worked on, as text. */
static void play(struct heed_tune *t, uint64_t seed, int workers, struct heed_str *out)
{
    int64_t n_options = 1000, trial = -1, turn = -1;
    struct heed_draws draws = {nothing, &n_options};
    struct heed_rng rng;
    int out_there = 0;
    heed_rng_seed(&rng, seed, 0);
    for (;;) {
        heed_halving_grow(t, &draws);
        struct heed_piece *p = out_there < workers ? heed_halving_free(t) : NULL;
        if (p && heed_rng_below(&rng, 3)) {
            p->status = HEED_PIECE_TAKEN;
            out_there++;
            continue;
        }
        size_t n = 0;
        for (size_t i = 0; i < t->n; i++)
            n += t->pieces[i].status == HEED_PIECE_TAKEN;
        if (!n && heed_halving_over(t))
            break;
        if (!n)
            continue;
        size_t which = heed_rng_below(&rng, n);
        for (size_t i = 0; i < t->n; i++)
            if (t->pieces[i].status == HEED_PIECE_TAKEN && which-- == 0) {
                fare(&t->pieces[i], heed_halving_rungs(t));
                out_there--;
                break;
            }
    }
    for (int64_t rung = 0; rung < heed_halving_rungs(t); rung++)
        for (int64_t k = 0; k < t->drawn; k++)
            for (size_t i = 0; i < t->n; i++)
                if (t->pieces[i].rung == rung && t->pieces[i].trial == k && !t->pieces[i].turn)
                    heed_str_printf(out, "%d/%d ", (int)rung, (int)k);
    if (heed_halving_winner(t, &trial, &turn))
        heed_str_printf(out, "won: %d turn %d", (int)trial, (int)turn);
}

static void order(int64_t trials, int64_t halving, int64_t repeats)
{
    struct heed_str first = {0};
    bool same = true;
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct heed_tune t = {
            .trials = trials, .halving = halving, .repeats = repeats, .first = 10, .steps = 1000};
        struct heed_str now = {0};
        play(&t, seed, seed ? 1 + (int)(seed % 5) : 1, &now);
        if (!seed)
            heed_str_add_text(&first, now.data);
        same &= !strcmp(first.data, now.data);
        heed_str_release(&now);
        heed_tune_release(&t);
    }
    CHECK(same, "%d trials, one of %d, %d repeats: any order, any number of processes: %s",
          (int)trials, (int)halving, (int)repeats, first.data);
    heed_str_release(&first);
}

static void test_early(void)
{
    struct heed_tune t = {.trials = 8, .halving = 4, .first = 10, .steps = 160};
    int64_t n = 100;
    struct heed_draws draws = {nothing, &n};
    heed_halving_grow(&t, &draws);
    TAP_I64((int64_t)t.n, 8);
    for (size_t i = 0; i < 7; i++) {
        t.pieces[i].status = HEED_PIECE_DONE;
        t.pieces[i].tells = true;
        t.pieces[i].value = (double)i;
    }
    heed_halving_grow(&t, &draws);
    TAP_I64((int64_t)t.n, 9);
    TAP_I64(t.pieces[8].trial, 6);
    t.pieces[7].status = HEED_PIECE_DONE;
    heed_halving_grow(&t, &draws);
    CHECK(t.n == 10 && t.pieces[9].trial == 5 && t.pieces[9].rung == 1, "then the second goes on");
    heed_tune_release(&t);
}

/* Seconds that a search of equally dear trials takes. */
static double takes(const struct heed_tune *t, const struct heed_timing *timing)
{
    double sum = 0;
    int64_t before = 0, last = heed_halving_rungs(t) - 1;
    for (int64_t k = 0; k <= last; k++) {
        int64_t until = heed_halving_until(t, k), width = heed_halving_width(t, k);
        double a_measuring = timing->a_line * (double)(t->dev_lines ? t->dev_lines : timing->lines),
               update = timing->update + a_measuring / (double)t->first;
        sum += (double)width * (timing->start + (double)(until - before) * update);
        if (k == last)
            sum += (double)(width * t->repeats) * (timing->start + (double)until * update);
        before = until;
    }
    return sum;
}

static void test_time(void)
{
    struct heed_timing slow = {.update = 0.1, .start = 3}, quick = {.update = 0.002, .start = 0.2},
                       much = {.update = 0.1, .start = 3, .a_line = 0.001, .lines = 26000},
                       few = {.update = 0.1, .start = 3, .a_line = 0.001, .lines = 2000};
    struct heed_timing dear = slow, dear_much = much; /* as trials are taken to be */
    dear.update = dear_much.update = 1.2 * slow.update;
    struct heed_err err = {0};
    struct heed_tune t = {.trials = 0, .halving = 4, .repeats = -1};
    CHECK(heed_halving_plan(&t, 1800, &slow, &err) == 0 && t.trials == 4 && t.repeats == 0 &&
              takes(&t, &dear) < 1800 && takes(&t, &dear) > 1600,
          "half an hour: %d trials, %d to %d updates, %.0f s of trials as dear as they are",
          (int)t.trials, (int)t.first, (int)t.steps, takes(&t, &dear));
    t = (struct heed_tune){.trials = 0, .halving = 4, .repeats = -1};
    CHECK(heed_halving_plan(&t, 1800, &quick, &err) == 0 && t.repeats == 2 && t.steps >= 40000 &&
              takes(&t, &quick) < 1800,
          "where trainings are long enough the finalists are repeated: %d updates", (int)t.steps);
    t = (struct heed_tune){.trials = 0, .halving = 4, .repeats = -1};
    CHECK(heed_halving_plan(&t, 1800, &much, &err) == 0 && t.dev_lines == 9400 &&
              takes(&t, &dear_much) < 1800 && takes(&t, &dear_much) > 1600,
          "measuring takes a tenth: %d dev pairs, %.0f s", (int)t.dev_lines, takes(&t, &dear_much));
    much.given = true;
    CHECK(heed_halving_plan(&t, 1800, &much, &err) == 0 && t.dev_lines == 0 &&
              takes(&t, &much) < 1800,
          "or as much as is asked for: %.0f s", takes(&t, &much));
    CHECK(heed_halving_plan(&t, 1800, &few, &err) == 0 && t.dev_lines == 0, "few are all taken");
    t = (struct heed_tune){.trials = 0, .halving = 4, .repeats = -1};
    CHECK(heed_halving_plan(&t, 60, &slow, &err) == 0 && t.trials == 2 && t.first >= 40,
          "a minute: %d trials", (int)t.trials);
    t = (struct heed_tune){.trials = 0, .halving = 0, .repeats = -1};
    CHECK(heed_halving_plan(&t, 1800, &slow, &err) == 0 && t.halving == 2 && t.trials == 4 &&
              heed_halving_until(&t, 1) == 2 * t.first && t.steps / t.first == 16 &&
              takes(&t, &dear) < 1800 && takes(&t, &dear) > 1600,
          "nothing said: %d trials, one of %d trained on, %d to %d updates, %.0f s", (int)t.trials,
          (int)t.halving, (int)t.first, (int)t.steps, takes(&t, &dear));
    t = (struct heed_tune){.trials = 8, .halving = 4, .repeats = 0};
    CHECK(heed_halving_plan(&t, 30, &slow, &err) == -1 && strstr(err.text, "too few to search"),
          "eight trials do not fit into half a minute: %s", err.text);
}

static void test_settle(void)
{
    struct heed_tune t = {.trials = 4, .halving = 4, .first = 100, .steps = 400, .start = 2};
    int64_t n = 4;
    struct heed_draws draws = {nothing, &n};
    heed_halving_grow(&t, &draws);
    for (size_t i = 0; i < 4; i++) {
        t.pieces[i].status = HEED_PIECE_DONE;
        t.pieces[i].tells = true;
        t.pieces[i].value = i == 2;
        t.pieces[i].seconds = 12; /* ten of them for 100 updates */
    }
    heed_halving_grow(&t, &draws);
    heed_halving_settle(&t, 102 / 0.97);
    TAP_I64(t.last, 1100);
    TAP_I64(heed_halving_until(&t, 1), 1100);
    heed_tune_release(&t);
}

/* What was a multiple of the steps from one measuring to the next stays one. */
static void test_unit(void)
{
    struct heed_unit same = heed_unit_of(4.93e9, 4.93e9, 213), dear = heed_unit_of(1e9, 3e9, 100),
                     cheap = heed_unit_of(3e9, 1e9, 0), huge = heed_unit_of(1, 1e9, 40);
    TAP_I64(heed_unit_updates(&same, 213), 213);
    TAP_I64(heed_unit_updates(&same, 1234567), 1234567);
    TAP_I64(heed_unit_updates(&dear, 100), 33);
    TAP_I64(heed_unit_updates(&dear, 1600), 16 * 33);
    TAP_I64(heed_unit_updates(&cheap, 7), 21);
    TAP_I64(heed_unit_updates(&huge, 40), 1);
    TAP_I64(heed_unit_updates(&huge, 160), 4);
    TAP_I64(heed_unit_updates(&dear, 1), 1);
    TAP_I64(heed_unit_updates(&dear, 0), 0);
}

static void test_order(void)
{
    order(8, 4, 0);
    order(27, 3, 0);
    order(10, 2, 2);
    order(1, 4, 0);
}

int main(void)
{
    TAP_RUN(test_refused);
    TAP_RUN(test_drawn);
    TAP_RUN(test_exhausted);
    TAP_RUN(test_firsts);
    TAP_RUN(test_unit);
    TAP_RUN(test_order);
    TAP_RUN(test_early);
    TAP_RUN(test_time);
    TAP_RUN(test_settle);
    return tap_end();
}
