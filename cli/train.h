/* train.h: parts of the command `train` that stand in files of their own. */
#ifndef HEED_CLI_TRAIN_H
#define HEED_CLI_TRAIN_H

#include "cli/cli.h"
#include "train/job.h"

struct train {
    struct heed_shape shape;
    struct heed_train_options train;
    const char *output, *preset, *like, *init, *name, *tag, *product;
    bool force, resume, tune;
    double progress_every;
    int64_t stop, size;
    double steps_of; /* GFLOP; 0: an update */
    int64_t jobs;
    struct heed_list plugin_dirs;
    const char *reduce, *features, *tensorboard;
    struct train_events *events;
    struct heed_pairs_options pairs;
};

static inline bool train_has_teacher(const struct train *self)
{
    return self->train.teacher && *self->train.teacher;
}

extern const struct heed_option train_rows[];
int train_preset(struct train *self, struct heed_err *err);
/* --like: the options of a run or model, where the command line gives none; told in one line. */
int train_like(struct train *self, struct heed_err *err);
/* Takes the options that shape the model, and with_training those of the training, from doc. One
 * that the command line gives must be the same there. */
int train_adopt(struct train *self, const struct heed_doc *doc, bool with_training,
                struct heed_err *err);
/* Tokenizers and vocabularies that were there before, those of `whose` (a model, a stream): options
 * that would have made them otherwise are refused. A resumption may be given what the run began
 * with, as far as that can be seen. */
int train_check_sides(const struct train *self, const struct heed_sides *s, const char *whose,
                      struct heed_err *err);
/* Puts what --precision auto finds in its place, and tells. A library of products knows fp32 only. */
int train_settle_precision(struct train *self, struct heed_err *err);
/* --tune: becomes the command tune, which takes the same options. */
int train_tune(struct heed_err *err);
/* --size: is what the model's weights take within it? */
int train_check_size(const struct train *self, const struct heed_model *m, struct heed_err *err);
/* --reduce: joins the other ranks, which stay joined to the end; *ranks NULL without it. Those that do not
 * lead are quiet from here on. */
int train_join(const struct train *self, struct heed_ranks **ranks, struct heed_err *err);
/* What all ranks come to before the first update, with how they fared; see heed_ranks_agree(). From here on
 * one that fails ends all. t: looked at where status is 0. */
int train_agree(struct heed_ranks *ranks, int status, const struct heed_trainer *t,
                struct heed_err *err);
/* What ranks cannot share. */
int train_check_shared(const struct train *self, struct heed_err *err);
void train_leave(struct heed_ranks *ranks);
/* Workers of this rank: as many as -j says, else the processors that are left to it. */
int train_workers(const struct train *self, const struct heed_ranks *ranks);
void train_tell_data(const struct heed_job *j);
/* What the doctor found, in short. */
void train_tell_doctor(const struct heed_job *j);
/* Workers, memory, arithmetic and a guess of the time; after heed_trainer_plan(). */
void train_tell_plan(const struct heed_job *j);
void train_tell_doing(const char *what);
void train_tell_progress(void *train, const struct heed_trainer *t);
/* n_tokens: of this session. */
void train_tell_end(const struct train *self, const struct heed_trainer *t, int64_t n_tokens);
/* The run of a training, j->trainer.run, begun in the store, which is opened; NULL where none is kept. */
void train_record(const struct train *self, struct heed_job *j, struct heed_store **store);
/* --tensorboard: an event file that follows the run, until the end of that. */
int train_events_open(struct train *self, struct heed_run *run, struct heed_err *err);
void train_events_close(struct train *self);
/* What the options left open, as it is settled: dropout, and what its model is chosen by. */
void train_record_settled(const struct heed_trainer *t);
void train_record_end(const struct train *self, const struct heed_job *j, int status,
                      const struct heed_err *err);
/* Appends the command line that this training began with, as the shell takes it: to go on with it
 * (resume), or to make it again from the start. */
void train_command(const struct train *self, bool resume, struct heed_str *out);

#endif
