/* test_mel.c: log-mel frames beside the definition: a slow transform in doubles, bands written out point by
 * point, edges looked up sample by sample; and slopes and normalisation by hand. */
#include <string.h>
#include "sound/bank.h"
#include "sound/sound.h"
#include "tests/tap.h"

static struct heed_err err;
static const double pi = 3.141592653589793;

#define N 1500
static float samples[N];

/* A chirp with a little noise, so that no band is mere rounding. */
static void make_samples(void)
{
    uint32_t state = 1;
    for (int i = 0; i < N; i++) {
        double t = (double)i / N;
        state = state * 1664525u + 1013904223u;
        samples[i] = (float)(0.4 * sin(2 * pi * (20 * t + 250 * t * t)) +
                             0.1 * ((double)(state >> 8) / (1 << 24) - 0.5));
    }
}

static struct heed_sound_options defaults(void)
{
    struct heed_sound_options o;
    heed_options_default(heed_sound_rows, &o);
    o.rate = 8000;
    o.bands = 20;
    o.normalise = HEED_NORMALISE_NONE;
    return o;
}

/* --- the definition --- */

static double sample_at(const struct heed_sound_options *o, int64_t at, int64_t n)
{
    if (o->edges == HEED_EDGES_REFLECT)
        while (n > 1 && (at < 0 || at >= n))
            at = at < 0 ? -at : 2 * (n - 1) - at;
    if (n == 1 && o->edges == HEED_EDGES_REFLECT)
        at = 0;
    return at < 0 || at >= n ? 0 : (double)samples[at];
}

static double mel_of(const struct heed_sound_options *o, double f)
{
    if (o->scale == HEED_MEL_HTK)
        return 2595 * log10(1 + f / 700);
    return f < 1000 ? f * 3 / 200 : 15 + 27 * log(f / 1000) / log(6.4);
}

/* Where the mel is m, by halving. */
static double hertz_of(const struct heed_sound_options *o, double m)
{
    double low = 0, high = 1e5;
    for (int i = 0; i < 100; i++) {
        double mid = (low + high) / 2;
        *(mel_of(o, mid) < m ? &low : &high) = mid;
    }
    return low;
}

static double power_at(const struct heed_sound_options *o, int64_t begin, int64_t n, int64_t length,
                       int64_t fft, int64_t k)
{
    double re = 0, im = 0;
    int64_t left = (fft - length) / 2;
    for (int64_t i = 0; i < length; i++) {
        double w = 0.5 - 0.5 * cos(2 * pi * (double)i / (double)length);
        double v = w * sample_at(o, begin + left + i, n);
        re += v * cos(2 * pi * (double)(k * (left + i) % fft) / (double)fft);
        im -= v * sin(2 * pi * (double)(k * (left + i) % fft) / (double)fft);
    }
    return o->spectrum == HEED_POWER ? re * re + im * im : sqrt(re * re + im * im);
}

static double band_sum(const struct heed_sound_options *o, const double *power, int64_t fft,
                       double fmax, int64_t b)
{
    double lo = mel_of(o, o->fmin), step = (mel_of(o, fmax) - lo) / (double)(o->bands + 1), sum = 0;
    double a = hertz_of(o, lo + step * (double)b), c = hertz_of(o, lo + step * (double)(b + 1)),
           z = hertz_of(o, lo + step * (double)(b + 2));
    for (int64_t k = 0; k <= fft / 2; k++) {
        double f = (double)(o->rate * k) / (double)fft;
        double w = f > a && f <= c ? (f - a) / (c - a) : f > c && f < z ? (z - f) / (z - c) : 0;
        sum += (o->norm == HEED_MEL_AREA ? w * 2 / (z - a) : w) * power[k];
    }
    return sum;
}

/* Every number of some frames beside the definition; the greatest difference, of logarithms. */
static double differs(const struct heed_sound_options *o, int64_t n, int64_t length, int64_t shift,
                      int64_t fft, int64_t frames)
{
    static double power[2049];
    struct heed_mel *m = heed_mel_new(o, &err);
    struct heed_frames f;
    double worst = 0, fmax_hertz = o->fmax > 0 ? o->fmax : (double)o->rate / 2;
    if (!m || heed_mel_frames(m, samples, n, &f, &err) < 0)
        return INFINITY;
    if (f.n != frames || f.width != o->bands) {
        tap_diag("%lld frames of %lld", (long long)f.n, (long long)f.width);
        worst = INFINITY;
    }
    for (int64_t i = 0; i<f.n; i += f.n> 5 ? f.n / 4 : 1) {
        int64_t begin = i * shift - (o->edges == HEED_EDGES_NONE ? 0 : fft / 2);
        for (int64_t k = 0; k <= fft / 2; k++)
            power[k] = power_at(o, begin, n, length, fft, k);
        for (int64_t b = 0; b < o->bands; b++) {
            double want = band_sum(o, power, fft, fmax_hertz, b),
                   got = (double)f.values[i * f.width + b];
            double scale = o->spectrum == HEED_POWER ? 10 : 20;
            want = o->log == HEED_LOG_NONE ? want : fmax(want, o->floor);
            want = o->log == HEED_LOG_NATURAL ? log(want)
                   : o->log == HEED_LOG_DB    ? scale * log10(want)
                                              : want;
            worst = fmax(worst, fabs(got - want) / fmax(1, fabs(want)));
        }
    }
    heed_frames_release(&f);
    heed_mel_free(m);
    return worst;
}

