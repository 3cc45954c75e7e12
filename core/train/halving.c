/* halving.c: see halving.h. */
#include <float.h>
#include <math.h>
#include <string.h>
#include "train/dev.h"
#include "train/halving.h"

#define DEARER       1.2   /* a step of a trial than one of the defaults, as a rule */
#define FIRST_LEAST  40    /* steps of the lowest rung under a budget of time … */
#define FIRST_ENOUGH 400   /* … and where the number of trials is open */
#define EARLIER      4     /* times as early the lower rungs end, under a budget of time */
#define LONG         40000 /* updates from which on finalists are repeated by themselves */
#define REPEATS      2
#define DRAWS        4 /* trials drawn at most for one that is wanted */
#define SPARE        0.97
#define MEASURING    0.1 /* of the time, at most, is for measuring … */
#define LINES_LEAST  200 /* … but on fewer dev pairs trials cannot be told apart */

/* --- rungs --- */

int64_t heed_halving_width(const struct heed_tune *t, int64_t rung)
{
    int64_t n = t->trials, least = t->repeats > 0 ? 2 : 1;
    for (int64_t k = 0; k < rung; k++)
        n = HEED_MAX(n / t->halving, HEED_MIN(n, least));
    return n;
}

/* The first rung that is no wider than the finalists are is the last. */
int64_t heed_halving_rungs(const struct heed_tune *t)
{
    int64_t rungs = 1, least = t->repeats > 0 ? 2 : 1;
    while (heed_halving_width(t, rungs - 1) > least)
        rungs++;
    return rungs;
}

int64_t heed_halving_until(const struct heed_tune *t, int64_t rung)
{
    int64_t updates = t->first;
    if (rung >= heed_halving_rungs(t) - 1)
        return t->last ? t->last : t->steps;
    for (int64_t k = 0; k < rung; k++)
        updates *= t->halving;
    return updates;
}

int heed_halving_lengths(struct heed_tune *t, int64_t steps, struct heed_err *err)
{
    int64_t parts = 1;
    for (int64_t k = 1; k < heed_halving_rungs(t); k++)
        parts *= t->halving;
    t->first = steps / parts;
    t->steps = t->first * parts;
    if (t->first > 0)
        return 0;
    return heed_usage(
        err, "%lld updates are too few: %lld trials, one of %lld trained on, want %lld",
        (long long)steps, (long long)t->trials, (long long)t->halving, (long long)parts);
}

/* --- who is better --- */

bool heed_halving_better(const struct heed_piece *a, const struct heed_piece *b)
{
    if (a->tells != b->tells)
        return a->tells;
    if (a->tells && a->value != b->value)
        return a->value > b->value;
    return a->loss < b->loss;
}

static bool is_before(const struct heed_piece *a, const struct heed_piece *b)
{
    return heed_halving_better(a, b) || (!heed_halving_better(b, a) && a->trial < b->trial);
}

/* --- pieces --- */

static const struct heed_piece *find(const struct heed_tune *t, int64_t trial, int64_t turn,
                                     int64_t rung)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->pieces[i].trial == trial && t->pieces[i].turn == turn && t->pieces[i].rung == rung)
            return &t->pieces[i];
    return NULL;
}

static int64_t count(const struct heed_tune *t, int64_t rung, bool failed)
{
    int64_t n = 0;
    for (size_t i = 0; i < t->n; i++)
        n += t->pieces[i].rung == rung && t->pieces[i].turn == 0 &&
             (t->pieces[i].status == HEED_PIECE_FAILED) == failed;
    return n;
}

static void draw(struct heed_tune *t, const struct heed_draws *draws)
{
    while (count(t, 0, false) < t->trials && t->drawn < DRAWS * t->trials) {
        const char *options = draws->options(draws->ctx, t->drawn);
        if (!options) {
            t->drawn = DRAWS * t->trials;
            return;
        }
        heed_tune_add(t, t->drawn++, 0, 0, options);
    }
}

/* Trials of a rung that may yet end on it: those that are out there, and those that may still reach it. */
static int64_t outstanding(const struct heed_tune *t, int64_t rung)
{
    int64_t n = 0, reached = 0;
    for (size_t i = 0; i < t->n; i++) {
        const struct heed_piece *p = &t->pieces[i];
        if (p->rung != rung || p->turn)
            continue;
        n += p->status == HEED_PIECE_OPEN || p->status == HEED_PIECE_TAKEN;
        reached++;
    }
    if (rung == 0)
        return n;
    int64_t below = count(t, rung - 1, false);
    int64_t coming = HEED_MIN(heed_halving_width(t, rung), below) - reached;
    return n + HEED_MAX(coming, 0);
}

