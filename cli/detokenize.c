/* detokenize.c: ids or hypotheses back to text, one line for each line, in the order of `line`.
 *
 * The vocabulary is that of --vocab or --model, or the one the stream carries. An id that the
 * vocabulary lacks is written as the word of the source it stands for, where the frame still has
 * that text: the source's own place, or the one that a hypothesis looked at most. */
#include <string.h>
#include "cli/lines.h"
#include "cli/sides.h"
#include "cli/stage.h"
#include "cli/order.h"
#include "data/vocab.h"
#include "stream/stream.h"

struct detokenize {
    struct sides_options sides_options;
    enum { SIDE_SRC, SIDE_TGT } side; /* the order is the row's */
    enum unknown unknown;
};

struct work {
    const struct detokenize *self;
    struct heed_reader reader;
    struct heed_sides sides;
    const struct heed_side *side;
    struct heed_order order;
    bool target, hypotheses;
    int64_t n_lines;
};

/* Source positions of a row's tokens: a hypothesis tells where it
 * looked most, the source is its own. */
static int64_t position(const struct heed_array *align, int64_t row, int64_t i)
{
    if (!align)
        return i;
    return ((const int32_t *)align->data)[row * align->dims[1] * align->dims[2] + i];
}

/* Words the source had where ids are unknown: copies, NULL where the id says enough. */
static char **unknown_words(const struct heed_doc *frame, const struct heed_array *align,
                            int64_t row, const int32_t *ids, int64_t n)
{
    char **words = heed_xcalloc((size_t)n + 1, sizeof(*words));
    const struct heed_array *text = heed_doc_find(frame, "src_text");
    const struct heed_array *begin = heed_doc_find(frame, "src_begin");
    const struct heed_array *end = heed_doc_find(frame, "src_end");
    if (!text || !begin || !end || text->dtype != HEED_U8 || text->rank != 2 ||
        begin->dtype != HEED_I32 || begin->rank != 2 || end->dtype != HEED_I32 || end->rank != 2)
        return words;
    int64_t S = HEED_MIN(begin->dims[1], end->dims[1]);
    for (int64_t i = 0; i < n; i++) {
        int64_t s = position(align, row, i);
        if (ids[i] != HEED_UNK || s < 0 || s >= S)
            continue;
        int64_t from = ((const int32_t *)begin->data)[row * begin->dims[1] + s];
        int64_t to = ((const int32_t *)end->data)[row * end->dims[1] + s];
        const char *line = (const char *)text->data + row * text->dims[1];
        if (from >= 0 && from < to && to <= text->dims[1])
            words[i] = heed_xstrndup(line + from, (size_t)(to - from));
    }
    return words;
}

static int put_row(struct work *w, const struct heed_doc *frame, int64_t row, const int32_t *ids,
                   int64_t n, int64_t line, struct heed_err *err)
{
    struct heed_str text = {0};
    char **words = NULL;
    const struct heed_array *align = w->hypotheses ? heed_doc_find(frame, "align") : NULL;
    bool known = !w->target ||
                 (align && align->dtype == HEED_I32 && align->rank == 3 && align->dims[2] >= n);
    if (known && w->self->unknown == UNKNOWN_REPLACE)
        words = unknown_words(frame, align, row, ids, n);
    int status = heed_side_decode(w->side, ids, (size_t)n, (const char *const *)words, &text, err);
    if (status == 0)
        status = heed_order_put(&w->order, line, text.data ? text.data : "", text.len, err);
    for (int64_t i = 0; words && i < n; i++)
        free(words[i]);
    free(words);
    heed_str_release(&text);
    return status;
}

/* Of several hypotheses the first, which is the best. */
static int put_frame(struct work *w, const struct heed_doc *frame, struct heed_err *err)
{
    const char *name = w->target ? "tgt" : "src";
    const struct heed_array *ids = heed_doc_want(frame, name, HEED_I32, w->hypotheses ? 3 : 2, err);
    const struct heed_array *len = ids ? heed_doc_want(frame, w->target ? "tgt_len" : "src_len",
                                                       HEED_I32, w->hypotheses ? 2 : 1, err)
                                       : NULL;
    const struct heed_array *line = len ? heed_doc_want(frame, "line", HEED_I64, 1, err) : NULL;
    if (!line || heed_schema_check_ids(frame, name, w->side->vocab.n, err) < 0)
        return -1;
    int64_t B = ids->dims[0], per_row = w->hypotheses ? ids->dims[1] * ids->dims[2] : ids->dims[1];
    int64_t lens = w->hypotheses ? len->dims[1] : 1;
    for (int64_t r = 0; r < B; r++)
        if (put_row(w, frame, r, (const int32_t *)ids->data + r * per_row,
                    ((const int32_t *)len->data)[r * lens], ((const int64_t *)line->data)[r],
                    err) < 0)
            return -1;
    w->n_lines += B;
    return heed_cli.unbuffered ? heed_output_flush(&heed_cli.out, err) : 0;
}

