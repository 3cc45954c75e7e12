/* trainer.h: what the parts of a training share: the update (step.h), the plan of its length (plan.h),
 * the measuring (dev.h), checkpoints (checkpoint.h), and the loop around them (train.h). */
#ifndef HEED_TRAINER_H
#define HEED_TRAINER_H

#include "data/batch_source.h"
#include "data/corpus.h"
#include "search/engine.h"
#include "store/store.h"
#include "tensor/grads.h"
#include "tensor/ranks.h"
#include "train/options.h"
#include "train/schedule.h"
#include "train/teacher.h"
#include "train/timetable.h"

/* Of --time, as timed of late; seconds. */
struct heed_budget {
    double an_update, measuring, saving; /* measuring: on dev, without the saves it may lead to */
    double measured_at;                  /* clock */
    double loading;                      /* from the start of the command to the first update */
    double measured_beside;              /* an_update at that time; 0: not known */
    double mark, idle;                   /* the last update's end; what was none since then */
    int64_t mark_tokens;
    double seconds, tokens; /* sums that fade, of which an_update is made */
};

/* The moving average moves so often: each update would cost as much memory traffic as Adam. */
#define HEED_AVERAGE_STEPS 8

struct heed_trainer {
    struct heed_model *model;
    const struct heed_train_options *options;
    struct heed_batch_source *source;
    const char *model_path, *checkpoint_path;
    struct heed_teacher *teacher;  /* NULL: none */
    struct heed_risk *risk;        /* NULL: cross-entropy alone; made by heed_trainer_init() */
    struct heed_ranks *ranks;      /* NULL: alone */
    struct heed_run *run;          /* may be NULL */
    const struct heed_corpus *dev; /* NULL or empty: no evaluation, the last model is saved */
    double floor;                  /* no loss a token of a whole epoch is below it; 0: any may be */
    char data_sha[65];
    volatile int *interrupted;
    void (*progress)(void *ctx, const struct heed_trainer *t);
    void (*note)(const char *fmt, ...) HEED_PRINTF(1, 2);
    void (*doing)(
        const char *what); /* what takes longer than an update; NULL: that is over. Or NULL */
    int64_t stop; /* updates after which it stops for now, the checkpoint left; 0: at the end */
    double began; /* clock: what a session's time is counted from; 0: planning */
    void *progress_ctx;

    /* state a checkpoint keeps */
    int64_t step, total_steps;   /* total 0: not yet known (time budget) */
    struct heed_timetable table; /* what total_steps was, is and, with --plan, will be */
    int64_t eval_every;          /* 0: where the timetable says */
    int64_t measured_step;       /* of the last measuring on dev; 0: none */
    int64_t table_step; /* where the timetable begins: 0, or where a longer run was asked for */
    int64_t n_evals, n_bad, n_skipped, best_step;
    int64_t n_cuts;   /* of the rate, by schedule plateau */
    double best;      /* of the metric, larger is better (loss and token-error: negated) */
    double best_loss; /* dev loss then: decides between equals */
    bool best_tells;  /* the metric's value then was one to choose by, else the loss decided */
    bool has_best;
    double seconds;              /* of earlier sessions */
    int64_t n_tokens;            /* src + tgt trained on */
    struct heed_loss epoch_loss; /* since the epoch began */
    double last_nats;            /* plain nats per token of the last report */
    char run_id[33];

    /* what the dev pairs are measured by; settled before the first update, never AUTO */
    enum heed_dev_metric metric;
    enum heed_metric_tokens tokens;
    int64_t n_measured; /* of t->dev->n pairs, spread evenly over them */

    /* present session */
    bool timed;                   /* --time decides as it goes */
    bool found;                   /* the length was found now: it is to be saved */
    struct heed_timetable before; /* of the session before, when this one may have another length */
    struct heed_budget budget;
    double started, speed; /* monotonic seconds; tokens a second */
    double flop_speed;     /* useful arithmetic a second */
    double looped;         /* seconds in the loop */
    int64_t looped_steps;  /* updates there */
    double flops;          /* useful arithmetic so far, real tokens only */
    double update_flops;   /* of an average batch; 0: not known; set before heed_trainer_init() */
    double dev_loss, dev_metric;
    struct heed_loss report_loss;
    double rate;             /* of this update */
    int active;              /* ranks that have shards of this batch */
    int workers;             /* set before heed_trainer_init(); 0: one */
    struct heed_lanes lanes; /* of the workers */
    struct heed_arena batch; /* the present batch */
    struct heed_grads grads;
    struct heed_corpus sample;    /* the n_measured of t->dev; their text is its */
    struct heed_dataset dev_data; /* of the sample, what the loss is over */
    float **average;              /* per parameter, or NULL */
    int nan_steps;                /* in a row */
    bool sank;                    /* below the floor, and told */
};

static inline struct heed_pace heed_trainer_pace(const struct heed_trainer *t)
{
    return (struct heed_pace){t->options, t->source->per_epoch, t->model->net.kind->rate,
                              t->n_cuts};
}

#endif
