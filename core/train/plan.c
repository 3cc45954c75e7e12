/* plan.c: the length of a run.
 *
 *   --steps N            N
 *   --epochs N           N passes
 *   --time T             what the rest of T is enough for, by some updates that are run, timed and
 *                        forgotten; planned anew as it goes (budget.c)
 *   --plan P             what P says
 *   a checkpoint         the number it holds; where another length is asked for, that one, of the whole
 *                        run */
#include <string.h>

#include "base/clock.h"
#include "train/budget.h"
#include "train/dev.h"
#include "train/plan.h"
#include "train/schedule.h"
#include "train/share.h"
#include "train/step.h"

#define N_EVALS 20 /* evaluations in a run, about */

/* --- what time is enough for --- */

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

static void run_updates(struct heed_trainer *t, double budget, double clock[], int64_t tokens[],
                        int *n, int *status, struct heed_err *err)
{
    double begin = heed_seconds(), most = heed_budget_left(t) / 10;
    /* Three first updates are not timed, or one where they take long: the first touch of memory is
     * slow. */
    for (int i = -3; i < MEASURE_UPDATES && *status == 0 && !*t->interrupted; i++) {
        struct heed_batch b;
        double now = heed_seconds();
        if (i > -3 && i < 0 && now - begin > most / 2)
            i = 0;
        *n = HEED_MAX(i, 0);
        clock[*n] = now;
        tokens[*n] = t->n_tokens;
        if ((*n >= 3 && now - clock[0] > budget) || (*n && now - begin > most))
            break;
        heed_arena_reset(&t->batch);
        *status =
            t->source->next(t->source->ctx, &t->batch, &b, err) < 0 || heed_train_update(t, &b, err)
                ? -1
                : 0;
    }
}

#define PROBE_LINES   16
#define MEASURE_LINES 50 /* fewer say nothing */

/* Seconds of measuring on a dev pair: on so many that it can be seen. */
static int probe_dev(struct heed_trainer *t, double *a_line, struct heed_err *err)
{
    int64_t all = t->n_measured, n = HEED_MIN(all, PROBE_LINES);
    double enough = t->options->time / 200;
    while (true) {
        if (heed_trainer_sample(t, n, err) || heed_trainer_evaluate(t, err))
            return -1;
        *a_line = t->budget.measuring / (double)t->n_measured;
        if (t->budget.measuring >= enough || t->n_measured >= all || *t->interrupted)
            break;
        n = HEED_MIN(all, 4 * n);
    }
    return heed_trainer_sample(t, all, err);
}

/* As many dev pairs as five measurings in a tenth of the budget leave room for. */
static int choose_sample(struct heed_trainer *t, double a_line, struct heed_err *err)
{
    double once = t->options->time / 50 - 1.3 * t->budget.saving;
    int64_t n = t->n_measured;
    if (!t->options->dev_lines && a_line * (double)n > once) {
        n = HEED_MIN(n, HEED_MAX(MEASURE_LINES, heed_sample_size(HEED_MAX(0, once) / a_line)));
        if (heed_trainer_sample(t, n, err))
            return -1;
    }
    t->budget.measuring = a_line * (double)t->n_measured;
    return 0;
}

float **heed_trainer_keep(const struct heed_trainer *t)
{
    const struct heed_params *params = &t->model->net.params;
    float **kept = heed_xcalloc(params->n, sizeof *kept);
    for (size_t i = 0; i < params->n; i++) {
        size_t size = sizeof(float) * (size_t)heed_elements(&params->items[i]->value);
        kept[i] = memcpy(heed_xmalloc(size), params->items[i]->value.data, size);
    }
    return kept;
}

void heed_trainer_kept_free(const struct heed_trainer *t, float **kept)
{
    for (size_t i = 0; kept && i < t->model->net.params.n; i++)
        free(kept[i]);
    free(kept);
}

int heed_trainer_forget(struct heed_trainer *t, float *const *kept, struct heed_err *err)
{
    reset_values(t, kept);
    int status = t->source->skip(t->source->ctx, -t->step, err);
    t->step = t->n_tokens = t->n_skipped = 0;
    t->nan_steps = 0;
    t->flops = 0;
    t->epoch_loss = t->report_loss = (struct heed_loss){0};
    return status;
}

/* Runs some updates, measures on dev, takes the time, and forgets it all. */
static int measure(struct heed_trainer *t, struct heed_err *err)
{
    float **kept = heed_trainer_keep(t);
    double clock[MEASURE_UPDATES + 1],
        a_line = 0, tokens_a_step = t->source->tokens_per_epoch / (double)t->source->per_epoch;
    int64_t tokens[MEASURE_UPDATES + 1];
    int status = 0, n = 0;

    run_updates(t, HEED_MIN(4, heed_budget_left(t) / 30), clock, tokens, &n, &status, err);
    t->budget.an_update = seconds_a_token(clock, tokens, n) * tokens_a_step;
    if (status == 0 && t->dev_data.n && !*t->interrupted)
        status = probe_dev(t, &a_line, err);
    if (status == 0)
        status = heed_trainer_order(t, HEED_ORDER_FORGET, err);
    if (status == 0)
        status = heed_trainer_forget(t, kept, err);
    heed_trainer_kept_free(t, kept);
    return status || (a_line > 0 && choose_sample(t, a_line, err)) ? -1 : 0;
}

