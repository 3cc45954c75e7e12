/* test_wave.c: samples in: without a header, mixed down, at another rate. Files are tests/95-features.sh's. */
#include <string.h>
#include "sound/wave.h"
#include "tests/tap.h"

static struct heed_err err;
static const double turn = 6.283185307179586;

static int read_raw(struct heed_wave *w, const void *bytes, size_t n, enum heed_raw kind,
                    int64_t channels)
{
    struct heed_input in;
    heed_input_memory(&in, bytes, n, "samples");
    int status = heed_wave_read_raw(w, &in, kind, channels, 8000, &err);
    heed_input_close(&in);
    return status;
}

static void test_raw(void)
{
    static const int16_t whole[] = {0, 16384, -32768, 32767, 8192, 8192};
    static const float real[] = {0.5f, -0.25f, 3};
    struct heed_wave w = {0};
    TAP_DONE(read_raw(&w, whole, sizeof(whole), HEED_RAW_S16, 1), &err);
    TAP_I64(w.n, 6);
    TAP_I64(w.rate, 8000);
    TAP_NEAR(w.samples[1], 0.5, 0);
    TAP_NEAR(w.samples[2], -1, 0);
    TAP_DONE(read_raw(&w, whole, sizeof(whole), HEED_RAW_S16, 2), &err);
    TAP_I64(w.n, 3);
    TAP_NEAR(w.samples[0], 0.25, 0);
    TAP_NEAR(w.samples[2], 0.25, 0);
    TAP_DONE(read_raw(&w, real, sizeof(real), HEED_RAW_F32, 1), &err);
    TAP_I64(w.n, 3);
    TAP_NEAR(w.samples[2], 3, 0);
    TAP_DONE(read_raw(&w, real, 0, HEED_RAW_F32, 1), &err);
    TAP_I64(w.n, 0);
    TAP_FAILS(read_raw(&w, whole, 11, HEED_RAW_S16, 1), &err,
              "samples: ends within a sample, 5 whole ones before it");
    TAP_FAILS(read_raw(&w, whole, 10, HEED_RAW_S16, 2), &err, "2 whole ones before it");
    heed_wave_release(&w);
}

static void test_not_finite(void)
{
    static const float real[] = {0, 1, INFINITY}, nan[] = {NAN};
    struct heed_wave w = {0};
    TAP_FAILS(read_raw(&w, real, sizeof(real), HEED_RAW_F32, 1), &err,
              "samples: sample 2 is not finite");
    TAP_FAILS(read_raw(&w, nan, sizeof(nan), HEED_RAW_F32, 1), &err, "sample 0 is not finite");
    heed_wave_release(&w);
}

/* A sine at one rate is the same sine at another; one that the other rate cannot have is gone. */
static void check_rate(int64_t from, int64_t to, double hertz, double left)
{
    int64_t n = from / 2;
    struct heed_wave w = {0};
    TAP_DONE(heed_wave_room(&w, n, &err), &err);
    for (int64_t i = 0; i < n; i++)
        w.samples[w.n++] = (float)sin(turn * hertz * (double)i / (double)from);
    w.rate = from;
    TAP_DONE(heed_wave_resample(&w, to, &err), &err);
    TAP_I64(w.n, (n * to + from - 1) / from);
    TAP_I64(w.rate, to);
    for (int64_t i = w.n / 5; i < w.n * 4 / 5;
         i++) /* away from its begin and end, which are no sine */
        TAP_NEAR(w.samples[i], left * sin(turn * hertz * (double)i / (double)to), 2e-5);
    heed_wave_release(&w);
}

static void test_rates(void)
{
    check_rate(44100, 16000, 1000, 1);
    check_rate(8000, 16000, 1000, 1);
    check_rate(48000, 16000, 7000, 1);
    check_rate(11025, 16000, 440, 1);
    check_rate(48000, 16000, 9500, 0);
    check_rate(16000, 16000, 3000, 1);
}

static void test_rate_of_nothing(void)
{
    struct heed_wave w = {.rate = 44100};
    TAP_DONE(heed_wave_resample(&w, 16000, &err), &err);
    TAP_I64(w.n, 0);
    TAP_I64(w.rate, 16000);
    heed_wave_release(&w);
}

static void test_bounds(void)
{
    struct heed_wave w = {.rate = 1000, .n = HEED_WAVE_MAX};
    TAP_FAILS(heed_wave_room(&w, 1, &err), &err, "more than 536870912 samples");
    TAP_FAILS(heed_wave_resample(&w, 16000, &err), &err, "samples at 16000 a second");
}

static int sniffed(const char *bytes, size_t n)
{
    struct heed_input in;
    heed_input_memory(&in, bytes, n, "bytes");
    int got = heed_wave_sniff(&in, &err);
    heed_input_close(&in);
    return got;
}

static void test_sniff(void)
{
    TAP_I64(sniffed("RIFF\4\0\0\0WAVE", 12), 1);
    TAP_I64(sniffed("fLaC\0\0\0\42", 8), 1);
    TAP_I64(sniffed("OggS\0", 5), 1);
    TAP_I64(sniffed("RIFF\4\3\2\1WAVEfmt ", 16), 1);
    TAP_I64(sniffed("OggStories.wav\n", 15), 0);
    TAP_I64(sniffed("Ogg", 3), 0);
    TAP_I64(sniffed("a.wav\thello\n", 12), 0);
    TAP_I64(sniffed("", 0), 0);
}

int main(void)
{
    TAP_RUN(test_raw);
    TAP_RUN(test_not_finite);
    TAP_RUN(test_rates);
    TAP_RUN(test_rate_of_nothing);
    TAP_RUN(test_bounds);
    TAP_RUN(test_sniff);
    return tap_end();
}
