/* ops_drawn.c: what a row is drawn to beside its target: tape.h has the formulas, vec_drawn.inc the arithmetic. With p at
 * the temperature T, g the scale,
 *
 *     d a T² KL(q || p) / d logit(w) = g a T (p(w) - q(w))
 *     d J / d logit(w)               = g/2 (p(w) (log p(w)/p'(w) - KL(p || p')) + p(w) - p'(w))
 *
 * Gradients that go to both of twins: neither of them is held to be the right one. A teacher's do not go
 * to the teacher. */
#include "tensor/ops.h"

int heed_draw_shape(const struct heed_draw *d, int64_t rows, struct heed_err *err)
{
    if (d->twins > 0 && rows % 2)
        return heed_fail(err, "%lld rows are no twins", (long long)rows);
    return 0;
}

void heed_draw_rows(const struct heed_draw *d, int64_t row, int64_t V, const float *logits,
                    float gscale, float *pull, float nats[2])
{
    const struct heed_kernels *k = heed_kernels();
    int64_t together = heed_draw_together(d);
    nats[0] = nats[1] = 0;
    if (together == 2)
        nats[0] = nats[1] =
            d->twins / 2 *
            k->twins((size_t)V, logits, logits + V, gscale * d->twins, pull, pull + V);
    else
        k->vec.fill((size_t)V, 0, pull);
    float T = d->temperature;
    for (int64_t r = 0; d->teacher && r < together; r++)
        nats[r] += d->share * T * T *
                   k->draw((size_t)V, logits + r * V, d->teacher + row / together * V, T,
                           gscale * d->share * T * T, pull + r * V);
}
