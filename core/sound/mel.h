/* mel.h: samples to log-mel frames, by the definitions of librosa and torchaudio (docs/speech.md says which
 * rows are whose). */
#ifndef HEED_MEL_H
#define HEED_MEL_H

#include "sound/frames.h"
#include "sound/rows.h"

struct heed_mel;

/* For one thread at a time. */
struct heed_mel *heed_mel_new(const struct heed_sound_options *o,
                              struct heed_err *err) HEED_MUST_USE;
void heed_mel_free(struct heed_mel *m); /* NULL is allowed */
const struct heed_sound_options *heed_mel_options(const struct heed_mel *m);
/* The first band without a point of the spectrum in it, which is silence always; -1. */
int64_t heed_mel_empty(const struct heed_mel *m);
/* n samples at the rate of the options to frames [·, bands] in `out`, which is made anew. Where frames are
 * centred there are 1 + n / shift, of no sample none. Fails where they are more than a frame of a stream holds. */
int heed_mel_frames(struct heed_mel *m, const float *samples, int64_t n, struct heed_frames *out,
                    struct heed_err *err) HEED_MUST_USE;

#endif
