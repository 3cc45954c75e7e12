/* step.c: one update, and the loss of a dataset.
 *
 *   batch -> longest target first -> shards -> each, by a worker: forward, backward -> gradients
 *         -> sum in a fixed tree -> clip -> Adam -> moving average: all workers, in blocks
 *
 * Row r of a batch belongs to shard r modulo their number, which is an option of
 * the run: so gradients have the same bits wherever the shards run. A loss or
 * gradient that is not finite skips the step.
 *
 * R-Drop: each row stands in its shard twice, side by side, with dropout of its own; so all tokens do, in
 * whatever order they are packed. */
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "net/sites.h"
#include "train/fed.h"
#include "train/risk.h"
#include "train/schedule.h"
#include "train/share.h"
#include "train/step.h"

/* The rows of one shard, laid out for themselves: longest target first, as in the batch. */
struct shard {
    int32_t B;
    int32_t *src, *src_len, *tgt, *tgt_len, *row; /* row: number in the whole batch */
};

/* copies: 1, or 2 of each row, side by side. */
static void deal(const struct heed_batch *b, int number, int n_shards, int copies,
                 struct heed_arena *arena, struct shard *out)
{
    out->B = copies * (int32_t)((b->B - number + n_shards - 1) / n_shards);
    out->src = heed_new(arena, int32_t, out->B * b->S + 1);
    out->tgt = heed_new(arena, int32_t, out->B * b->T + 1);
    out->src_len = heed_new(arena, int32_t, out->B + 1);
    out->tgt_len = heed_new(arena, int32_t, out->B + 1);
    out->row = heed_new(arena, int32_t, out->B + 1);
    for (int32_t i = 0; i < out->B; i++) {
        int64_t r = number + (int64_t)(i / copies) * n_shards;
        memcpy(out->src + i * b->S, b->src + r * b->S, sizeof(int32_t) * (size_t)b->S);
        memcpy(out->tgt + i * b->T, b->tgt + r * b->T, sizeof(int32_t) * (size_t)b->T);
        out->src_len[i] = b->src_len[r];
        out->tgt_len[i] = b->tgt_len[r];
        out->row[i] = (int32_t)r * copies + i % copies;
    }
}

/* Dropped words become unknown ones; by their place in the whole batch, whatever the shard. */
static void drop_words(const struct heed_trainer *t, const struct shard *x, int64_t S)
{
    double p = t->options->dropout_words;
    for (int32_t i = 0; p > 0 && i < x->B; i++)
        for (int32_t k = 0; k < x->src_len[i]; k++) {
            int32_t *id = &x->src[i * S + k];
            uint64_t key = heed_counter_key((uint64_t)t->options->seed, (uint64_t)t->step,
                                            HEED_SITE_WORDS, (uint64_t)x->row[i], (uint64_t)k);
            if (*id >= HEED_SPECIALS && (double)(key >> 11) * 0x1p-53 < p)
                *id = HEED_UNK;
        }
}

/* Longest target first, empty sides left out: batches of train's own module come so, those of a
 * stream need not. */
static void in_order(const struct heed_batch *b, struct heed_arena *arena, struct heed_batch *out)
{
    int32_t *len = heed_new(arena, int32_t, b->B + 1);
    int64_t n = 0;
    bool sorted = true;
    for (int64_t i = 0; i < b->B; i++) {
        len[i] = b->src_len[i] ? b->tgt_len[i] : 0;
        n += len[i] > 0;
        sorted &= len[i] > 0 && (i == 0 || len[i] <= len[i - 1]);
    }
    *out = *b;
    if (sorted)
        return;
    struct heed_packing p;
    heed_packing_make(&p, arena, (int32_t)b->B, len);
    int32_t *src = heed_new(arena, int32_t, n * b->S + 1),
            *tgt = heed_new(arena, int32_t, n * b->T + 1);
    int32_t *src_len = heed_new(arena, int32_t, n + 1);
    for (int64_t i = 0; i < n; i++) {
        memcpy(src + i * b->S, b->src + p.order[i] * b->S, sizeof *src * (size_t)b->S);
        memcpy(tgt + i * b->T, b->tgt + p.order[i] * b->T, sizeof *tgt * (size_t)b->T);
        src_len[i] = b->src_len[p.order[i]];
    }
    *out = (struct heed_batch){n,     b->S, b->T,     src,      src_len, tgt,
                               p.len, NULL, b->epoch, b->index, b->table};
}

