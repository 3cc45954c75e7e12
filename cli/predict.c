/* predict.c: text -> text: tokenize, encode and decode in one process.
 *
 * Lines are read into a window, cut into batches by length, and written in input order. Rows do not
 * see one another, so the text is that of the pipeline whatever the batches are. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/infer.h"
#include "cli/lines.h"
#include "cli/stage.h"
#include "cli/order.h"

#define WINDOW_BATCHES 32
#define BATCH_CELLS    (1 << 15)

struct predict {
    struct infer_options infer;
    int64_t rows, max_line;
    enum unknown unknown;
    struct heed_model model;
    struct heed_engine engine;
    struct heed_order order;
    struct heed_text in;
    struct line *lines;
    size_t n_lines;
    int64_t n_tokens, n_cut;
};

static int read_line(struct predict *self, struct heed_err *err)
{
    struct line *l = &self->lines[self->n_lines];
    int got = heed_text_next(&self->in, err);
    if (got <= 0)
        return got;
    l->number = self->in.number - 1;
    if (line_take(l, &self->model.sides.src, self->in.line.data, self->in.line.len, &self->n_cut,
                  err))
        return heed_err_prefix(err, "%s: line %lld: ", self->in.in.name,
                               (long long)self->in.number);
    self->n_lines++;
    return 1;
}

static int by_length(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    if (x->tokens.n != y->tokens.n)
        return x->tokens.n < y->tokens.n ? 1 : -1;
    return x->number < y->number ? -1 : 1;
}

static int put(struct predict *self, const struct line *l, const struct heed_hypotheses *h,
               int64_t b, struct heed_str *text, struct heed_err *err)
{
    bool replace = self->unknown == UNKNOWN_REPLACE;
    struct heed_source_text src = {l->text.data, (const int32_t *)l->tokens.begin,
                                   (const int32_t *)l->tokens.end, (int64_t)l->tokens.n};
    heed_str_clear(text);
    self->n_tokens += h->tgt_len[b];
    if (heed_hypothesis_text(&self->model, h, b, replace ? &src : NULL, text, err))
        return -1;
    return heed_order_put(&self->order, l->number, text->data ? text->data : "", text->len, err);
}

/* lines[0..n): one batch. */
static int run_batch(struct predict *self, const struct line *lines, int64_t n,
                     struct heed_err *err)
{
    bool eos = self->model.sides.src_eos;
    int64_t S = (int64_t)lines[0].tokens.n + eos;
    int32_t *src = heed_xcalloc((size_t)(n * S + 1), sizeof *src),
            *len = heed_xcalloc((size_t)n, sizeof *len);
    struct heed_encoded x;
    struct heed_hypotheses h = {0};
    struct heed_decode_options o = {0};
    struct heed_str text = {0};

    for (int64_t b = 0; b < n; b++) {
        const struct heed_tokens *t = &lines[b].tokens;
        if (t->n == 0)
            continue;
        memcpy(src + b * S, t->ids, sizeof *src * t->n);
        len[b] = (int32_t)t->n + eos;
        if (eos)
            src[b * S + len[b] - 1] = HEED_EOS;
    }
    int status = heed_engine_encode(&self->engine, n, S, src, len, &x, err) ||
                 heed_engine_decode(&self->engine, &x, &o, &h, err);
    for (int64_t b = 0; b < n && status == 0; b++)
        status = put(self, &lines[b], &h, b, &text, err);
    heed_hypotheses_release(&h);
    heed_str_release(&text);
    free(src);
    free(len);
    return status ? -1 : 0;
}

/* Every row of a batch takes the room of its longest. */
static size_t batch_rows(const struct predict *self, const struct line *longest)
{
    return HEED_MAX(1, HEED_MIN((size_t)self->rows, BATCH_CELLS / (longest->tokens.n + 1)));
}

static int run_window(struct predict *self, struct heed_err *err)
{
    int status = 0;
    qsort(self->lines, self->n_lines, sizeof *self->lines, by_length);
    for (size_t i = 0; i < self->n_lines && status == 0;) {
        size_t n = HEED_MIN(self->n_lines - i, batch_rows(self, &self->lines[i]));
        status = run_batch(self, self->lines + i, (int64_t)n, err);
        i += n;
    }
    self->n_lines = 0;
    if (status == 0 && (heed_cli.unbuffered || heed_cli.out_is_tty))
        status = heed_output_flush(&heed_cli.out, err);
    return status;
}

static int run_lines(struct predict *self, struct heed_err *err)
{
    size_t window = (size_t)self->rows * WINDOW_BATCHES;
    bool typed = isatty(self->in.in.fd);
    int got = 1, status = 0;
    self->lines = heed_xcalloc(window, sizeof *self->lines);
    while (status == 0 && got > 0) {
        got = read_line(self, err);
        bool eager = (heed_cli.unbuffered || typed) && !heed_input_ready(&self->in.in);
        if (got < 0)
            status = -1;
        else if (self->n_lines && (got == 0 || self->n_lines == window || eager))
            status = run_window(self, err);
    }
    for (size_t i = 0; i < window; i++)
        line_release(&self->lines[i]);
    free(self->lines);
    return status ? -1 : heed_order_end(&self->order, err);
}

static int run_model(struct predict *self, struct heed_err *err)
{
    double began = stage_seconds();
    heed_engine_init(&self->engine, &self->model, infer_workers(&self->infer));
    heed_order_init(&self->order, &heed_cli.out, 0);
    int status = run_lines(self, err);
    heed_order_release(&self->order);
    if (heed_cli.stats && status == 0)
        infer_tell_stats(&self->engine, self->in.number, self->n_tokens, "target", began);
    heed_engine_release(&self->engine);
    lines_report(&self->in, self->n_cut);
    stage_record(NULL, NULL, &self->in.in);
    return status;
}

static int run(void *opaque, struct heed_err *err)
{
    struct predict *self = opaque;
    if (infer_load(&self->infer, &self->model, err))
        return -1;
    int status = heed_text_open(&self->in, heed_cli.n_operands ? heed_cli.operands[0] : "-", true,
                                self->max_line, err);
    if (status == 0) {
        status = run_model(self, err);
        heed_text_close(&self->in);
    }
    heed_model_release(&self->model);
    return status;
}

static const struct heed_option rows[] = {
    INFER_ROWS(struct predict, infer),
    INFER_JOBS_ROW(struct predict, infer),
    HEED_ROW_INT(struct predict, rows, "rows", "64", 1, 4096, "N",
                 "lines decoded together; changes the speed, never the text"),
    UNKNOWN_ROW(struct predict, unknown,
                "an unknown word becomes the source word it attends to most, or stays <unk>"),
    MAX_LINE_ROW(struct predict, max_line),
    {0},
};

const struct heed_command heed_command = {
    .name = "predict",
    .summary = "text to text: tokenize, encode and decode in one process",
    .usage = "-m MODEL [FILE]",
    .about = "One line out for every line in, in order; an empty line gives an empty line. The "
             "text is that of the pipeline "
             "tokenize | encode | decode.",
    .examples = "predict -m enfr.heed < en.txt > fr.txt\npredict -u -m enfr.heed",
    .see_also = "train, tokenize, encode, decode",
    .options = rows,
    .self_size = sizeof(struct predict),
    .max_operands = 1,
    .start = heed_start_kernels,
    .run = run,
};
