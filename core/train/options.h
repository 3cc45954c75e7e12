/* options.h: how a training goes: its option rows, and which of them a run that is gone on with may
 * change. */
#ifndef HEED_TRAIN_OPTIONS_H
#define HEED_TRAIN_OPTIONS_H

#include "base/option.h"
#include "metrics/metrics.h"

/* Choices: the order is that of the words. */
enum heed_schedule {
    HEED_SCHEDULE_LINEAR,
    HEED_SCHEDULE_CONSTANT,
    HEED_SCHEDULE_RSQRT,
    HEED_SCHEDULE_COSINE,
    HEED_SCHEDULE_PLATEAU
};
enum heed_optimizer { HEED_OPTIMIZER_ADAM, HEED_OPTIMIZER_SGD };
enum heed_dev_metric {
    HEED_DEV_AUTO,
    HEED_DEV_LOSS,
    HEED_DEV_BLEU, /* from here on in the order of enum heed_figure_kind */
    HEED_DEV_CHRF,
    HEED_DEV_EXACT,
    HEED_DEV_TOKEN_ERROR
};
#define HEED_DEV_METRIC_WORDS "auto|loss|bleu|chrf|exact|token-error"

/* Of products with parameters in training. AUTO is settled before the first update. */
enum heed_precision { HEED_PRECISION_FP32, HEED_PRECISION_BF16, HEED_PRECISION_AUTO };

#define HEED_RISK_MAX 64 /* as HEED_BEAM_MAX */

struct heed_train_options {
    double lr, min_lr, weight_decay, clip, label_smoothing, loss_scale;
    int64_t warmup;
    enum heed_optimizer optimizer;
    double momentum, beta1, beta2;
    enum heed_schedule schedule;
    int64_t plateau;       /* evaluations without a better one before the rate is cut */
    double plateau_factor; /* to that share of it */
    double dropout, dropout_embed, dropout_layers, dropout_readout, dropout_attention,
        dropout_words;
    double dropout_states;
    bool dropout_variational;
    int64_t shards;
    enum heed_precision precision;
    int64_t rows, tokens;    /* of a batch */
    int64_t window;          /* pairs held in memory; 0: all */
    bool one_pass;           /* of a pipe, as it comes */
    const char *weights;     /* of corpora; NULL or empty: none */
    double temperature;      /* of their sizes; 0: none */
    double subword_sampling; /* of other cuts; 0: none */
    double vary_final;
    int64_t epochs, steps;
    double time;
    enum heed_auto often; /* each pair is seen so often that larger nets are worth their time */
    const char *plan;
    int64_t dev_samples; /* lines whose outputs are kept in the store */
    bool keep;           /* the checkpoint of a run that has ended */
    int64_t snapshots;   /* models kept of the last checkpoints */
    int64_t eval_every, patience, dev_lines, checkpoint_every;
    enum heed_dev_metric metric;
    enum heed_metric_tokens metric_tokens;
    int64_t seed, split_seed;
    double average; /* decay of the moving average of weights; 0: none */
    int64_t freq_masks, freq_width, time_masks, time_width; /* of sources of numbers */
    double time_share;
    const char *teacher;                        /* a model's path; NULL or empty: none */
    double teacher_weight, teacher_temperature; /* see struct heed_draw */
    double scheduled_sampling; /* most of what is fed that the model chose; 0: none */
    double risk;               /* weight of the expected cost of outputs; 0: cross-entropy alone */
    int64_t risk_samples;      /* drawn for a source */
    double risk_sharpness;     /* their probabilities are taken to this power */
    double r_drop;             /* weight of the distance of two passes; 0: one */
};

#define HEED_EPOCHS    10 /* where nothing says how long */
#define HEED_ROWS      32 /* of a batch, where nothing says it, */
#define HEED_ROWS_MANY 64 /* and where each pair is seen many times */