struct loss_call {
    const struct heed_dropout_rates *drop; /* NULL: no dropout */
    struct heed_aim aim;
    const int32_t *fed; /* see struct heed_target */
};

/* Teacher forcing over the rows of x up to the loss. */
static void forward(const struct heed_net *net, struct heed_tape *t, const struct shard *x,
                    const struct heed_batch *b, const struct loss_call *call,
                    struct heed_loss *loss)
{
    struct heed_memory memory;
    struct heed_packing p;
    struct heed_source source = {x->B, b->S, x->src, x->src_len, x->row, b->table};

    heed_net_encode(net, t, &source, call->drop, &memory);
    heed_packing_make(&p, t->arena, x->B, x->tgt_len);
    struct heed_target tgt = {&p, x->tgt, b->T, x->row, call->drop, call->fed};
    heed_net_loss(net, t, &memory, &tgt, &call->aim, loss);
}

static float rate_or(double own, double common)
{
    return (float)(own < 0 ? common : own);
}

/* --- a batch, by shards --- */

struct batch_call {
    struct heed_trainer *t;
    const struct heed_batch *b;
    int n, from; /* shards of this rank, the first one */
    struct loss_call call;
    struct heed_draw draw;
    struct heed_risk_call risk;
    struct heed_loss *losses; /* per shard */
};

static struct heed_lesson lesson_of(const struct shard *x, const struct heed_batch *b)
{
    return (struct heed_lesson){
        {x->B, b->S, x->src, x->src_len, x->row, b->table}, b->T, x->tgt, x->tgt_len};
}

static int copies(const struct heed_trainer *t)
{
    return t->options->r_drop > 0 ? 2 : 1;
}

/* What the teacher says of a shard: each row once, and with all its words. */
static int ask_teacher(struct heed_lane *lane, const struct batch_call *c, int number,
                       struct heed_draw *draw)
{
    struct shard x;
    if (!c->t->teacher)
        return 0;
    deal(c->b, number, (int)c->t->options->shards, 1, &lane->batch, &x);
    struct heed_lesson lesson = lesson_of(&x, c->b);
    draw->teacher =
        heed_teacher_says(c->t->teacher, (int)(lane - c->t->lanes.lanes), &lesson, &lane->err);
    return draw->teacher ? 0 : -1;
}

/* Up to the gradient, in the tape's slab. */
static int learn_shard(struct heed_lane *lane, const struct batch_call *c, int number)
{
    struct heed_tape *tape = &lane->tape;
    struct heed_draw draw = c->draw;
    struct loss_call call = c->call;
    struct shard x;
    if (ask_teacher(lane, c, number, &draw))
        return -1;
    if (draw.teacher || draw.twins > 0)
        call.aim.draw = &draw;
    deal(c->b, number, (int)c->t->options->shards, copies(c->t), &lane->batch, &x);
    if (!c->b->table) /* else its source is rows of numbers */
        drop_words(c->t, &x, c->b->S);
    struct heed_lesson own = lesson_of(&x, c->b);
    if (c->t->risk)
        return heed_risk_learn(c->t, lane, &own, &c->risk, &c->losses[number]);
    if (c->t->options->scheduled_sampling > 0 &&
        !(call.fed = heed_feed_own(c->t, lane, &own, copies(c->t), &lane->err)))
        return -1;
    forward(&c->t->model->net, tape, &x, c->b, &call, &c->losses[number]);
    heed_tape_backward(tape);
    return heed_tape_failed(tape, &lane->err) ? -1 : 0;
}

static int train_shard(struct heed_lane *lane, void *ctx, int number)
{
    const struct batch_call *c = ctx;
    struct heed_tape *tape = &lane->tape;
    tape->training = true;
    tape->slab = heed_grads_take(&c->t->grads, number);
    tape->seed = (uint64_t)c->t->options->seed;
    tape->step = (uint64_t)c->t->step;
    int status = learn_shard(lane, c, c->from + number);
    heed_slab_settle(tape->params, tape->slab);
    heed_grads_give(&c->t->grads, number, tape->slab);
    return status;
}

