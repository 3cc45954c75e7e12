/* quantize.c: a model with weights of 8 bits of one with floats. */
#include "cli/remade.h"

struct quantize {
    struct remade made;
};

static int quantize(struct quantize *self, const char *path, struct heed_err *err)
{
    struct heed_model *m = &self->made.model;
    if (remade_open(&self->made, path, err))
        return -1;
    int64_t before = heed_model_weight_bytes(m);
    int n = heed_model_quantize(m);
    if (n == 0)
        return heed_fail(
            err, "%s: no weights to be made smaller: it has 8 bits already, or is too narrow",
            path);
    if (remade_save(&self->made, err))
        return -1;
    heed_note("%s: %d of %zu tensors in 8 bits; weights %.1f MB, before %.1f", self->made.output, n,
              m->net.params.n, (double)heed_model_weight_bytes(m) / 1e6, (double)before / 1e6);
    return 0;
}

static int run(void *opaque, struct heed_err *err)
{
    struct quantize *self = opaque;
    int status = quantize(self, heed_cli.n_operands ? heed_cli.operands[0] : NULL, err);
    heed_model_release(&self->made.model);
    return status;
}

static const struct heed_option rows[] = {
    REMADE_ROWS(struct quantize, made),
    {0},
};

const struct heed_command heed_command = {
    .name = "quantize",
    .summary = "a smaller, faster model: weights of 8 bits",
    .usage = "-o OUTPUT MODEL",
    .about =
        "Rounds the weights of a model's matrices and embeddings to whole numbers from -127 to "
        "127, with a scale for each column of a product and each row of an embedding; biases, "
        "and what plugins look at, stay floats. The model is run as any other, in a quarter of "
        "the memory: what is multiplied by such weights is rounded to 8 bits on the way, a row "
        "at a time, so that a text still does not depend on its neighbours, and is the same on "
        "every CPU whose floats give the same. It is not trained: train goes on from the model "
        "it was made of.",
    .examples = "quantize -o small.heed enfr.heed\npredict -m small.heed < en.txt > fr.txt",
    .see_also = "train, predict, peek",
    .options = rows,
    .self_size = sizeof(struct quantize),
    .max_operands = 1,
    .start = heed_start_kernels,
    .run = run,
};
