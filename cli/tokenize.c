/* tokenize.c: lines of text, or pairs, to a stream of ids.
 *
 * Lines are collected into frames of --rows lines; a frame leaves earlier when the input has
 * nothing more to give for a moment, so that a person typing is answered at once, and after each
 * line under -u. */
#include <string.h>
#include <time.h>
#include "cli/rows.h"
#include "cli/sides.h"
#include "cli/stage.h"
#include "data/columns.h"
#include "data/line.h"

struct tokenize {
    struct stage stage;
    struct sides_options sides_options;
    const char *columns_option, *tag, *tag_columns;
    struct heed_str tagged;
    struct heed_columns columns;
    int64_t rows;
    bool src_eos, skip_bad, send_vocab;

    struct heed_sides sides;
    char model[65];              /* its fingerprint, or "" */
    struct heed_line *src, *tgt; /* --rows of them, reused from frame to frame */
    int64_t *line;
    int64_t n, cells; /* of the frame under way: rows, and the widest row */
    int64_t n_tokens, n_unknown, n_bad;
};

/* Ids, or bytes of text, in a frame: a very long line gets a frame of its own, since every row
 * beside it would be padded to its length. */
#define FRAME_CELLS (1 << 20)

/* --- frames --- */

static int send(void *ctx, struct heed_err *err)
{
    struct tokenize *w = ctx;
    if (w->n == 0)
        return 0;
    struct heed_doc doc;
    heed_doc_init(&doc);
    heed_lines_ids_to_doc(w->src, w->n, "src", "src_len", &doc);
    heed_doc_add(&doc, "line", HEED_I64, 1, &w->n, w->line);
    if (w->stage.pairs)
        heed_lines_ids_to_doc(w->tgt, w->n, "tgt", "tgt_len", &doc);
    else
        heed_lines_text_to_doc(w->src, w->n, &doc);
    w->n = w->cells = 0;
    return stage_send(&w->stage, NULL, &doc, err);
}

/* --- lines --- */

static int encode(struct tokenize *w, const struct heed_side *side, struct heed_line *rows,
                  const char *s, size_t n, bool eos, struct heed_err *err)
{
    const struct heed_tokens *t = &rows[w->n].tokens;
    if (heed_line_take(&rows[w->n], side, s, n, eos, err) < 0)
        return -1;
    w->n_tokens += (int64_t)t->n - (t->n && eos);
    w->n_unknown += (int64_t)t->n_unknown;
    w->stage.n_cut += t->n_cut > 0;
    return 0;
}

static int take_pair(struct tokenize *w, struct heed_err *err)
{
    const struct heed_str *line = &w->stage.text.line;
    struct heed_columns_pair p;
    if (!heed_columns_cut(&w->columns, line->data, line->len, &p)) {
        bool first = w->stage.text.number == 1;
        if (!w->skip_bad)
            return heed_columns_refuse(&w->columns, line->data, line->len, first, err);
        w->n_bad++;
        return 0;
    }
    if (heed_tagging_pair(&w->stage.tagging, line->data, line->len, &p, &w->tagged, err) ||
        encode(w, &w->sides.src, w->src, p.src, p.n_src, w->sides.src_eos, err) < 0 ||
        encode(w, &w->sides.tgt, w->tgt, p.tgt, p.n_tgt, true, err) < 0)
        return -1;
    w->line[w->n++] = w->stage.text.number - 1;
    return 0;
}

static void swap_rows(struct heed_line *rows, int64_t a, int64_t b)
{
    struct heed_line l = rows[a];
    rows[a] = rows[b];
    rows[b] = l;
}

