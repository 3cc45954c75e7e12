/* encode.c: ids or batches -> memory: runs the encoder.
 *
 * Frame by frame: what comes with the ids (lines, text, targets) goes on, with memory, its lengths
 * and the final states beside it. */
#include <string.h>

#include "cli/infer.h"
#include "cli/rows.h"
#include "cli/said.h"
#include "data/batch.h"
#include "search/broken.h"

struct encode {
    struct infer infer;
    struct stage stage;
    bool keep_going;
    struct heed_arena arena; /* of a frame of such */
    int64_t n_broken, first; /* lines; the first one's number, from 1; 0: the frames do not say */
    struct heed_err why;     /* it is */
};

/* Which lines are empty from here on. */
static void count(struct encode *self, const struct heed_doc *frame, const uint8_t *broken,
                  int64_t B, const struct heed_err *why)
{
    const struct heed_array *a = heed_doc_find(frame, "line");
    bool told = a && a->dtype == HEED_I64 && a->rank == 1 && a->dims[0] == B;
    for (int64_t b = 0; b < B; b++) {
        if (!broken[b])
            continue;
        if (self->n_broken++ == 0) {
            self->first = told ? ((const int64_t *)a->data)[b] + 1 : 0;
            self->why = *why;
        }
    }
}

static int encode(struct encode *self, const struct heed_doc *frame, const struct heed_batch *b,
                  struct heed_encoded *x, struct heed_err *err)
{
    struct heed_engine *e = &self->infer.engine;
    struct heed_err why;
    if (!self->keep_going)
        return heed_engine_encode(e, b->B, b->S, b->src, b->src_len, x, err);
    uint8_t *broken = heed_xcalloc((size_t)b->B + 1, 1);
    int status = heed_engine_encode_on(e, b->B, b->S, b->src, b->src_len, x, broken, &why);
    if (status)
        *err = why;
    else
        count(self, frame, broken, b->B, &why);
    free(broken);
    return status;
}

static int encode_frame(void *ctx, struct heed_doc *frame, struct heed_err *err)
{
    struct encode *self = ctx;
    struct heed_batch b;
    struct heed_encoded x;
    struct heed_doc out;

    heed_arena_reset(&self->arena);
    if (heed_model_source(&self->infer.model, frame, &self->arena, &b, err))
        return -1;
    self->infer.engine.table = b.table;
    if (encode(self, frame, &b, &x, err))
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
    const struct heed_reader *r = &self->stage.reader;
    if (heed_model_check_stream(&self->infer.model, r->type, &r->head, err))
        return heed_err_prefix(err, "%s: ", r->in.name);
    return infer_check_stream(&self->infer, r, err);
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
    self->stage = (struct stage){.reads = "ids|batch|features",
                                 .writes = "memory",
                                 .ctx = self,
                                 .opened = opened,
                                 .head = head,
                                 .item = encode_frame,
                                 .tell = tell};
    heed_arena_init(&self->arena, "source", 64ull << 30);
    int status = infer_run(&self->infer, &self->stage, err);
    heed_arena_free(&self->arena);
    if (status == 0)
        broken_tell(self->n_broken, self->first, self->why.text);
    return status;
}

static const struct heed_option rows[] = {
    INFER_ROWS(struct encode, infer.options),
    JOBS_ROW(struct encode, infer.options.jobs),
    KEEP_GOING_ROW(struct encode, keep_going, "cannot be encoded"),
    {0},
};

const struct heed_command heed_command = {
    .name = "encode",
    .summary = "run a model's encoder over a stream of ids, batches or features",
    .usage = "-m MODEL [FILE]",
    .about =
        "Reads ids, batches or features, as the model's sources are, and writes memory: one row of "
        "width D for every source token, and the encoder's final states, from which decode begins. "
        "Tensors it does not know are "
        "passed on.",
    .examples = "tokenize -m enfr.heed < en.txt | encode -m enfr.heed | decode -m enfr.heed\n"
                "features -m spoken.heed a.wav | encode -m spoken.heed | decode -m spoken.heed",
    .see_also = "tokenize, features, batch-mask, attend, decode",
    .options = rows,
    .self_size = sizeof(struct encode),
    .max_operands = 1,
    .refuse = heed_refuse,
    .start = heed_start_kernels,
    .run = run,
};
