/* dev_pairs.c: the dev pairs that are measured on: all, or so many, spread evenly, since a file may be sorted. */
#include <stdlib.h>
#include <string.h>

#include "train/dev.h"

/* The loss of a longer pair would take gigabytes: attention of each target token over each of the source. */
#define DEV_LOSS_MAX 1024
#define SHOWN        5

/* Pairs that the loss leaves out, by their lines. */
static void tell_left_out(const struct heed_trainer *t, const struct heed_filter_report *r)
{
    const struct heed_dataset *d = &t->dev_data;
    struct heed_str lines = {0};
    size_t n = t->sample.n - d->n, shown = 0;
    for (size_t i = 0, k = 0; i < t->sample.n && shown < SHOWN; i++) {
        if (k < d->n && d->line[k] == (int64_t)i)
            k++;
        else
            heed_str_printf(&lines, "%s%u", shown++ ? ", " : "", t->sample.pairs[i].line);
    }
    t->note("dev loss is over %zu of %zu pairs: %lld have a side of more than %d tokens, %lld an "
            "empty one (line%s %s%s)",
            d->n, t->sample.n, (long long)r->n_too_long, DEV_LOSS_MAX, (long long)r->n_empty,
            n > 1 ? "s" : "", lines.data, n > shown ? ", ..." : "");
    heed_str_release(&lines);
}

static void take(struct heed_trainer *t, int64_t n)
{
    int64_t all = (int64_t)t->dev->n;
    free(t->sample.pairs);
    t->sample = *t->dev; /* its text is that of t->dev */
    t->sample.pairs = heed_xcalloc((size_t)n, sizeof *t->sample.pairs);
    t->sample.n = (size_t)n;
    for (int64_t i = 0; i < n; i++)
        t->sample.pairs[i] = t->dev->pairs[i * all / n];
    t->n_measured = n;
}

static int encode(struct heed_trainer *t, struct heed_filter_report *report, struct heed_err *err)
{
    struct heed_filter any = {.max_len = DEV_LOSS_MAX};
    heed_dataset_release(&t->dev_data);
    heed_dataset_init(&t->dev_data);
    return heed_corpus_encode(&t->sample, &t->model->sides, &any, &t->dev_data, report, NULL, err);
}

int64_t heed_sample_size(double x)
{
    int64_t n = (int64_t)x, unit = 1;
    while (n / unit >= 100)
        unit *= 10;
    return n / unit * unit;
}

int heed_trainer_sample(struct heed_trainer *t, int64_t n, struct heed_err *err)
{
    struct heed_filter_report report;
    int64_t all = (int64_t)t->dev->n;
    bool first = t->n_measured == 0;
    take(t, n ? HEED_MIN(n, all) : all);
    if (encode(t, &report, err))
        return -1;
    if (t->dev_data.n == 0 && t->n_measured < all) {
        take(t, all);
        if (encode(t, &report, err))
            return -1;
    }
    if (t->dev_data.n == 0)
        return heed_fail(err,
                         "no dev pair is left: every one has an empty side, or one of more "
                         "than %d tokens",
                         DEV_LOSS_MAX);
    if (first && t->note && t->dev_data.n < t->sample.n)
        tell_left_out(t, &report);
    return 0;
}

void heed_trainer_sample_release(struct heed_trainer *t)
{
    heed_dataset_release(&t->dev_data);
    free(t->sample.pairs);
    t->sample = (struct heed_corpus){0};
}
