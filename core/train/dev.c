/* dev.c: measuring on the dev pairs: loss of teacher forcing, and translations against their
 * references, by the way that `predict` and `evaluate` go. The moving average of the weights, when
 * there is one, is what is measured and saved. */
#include <math.h>
#include <stdlib.h>

#include "metrics/metrics.h"
#include "search/translator.h"
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

/* Texts of the dev lines, by line; malloc'ed. */
struct texts {
    char **text;
    int64_t n;
};

static void texts_release(struct texts *x)
{
    for (int64_t i = 0; i < x->n; i++)
        free(x->text[i]);
    free(x->text);
}

static int keep(void *ctx, const struct heed_translation *done, struct heed_err *err)
{
    struct texts *to = ctx;
    (void)err;
    to->text[done->number] =
        heed_xstrndup(done->text->len ? done->text->data : "", done->text->len);
    return 0;
}

/* The first n dev sources, as predict translates them. */
static int translate(struct heed_trainer *t, struct texts *out, struct heed_err *err)
{
    struct heed_engine engine;
    struct heed_translator translator;
    int status = 0;
    heed_engine_init(&engine, t->model, 1);
    heed_translator_init(&translator, &engine, &(struct heed_translator_options){0}, keep, out);
    for (int64_t i = 0; i < out->n && status == 0; i++) {
        const struct heed_pair *p = &t->dev->pairs[i];
        status = heed_translator_add(&translator, i, p->src, p->src_len, err);
    }
    if (status == 0)
        status = heed_translator_flush(&translator, err);
    heed_translator_release(&translator);
    heed_engine_release(&engine);
    return status;
}

struct scores {
    double loss, bleu, chrf, exact;
};

static void measure_text(struct heed_trainer *t, const struct texts *x, struct scores *s)
{
    struct heed_counts line, sum = {0};
    for (int64_t i = 0; i < x->n; i++) {
        const char *ref = t->dev->pairs[i].tgt;
        heed_counts_line(&line, HEED_METRIC_13A, false, x->text[i], &ref, 1);
        heed_counts_add(&sum, &line);
    }
    s->bleu = heed_bleu_score(&sum);
    s->chrf = heed_chrf_score(&sum);
    s->exact = heed_exact_score(&sum);
}

static int measure(struct heed_trainer *t, struct scores *s, struct heed_err *err)
{
    struct heed_loss loss = {0};
    struct texts x = {.n = HEED_MIN((int64_t)t->dev->n, t->options->dev_lines)};
    x.text = heed_xcalloc((size_t)x.n, sizeof *x.text);
    int status = heed_dataset_loss(&t->model->net, &t->lane, &t->dev_data, &loss, err);
    if (status == 0)
        status = translate(t, &x, err);
    if (status == 0) {
        s->loss = loss.plain / (double)loss.n_tokens;
        measure_text(t, &x, s);
    }
    texts_release(&x);
    return status;
}

static double chosen(const struct heed_trainer *t, const struct scores *s)
{
    switch (t->options->metric) {
    case HEED_DEV_LOSS:
        return -s->loss;
    case HEED_DEV_BLEU:
        return s->bleu;
    case HEED_DEV_CHRF:
        return s->chrf;
    case HEED_DEV_EXACT:
        return s->exact;
    }
    BUG("metric %d", (int)t->options->metric);
}

static void record(struct heed_trainer *t, const struct scores *s)
{
    if (!t->run)
        return;
    heed_run_metric(t->run, "dev", "loss", t->step, s->loss);
    heed_run_metric(t->run, "dev", "bleu", t->step, s->bleu);
    heed_run_metric(t->run, "dev", "chrf", t->step, s->chrf);
    heed_run_metric(t->run, "dev", "exact", t->step, s->exact);
}

int heed_trainer_evaluate(struct heed_trainer *t, struct heed_err *err)
{
    struct scores s = {0};
    heed_trainer_swap_average(t);
    int status = measure(t, &s, err);
    bool timing = t->total_steps == 0; /* only to know how long it takes */
    double value = status ? 0 : chosen(t, &s);
    bool better = status == 0 && !timing && isfinite(s.loss) &&
                  (!t->has_best || value > t->best || (value == t->best && s.loss < t->best_loss));
    if (better)
        status = heed_model_save(t->model, t->model_path, t->model->fingerprint, err);
    heed_trainer_swap_average(t);
    if (status || timing)
        return status;
    t->n_evals++;
    t->dev_loss = s.loss;
    t->dev_metric = t->options->metric == HEED_DEV_LOSS ? s.loss : value;
    t->n_bad = better ? 0 : t->n_bad + 1;
    if (better) {
        t->has_best = true;
        t->best = value;
        t->best_loss = s.loss;
        t->best_step = t->step;
    }
    record(t, &s);
    if (t->note)
        t->note("step %lld: dev loss %.4f, BLEU %.2f, chrF %.2f, exact %.1f %%%s",
                (long long)t->step, s.loss, s.bleu, s.chrf, s.exact, better ? " *" : "");
    return 0;
}
