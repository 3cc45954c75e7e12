/* ears.c: see ears.h. */
#include "sound/ears.h"

#include <math.h>

#include "base/workers.h"

/* What a worker has for itself. */
struct ear {
    struct heed_mel *mel;
    struct heed_wave wave;
};
struct heed_ears {
    struct heed_workers *workers;
    struct ear *each;
    int n;
};

struct heed_ears *heed_ears_new(const struct heed_sound_options *o, int workers,
                                struct heed_err *err)
{
    struct heed_ears *e = heed_xcalloc(1, sizeof *e);
    e->workers = heed_workers_new(workers);
    e->n = heed_workers_count(e->workers);
    e->each = heed_xcalloc((size_t)e->n, sizeof *e->each);
    for (int i = 0; i < e->n; i++)
        if (!(e->each[i].mel = heed_mel_new(o, err))) {
            heed_ears_free(e);
            return NULL;
        }
    return e;
}

void heed_ears_free(struct heed_ears *e)
{
    if (!e)
        return;
    for (int i = 0; i < e->n; i++) {
        heed_mel_free(e->each[i].mel);
        heed_wave_release(&e->each[i].wave);
    }
    free(e->each);
    heed_workers_free(e->workers);
    free(e);
}

int64_t heed_ears_empty(const struct heed_ears *e)
{
    return heed_mel_empty(e->each[0].mel);
}

/* --- one recording --- */

struct call {
    struct heed_ears *ears;
    struct heed_recording *recordings;
    const struct heed_hearing *how;
};

static int load(const struct heed_hearing *how, struct heed_wave *wave, const char *path,
                struct heed_err *err)
{
    return how->load ? how->load(how->ctx, wave, path, err) : heed_wave_load(wave, path, err);
}

static int hear(struct ear *ear, struct heed_recording *r, const struct heed_hearing *how)
{
    struct heed_wave *wave = &ear->wave;
    if (load(how, wave, r->path, &r->err))
        return -1;
    if (how->speed > 0)
        wave->rate = llround((double)wave->rate * how->speed);
    r->seconds = (double)wave->n / (double)wave->rate;
    const struct heed_moments *by = how->speakers ? &how->speakers[r->speaker] : NULL;
    int status = how->bands ? heed_sound_bands(ear->mel, wave, &r->frames, &r->err)
                            : heed_sound_features(ear->mel, wave, by, &r->frames, &r->err);
    return status ? heed_err_prefix(&r->err, "%s: ", r->path) : 0;
}

static void part(void *ctx, int i)
{
    struct call *c = ctx;
    struct heed_recording *r = &c->recordings[i];
    if (r->failed)
        return;
    r->failed = hear(&c->ears->each[heed_workers_self()], r, c->how) < 0;
    if (r->failed)
        heed_frames_release(&r->frames);
}

void heed_ears_hear(struct heed_ears *e, struct heed_recording *recordings, int n,
                    const struct heed_hearing *how)
{
    struct call c = {e, recordings, how};
    heed_workers_run(e->workers, n, part, &c);
}
