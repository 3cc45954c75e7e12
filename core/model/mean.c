/* mean.c: a model whose weights are the mean of those of others. Sums are double: the same whatever the order, but for
 * the last bit of a float. */
#include <stdlib.h>
#include <string.h>

#include "model/model.h"

static int check_alike(const struct heed_model *a, const struct heed_model *b, struct heed_err *err)
{
    const struct heed_option *row =
        heed_options_differing(heed_shape_rows, &a->net.shape, &b->net.shape);
    if (!row && heed_net_reads_numbers(&a->net))
        row = heed_options_differing(heed_sound_rows, &a->sound, &b->sound);
    if (row)
        return heed_fail(err, "its shape is another: --%s is not that of the first model",
                         row->name);
    if (strcmp(a->sides.src.fingerprint, b->sides.src.fingerprint) != 0)
        return heed_fail(err, "its source vocabulary is not that of the first model");
    if (strcmp(a->sides.tgt.fingerprint, b->sides.tgt.fingerprint) != 0)
        return heed_fail(err, "its target vocabulary is not that of the first model");
    if (a->sides.src_eos != b->sides.src_eos)
        return heed_fail(err, "its shape is another: --src-eos is not that of the first model");
    return 0;
}

static int check_params(const struct heed_model *a, const struct heed_model *b,
                        struct heed_err *err)
{
    if (a->net.params.n != b->net.params.n)
        return heed_fail(err, "%zu parameters, the first model has %zu", b->net.params.n,
                         a->net.params.n);
    for (size_t i = 0; i < b->net.params.n; i++) {
        const struct heed_param *p = a->net.params.items[i], *q = b->net.params.items[i];
        if (strcmp(p->name, q->name) != 0 || heed_elements(&p->value) != heed_elements(&q->value))
            return heed_fail(err, "parameter %s is not that of the first model", q->name);
        if (q->rounded.q)
            return heed_fail(err,
                             "tensor %s: weights of 8 bits (quantize) have no mean; give the model "
                             "that they were made of",
                             q->name);
    }
    return 0;
}

static void add_seen(struct heed_model *m, const struct heed_model *other)
{
    struct heed_seen *to = &m->seen;
    const struct heed_seen *from = &other->seen;
    for (int32_t id = 0; to->ids && from->ids && id < m->sides.src.vocab.n; id++)
        to->ids[id] |= from->ids[id];
    if (from->lines > to->lines) {
        to->lines = from->lines;
        to->several = from->several;
        to->wordless = from->wordless;
    }
}

int heed_model_mean_add(struct heed_model_mean *mean, struct heed_model *m,
                        const struct heed_model *other, struct heed_err *err)
{
    const struct heed_params *set = &other->net.params;
    if (check_alike(m, other, err) || check_params(m, other, err))
        return -1;
    if (!mean->sums) {
        mean->sums = heed_xcalloc(set->n + 1, sizeof *mean->sums);
        mean->n_params = set->n;
        for (size_t i = 0; i < set->n; i++)
            mean->sums[i] =
                heed_xcalloc((size_t)heed_elements(&set->items[i]->value) + 1, sizeof **mean->sums);
    }
    for (size_t i = 0; i < set->n; i++) {
        const struct heed_tensor *x = &set->items[i]->value;
        for (int64_t k = 0, n = heed_elements(x); k < n; k++)
            mean->sums[i][k] += (double)x->data[k];
    }
    mean->n++;
    m->limits.max_src = HEED_MAX(m->limits.max_src, other->limits.max_src);
    m->limits.max_tgt = HEED_MAX(m->limits.max_tgt, other->limits.max_tgt);
    m->limits.ratio = HEED_MAX(m->limits.ratio, other->limits.ratio);
    m->limits.repeats = HEED_MAX(m->limits.repeats, other->limits.repeats);
    if (other != m)
        add_seen(m, other);
    return 0;
}

/* A loaded model's weights lie in its file, only to be read: the mean is put into memory of the net. */
void heed_model_mean_take(const struct heed_model_mean *mean, struct heed_model *m)
{
    for (size_t i = 0; i < mean->n_params; i++) {
        struct heed_tensor *x = &m->net.params.items[i]->value;
        int64_t n = heed_elements(x);
        float *to = heed_new(&m->net.arena, float, n);
        for (int64_t k = 0; k < n; k++)
            to[k] = (float)(mean->sums[i][k] / (double)mean->n);
        x->data = to;
    }
    m->net.params.version++;
    m->confidence = (struct heed_confidence){0};
}

void heed_model_mean_release(struct heed_model_mean *mean)
{
    for (size_t i = 0; i < mean->n_params; i++)
        free(mean->sums[i]);
    free(mean->sums);
    *mean = (struct heed_model_mean){0};
}
