/* sound.h: a recording to its features, all the way: another rate, preemphasis, log-mel frames,
 * normalisation, slopes. */
#ifndef HEED_SOUND_H
#define HEED_SOUND_H

#include "sound/mel.h"
#include "sound/wave.h"

/* Features of w, which is changed; by: what they are normalised with, NULL: themselves. Rows of `width`
 * numbers, see heed_sound_sizes(). */
int heed_sound_features(struct heed_mel *m, struct heed_wave *w, const struct heed_moments *by,
                        struct heed_frames *out, struct heed_err *err) HEED_MUST_USE;
/* The first half of it: what moments are taken of. */
int heed_sound_bands(struct heed_mel *m, struct heed_wave *w, struct heed_frames *out,
                     struct heed_err *err) HEED_MUST_USE;

#endif
