/* dev.c: measuring on the dev pairs: loss of teacher forcing, and translations against their
 * references, by the way that `predict` and `evaluate` go. The moving average of the weights, when
 * there is one, is what is measured and saved. */
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "metrics/figures.h"
#include "search/translator.h"
#include "train/checkpoint.h"
#include "train/dev.h"
#include "train/step.h"

void heed_trainer_swap_average(struct heed_trainer *t)
{
    struct heed_params *params = &t->model->net.params;
    for (size_t i = 0; t->average && i < params->n; i++) {
        float *value = params->items[i]->value.data;
        params->items[i]->value.data = t->average[i];
        t->average[i] = value;
    }
    params->version++;
}

/* --- by what --- */

struct targets {
    const struct heed_corpus *dev;
    size_t at;
};

static const char *next_target(void *ctx, size_t *len)
{
    struct targets *x = ctx;
    if (x->at >= x->dev->n)
        return NULL;
    *len = x->dev->pairs[x->at].tgt_len;
    return x->dev->pairs[x->at++].tgt;
}

static void rewind_targets(void *ctx)
{
    ((struct targets *)ctx)->at = 0;
}

static const char *word_of(enum heed_dev_metric metric)
{
    return heed_option_word(HEED_DEV_METRIC_WORDS, (int)metric);
}

static bool is_smaller_better(enum heed_dev_metric metric)
{
    return metric == HEED_DEV_LOSS || metric == HEED_DEV_TOKEN_ERROR;
}

void heed_trainer_metric_name(const struct heed_trainer *t, enum heed_dev_metric metric,
                              char name[HEED_METRIC_NAME_MAX])
{
    bool all = t->n_measured == (int64_t)t->dev->n;
    int n = snprintf(name, HEED_METRIC_NAME_MAX, "%s", word_of(metric));
    if (!all)
        snprintf(name + n, HEED_METRIC_NAME_MAX - (size_t)n, "@%lld", (long long)t->n_measured);
}

void heed_trainer_metric_text(const struct heed_trainer *t, double value, char text[80])
{
    char name[HEED_METRIC_NAME_MAX];
    bool percent = t->metric == HEED_DEV_EXACT || t->metric == HEED_DEV_TOKEN_ERROR;
    heed_trainer_metric_name(t, t->metric, name);
    snprintf(text, 80, "dev %s %.4g%s", name, value, percent ? " %" : "");
}

void heed_trainer_best_text(const struct heed_trainer *t, char text[HEED_BEST_MAX])
{
    char name[HEED_METRIC_NAME_MAX];
    double value = is_smaller_better(t->metric) ? -t->best : t->best;
    if (t->best_tells) {
        heed_trainer_metric_text(t, value, text);
        return;
    }
    heed_trainer_metric_name(t, t->metric, name);
    snprintf(text, HEED_BEST_MAX, "dev loss %.4g (%s %.4g does not tell yet)", t->best_loss, name,
             value);
}

/* What the model of a checkpoint is measured by; false: it does not say. */
static bool measured_before(struct heed_trainer *t)
{
    const struct heed_measured *m = &t->model->measured;
    int metric = heed_option_number(HEED_DEV_METRIC_WORDS, m->metric),
        tokens = heed_option_number(HEED_METRIC_WORDS, m->tokens);
    if (metric <= HEED_DEV_AUTO || tokens < 0 || tokens == HEED_METRIC_AUTO)
        return false;
    t->metric = (enum heed_dev_metric)metric;
    t->tokens = (enum heed_metric_tokens)tokens;
    return true;
}

static void choose(struct heed_trainer *t, char why[static 160])
{
    const struct heed_train_options *o = t->options;
    struct targets x = {.dev = t->dev};
    struct heed_choice c;
    bool open = o->metric == HEED_DEV_AUTO || o->metric_tokens == HEED_METRIC_AUTO;
    if (open && measured_before(t)) {
        snprintf(why, 160, "as before");
        return;
    }
    if (t->dev->table) {
        c.figure = HEED_TOKEN_ERROR;
        c.tokens = HEED_METRIC_NONE;
        snprintf(c.why, sizeof c.why,
                 "of sources that are no text the word error rate counts: words are what "
                 "stands between blanks");
    } else
        heed_choose(&(struct heed_lines){next_target, rewind_targets, &x}, &c);
    t->metric =
        o->metric == HEED_DEV_AUTO ? HEED_DEV_BLEU + (enum heed_dev_metric)c.figure : o->metric;
    t->tokens = o->metric_tokens == HEED_METRIC_AUTO ? c.tokens : o->metric_tokens;
    if (open)
        snprintf(why, 160, "since %s", c.why);
}

