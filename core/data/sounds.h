/* sounds.h: recordings as sources: files are read, features made of them by workers, and laid into a
 * table (table.h). Who only uses sources that are there needs no library of sound: hear() is reached by its pointer. */
#ifndef HEED_SOUNDS_H
#define HEED_SOUNDS_H

#include "base/workers.h"
#include "data/table.h"
#include "sound/rows.h"

struct heed_sounds {
    struct heed_table table;
    struct heed_sound_options options;
    double speed; /* at which they are played, pitch and all; 0: as they are */
    /* Makes n more sources; a failure names the path, and *failed which of them it was. */
    int (*hear)(struct heed_sounds *s, const char *const *paths, size_t n, size_t *failed,
                struct heed_err *err);
    void (*close)(struct heed_sounds *s);
    struct heed_workers *workers;
    struct heed_ear *ears; /* of each worker */
};
typedef int heed_sounds_opener(struct heed_sounds *s, const struct heed_sound_options *o,
                               int64_t stack, int workers, struct heed_err *err);
/* Close it (s->close) also after a failure; zeros are closed. */
heed_sounds_opener heed_sounds_open;
static inline void heed_sounds_close(struct heed_sounds *s)
{
    if (s->close)
        s->close(s);
}

#endif