static void add_loss(struct heed_loss *sum, const struct heed_loss *x)
{
    sum->nats += x->nats;
    sum->plain += x->plain;
    sum->n_tokens += x->n_tokens;
    sum->n_correct += x->n_correct;
    sum->risk += x->risk;
    sum->n_risked += x->n_risked;
}

/* Of a source of numbers. */
static void mask_sources(const struct heed_trainer *t, const struct heed_batch *b,
                         struct heed_masks *m)
{
    const struct heed_train_options *o = t->options;
    if (!b->table)
        return;
    *m = (struct heed_masks){.bands_n = o->freq_masks,
                             .bands_width = o->freq_width,
                             .bands = heed_model_bands(t->model),
                             .time_n = o->time_masks,
                             .time_width = o->time_width,
                             .time_share = o->time_share};
}

double heed_trainer_dropout(const struct heed_trainer *t)
{
    return heed_dropout_rate(t->options, t->model->net.shape.letters, t->table.first,
                             t->source->per_epoch);
}

int heed_train_batch(struct heed_trainer *t, const struct heed_batch *batch, struct heed_loss *loss,
                     struct heed_err *err)
{
    const struct heed_train_options *o = t->options;
    struct heed_batch ordered, *b = &ordered;
    in_order(batch, &t->batch, b);
    if (b->B == 0)
        return 0;
    double common = heed_trainer_dropout(t);
    struct heed_dropout_rates drop = {
        .embed = rate_or(o->dropout_embed, common),
        .layer = rate_or(o->dropout_layers, common),
        .readout = rate_or(o->dropout_readout, common),
        .attention = (float)o->dropout_attention,
        .states = (float)o->dropout_states,
        .steady = o->dropout_variational,
    };
    mask_sources(t, b, &drop.masks);
    int64_t n_tokens = 0;
    for (int64_t i = 0; i < b->B; i++)
        n_tokens += b->tgt_len[i];
    double token = o->loss_scale > 0 ? o->loss_scale : 1 / (double)n_tokens;
    struct batch_call c = {
        .t = t,
        .b = b,
        .risk = {&drop, (1 - o->risk) * token, o->risk / (double)b->B},
        .draw = {NULL, (float)o->teacher_weight, (float)o->teacher_temperature, (float)o->r_drop},
        .call = {&drop,
                 {.smoothing = (float)o->label_smoothing, .gscale = (float)(token / copies(t))},
                 NULL}};
    int n = (int)HEED_MIN(o->shards, b->B);
    c.n = heed_trainer_shards(t, n, &c.from);
    c.losses = heed_new0(&t->batch, struct heed_loss, o->shards);
    if (t->risk && heed_risk_draw(t, b, c.from, c.n, err))
        return -1;
    heed_grads_begin(&t->grads, c.n);
    if (heed_lanes_each(&t->lanes, c.n, train_shard, &c, err) ||
        heed_trainer_share_losses(t, c.losses, err))
        return -1;
    for (int i = 0; i < n; i++)
        add_loss(loss, &c.losses[i]);
    return 0;
}

double heed_train_flops(const struct heed_trainer *t, int64_t B, const int32_t *src_len,
                        const int32_t *tgt_len)
{
    double teacher = t->teacher ? heed_net_flops(&t->teacher->model.net, B, src_len, tgt_len) : 0;
    int passes = t->options->scheduled_sampling > 0 ? 4 : 3;
    return passes * copies(t) * heed_net_flops(&t->model->net, B, src_len, tgt_len) + teacher;
}

struct averaging {
    struct heed_trainer *t;
    float decay;
};

static void average_block(void *ctx, size_t param, int64_t from, int64_t n)
{
    const struct averaging *a = ctx;
    const struct heed_vec *v = heed_vec();
    float *average = a->t->average[param] + from;
    v->scale((size_t)n, a->decay, 0, average, average);
    v->axpy((size_t)n, 1 - a->decay, a->t->model->net.params.items[param]->value.data + from,
            average);
}

/* With the decay of as many steps as it covers. */
static void move_average(struct heed_trainer *t)
{
    if (!t->average || t->step % HEED_AVERAGE_STEPS)
        return;
    /* In a short run it covers the last tenth of the steps so far, not the beginning. */
    double early = (double)t->step / ((double)t->step + 80);
    struct averaging a = {t, HEED_MIN(pow(t->options->average, HEED_AVERAGE_STEPS), early)};
    heed_params_blocks(&t->model->net.params, t->lanes.workers, average_block, &a);
}

