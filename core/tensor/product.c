/* product.c: see product.h. */
#include <string.h>

#include "tensor/gemm.h"
#include "tensor/product.h"
#include "tensor/vec_set.h"

/* Inference: packed always, so that rows do not see one another. Training: weights that serve one
 * product an update are not worth the copy; those that serve many are, up to the number of rows
 * where the library has caught up (AVX2, Zen 3, n=768 k=256, GFLOP/s: 97 to 31 at 4 rows, 97 to 85
 * at 64, 97 to 93 at 256; the copy costs 30 us, as much as 8 rows). n and k have not changed the
 * answer so far. */
enum heed_product_by heed_product_choose(bool training, bool reused, int64_t m)
{
    if (!training || (reused && m <= heed_vec_set()->packed_rows))
        return HEED_BY_PACKED;
    return HEED_BY_LIBRARY;
}

/* Packed W [k,n], or W^T of W [n,k]. A tensor that is no parameter is packed for this call. */
static const float *packed_of(struct heed_tape *t, const struct heed_product *p, int64_t k,
                              int64_t n)
{
    const struct heed_tensor *w = p->w;
    if (w->param >= 0) {
        struct heed_param *param = t->params->items[w->param];
        return p->transposed ? heed_param_packed_t(t->params, param)
                             : heed_param_packed(t->params, param);
    }
    float *packed = heed_new(t->arena, float, heed_pack_size(k, n));
    if (p->transposed)
        heed_pack_t(k, n, w->data, heed_width(w), packed);
    else
        heed_pack(k, n, w->data, heed_width(w), packed);
    return packed;
}

void heed_product(struct heed_tape *t, const struct heed_product *p)
{
    const struct heed_tensor *w = p->w;
    int64_t k = p->transposed ? heed_width(w) : heed_rows(w),
            n = p->transposed ? heed_rows(w) : heed_width(w);
    bool reused = w->param >= 0 && t->params->items[w->param]->flags & HEED_PARAM_REUSED;
    if (heed_product_choose(t->training, reused, p->m) == HEED_BY_PACKED &&
        (w->param >= 0 || !t->training)) {
        heed_kernels()->packed_gemm(p->m, n, k, p->x, k, packed_of(t, p, k, n), p->bias, p->add,
                                    p->y, n);
        return;
    }
    for (int64_t i = 0; p->bias && i < p->m; i++)
        memcpy(p->y + i * n, p->bias, sizeof(float) * (size_t)n);
    heed_gemm(false, p->transposed, p->m, n, k, p->x, k, w->data, heed_width(w), p->add || p->bias,
              p->y, n);
}

void heed_product_grad(const struct heed_tensor *w, bool transposed, const float *x,
                       const float *dy, int64_t rows, float *dw)
{
    int64_t width = heed_width(w), height = heed_rows(w);
    const float *left = transposed ? dy : x, *right = transposed ? x : dy;
    heed_gemm(true, false, height, width, rows, left, height, right, width, true, dw, width);
}
