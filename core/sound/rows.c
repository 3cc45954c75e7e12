/* rows.c: see rows.h. */
#include "sound/rows.h"

#include <math.h>
#include <stddef.h>

struct alone {
    struct heed_sound_options o;
};
const struct heed_option heed_sound_rows[] = {
    HEED_SOUND_ROWS(struct alone, o),
    {0},
};

static int64_t power_of_two(int64_t least)
{
    int64_t n = 2;
    while (n < least)
        n *= 2;
    return n;
}

int heed_sound_sizes(const struct heed_sound_options *o, struct heed_sound_sizes *s,
                     struct heed_err *err)
{
    double rate = (double)o->rate;
    *s = (struct heed_sound_sizes){.length = llrint(o->length * rate / 1000),
                                   .shift = llrint(o->shift * rate / 1000),
                                   .width = o->bands * (1 + o->deltas),
                                   .fmin = o->fmin,
                                   .fmax = o->fmax > 0 ? o->fmax : rate / 2};
    s->fft = o->fft ? o->fft : power_of_two(s->length);
    if (s->length < 2 || s->shift < 1)
        return heed_usage(err, "a frame of %g ms every %g ms is %lld samples every %lld", o->length,
                          o->shift, (long long)s->length, (long long)s->shift);
    if (s->fft < s->length || s->fft % 2)
        return heed_usage(err, "option --fft: %lld is no even number from the %lld of a frame on",
                          (long long)s->fft, (long long)s->length);
    if (s->fmax > rate / 2 || s->fmin >= s->fmax)
        return heed_usage(err, "bands from %g to %g Hz, want them in order and below %g", s->fmin,
                          s->fmax, rate / 2);
    if (o->over == HEED_OVER_SPEAKER && o->normalise == HEED_NORMALISE_NONE)
        return heed_usage(
            err, "option --normalise-over: speaker is of mean and variance, and --normalise none "
                 "takes neither");
    if (o->delta_width % 2 == 0)
        return heed_usage(err, "option --delta-width: %lld is even", (long long)o->delta_width);
    return 0;
}