/* Would the frame be too large with its last row? Then the rows before it go first. */
static int make_room(struct tokenize *w, struct heed_err *err)
{
    if (w->n == 0)
        return 0;
    int64_t last = w->n - 1, before = w->cells;
    size_t cells = HEED_MAX(w->src[last].tokens.n, w->tgt[last].tokens.n);
    if (!w->stage.pairs)
        cells = HEED_MAX(cells, w->src[last].text.len);
    w->cells = HEED_MAX(before, (int64_t)cells);
    if (last < 1 || w->cells * w->n <= FRAME_CELLS)
        return 0;
    w->n = last;
    if (send(w, err) < 0)
        return -1;
    swap_rows(w->src, 0, last);
    swap_rows(w->tgt, 0, last);
    w->line[0] = w->line[last];
    w->n = 1;
    w->cells = (int64_t)cells;
    return 0;
}

/* Nothing to read for 10 ms: a person, or a slow command, which is worth an early frame. */
static bool idle(struct heed_input *in)
{
    const struct timespec nap = {0, 2000000};
    for (int i = 0; i < 5; i++) {
        if (heed_input_ready(in))
            return false;
        nanosleep(&nap, NULL);
    }
    return !heed_input_ready(in);
}

static int take_line(void *ctx, struct heed_doc *frame, struct heed_err *err)
{
    struct tokenize *w = ctx;
    const struct heed_str *line = &w->stage.text.line;
    (void)frame;
    if (w->stage.pairs) {
        if (take_pair(w, err) < 0)
            return -1;
    } else {
        if (encode(w, &w->sides.src, w->src, line->data, line->len, w->sides.src_eos, err) < 0)
            return -1;
        w->line[w->n++] = w->stage.text.number - 1;
    }
    if (make_room(w, err) < 0)
        return -1;
    if (w->n == w->rows || heed_cli.unbuffered)
        return send(w, err);
    if (w->n == 0 || !idle(&w->stage.text.in))
        return 0;
    return send(w, err) || heed_output_flush(&heed_cli.out, err) ? -1 : 0;
}

/* --- the command --- */

static int head(void *ctx, struct heed_doc *doc, struct heed_err *err)
{
    struct tokenize *w = ctx;
    (void)err;
    if (w->stage.pairs || w->send_vocab)
        heed_sides_to_doc(&w->sides, w->stage.pairs ? 3 : 1, doc);
    heed_doc_set_meta(doc, "vocab.src", w->sides.src.fingerprint);
    if (w->stage.pairs)
        heed_doc_set_meta(doc, "vocab.tgt", w->sides.tgt.fingerprint);
    if (w->model[0])
        heed_doc_set_meta(doc, "model", w->model);
    heed_doc_set_meta(doc, "src-eos", w->sides.src_eos ? "on" : "off");
    return 0;
}

static void tell(void *ctx)
{
    const struct tokenize *w = ctx;
    int64_t n = w->stage.text.number;
    heed_note("%lld lines, %lld tokens, %lld unknown (%.2f %%), %.0f lines/s", (long long)n,
              (long long)w->n_tokens, (long long)w->n_unknown,
              w->n_tokens ? 100.0 * (double)w->n_unknown / (double)w->n_tokens : 0.0,
              (double)n / stage_seconds());
}

/* Without columns of the rest it is the first ones. */
static int open_tags(struct tokenize *w, struct heed_err *err)
{
    if (w->tag_columns && w->stage.pairs && !w->columns_option)
        w->columns_option = "1,2";
    if (w->tag_columns && !w->stage.pairs && !w->stage.column)
        w->stage.column = 1;
    return heed_tagging_open(&w->stage.tagging, w->tag_columns, w->tag, err);
}

/* Of the store nobody says whether its lines have tags. */
static int check_tags(struct tokenize *w, struct heed_err *err)
{
    if (!w->model[0])
        w->sides.src.tags = (int32_t)w->stage.tagging.n;
    return heed_side_check_tags(&w->sides.src, w->stage.tagging.n, err);
}

