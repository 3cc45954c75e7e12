/* quantize.c: weights of 8 bits in place of 32. */
#include "model/model.h"
#include "tensor/int8.h"

int heed_model_quantize(struct heed_model *m)
{
    int n = 0;
    for (size_t i = 0; i < m->net.params.n; i++) {
        struct heed_param *p = m->net.params.items[i];
        const int64_t *dims = p->value.dims;
        int64_t scales = heed_param_scales(p);
        if (!scales || p->rounded.q)
            continue;
        int8_t *q = heed_new(&m->net.arena, int8_t, dims[0] * dims[1]);
        float *scale = heed_new(&m->net.arena, float, scales);
        heed_int8_round(dims[0], dims[1], p->value.data, p->flags & HEED_PARAM_TABLE, q, scale);
        heed_map_drop(&m->file, p->value.data, sizeof(float) * (size_t)(dims[0] * dims[1]));
        heed_param_round(p, q, scale);
        n++;
    }
    m->net.params.version++;
    return n;
}

int64_t heed_model_weight_bytes(const struct heed_model *m)
{
    int64_t bytes = 0;
    for (size_t i = 0; i < m->net.params.n; i++) {
        const struct heed_param *p = m->net.params.items[i];
        int64_t n = heed_elements(&p->value);
        bytes += p->rounded.q ? n + 4 * heed_param_scales(p) : 4 * n;
    }
    return bytes;
}
