/* train.c: the loop around the update: batches, budget, evaluation, early stopping, checkpoints.
 *
 * A job is planned once, to a number of updates: that of --steps, of the epochs, or what --time
 * allows by a measurement whose updates are then forgotten. A checkpoint holds the plan, so a
 * resumption goes on with it and ends in the same bytes. */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "train/checkpoint.h"
#include "train/dev.h"
#include "train/plan.h"
#include "train/step.h"
#include "train/train.h"

#define N_EVALS      20 /* evaluations in a run, about */
#define REPORT_STEPS 50 /* train.loss is recorded so often */

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

/* The loss of a longer pair would take gigabytes: attention of each target token over each of the source. */
#define DEV_LOSS_MAX 1024
#define SHOWN        5

/* Dev pairs that the loss leaves out, by their lines. */
static void tell_left_out(const struct heed_trainer *t, const struct heed_filter_report *r)
{
    const struct heed_dataset *d = &t->dev_data;
    struct heed_str lines = {0};
    size_t n = t->dev->n - d->n, shown = 0;
    for (size_t i = 0, k = 0; i < t->dev->n && shown < SHOWN; i++) {
        if (k < d->n && d->line[k] == (int64_t)i)
            k++;
        else
            heed_str_printf(&lines, "%s%u", shown++ ? ", " : "", t->dev->pairs[i].line);
    }
    t->note("dev loss is over %zu of %zu pairs: %lld have a side of more than %d tokens, %lld an "
            "empty one (line%s %s%s)",
            d->n, t->dev->n, (long long)r->n_too_long, DEV_LOSS_MAX, (long long)r->n_empty,
            n > 1 ? "s" : "", lines.data, n > shown ? ", ..." : "");
    heed_str_release(&lines);
}

static int encode_dev(struct heed_trainer *t, struct heed_err *err)
{
    struct heed_filter_report report;
    struct heed_filter all = {.max_len = DEV_LOSS_MAX};
    heed_dataset_init(&t->dev_data);
    if (!t->dev || t->dev->n == 0)
        return 0;
    if (heed_corpus_encode(t->dev, &t->model->sides, &all, &t->dev_data, &report, NULL, err))
        return -1;
    if (t->dev_data.n == 0)
        return heed_fail(err,
                         "no dev pair is left: every one has an empty side, or one of more "
                         "than %d tokens",
                         DEV_LOSS_MAX);
    if (t->note && t->dev_data.n < t->dev->n)
        tell_left_out(t, &report);
    return 0;
}

int heed_trainer_init(struct heed_trainer *t, struct heed_err *err)
{
    heed_params_train(&t->model->net.params, (int)t->options->shards);
    heed_lane_init(&t->lane, &t->model->net.params);
    start_average(t);
    if (encode_dev(t, err))
        return -1;
    heed_trainer_choose(t);
    return 0;
}

void heed_trainer_release(struct heed_trainer *t)
{
    heed_lane_release(&t->lane);
    heed_dataset_release(&t->dev_data);
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
    t->report_loss = (struct heed_loss){0};
}

static void end_epoch(struct heed_trainer *t, int64_t epoch)
{
    if (t->run && t->epoch_loss.n_tokens)
        heed_run_metric(t->run, "train", "epoch_loss", epoch + 1,
                        t->epoch_loss.plain / (double)t->epoch_loss.n_tokens);
    t->epoch_loss = (struct heed_loss){0};
}

static int checkpoint(struct heed_trainer *t, struct heed_err *err)
{
    t->seconds += heed_seconds() - t->started;
    t->started = heed_seconds();
    if (heed_checkpoint_save(t, err))
        return -1;
    if (t->run) {
        heed_run_checkpoint(t->run, t->step);
        heed_run_flush(t->run);
    }
    return 0;
}

static bool finished(const struct heed_trainer *t)
{
    return t->step >= t->total_steps || (t->options->patience && t->n_bad >= t->options->patience);
}

/* After an update: reports, evaluation, checkpoint. */
static int after_update(struct heed_trainer *t, const struct heed_batch *b, struct heed_err *err)
{
    if (t->step % REPORT_STEPS == 0)
        report(t);
    if (t->source->per_epoch && b->index == t->source->per_epoch - 1)
        end_epoch(t, b->epoch);
    if (t->dev_data.n && (t->step % t->eval_every == 0 || t->step == t->total_steps) &&
        heed_trainer_evaluate(t, err))
        return -1;
    if (t->step % t->options->checkpoint_every == 0 && !finished(t) && checkpoint(t, err))
        return -1;
    if (t->run) {
        heed_run_step(t->run, t->step);
        heed_run_beat(t->run);
    }
    if (t->progress)
        t->progress(t->progress_ctx, t);
    return 0;
}

static int loop(struct heed_trainer *t, struct heed_err *err)
{
    double mark = heed_seconds();
    int64_t mark_tokens = t->n_tokens;
    while (!finished(t) && !*t->interrupted) {
        struct heed_batch b;
        heed_arena_reset(&t->lane.batch);
        int got = t->source->next(t->source->ctx, &t->lane.batch, &b, err);
        if (got < 0 || (got && (heed_train_update(t, &b, err) ||
                                heed_seen_count(&t->model->seen, &t->model->sides, &b, err))))
            return -1;
        if (!got)
            break;
        double since = heed_seconds() - mark;
        if (since > 1) {
            double speed = (double)(t->n_tokens - mark_tokens) / since;
            t->speed = t->speed > 0 ? 0.7 * t->speed + 0.3 * speed : speed;
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
    return checkpoint(t, err);
}

int heed_trainer_run(struct heed_trainer *t, struct heed_err *err)
{
    t->started = heed_seconds();
    bool fresh = t->total_steps == 0;
    if (heed_trainer_plan(t, err))
        return -1;
    /* The number of steps that was found, and a new length, are not lost. */
    if (fresh && (t->step || t->options->time > 0) && checkpoint(t, err))
        return -1;
    if (t->step && t->step >= t->total_steps && t->note)
        t->note("all %lld steps are done; larger --steps, --epochs or --time go on, to that length",
                (long long)t->total_steps);
    else if (finished(t) && t->note)
        t->note("%lld evaluations without a better one; a larger --patience goes on",
                (long long)t->n_bad);
    if (loop(t, err))
        return -1;
    if (*t->interrupted)
        return checkpoint(t, err);
    return finish(t, err);
}
