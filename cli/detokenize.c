/* detokenize.c: ids or hypotheses back to text, one line for each line, in the order of `line`.
 *
 * The vocabulary is that of --vocab or --model, or the one the stream carries. An id that the
 * vocabulary lacks is written as the word of the source it stands for, where the frame still has
 * that text: the source's own place, or the one that a hypothesis looked at most. */
#include <string.h>
#include "cli/rows.h"
#include "cli/stage.h"
#include "cli/sides.h"
#include "cli/unknown.h"

struct detokenize {
    struct stage stage;
    struct sides_options sides_options;
    enum { SIDE_SRC, SIDE_TGT } side; /* the order is the row's */
    struct unknown_options unknown;

    struct heed_sides sides;
    const struct heed_side *of; /* the side that is put back */
    bool target, hypotheses;
    char maker[65]; /* the model of the first part */
    int64_t n_lines;
};

/* The words that ids do not know: a hypothesis tells where it looked most, the source is its own,
 * and of a target that is no hypothesis nothing is known. */
static bool find_source(const struct detokenize *w, const struct heed_doc *frame, int64_t row,
                        int64_t n, struct heed_source_text *src)
{
    if (w->unknown.how != UNKNOWN_REPLACE || !heed_source_text_find(frame, row, src))
        return false;
    if (!w->target)
        return true;
    const struct heed_array *align = w->hypotheses ? heed_doc_find(frame, "align") : NULL;
    if (!align || align->dtype != HEED_I32 || align->rank != 3 || align->dims[2] < n)
        return false;
    const int64_t at = row * align->dims[1] * align->dims[2];
    const struct heed_array *weight = heed_doc_find(frame, "align_weight");
    src->align = (const int32_t *)align->data + at;
    if (weight && weight->size == align->size) /* of the same [B,N,T], says the schema */
        src->weight = (const float *)weight->data + at;
    src->least = w->unknown.least;
    src->dictionary = &w->unknown.dictionary;
    return true;
}

static int put_row(struct detokenize *w, const struct heed_doc *frame, int64_t row,
                   const int32_t *ids, int64_t n, int64_t line, struct heed_err *err)
{
    struct heed_str text = {0};
    struct heed_source_text src;
    bool known = find_source(w, frame, row, n, &src);
    int status = 0;
    if (known && n == 0 && !w->target &&
        src.size > 0) /* of white space alone there are no tokens */
        heed_str_add(&text, src.text, (size_t)src.size);
    else
        status = (w->hypotheses ? heed_side_say : heed_side_decode)(
            w->of, ids, (size_t)n, known ? &src : NULL, &text, err);
    if (status == 0)
        status = stage_put(&w->stage, line, &text, err);
    heed_str_release(&text);
    return status;
}

/* Of several hypotheses the first, which is the best. */
static int put_frame(void *ctx, struct heed_doc *frame, struct heed_err *err)
{
    struct detokenize *w = ctx;
    const char *name = w->target ? "tgt" : "src";
    const struct heed_array *ids = heed_doc_want(frame, name, HEED_I32, w->hypotheses ? 3 : 2, err);
    const struct heed_array *len = ids ? heed_doc_want(frame, w->target ? "tgt_len" : "src_len",
                                                       HEED_I32, w->hypotheses ? 2 : 1, err)
                                       : NULL;
    const struct heed_array *line = len ? heed_doc_want(frame, "line", HEED_I64, 1, err) : NULL;
    if (!line || heed_schema_check_ids(frame, name, w->of->vocab.n, err) < 0)
        return -1;
    int64_t B = ids->dims[0], per_row = w->hypotheses ? ids->dims[1] * ids->dims[2] : ids->dims[1];
    int64_t lens = w->hypotheses ? len->dims[1] : 1;
    for (int64_t r = 0; r < B; r++)
        if (put_row(w, frame, r, (const int32_t *)ids->data + r * per_row,
                    ((const int32_t *)len->data)[r * lens], ((const int64_t *)line->data)[r],
                    err) < 0)
            return -1;
    w->n_lines += B;
    return 0;
}

static int opened(void *ctx, struct heed_err *err)
{
    struct detokenize *w = ctx;
    const struct heed_reader *r = &w->stage.reader;
    char model[65];
    w->hypotheses = !strcmp(r->type, "hypotheses");
    w->target = w->hypotheses || w->side == SIDE_TGT;
    if (w->unknown.path && !w->hypotheses)
        return heed_usage(err, "--dictionary is of hypotheses: these are %s", r->type);
    if (unknown_open(&w->unknown, err))
        return -1;
    if (sides_open(&w->sides, &w->sides_options, w->target ? 2 : 1, &r->head, model, err) < 0)
        return -1;
    w->of = w->target ? &w->sides.tgt : &w->sides.src;
    if (w->hypotheses) {
        const char *maker = heed_doc_meta(&r->head, "model");
        snprintf(w->maker, sizeof(w->maker), "%s", maker ? maker : "");
        w->stage.made.fingerprint = maker ? w->maker : NULL;
        w->stage.made.model = w->sides_options.model;
    }
    const char *there = heed_doc_meta(&r->head, w->target ? "vocab.tgt" : "vocab.src");
    if (there && strcmp(there, w->of->fingerprint))
        return heed_fail(err,
                         "%s: the stream was made with another vocabulary (%.12s there, "
                         "%.12s here)",
                         r->in.name, there, w->of->fingerprint);
    return 0;
}

static void tell(void *ctx)
{
    const struct detokenize *w = ctx;
    heed_note("%lld lines in %lld frames, %.0f lines/s", (long long)w->n_lines,
              (long long)w->stage.reader.n_frames, (double)w->n_lines / stage_seconds());
}

static int run(void *opaque, struct heed_err *err)
{
    struct detokenize *w = opaque;
    w->stage = (struct stage){.reads = "ids|batch|hypotheses",
                              .ctx = w,
                              .opened = opened,
                              .item = put_frame,
                              .tell = tell};
    int status = stage_run(&w->stage, err);
    heed_sides_release(&w->sides);
    unknown_release(&w->unknown);
    return status;
}

static const struct heed_option options[] = {
    SIDES_ROWS(struct detokenize, sides_options),
    HEED_ROW_CHOICE(struct detokenize, side, "side", "src", "src|tgt",
                    "which ids of ids or batches; hypotheses are target ids"),
    UNKNOWN_ROWS(struct detokenize, unknown,
                 "an unknown word becomes that of the source, or stays <unk>"),
    {0},
};

const struct heed_command heed_command = {
    .name = "detokenize",
    .summary = "a stream of ids or hypotheses back to text",
    .usage = "[-m MODEL | --vocab NAME] [FILE]",
    .about = "Reads ids from tokenize, batches from batch-mask or hypotheses from decode, and "
             "writes one line of text for each line, in the order of the text that went in.\n\n"
             "The vocabulary comes from a model, the store, or the stream itself where it carries "
             "it.",
    .examples =
        "decode -m enfr.heed --hypotheses < memory | tee best.hyp | detokenize -m enfr.heed\n"
        "tokenize --vocab en < en.txt | detokenize --vocab en    # what the vocabulary keeps",
    .see_also = "tokenize, decode",
    .options = options,
    .most_used = "model vocab side",
    .self_size = sizeof(struct detokenize),
    .max_operands = 1,
    .run = run,
};
