/* train.c: the loop around the update: batches, budget, evaluation, early stopping, checkpoints.
 *
 * A job is planned to a number of updates: that of --steps, of the epochs, or what --time allows, by
 * measurements that go on as it does (budget.c). A checkpoint holds the plan, so a
 * resumption goes on with it and ends in the same bytes. When the training is done the checkpoint goes. */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "train/budget.h"
#include "train/checkpoint.h"
#include "train/dev.h"
#include "train/plan.h"
#include "train/risk.h"
#include "train/share.h"
#include "train/snapshot.h"
#include "train/step.h"
#include "train/train.h"

#define SMALL        (2ull << 20) /* a batch is a few rows of numbers, not a huge page of them */
#define REPORT_STEPS 50           /* train.loss is recorded so often */

static void start_average(struct heed_trainer *t)
{
    struct heed_params *params = &t->model->net.params;
    if (t->options->average <= 0)
        return;
    t->average = heed_xcalloc(params->n, sizeof *t->average);
    for (size_t i = 0; i < params->n; i++) {
        const struct heed_tensor *x = &params->items[i]->value;
        t->average[i] = heed_new(&t->model->net.arena, float, heed_elements(x));
        memcpy(t->average[i], x->data, sizeof(float) * (size_t)heed_elements(x));
    }
}

/* Of what would do nothing. */
static int check_states(const struct heed_trainer *t, struct heed_err *err)
{
    const struct heed_net *net = &t->model->net;
    const struct heed_cell *cell = (const struct heed_cell *)net->parts[HEED_PART_CELL].plugin;
    if (t->options->dropout_states <= 0 || (cell && cell->n_state_gates > 0))
        return 0;
    return heed_usage(err,
                      "--dropout-states drops states on their way into a product: %s %s has "
                      "no such product",
                      cell ? "the cell" : "the net", cell ? cell->head.name : net->kind->name);
}

int heed_trainer_init(struct heed_trainer *t, struct heed_err *err)
{
    struct heed_params *params = &t->model->net.params;
    int from;
    if (heed_trainer_check_shards(t, err) || check_states(t, err))
        return -1;
    int shards = heed_trainer_shards(t, (int)t->options->shards, &from);
    if (t->options->precision == HEED_PRECISION_AUTO)
        BUG("a training whose precision is not settled");
    params->bf16 = t->options->precision == HEED_PRECISION_BF16;
    heed_arena_init(&t->batch, "batch", 64ull << 30);
    heed_lanes_init(&t->lanes, params, t->workers);
    if (t->teacher)
        heed_teacher_lanes(t->teacher, t->lanes.n);
    heed_arena_small(&t->batch, SMALL);
    for (int i = 0; i < t->lanes.n; i++)
        heed_arena_small(&t->lanes.lanes[i].batch, SMALL);
    heed_params_train(params, heed_grads_slabs(shards, t->lanes.n));
    heed_grads_init(&t->grads, params, t->lanes.workers, shards);
    start_average(t);
    heed_dataset_init(&t->dev_data);
    if (t->dev && t->dev->n && heed_trainer_sample(t, t->options->dev_lines, err))
        return -1;
    if (t->options->schedule == HEED_SCHEDULE_PLATEAU && !t->dev_data.n)
        return heed_usage(err, "--schedule plateau needs dev pairs: give --dev FILE");
    heed_trainer_choose(t);
    return heed_risk_open(t, err);
}

void heed_trainer_release(struct heed_trainer *t)
{
    heed_risk_close(t);
    heed_grads_release(&t->grads);
    heed_lanes_release(&t->lanes);
    heed_arena_free(&t->batch);
    heed_trainer_sample_release(t);
    heed_timetable_release(&t->table);
    heed_timetable_release(&t->before);
    free(t->average);
}

/* --- the loop --- */

