/* chosen.h: a product with some columns of a matrix of parameters, chosen while it runs: y = x·W[:, words] + b. Its
 * numbers are those of the whole product, to the bit. In inference only. */
#ifndef HEED_CHOSEN_H
#define HEED_CHOSEN_H

#include "tensor/tape.h"

struct heed_chosen {
    struct heed_params *params;
    const struct heed_tensor *w, *bias;
    bool transposed; /* w [n,k], a table */
    int64_t k, n;    /* depth; columns that were chosen */
    void *packed;
    float *scale, *chosen_bias; /* [n]; scale: of whole numbers */
};

/* Room for all columns, of the arena; none is chosen yet. */
void heed_chosen_init(struct heed_chosen *c, struct heed_params *params, struct heed_arena *arena,
                      const struct heed_tensor *w, bool transposed, const struct heed_tensor *bias);
void heed_chosen_take(struct heed_chosen *c, const int32_t *words, int64_t n);
/* x [m,k] -> y [m,n] */
void heed_chosen_product(const struct heed_chosen *c, struct heed_arena *scratch, int64_t m,
                         const float *x, float *y);

#endif
