/* gradient.c: where the gradient of a tensor lies: with the tensor itself or, a parameter's, in the
 * present shard. Below the tape and the notes, which both ask. */
#include "tensor/tape.h"

float *heed_tape_grad(struct heed_tape *t, const struct heed_tensor *x)
{
    if (x->param < 0 || !t->training)
        return x->grad;
    return t->params->shards ? t->params->shards[t->shard].grad[x->param] : NULL;
}

void heed_tape_touch(struct heed_tape *t, const struct heed_tensor *param, int64_t row)
{
    if (param->param < 0)
        return;
    struct heed_shard_grad *shard = &t->params->shards[t->shard];
    int32_t p = param->param;
    if (!shard->touched[p] || shard->is_touched[p][row])
        return;
    shard->is_touched[p][row] = 1;
    shard->touched[p][shard->n_touched[p]++] = (int32_t)row;
}