static void report(struct heed_trainer *t)
{
    if (t->report_loss.n_tokens == 0)
        return;
    t->last_nats = t->report_loss.plain / (double)t->report_loss.n_tokens;
    if (t->run)
        heed_run_metric(t->run, "train", "loss", t->step, t->last_nats);
    if (t->run && t->report_loss.n_risked)
        heed_run_metric(t->run, "train", "risk", t->step,
                        t->report_loss.risk / (double)t->report_loss.n_risked);
    t->report_loss = (struct heed_loss){0};
}

/* Where final punctuation is varied an epoch is one draw of many: it may be a little off. */
#define BELOW 0.99

static void watch_floor(struct heed_trainer *t, double loss)
{
    if (loss >= BELOW * t->floor || t->sank)
        return;
    heed_warning("the training loss of an epoch, %.4g, is below %.4g, the least that these pairs "
                 "allow to who "
                 "sees the source alone: something of the target leaks into its prediction",
                 loss, t->floor);
    t->sank = true;
}

static void end_epoch(struct heed_trainer *t, int64_t epoch)
{
    double loss = t->epoch_loss.plain / (double)HEED_MAX(1, t->epoch_loss.n_tokens);
    if (t->run && t->epoch_loss.n_tokens)
        heed_run_metric(t->run, "train", "epoch_loss", epoch + 1, loss);
    if (t->epoch_loss.n_tokens)
        watch_floor(t, loss);
    t->epoch_loss = (struct heed_loss){0};
}

static bool finished(const struct heed_trainer *t)
{
    return t->step >= t->total_steps || (t->options->patience && t->n_bad >= t->options->patience);
}

bool heed_trainer_stops(const struct heed_trainer *t)
{
    return t->stop && t->step >= t->stop && !finished(t);
}

/* Is it time to measure? At the end in any case. */
static bool is_due(struct heed_trainer *t)
{
    if (!t->dev_data.n || heed_trainer_unmoved(t))
        return false;
    if (t->step >= t->total_steps)
        return true;
    if (t->eval_every)
        return t->step % t->eval_every == 0;
    return t->timed ? heed_budget_measures(t) : heed_timetable_measures(&t->table, t->step);
}

/* Seconds that are no part of an update. */
static int measure_and_save(struct heed_trainer *t, struct heed_err *err)
{
    double begin = heed_seconds();
    if ((is_due(t) && heed_trainer_evaluate(t, err)) || heed_snapshot(t, err))
        return -1;
    if (t->step % t->options->checkpoint_every == 0 && !finished(t) &&
        heed_trainer_checkpoint(t, err))
        return -1;
    t->budget.idle += heed_seconds() - begin;
    return 0;
}

/* After an update: plan, reports, evaluation, checkpoint. */
static int after_update(struct heed_trainer *t, const struct heed_batch *b, struct heed_err *err)
{
    if (t->timed)
        heed_budget_update(t);
    else
        t->total_steps = heed_timetable_total(&t->table, t->step);
    if (t->step % REPORT_STEPS == 0)
        report(t);
    if (t->source->per_epoch && b->index == t->source->per_epoch - 1)
        end_epoch(t, b->epoch);
    if (measure_and_save(t, err))
        return -1;
    if (t->run) {
        heed_run_step(t->run, t->step);
        heed_run_beat(t->run);
    }
    if (t->progress)
        t->progress(t->progress_ctx, t);
    return 0;
}

/* Batches end before the updates that were asked for. */
static int end_early(struct heed_trainer *t, struct heed_err *err)
{
    t->total_steps = t->step;
    if (t->note)
        t->note("the pairs end at step %lld", (long long)t->step);
    return t->measured_step < t->step && is_due(t) && heed_trainer_evaluate(t, err) ? -1 : 0;
}