static bool is_certain(const struct heed_tune *t, const struct heed_piece *p)
{
    int64_t ahead = outstanding(t, p->rung);
    for (size_t i = 0; i < t->n; i++) {
        const struct heed_piece *q = &t->pieces[i];
        ahead +=
            q->rung == p->rung && q->turn == 0 && q->status == HEED_PIECE_DONE && is_before(q, p);
    }
    return ahead < heed_halving_width(t, p->rung + 1);
}

static void raise_trial(struct heed_tune *t, size_t at, int64_t last)
{
    struct heed_piece p = t->pieces[at]; /* adding moves them */
    heed_tune_add(t, p.trial, 0, p.rung + 1, p.options);
    for (int64_t turn = 1; p.rung + 1 == last && turn <= t->repeats; turn++)
        heed_tune_add(t, p.trial, turn, last, p.options);
}

void heed_halving_grow(struct heed_tune *t, const struct heed_draws *draws)
{
    int64_t last = heed_halving_rungs(t) - 1;
    draw(t, draws);
    for (size_t i = 0; i < t->n; i++) {
        const struct heed_piece *p = &t->pieces[i];
        if (p->status == HEED_PIECE_DONE && p->turn == 0 && p->rung < last &&
            !find(t, p->trial, 0, p->rung + 1) && is_certain(t, p))
            raise_trial(t, i, last);
    }
}

static bool is_free(const struct heed_piece *p)
{
    return p->status == HEED_PIECE_OPEN ||
           (p->status == HEED_PIECE_TAKEN && (p->lapsed || p->mine));
}

static bool is_lower(const struct heed_piece *a, const struct heed_piece *b)
{
    return a->trial != b->trial ? a->trial < b->trial : a->turn < b->turn;
}

/* The length of the last rung is settled when all that it hangs on is known. */
static bool must_wait(const struct heed_tune *t)
{
    int64_t last = heed_halving_rungs(t) - 1;
    bool out = false;
    for (size_t i = 0; i < t->n; i++)
        out |= t->pieces[i].rung < last &&
               (t->pieces[i].status == HEED_PIECE_OPEN || t->pieces[i].status == HEED_PIECE_TAKEN);
    return out && t->start > 0 && !t->last;
}

struct heed_piece *heed_halving_free(struct heed_tune *t)
{
    struct heed_piece *best = NULL;
    int64_t last = heed_halving_rungs(t) - must_wait(t);
    for (size_t i = 0; i < t->n; i++) {
        struct heed_piece *p = &t->pieces[i];
        if (is_free(p) && p->rung < last &&
            (!best || p->rung > best->rung || (p->rung == best->rung && is_lower(p, best))))
            best = p;
    }
    return best;
}

bool heed_halving_over(const struct heed_tune *t)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->pieces[i].status == HEED_PIECE_OPEN || t->pieces[i].status == HEED_PIECE_TAKEN)
            return false;
    return t->n > 0;
}

/* --- the winner --- */

/* Of a trial's turns that ended on a rung: their mean as a piece of its own; false: none. */
static bool mean_of(const struct heed_tune *t, int64_t trial, int64_t rung, struct heed_piece *mean,
                    int64_t *turn)
{
    const struct heed_piece *best = NULL;
    int64_t n = 0;
    *mean = (struct heed_piece){.trial = trial, .tells = true};
    for (size_t i = 0; i < t->n; i++) {
        const struct heed_piece *p = &t->pieces[i];
        if (p->trial != trial || p->rung != rung || p->status != HEED_PIECE_DONE)
            continue;
        mean->value += p->value;
        mean->loss += p->loss;
        mean->tells &= p->tells;
        n++;
        if (!best || heed_halving_better(p, best) ||
            (!heed_halving_better(best, p) && p->turn < best->turn))
            best = p;
    }
    if (!best)
        return false;
    mean->value /= (double)n;
    mean->loss /= (double)n;
    *turn = best->turn;
    return true;
}

bool heed_halving_winner(const struct heed_tune *t, int64_t *trial, int64_t *turn)
{
    struct heed_piece best = {.trial = -1}, mean;
    int64_t which;
    for (int64_t rung = heed_halving_rungs(t) - 1; rung >= 0 && best.trial < 0; rung--)
        for (int64_t k = 0; k < t->drawn; k++)
            if (mean_of(t, k, rung, &mean, &which) && (best.trial < 0 || is_before(&mean, &best))) {
                best = mean;
                *trial = k;
                *turn = which;
            }
    return best.trial >= 0;
}

/* --- time --- */

/* Of a search in which a training takes one step: steps and trainings that are begun. */
static void cost(const struct heed_tune *t, double *updates, double *starts)
{
    int64_t last = heed_halving_rungs(t) - 1;
    double before = 0;
    *updates = *starts = 0;
    for (int64_t k = 0; k <= last; k++) {
        double until = pow((double)t->halving, (double)(k - last)) / (k < last ? EARLIER : 1),
               n = (double)heed_halving_width(t, k);
        *updates += n * (until - before);
        *starts += n;
        before = until;
        if (k == last) {
            *updates += n * (double)t->repeats;
            *starts += n * (double)t->repeats;
        }
    }
}

