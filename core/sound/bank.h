/* bank.h: triangular bands, evenly spaced on the mel scale. */
#ifndef HEED_BANK_H
#define HEED_BANK_H

#include "sound/rows.h"

/* Of each band the weights that are not zero, one after the other. */
struct heed_bank {
    int64_t n;           /* bands */
    int64_t *first, *at; /* [n]: the first point of the spectrum; [n+1]: where its weights begin */
    double *weights;
    int64_t empty; /* the first band without a weight: between two points; -1 */
};
void heed_bank_init(struct heed_bank *b, const struct heed_sound_options *o,
                    const struct heed_sound_sizes *s);
void heed_bank_release(struct heed_bank *b);
double heed_bank_sum(const struct heed_bank *b, int64_t band, const double *spectrum);

double heed_mel_of(enum heed_mel_scale scale, double hertz);
double heed_mel_hertz(enum heed_mel_scale scale, double mel);

#endif
