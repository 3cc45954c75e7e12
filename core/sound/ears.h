/* ears.h: workers that make features of recordings, some at a time, each with what it needs for itself. */
#ifndef HEED_EARS_H
#define HEED_EARS_H

#include "sound/sound.h"

struct heed_recording {
    char *path;      /* the caller's; "-": standard input */
    int64_t line;    /* the caller's alone */
    int32_t speaker; /* number of who speaks, where it counts */
    /* What came of it: frames, which the caller releases; none where it failed. */
    struct heed_frames frames;
    double seconds; /* that it lasts, at the speed it is heard at */
    bool failed;
    struct heed_err err; /* why; it names the path */
};

/* How those of a call are heard; zeros: whole features of sound files as they are. */
struct heed_hearing {
    bool bands;   /* the first half alone: heed_sound_bands() */
    double speed; /* at which they are played, pitch and all; 0: as they are */
    const struct heed_moments *speakers; /* by number, what theirs are normalised by; NULL: each
                                          * recording by itself */
    int (*load)(void *ctx, struct heed_wave *wave, const char *path,
                struct heed_err *err); /* of any thread; NULL: heed_wave_load() */
    void *ctx;                         /* of load */
};

struct heed_ears;
/* NULL: the options do not fit one another. */
struct heed_ears *heed_ears_new(const struct heed_sound_options *o, int workers,
                                struct heed_err *err) HEED_MUST_USE;
void heed_ears_free(struct heed_ears *e); /* NULL is allowed */
/* See heed_mel_empty(). */
int64_t heed_ears_empty(const struct heed_ears *e);
/* One that has failed before is left alone. The same bits whatever the number of workers. */
void heed_ears_hear(struct heed_ears *e, struct heed_recording *recordings, int n,
                    const struct heed_hearing *how);

#endif
