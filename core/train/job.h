/* job.h: a training from its options to the loop: the checkpoint or the model begun from, the pairs,
 * the model, the trainer.
 *
 *   heed_job_open      what is gone on from is read: the caller may take its options over
 *   heed_job_prepare   pairs, sides, model
 *   heed_job_start     the trainer stands; then heed_trainer_run(&job.trainer, err)
 *   heed_job_close     always
 *
 * What is said, recorded and asked for on the way is the caller's: nothing here prints. */
#ifndef HEED_JOB_H
#define HEED_JOB_H

#include "base/name_list.h"
#include "data/copied.h"
#include "data/health.h"
#include "data/pairs.h"
#include "model/sources.h"
#include "train/train.h"

struct heed_job {
    /* set by the caller, and kept by him as long as the job */
    const struct heed_shape *shape;
    const struct heed_train_options *options;
    const struct heed_pairs_options *pairs;
    const char *model_path, *checkpoint_path;
    struct heed_ranks *ranks;  /* or NULL: alone */
    bool resume;               /* go on from the checkpoint */
    const char *init;          /* begin from this model; or NULL */
    struct heed_places places; /* of plugins outside the tree */
    const char *numbers_how; /* how sources that are numbers are made, "NAME=VALUE,…"; or NULL */

    struct heed_doc from; /* the checkpoint, or the model of init; empty behind start */
    struct heed_model_sources numbers; /* sources, unless they are words */
    struct heed_names groups, lists;   /* of such sources */
    struct heed_pairs data;
    struct heed_sides sides;   /* until the model has them */
    struct heed_health health; /* of the pairs; batches of a stream are not looked at */
    struct heed_copied copied; /* counted where the shape leaves copying to the data */
    bool uncounted;            /* it does, but the maker of a stream's batches did not look */
    bool many_times;           /* many pairs, each seen often: heed_shape.many_times */
    int64_t rows;              /* of a batch: the option's, or what its zero stands for */
    struct heed_model model;
    struct heed_teacher teacher; /* where options name one */
    struct heed_trainer trainer; /* the caller sets its callbacks before start */
};

int heed_job_open(struct heed_job *j, struct heed_err *err) HEED_MUST_USE;
int heed_job_prepare(struct heed_job *j, struct heed_err *err) HEED_MUST_USE;
/* Floating-point operations of an average update, as it is once the job is prepared; 0: nothing is known of the
 * batches of a stream. A function of pairs and options alone. */
double heed_job_flops(struct heed_job *j);
int heed_job_start(struct heed_job *j, struct heed_err *err) HEED_MUST_USE;
void heed_job_close(struct heed_job *j);

#endif
