/* encode.c: ids or batches -> memory: runs the encoder.
 *
 * Frame by frame: what comes with the ids (lines, text, targets) goes on, with memory, its lengths
 * and the final states beside it. */
#include "cli/infer.h"
#include "cli/rows.h"
#include "data/batch.h"

struct encode {
    struct infer infer;
    struct stage stage;
};

static int encode_frame(void *ctx, struct heed_doc *frame, struct heed_err *err)
{
    struct encode *self = ctx;
    struct heed_batch b;
    struct heed_encoded x;
    struct heed_doc out;

    if (heed_schema_check_ids(frame, "src", self->infer.model.sides.src.vocab.n, err) ||
        heed_batch_from_doc(frame, &b, err) ||
        heed_engine_encode(&self->infer.engine, b.B, b.S, b.src, b.src_len, &x, err))
        return -1;
    self->infer.n_lines += x.B;
    for (int64_t i = 0; i < x.B; i++)
        self->infer.n_tokens += x.len[i];
    heed_doc_init(&out);
    heed_encoded_to_doc(&x, &self->infer.model.net, &out);
    return stage_send(&self->stage, frame, &out, err);
}

static int opened(void *ctx, struct heed_err *err)
{
    struct encode *self = ctx;
    return infer_check_stream(&self->infer, &self->stage.reader, err);
}

static int head(void *ctx, struct heed_doc *doc, struct heed_err *err)
{
    (void)err;
    infer_head(&((struct encode *)ctx)->infer, doc);
    return 0;
}

static void tell(void *ctx)
{
    infer_tell(&((struct encode *)ctx)->infer, "source");
}

static int run(void *opaque, struct heed_err *err)
{
    struct encode *self = opaque;
    self->stage = (struct stage){.reads = "ids|batch",
                                 .writes = "memory",
                                 .ctx = self,
                                 .opened = opened,
                                 .head = head,
                                 .item = encode_frame,
                                 .tell = tell};
    return infer_run(&self->infer, &self->stage, err);
}

static const struct heed_option rows[] = {
    INFER_ROWS(struct encode, infer.options),
    JOBS_ROW(struct encode, infer.options.jobs),
    {0},
};

const struct heed_command heed_command = {
    .name = "encode",
    .summary = "run a model's encoder over a stream of ids or batches",
    .usage = "-m MODEL [FILE]",
    .about = "Reads ids or batches, writes memory: one row of width D for every source token, and "
             "the encoder's final states, from which decode begins. Tensors it does not know are "
             "passed on.",
    .examples = "tokenize -m enfr.heed < en.txt | encode -m enfr.heed | decode -m enfr.heed",
    .see_also = "tokenize, batch-mask, attend, decode",
    .options = rows,
    .self_size = sizeof(struct encode),
    .max_operands = 1,
    .refuse = heed_refuse,
    .start = heed_start_kernels,
    .run = run,
};
