/* batch_mask.h: the two halves of batch-mask: passing a window through, and epochs for train. */
#ifndef HEED_CLI_BATCH_MASK_H
#define HEED_CLI_BATCH_MASK_H

#include "cli/cli.h"
#include "cli/stage.h"
#include "data/copied.h"
#include "data/filter.h"

struct batch_mask {
    struct stage stage;
    int64_t rows, tokens, window, epochs, seed;
    double vary_final;
    struct heed_filter filter;
    double allow_dropped;
    /* passing through: the window under way */
    struct held {
        struct heed_doc frame;
        bool sent;
    } * held;
    size_t n_held, cap_held;
    int64_t n_rows;
    /* epochs */
    struct heed_sides sides; /* of the stream; no tokenizer: it does not say */
    bool opened;
    struct heed_dataset data;
    struct heed_filter_report report;
    struct heed_copied copied;
    const struct heed_batcher *batcher;
    /* --stats: places for ids in the batches sent, and those that hold one */
    int64_t n_cells, n_ids;
};

/* batch_send.c: sends a batch, with what it adds to the counts; and tells those (--stats). */
int batch_send(struct batch_mask *w, struct heed_doc *batch, struct heed_err *err) HEED_MUST_USE;
void batch_tell(void *ctx);
/* The hooks of --epochs (batch_epochs.c). */
int epochs_head(void *ctx, struct heed_doc *head, struct heed_err *err);
int epochs_take(void *ctx, struct heed_doc *frame, struct heed_err *err);
int epochs_send(void *ctx, struct heed_err *err);

#endif
