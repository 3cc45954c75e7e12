/* tokenize.c: lines of text, or pairs, to a stream of ids.
 *
 * Lines are collected into frames of --rows lines; a frame leaves earlier when the input has
 * nothing more to give for a moment, so that a person typing is answered at once, and after each
 * line under -u. */
#include <string.h>
#include <time.h>
#include "cli/stage.h"
#include "cli/lines.h"
#include "cli/sides.h"

struct tokenize {
    struct stage stage;
    struct sides_options sides_options;
    int64_t rows;
    bool src_eos, skip_bad, send_vocab;

    struct heed_sides sides;
    char model[65];         /* its fingerprint, or "" */
    struct line *src, *tgt; /* --rows of them, reused from frame to frame */
    int64_t *line;
    int64_t n, cells; /* of the frame under way: rows, and the widest row */
    int64_t n_tokens, n_unknown, n_bad;
};

/* Ids, or bytes of text, in a frame: a very long line gets a frame of its own, since every row
 * beside it would be padded to its length. */
#define FRAME_CELLS (1 << 20)

/* --- frames --- */

static void *own(struct heed_doc *doc, const char *name, enum heed_dtype dtype, int rank,
                 const int64_t *dims)
{
    size_t size = heed_dtype_size(dtype);
    for (int i = 0; i < rank; i++)
        size *= (size_t)dims[i];
    void *data = heed_xcalloc(size + 1, 1);
    heed_doc_add(doc, name, dtype, rank, dims, data)->owned = data;
    return data;
}

static int64_t widest(const struct line *rows, int64_t n)
{
    size_t width = 0;
    for (int64_t r = 0; r < n; r++)
        width = HEED_MAX(width, rows[r].tokens.n);
    return (int64_t)width;
}

static void add_ids(struct heed_doc *doc, const char *name, const char *len_name,
                    const struct line *rows, int64_t n)
{
    const int64_t dims[2] = {n, widest(rows, n)};
    int32_t *ids = own(doc, name, HEED_I32, 2, dims), *len = own(doc, len_name, HEED_I32, 1, dims);
    for (int64_t r = 0; r < n; r++) {
        const struct heed_tokens *t = &rows[r].tokens;
        if (t->n)
            memcpy(ids + r * dims[1], t->ids, t->n * sizeof(*ids));
        len[r] = (int32_t)t->n;
    }
}

/* The text itself and the bytes of each token, so that words the vocabulary lacks survive. */
static void add_text(struct heed_doc *doc, const struct line *rows, int64_t n)
{
    int64_t dims[2] = {n, widest(rows, n)};
    int32_t *begin = own(doc, "src_begin", HEED_I32, 2, dims);
    int32_t *end = own(doc, "src_end", HEED_I32, 2, dims);
    int32_t *len = own(doc, "src_text_len", HEED_I32, 1, dims);
    int64_t width = dims[1];
    dims[1] = 0;
    for (int64_t r = 0; r < n; r++)
        dims[1] = HEED_MAX(dims[1], (int64_t)rows[r].text.len);
    unsigned char *text = own(doc, "src_text", HEED_U8, 2, dims);
    for (int64_t r = 0; r < n; r++) {
        const struct heed_tokens *t = &rows[r].tokens;
        for (size_t i = 0; i < t->n; i++) {
            begin[r * width + (int64_t)i] = (int32_t)t->begin[i];
            end[r * width + (int64_t)i] = (int32_t)t->end[i];
        }
        if (rows[r].text.len)
            memcpy(text + r * dims[1], rows[r].text.data, rows[r].text.len);
        len[r] = (int32_t)rows[r].text.len;
    }
}

static int send(void *ctx, struct heed_err *err)
{
    struct tokenize *w = ctx;
    if (w->n == 0)
        return 0;
    struct heed_doc doc;
    heed_doc_init(&doc);
    add_ids(&doc, "src", "src_len", w->src, w->n);
    heed_doc_add(&doc, "line", HEED_I64, 1, &w->n, w->line);
    if (w->stage.pairs)
        add_ids(&doc, "tgt", "tgt_len", w->tgt, w->n);
    else
        add_text(&doc, w->src, w->n);
    w->n = w->cells = 0;
    return stage_send(&w->stage, NULL, &doc, err);
}

