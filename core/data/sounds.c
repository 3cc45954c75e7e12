/* sounds.c: see sounds.h. Recordings are taken some at a time, so that beside the table only their frames are held. */
#include <math.h>
#include <string.h>

#include "data/sounds.h"
#include "sound/sound.h"

#define AT_ONCE 64

/* What a worker has for itself. */
struct heed_ear {
    struct heed_mel *mel;
    struct heed_wave wave;
};

struct heard {
    struct heed_frames frames;
    double seconds;
    bool failed;
    struct heed_err err;
};

struct hearing {
    struct heed_sounds *s;
    const char *const *paths;
    struct heard *heard;
};

static void part(void *ctx, int i)
{
    struct hearing *h = ctx;
    struct heard *x = &h->heard[i];
    struct heed_ear *ear = &h->s->ears[heed_workers_self()];
    x->failed = heed_wave_load(&ear->wave, h->paths[i], &x->err) < 0;
    if (x->failed)
        return;
    if (h->s->speed > 0)
        ear->wave.rate = llround((double)ear->wave.rate * h->s->speed);
    x->seconds = (double)ear->wave.n / (double)ear->wave.rate;
    if (heed_sound_features(ear->mel, &ear->wave, NULL, &x->frames, &x->err) < 0) {
        x->failed = true;
        heed_err_prefix(&x->err, "%s: ", h->paths[i]);
    }
}

/* Up to AT_ONCE of them. */
static int hear_some(struct heed_sounds *s, const char *const *paths, size_t n, size_t *failed,
                     struct heed_err *err)
{
    struct heard heard[AT_ONCE] = {{.seconds = 0}};
    struct hearing h = {s, paths, heard};
    int status = 0;
    heed_workers_run(s->workers, (int)n, part, &h);
    for (size_t i = 0; i < n; i++) {
        struct heard *x = &heard[i];
        if (status == 0 && x->failed) {
            *err = x->err;
            status = -1;
        } else if (status == 0) {
            status = heed_table_add(&s->table, x->frames.values, x->frames.n, err);
        }
        *failed += status == 0;
        s->table.seconds += x->seconds;
        heed_frames_release(&x->frames);
    }
    return status;
}

static int hear(struct heed_sounds *s, const char *const *paths, size_t n, size_t *failed,
                struct heed_err *err)
{
    int status = 0;
    *failed = 0;
    for (size_t i = 0; i < n && status == 0; i += AT_ONCE)
        status = hear_some(s, paths + i, HEED_MIN(n - i, (size_t)AT_ONCE), failed, err);
    return status;
}

static void close_all(struct heed_sounds *s)
{
    for (int i = 0; s->ears && i < heed_workers_count(s->workers); i++) {
        heed_mel_free(s->ears[i].mel);
        heed_wave_release(&s->ears[i].wave);
    }
    free(s->ears);
    heed_workers_free(s->workers);
    heed_table_release(&s->table);
    *s = (struct heed_sounds){0};
}

int heed_sounds_open(struct heed_sounds *s, const struct heed_sound_options *o, int64_t stack,
                     int workers, struct heed_err *err)
{
    struct heed_sound_sizes sizes;
    *s = (struct heed_sounds){0};
    if (heed_sound_sizes(o, &sizes, err))
        return -1;
    *s = (struct heed_sounds){.options = *o, .hear = hear, .close = close_all};
    heed_table_init(&s->table, sizes.width, stack);
    s->workers = heed_workers_new(workers);
    int n = heed_workers_count(s->workers);
    s->ears = heed_xcalloc((size_t)n, sizeof *s->ears);
    for (int i = 0; i < n; i++)
        if (!(s->ears[i].mel = heed_mel_new(o, err)))
            return -1;
    return 0;
}