static int loop(struct heed_trainer *t, struct heed_err *err)
{
    double mark = heed_seconds();
    double mark_flops = t->flops;
    int64_t mark_tokens = t->n_tokens;
    t->budget.mark = mark;
    t->budget.mark_tokens = mark_tokens;
    t->budget.idle = 0;
    while (!finished(t) && !*t->interrupted && !heed_trainer_stops(t)) {
        struct heed_batch b;
        heed_arena_reset(&t->batch);
        int got = t->source->next(t->source->ctx, &t->batch, &b, err);
        if (got < 0 || (got && (heed_train_update(t, &b, err) ||
                                heed_seen_count(&t->model->seen, &t->model->sides, &b, err))))
            return -1;
        if (!got)
            return end_early(t, err);
        double since = heed_seconds() - mark;
        if (since > 1) {
            double speed = (double)(t->n_tokens - mark_tokens) / since,
                   flop_speed = (t->flops - mark_flops) / since;
            t->flop_speed = t->speed > 0 ? 0.7 * t->flop_speed + 0.3 * flop_speed : flop_speed;
            t->speed = t->speed > 0 ? 0.7 * t->speed + 0.3 * speed : speed;
            mark_flops = t->flops;
            mark = heed_seconds();
            mark_tokens = t->n_tokens;
        }
        double before = heed_seconds();
        if (after_update(t, &b, err))
            return -1;
        mark += heed_seconds() - before; /* evaluation is not training */
    }
    return 0;
}

/* A run that is to be made longer needs its checkpoint; else it is four models' worth of nothing. */
static int end_checkpoint(struct heed_trainer *t, struct heed_err *err)
{
    if (t->options->keep)
        return heed_trainer_checkpoint(t, err);
    if (unlink(t->checkpoint_path) && errno != ENOENT)
        return heed_fail_errno(err, errno, "cannot remove %s", t->checkpoint_path);
    t->seconds += heed_seconds() - t->started;
    t->started = heed_seconds();
    if (t->run)
        heed_run_flush(t->run);
    return 0;
}

/* Without dev pairs the last weights are the model. */
static int finish(struct heed_trainer *t, struct heed_err *err)
{
    report(t);
    if (!t->dev_data.n || !t->has_best) {
        heed_trainer_swap_average(t);
        int status = heed_model_save(t->model, t->model_path, t->model->fingerprint, err);
        heed_trainer_swap_average(t);
        if (status)
            return -1;
    }
    return end_checkpoint(t, err);
}

/* The last session ended between the decision to measure and what came of it (keep_best() in dev.c). */
static bool is_pending(const struct heed_trainer *t)
{
    return t->timed && t->step && t->dev_data.n && !heed_trainer_unmoved(t) &&
           (t->step >= t->total_steps || heed_timetable_measures(&t->table, t->step));
}

static void tell_done(const struct heed_trainer *t)
{
    if (!t->note || !finished(t))
        return;
    if (t->step >= t->total_steps)
        t->note("all %lld steps are done; larger --steps, --epochs or --time go on, to that length",
                (long long)t->total_steps);
    else
        t->note("%lld evaluations without a better one; a larger --patience goes on",
                (long long)t->n_bad);
}

int heed_trainer_run(struct heed_trainer *t, struct heed_err *err)
{
    if (heed_trainer_plan(t, err))
        return -1;
    t->budget.measured_at = heed_seconds();
    /* The number of steps that was found, and a new length, are not lost. */
    if (t->found && (t->step || t->timed) && heed_trainer_checkpoint(t, err))
        return -1;
    if (is_pending(t) && heed_trainer_evaluate(t, err))
        return -1;
    if (t->step)
        tell_done(t);
    double begin = heed_seconds();
    int64_t first = t->step;
    heed_ranks_count(t->ranks);
    if (loop(t, err))
        return -1;
    t->looped = heed_seconds() - begin;
    t->looped_steps = t->step - first;
    if (*t->interrupted || heed_trainer_stops(t))
        return heed_trainer_checkpoint(t, err);
    return finish(t, err);
}