#define NEAR 2e-5

static void test_defaults(void)
{
    struct heed_sound_options o = defaults();
    TAP_NEAR(differs(&o, N, 200, 80, 256, 19), 0, NEAR);
    o.fft = 200;
    TAP_NEAR(differs(&o, N, 200, 80, 200, 19), 0, NEAR);
    o.fft = 600;
    TAP_NEAR(differs(&o, N, 200, 80, 600, 19), 0, NEAR);
}

static void test_choices(void)
{
    for (int i = 0; i < 24; i++) {
        struct heed_sound_options o = defaults();
        o.scale = i & 1 ? HEED_MEL_HTK : HEED_MEL_SLANEY;
        o.norm = i & 2 ? HEED_MEL_PEAK : HEED_MEL_AREA;
        o.spectrum = i & 4 ? HEED_MAGNITUDE : HEED_POWER;
        o.log = (enum heed_log)(i / 8);
        o.fmin = i & 1 ? 100 : 0;
        o.fmax = i & 2 ? 3500 : 0;
        TAP_NEAR(differs(&o, N, 200, 80, 256, 19), 0, NEAR);
    }
}

static void test_edges(void)
{
    struct heed_sound_options o = defaults();
    o.edges = HEED_EDGES_REFLECT;
    TAP_NEAR(differs(&o, N, 200, 80, 256, 19), 0, NEAR);
    TAP_NEAR(differs(&o, 30, 200, 80, 256, 1), 0, NEAR); /* reflected several times */
    TAP_NEAR(differs(&o, 1, 200, 80, 256, 1), 0, NEAR);
    TAP_NEAR(differs(&o, 0, 200, 80, 256, 0), 0, NEAR);
    o.edges = HEED_EDGES_NONE;
    TAP_NEAR(differs(&o, N, 200, 80, 256, 16), 0, NEAR);
    TAP_NEAR(differs(&o, 256, 200, 80, 256, 1), 0, NEAR);
    TAP_NEAR(differs(&o, 255, 200, 80, 256, 0), 0, NEAR);
    o.edges = HEED_EDGES_ZERO;
    TAP_NEAR(differs(&o, 79, 200, 80, 256, 1), 0, NEAR);
    TAP_NEAR(differs(&o, 80, 200, 80, 256, 2), 0, NEAR);
    TAP_NEAR(differs(&o, 0, 200, 80, 256, 0), 0, NEAR);
}

/* Numbers that are printed elsewhere. */
static void test_scale(void)
{
    TAP_NEAR(heed_mel_of(HEED_MEL_SLANEY, 60), 0.9, 1e-12);
    TAP_NEAR(heed_mel_of(HEED_MEL_SLANEY, 440), 6.6, 1e-12);
    TAP_NEAR(heed_mel_of(HEED_MEL_SLANEY, 6400), 42, 1e-12);
    TAP_NEAR(heed_mel_of(HEED_MEL_HTK, 1000), 999.9855, 1e-3);
    for (int s = 0; s < 2; s++)
        for (double f = 0; f < 20000; f += 777)
            TAP_NEAR(heed_mel_hertz((enum heed_mel_scale)s, heed_mel_of((enum heed_mel_scale)s, f)),
                     f, 1e-8);
}

static void test_empty_band(void)
{
    struct heed_sound_options o = defaults();
    struct heed_mel *m = heed_mel_new(&o, &err);
    TAP_I64(heed_mel_empty(m), -1);
    heed_mel_free(m);
    o.bands = 200;
    m = heed_mel_new(&o, &err);
    TAP_OK(heed_mel_empty(m) >= 0);
    heed_mel_free(m);
}

