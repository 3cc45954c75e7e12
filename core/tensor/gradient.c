/* gradient.c: where the gradient of a tensor lies: with the tensor itself or, a parameter's, in the
 * tape's slab. Below the tape and the notes, which both ask. */
#include "tensor/ops.h"

bool heed_wants_grad(const struct heed_tape *t, const struct heed_tensor *x)
{
    if (x->param < 0 || !t->training)
        return x->grad != NULL;
    return t->params->slabs != NULL;
}

float *heed_tape_grad_fresh(struct heed_tape *t, const struct heed_tensor *x, bool *fresh)
{
    *fresh = false;
    if (!heed_wants_grad(t, x))
        return NULL;
    if (x->param < 0 || !t->training)
        return x->grad;
    struct heed_slab *slab = &t->params->slabs[t->slab];
    *fresh = slab->fresh[x->param];
    slab->fresh[x->param] = 0;
    return slab->grad[x->param];
}

float *heed_tape_grad(struct heed_tape *t, const struct heed_tensor *x)
{
    bool fresh;
    float *grad = heed_tape_grad_fresh(t, x, &fresh);
    if (fresh)
        heed_vec()->fill((size_t)heed_elements(x), 0, grad);
    return grad;
}

void heed_tape_touch(struct heed_tape *t, const struct heed_tensor *param, int64_t row)
{
    if (param->param < 0)
        return;
    struct heed_slab *slab = &t->params->slabs[t->slab];
    int32_t p = param->param;
    if (!slab->touched[p] || slab->is_touched[p][row])
        return;
    slab->is_touched[p][row] = 1;
    slab->touched[p][slab->n_touched[p]++] = (int32_t)row;
}
