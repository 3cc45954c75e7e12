/* slab.c: what a shard's gradient is made in (grads.h), and how it stands with each parameter's
 * (enum heed_grad_state). Those of a sparse parameter are cleared by the rows they have. */
#include "tensor/grads.h"
#include "tensor/vec.h"

static struct heed_sparse *sparse_new(struct heed_arena *arena, const struct heed_tensor *value)
{
    struct heed_sparse *s = heed_new0(arena, struct heed_sparse, 1);
    heed_sparse_init(s, arena, heed_rows(value), heed_width(value));
    return s;
}

static void slab_allocate(struct heed_params *set, struct heed_slab *slab)
{
    slab->grad = heed_new0(set->arena, float *, set->n);
    slab->sparse = heed_new0(set->arena, struct heed_sparse *, set->n);
    slab->state = heed_new0(set->arena, uint8_t, set->n);
    for (size_t i = 0; i < set->n; i++) {
        const struct heed_param *p = set->items[i];
        if (p->flags & HEED_PARAM_SPARSE) {
            slab->sparse[i] = sparse_new(set->arena, &p->value);
        } else {
            slab->grad[i] = heed_new0(set->arena, float, heed_elements(&p->value));
        }
    }
}

void heed_params_train(struct heed_params *set, int n_slabs)
{
    if (set->slabs || n_slabs < 1)
        BUG("heed_params_train(%d) with %d slabs made", n_slabs, set->n_slabs);
    set->slabs = heed_new0(set->arena, struct heed_slab, n_slabs);
    set->n_slabs = n_slabs;
    for (int i = 0; i < n_slabs; i++)
        slab_allocate(set, &set->slabs[i]);
    set->aside.grad = heed_new0(set->arena, float *, set->n);
    set->aside.sparse = heed_new0(set->arena, struct heed_sparse *, set->n);
    for (size_t i = 0; i < set->n; i++) {
        struct heed_param *p = set->items[i];
        p->moment1 = heed_new0(set->arena, float, heed_elements(&p->value));
        p->moment2 = heed_new0(set->arena, float, heed_elements(&p->value));
    }
}

void heed_slab_renew(const struct heed_params *set, int number)
{
    struct heed_slab *slab = &set->slabs[number];
    for (size_t i = 0; i < set->n; i++) {
        if (slab->sparse[i])
            heed_sparse_clear(slab->sparse[i]);
        slab->state[i] = slab->sparse[i] ? HEED_GRAD_SUM : HEED_GRAD_FRESH;
    }
}

void heed_slab_continue(struct heed_params *set, int number)
{
    struct heed_slab *slab = &set->slabs[number];
    for (size_t i = 0; i < set->n; i++) {
        slab->state[i] = slab->sparse[i] ? HEED_GRAD_ASIDE : HEED_GRAD_ONTO;
        if (!slab->sparse[i])
            continue;
        if (!set->aside.sparse[i])
            set->aside.sparse[i] = sparse_new(set->arena, &set->items[i]->value);
        heed_sparse_clear(set->aside.sparse[i]);
    }
}

void heed_slab_settle(const struct heed_params *set, int number)
{
    struct heed_slab *slab = &set->slabs[number];
    const struct heed_vec *vec = heed_vec();
    for (size_t i = 0; i < set->n; i++) {
        size_t n = (size_t)heed_elements(&set->items[i]->value);
        float *grad = slab->grad[i];
        if (slab->state[i] == HEED_GRAD_FRESH)
            vec->fill(n, 0.0f, grad);
        else if (slab->state[i] == HEED_GRAD_ONTO)
            vec->scale(n, 1, 0, grad, grad); /* zeros are added: -0 becomes 0 */
        else if (slab->state[i] == HEED_GRAD_ASIDE && slab->sparse[i])
            heed_sparse_add(slab->sparse[i], set->aside.sparse[i]);
        else if (slab->state[i] == HEED_GRAD_ASIDE)
            vec->add(n, grad, set->aside.grad[i], grad);
        slab->state[i] = HEED_GRAD_SUM;
    }
}

void heed_params_zero_grad(struct heed_params *set)
{
    for (int s = 0; s < set->n_slabs; s++) {
        heed_slab_renew(set, s);
        heed_slab_settle(set, s);
    }
}
