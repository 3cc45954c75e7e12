/* adam.c: the norm of the gradient and one Adam update (Kingma & Ba 2015; decoupled decay:
 * Loshchilov & Hutter 2019).
 *
 * Both read shard 0 after heed_params_reduce(), parameters in index order. A sparse parameter is
 * updated lazily: rows that no batch touched keep value and moments, so an update costs what the
 * batch touched, not the vocabulary. */
#include <math.h>
#include "tensor/param.h"
#include "tensor/vec.h"

double heed_params_grad_norm(const struct heed_params *set)
{
    const struct heed_shard_grad *shard = &set->shards[0];
    double sum = 0.0;
    for (size_t i = 0; i < set->n; i++) {
        const struct heed_tensor *x = &set->items[i]->value;
        int64_t width = heed_width(x);
        if (!shard->touched[i])
            sum += heed_vec()->sum_squares((size_t)heed_elements(x), shard->grad[i]);
        for (int32_t k = 0; shard->touched[i] && k < shard->n_touched[i]; k++)
            sum += heed_vec()->sum_squares((size_t)width,
                                           shard->grad[i] + shard->touched[i][k] * width);
    }
    return sqrt(sum);
}

void heed_params_adam(struct heed_params *set, const struct heed_adam *adam, int64_t step,
                      double gscale)
{
    const struct heed_shard_grad *shard = &set->shards[0];
    double c1 = 1.0 - pow(adam->beta1, (double)step),
           c2 = sqrt(1.0 - pow(adam->beta2, (double)step));
    float lr = (float)(adam->lr * c2 / c1), eps = (float)(adam->eps * c2), scale = (float)gscale;
    float b1 = (float)adam->beta1, b2 = (float)adam->beta2;

    for (size_t i = 0; i < set->n; i++) {
        struct heed_param *p = set->items[i];
        int64_t width = heed_width(&p->value);
        float *w = p->value.data, *g = shard->grad[i];
        float decay = p->flags & HEED_PARAM_NO_DECAY ? 0.0f : (float)(adam->lr * adam->decay);
        if (!shard->touched[i])
            heed_kernels()->adam((size_t)heed_elements(&p->value), w, p->moment1, p->moment2, g,
                                 scale, lr, b1, b2, eps, decay);
        for (int32_t k = 0; shard->touched[i] && k < shard->n_touched[i]; k++) {
            int64_t at = shard->touched[i][k] * width;
            heed_kernels()->adam((size_t)width, w + at, p->moment1 + at, p->moment2 + at, g + at,
                                 scale, lr, b1, b2, eps, 0.0f);
        }
    }
    set->version++;
}
