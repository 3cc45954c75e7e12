/* picture.c: see picture.h. Bands of features stand beside one another, slopes behind them. */
#include "stream/picture.h"

#include "base/str.h"

/* A number that the stream's head says, or 0. */
static double told(const struct heed_doc *head, const char *key)
{
    double v;
    const char *text = head ? heed_doc_meta(head, key) : NULL;
    return text && heed_parse_f64(text, &v) ? v : 0;
}

bool heed_picture_of(const struct heed_doc *frame, const struct heed_doc *head, int64_t b,
                     struct heed_picture *out)
{
    const struct heed_array *x = heed_doc_find(frame, HEED_PICTURES),
                            *len = heed_doc_find(frame, HEED_PICTURES "_len");
    if (!x || x->dtype != HEED_F32 || x->rank != 3 || !len || len->dtype != HEED_I32 ||
        len->rank != 1 || len->dims[0] != x->dims[0] || b >= x->dims[0])
        return false;
    int64_t S = x->dims[1], F = x->dims[2];
    double bands = told(head, HEED_PICTURES ".bands");
    *out = (struct heed_picture){
        .values = (const float *)x->data + b * S * F,
        .n = HEED_MIN(HEED_MAX(((const int32_t *)len->data)[b], 0), S),
        .width = F,
        .scale = bands >= 1 && bands < (double)F ? (int64_t)bands : F,
        .longest = S,
        .step = told(head, HEED_PICTURES ".frame-shift"),
    };
    return true;
}