static void test_refused(void)
{
    struct heed_sound_options o = defaults();
    o.fft = 198;
    TAP_OK(!heed_mel_new(&o, &err));
    TAP_STR(err.text, "option --fft: 198 is no even number from the 200 of a frame on");
    o.fft = 201;
    TAP_OK(!heed_mel_new(&o, &err) && strstr(err.text, "201 is no even number"));
    o = defaults();
    o.fmax = 4001;
    TAP_OK(!heed_mel_new(&o, &err) && strstr(err.text, "below 4000"));
    o = defaults();
    o.fmin = 4000;
    TAP_OK(!heed_mel_new(&o, &err) && strstr(err.text, "bands from 4000 to 4000 Hz"));
    o = defaults();
    o.shift = 0.05;
    TAP_OK(!heed_mel_new(&o, &err) && strstr(err.text, "samples every 0"));
    o = defaults();
    o.delta_width = 4;
    TAP_OK(!heed_mel_new(&o, &err) && strstr(err.text, "--delta-width: 4 is even"));
}

/* --- what follows --- */

static void test_deltas(void)
{
    struct heed_frames f;
    heed_frames_init(&f, 6, 2);
    for (int i = 0; i < 6; i++) {
        f.values[2 * i] = (float)(3 * i);
        f.values[2 * i + 1] = (float)(i * i);
    }
    heed_frames_deltas(&f, 2, 5);
    TAP_I64(f.width, 6);
    /* In the midst a line's slope is its own; at the edge the first frame stands for those before. */
    TAP_NEAR(f.values[6 * 2], 6, 0);
    TAP_NEAR(f.values[6 * 2 + 2], 3, 1e-6);
    TAP_NEAR(f.values[6 * 3 + 3], 6, 1e-6);
    TAP_NEAR(f.values[6 * 0 + 2], (1 * 3 + 2 * 6) / 10.0, 1e-6);
    TAP_NEAR(f.values[6 * 1 + 3], (1 * (4 - 0) + 2 * (9 - 0)) / 10.0, 1e-6);
    TAP_NEAR(f.values[6 * 5 + 3], (1 * (25 - 16) + 2 * (25 - 9)) / 10.0, 1e-6);
    double d[6];
    for (int i = 0; i < 6; i++)
        d[i] = (double)f.values[6 * i + 3];
    TAP_NEAR(f.values[6 * 2 + 5], (d[3] - d[1] + 2 * (d[4] - d[0])) / 10, 1e-6);
    heed_frames_release(&f);
}

static void test_normalise(void)
{
    struct heed_frames a, b;
    struct heed_moments m, both;
    heed_frames_init(&a, 3, 2);
    heed_frames_init(&b, 1, 2);
    a.values[0] = 1, a.values[2] = 2, a.values[4] = 6;
    a.values[1] = a.values[3] = a.values[5] = 7;
    b.values[0] = 7, b.values[1] = 7;
    heed_moments_init(&m, 2);
    heed_moments_init(&both, 2);
    heed_moments_add(&m, &a);
    heed_moments_join(&both, &m, 2);
    heed_moments_add(&both, &b);
    heed_frames_normalise(&a, &m, true);
    double sd = sqrt((4 + 1 + 9) / 3.0);
    TAP_NEAR(a.values[0], -2 / sd, 1e-6);
    TAP_NEAR(a.values[4], 3 / sd, 1e-6);
    TAP_NEAR(a.values[3], 0, 0); /* what never changes */
    heed_frames_normalise(&b, &both, false);
    TAP_NEAR(b.values[0], 3, 1e-6);
    heed_frames_release(&a);
    heed_frames_release(&b);
    heed_moments_release(&m);
    heed_moments_release(&both);
}

/* Preemphasis is of samples, and the first one stays. */
static void test_preemphasis(void)
{
    struct heed_sound_options o = defaults();
    struct heed_wave w = {0};
    struct heed_frames got, want;
    static float kept[N];
    memcpy(kept, samples, sizeof(kept));
    TAP_DONE(heed_wave_mix(&w, samples, N, 1, &err), &err);
    w.rate = o.rate;
    o.preemphasis = 0.97;
    struct heed_mel *m = heed_mel_new(&o, &err);
    TAP_DONE(heed_sound_features(m, &w, NULL, &got, &err), &err);
    for (int i = N - 1; i > 0; i--)
        samples[i] = (float)((double)samples[i] - 0.97 * (double)samples[i - 1]);
    TAP_DONE(heed_mel_frames(m, samples, N, &want, &err), &err);
    memcpy(samples, kept, sizeof(kept));
    TAP_I64(got.n, want.n);
    TAP_MEM(got.values, want.values, (size_t)(got.n * got.width) * sizeof(float));
    heed_frames_release(&got);
    heed_frames_release(&want);
    heed_mel_free(m);
    heed_wave_release(&w);
}

int main(void)
{
    make_samples();
    TAP_RUN(test_defaults);
    TAP_RUN(test_choices);
    TAP_RUN(test_edges);
    TAP_RUN(test_scale);
    TAP_RUN(test_empty_band);
    TAP_RUN(test_refused);
    TAP_RUN(test_deltas);
    TAP_RUN(test_normalise);
    TAP_RUN(test_preemphasis);
    return tap_end();
}
