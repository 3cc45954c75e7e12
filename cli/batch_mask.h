/* batch_mask.h: the two halves of batch-mask: passing a window through, and epochs for train. */
#ifndef HEED_CLI_BATCH_MASK_H
#define HEED_CLI_BATCH_MASK_H

#include "data/filter.h"
#include "stream/stream.h"

struct batch_mask {
    int64_t rows, tokens, window, epochs, seed, max_len;
    double max_ratio;
    bool truncate;
};

struct batch_work {
    const struct batch_mask *self;
    struct heed_reader reader;
    struct heed_writer writer;
    /* passing through: the window under way */
    struct heed_doc **frames;
    size_t n_frames, cap_frames;
    int64_t n_rows;
    /* epochs */
    struct heed_dataset data;
    struct heed_filter_report report;
    /* --stats: places for ids in the batches sent, and those that hold one */
    int64_t n_cells, n_ids;
};

/* Metadata and tensors of the stream frame that was read, for the one to be sent. */
void batch_pass_head(const struct heed_doc *from, struct heed_doc *to);
/* Sends head as the stream frame and releases it. */
int batch_begin(struct batch_work *w, struct heed_doc *head, struct heed_err *err);
void batch_count_cells(struct batch_work *w, const struct heed_doc *doc);
/* Reads everything, then sends every epoch (batch_epochs.c). */
int batch_epochs(struct batch_work *w, struct heed_err *err);

#endif
