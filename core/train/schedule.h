/* schedule.h: what follows from the options and the length of a run: the learning rate of a step, the
 * rate of dropout. */
#ifndef HEED_SCHEDULE_H
#define HEED_SCHEDULE_H

#include "train/options.h"
#include "train/timetable.h"

/* What a rate follows from beside step and length. */
struct heed_pace {
    const struct heed_train_options *options;
    int64_t per_epoch; /* updates of a pass; 0: not known */
    double usual;      /* the highest rate of a short run, as the kind of net has it; 0: 0.004 */
    int64_t n_cuts;    /* of schedule plateau so far */
};
/* The highest rate: --lr, or chosen by the length that the run was begun with. */
double heed_schedule_peak(const struct heed_pace *pace, const struct heed_timetable *length);
/* step counts from 1; length 0: not known, as if there were no end. Where the length changes on the way, a
 * linear or cosine schedule goes on from the rate it has to that of the end; warm-up stays what it was. */
double heed_schedule_rate(const struct heed_pace *pace, int64_t step,
                          const struct heed_timetable *length);
/* What is left of it behind step: "warm-up to step 50, then linear to 0.0002 at step 500". */
void heed_schedule_describe(const struct heed_pace *pace, int64_t step,
                            const struct heed_timetable *length, char *text, size_t size);
/* The rate of --dropout, given or chosen by how often each pair will be seen. letters: heed_shape.letters. */
double heed_dropout_rate(const struct heed_train_options *o, bool letters, int64_t total,
                         int64_t per_epoch);

#endif
