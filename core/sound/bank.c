/* bank.c: see bank.h. Band i rises from edge i to edge i+1 and falls to edge i+2, the n+2 edges being
 * equally far from one another in mel. Slaney's scale has 15 mel to the kHz, then 27 to a factor of 6.4. */
#include "sound/bank.h"

#include <math.h>

#define SLOPE (200.0 / 3) /* Hz to a mel of the linear part */
#define KNEE  1000.0      /* Hz; from there on */
#define STEP  (log(6.4) / 27)

double heed_mel_of(enum heed_mel_scale scale, double hertz)
{
    if (scale == HEED_MEL_HTK)
        return 2595 * log10(1 + hertz / 700);
    return hertz < KNEE ? hertz / SLOPE : KNEE / SLOPE + log(hertz / KNEE) / STEP;
}

double heed_mel_hertz(enum heed_mel_scale scale, double mel)
{
    if (scale == HEED_MEL_HTK)
        return 700 * (pow(10, mel / 2595) - 1);
    return mel < KNEE / SLOPE ? mel * SLOPE : KNEE * exp(STEP * (mel - KNEE / SLOPE));
}

static double *edges(const struct heed_sound_options *o, const struct heed_sound_sizes *s)
{
    double low = heed_mel_of(o->scale, s->fmin), high = heed_mel_of(o->scale, s->fmax);
    double *edge = heed_xmalloc((size_t)(o->bands + 2) * sizeof(*edge));
    for (int64_t i = 0; i < o->bands + 2; i++)
        edge[i] = heed_mel_hertz(o->scale, low + (high - low) * (double)i / (double)(o->bands + 1));
    return edge;
}

/* At a frequency, of the band between edge[0] and edge[2]. */
static double weight(const double *edge, double hertz, enum heed_mel_norm norm)
{
    double rise = (hertz - edge[0]) / (edge[1] - edge[0]);
    double fall = (edge[2] - hertz) / (edge[2] - edge[1]);
    double w = fmax(0, fmin(rise, fall));
    return norm == HEED_MEL_AREA ? w * 2 / (edge[2] - edge[0]) : w;
}

void heed_bank_init(struct heed_bank *b, const struct heed_sound_options *o,
                    const struct heed_sound_sizes *s)
{
    double *edge = edges(o, s), apart = (double)o->rate / (double)s->fft;
    size_t n = 0, cap = 0;
    *b = (struct heed_bank){.n = o->bands, .empty = -1};
    b->first = heed_xcalloc((size_t)b->n, sizeof(*b->first));
    b->at = heed_xcalloc((size_t)b->n + 1, sizeof(*b->at));
    for (int64_t i = 0; i < b->n; i++) {
        for (int64_t k = 0; k <= s->fft / 2; k++) {
            double w = weight(edge + i, apart * (double)k, o->norm);
            if (w == 0)
                continue;
            if (b->at[i] == (int64_t)n)
                b->first[i] = k;
            heed_grow(&b->weights, n, &cap, sizeof(*b->weights));
            b->weights[n++] = w;
        }
        b->at[i + 1] = (int64_t)n;
        if (b->empty < 0 && b->at[i] == b->at[i + 1])
            b->empty = i;
    }
    free(edge);
}

void heed_bank_release(struct heed_bank *b)
{
    free(b->first);
    free(b->at);
    free(b->weights);
    *b = (struct heed_bank){0};
}

double heed_bank_sum(const struct heed_bank *b, int64_t band, const double *spectrum)
{
    const double *w = b->weights + b->at[band];
    double sum = 0;
    spectrum += b->first[band];
    for (int64_t k = 0; k < b->at[band + 1] - b->at[band]; k++)
        sum += w[k] * spectrum[k];
    return sum;
}