static int run(void *opaque, struct heed_err *err)
{
    struct tokenize *w = opaque;
    w->stage.writes = "ids";
    w->stage.ctx = w;
    w->stage.head = head;
    w->stage.item = take_line;
    w->stage.part = send;
    w->stage.tell = tell;
    if (w->columns_option && !w->stage.pairs)
        return heed_usage(err, "--columns goes with --pairs; of one text it is --column N");
    if (w->stage.column && w->stage.pairs)
        return heed_usage(err, "--column is of one text; with --pairs it is --columns S,T");
    if (open_tags(w, err) || heed_columns_parse(w->columns_option, "columns", &w->columns, err))
        return -1;
    if (sides_open(&w->sides, &w->sides_options, w->stage.pairs ? 3 : 1, NULL, w->model, err) < 0 ||
        check_tags(w, err))
        return -1;
    if (heed_option_given("src-eos") || !w->model[0])
        w->sides.src_eos = w->src_eos;
    w->src = heed_xcalloc((size_t)w->rows, sizeof(*w->src));
    w->tgt = heed_xcalloc((size_t)w->rows, sizeof(*w->tgt));
    w->line = heed_xcalloc((size_t)w->rows, sizeof(*w->line));
    int status = stage_run(&w->stage, err);
    if (w->n_bad)
        heed_warn("%s: %lld lines that are not SOURCE<TAB>TARGET left out", w->stage.text.in.name,
                  (long long)w->n_bad);
    heed_lines_release(w->src, (size_t)w->rows);
    heed_lines_release(w->tgt, (size_t)w->rows);
    free(w->line);
    heed_str_release(&w->tagged);
    heed_sides_release(&w->sides);
    return status;
}

static const struct heed_option options[] = {
    SIDES_ROWS(struct tokenize, sides_options),
    HEED_ROW_SWITCH(
        struct tokenize, stage.pairs, "pairs", NULL,
        "lines are SOURCE<TAB>TARGET; the stream carries both sides and their vocabularies"),
    HEED_ROW_INT(struct tokenize, rows, "rows", "64", 1, 65536, "N", "lines in a frame"),
    HEED_ROW_SWITCH(struct tokenize, src_eos, "src-eos", NULL,
                    "end the source with eos too (a model's own setting comes with -m)"),
    HEED_ROW_SWITCH(struct tokenize, send_vocab, "send-vocab", NULL,
                    "send the vocabulary with the stream, so that peek --words shows words"),
    HEED_ROW_SWITCH(struct tokenize, skip_bad, "skip-bad", NULL,
                    "with --pairs: count lines that are no pair in place of stopping"),
    COLUMN_ROW(struct tokenize, stage.column, "the text"),
    TAG_ROW(struct tokenize, tag),
    TAG_COLUMNS_ROW(struct tokenize, tag_columns),
    COLUMNS_ROW(struct tokenize, columns_option),
    MAX_LINE_ROW(struct tokenize, stage.max_line),
    KEEP_GOING_ROW(struct tokenize, stage.keep_going, "is too long, or lacks the column,"),
    {0},
};

const struct heed_command heed_command = {
    .name = "tokenize",
    .summary = "text or pairs to a stream of ids",
    .usage = "-m MODEL | --vocab NAME [FILE]",
    .about = "Reads lines of UTF-8 text, cuts each into the pieces of a vocabulary and writes "
             "their ids as a stream of tensors. Only a line feed ends a line, and every line gives "
             "one row: an empty line one of length 0.\n\n"
             "Tokenizer and vocabulary come from a model (-m) or from the store (--vocab, see "
             "vocab). What the vocabulary lacks is unk; the text travels along, so decode can put "
             "the word itself. Text like <unk> or <eos> is text.",
    .examples =
        "tokenize -m enfr.heed < en.txt | encode -m enfr.heed | decode -m enfr.heed\n"
        "tokenize --vocab enfr --pairs pairs.tsv | batch-mask --epochs 10 | train -o enfr.heed",
    .see_also = "vocab, batch-mask, encode, detokenize",
    .options = options,
    .most_used = "model vocab pairs column",
    .self_size = sizeof(struct tokenize),
    .max_operands = 1,
    .refuse = heed_refuse,
    .run = run,
};
