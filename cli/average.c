/* average.c: a model whose weights are the mean of those of others. */
#include "cli/remade.h"

struct average {
    struct remade made;
};

static int add_next(struct average *self, struct heed_model_mean *mean, const char *path,
                    struct heed_err *err)
{
    struct heed_model other = {0};
    int status = heed_model_load(&other, path, &self->made.places, err);
    if (status == 0 && heed_model_mean_add(mean, &self->made.model, &other, err))
        status = heed_err_prefix(err, "%s: ", path);
    heed_model_release(&other);
    return status;
}

static int average(struct average *self, struct heed_model_mean *mean, struct heed_err *err)
{
    struct heed_model *m = &self->made.model;
    if (heed_cli.n_operands < 2)
        return heed_usage(err, "a mean of which models? give two or more");
    for (size_t i = 1; self->made.output && i < heed_cli.n_operands; i++)
        if (remade_same(heed_cli.operands[i], self->made.output))
            return heed_usage(err, "%s is a model that is read: give another file to -o",
                              self->made.output);
    if (remade_open(&self->made, heed_cli.operands[0], err))
        return -1;
    if (heed_model_mean_add(mean, m, m, err))
        return heed_err_prefix(err, "%s: ", heed_cli.operands[0]);
    for (size_t i = 1; i < heed_cli.n_operands; i++)
        if (add_next(self, mean, heed_cli.operands[i], err))
            return -1;
    heed_model_mean_take(mean, m);
    if (remade_save(&self->made, err))
        return -1;
    heed_note("%s: the mean of %lld models, %lld parameters", self->made.output, (long long)mean->n,
              (long long)heed_params_count(&m->net.params));
    return 0;
}

static int run(void *opaque, struct heed_err *err)
{
    struct average *self = opaque;
    struct heed_model_mean mean = {0};
    int status = average(self, &mean, err);
    heed_model_mean_release(&mean);
    heed_model_release(&self->made.model);
    return status;
}

static const struct heed_option rows[] = {
    REMADE_ROWS(struct average, made),
    {0},
};

const struct heed_command heed_command = {
    .name = "average",
    .summary = "models to one whose weights are their mean",
    .usage = "-o OUTPUT MODEL MODEL...",
    .about =
        "Writes the model whose weights are the mean of those of two models or more, of one shape "
        "and with the same vocabularies. The last ones of a training (train --snapshots) are near "
        "enough to each other for it to be better than any; two trainings from other seeds "
        "are not: those are asked together, by predict -m A -m B. A checkpoint is a model too, "
        "with the "
        "weights as they move, not their moving average. The mean has the longest lengths that any "
        "was "
        "trained on, the list of words (shortlist) of the first, and no confidence (calibrate).",
    .examples = "train -o m.heed --snapshots 5 --average 0 < pairs.tsv\n"
                "average -o mean.heed m-*.heed",
    .see_also = "train, predict, quantize",
    .options = rows,
    .self_size = sizeof(struct average),
    .max_operands = -1,
    .start = heed_start_kernels,
    .run = run,
};
