/* encode.c: ids or batches -> memory: runs the encoder.
 *
 * Frame by frame: what comes with the ids (lines, text, targets) goes on, with memory, its lengths
 * and the final states beside it. */
#include <string.h>

#include "cli/infer.h"
#include "cli/stage.h"
#include "data/batch.h"

struct encode {
    struct infer_options infer;
    struct heed_model model;
    struct heed_engine engine;
    struct heed_reader reader;
    struct heed_writer writer;
    int64_t n_lines, n_tokens;
};

static int encode_frame(void *ctx, struct heed_doc *frame, struct heed_err *err)
{
    struct encode *self = ctx;
    struct heed_batch b;
    struct heed_encoded x;
    struct heed_doc out;

    if (heed_schema_check_ids(frame, "src", self->model.sides.src.vocab.n, err) ||
        heed_batch_from_doc(frame, &b, err) ||
        heed_engine_encode(&self->engine, b.B, b.S, b.src, b.src_len, &x, err))
        return -1;
    self->n_lines += x.B;
    for (int64_t i = 0; i < x.B; i++)
        self->n_tokens += x.len[i];
    heed_doc_init(&out);
    heed_doc_add(&out, "memory", HEED_F32, 3, (int64_t[]){x.B, x.S, x.D}, x.memory);
    heed_doc_add(&out, "memory_len", HEED_I32, 1, &x.B, x.len);
    heed_doc_add(&out, "state", HEED_F32, 4, (int64_t[]){x.B, x.K, x.L, x.H}, x.state);
    infer_pass_tensors(frame, &out);
    int status = heed_writer_frame(&self->writer, &out, err);
    heed_doc_release(&out);
    return status;
}

static int begin(void *ctx, struct heed_err *err)
{
    struct encode *self = ctx;
    struct heed_doc head;
    heed_doc_init(&head);
    infer_pass_head(&self->reader, &self->model, &head);
    int status = heed_writer_begin(&self->writer, &heed_cli.out, "memory", "encode", &head, err);
    self->writer.flush_each = heed_cli.unbuffered;
    heed_doc_release(&head);
    return status;
}

static int run_stream(struct encode *self, struct heed_err *err)
{
    struct infer_stage stage = {&self->reader, &self->writer, begin, encode_frame, self};
    heed_engine_init(&self->engine, &self->model, infer_workers(&self->infer));
    double began = stage_seconds();
    int status = infer_frames(&stage, err);
    if (status == 0 && heed_cli.stats)
        infer_tell_stats(&self->engine, self->n_lines, self->n_tokens, "source", began);
    heed_engine_release(&self->engine);
    return status;
}

static int run(void *opaque, struct heed_err *err)
{
    struct encode *self = opaque;
    if (infer_load(&self->infer, &self->model, err))
        return -1;
    int status = heed_reader_open(&self->reader, heed_cli.n_operands ? heed_cli.operands[0] : "-",
                                  "ids|batch", err);
    if (status == 0) {
        status = infer_check_stream(&self->reader, &self->model, err) ? -1 : run_stream(self, err);
        heed_reader_close(&self->reader);
    }
    heed_model_release(&self->model);
    return status;
}

static const struct heed_option rows[] = {
    INFER_ROWS(struct encode, infer),
    INFER_JOBS_ROW(struct encode, infer),
    {0},
};

const struct heed_command heed_command = {
    .name = "encode",
    .summary = "run a model's encoder over a stream of ids or batches",
    .usage = "-m MODEL [FILE]",
    .about = "Reads ids or batches, writes memory: one row of width D for every source token, and "
             "the encoder's final states, "
             "from which decode begins. Tensors it does not know are passed on.",
    .examples = "tokenize -m enfr.heed < en.txt | encode -m enfr.heed | decode -m enfr.heed",
    .see_also = "tokenize, batch-mask, attend, decode",
    .options = rows,
    .self_size = sizeof(struct encode),
    .max_operands = 1,
    .refuse = heed_refuse,
    .start = heed_start_kernels,
    .run = run,
};