/* --- lines --- */

static int encode(struct tokenize *w, const struct heed_side *side, struct line *rows,
                  const char *s, size_t n, bool eos, struct heed_err *err)
{
    struct heed_tokens *t = &rows[w->n].tokens;
    if (line_take(&rows[w->n], side, s, n, &w->stage.n_cut, err) < 0)
        return -1;
    w->n_tokens += (int64_t)t->n;
    w->n_unknown += (int64_t)t->n_unknown;
    if (t->n && eos)
        heed_tokens_add(t, HEED_EOS, n, n);
    return 0;
}

/* The tab of a pair, or NULL with the reason. */
static const char *find_tab(const struct heed_str *line, const char **flaw)
{
    const char *tab = memchr(line->data, '\t', line->len);
    *flaw = !tab ? "no tab" : "more than one tab";
    if (tab && memchr(tab + 1, '\t', line->len - (size_t)(tab + 1 - line->data)))
        return NULL;
    return tab;
}

static int take_pair(struct tokenize *w, struct heed_err *err)
{
    const struct heed_str *line = &w->stage.text.line;
    const char *flaw, *tab = find_tab(line, &flaw);
    if (!tab && line->len && w->skip_bad) {
        w->n_bad++;
        return 0;
    }
    if (!tab && line->len)
        return heed_fail(err, "%s, want SOURCE<TAB>TARGET; --skip-bad passes over such lines",
                         flaw);
    size_t at = tab ? (size_t)(tab - line->data) : 0, behind = tab ? at + 1 : 0;
    if (encode(w, &w->sides.src, w->src, line->data, at, w->sides.src_eos, err) < 0 ||
        encode(w, &w->sides.tgt, w->tgt, line->data + behind, line->len - behind, true, err) < 0)
        return -1;
    w->line[w->n++] = w->stage.text.number - 1;
    return 0;
}

static void swap_rows(struct line *rows, int64_t a, int64_t b)
{
    struct line l = rows[a];
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

static void rows_release(struct line *rows, int64_t n)
{
    for (int64_t r = 0; r < n; r++)
        line_release(&rows[r]);
    free(rows);
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
    if (sides_open(&w->sides, &w->sides_options, w->stage.pairs ? 3 : 1, NULL, w->model, err) < 0)
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
    rows_release(w->src, w->rows);
    rows_release(w->tgt, w->rows);
    free(w->line);
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
                    "with --pairs: count lines without exactly one tab in place of stopping"),
    MAX_LINE_ROW(struct tokenize, stage.max_line),
    {0},
};

const struct heed_command heed_command = {
    .name = "tokenize",
    .summary = "text or pairs to a stream of ids",
    .usage = "-m MODEL | --vocab NAME [FILE]",
    .about = "Reads lines of UTF-8 text, cuts each into the pieces of a vocabulary and writes "
             "their ids as a "
             "stream of tensors. Only a line feed ends a line, and every line gives one row: an "
             "empty line "
             "one of length 0.\n\n"
             "Tokenizer and vocabulary come from a model (-m) or from the store (--vocab, see "
             "vocab). What "
             "the vocabulary lacks is unk; the text travels along, so decode can put the word "
             "itself. Text "
             "like <unk> or <eos> is text.",
    .examples =
        "tokenize -m enfr.heed < en.txt | encode -m enfr.heed | decode -m enfr.heed\n"
        "tokenize --vocab enfr --pairs pairs.tsv | batch-mask --epochs 10 | train -o enfr.heed",
    .see_also = "vocab, batch-mask, encode, detokenize",
    .options = options,
    .self_size = sizeof(struct tokenize),
    .max_operands = 1,
    .refuse = heed_refuse,
    .run = run,
};
