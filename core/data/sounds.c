/* sounds.c: see sounds.h. Recordings are taken some at a time, so that beside the table only their frames are held; those of
 * speakers twice, since none of them has its features before the last one is known. */
#include "data/sounds.h"

#include "sound/ears.h"

#define AT_ONCE 64

struct sounds {
    struct heed_ears *ears;
    int64_t bands;
    struct heed_moments *speakers; /* of each group that was studied */
    size_t n_speakers;
};

/* Up to AT_ONCE of them. */
static void hear_some(const struct heed_numbers *x, const char *const *paths, const int32_t *groups,
                      size_t n, bool bands, struct heed_recording *some)
{
    const struct sounds *s = x->self;
    const struct heed_hearing how = {
        .bands = bands, .speed = x->speed, .speakers = bands || !x->grouped ? NULL : s->speakers};
    for (size_t i = 0; i < n; i++)
        some[i] =
            (struct heed_recording){.path = (char *)paths[i], .speaker = groups ? groups[i] : 0};
    heed_ears_hear(s->ears, some, (int)n, &how);
}

/* --- speakers --- */

static void forget(struct sounds *s)
{
    for (size_t i = 0; i < s->n_speakers; i++)
        heed_moments_release(&s->speakers[i]);
    free(s->speakers);
    s->speakers = NULL;
    s->n_speakers = 0;
}

static void study(struct heed_numbers *x, const char *const *paths, const int32_t *groups, size_t n)
{
    struct sounds *s = x->self;
    struct heed_recording some[AT_ONCE];
    forget(s);
    for (size_t i = 0; i < n; i++)
        s->n_speakers = HEED_MAX(s->n_speakers, (size_t)groups[i] + 1);
    s->speakers = heed_xcalloc(s->n_speakers + 1, sizeof *s->speakers);
    for (size_t i = 0; i < s->n_speakers; i++)
        heed_moments_init(&s->speakers[i], s->bands);
    for (size_t at = 0, now; at < n; at += now) {
        now = HEED_MIN(n - at, (size_t)AT_ONCE);
        hear_some(x, paths + at, groups + at, now, true, some);
        for (size_t i = 0; i < now; i++) {
            if (!some[i].failed)
                heed_moments_add(&s->speakers[some[i].speaker], &some[i].frames);
            heed_frames_release(&some[i].frames);
        }
    }
}

/* --- sources --- */

static int read_some(struct heed_numbers *x, const char *const *paths, const int32_t *groups,
                     size_t n, size_t *failed, struct heed_err *err)
{
    struct heed_recording some[AT_ONCE];
    int status = 0;
    hear_some(x, paths, groups, n, false, some);
    for (size_t i = 0; i < n; i++) {
        struct heed_recording *r = &some[i];
        if (status == 0 && r->failed) {
            *err = r->err;
            status = -1;
        } else if (status == 0) {
            status = heed_table_add(&x->table, r->frames.values, r->frames.n, err);
        }
        *failed += status == 0;
        x->table.seconds += r->seconds;
        heed_frames_release(&r->frames);
    }
    return status;
}

static int read_all(struct heed_numbers *x, const char *const *paths, const int32_t *groups,
                    size_t n, size_t *failed, struct heed_err *err)
{
    int status = 0;
    *failed = 0;
    for (size_t i = 0; i < n && status == 0; i += AT_ONCE)
        status = read_some(x, paths + i, groups ? groups + i : NULL,
                           HEED_MIN(n - i, (size_t)AT_ONCE), failed, err);
    return status;
}

static void close_all(struct heed_numbers *x)
{
    struct sounds *s = x->self;
    forget(s);
    heed_ears_free(s->ears);
    free(s);
    heed_table_release(&x->table);
    *x = (struct heed_numbers){0};
}

int heed_sounds_open(struct heed_numbers *x, const struct heed_sound_options *o, int64_t stack,
                     int workers, struct heed_err *err)
{
    struct heed_sound_sizes sizes;
    *x = (struct heed_numbers){0};
    if (heed_sound_sizes(o, &sizes, err))
        return -1;
    struct sounds *s = heed_xcalloc(1, sizeof *s);
    *x = (struct heed_numbers){.grouped = o->over == HEED_OVER_SPEAKER,
                               .study = study,
                               .read = read_all,
                               .close = close_all,
                               .self = s};
    heed_table_init(&x->table, sizes.width, stack);
    s->bands = o->bands;
    s->ears = heed_ears_new(o, workers, err);
    return s->ears ? 0 : -1;
}
