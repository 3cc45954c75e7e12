/* trainer.h: what the parts of a training share: the update (step.h), the plan of its length (plan.h),
 * the measuring (dev.h), checkpoints (checkpoint.h), and the loop around them (train.h). */
#ifndef HEED_TRAINER_H
#define HEED_TRAINER_H

#include "data/batch_source.h"
#include "data/corpus.h"
#include "search/engine.h"
#include "store/store.h"
#include "train/options.h"

struct heed_trainer {
    struct heed_model *model;
    const struct heed_train_options *options;
    struct heed_batch_source *source;
    const char *model_path, *checkpoint_path;
    struct heed_run *run;          /* may be NULL */
    const struct heed_corpus *dev; /* NULL or empty: no evaluation, the last model is saved */
    char data_sha[65];
    volatile int *interrupted;
    void (*progress)(void *ctx, const struct heed_trainer *t);
    void (*note)(const char *fmt, ...) HEED_PRINTF(1, 2);
    void *progress_ctx;

    /* state a checkpoint keeps */
    int64_t step, total_steps; /* total 0: not yet known (time budget) */
    int64_t eval_every;
    int64_t n_evals, n_bad, n_skipped, best_step;
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
    int64_t n_measured; /* of t->dev->n pairs, that are translated */

    /* present session */
    int64_t planned_steps; /* of the session before, when this one may have another length */
    double started, speed; /* monotonic seconds; tokens a second */
    double flops;          /* useful arithmetic so far, real tokens only */
    double dev_loss, dev_metric;
    struct heed_loss report_loss;
    struct heed_lane lane;
    struct heed_dataset dev_data;
    float **average; /* per parameter, or NULL */
    int nan_steps;   /* in a row */
};

#endif
