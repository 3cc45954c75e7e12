/* dtw.c: the nearest recording, as what was done before anything was learnt: dynamic time warping (Sakoe and Chiba 1978)
 * over log-mel frames. Of each recording of the second list the transcript of the nearest one of the first.
 *
 *     dtw TRAIN.tsv TEST.tsv            lists PATH<TAB>TRANSCRIPT; paths lie beside the list
 *
 * The distance of two recordings is the mean, over the steps of the cheapest way through both, of the Euclidean
 * distance of their frames; a step goes on by a frame in the one, the other, or both, which counts twice. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/table.h"
#include "sound/sound.h"

struct item {
    char *text;
    struct heed_frames frames;
};
struct list {
    struct item *items;
    size_t n, cap;
};

static void die(const struct heed_err *err)
{
    fprintf(stderr, "dtw: %s\n", err->text);
    exit(1);
}

static void hear(struct heed_mel *mel, struct heed_wave *wave, const char *path, struct item *out)
{
    struct heed_err err = {0};
    if (heed_wave_load(wave, path, &err) ||
        heed_sound_features(mel, wave, NULL, &out->frames, &err))
        die(&err);
}

static void read_list(struct list *l, struct heed_mel *mel, const char *path)
{
    struct heed_wave wave = {0};
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    FILE *in = fopen(path, "r");
    if (!in) {
        perror(path);
        exit(1);
    }
    while ((n = getline(&line, &cap, in)) > 0) {
        char *tab = strchr(line, '\t');
        if (!tab)
            continue;
        char *file = heed_table_path(path, line, (size_t)(tab - line));
        heed_grow(&l->items, l->n, &l->cap, sizeof *l->items);
        struct item *x = &l->items[l->n++];
        *x = (struct item){.text = heed_xstrndup(tab + 1, strcspn(tab + 1, "\t\n"))};
        hear(mel, &wave, file, x);
        free(file);
    }
    heed_wave_release(&wave);
    free(line);
    fclose(in);
}

#define LANES 8 /* of sums, which the compiler takes at once */

static double apart(const float *a, const float *b, int64_t width)
{
    float sums[LANES] = {0}, sum = 0;
    int64_t i = 0;
    for (; i + LANES <= width; i += LANES)
        for (int64_t k = 0; k < LANES; k++)
            sums[k] += (a[i + k] - b[i + k]) * (a[i + k] - b[i + k]);
    for (; i < width; i++)
        sums[0] += (a[i] - b[i]) * (a[i] - b[i]);
    for (int64_t k = 0; k < LANES; k++)
        sum += sums[k];
    return sqrt((double)sum);
}

/* Two rows of the table of costs are there at a time. row: [2][b->n + 1]. Every way goes through each row: one that is above
 * `most` all over ends it. */
static double distance(const struct heed_frames *a, const struct heed_frames *b, double *row,
                       double most)
{
    double *before = row, *now = row + b->n + 1, steps = (double)HEED_MAX(1, a->n + b->n);
    for (int64_t j = 0; j <= b->n; j++)
        before[j] = j ? INFINITY : 0;
    for (int64_t i = 0; i < a->n; i++) {
        double lowest = INFINITY;
        now[0] = INFINITY;
        for (int64_t j = 0; j < b->n; j++) {
            double d = apart(a->values + i * a->width, b->values + j * b->width, a->width);
            double least = HEED_MIN(before[j] + 2 * d, before[j + 1] + d);
            now[j + 1] = HEED_MIN(least, now[j] + d);
            lowest = HEED_MIN(lowest, now[j + 1]);
        }
        if (lowest > most * steps)
            return INFINITY;
        double *old = before;
        before = now;
        now = old;
    }
    return before[b->n] / steps;
}

static const struct item *nearest(const struct list *l, const struct item *x)
{
    const struct item *best = NULL;
    double least = INFINITY;
    for (size_t i = 0; i < l->n; i++) {
        double *row = heed_xcalloc((size_t)(2 * l->items[i].frames.n) + 2, sizeof *row);
        double d = distance(&x->frames, &l->items[i].frames, row, least);
        free(row);
        if (d < least || !best) {
            least = d;
            best = &l->items[i];
        }
    }
    return best;
}

int main(int argc, char **argv)
{
    struct heed_sound_options o;
    struct heed_err err = {0};
    struct list train = {0}, test = {0};
    if (argc != 3) {
        fprintf(stderr, "usage: dtw TRAIN.tsv TEST.tsv\n");
        return 2;
    }
    heed_options_default(heed_sound_rows, &o);
    o.bands = 40;
    struct heed_mel *mel = heed_mel_new(&o, &err);
    if (!mel)
        die(&err);
    read_list(&train, mel, argv[1]);
    read_list(&test, mel, argv[2]);
    for (size_t i = 0; i < test.n && train.n; i++)
        puts(nearest(&train, &test.items[i])->text);
    return 0;
}
