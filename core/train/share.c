/* share.c: see share.h. */
#include "stream/hash.h"
#include "tensor/gemm.h"
#include "train/share.h"

struct order {
    int64_t kind, first;
    double rate;
};

static int ranks_of(const struct heed_trainer *t)
{
    return t->ranks ? t->ranks->n : 1;
}

int heed_trainer_order(struct heed_trainer *t, enum heed_order_kind kind, struct heed_err *err)
{
    struct order order = {kind, t->table.first, t->rate};
    if (ranks_of(t) == 1)
        return 0;
    return heed_ranks_broadcast(t->ranks, &order, sizeof order, err);
}

int heed_trainer_hear(struct heed_trainer *t, enum heed_order_kind *kind, struct heed_err *err)
{
    struct order order;
    if (heed_ranks_broadcast(t->ranks, &order, sizeof order, err))
        return -1;
    *kind = (enum heed_order_kind)order.kind;
    t->table.first = order.first;
    t->rate = order.rate;
    return 0;
}

/* --- shards --- */

int heed_trainer_shards(struct heed_trainer *t, int n, int *from)
{
    int each = (int)t->options->shards / ranks_of(t);
    t->active = (n + each - 1) / each;
    *from = t->ranks ? HEED_MIN(n, t->ranks->rank * each) : 0;
    return HEED_MIN(each, n - *from);
}

int heed_trainer_sum(struct heed_trainer *t, double *norm, struct heed_err *err)
{
    if (ranks_of(t) > 1)
        return heed_grads_sum_ranks(&t->grads, t->ranks, t->active, norm, err);
    *norm = heed_grads_sum(&t->grads);
    return 0;
}

int heed_trainer_check_shards(const struct heed_trainer *t, struct heed_err *err)
{
    int64_t n = ranks_of(t), each = t->options->shards / n, fit = n;
    if (n == 1 || (each * n == t->options->shards && (each & (each - 1)) == 0))
        return 0;
    while (fit < t->options->shards)
        fit *= 2;
    return heed_usage(err,
                      "%lld shards cannot be dealt to %lld ranks: each takes as many, and a power "
                      "of two of them; such as --shards %lld",
                      (long long)t->options->shards, (long long)n, (long long)fit);
}

int heed_trainer_share_losses(struct heed_trainer *t, struct heed_loss *losses,
                              struct heed_err *err)
{
    int n = ranks_of(t);
    if (n == 1)
        return 0;
    return heed_ranks_gather(t->ranks, losses, sizeof *losses * (size_t)(t->options->shards / n),
                             err);
}

void heed_trainer_words(const struct heed_trainer *t, struct heed_str *out)
{
    const struct heed_params *params = &t->model->net.params;
    uint32_t crc = 0;
    for (size_t i = 0; i < params->n; i++) {
        const struct heed_tensor *x = &params->items[i]->value;
        crc = heed_crc32c(crc, x->data, sizeof *x->data * (size_t)heed_elements(x));
    }
    heed_str_printf(out, "step %lld, pairs %.12s, vocabularies %.12s %.12s, weights %08x, %s, %s",
                    (long long)t->step, t->data_sha, t->model->sides.src.fingerprint,
                    t->model->sides.tgt.fingerprint, (unsigned)crc, heed_gemm_machine(),
                    params->bf16 ? "bf16" : "fp32");
    if (t->teacher)
        heed_str_printf(out, ", teacher %.12s", t->teacher->model.fingerprint);
}
