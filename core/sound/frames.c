/* frames.c: see frames.h. */
#include "sound/frames.h"

#include <math.h>
#include <string.h>

void heed_frames_init(struct heed_frames *f, int64_t n, int64_t width)
{
    *f = (struct heed_frames){.n = n, .width = width};
    f->values = heed_xcalloc((size_t)(n * width) + 1, sizeof(*f->values));
}

void heed_frames_release(struct heed_frames *f)
{
    free(f->values);
    *f = (struct heed_frames){0};
}

/* --- mean and variance --- */

void heed_moments_init(struct heed_moments *m, int64_t width)
{
    m->n = 0;
    m->sum = heed_xcalloc((size_t)width, sizeof(*m->sum));
    m->squares = heed_xcalloc((size_t)width, sizeof(*m->squares));
}

void heed_moments_release(struct heed_moments *m)
{
    free(m->sum);
    free(m->squares);
    *m = (struct heed_moments){0};
}

void heed_moments_add(struct heed_moments *m, const struct heed_frames *f)
{
    const float *v = f->values;
    m->n += f->n;
    for (int64_t i = 0; i < f->n; i++, v += f->width)
        for (int64_t k = 0; k < f->width; k++) {
            m->sum[k] += (double)v[k];
            m->squares[k] += (double)v[k] * (double)v[k];
        }
}

void heed_moments_join(struct heed_moments *m, const struct heed_moments *more, int64_t width)
{
    m->n += more->n;
    for (int64_t k = 0; k < width; k++) {
        m->sum[k] += more->sum[k];
        m->squares[k] += more->squares[k];
    }
}

#define STILL 1e-8 /* a variance that is rounding, not sound */

void heed_frames_normalise(struct heed_frames *f, const struct heed_moments *m, bool variance)
{
    for (int64_t k = 0; k < f->width && m->n; k++) {
        double mean = m->sum[k] / (double)m->n;
        double spread = m->squares[k] / (double)m->n - mean * mean;
        double scale = !variance ? 1 : spread > STILL ? 1 / sqrt(spread) : 0;
        for (int64_t i = 0; i < f->n; i++) {
            float *v = &f->values[i * f->width + k];
            *v = (float)(((double)*v - mean) * scale);
        }
    }
}

/* --- slopes --- */

/* One order: of from [n] at column `in` to column `out`, in rows of `row` numbers. */
static void slope(float *values, int64_t n, int64_t row, int64_t width, int64_t in, int64_t out,
                  int64_t half)
{
    double norm = (double)(half * (half + 1) * (2 * half + 1)) / 3; /* twice the sum of squares */
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < width; k++) {
            double sum = 0;
            for (int64_t d = 1; d <= half; d++) {
                int64_t next = HEED_MIN(i + d, n - 1), last = HEED_MAX(i - d, 0);
                sum += (double)d *
                       ((double)values[next * row + in + k] - (double)values[last * row + in + k]);
            }
            values[i * row + out + k] = (float)(sum / norm);
        }
}

void heed_frames_deltas(struct heed_frames *f, int64_t order, int64_t over)
{
    if (!order)
        return;
    struct heed_frames wide;
    heed_frames_init(&wide, f->n, f->width * (1 + order));
    for (int64_t i = 0; i < f->n; i++)
        memcpy(wide.values + i * wide.width, f->values + i * f->width,
               (size_t)f->width * sizeof(*f->values));
    for (int64_t k = 0; k < order; k++)
        slope(wide.values, f->n, wide.width, f->width, k * f->width, (k + 1) * f->width, over / 2);
    heed_frames_release(f);
    *f = wide;
}
