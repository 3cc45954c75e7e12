/* budget.c: see budget.h.
 *
 *   seconds an update    over the last twentieth of the budget, or the last fifth of what is left of it
 *   planned anew         when the end would come a tenth of what is left too early or too late: so rarely
 *                        at first, and ever more exactly towards the end
 *
 * The rate goes on from where it is, linearly to the new end (schedule.c). Since the distance to that
 * is a share of the time left, the rate falls with time as it would with updates on an idle machine. */
#include <math.h>

#include "base/clock.h"
#include "train/budget.h"

#define MIN_APART 20 /* updates between two measurings */

/* What may be missed at the end. */
static double slack(const struct heed_trainer *t)
{
    double time = t->options->time;
    return HEED_MIN(HEED_MAX(0.2, 0.005 * time), time / 10);
}

double heed_budget_left(const struct heed_trainer *t)
{
    return t->options->time - slack(t) - t->seconds - (heed_seconds() - t->started);
}

/* A measuring, and the checkpoint and the model where it is the best. What else the machine does slows it
 * and updates alike, and the last one may be long ago. */
static double one_measuring(const struct heed_trainer *t)
{
    const struct heed_budget *b = &t->budget;
    double slower =
        b->measured_beside > 0 && b->an_update > 0 ? b->an_update / b->measured_beside : 1;
    return b->measuring * HEED_MIN(HEED_MAX(slower, 0.4), 2.5) + 1.3 * b->saving;
}

double heed_budget_interval(const struct heed_trainer *t)
{
    return HEED_MAX(t->options->time / 20, 10 * one_measuring(t));
}

/* Behind the last update: measured, saved. */
static double ending(const struct heed_trainer *t)
{
    double saving = t->budget.saving;
    return (t->dev_data.n ? one_measuring(t) : 0.3 * saving) + (t->options->keep ? saving : 0);
}

/* A measuring comes an interval after the last one, and not shortly before the end. */
static int64_t measurings_before_end(const struct heed_trainer *t, double left)
{
    double interval = heed_budget_interval(t), since = heed_seconds() - t->budget.measured_at;
    return (int64_t)HEED_MAX(0, floor((left + since) / interval - 0.75));
}

/* Seconds of an update, with what comes regularly between them. */
static double an_update(const struct heed_trainer *t)
{
    double between = t->budget.saving / (double)t->options->checkpoint_every;
    if (t->dev_data.n && t->eval_every)
        between += one_measuring(t) / (double)t->eval_every;
    return HEED_MAX(1e-7, t->budget.an_update + between);
}

/* For updates; below 0 when it is time to end. */
static double for_updates(const struct heed_trainer *t)
{
    double left = heed_budget_left(t), work = left - ending(t);
    if (t->dev_data.n && !t->eval_every)
        work -= (double)measurings_before_end(t, left) * one_measuring(t);
    return work;
}

int64_t heed_budget_length(const struct heed_trainer *t)
{
    const double most = 1e15;
    double n = HEED_MAX(0, for_updates(t)) / an_update(t);
    return t->step + (int64_t)HEED_MIN(n, most);
}

int64_t heed_budget_measurings(const struct heed_trainer *t)
{
    if (!t->dev_data.n)
        return 0;
    return 1 + (t->eval_every ? (t->total_steps - 1 - t->step) / t->eval_every
                              : measurings_before_end(t, heed_budget_left(t)));
}

static void time_update(struct heed_trainer *t)
{
    struct heed_budget *b = &t->budget;
    double now = heed_seconds(), took = now - b->mark - b->idle;
    int64_t n_tokens = t->n_tokens - b->mark_tokens;
    double per_update = t->source->tokens_per_epoch / (double)t->source->per_epoch;
    b->mark = now;
    b->idle = 0;
    b->mark_tokens = t->n_tokens;
    if (n_tokens <= 0 || took <= 0) /* a step that was skipped */
        return;
    double span = HEED_MAX(0.5, HEED_MIN(t->options->time / 20, heed_budget_left(t) / 5));
    if (b->seconds <= 0 &&
        b->an_update > 0) { /* timed before: counts as much as what is seen now */
        b->seconds = span;
        b->tokens = span / b->an_update * per_update;
    }
    double decay = exp(-took / span);
    b->seconds = decay * b->seconds + took;
    b->tokens = decay * b->tokens + (double)n_tokens;
    b->an_update = b->seconds / b->tokens * per_update;
}

void heed_budget_update(struct heed_trainer *t)
{
    time_update(t);
    double left = heed_budget_left(t), work = for_updates(t);
    double spare = work - (double)(t->total_steps - t->step) * an_update(t);
    double allowed = HEED_MAX(slack(t), 0.1 * left);
    bool late = work <= 0 && t->step < t->total_steps;
    if (fabs(spare) <= allowed && !late)
        return;
    int64_t total = heed_budget_length(t);
    if (total == t->total_steps)
        return;
    heed_timetable_add(&t->table, t->step, total);
    t->total_steps = total;
}

bool heed_budget_measures(struct heed_trainer *t)
{
    double interval = heed_budget_interval(t);
    if (heed_seconds() - t->budget.measured_at < interval ||
        heed_budget_left(t) < 0.75 * interval || t->step - t->measured_step < MIN_APART)
        return false;
    heed_timetable_add(&t->table, t->step, 0);
    return true;
}
