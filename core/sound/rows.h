/* rows.h: the option rows that decide what features are made of a sound. The same rows are the command's,
 * and travel as metadata `features.NAME` with the stream. */
#ifndef HEED_SOUND_ROWS_H
#define HEED_SOUND_ROWS_H

#include "base/option.h"

/* Choices: the order is that of the words. */
enum heed_mel_scale { HEED_MEL_SLANEY, HEED_MEL_HTK };
enum heed_mel_norm { HEED_MEL_AREA, HEED_MEL_PEAK };
enum heed_spectrum { HEED_POWER, HEED_MAGNITUDE };
enum heed_log { HEED_LOG_NATURAL, HEED_LOG_DB, HEED_LOG_NONE };
enum heed_edges { HEED_EDGES_ZERO, HEED_EDGES_REFLECT, HEED_EDGES_NONE };
enum heed_over { HEED_OVER_RECORDING, HEED_OVER_SPEAKER };
enum heed_normalise { HEED_NORMALISE_NONE, HEED_NORMALISE_MEAN, HEED_NORMALISE_VARIANCE };

struct heed_sound_options {
    int64_t rate;
    double length, shift; /* of a frame, in milliseconds */
    int64_t fft, bands;
    double fmin, fmax, preemphasis, floor;
    enum heed_mel_scale scale;
    enum heed_mel_norm norm;
    enum heed_spectrum spectrum;
    enum heed_log log;
    enum heed_edges edges;
    enum heed_normalise normalise;
    enum heed_over over; /* what it goes over */
    int64_t deltas, delta_width;
};

/* For a command's own rows: S is its struct, m its member of type struct heed_sound_options. */
#define HEED_SOUND_ROWS(S, m)                                                                      \
    HEED_ROW_COUNT(S, m.rate, "rate", "16000", HEED_SOUND_RATE_MIN, HEED_SOUND_RATE_MAX, "HZ",     \
                   "samples a second that features are made of; other sounds are resampled"),      \
        HEED_ROW_REAL(S, m.length, "frame-length", "25", 0.1, 10000, "MS",                         \
                      "milliseconds of sound in a frame, under a Hann window"),                    \
        HEED_ROW_REAL(S, m.shift, "frame-shift", "10", 0.1, 10000, "MS",                           \
                      "milliseconds from one frame to the next"),                                  \
        HEED_ROW_INT(S, m.fft, "fft", "0", 0, 1 << 20, "N",                                        \
                     "points of the Fourier transform, even; more than a frame has are zeros on "  \
                     "both sides; 0: the power of two that holds a frame"),                        \
        HEED_ROW_INT(S, m.bands, "bands", "80", 1, 4096, "N", "mel bands"),                        \
        HEED_ROW_REAL(S, m.fmin, "fmin", "0", 0, 1e6, "HZ", "where the lowest band begins"),       \
        HEED_ROW_REAL(S, m.fmax, "fmax", "0", 0, 1e6, "HZ",                                        \
                      "where the highest band ends; 0: half the rate"),                            \
        HEED_ROW_CHOICE(S, m.scale, "mel", "slaney", "slaney|htk",                                 \
                        "the mel scale: linear to 1 kHz and then logarithmic, or HTK's formula"),  \
        HEED_ROW_CHOICE(S, m.norm, "mel-norm", "area", "area|peak",                                \
                        "bands of equal area, or of equal height 1"),                              \
        HEED_ROW_CHOICE(S, m.spectrum, "spectrum", "power", "power|magnitude",                     \
                        "what is summed in a band"),                                               \
        HEED_ROW_CHOICE(S, m.log, "log", "natural", "natural|db|none", "of a band's sum"),         \
        HEED_ROW_REAL(S, m.floor, "floor", "1e-10", 0, 1, "X",                                     \
                      "least sum of a band, of which the logarithm is taken",                      \
                      .flags = HEED_OPTION_EXCL_MIN),                                              \
        HEED_ROW_CHOICE(S, m.edges, "edges", "zero", "zero|reflect|none",                          \
                        "what the first and the last frame see beside the sound, on which frames " \
                        "are centred; none: only frames that lie whole in it"),                    \
        HEED_ROW_REAL(S, m.preemphasis, "preemphasis", "0", 0, 1, "A",                             \
                      "take A times the sample before from each sample"),                          \
        HEED_ROW_CHOICE(S, m.normalise, "normalise", "variance", "none|mean|variance",             \
                        "each band to mean 0, or to mean 0 and variance 1"),                       \
        HEED_ROW_CHOICE(S, m.over, "normalise-over", "recording", "recording|speaker",             \
                        "what the mean and variance are those of: each recording, or all of one "  \
                        "speaker's, whom a column of the list names",                              \
                        .flags = HEED_OPTION_IMPLIED, .absent = "recording"),                      \
        HEED_ROW_INT(S, m.deltas, "deltas", "0", 0, 2, "N",                                        \
                     "add the slope of each band over time; 2: and the slope of that"),            \
        HEED_ROW_INT(S, m.delta_width, "delta-width", "5", 3, 101, "N",                            \
                     "frames that a slope is fitted to, an odd number")

#define HEED_SOUND_RATE_MIN 1000
#define HEED_SOUND_RATE_MAX 768000

extern const struct heed_option heed_sound_rows[]; /* the same rows alone */

/* What follows of them, in samples. */
struct heed_sound_sizes {
    int64_t length, shift, fft, width; /* width: F, numbers of a frame with its deltas */
    double fmin, fmax;
};
/* Fails, as a mistake of usage, where the rows do not fit one another. */
int heed_sound_sizes(const struct heed_sound_options *o, struct heed_sound_sizes *out,
                     struct heed_err *err) HEED_MUST_USE;

#endif
