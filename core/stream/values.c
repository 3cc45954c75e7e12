/* values.c: the values of a tensor, one by one and as a whole, whatever their dtype. */
#include <math.h>
#include "stream/doc.h"

int64_t heed_array_count(const struct heed_array *a)
{
    int64_t n = 1;
    for (int k = 0; k < a->rank; k++)
        n *= a->dims[k];
    return n;
}

double heed_array_value(const struct heed_array *a, int64_t i)
{
    switch (a->dtype) {
    case HEED_F32:
        return (double)((const float *)a->data)[i];
    case HEED_I32:
        return ((const int32_t *)a->data)[i];
    case HEED_I64:
        return (double)((const int64_t *)a->data)[i];
    case HEED_U8:
        return ((const uint8_t *)a->data)[i];
    case HEED_I8:
        return ((const int8_t *)a->data)[i];
    case HEED_OTHER:
        break;
    }
    return 0;
}

void heed_array_text(struct heed_str *out, const struct heed_array *a, int64_t i)
{
    char text[40];
    if (a->dtype == HEED_F32)
        heed_format_f32(text, sizeof(text), ((const float *)a->data)[i]);
    else if (a->dtype == HEED_I64)
        snprintf(text, sizeof(text), "%lld", (long long)((const int64_t *)a->data)[i]);
    else
        snprintf(text, sizeof(text), "%lld", (long long)heed_array_value(a, i));
    heed_str_add_text(out, text);
}

struct heed_array_stats heed_array_stats(const struct heed_array *a)
{
    struct heed_array_stats s = {INFINITY, -INFINITY, 0, 0, 0};
    int64_t n = a->dtype == HEED_OTHER ? 0 : heed_array_count(a);
    for (int64_t i = 0; i < n; i++) {
        double v = heed_array_value(a, i);
        if (!isfinite(v)) {
            s.n_bad++;
            continue;
        }
        s.min = fmin(s.min, v);
        s.max = fmax(s.max, v);
        s.mean += v;
        s.n++;
    }
    if (s.n)
        s.mean /= (double)s.n;
    return s;
}
