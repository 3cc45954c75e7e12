/* plan.c: the length of a run.
 *
 *   --steps N            N
 *   --epochs N           N passes
 *   --time T             some updates are run, timed and forgotten, so that --time is the same as --steps
 *                        with the number found
 *   a checkpoint         the number it holds; where another length is asked for, that one, of the whole
 *                        run */
#include <string.h>

#include "base/clock.h"
#include "train/dev.h"
#include "train/plan.h"
#include "train/schedule.h"
#include "train/step.h"

#define N_EVALS 20 /* evaluations in a run, about */

static void reset_values(struct heed_trainer *t, float *const *values)
{
    struct heed_params *params = &t->model->net.params;
    for (size_t i = 0; i < params->n; i++) {
        struct heed_param *p = params->items[i];
        size_t size = sizeof(float) * (size_t)heed_elements(&p->value);
        memcpy(p->value.data, values[i], size);
        memset(p->moment1, 0, size);
        memset(p->moment2, 0, size);
        if (t->average)
            memcpy(t->average[i], values[i], size);
    }
    params->version++;
}

#define MEASURE_UPDATES 200
#define MEASURE_BLOCKS  9

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Seconds a token: the median of blocks of updates, so that a neighbour's short burst of work does
 * not shorten a run of hours. clock[i], tokens[i]: when i updates were done, and on how much. */
static double seconds_a_token(const double *clock, const int64_t *tokens, int n)
{
    double block[MEASURE_BLOCKS];
    int n_blocks = HEED_MIN(n, MEASURE_BLOCKS);
    for (int i = 0; i < n_blocks; i++) {
        int from = n * i / n_blocks, to = n * (i + 1) / n_blocks;
        block[i] = (clock[to] - clock[from]) / (double)HEED_MAX(1, tokens[to] - tokens[from]);
    }
    qsort(block, (size_t)n_blocks, sizeof *block, ascending);
    return n_blocks ? block[n_blocks / 2] : 0;
}

/* Runs some updates, takes the time, and forgets them: `--time` is the
 * same as `--steps` with the number found. */
static int measure(struct heed_trainer *t, double budget, double *seconds_a_step,
                   struct heed_err *err)
{
    struct heed_params *params = &t->model->net.params;
    float **values = heed_xcalloc(params->n, sizeof *values);
    double clock[MEASURE_UPDATES + 1],
        tokens_a_step = t->source->tokens_per_epoch / (double)t->source->per_epoch;
    int64_t tokens[MEASURE_UPDATES + 1];
    int status = 0, n = 0;

    for (size_t i = 0; i < params->n; i++) {
        size_t size = sizeof(float) * (size_t)heed_elements(&params->items[i]->value);
        values[i] = memcpy(heed_xmalloc(size), params->items[i]->value.data, size);
    }
    /* Three first updates are not timed: the first touch of memory is slow. */
    for (int i = -3; i < MEASURE_UPDATES && status == 0 && !*t->interrupted; i++) {
        struct heed_batch b;
        n = HEED_MAX(i, 0);
        clock[n] = heed_seconds();
        tokens[n] = t->n_tokens;
        if (n > MEASURE_BLOCKS && clock[n] - clock[0] > budget)
            break;
        heed_arena_reset(&t->lane.batch);
        status = t->source->next(t->source->ctx, &t->lane.batch, &b, err) < 0 ||
                         heed_train_update(t, &b, err)
                     ? -1
                     : 0;
    }
    *seconds_a_step = seconds_a_token(clock, tokens, n) * tokens_a_step;
    reset_values(t, values);
    for (size_t i = 0; i < params->n; i++)
        free(values[i]);
    free(values);
    t->source->skip(t->source->ctx, -t->step, err);
    t->step = t->n_tokens = t->n_skipped = 0;
    t->nan_steps = 0;
    t->flops = 0;
    t->epoch_loss = t->report_loss = (struct heed_loss){0};
    return status;
}

/* How many updates of this length; the time may be far longer than they. */
static int64_t steps_of(double seconds, double a_step)
{
    const double most = 1e15;
    return a_step > 0 ? (int64_t)HEED_MAX(0, HEED_MIN(seconds / a_step, most)) : (int64_t)most;
}

static int find_budget(struct heed_trainer *t, struct heed_err *err)
{
    const struct heed_train_options *o = t->options;
    double a_step, begin = heed_seconds();
    if (measure(t, HEED_MIN(4, o->time / 30), &a_step, err))
        return -1;
    if (*t->interrupted) /* half a measurement is none: the resumption measures */
        return 0;
    double eval_seconds = 0;
    if (t->dev_data.n) {
        double before = heed_seconds();
        if (heed_trainer_evaluate(t, err))
            return -1;
        eval_seconds = N_EVALS * (heed_seconds() - before);
    }
    double left =
        HEED_MAX(o->time * 0.97 - (heed_seconds() - begin) - HEED_MIN(eval_seconds, o->time / 2),
                 o->time / 20);
    t->total_steps = HEED_MAX(1, steps_of(left, a_step));
    if (t->note)
        t->note("%.4g s budget: %lld updates of %.4g s (the same as --steps %lld)", o->time,
                (long long)t->total_steps, a_step, (long long)t->total_steps);
    return 0;
}

/* Time is that of the whole run. What was trained already tells how long an update takes, with
 * all that comes between. */
static int64_t steps_in_time(const struct heed_trainer *t)
{
    double a_step = t->seconds / (double)t->step;
    return t->seconds < t->options->time ? t->step + steps_of(t->options->time - t->seconds, a_step)
                                         : 0;
}

/* How many updates; 0: interrupted before it was known. */
static int find_length(struct heed_trainer *t, struct heed_err *err)
{
    const struct heed_train_options *o = t->options;
    int64_t epochs = t->source->epochs ? t->source->epochs : o->epochs ? o->epochs : 10;
    if (o->steps)
        t->total_steps = o->steps;
    else if (o->time > 0 && t->step && t->seconds > 0)
        t->total_steps = steps_in_time(t);
    else if (o->time > 0)
        return find_budget(t, err);
    else
        t->total_steps = t->source->per_epoch * epochs;
    return 0;
}

/* The rate of a linear schedule, and dropout by the number of epochs, depend on the length: they are
 * from here on those of a run that had it from the beginning. */
static int tell_length(struct heed_trainer *t, struct heed_err *err)
{
    int64_t was = t->planned_steps, next = t->step + 1;
    if (t->total_steps < t->step)
        return heed_fail(
            err,
            "step %lld is reached, %lld in all are asked for; a new run from its model: "
            "--init %s",
            (long long)t->step, (long long)t->total_steps, t->model_path);
    if (t->note && was) {
        char schedule[64];
        heed_schedule_describe(t->options, next, t->total_steps, schedule, sizeof schedule);
        t->note("%lld steps in all, not %lld: from step %lld on rate (%.3g, was %.3g) and dropout "
                "are those of a run of this length: %s",
                (long long)t->total_steps, (long long)was, (long long)next,
                heed_schedule_rate(t->options, next, t->total_steps),
                heed_schedule_rate(t->options, t->step, was), schedule);
    }
    return 0;
}

int heed_trainer_plan(struct heed_trainer *t, struct heed_err *err)
{
    bool known = t->total_steps > 0;
    if (!known && (find_length(t, err) || (t->step && tell_length(t, err))))
        return -1;
    if (t->total_steps && !t->eval_every) {
        int64_t about = (t->total_steps + N_EVALS - 1) / N_EVALS;
        t->eval_every = t->options->eval_every ? t->options->eval_every : HEED_MAX(20, about);
    }
    return 0;
}
