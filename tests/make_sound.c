/* make_sound.c: sounds by formula, as WAV files or samples alone, for tests.
 *
 *     make_sound KIND RATE SAMPLES [CHANNELS [FORMAT]]
 *
 * KIND: level:X, noise so loud; tones:WORD, a tone for each small letter; chirp (200 Hz up to 0.4 of the rate, with a little noise), noise, sine (440 Hz), silence, impulse (in the midst); FORMAT:
 * s16, f32 (WAV); raw-s16, raw-f32; nan (f32 with one); cut (s16, half of what the header says). The noise is a
 * sequence of whole numbers, so that every machine makes the same bytes. With several channels the first is louder
 * than their mean and the others are softer: mixed down they are one channel's sound. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double noise(void)
{
    static uint32_t state = 12345;
    state = state * 1664525u + 1013904223u;
    return (double)(state >> 8) / (1 << 24) - 0.5;
}

static double value(const char *kind, long rate, long n, long i)
{
    const double turn = 6.283185307179586;
    double t = (double)i / (double)rate, all = (double)n / (double)rate;
    if (!strcmp(kind, "sine"))
        return 0.5 * sin(turn * 440 * t);
    if (!strcmp(kind, "impulse"))
        return i == n / 2 ? 0.9 : 0;
    if (!strcmp(kind, "noise"))
        return 0.4 * noise();
    if (!strncmp(kind, "level:", 6))
        return strtod(kind + 6, NULL) * noise();
    if (!strncmp(kind, "tones:", 6)) {
        long letters = (long)strlen(kind + 6), at = i * letters / n, from = at * n / letters;
        double place = (double)(i - from) * (double)letters / (double)n;
        return 0.4 * sin(3.1416 * place) * sin(turn * (300 + 170 * (kind[6 + at] - 'a')) * t) +
               0.02 * noise();
    }
    if (strcmp(kind, "chirp"))
        return 0;
    double to = 0.4 * (double)rate;
    return 0.5 * sin(turn * (200 * t + (to - 200) * t * t / (2 * all))) + 0.02 * noise();
}

static void put(uint32_t v, int bytes)
{
    for (int i = 0; i < bytes; i++)
        putchar((int)(v >> (8 * i) & 255));
}

static void put_sample(double v, int bytes)
{
    float f = (float)v;
    uint32_t bits;
    if (bytes == 2) {
        put((uint32_t)(int32_t)lrint(v * 32767), 2);
        return;
    }
    memcpy(&bits, &f, sizeof(bits));
    put(bits, 4);
}

static void put_header(long rate, uint32_t n, uint32_t channels, uint32_t bytes)
{
    fputs("RIFF", stdout);
    put(36 + n * channels * bytes, 4);
    fputs("WAVEfmt ", stdout);
    put(16, 4);
    put(bytes == 4 ? 3 : 1, 2);
    put(channels, 2);
    put((uint32_t)rate, 4);
    put((uint32_t)rate * channels * bytes, 4);
    put(channels * bytes, 2);
    put(8 * bytes, 2);
    fputs("data", stdout);
    put(n * channels * bytes, 4);
}

static long whole(const char *text)
{
    return strtol(text, NULL, 10);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    long rate = whole(argv[2]), n = whole(argv[3]), channels = argc > 4 ? whole(argv[4]) : 1;
    const char *format = argc > 5 ? argv[5] : "s16";
    int bytes = strstr(format, "f32") || !strcmp(format, "nan") ? 4 : 2;
    if (strncmp(format, "raw", 3))
        put_header(rate, (uint32_t)n, (uint32_t)channels, (uint32_t)bytes);
    long end = strcmp(format, "cut") ? n : n / 2;
    for (long i = 0; i < end; i++) {
        double v = value(argv[1], rate, n, i);
        if (!strcmp(format, "nan") && i == n / 2)
            v = NAN;
        double rest = ((double)channels - 1.2) / (double)(channels > 1 ? channels - 1 : 1);
        for (long c = 0; c < channels; c++)
            put_sample(channels == 1 ? v : c == 0 ? 1.2 * v : rest * v, bytes);
    }
    return fflush(stdout) ? 1 : 0;
}
