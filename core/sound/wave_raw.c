/* wave_raw.c: samples without a header; see wave.h. */
#include "sound/wave.h"

#include <string.h>

static size_t size_of(enum heed_raw kind)
{
    return kind == HEED_RAW_S16 ? sizeof(int16_t) : sizeof(float);
}

static void to_floats(const char *bytes, int64_t n, enum heed_raw kind, float *values)
{
    for (int64_t i = 0; i < n; i++) {
        int16_t whole;
        if (kind == HEED_RAW_F32) {
            memcpy(&values[i], bytes + (size_t)i * sizeof(float), sizeof(float));
        } else {
            memcpy(&whole, bytes + (size_t)i * sizeof(whole), sizeof(whole));
            values[i] = (float)whole / 32768;
        }
    }
}

int heed_wave_read_raw(struct heed_wave *w, struct heed_input *in, enum heed_raw kind,
                       int64_t channels, int64_t rate, struct heed_err *err)
{
    int64_t step = HEED_MAX(16384 / channels, 1);
    size_t moment = size_of(kind) * (size_t)channels;
    char *bytes = heed_xmalloc((size_t)step * moment);
    float *values = heed_xmalloc((size_t)(step * channels) * sizeof(*values));
    ssize_t got;
    int status = 0;
    w->n = 0;
    w->rate = rate;
    while (status == 0 && (got = heed_input_get(in, bytes, (size_t)step * moment, err)) != 0) {
        int64_t n = got / (ssize_t)moment;
        if (got > 0 && (size_t)got % moment)
            status = heed_fail(err, "ends within a sample, %lld whole ones before it",
                               (long long)(w->n + n));
        else if (got > 0)
            to_floats(bytes, n * channels, kind, values);
        if (status == 0)
            status = got < 0 ? -1 : heed_wave_mix(w, values, n, channels, err);
    }
    free(bytes);
    free(values);
    return status ? heed_err_prefix(err, "%s: ", in->name) : 0;
}