/* Dev pairs that there is time for, in a search with so many measurings; 0: all. */
static int64_t lines_in(double time, double measurings, const struct heed_timing *timing)
{
    double n = MEASURING * time / (measurings * timing->a_line);
    if (timing->given || !(n < (double)timing->lines))
        return 0;
    return HEED_MIN(HEED_MAX(heed_sample_size(n), LINES_LEAST), timing->lines);
}

/* Steps of a training to its end, which a measuring follows every t->first, as every rung's end. */
static double length_in(struct heed_tune *t, double time, const struct heed_timing *timing)
{
    double updates, starts;
    cost(t, &updates, &starts);
    double measurings =
        EARLIER * updates * pow((double)t->halving, (double)(heed_halving_rungs(t) - 1));
    t->dev_lines = lines_in(time, measurings, timing);
    int64_t lines = t->dev_lines ? t->dev_lines : timing->lines;
    double left =
        SPARE * time - starts * timing->start - measurings * timing->a_line * (double)lines;
    return left / (DEARER * timing->update * updates);
}

static bool fits(struct heed_tune *t, double time, const struct heed_timing *timing, double least,
                 int64_t first)
{
    struct heed_err ignored;
    double steps = length_in(t, time, timing);
    if (!(steps >= least && steps < 1e12) || heed_halving_lengths(t, (int64_t)steps, &ignored))
        return false;
    if (heed_halving_rungs(t) > 1 && t->first / EARLIER >= FIRST_LEAST)
        t->first /= EARLIER;
    return t->first >= first;
}

int heed_halving_plan(struct heed_tune *t, double time, const struct heed_timing *timing,
                      struct heed_err *err)
{
    bool open_trials = t->trials == 0, open_repeats = t->repeats < 0;
    int64_t least = open_trials ? 2 : t->trials, asked = open_trials ? FIRST_ENOUGH : FIRST_LEAST;
    t->start = timing->start;
    t->halving = t->halving ? t->halving : HEED_HALVING_TIMED;
    for (int64_t n = open_trials ? HEED_TRIALS : t->trials; n >= least; n /= 2) {
        int64_t first = n / 2 < least ? FIRST_LEAST : asked;
        t->trials = n;
        t->repeats = open_repeats ? REPEATS : t->repeats;
        if (fits(t, time, timing, open_repeats ? LONG : 0, first))
            return 0;
        t->repeats = open_repeats ? 0 : t->repeats;
        if (fits(t, time, timing, 0, first))
            return 0;
    }
    return heed_fail(err,
                     "the %.4g s that are left are too few to search in: %lld trials of %d updates "
                     "and more, %.3g s an "
                     "update, and %.3g s to begin each",
                     time, (long long)t->trials, FIRST_LEAST, timing->update, timing->start);
}

/* Seconds a step of a trial, as its highest rung below the last one tells. */
static double an_update(const struct heed_tune *t, int64_t trial, int64_t last)
{
    for (int64_t k = last - 1; k >= 0; k--) {
        const struct heed_piece *p = find(t, trial, 0, k);
        double n = (double)(heed_halving_until(t, k) - (k ? heed_halving_until(t, k - 1) : 0));
        if (p && p->status == HEED_PIECE_DONE)
            return HEED_MAX(p->seconds - t->start, 0.1 * p->seconds) / n;
    }
    return 0;
}

void heed_halving_settle(struct heed_tune *t, double left)
{
    int64_t last = heed_halving_rungs(t) - 1;
    int64_t done = last ? heed_halving_until(t, last - 1) : 0;
    double work = 0, an_all = 0;
    left *= SPARE;
    for (size_t i = 0; i < t->n; i++) {
        const struct heed_piece *p = &t->pieces[i];
        if (p->rung != last)
            continue;
        double each = an_update(t, p->trial, last);
        left -= t->start;
        work += each * (p->turn ? 0 : (double)done);
        an_all += each;
    }
    double length = an_all > 0 ? (left + work) / an_all : 0;
    t->last = HEED_MAX(done + 1, (int64_t)HEED_MIN(length, 1e12));
}

double heed_halving_share(const struct heed_tune *t, double time)
{
    int64_t n = 0;
    for (size_t i = 0; i < t->n; i++)
        n += t->pieces[i].status == HEED_PIECE_OPEN || t->pieces[i].status == HEED_PIECE_TAKEN;
    return t->start > 0 && n ? HEED_MAX((time - t->spent) / (double)n, t->start) : 0;
}
