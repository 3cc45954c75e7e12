/* train_size.c: the bound that --size sets on a model, before any work is put into it. */
#include "cli/train.h"

int train_check_size(const struct train *self, const struct heed_model *m, struct heed_err *err)
{
    const struct heed_params *params = &m->net.params;
    int64_t n = 0;
    for (size_t i = 0; i < params->n; i++)
        n += heed_elements(&params->items[i]->value);
    int64_t bytes = n * (int64_t)sizeof(float);
    if (!self->size || bytes <= self->size)
        return 0;
    return heed_fail(err,
                     "the model would have %lld weights, which take %.3g MB; --size allows %.3g MB",
                     (long long)n, (double)bytes * 0x1p-20, (double)self->size * 0x1p-20);
}
