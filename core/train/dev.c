/* dev.c: measuring on the dev pairs: loss of teacher forcing, and
 * translations against their references. The moving average of the weights,
 * when there is one, is what is measured and saved. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "metrics/metrics.h"
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

/* Translations of n rows of the dev dataset as one batch. */
static int translate_batch(struct heed_trainer *t, struct heed_engine *e, const int64_t *rows,
                           int64_t n, char **text, struct heed_err *err)
{
    const struct heed_dataset *d = &t->dev_data;
    bool eos = t->model->sides.src_eos;
    struct heed_hypotheses h = {0};
    struct heed_search_options o = {0};
    struct heed_id_row *src = heed_xcalloc((size_t)n, sizeof *src);
    for (int64_t i = 0; i < n; i++)
        src[i] = (struct heed_id_row){d->src + d->src_at[rows[i]],
                                      d->src_at[rows[i] + 1] - d->src_at[rows[i]] - eos};
    int status = heed_engine_translate(e, src, n, &o, &h, err);
    for (int64_t i = 0; i < n && status == 0; i++) {
        struct heed_str out = {0};
        status = heed_hypothesis_text(&t->model->sides, &h, i, 0, NULL, &out, err);
        text[rows[i]] = out.data ? out.data : heed_xstrdup("");
    }
    heed_hypotheses_release(&h);
    free(src);
    return status;
}

struct keyed {
    int64_t row, len;
};

static int longest_first(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    if (x->len != y->len)
        return x->len < y->len ? 1 : -1;
    return x->row < y->row ? -1 : 1;
}

/* Translations of the first n dev rows; text[i] is malloc'ed. */
static int translate(struct heed_trainer *t, int64_t n, char **text, struct heed_err *err)
{
    struct heed_engine e;
    struct keyed *keys = heed_xcalloc((size_t)n, sizeof *keys);
    int status = 0;
    for (int64_t i = 0; i < n; i++)
        keys[i] = (struct keyed){i, t->dev_data.src_at[i + 1] - t->dev_data.src_at[i]};
    qsort(keys, (size_t)n, sizeof *keys, longest_first);
    heed_engine_init(&e, t->model, 1);
    for (int64_t i = 0; i < n && status == 0; i += 64) {
        int64_t rows[64], m = HEED_MIN(64, n - i);
        for (int64_t j = 0; j < m; j++)
            rows[j] = keys[i + j].row;
        status = translate_batch(t, &e, rows, m, text, err);
    }
    heed_engine_release(&e);
    free(keys);
    return status;
}

struct scores {
    double loss, bleu, chrf, exact;
};

static void measure_text(struct heed_trainer *t, char *const *text, int64_t n, struct scores *s)
{
    struct heed_counts line, sum = {0};
    for (int64_t i = 0; i < n; i++) {
        const char *ref = t->dev->pairs[t->dev_data.line[i]].tgt;
        heed_counts_line(&line, HEED_METRIC_13A, false, text[i], &ref, 1);
        heed_counts_add(&sum, &line);
    }
    s->bleu = heed_bleu_score(&sum);
    s->chrf = heed_chrf_score(&sum);
    s->exact = heed_exact_score(&sum);
}

static int measure(struct heed_trainer *t, struct scores *s, struct heed_err *err)
{
    struct heed_loss loss = {0};
    int64_t n = HEED_MIN((int64_t)t->dev_data.n, t->options->dev_lines);
    char **text = heed_xcalloc((size_t)n, sizeof *text);
    int status = heed_dataset_loss(&t->model->net, &t->lane, &t->dev_data, &loss, err);
    if (status == 0)
        status = translate(t, n, text, err);
    if (status == 0) {
        s->loss = loss.plain / (double)loss.n_tokens;
        measure_text(t, text, n, s);
    }
    for (int64_t i = 0; i < n; i++)
        free(text[i]);
    free(text);
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
