/* fft.h: the Fourier transform of real numbers. */
#ifndef HEED_FFT_H
#define HEED_FFT_H

#include "base/base.h"

struct heed_fft;

/* n even, from 2; for one thread at a time. The same numbers give the same bits, whatever the CPU. */
struct heed_fft *heed_fft_new(int64_t n) HEED_MUST_USE;
void heed_fft_free(struct heed_fft *f); /* NULL is allowed */
/* in [n]; power [n/2+1]: the squares of the absolute values, not scaled. */
void heed_fft_power(struct heed_fft *f, const float *in, double *power);

#endif