/* What share measuring takes, and where options ask for more than a tenth, that they do. */
static void tell_budget(const struct heed_trainer *t, double before)
{
    int64_t n = heed_budget_measurings(t);
    double time = t->options->time, share = 100 * (double)n * t->budget.measuring / time;
    struct heed_str dev = {0};
    if (t->note && n) {
        heed_str_printf(&dev, "; measuring on dev takes %.2g %% of it, %lld times", share,
                        (long long)n);
        if (t->n_measured < (int64_t)t->dev->n)
            heed_str_printf(&dev, " on %lld of %zu pairs", (long long)t->n_measured, t->dev->n);
    }
    if (t->note)
        t->note(
            "%.4g s budget from the start of the command, %.2g s are over: about %lld updates of "
            "%.3g s%s",
            time, before, (long long)t->total_steps, t->budget.an_update, dev.len ? dev.data : "");
    if (share > 11 && (t->options->dev_lines || t->options->eval_every))
        heed_warning("measuring on dev takes %.0f %% of the budget, as %s%s%s say%s", share,
                     t->options->dev_lines ? "--dev-lines" : "",
                     t->options->dev_lines && t->options->eval_every ? " and " : "",
                     t->options->eval_every ? "--eval-every" : "",
                     t->options->dev_lines && t->options->eval_every ? "" : "s");
    heed_str_release(&dev);
}

static int find_budget(struct heed_trainer *t, struct heed_err *err)
{
    double time = t->options->time, before = heed_seconds() - t->started;
    t->timed = true;
    t->budget.loading = before;
    if (heed_budget_left(t) <= 0) {
        heed_warning("the budget of %.4g s was spent before the first update: one is made", time);
        t->total_steps = 1;
        return t->dev_data.n && !t->options->dev_lines ? heed_trainer_sample(t, MEASURE_LINES, err)
                                                       : 0;
    }
    if (t->doing)
        t->doing("timing some updates");
    int status = measure(t, err);
    if (t->doing)
        t->doing(NULL);
    if (status || *t->interrupted) /* half a measurement is none: the resumption measures */
        return status;
    t->budget.measured_at = heed_seconds();
    t->total_steps = HEED_MAX(1, heed_budget_length(t));
    tell_budget(t, before);
    return 0;
}

/* --- a run's length --- */

static bool is_replayed(const struct heed_trainer *t)
{
    return t->options->plan && *t->options->plan;
}

/* Time is that of the whole run. What was trained already tells how long an update takes, with all
 * that comes between. */
static int more_time(struct heed_trainer *t, struct heed_err *err)
{
    double time = t->options->time, spent = t->seconds + (heed_seconds() - t->started);
    if (time <= spent)
        return heed_fail(err,
                         "step %lld is reached and %.4g s are spent, --time says %.4g s in all; a "
                         "new run from its model: --init %s",
                         (long long)t->step, spent, time, t->model_path);
    t->timed = true;
    if (!(t->budget.an_update > 0))
        t->budget.an_update = t->seconds / (double)t->step;
    t->budget.measured_at = heed_seconds();
    t->total_steps = HEED_MAX(t->step + 1, heed_budget_length(t));
    return 0;
}

static int take_plan(struct heed_trainer *t, struct heed_err *err)
{
    if (heed_timetable_parse(&t->table, t->options->plan, err)) {
        err->status = HEED_USAGE;
        return heed_err_prefix(err, "option --plan: ");
    }
    int64_t total = heed_timetable_total(&t->table, t->step);
    if (t->total_steps && total != t->total_steps)
        return heed_fail(err, "the plan has %lld steps at step %lld, the checkpoint %lld",
                         (long long)total, (long long)t->step, (long long)t->total_steps);
    t->total_steps = total;
    return 0;
}

/* How many updates; 0: interrupted before it was known. */
static int find_length(struct heed_trainer *t, struct heed_err *err)
{
    const struct heed_train_options *o = t->options;
    int64_t epochs = t->source->epochs ? t->source->epochs : o->epochs ? o->epochs : HEED_EPOCHS;
    if (o->steps)
        t->total_steps = o->steps;
    else if (o->time > 0 && t->step)
        return more_time(t, err);
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
    int64_t was = heed_timetable_total(&t->before, t->step), next = t->step + 1;
    if (t->total_steps < t->step)
        return heed_fail(
            err,
            "step %lld is reached, %lld in all are asked for; a new run from its model: "
            "--init %s",
            (long long)t->step, (long long)t->total_steps, t->model_path);
    if (t->note && was) {
        char schedule[64];
        struct heed_pace pace = heed_trainer_pace(t);
        heed_schedule_describe(&pace, next, &t->table, schedule, sizeof schedule);
        t->note("%lld steps in all, not %lld: from step %lld on rate (%.3g, was %.3g) and dropout "
                "are those of a run of this length: %s",
                (long long)t->total_steps, (long long)was, (long long)next,
                heed_schedule_rate(&pace, next, &t->table),
                heed_schedule_rate(&pace, t->step, &t->before), schedule);
    }
    return 0;
}

static int find(struct heed_trainer *t, struct heed_err *err)
{
    if (find_length(t, err))
        return -1;
    heed_timetable_begin(&t->table, t->total_steps);
    t->table_step = t->step;
    t->found = t->total_steps > 0;
    return t->step ? tell_length(t, err) : 0;
}

int heed_trainer_plan(struct heed_trainer *t, struct heed_err *err)
{
    const struct heed_train_options *o = t->options;
    if (t->started <= 0)
        t->started = t->began > 0 ? t->began : heed_seconds();
    t->timed = t->timed && o->time > 0 && !is_replayed(t);
    if (o->eval_every && !t->eval_every)
        t->eval_every = o->eval_every;
    if (is_replayed(t) ? take_plan(t, err) : !t->total_steps && find(t, err))
        return -1;
    bool listed = t->timed || is_replayed(t);
    if (t->total_steps && !t->eval_every && !listed)
        t->eval_every = HEED_MAX(20, (t->total_steps + N_EVALS - 1) / N_EVALS);
    return 0;
}
