/* sound.c: see sound.h. */
#include "sound/sound.h"

static void emphasise(struct heed_wave *w, double a)
{
    for (int64_t i = w->n - 1; i > 0 && a > 0; i--)
        w->samples[i] = (float)((double)w->samples[i] - a * (double)w->samples[i - 1]);
}

int heed_sound_bands(struct heed_mel *m, struct heed_wave *w, struct heed_frames *out,
                     struct heed_err *err)
{
    const struct heed_sound_options *o = heed_mel_options(m);
    if (heed_wave_resample(w, o->rate, err) < 0)
        return -1;
    emphasise(w, o->preemphasis);
    return heed_mel_frames(m, w->samples, w->n, out, err);
}

int heed_sound_features(struct heed_mel *m, struct heed_wave *w, const struct heed_moments *by,
                        struct heed_frames *out, struct heed_err *err)
{
    const struct heed_sound_options *o = heed_mel_options(m);
    struct heed_moments own = {0};
    if (heed_sound_bands(m, w, out, err) < 0)
        return -1;
    if (o->normalise != HEED_NORMALISE_NONE && !by) {
        heed_moments_init(&own, out->width);
        heed_moments_add(&own, out);
    }
    if (o->normalise != HEED_NORMALISE_NONE)
        heed_frames_normalise(out, by ? by : &own, o->normalise == HEED_NORMALISE_VARIANCE);
    heed_frames_deltas(out, o->deltas, o->delta_width);
    heed_moments_release(&own);
    return 0;
}
