/* gradient.c: where the gradient of a tensor lies: with the tensor itself or, a parameter's, in the
 * tape's slab. Below the tape and the notes, which both ask. */
#include "tensor/ops.h"

bool heed_wants_grad(const struct heed_tape *t, const struct heed_tensor *x)
{
    if (x->param < 0 || !t->training)
        return x->grad != NULL;
    return t->params->slabs != NULL;
}

static float *aside_of(struct heed_params *set, const struct heed_tensor *x)
{
    float **grad = &set->aside.grad[x->param];
    if (!*grad)
        *grad = heed_xcalloc((size_t)heed_elements(x), sizeof **grad);
    return *grad;
}

float *heed_tape_grad_fresh(struct heed_tape *t, const struct heed_tensor *x, bool *fresh)
{
    *fresh = false;
    if (!heed_wants_grad(t, x))
        return NULL;
    if (x->param < 0 || !t->training)
        return x->grad;
    struct heed_slab *slab = &t->params->slabs[t->slab];
    uint8_t *state = &slab->state[x->param];
    if (slab->sparse[x->param])
        BUG("all of the gradient of the sparse parameter %s", t->params->items[x->param]->name);
    if (*state == HEED_GRAD_WHOLE)
        BUG("more of the gradient of %s, which was whole", t->params->items[x->param]->name);
    *fresh = *state == HEED_GRAD_FRESH || *state == HEED_GRAD_ONTO;
    if (*state == HEED_GRAD_ONTO)
        *state = HEED_GRAD_ASIDE;
    if (*state == HEED_GRAD_ASIDE)
        return aside_of(t->params, x);
    *state = HEED_GRAD_SUM;
    return slab->grad[x->param];
}

float *heed_tape_grad_onto(struct heed_tape *t, const struct heed_tensor *x)
{
    if (x->param < 0 || !t->training || !heed_wants_grad(t, x))
        return NULL;
    struct heed_slab *slab = &t->params->slabs[t->slab];
    if (slab->sparse[x->param] || slab->state[x->param] != HEED_GRAD_ONTO)
        return NULL;
    slab->state[x->param] = HEED_GRAD_WHOLE;
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

float *heed_tape_grad_row(struct heed_tape *t, const struct heed_tensor *x, int64_t row)
{
    struct heed_sparse *sparse = NULL;
    if (!heed_wants_grad(t, x))
        return NULL;
    if (x->param >= 0 && t->training) {
        const struct heed_slab *slab = &t->params->slabs[t->slab];
        bool aside = slab->state[x->param] == HEED_GRAD_ASIDE;
        sparse = (aside ? &t->params->aside : slab)->sparse[x->param];
    }
    return sparse ? heed_sparse_row(sparse, row) : heed_tape_grad(t, x) + row * heed_width(x);
}