/* For a command's own rows: S is its struct, m its member of type struct heed_train_options. */
#define HEED_TRAIN_ROWS(S, m)                                                                      \
    HEED_ROW_COUNT(S, m.epochs, "epochs", "0", 0, 1e9, "N",                                        \
                   "passes over the data; without epochs, steps or time: 10",                      \
                   .flags = HEED_OPTION_LATER),                                                    \
        HEED_ROW_COUNT(S, m.steps, "steps", "0", 0, 1e12, "N", "updates in all",                   \
                       .flags = HEED_OPTION_LATER),                                                \
        HEED_ROW_TIME(S, m.time, "time", "0", 0, 3e7, "TIME",                                      \
                      "wall clock from the start of the command to its end: reading, learning "    \
                      "tokenizers, measuring on dev and saving are in it",                         \
                      .flags = HEED_OPTION_LATER),                                                 \
        HEED_ROW_STRING(                                                                           \
            S, m.plan, "plan", NULL, "PLAN",                                                       \
            "what --time decided, as it is told at the end: with it, and all else the "            \
            "same, a training ends in the same bytes",                                             \
            .flags = HEED_OPTION_IMPLIED, .absent = ""),                                           \
        HEED_ROW_INT(S, m.seed, "seed", "1", 0, 9e15, "N",                                         \
                     "of initial weights, order of the data and dropout", .letter = 's'),          \
        HEED_ROW_INT(S, m.split_seed, "split-seed", "1", -1, 9e15, "N",                            \
                     "of the choice of the pairs set aside without --dev; -1: as --seed",          \
                     .absent = "-1"),                                                              \
        HEED_ROW_CHOICE(S, m.often, "long", "auto", "auto|on|off",                                 \
                        "larger nets and batches by default, for long trainings; auto: where "     \
                        "10000 pairs and more are seen 15 times each and more, for which --time "  \
                        "has to have 15 ms a pair",                                                \
                        .flags = HEED_OPTION_IMPLIED, .absent = "auto"),                           \
        HEED_ROW_INT(S, m.rows, "rows", "0", 0, 65536, "N",                                        \
                     "pairs in a batch at most; 0: 32, or 64 in a long training (--long)"),        \
        HEED_ROW_COUNT(S, m.tokens, "tokens", "500", 0, 1e9, "N",                                  \
                       "target tokens in a batch at most; 0: no bound"),                           \
        HEED_ROW_COUNT(S, m.window, "window", "500000", 0, 1e9, "N",                               \
                       "pairs of text held in memory, and shuffled together; if there are more, "  \
                       "all lie as ids in a file (--spool), words are counted in all, and pieces " \
                       "learnt and pairs examined by the first N; 0: all are held",                \
                       .flags = HEED_OPTION_IMPLIED, .absent = "500000"),                          \
        HEED_ROW_SWITCH(S, m.one_pass, "one-pass", "off",                                          \
                        "train on pairs of standard input as they come, once, a window at a "      \
                        "time: a pipe may have no end; needs --steps",                             \
                        .flags = HEED_OPTION_IMPLIED, .absent = "off"),                            \
        HEED_ROW_STRING(S, m.weights, "weights", NULL, "W,...",                                    \
                        "share of an epoch that each file or folder of pairs has, as 3,1: its "    \
                        "pairs come as often as that asks for; without it, and without "           \
                        "temperature, all pairs come once",                                        \
                        .flags = HEED_OPTION_IMPLIED, .absent = ""),                               \
        HEED_ROW_REAL(S, m.temperature, "temperature", "0", 0, 1000, "T",                          \
                      "share of each file by its number of pairs to the power 1/T: 1 as it is, "   \
                      "above 1 more of the small ones; 0: none",                                   \
                      .flags = HEED_OPTION_IMPLIED, .absent = "0"),                                \
        HEED_ROW_REAL(S, m.subword_sampling, "subword-sampling", "0", 0, 1, "ALPHA",               \
                      "cut pairs into other pieces of SentencePiece in each epoch: of bpe each "   \
                      "merge is left out with this probability, of unigram a cut's probability "   \
                      "is to this power; 0: none",                                                 \
                      .flags = HEED_OPTION_IMPLIED, .absent = "0"),                                \
        HEED_ROW_REAL(S, m.vary_final, "vary-final", "-1", -1, 1, "P",                             \
                      "leave the final punctuation off so many pairs a pass, so that a source "    \
                      "without it keeps its words; -1: 0.1 where most pairs have it",              \
                      .absent = "0"),                                                              \
        HEED_ROW_CHOICE(S, m.optimizer, "optimizer", "adam", "adam|sgd",                           \
                        "adam, with --weight-decay AdamW; or stochastic gradient descent with "    \
                        "momentum",                                                                \
                        .flags = HEED_OPTION_IMPLIED, .absent = "adam"),                           \
        HEED_ROW_REAL(S, m.momentum, "momentum", "0.9", 0, 1, "SHARE",                             \
                      "of the last step's direction that SGD keeps; 0: none",                      \
                      .flags = HEED_OPTION_IMPLIED | HEED_OPTION_EXCL_MAX, .absent = "0.9"),       \
        HEED_ROW_REAL(S, m.beta1, "beta1", "0.9", 0, 1, "DECAY", "of Adam's mean of gradients",    \
                      .flags = HEED_OPTION_IMPLIED | HEED_OPTION_EXCL_MAX | HEED_OPTION_HIDDEN,    \
                      .absent = "0.9"),                                                            \
        HEED_ROW_REAL(S, m.beta2, "beta2", "0.999", 0, 1, "DECAY", "of Adam's mean of squares",    \
                      .flags = HEED_OPTION_IMPLIED | HEED_OPTION_EXCL_MAX | HEED_OPTION_HIDDEN,    \
                      .absent = "0.999"),                                                          \
        HEED_ROW_REAL(S, m.lr, "lr", "-1", -1, 10, "RATE",                                         \
                      "the learning rate at its peak; -1: 0.004, or what the kind of net has, "    \
                      "0.5 with SGD; and less for runs of more than 8000 updates and 2.5 epochs, " \
                      "down to half "                                                              \
                      "of it; of embeddings only the rows in a batch move"),                       \
        HEED_ROW_CHOICE(S, m.schedule, "schedule", "linear",                                       \
                        "linear|constant|rsqrt|cosine|plateau",                                    \
                        "of the rate after warm-up; plateau: cut where measuring on dev finds "    \
                        "nothing better"),                                                         \
        HEED_ROW_INT(S, m.plateau, "plateau", "2", 1, 1e6, "N",                                    \
                     "evaluations without a better one before schedule plateau cuts the rate",     \
                     .flags = HEED_OPTION_IMPLIED, .absent = "2"),                                 \
        HEED_ROW_REAL(S, m.plateau_factor, "plateau-factor", "0.5", 0, 1, "SHARE",                 \
                      "to which it is cut",                                                        \
                      .flags = HEED_OPTION_IMPLIED | HEED_OPTION_EXCL_MIN | HEED_OPTION_EXCL_MAX,  \
                      .absent = "0.5"),                                                            \
        HEED_ROW_COUNT(S, m.warmup, "warmup", "500", 0, 1e9, "N",                                  \
                       "updates of linear warm-up; at most a tenth of all"),                       \
        HEED_ROW_REAL(S, m.min_lr, "min-lr", "0.05", 0, 1, "SHARE",                                \
                      "share of the peak at which the linear and the cosine schedule end, and "    \
                      "below which plateau does not cut",                                          \
                      .flags = HEED_OPTION_HIDDEN),                                                \
        HEED_ROW_REAL(S, m.clip, "clip", "1", 0, 1e9, "NORM",                                      \
                      "bound of the gradient's norm; 0: none"),                                    \
        HEED_ROW_REAL(S, m.dropout, "dropout", "-1", -1, 1, "P",                                   \
                      "on embeddings, between layers and on the readout; -1: 0.1 below 8 epochs, " \
                      "0.2 below 25 and where both vocabularies are letters, else 0.3",            \
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
        HEED_ROW_SWITCH(S, m.dropout_variational, "dropout-variational", "off",                    \
                        "drop the same units at every position of a line",                         \
                        .flags = HEED_OPTION_IMPLIED, .absent = "off"),                            \
        HEED_ROW_REAL(S, m.dropout_states, "dropout-states", "0", 0, 1, "P",                       \
                      "on states of a recurrent net, as they go into the next step's product; "    \
                      "the same units at every step",                                              \
                      .flags = HEED_OPTION_EXCL_MAX | HEED_OPTION_IMPLIED, .absent = "0"),         \
        HEED_ROW_INT(S, m.freq_masks, "freq-masks", "2", 0, 64, "N",                               \
                     "masks over bands of features in training (SpecAugment)",                     \
                     .flags = HEED_OPTION_IMPLIED, .absent = "2"),                                 \
        HEED_ROW_INT(S, m.freq_width, "freq-width", "15", 0, 4096, "N",                            \
                     "bands that a mask covers at most",                                           \
                     .flags = HEED_OPTION_HIDDEN | HEED_OPTION_IMPLIED, .absent = "15"),           \
        HEED_ROW_INT(S, m.time_masks, "time-masks", "2", 0, 64, "N",                               \
                     "masks over frames of features in training", .flags = HEED_OPTION_IMPLIED,    \
                     .absent = "2"),                                                               \
        HEED_ROW_INT(S, m.time_width, "time-width", "30", 0, 65536, "N",                           \
                     "frames that a mask covers at most",                                          \
                     .flags = HEED_OPTION_HIDDEN | HEED_OPTION_IMPLIED, .absent = "30"),           \
        HEED_ROW_REAL(S, m.time_share, "time-share", "0.1", 0, 1, "SHARE",                         \
                      "of a source that a mask over frames covers at most",                        \
                      .flags = HEED_OPTION_HIDDEN | HEED_OPTION_IMPLIED, .absent = "0.1"),         \
        HEED_ROW_REAL(S, m.dropout_words, "dropout-words", "0", 0, 1, "P",                         \
                      "on whole tokens of the source, which are unknown ones then: so that a "     \
                      "translation does not hang on each of them",                                 \
                      .flags = HEED_OPTION_IMPLIED | HEED_OPTION_EXCL_MAX, .absent = "0"),         \
        HEED_ROW_REAL(S, m.label_smoothing, "label-smoothing", "0.1", 0, 1, "E",                   \
                      "share of probability spread over all words",                                \
                      .flags = HEED_OPTION_EXCL_MAX),                                              \
        HEED_ROW_STRING(S, m.teacher, "teacher", NULL, "MODEL",                                    \
                        "learn also what this model, of the same vocabularies, would choose from " \
                        "at each word; a new model takes its tokenizers and vocabularies",         \
                        .flags = HEED_OPTION_LATER | HEED_OPTION_IMPLIED, .absent = ""),           \
        HEED_ROW_REAL(S, m.teacher_weight, "teacher-weight", "0.5", 0, 1, "SHARE",                 \
                      "of the loss that is the teacher's, the rest is the pairs'",                 \
                      .flags = HEED_OPTION_IMPLIED | HEED_OPTION_EXCL_MIN, .absent = "0.5"),       \
        HEED_ROW_REAL(S, m.teacher_temperature, "teacher-temperature", "1", 0.01, 100, "T",        \
                      "both distributions are compared at; above 1 flatter ones",                  \
                      .flags = HEED_OPTION_IMPLIED, .absent = "1"),                                \
        HEED_ROW_REAL(S, m.r_drop, "r-drop", "0", 0, 100, "WEIGHT",                                \
                      "of how far apart two passes with different dropout are, which each update " \
                      "then makes of its pairs (R-Drop); 0: one pass",                             \
                      .flags = HEED_OPTION_IMPLIED, .absent = "0"),                                \
        HEED_ROW_REAL(S, m.scheduled_sampling, "scheduled-sampling", "0", 0, 1, "P",               \
                      "of target words a step is fed in the end that are what the model would "    \
                      "have chosen, not what the pairs say; it rises from 0",                      \
                      .flags = HEED_OPTION_IMPLIED, .absent = "0"),                                \
        HEED_ROW_REAL(S, m.risk, "risk", "0", 0, 1, "SHARE",                                       \
                      "of the loss that is minimum risk, to tune a model that knows its pairs: "   \
                      "what outputs that it draws are expected to cost by the dev metric, the "    \
                      "rest is cross-entropy without smoothing",                                   \
                      .flags = HEED_OPTION_IMPLIED, .absent = "0"),                                \
        HEED_ROW_INT(S, m.risk_samples, "risk-samples", "8", 1, HEED_RISK_MAX, "N",                \
                     "outputs that are drawn for each source, beside its target",                  \
                     .flags = HEED_OPTION_IMPLIED, .absent = "8"),                                 \
        HEED_ROW_REAL(S, m.risk_sharpness, "risk-sharpness", "1", 0, 100, "A",                     \
                      "their probabilities are taken to this power: the larger, the more the "     \
                      "likeliest count",                                                           \
                      .flags = HEED_OPTION_IMPLIED | HEED_OPTION_EXCL_MIN, .absent = "1"),         \
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
        HEED_ROW_CHOICE(S, m.metric, "metric", "auto", HEED_DEV_METRIC_WORDS,                      \
                        "dev metric that chooses the best model, as soon as it is large enough "   \
                        "to tell, and until then the dev loss; auto: by the dev targets",          \
                        .absent = "bleu"),                                                         \
        HEED_ROW_CHOICE(S, m.metric_tokens, "metric-tokens", "auto", HEED_METRIC_WORDS,            \
                        "tokens that dev figures are counted over, as in evaluate --tokens",       \
                        .absent = "13a"),                                                          \
        HEED_ROW_COUNT(S, m.eval_every, "eval-every", "0", 0, 1e12, "N",                           \
                       "updates between dev evaluations; 0: about 20 a run, 20 apart or more, "    \
                       "under --time for a tenth of it at most",                                   \
                       .flags = HEED_OPTION_LATER),                                                \
        HEED_ROW_INT(S, m.patience, "patience", "0", 0, 1e6, "N",                                  \
                     "stop after so many evaluations without a better one; 0: never",              \
                     .flags = HEED_OPTION_LATER),                                                  \
        HEED_ROW_COUNT(                                                                            \
            S, m.dev_lines, "dev-lines", "0", 0, 1e9, "N",                                         \
            "dev pairs that are measured on, spread evenly; 0: all, or under --time as "           \
            "many as fit into a tenth of it",                                                      \
            .flags = HEED_OPTION_HIDDEN),                                                          \
        HEED_ROW_COUNT(S, m.dev_samples, "dev-samples", "5", 0, 1000, "N",                         \
                       "dev lines, spread evenly, whose outputs at each measuring are kept in "    \
                       "the store, for runs show, runs watch and plot --html",                     \
                       .flags = HEED_OPTION_LATER | HEED_OPTION_IMPLIED, .absent = "5"),           \
        HEED_ROW_COUNT(S, m.checkpoint_every, "checkpoint-every", "500", 1, 1e12, "N",             \
                       "updates between checkpoints", .flags = HEED_OPTION_LATER),                 \
        HEED_ROW_INT(S, m.snapshots, "snapshots", "0", 0, 1000, "N",                               \
                     "leave the models of the last N multiples of checkpoint-every beside MODEL, " \
                     "as MODEL-STEP.heed, weights as they move, for average; 0: none",             \
                     .flags = HEED_OPTION_LATER | HEED_OPTION_IMPLIED, .absent = "0"),             \
        HEED_ROW_SWITCH(S, m.keep, "keep-checkpoint", "off",                                       \
                        "leave it when the training is done, so that --resume can make it longer", \
                        .flags = HEED_OPTION_LATER, .absent = "off"),                              \
        HEED_ROW_CHOICE(                                                                           \
            S, m.precision, "precision", "fp32", "fp32|bf16|auto",                                 \
            "of what products of training multiply; weights, sums and all else are fp32, and so "  \
            "is the model; auto: bf16 where this CPU has an instruction for it that is faster; a " \
            "run that is gone on with keeps what it was",                                          \
            .flags = HEED_OPTION_IMPLIED, .absent = "fp32"),                                       \
        HEED_ROW_INT(                                                                              \
            S, m.shards, "shards", "4", 1, 1024, "N",                                              \
            "parts of a batch, which workers share: no more of them work than there are parts",    \
            .flags = HEED_OPTION_HIDDEN)

extern const struct heed_option heed_train_rows[];

#endif