/* A loss or gradient that is not finite skips the step: weights and
 * moments stay. Ten in a row end the run. */
static int skip(struct heed_trainer *t, double loss, double norm, struct heed_err *err)
{
    t->n_skipped++;
    if (++t->nan_steps >= 10 && heed_trainer_leads(t))
        return heed_fail(
            err,
            "loss or gradient is not finite in ten steps running (step %lld, loss %g, norm %g)",
            (long long)t->step, loss, norm);
    return 0;
}

static void move_weights(struct heed_trainer *t, double gscale)
{
    const struct heed_train_options *o = t->options;
    struct heed_adam adam = {t->rate, o->beta1, o->beta2, 1e-8, o->weight_decay};
    struct heed_sgd sgd = {t->rate, o->momentum, o->weight_decay};
    if (o->optimizer == HEED_OPTIMIZER_SGD)
        heed_grads_sgd(&t->grads, &sgd, gscale);
    else
        heed_grads_adam(&t->grads, &adam, t->step - t->n_skipped, gscale);
}

int heed_train_update(struct heed_trainer *t, const struct heed_batch *b, struct heed_err *err)
{
    const struct heed_train_options *o = t->options;
    struct heed_loss loss = {0};
    double norm;

    t->step++;
    if (heed_trainer_leads(t)) {
        struct heed_pace pace = heed_trainer_pace(t);
        t->rate = heed_schedule_rate(&pace, t->step, &t->table);
        if (heed_trainer_order(t, HEED_ORDER_UPDATE, err))
            return -1;
    }
    if (heed_train_batch(t, b, &loss, err))
        return -1;
    if (loss.n_tokens == 0) { /* no pair: even a gradient of zero would move what has momentum */
        t->n_skipped++;
        return 0;
    }
    if (heed_trainer_sum(t, &norm, err))
        return -1;
    if (!isfinite(loss.nats) || !isfinite(norm))
        return skip(t, loss.nats, norm, err);
    t->nan_steps = 0;
    double gscale = o->clip > 0 && norm > o->clip ? o->clip / norm : 1;
    move_weights(t, gscale);
    move_average(t);
    add_loss(&t->epoch_loss, &loss);
    add_loss(&t->report_loss, &loss);
    for (int64_t i = 0; i < b->B; i++)
        t->n_tokens += b->src_len[i] + b->tgt_len[i];
    t->flops += heed_train_flops(t, b->B, b->src_len, b->tgt_len);
    return 0;
}

/* --- a dataset, by batches --- */

struct dataset_call {
    const struct heed_net *net;
    const struct heed_batcher *batcher;
    struct heed_loss *losses; /* per batch */
};

static int batch_loss(struct heed_lane *lane, void *ctx, int number)
{
    const struct dataset_call *c = ctx;
    struct loss_call call = {0};
    struct heed_batch b;
    struct shard x;
    lane->tape.training = false;
    heed_batcher_get(c->batcher, number, &lane->batch, &b);
    deal(&b, 0, 1, 1, &lane->batch, &x);
    forward(c->net, &lane->tape, &x, &b, &call, &c->losses[number]);
    return heed_tape_failed(&lane->tape, &lane->err) ? -1 : 0;
}

int heed_dataset_loss(const struct heed_net *net, struct heed_lanes *lanes,
                      const struct heed_dataset *data, struct heed_loss *out, struct heed_err *err)
{
    struct heed_batcher batcher;
    heed_batcher_init(&batcher, data, 64, 2000, 0, false, 0);
    heed_batcher_epoch(&batcher, 0);
    struct dataset_call c = {net, &batcher,
                             heed_xcalloc((size_t)batcher.n_batches + 1, sizeof(struct heed_loss))};
    int status = heed_lanes_each(lanes, (int)batcher.n_batches, batch_loss, &c, err);
    for (int64_t i = 0; status == 0 && i < batcher.n_batches; i++)
        add_loss(out, &c.losses[i]);
    free(c.losses);
    heed_batcher_release(&batcher);
    return status;
}
