/* train.h: the training loop: cross-entropy by teacher forcing, Adam,
 * schedule, dev metric, early stopping, checkpoints.
 *
 * Same bits: a batch's rows are dealt round-robin into a fixed number of shards, each shard's
 * gradient stands alone and they are summed in a fixed tree; dropout is a function of its
 * coordinates; a checkpoint holds all that the rest depends on. So interruption and resumption do
 * not change the model. */
#ifndef HEED_TRAIN_H
#define HEED_TRAIN_H

#include "data/batch.h"
#include "data/corpus.h"
#include "store/store.h"
#include "search/engine.h"

struct heed_train_options {
    double lr, min_lr, weight_decay, clip, label_smoothing, loss_scale;
    int64_t warmup;
    const char *schedule; /* linear, constant, rsqrt */
    double dropout, dropout_embed, dropout_layers, dropout_readout, dropout_attention;
    int64_t shards;
    int64_t rows, tokens; /* of a batch */
    int64_t epochs, steps;
    double time;
    int64_t eval_every, patience, dev_lines, checkpoint_every;
    const char *metric; /* loss, bleu, chrf, exact */
    int64_t seed;
    double average; /* decay of the moving average of weights; 0: none */
};

#define HEED_TRAIN_ROW(S, m, nm, ty, df, lo, hi, fl, un, text)                                     \
    {                                                                                              \
        .name = nm, .type = ty, .flags = HEED_OPTION_RECORD | (fl), .offset = offsetof(S, m),      \
        .def = df, .min = lo, .max = hi, .unit = un, .help = text                                  \
    }
#define HEED_TRAIN_ROWS(S, t)                                                                      \
    HEED_TRAIN_ROW(S, t.epochs, "epochs", HEED_COUNT_OF, "0", 0, 1e9, 0, "N",                      \
                   "passes over the data; without epochs, steps or time: 10"),                     \
        HEED_TRAIN_ROW(S, t.steps, "steps", HEED_COUNT_OF, "0", 0, 1e12, 0, "N",                   \
                       "updates in all"),                                                          \
        HEED_TRAIN_ROW(S, t.time, "time", HEED_TIME, "0", 0, 3e7, 0, "TIME",                       \
                       "time budget, measured once and turned into a number of updates"),          \
        {.name = "seed",                                                                           \
         .letter = 's',                                                                            \
         .type = HEED_INT,                                                                         \
         .flags = HEED_OPTION_RECORD,                                                              \
         .offset = offsetof(S, t.seed),                                                            \
         .def = "1",                                                                               \
         .min = 0,                                                                                 \
         .max = 9e15,                                                                              \
         .unit = "N",                                                                              \
         .help = "of initial weights, order of the data and dropout"},                             \
        HEED_TRAIN_ROW(S, t.rows, "rows", HEED_INT, "32", 1, 65536, 0, "N",                        \
                       "pairs in a batch at most"),                                                \
        HEED_TRAIN_ROW(S, t.tokens, "tokens", HEED_COUNT_OF, "500", 0, 1e9, 0, "N",                \
                       "target tokens in a batch at most; 0: no bound"),                           \
        HEED_TRAIN_ROW(S, t.lr, "lr", HEED_REAL, "0.004", 0, 10, 0, "RATE",                        \
                       "Adam's learning rate at its peak"),                                        \
        HEED_TRAIN_ROW(S, t.schedule, "schedule", HEED_CHOICE, "linear", 0, 0, 0,                  \
                       "linear|constant|rsqrt", "of the rate after warm-up"),                      \
        HEED_TRAIN_ROW(S, t.warmup, "warmup", HEED_COUNT_OF, "500", 0, 1e9, 0, "N",                \
                       "updates of linear warm-up; at most a tenth of all"),                       \
        HEED_TRAIN_ROW(S, t.min_lr, "min-lr", HEED_REAL, "0.05", 0, 1, HEED_OPTION_HIDDEN,         \
                       "SHARE", "share of the peak at which the linear schedule ends"),            \
        HEED_TRAIN_ROW(S, t.clip, "clip", HEED_REAL, "1", 0, 1e9, 0, "NORM",                       \
                       "bound of the gradient's norm; 0: none"),                                   \
        HEED_TRAIN_ROW(S, t.dropout, "dropout", HEED_REAL, "-1", -1, 1, HEED_OPTION_EXCL_MAX, "P", \
                       "on embeddings, between layers and on the readout; -1: 0.1 below 8 "        \
                       "epochs, 0.2 below 25, else 0.3"),                                          \
        HEED_TRAIN_ROW(S, t.dropout_embed, "dropout-embed", HEED_REAL, "-1", -1, 1,                \
                       HEED_OPTION_EXCL_MAX | HEED_OPTION_HIDDEN, "P",                             \
                       "on embeddings; -1: as dropout"),                                           \
        HEED_TRAIN_ROW(S, t.dropout_layers, "dropout-layers", HEED_REAL, "-1", -1, 1,              \
                       HEED_OPTION_EXCL_MAX | HEED_OPTION_HIDDEN, "P",                             \
                       "between layers; -1: as dropout"),                                          \
        HEED_TRAIN_ROW(S, t.dropout_readout, "dropout-readout", HEED_REAL, "-1", -1, 1,            \
                       HEED_OPTION_EXCL_MAX | HEED_OPTION_HIDDEN, "P",                             \
                       "before the output layer; -1: as dropout"),                                 \
        HEED_TRAIN_ROW(S, t.dropout_attention, "dropout-attention", HEED_REAL, "0", 0, 1,          \
                       HEED_OPTION_EXCL_MAX, "P", "on attention weights"),                         \
        HEED_TRAIN_ROW(S, t.label_smoothing, "label-smoothing", HEED_REAL, "0.1", 0, 1,            \
                       HEED_OPTION_EXCL_MAX, "E", "share of probability spread over all words"),   \
        HEED_TRAIN_ROW(S, t.weight_decay, "weight-decay", HEED_REAL, "0", 0, 1, 0, "RATE",         \
                       "decoupled, times the rate; embeddings and biases are left alone"),         \
        HEED_TRAIN_ROW(                                                                            \
            S, t.average, "average", HEED_REAL, "0.998", 0, 1, HEED_OPTION_EXCL_MAX, "DECAY",      \
            "moving average of the weights, which is what is measured and saved; 0: none"),        \
        HEED_TRAIN_ROW(                                                                            \
            S, t.loss_scale, "loss-scale", HEED_REAL, "0", 0, 1e6, HEED_OPTION_HIDDEN, "X",        \
            "weight of each token's loss in the gradient; 0: one over the batch's tokens"),        \
        HEED_TRAIN_ROW(S, t.metric, "metric", HEED_CHOICE, "bleu", 0, 0, 0,                        \
                       "loss|bleu|chrf|exact", "dev metric that chooses the best model"),          \
        HEED_TRAIN_ROW(S, t.eval_every, "eval-every", HEED_COUNT_OF, "0", 0, 1e12, 0, "N",         \
                       "updates between dev evaluations; 0: about 20 a run, 20 apart or more"),    \
        HEED_TRAIN_ROW(S, t.patience, "patience", HEED_INT, "0", 0, 1e6, 0, "N",                   \
                       "stop after so many evaluations without a better one; 0: never"),           \
        HEED_TRAIN_ROW(S, t.dev_lines, "dev-lines", HEED_COUNT_OF, "1000", 1, 1e9,                 \
                       HEED_OPTION_HIDDEN, "N",                                                    \
                       "dev pairs that are translated for the metric, the first ones"),            \
        HEED_TRAIN_ROW(S, t.checkpoint_every, "checkpoint-every", HEED_COUNT_OF, "500", 1, 1e12,   \
                       0, "N", "updates between checkpoints"),                                     \
        HEED_TRAIN_ROW(                                                                            \
            S, t.shards, "shards", HEED_INT, "2", 1, 64, HEED_OPTION_HIDDEN, "N",                  \
            "parts of a batch whose gradients stand alone, however many workers there are")

