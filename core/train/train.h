/* train.h: the training loop: cross-entropy by teacher forcing, Adam,
 * schedule, dev metric, early stopping, checkpoints.
 *
 * Same bits: a batch's rows are dealt round-robin into a fixed number of shards, each shard's
 * gradient stands alone and they are summed in a fixed tree; dropout is a function of its
 * coordinates; a checkpoint holds all that the rest depends on. So interruption and resumption do
 * not change the model. */
#ifndef HEED_TRAIN_H
#define HEED_TRAIN_H

#include "data/batch_source.h"
#include "data/corpus.h"
#include "store/store.h"
#include "search/engine.h"

/* Choices: the order is that of the words. */
enum heed_schedule { HEED_SCHEDULE_LINEAR, HEED_SCHEDULE_CONSTANT, HEED_SCHEDULE_RSQRT };
enum heed_dev_metric { HEED_DEV_LOSS, HEED_DEV_BLEU, HEED_DEV_CHRF, HEED_DEV_EXACT };
#define HEED_DEV_METRIC_WORDS "loss|bleu|chrf|exact"

struct heed_train_options {
    double lr, min_lr, weight_decay, clip, label_smoothing, loss_scale;
    int64_t warmup;
    enum heed_schedule schedule;
    double dropout, dropout_embed, dropout_layers, dropout_readout, dropout_attention;
    int64_t shards;
    int64_t rows, tokens; /* of a batch */
    int64_t epochs, steps;
    double time;
    int64_t eval_every, patience, dev_lines, checkpoint_every;
    enum heed_dev_metric metric;
    int64_t seed;
    double average; /* decay of the moving average of weights; 0: none */
};

/* For a command's own rows: S is its struct, m its member of type struct heed_train_options. */
#define HEED_TRAIN_ROWS(S, m)                                                                      \
    HEED_ROW_COUNT(S, m.epochs, "epochs", "0", 0, 1e9, "N",                                        \
                   "passes over the data; without epochs, steps or time: 10",                      \
                   .flags = HEED_OPTION_LATER),                                                    \
        HEED_ROW_COUNT(S, m.steps, "steps", "0", 0, 1e12, "N", "updates in all",                   \
                       .flags = HEED_OPTION_LATER),                                                \
        HEED_ROW_TIME(S, m.time, "time", "0", 0, 3e7, "TIME",                                      \
                      "time budget, measured once and turned into a number of updates",            \
                      .flags = HEED_OPTION_LATER),                                                 \
        HEED_ROW_INT(S, m.seed, "seed", "1", 0, 9e15, "N",                                         \
                     "of initial weights, order of the data and dropout", .letter = 's'),          \
        HEED_ROW_INT(S, m.rows, "rows", "32", 1, 65536, "N", "pairs in a batch at most"),          \
        HEED_ROW_COUNT(S, m.tokens, "tokens", "500", 0, 1e9, "N",                                  \
                       "target tokens in a batch at most; 0: no bound"),                           \
        HEED_ROW_REAL(S, m.lr, "lr", "0.004", 0, 10, "RATE", "Adam's learning rate at its peak"),  \
        HEED_ROW_CHOICE(S, m.schedule, "schedule", "linear", "linear|constant|rsqrt",              \
                        "of the rate after warm-up"),                                              \
        HEED_ROW_COUNT(S, m.warmup, "warmup", "500", 0, 1e9, "N",                                  \
                       "updates of linear warm-up; at most a tenth of all"),                       \
        HEED_ROW_REAL(S, m.min_lr, "min-lr", "0.05", 0, 1, "SHARE",                                \
                      "share of the peak at which the linear schedule ends",                       \
                      .flags = HEED_OPTION_HIDDEN),                                                \
        HEED_ROW_REAL(S, m.clip, "clip", "1", 0, 1e9, "NORM",                                      \
                      "bound of the gradient's norm; 0: none"),                                    \
        HEED_ROW_REAL(S, m.dropout, "dropout", "-1", -1, 1, "P",                                   \
                      "on embeddings, between layers and on the readout; -1: 0.1 below 8 epochs, " \
                      "0.2 below 25, else 0.3",                                                    \
                      .flags = HEED_OPTION_EXCL_MAX),                                              \
        HEED_ROW_REAL(S, m.dropout_embed, "dropout-embed", "-1", -1, 1, "P",                       \
                      "on embeddings; -1: as dropout",                                             \
                      .flags = HEED_OPTION_EXCL_MAX | HEED_OPTION_HIDDEN),                         \
        HEED_ROW_REAL(S, m.dropout_layers, "dropout-layers", "-1", -1, 1, "P",                     \
                      "between layers; -1: as dropout",                                            \
                      .flags = HEED_OPTION_EXCL_MAX | HEED_OPTION_HIDDEN),                         \
        HEED_ROW_REAL(S, m.dropout_readout, "dropout-readout", "-1", -1, 1, "P",                   \
                      "before the output layer; -1: as dropout",                                   \
                      .flags = HEED_OPTION_EXCL_MAX | HEED_OPTION_HIDDEN),                         \
        HEED_ROW_REAL(S, m.dropout_attention, "dropout-attention", "0", 0, 1, "P",                 \
                      "on attention weights", .flags = HEED_OPTION_EXCL_MAX),                      \
        HEED_ROW_REAL(S, m.label_smoothing, "label-smoothing", "0.1", 0, 1, "E",                   \
                      "share of probability spread over all words",                                \
                      .flags = HEED_OPTION_EXCL_MAX),                                              \
        HEED_ROW_REAL(S, m.weight_decay, "weight-decay", "0", 0, 1, "RATE",                        \
                      "decoupled, times the rate; embeddings and biases are left alone"),          \
        HEED_ROW_REAL(                                                                             \
            S, m.average, "average", "0.998", 0, 1, "DECAY",                                       \
            "moving average of the weights, which is what is measured and saved; 0: none",         \
            .flags = HEED_OPTION_EXCL_MAX),                                                        \
        HEED_ROW_REAL(                                                                             \
            S, m.loss_scale, "loss-scale", "0", 0, 1e6, "X",                                       \
            "weight of each token's loss in the gradient; 0: one over the batch's tokens",         \
            .flags = HEED_OPTION_HIDDEN, .absent = "0"),                                           \
        HEED_ROW_CHOICE(S, m.metric, "metric", "bleu", HEED_DEV_METRIC_WORDS,                      \
                        "dev metric that chooses the best model"),                                 \
        HEED_ROW_COUNT(S, m.eval_every, "eval-every", "0", 0, 1e12, "N",                           \
                       "updates between dev evaluations; 0: about 20 a run, 20 apart or more",     \
                       .flags = HEED_OPTION_LATER),                                                \
        HEED_ROW_INT(S, m.patience, "patience", "0", 0, 1e6, "N",                                  \
                     "stop after so many evaluations without a better one; 0: never",              \
                     .flags = HEED_OPTION_LATER),                                                  \
        HEED_ROW_COUNT(S, m.dev_lines, "dev-lines", "1000", 1, 1e9, "N",                           \
                       "dev pairs that are translated for the metric, the first ones",             \
                       .flags = HEED_OPTION_HIDDEN),                                               \
        HEED_ROW_COUNT(S, m.checkpoint_every, "checkpoint-every", "500", 1, 1e12, "N",             \
                       "updates between checkpoints", .flags = HEED_OPTION_LATER),                 \
        HEED_ROW_INT(                                                                              \
            S, m.shards, "shards", "2", 1, 64, "N",                                                \
            "parts of a batch whose gradients stand alone, however many workers there are",        \
            .flags = HEED_OPTION_HIDDEN)