void heed_trainer_choose(struct heed_trainer *t)
{
    struct heed_measured *m = &t->model->measured;
    char name[HEED_METRIC_NAME_MAX], why[160] = "";
    if (!t->dev || t->dev->n == 0) {
        *m = (struct heed_measured){"none", "auto"};
        return;
    }
    choose(t, why);
    snprintf(m->metric, sizeof m->metric, "%s", word_of(t->metric));
    snprintf(m->tokens, sizeof m->tokens, "%s",
             heed_option_word(HEED_METRIC_WORDS, (int)t->tokens));
    heed_trainer_metric_name(t, t->metric, name);
    if (t->note && *why)
        t->note("metric: %s%s%s, %s", name, t->metric == HEED_DEV_LOSS ? "" : " of ",
                t->metric == HEED_DEV_LOSS ? "" : heed_metric_what(t->tokens), why);
}

/* --- measuring --- */

/* Dev pairs with what the model makes of their sources. */
struct measuring {
    const struct heed_corpus *sample;
    struct heed_scored *items;
    char **text; /* by line, malloc'ed */
    int64_t n;
    double loss;
    struct heed_figure figures[HEED_FIGURES_MAX];
    size_t n_figures;
};

static void measuring_init(struct measuring *x, const struct heed_trainer *t)
{
    *x = (struct measuring){.sample = &t->sample, .n = t->n_measured};
    x->text = heed_xcalloc((size_t)x->n, sizeof *x->text);
    x->items = heed_xcalloc((size_t)x->n, sizeof *x->items);
    for (int64_t i = 0; i < x->n; i++)
        heed_scored_add(&x->items[i], t->sample.pairs[i].tgt);
}

static void measuring_release(struct measuring *x)
{
    for (int64_t i = 0; i < x->n; i++) {
        free(x->items[i].refs);
        free(x->text[i]);
    }
    free(x->items);
    free(x->text);
}

/* Cleaned as evaluate cleans what it reads. */
static int keep(void *ctx, const struct heed_translation *done, struct heed_err *err)
{
    struct measuring *to = ctx;
    struct heed_str line = {0};
    int64_t repaired = 0;
    if (heed_text_clean(&line, done->text->len ? done->text->data : "", done->text->len,
                        HEED_CLEAN_LENIENT, &repaired, err)) {
        heed_str_release(&line);
        return -1;
    }
    to->text[done->number] = line.data ? line.data : heed_xstrdup("");
    to->items[done->number].hyp = to->text[done->number];
    return 0;
}

static int take_source(void *ctx, int64_t line, const char *text, size_t n, bool first,
                       struct heed_line *out, const float **table, struct heed_err *err)
{
    const struct measuring *x = ctx;
    (void)text, (void)n, (void)first, (void)err;
    heed_line_number(out, x->sample->table, x->sample->pairs[line].source);
    *table = x->sample->table->rows;
    return 0;
}

static int translate(struct heed_trainer *t, struct measuring *to, struct heed_err *err)
{
    struct heed_engine engine;
    struct heed_translator translator;
    struct heed_translator_options o = HEED_TRANSLATOR_DEFAULTS;
    int status = 0;
    heed_engine_init(&engine, t->model, t->lanes.n);
    if (t->sample.table)
        o.source = take_source;
    heed_translator_init(&translator, &engine, &o, keep, to);
    for (int64_t i = 0; i < to->n && status == 0; i++) {
        const struct heed_pair *p = &t->sample.pairs[i];
        status = heed_translator_add(&translator, i, p->src, p->src_len, err);
    }
    if (status == 0)
        status = heed_translator_flush(&translator, err);
    heed_translator_release(&translator);
    heed_engine_release(&engine);
    return status;
}

static int measure(struct heed_trainer *t, struct measuring *x, struct heed_err *err)
{
    struct heed_loss loss = {0};
    struct heed_figures_options o = {.how = HEED_METRIC_DEFAULTS};
    int status = heed_dataset_loss(&t->model->net, &t->lanes, &t->dev_data, &loss, err);
    if (status == 0)
        status = translate(t, x, err);
    if (status)
        return -1;
    x->loss = loss.plain / (double)loss.n_tokens;
    o.how.tokens = t->tokens;
    x->n_figures = heed_figures(x->items, (size_t)x->n, &o, x->figures);
    return 0;
}

/* --- what comes of it --- */

static double value_of(const struct heed_trainer *t, const struct measuring *x)
{
    return t->metric == HEED_DEV_LOSS ? x->loss : x->figures[t->metric - HEED_DEV_BLEU].value;
}

static bool tells(const struct heed_trainer *t, const struct measuring *x)
{
    return t->metric == HEED_DEV_LOSS || x->figures[t->metric - HEED_DEV_BLEU].tells;
}

/* By what the best step was chosen. */
static void name_decisive(const struct heed_trainer *t, char name[HEED_METRIC_NAME_MAX])
{
    heed_trainer_metric_name(t, t->best_tells ? t->metric : HEED_DEV_LOSS, name);
}

