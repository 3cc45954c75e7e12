/* chosen.c: see chosen.h. */
#include <string.h>

#include "tensor/chosen.h"
#include "tensor/gemm.h"
#include "tensor/int8.h"

static const struct heed_param *param_of(const struct heed_chosen *c)
{
    return c->params->items[c->w->param];
}

void heed_chosen_init(struct heed_chosen *c, struct heed_params *params, struct heed_arena *arena,
                      const struct heed_tensor *w, bool transposed, const struct heed_tensor *bias)
{
    int64_t k = w->dims[transposed], all = w->dims[!transposed];
    *c = (struct heed_chosen){
        .params = params, .w = w, .bias = bias, .transposed = transposed, .k = k};
    c->packed =
        heed_arena_alloc(arena, param_of(c)->rounded.q ? heed_int8_pack_size(k, all)
                                                       : sizeof(float) * heed_pack_size(k, all));
    c->scale = heed_new(arena, float, all);
    c->chosen_bias = heed_new(arena, float, all);
}

/* Columns of W [k,·], or rows of W [·,k], as heed_pack() lays them out. */
static void pack_floats(const struct heed_chosen *c, const int32_t *words)
{
    int64_t panel = heed_kernels()->panel, ldw = heed_width(c->w);
    float *to = c->packed;
    for (int64_t first = 0; first < c->n; first += panel, to += c->k * panel) {
        int64_t width = HEED_MIN(panel, c->n - first);
        for (int64_t i = 0; i < c->k; i++)
            memset(to + i * panel + width, 0, sizeof(float) * (size_t)(panel - width));
        for (int64_t j = 0; j < width && c->transposed; j++)
            for (int64_t i = 0; i < c->k; i++)
                to[i * panel + j] = c->w->data[words[first + j] * ldw + i];
        for (int64_t i = 0; i < c->k && !c->transposed; i++)
            for (int64_t j = 0; j < width; j++)
                to[i * panel + j] = c->w->data[i * ldw + words[first + j]];
    }
}

void heed_chosen_take(struct heed_chosen *c, const int32_t *words, int64_t n)
{
    const struct heed_rounded *whole = &param_of(c)->rounded;
    c->n = n;
    for (int64_t j = 0; j < n; j++) {
        c->chosen_bias[j] = c->bias->data[words[j]];
        c->scale[j] = whole->q ? whole->scale[words[j]] : 1;
    }
    if (!whole->q) {
        pack_floats(c, words);
        return;
    }
    struct heed_int8_source from = {.k = c->k,
                                    .n = n,
                                    .w = whole->q,
                                    .ldw = c->w->dims[1],
                                    .transposed = c->transposed,
                                    .columns = words};
    heed_int8()->pack(&from, c->packed);
}

void heed_chosen_product(const struct heed_chosen *c, struct heed_arena *scratch, int64_t m,
                         const float *x, float *y)
{
    size_t mark = heed_arena_mark(scratch);
    if (param_of(c)->rounded.q)
        heed_int8()->packed_gemm(m, c->n, c->k, x, c->k, c->packed, c->scale, c->chosen_bias, false,
                                 y, c->n, heed_arena_alloc(scratch, heed_int8_scratch(c->k)));
    else
        heed_kernels()->packed_gemm(m, c->n, c->k, x, c->k, c->packed, c->chosen_bias, false, y,
                                    c->n);
    heed_arena_release(scratch, mark);
}
