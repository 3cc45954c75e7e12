/* teacher.h: a model that another one is drawn to in training: --teacher.
 *
 * It follows the same targets, word for word (teacher forcing, without dropout), and what it would have chosen from at
 * each step is what the learner is drawn to: the whole distribution (tensor/tape.h, struct heed_draw). It
 * may be any net, also one of whole numbers, with the vocabularies of the learner. A row of its numbers
 * depends on no other, so shards, workers and ranks do not change them. */
#ifndef HEED_TEACHER_H
#define HEED_TEACHER_H

#include "model/model.h"
#include "tensor/lane.h"

struct heed_teacher {
    struct heed_model model;
    struct heed_lane *lanes; /* one of each worker's */
    int n;
};

/* sides: become those of the teacher; NULL: they are not asked for. */
int heed_teacher_open(struct heed_teacher *t, const char *path, struct heed_sides *sides,
                      struct heed_err *err) HEED_MUST_USE;
void heed_teacher_close(struct heed_teacher *t); /* also of zeros */
/* Has the learner its words? */
int heed_teacher_check(const struct heed_teacher *t, const struct heed_model *learner,
                       struct heed_err *err) HEED_MUST_USE;
void heed_teacher_lanes(struct heed_teacher *t, int n);

/* Whole targets, longest first: tgt [B,T] of the lengths. */
struct heed_lesson {
    struct heed_source source;
    int64_t T;
    const int32_t *tgt, *tgt_len;
};
/* [N,V], packed; until the lane is asked again. NULL: it failed. */
const float *heed_teacher_says(struct heed_teacher *t, int lane, const struct heed_lesson *lesson,
                               struct heed_err *err);

#endif
