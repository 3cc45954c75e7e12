/* wave.h: recordings as samples: one channel of floats, full scale being 1, from sound files, from
 * pipes and from samples without a header. Several channels are mixed down to their mean.
 *
 * Memory follows the samples that arrive, not what a header says of them. */
#ifndef HEED_WAVE_H
#define HEED_WAVE_H

#include "stream/io.h"

#define HEED_WAVE_RATE_MIN 1000
#define HEED_WAVE_RATE_MAX 768000
#define HEED_WAVE_MAX      (1ll << 29) /* samples: 9 hours at 16 kHz */

/* Zero-initialise to start; each reading replaces what was there, and keeps the memory. */
struct heed_wave {
    float *samples;
    int64_t n, rate; /* samples; of them in a second */
    size_t cap;
};
void heed_wave_release(struct heed_wave *w);

/* A sound file: WAV, FLAC, Ogg and what else libsndfile knows; NULL, "-": on standard input. Values
 * that are not finite, and a file that ends in its midst, are errors. Messages name the path. Of any
 * thread. */
int heed_wave_load(struct heed_wave *w, const char *path, struct heed_err *err) HEED_MUST_USE;
/* The same, of an input that is open. */
int heed_wave_read(struct heed_wave *w, struct heed_input *in, struct heed_err *err) HEED_MUST_USE;
/* Does a sound file come? 1, 0, -1. Nothing is consumed. */
int heed_wave_sniff(struct heed_input *in, struct heed_err *err);

/* Samples alone, little-endian, channels taking turns. The order is that of the words. */
enum heed_raw { HEED_RAW_S16, HEED_RAW_F32 };
#define HEED_RAW_WORDS "s16|f32"
int heed_wave_read_raw(struct heed_wave *w, struct heed_input *in, enum heed_raw kind,
                       int64_t channels, int64_t rate, struct heed_err *err) HEED_MUST_USE;

/* To another rate; n samples become n * rate / w->rate, rounded up. */
int heed_wave_resample(struct heed_wave *w, int64_t rate, struct heed_err *err) HEED_MUST_USE;

/* For those who fill it: room for `more` samples behind the n that are there. */
int heed_wave_room(struct heed_wave *w, int64_t more, struct heed_err *err) HEED_MUST_USE;
/* Appends n moments of so many channels each, mixed down. */
int heed_wave_mix(struct heed_wave *w, const float *values, int64_t n, int64_t channels,
                  struct heed_err *err) HEED_MUST_USE;

#endif
