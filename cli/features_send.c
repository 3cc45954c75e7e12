/* features_send.c: a window of recordings as frames of the stream: sorted by length, cut into batches. */
#include <string.h>
#include "cli/features.h"

/* Longest first; those of one length in the order they came. */
static int by_length(const void *a, const void *b)
{
    const struct heed_recording *x = a, *y = b;
    if (x->frames.n != y->frames.n)
        return x->frames.n < y->frames.n ? 1 : -1;
    return x->line < y->line ? -1 : x->line > y->line;
}

static int send_batch(struct features *w, const struct heed_recording *r, int64_t B,
                      struct heed_err *err)
{
    int64_t S = r[0].frames.n, F = w->sizes.width;
    const int64_t dims[] = {B, S, F};
    float *values = heed_xcalloc((size_t)(B * S * F) + 1, sizeof(*values));
    int32_t *len = heed_xcalloc((size_t)B, sizeof(*len));
    int64_t *line = heed_xcalloc((size_t)B, sizeof(*line));
    for (int64_t b = 0; b < B; b++) {
        if (r[b].frames.n)
            memcpy(values + b * S * F, r[b].frames.values,
                   (size_t)(r[b].frames.n * F) * sizeof(*values));
        len[b] = (int32_t)r[b].frames.n;
        line[b] = r[b].line;
    }
    struct heed_doc doc;
    heed_doc_init(&doc);
    heed_doc_add(&doc, "features", HEED_F32, 3, dims, values)->owned = values;
    heed_doc_add(&doc, "features_len", HEED_I32, 1, dims, len)->owned = len;
    heed_doc_add(&doc, "line", HEED_I64, 1, dims, line)->owned = line;
    return stage_send(&w->stage, NULL, &doc, err);
}

/* How many of the n, whose first is the longest, share a batch. */
static int64_t batch_of(const struct features *w, const struct heed_recording *r, int64_t n)
{
    int64_t S = HEED_MAX(r[0].frames.n, 1);
    int64_t room = (int64_t)(HEED_FRAME_MAX / sizeof(float)) / (S * w->sizes.width);
    if (w->frames)
        room = HEED_MIN(room, w->frames / S);
    return HEED_MIN(HEED_MIN(n, w->rows), HEED_MAX(room, 1));
}

int send_window(struct features *w, struct heed_err *err)
{
    int status = 0;
    qsort(w->now, (size_t)w->n, sizeof(*w->now), by_length);
    for (int64_t at = 0, n; at < w->n && status == 0; at += n) {
        n = batch_of(w, w->now + at, w->n - at);
        status = send_batch(w, w->now + at, n, err);
    }
    return status;
}
