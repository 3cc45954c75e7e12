/* sounds.c: see sounds.h. Recordings are taken some at a time, so that beside the table only their frames are held. */
#include "data/sounds.h"

#include "sound/ears.h"

#define AT_ONCE 64

/* Up to AT_ONCE of them. */
static int read_some(struct heed_numbers *x, const char *const *paths, size_t n, size_t *failed,
                     struct heed_err *err)
{
    struct heed_recording some[AT_ONCE] = {{.line = 0}};
    const struct heed_hearing how = {.speed = x->speed};
    int status = 0;
    for (size_t i = 0; i < n; i++)
        some[i].path = (char *)paths[i];
    heed_ears_hear(x->self, some, (int)n, &how);
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

static int read_all(struct heed_numbers *x, const char *const *paths, size_t n, size_t *failed,
                    struct heed_err *err)
{
    int status = 0;
    *failed = 0;
    for (size_t i = 0; i < n && status == 0; i += AT_ONCE)
        status = read_some(x, paths + i, HEED_MIN(n - i, (size_t)AT_ONCE), failed, err);
    return status;
}

static void close_all(struct heed_numbers *x)
{
    heed_ears_free(x->self);
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
    *x = (struct heed_numbers){.read = read_all, .close = close_all};
    heed_table_init(&x->table, sizes.width, stack);
    x->self = heed_ears_new(o, workers, err);
    return x->self ? 0 : -1;
}