extern const struct heed_option heed_train_rows[];

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
    double best;      /* of the metric, larger is better (loss: negated) */
    double best_loss; /* dev loss then: decides between equals */
    bool has_best;
    double seconds;              /* of earlier sessions */
    int64_t n_tokens;            /* src + tgt trained on */
    struct heed_loss epoch_loss; /* since the epoch began */
    double last_nats;            /* plain nats per token of the last report */
    char run_id[33];

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

/* After the first block is set. */
int heed_trainer_init(struct heed_trainer *t, struct heed_err *err) HEED_MUST_USE;
void heed_trainer_release(struct heed_trainer *t);
/* Trains to the end, an early stop, or an interruption (then the
 * checkpoint is saved and *t->interrupted set). */
int heed_trainer_run(struct heed_trainer *t, struct heed_err *err) HEED_MUST_USE;

/* --- parts, each testable --- */
/* The rate of --dropout, given or chosen by how often each pair will be seen. */
double heed_dropout_rate(const struct heed_trainer *t);
/* step counts from 1. */
double heed_schedule_rate(const struct heed_train_options *o, int64_t step, int64_t total);
/* Forward, backward over all shards of one batch; gradients left
 * in shard 0. Loss is added to *loss. */
int heed_train_batch(struct heed_trainer *t, const struct heed_batch *b, struct heed_loss *loss,
                     struct heed_err *err) HEED_MUST_USE;
int heed_train_update(struct heed_trainer *t, const struct heed_batch *b,
                      struct heed_err *err) HEED_MUST_USE;
/* Plain loss of teacher forcing over a dataset, no dropout. */
int heed_dataset_loss(const struct heed_net *net, struct heed_lane *lane,
                      const struct heed_dataset *data, struct heed_loss *out,
                      struct heed_err *err) HEED_MUST_USE;
int heed_trainer_evaluate(struct heed_trainer *t, struct heed_err *err) HEED_MUST_USE;
/* Exchanges weights and their moving average (nothing without one); twice is as before. */
void heed_trainer_swap_average(struct heed_trainer *t);
/* Where the checkpoint of NAME.heed stands: NAME.ckpt.heed; malloc'ed. */
char *heed_checkpoint_path(const char *model_path);
int heed_checkpoint_save(struct heed_trainer *t, struct heed_err *err) HEED_MUST_USE;
/* Fills state, weights and moments; t->model was made from the same document. Where the options say
 * another length (or rhythm of evaluations) than the document, the run is planned anew from where it
 * stands; all other options must be the document's. */
int heed_checkpoint_restore(struct heed_trainer *t, const struct heed_doc *doc,
                            struct heed_err *err) HEED_MUST_USE;

#endif
