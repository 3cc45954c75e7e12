/* train.h: parts of the command `train` that stand in files of their own. */
#ifndef HEED_CLI_TRAIN_H
#define HEED_CLI_TRAIN_H

#include "cli/cli.h"
#include "train/train.h"
#include "stream/stream.h"

struct train {
    struct heed_shape shape;
    struct heed_train_options train;
    const char *output, *preset, *init, *name, *tag;
    bool force, resume;
    struct heed_list dev, src_files, tgt_files, plugin_dirs;
    const char *tokenizer, *src_tokenizer, *tgt_tokenizer, *vocab;
    enum heed_auto joint;
    int64_t vocab_size, min_count, max_len, max_line;
    double max_ratio, allow_unknown;
    bool truncate, src_eos, skip_bad;
};

/* What training runs on, however it came: pairs as text, a
 * stream of ids, or a stream of batches. */
struct train_data {
    struct heed_corpus corpus, dev;
    struct heed_dataset dataset;
    struct heed_filter filter;
    struct heed_filter_report report;
    double allow_unknown;
    struct heed_dataset_source dataset_source;
    struct heed_reader reader;
    struct heed_doc frame;
    bool streaming;               /* batches come from reader */
    int32_t src_vocab, tgt_vocab; /* bounds of the ids of a stream */
    int64_t n_uncounted;          /* batches of the stream whose tokens have yet to be counted */
    struct heed_batch_source source;
    struct heed_limits limits;
    char sha256[65];
};

extern const struct heed_option train_rows[];
int train_preset(struct train *self, struct heed_err *err);
/* Takes the options that shape the model, and with_training those of the training, from doc. One
 * that the command line gives must be the same there. */
int train_adopt(struct train *self, const struct heed_doc *doc, bool with_training,
                struct heed_err *err);
/* Reads everything. sides: filled unless it has a tokenizer already (resume, init). */
int train_data_read(const struct train *self, struct train_data *d, struct heed_sides *sides,
                    struct heed_err *err);
int train_data_source(const struct train *self, struct train_data *d, struct heed_err *err);
void train_data_release(struct train_data *d);

void train_tell_data(const struct train_data *d, const struct heed_model *m);
void train_tell_progress(void *ctx, const struct heed_trainer *t);
/* seconds, n_tokens: of this session. */
void train_tell_end(const struct heed_trainer *t, double seconds, int64_t n_tokens);

#endif
