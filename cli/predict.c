/* predict.c: text -> text: tokenize, encode and decode in one process.
 *
 * Lines are read into a window, cut into batches by length, and written in input order. Rows do not
 * see one another, so the text is that of the pipeline whatever the batches are. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/infer.h"
#include "cli/rows.h"
#include "data/line.h"

#define WINDOW_BATCHES 32
#define BATCH_CELLS    (1 << 15)

struct predict {
    struct infer infer;
    struct stage stage;
    int64_t rows;
    enum unknown unknown;
    struct heed_line *lines; /* the window under way */
    size_t n_lines, window;
    bool typed; /* by a person, who waits for an answer */
};

static int by_length(const void *a, const void *b)
{
    const struct heed_line *x = a, *y = b;
    if (x->tokens.n != y->tokens.n)
        return x->tokens.n < y->tokens.n ? 1 : -1;
    return x->number < y->number ? -1 : 1;
}

static int put(struct predict *self, const struct heed_line *l, const struct heed_hypotheses *h,
               int64_t b, struct heed_str *text, struct heed_err *err)
{
    bool replace = self->unknown == UNKNOWN_REPLACE;
    struct heed_source_text src = {.text = l->text.data,
                                   .size = (int64_t)l->text.len,
                                   .begin = (const int32_t *)l->tokens.begin,
                                   .end = (const int32_t *)l->tokens.end,
                                   .n = (int64_t)l->tokens.n};
    heed_str_clear(text);
    self->infer.n_tokens += h->tgt_len[b];
    if (heed_hypothesis_text(&self->infer.model.sides, h, b, 0, replace ? &src : NULL, text, err))
        return -1;
    return stage_put(&self->stage, l->number, text, err);
}

/* lines[0..n): one batch. */
static int run_batch(struct predict *self, const struct heed_line *lines, int64_t n,
                     struct heed_err *err)
{
    struct heed_id_row *src = heed_xcalloc((size_t)n, sizeof *src);
    struct heed_hypotheses h = {0};
    struct heed_search_options o = {0};
    struct heed_str text = {0};

    for (int64_t b = 0; b < n; b++)
        src[b] = (struct heed_id_row){lines[b].tokens.ids, (int64_t)lines[b].tokens.n};
    int status = heed_engine_translate(&self->infer.engine, src, n, &o, &h, err);
    for (int64_t b = 0; b < n && status == 0; b++)
        status = put(self, &lines[b], &h, b, &text, err);
    heed_hypotheses_release(&h);
    heed_str_release(&text);
    free(src);
    return status;
}

/* Every row of a batch takes the room of its longest. */
static size_t batch_rows(const struct predict *self, const struct heed_line *longest)
{
    return HEED_MAX(1, HEED_MIN((size_t)self->rows, BATCH_CELLS / (longest->tokens.n + 1)));
}

static int run_window(void *ctx, struct heed_err *err)
{
    struct predict *self = ctx;
    int status = 0;
    qsort(self->lines, self->n_lines, sizeof *self->lines, by_length);
    for (size_t i = 0; i < self->n_lines && status == 0;) {
        size_t n = HEED_MIN(self->n_lines - i, batch_rows(self, &self->lines[i]));
        status = run_batch(self, self->lines + i, (int64_t)n, err);
        i += n;
    }
    self->n_lines = 0;
    if (status == 0 && heed_cli.out_is_tty)
        status = heed_output_flush(&heed_cli.out, err);
    return status;
}

static int take_line(void *ctx, struct heed_doc *frame, struct heed_err *err)
{
    struct predict *self = ctx;
    struct heed_text *in = &self->stage.text;
    struct heed_line *l = &self->lines[self->n_lines];
    (void)frame;
    l->number = in->number - 1;
    const struct heed_sides *sides = &self->infer.model.sides;
    if (heed_line_take(l, &sides->src, in->line.data, in->line.len, false, err))
        return -1;
    self->stage.n_cut += l->tokens.n_cut > 0;
    bool eager = (heed_cli.unbuffered || self->typed) && !heed_input_ready(&in->in);
    return ++self->n_lines == self->window || eager ? run_window(self, err) : 0;
}

static int opened(void *ctx, struct heed_err *err)
{
    struct predict *self = ctx;
    (void)err;
    self->typed = isatty(self->stage.text.in.fd);
    self->stage.order.window = (int64_t)self->window;
    return 0;
}

static void tell(void *ctx)
{
    struct predict *self = ctx;
    self->infer.n_lines = self->stage.text.number;
    infer_tell(&self->infer, "target");
}

static int run(void *opaque, struct heed_err *err)
{
    struct predict *self = opaque;
    self->stage.ctx = self;
    self->stage.opened = opened;
    self->stage.item = take_line;
    self->stage.part = run_window;
    self->stage.tell = tell;
    self->window = (size_t)self->rows * WINDOW_BATCHES;
    self->lines = heed_xcalloc(self->window, sizeof *self->lines);
    int status = infer_run(&self->infer, &self->stage, err);
    heed_lines_release(self->lines, self->window);
    return status;
}

static const struct heed_option rows[] = {
    INFER_ROWS(struct predict, infer.options),
    INFER_JOBS_ROW(struct predict, infer.options),
    HEED_ROW_INT(struct predict, rows, "rows", "64", 1, 4096, "N",
                 "lines decoded together; changes the speed, never the text"),
    UNKNOWN_ROW(struct predict, unknown,
                "an unknown word becomes the source word it attends to most, or stays <unk>"),
    MAX_LINE_ROW(struct predict, stage.max_line),
    {0},
};

const struct heed_command heed_command = {
    .name = "predict",
    .summary = "text to text: tokenize, encode and decode in one process",
    .usage = "-m MODEL [FILE]",
    .about = "One line out for every line in, in order; an empty line gives an empty line. The "
             "text is that of the pipeline tokenize | encode | decode.",
    .examples = "predict -m enfr.heed < en.txt > fr.txt\npredict -u -m enfr.heed",
    .see_also = "train, tokenize, encode, decode",
    .options = rows,
    .self_size = sizeof(struct predict),
    .max_operands = 1,
    .start = heed_start_kernels,
    .run = run,
};