static int each_frame(struct work *w, struct heed_err *err)
{
    struct heed_doc frame;
    int got = 0, status = 0;
    heed_doc_init(&frame);
    while (status == 0 && (got = heed_reader_next(&w->reader, &frame, err)) > 0) {
        if (heed_reader_parted(&w->reader))
            status = heed_order_end(&w->order, err) ||
                             heed_reader_window(&w->reader, &w->order.window, err)
                         ? -1
                         : 0;
        if (status == 0)
            status = put_frame(w, &frame, err);
        if (status < 0 && err->status != HEED_QUIET)
            heed_err_prefix(err, "%s: frame %lld: ", w->reader.in.name, (long long)w->reader.seq);
    }
    heed_doc_release(&frame);
    if (status < 0 || got < 0)
        return -1;
    return heed_order_end(&w->order, err);
}

static int check_vocabulary(const struct work *w, struct heed_err *err)
{
    const char *here = w->side->fingerprint;
    const char *there = heed_doc_meta(&w->reader.head, w->target ? "vocab.tgt" : "vocab.src");
    if (there && strcmp(there, here))
        return heed_fail(err,
                         "%s: the stream was made with another vocabulary (%.12s there, "
                         "%.12s here)",
                         w->reader.in.name, there, here);
    return 0;
}

static int work(struct work *w, struct heed_err *err)
{
    char model[65];
    int64_t window = 0;
    w->hypotheses = !strcmp(w->reader.type, "hypotheses");
    w->target = w->hypotheses || w->self->side == SIDE_TGT;
    if (sides_open(&w->sides, &w->self->sides_options, w->target ? 2 : 1, &w->reader.head, model,
                   err) < 0)
        return -1;
    w->side = w->target ? &w->sides.tgt : &w->sides.src;
    int status = check_vocabulary(w, err);
    if (status == 0)
        status = heed_reader_window(&w->reader, &window, err);
    heed_order_init(&w->order, &heed_cli.out, window);
    if (status == 0)
        status = each_frame(w, err);
    heed_order_release(&w->order);
    heed_sides_release(&w->sides);
    return status;
}

static int run(void *opaque, struct heed_err *err)
{
    struct work w = {.self = opaque};
    const char *path = heed_cli.n_operands ? heed_cli.operands[0] : NULL;
    if (heed_reader_open(&w.reader, path, "ids|batch|hypotheses", err) < 0)
        return -1;
    int status = work(&w, err);
    stage_record(&w.reader, NULL, NULL);
    if (heed_cli.stats && status == 0)
        heed_note("%lld lines in %lld frames, %.0f lines/s", (long long)w.n_lines,
                  (long long)w.reader.n_frames, (double)w.n_lines / stage_seconds());
    heed_reader_close(&w.reader);
    return status;
}

static const struct heed_option options[] = {
    SIDES_ROWS(struct detokenize, sides_options),
    HEED_ROW_CHOICE(struct detokenize, side, "side", "src", "src|tgt",
                    "which ids of ids or batches; hypotheses are target ids"),
    UNKNOWN_ROW(struct detokenize, unknown,
                "an unknown word becomes that of the source, or stays <unk>"),
    {0},
};

const struct heed_command heed_command = {
    .name = "detokenize",
    .summary = "a stream of ids or hypotheses back to text",
    .usage = "[-m MODEL | --vocab NAME] [FILE]",
    .about =
        "Reads ids from tokenize, batches from batch-mask or hypotheses from decode, and writes "
        "one "
        "line of text for each line, in the order of the text that went in.\n\n"
        "The vocabulary comes from a model, the store, or the stream itself where it carries it.",
    .examples =
        "decode -m enfr.heed --hypotheses < memory | tee best.hyp | detokenize -m enfr.heed\n"
        "tokenize --vocab en < en.txt | detokenize --vocab en    # what the vocabulary keeps",
    .see_also = "tokenize, decode",
    .options = options,
    .self_size = sizeof(struct detokenize),
    .max_operands = 1,
    .run = run,
};
