/* fft.c: see fft.h; the only file that sees KISS FFT.
 *
 * Not FFTW, whose licence would become that of every program with this floor in it. A frame of 512 takes
 * 3 µs; ten times as fast would not be seen beside reading the file. */
#include "sound/fft.h"

#include <kiss_fftr.h>

struct heed_fft {
    kiss_fftr_cfg plan;
    kiss_fft_cpx *out;
    int64_t n;
};

struct heed_fft *heed_fft_new(int64_t n)
{
    if (n < 2 || n % 2 || n > 1 << 24)
        BUG("a transform of %lld", (long long)n);
    struct heed_fft *f = heed_xcalloc(1, sizeof(*f));
    f->n = n;
    f->out = heed_xcalloc((size_t)(n / 2 + 1), sizeof(*f->out));
    f->plan = kiss_fftr_alloc((int)n, 0, NULL, NULL);
    if (!f->plan)
        heed_out_of_memory("heap", (size_t)n * sizeof(*f->out));
    return f;
}

void heed_fft_free(struct heed_fft *f)
{
    if (!f)
        return;
    kiss_fftr_free(f->plan);
    free(f->out);
    free(f);
}

void heed_fft_power(struct heed_fft *f, const float *in, double *power)
{
    kiss_fftr(f->plan, in, f->out);
    for (int64_t k = 0; k <= f->n / 2; k++) {
        double re = (double)f->out[k].r, im = (double)f->out[k].i;
        power[k] = re * re + im * im;
    }
}
