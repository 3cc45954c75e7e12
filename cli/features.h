/* features.h: what the files of `features` share.
 *
 * features.c       the command: options, the loop over windows of recordings, their workers
 * features_list.c  which recordings there are
 * features_send.c  those of a window as frames of the stream */
#ifndef HEED_CLI_FEATURES_H
#define HEED_CLI_FEATURES_H

#include "base/name_list.h"
#include "cli/cli.h"
#include "cli/stage.h"
#include "sound/ears.h"

struct features {
    struct stage stage;
    struct heed_sound_options sound;
    struct heed_sound_sizes sizes;
    const char *model; /* whose features these shall be; NULL */
    int raw;           /* enum heed_raw; -1: sound files */
    int64_t raw_rate, raw_channels;
    int64_t rows, frames, window, jobs, speaker_column;
    bool keep_going;

    /* features_list.c */
    bool listed; /* the recordings stand in the list on standard input */
    struct heed_text list;
    int64_t n_given;            /* recordings that list_next() gave */
    struct heed_recording *all; /* of a list that is gone through twice */
    size_t n_all, cap_all;
    struct heed_names speakers;

    struct heed_recording *now; /* [window] */
    int64_t n;
    bool twice;     /* all are gone through: what speakers have in common is not known before */
    bool measuring; /* the first of two times over all: bands alone, for moments of speakers */
    struct heed_moments *moments; /* of each speaker */
    struct heed_ears *ears;
    int64_t n_frames, n_failed;
    double seconds;
    struct heed_err first_failure;
};

/* features_list.c */
int list_open(struct features *w, struct heed_err *err) HEED_MUST_USE;
/* 1, 0 at the end, -1. What is wrong with a line alone makes a recording that has failed. */
int list_next(struct features *w, struct heed_recording *r, struct heed_err *err);
/* Takes in what is left of it, so that it can be gone through again from its beginning. */
int list_gather(struct features *w, struct heed_err *err) HEED_MUST_USE;
void list_rewind(struct features *w);
void list_close(struct features *w);
/* features_send.c: the recordings of the window, in batches of like lengths. */
int send_window(struct features *w, struct heed_err *err) HEED_MUST_USE;

#endif
