/* mel.c: see mel.h.
 *
 * Frame i is the `fft` samples from i * shift on, of the sound with fft / 2 more on each side where frames
 * are centred; the window, periodic as spectral analysis has it, stands in their middle. Sums and
 * logarithms are doubles, and rounded once. */
#include "sound/mel.h"

#include <math.h>
#include <string.h>

#include "sound/bank.h"
#include "sound/fft.h"

struct heed_mel {
    struct heed_sound_options o;
    struct heed_sound_sizes sizes;
    struct heed_bank bank;
    struct heed_fft *fft;
    float *window, *frame; /* [length], [fft] */
    double *power;         /* [fft/2+1] */
};

static const double turn = 6.283185307179586;

struct heed_mel *heed_mel_new(const struct heed_sound_options *o, struct heed_err *err)
{
    struct heed_sound_sizes s;
    if (heed_sound_sizes(o, &s, err) < 0)
        return NULL;
    struct heed_mel *m = heed_xcalloc(1, sizeof(*m));
    m->o = *o;
    m->sizes = s;
    heed_bank_init(&m->bank, o, &s);
    m->fft = heed_fft_new(s.fft);
    m->window = heed_xcalloc((size_t)s.length, sizeof(*m->window));
    m->frame = heed_xcalloc((size_t)s.fft, sizeof(*m->frame));
    m->power = heed_xcalloc((size_t)(s.fft / 2 + 1), sizeof(*m->power));
    for (int64_t i = 0; i < s.length; i++)
        m->window[i] = (float)(0.5 - 0.5 * cos(turn * (double)i / (double)s.length));
    return m;
}

void heed_mel_free(struct heed_mel *m)
{
    if (!m)
        return;
    heed_bank_release(&m->bank);
    heed_fft_free(m->fft);
    free(m->window);
    free(m->frame);
    free(m->power);
    free(m);
}

const struct heed_sound_options *heed_mel_options(const struct heed_mel *m)
{
    return &m->o;
}

int64_t heed_mel_empty(const struct heed_mel *m)
{
    return m->bank.empty;
}

/* --- frames --- */

/* A place beside the sound, as in a mirror at its first and last sample; however far away. */
static int64_t mirrored(int64_t at, int64_t n)
{
    int64_t period = 2 * (n - 1);
    if (!period)
        return 0;
    at = (at % period + period) % period;
    return at < n ? at : period - at;
}

/* The samples from `begin` on, under the window. */
static void take(struct heed_mel *m, const float *x, int64_t n, int64_t begin)
{
    int64_t left = (m->sizes.fft - m->sizes.length) / 2;
    bool mirror = m->o.edges == HEED_EDGES_REFLECT;
    begin += left;
    for (int64_t i = 0; i < m->sizes.length; i++) {
        int64_t at = begin + i;
        bool inside = at >= 0 && at < n;
        float v = inside ? x[at] : mirror ? x[mirrored(at, n)] : 0;
        m->frame[left + i] = v * m->window[i];
    }
}

static double level(const struct heed_mel *m, double sum)
{
    if (m->o.log == HEED_LOG_NONE)
        return sum;
    sum = fmax(sum, m->o.floor);
    if (m->o.log == HEED_LOG_NATURAL)
        return log(sum);
    return (m->o.spectrum == HEED_POWER ? 10 : 20) * log10(sum);
}

static int64_t count(const struct heed_mel *m, int64_t n)
{
    const struct heed_sound_sizes *s = &m->sizes;
    if (m->o.edges != HEED_EDGES_NONE)
        return n ? 1 + n / s->shift : 0;
    return n < s->fft ? 0 : 1 + (n - s->fft) / s->shift;
}

int heed_mel_frames(struct heed_mel *m, const float *samples, int64_t n, struct heed_frames *out,
                    struct heed_err *err)
{
    const struct heed_sound_sizes *s = &m->sizes;
    int64_t frames = count(m, n), most = (1 << 30) / (int64_t)sizeof(float) / s->width;
    if (frames > most)
        return heed_fail(err, "%lld frames of %lld numbers; a stream takes %lld of them at once",
                         (long long)frames, (long long)s->width, (long long)most);
    int64_t before = m->o.edges == HEED_EDGES_NONE ? 0 : s->fft / 2;
    heed_frames_init(out, frames, m->bank.n);
    for (int64_t i = 0; i < frames; i++) {
        take(m, samples, n, i * s->shift - before);
        heed_fft_power(m->fft, m->frame, m->power);
        for (int64_t k = 0; k <= s->fft / 2 && m->o.spectrum == HEED_MAGNITUDE; k++)
            m->power[k] = sqrt(m->power[k]);
        for (int64_t b = 0; b < m->bank.n; b++)
            out->values[i * m->bank.n + b] = (float)level(m, heed_bank_sum(&m->bank, b, m->power));
    }
    return 0;
}