static void record(struct heed_trainer *t, const struct measuring *x, bool better)
{
    char name[HEED_METRIC_NAME_MAX];
    if (!t->run)
        return;
    heed_trainer_metric_name(t, HEED_DEV_LOSS, name);
    heed_run_metric(t->run, "dev", name, t->step, x->loss);
    for (size_t i = 0; i < x->n_figures; i++) {
        heed_trainer_metric_name(t, HEED_DEV_BLEU + (enum heed_dev_metric)i, name);
        heed_run_metric(t->run, "dev", name, t->step, x->figures[i].value);
    }
    heed_trainer_record_outputs(t, x->text);
    name_decisive(t, name);
    if (better)
        heed_run_best(t->run, t->step, name);
}

static void tell(const struct heed_trainer *t, const struct measuring *x, bool better)
{
    struct heed_str line = {0};
    char name[HEED_METRIC_NAME_MAX];
    for (size_t i = 0; i < x->n_figures; i++) {
        bool percent = i == HEED_EXACT || i == HEED_TOKEN_ERROR;
        heed_trainer_metric_name(t, HEED_DEV_BLEU + (enum heed_dev_metric)i, name);
        heed_str_printf(&line, ", %s %.2f%s", name, x->figures[i].value, percent ? " %" : "");
    }
    name_decisive(t, name);
    t->note("step %lld: dev loss %.4f%s%s%s", (long long)t->step, x->loss, line.data,
            better ? " * best by " : "", better ? name : "");
    heed_str_release(&line);
}

static void take_best(struct heed_trainer *t, double value, const struct measuring *x)
{
    t->has_best = true;
    t->best = is_smaller_better(t->metric) ? -value : value;
    t->best_tells = tells(t, x);
    t->best_loss = x->loss;
    t->best_step = t->step;
}

/* A figure that tells is better than one that does not; among those that do not, and among equal ones,
 * the smaller loss is better. */
static bool is_better(const struct heed_trainer *t, double value, const struct measuring *x)
{
    double larger = is_smaller_better(t->metric) ? -value : value;
    if (!isfinite(x->loss) || !t->has_best)
        return isfinite(x->loss);
    if (tells(t, x) != t->best_tells)
        return tells(t, x);
    if (t->best_tells && larger != t->best)
        return larger > t->best;
    return x->loss < t->best_loss;
}

/* Under --time the clock decided to measure here: before a model says so, the checkpoint does. A run that
 * is killed in between measures at this step again when it goes on, and the model is that of its plan. */
static int keep_best(struct heed_trainer *t, struct heed_err *err)
{
    if (t->timed && heed_trainer_checkpoint(t, err))
        return -1;
    heed_trainer_swap_average(t);
    int status = heed_model_save(t->model, t->model_path, t->model->fingerprint, err);
    heed_trainer_swap_average(t);
    return status;
}

/* Schedule plateau. */
static void cut_rate(struct heed_trainer *t)
{
    const struct heed_train_options *o = t->options;
    if (o->schedule != HEED_SCHEDULE_PLATEAU || !t->n_bad || t->n_bad % o->plateau != 0)
        return;
    t->n_cuts++;
    struct heed_pace pace = heed_trainer_pace(t);
    if (t->note)
        t->note("%lld evaluations without a better one: the rate is %.3g from here on",
                (long long)t->n_bad, heed_schedule_rate(&pace, t->step, &t->table));
}

static int take_measure(struct heed_trainer *t, const struct measuring *x, struct heed_err *err)
{
    double value = value_of(t, x);
    bool better = is_better(t, value, x);
    if (better && keep_best(t, err))
        return -1;
    t->n_evals++;
    t->measured_step = t->step;
    t->dev_loss = x->loss;
    t->dev_metric = value;
    t->n_bad = better ? 0 : t->n_bad + 1;
    if (better)
        take_best(t, value, x);
    record(t, x, better);
    if (t->note)
        tell(t, x, better);
    cut_rate(t);
    return 0;
}

bool heed_trainer_unmoved(const struct heed_trainer *t)
{
    if (!t->measured_step)
        return false;
    return t->average ? t->step / HEED_AVERAGE_STEPS == t->measured_step / HEED_AVERAGE_STEPS
                      : t->step == t->measured_step;
}

int heed_trainer_evaluate(struct heed_trainer *t, struct heed_err *err)
{
    struct measuring x;
    bool timing = t->total_steps == 0; /* only to know how long it takes */
    double begin = heed_seconds();
    measuring_init(&x, t);
    if (t->doing)
        t->doing("measuring on dev");
    heed_trainer_swap_average(t);
    int status = measure(t, &x, err);
    heed_trainer_swap_average(t);
    t->budget.measuring = heed_seconds() - begin;
    t->budget.measured_beside = t->budget.an_update;
    if (status == 0 && !timing) {
        t->budget.measured_at = begin;
        status = take_measure(t, &x, err);
    }
    if (t->doing)
        t->doing(NULL);
    measuring_release(&x);
    return status;
}
