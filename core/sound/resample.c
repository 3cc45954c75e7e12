/* resample.c: another sample rate; the only file that sees libsoxr.
 *
 * Its quality HQ is what librosa and ffmpeg take: a linear-phase filter, flat to 0.9 of the lower of both
 * rates' limits, all else 20 bits down. */
#include "sound/wave.h"

#include <soxr.h>

int heed_wave_resample(struct heed_wave *w, int64_t rate, struct heed_err *err)
{
    if (w->rate == rate)
        return 0;
    int64_t want = (w->n * rate + w->rate - 1) / w->rate;
    if (want > HEED_WAVE_MAX)
        return heed_fail(err, "more than %lld samples at %lld a second", HEED_WAVE_MAX,
                         (long long)rate);
    struct heed_wave out = {.n = want, .rate = rate, .cap = (size_t)want + 1};
    out.samples = heed_xcalloc(out.cap, sizeof(*out.samples));
    const soxr_quality_spec_t how = soxr_quality_spec(SOXR_HQ, 0);
    size_t done;
    soxr_error_t bad = NULL;
    if (w->n)
        bad = soxr_oneshot((double)w->rate, (double)rate, 1, w->samples, (size_t)w->n, NULL,
                           out.samples, (size_t)want, &done, NULL, &how, NULL);
    if (bad)
        heed_wave_release(&out);
    if (bad)
        return heed_fail(err, "%lld samples a second to %lld: %s", (long long)w->rate,
                         (long long)rate, bad);
    heed_wave_release(w);
    *w = out;
    return 0;
}