extern const struct heed_option heed_train_rows[];

/* Where batches come from. next: 1, 0 at the end, -1; memory from the
 * arena. skip: forget n batches (resumption). */
struct heed_batch_source {
    int (*next)(void *ctx, struct heed_arena *arena, struct heed_batch *out, struct heed_err *err);
    int (*skip)(void *ctx, int64_t n, struct heed_err *err);
    void *ctx;
    int64_t per_epoch;       /* batches in an epoch */
    int64_t epochs;          /* 0: as many as wanted */
    double tokens_per_epoch; /* src + tgt tokens, for progress; 0: unknown */
};
/* Batches cut from a dataset by a batcher, epoch after epoch. */
struct heed_dataset_source {
    struct heed_batcher batcher;
    int64_t at;
};
void heed_dataset_source_init(struct heed_dataset_source *s, const struct heed_dataset *data,
                              const struct heed_train_options *o, struct heed_batch_source *out);

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
    double started, speed; /* monotonic seconds; tokens a second */
    double flops;          /* useful arithmetic so far, real tokens only */
    double dev_loss, dev_metric;
    struct heed_loss report_loss;
    struct heed_arena step_arena, batch_arena;
    struct heed_tape tape;
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
int heed_dataset_loss(struct heed_model *m, struct heed_tape *tape, struct heed_arena *arena,
                      const struct heed_dataset *data, struct heed_loss *out,
                      struct heed_err *err) HEED_MUST_USE;
int heed_trainer_evaluate(struct heed_trainer *t, struct heed_err *err) HEED_MUST_USE;
/* Exchanges weights and their moving average (nothing without one); twice is as before. */
void heed_trainer_swap_average(struct heed_trainer *t);
int heed_checkpoint_save(struct heed_trainer *t, struct heed_err *err) HEED_MUST_USE;
/* Fills state, weights and moments; t->model was made from the same document. */
int heed_checkpoint_restore(struct heed_trainer *t, const struct heed_doc *doc,
                            struct heed_err *err) HEED_MUST_USE;

#endif
