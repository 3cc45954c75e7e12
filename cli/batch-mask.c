/* batch-mask.c: a stream of ids to a stream of batches with masks.
 *
 * Passing through: frames are collected until `window` lines are there; their rows, sorted by
 * length, are cut into batches, with every tensor they carry. Frames that carry other tensors than
 * their neighbours share no batch with them: nothing is dropped, and nothing made up. No line moves
 * further than the window, which the stream frame tells to decode. With --epochs: everything is
 * read first, filtered as train does, and every epoch is sent in a new order, by the module train
 * itself uses: the same pairs, seed and sizes give the same batches. */
#include <string.h>
#include "cli/batch_mask.h"
#include "cli/rows.h"
#include "data/regroup.h"

/* --- passing through --- */

static void clear_window(struct batch_mask *w)
{
    for (size_t i = 0; i < w->n_held; i++)
        heed_doc_release(&w->held[i].frame);
    w->n_held = 0;
    w->n_rows = 0;
}

static int send_batch(struct batch_mask *w, const struct heed_regroup_row *all,
                      const int64_t *order, int64_t n, struct heed_err *err)
{
    struct heed_regroup_row *rows = heed_xcalloc((size_t)n, sizeof(*rows));
    struct heed_doc doc;
    for (int64_t i = 0; i < n; i++)
        rows[i] = all[order[i]];
    heed_doc_init(&doc);
    int status = heed_regroup(rows, n, &doc, err);
    if (status == 0)
        status = batch_send(w, &doc, err);
    else
        heed_doc_release(&doc);
    free(rows);
    return status;
}

/* Adds the rows of held[first] and of all that carry the same tensors, which then count as sent. */
static int index_alike(struct batch_mask *w, size_t first, struct heed_dataset *d,
                       struct heed_regroup_row *all, struct heed_err *err)
{
    int64_t n = 0;
    for (size_t f = first; f < w->n_held; f++) {
        struct held *h = &w->held[f];
        struct heed_batch b;
        if (h->sent || !heed_regroup_alike(&w->held[first].frame, &h->frame))
            continue;
        h->sent = true;
        if (heed_batch_from_doc(&h->frame, &b, err) < 0)
            return -1;
        for (int64_t r = 0; r < b.B; r++, n++) {
            all[n] = (struct heed_regroup_row){&h->frame, r};
            heed_dataset_add(d, b.src + r * b.S, (size_t)b.src_len[r],
                             b.tgt ? b.tgt + r * b.T : NULL, b.tgt ? (size_t)b.tgt_len[r] : 0,
                             b.line[r]);
        }
    }
    return 0;
}

static int send_alike(struct batch_mask *w, size_t first, struct heed_err *err)
{
    struct heed_regroup_row *all = heed_xcalloc((size_t)w->n_rows + 1, sizeof(*all));
    struct heed_dataset d;
    struct heed_batcher b;
    heed_dataset_init(&d);
    heed_batcher_init(&b, &d, w->rows, w->tokens, 0, false, 0);
    int status = index_alike(w, first, &d, all, err);
    if (status == 0 && d.n)
        heed_batcher_epoch(&b, 0);
    for (int64_t i = 0; status == 0 && i < b.n_batches; i++)
        status = send_batch(w, all, b.order + b.starts[i], b.starts[i + 1] - b.starts[i], err);
    heed_batcher_release(&b);
    heed_dataset_release(&d);
    free(all);
    return status;
}

static int send_window(void *ctx, struct heed_err *err)
{
    struct batch_mask *w = ctx;
    int status = 0;
    for (size_t i = 0; i < w->n_held && status == 0; i++)
        if (!w->held[i].sent)
            status = send_alike(w, i, err);
    clear_window(w);
    return status;
}

/* Takes over the frame's content; a window never holds more lines than it tells. */
static int take_frame(void *ctx, struct heed_doc *frame, struct heed_err *err)
{
    struct batch_mask *w = ctx;
    const struct heed_array *src = heed_doc_want(frame, "src", HEED_I32, 2, err);
    if (!src)
        return -1;
    int64_t B = src->dims[0];
    if (B > w->window)
        return heed_fail(err, "%lld lines, more than the window of %lld", (long long)B,
                         (long long)w->window);
    if (w->n_rows + B > w->window && send_window(w, err) < 0)
        return -1;
    heed_grow(&w->held, w->n_held, &w->cap_held, sizeof(*w->held));
    w->held[w->n_held++] = (struct held){.frame = *frame};
    heed_doc_init(frame);
    w->n_rows += B;
    return heed_cli.unbuffered && !heed_input_ready(&w->stage.reader.in) ? send_window(w, err) : 0;
}

/* What came out of order, and is displaced again, is displaced by the sum. */
static int head(void *ctx, struct heed_doc *doc, struct heed_err *err)
{
    struct batch_mask *w = ctx;
    int64_t before;
    if (heed_reader_window(&w->stage.reader, &before, err) < 0)
        return -1;
    heed_doc_set_meta_i64(doc, "window", HEED_MIN(before + w->window, HEED_WINDOW_MAX));
    return 0;
}

/* --- the command --- */

static int check(const struct batch_mask *self, struct heed_err *err)
{
    static const char *const training[] = {"max-len",       "max-ratio", "truncate",
                                           "allow-dropped", "seed",      "vary-final"};
    for (size_t i = 0; i < HEED_COUNT(training) && !self->epochs; i++)
        if (heed_option_given(training[i]))
            return heed_usage(err, "--%s goes with --epochs: without, every line is passed on",
                              training[i]);
    if (self->epochs && heed_option_given("window"))
        return heed_usage(err, "--window goes without --epochs, which shuffles everything");
    return 0;
}

static int run(void *opaque, struct heed_err *err)
{
    struct batch_mask *w = opaque;
    if (check(w, err) < 0)
        return -1;
    w->stage = (struct stage){.reads = "ids|batch",
                              .writes = "batch",
                              .used_up = "window|epochs|batches",
                              .gathers = w->epochs,
                              .ctx = w,
                              .head = w->epochs ? epochs_head : head,
                              .item = w->epochs ? epochs_take : take_frame,
                              .part = w->epochs ? epochs_send : send_window,
                              .tell = batch_tell};
    heed_dataset_init(&w->data);
    int status = stage_run(&w->stage, err);
    clear_window(w);
    free(w->held);
    heed_dataset_release(&w->data);
    heed_sides_release(&w->sides);
    return status;
}

static const struct heed_option options[] = {
    HEED_ROW_INT(struct batch_mask, rows, "rows", "32", 1, 65536, "N", "lines in a batch at most"),
    HEED_ROW_COUNT(struct batch_mask, tokens, "tokens", "500", 0, 1e9, "N",
                   "target tokens in a batch at most, source tokens where there is no target, "
                   "padding counted; 0: no bound"),
    HEED_ROW_COUNT(struct batch_mask, window, "window", "4096", 1, 1e8, "N",
                   "lines that are sorted together; none moves further"),
    HEED_ROW_COUNT(struct batch_mask, epochs, "epochs", NULL, 0, 1e9, "N",
                   "read all pairs, then send them N times, each time in a new order, for train"),
    HEED_ROW_INT(struct batch_mask, seed, "seed", "1", 0, 9e15, "N",
                 "of the order; the same as train's gives train's own batches", .letter = 's'),
    HEED_ROW_INT(
        struct batch_mask, filter.max_len, "max-len", "100", 0, 65535, "N",
        "with --epochs: longest side of a pair in tokens; longer pairs are left out; 0: any"),
    HEED_ROW_REAL(struct batch_mask, filter.max_ratio, "max-ratio", "9", 0, 1e6, "X",
                  "with --epochs: largest ratio of (tokens + 5) between the sides; 0: any"),
    HEED_ROW_SWITCH(struct batch_mask, filter.truncate, "truncate", NULL,
                    "with --epochs: cut long sides to max-len in place of leaving the pair out"),
    ALLOW_DROPPED_ROW(struct batch_mask, allow_dropped),
    HEED_ROW_REAL(struct batch_mask, vary_final, "vary-final", "-1", -1, 1, "P",
                  "with --epochs: leave the final punctuation off so many pairs, as train does"),
    {0},
};

const struct heed_command heed_command = {
    .name = "batch-mask",
    .summary = "a stream of ids to batches of like lengths, with masks",
    .usage = "[FILE]",
    .about = "Reads ids from tokenize, sorts the lines of a window by length, and writes batches "
             "padded to their longest line, with masks of what is no padding. Less padding is less "
             "work for encode; decode puts the lines back in order. Every line is passed on, with "
             "every tensor it carries.\n\n"
             "With --epochs it is the first half of train: all pairs are read and sent in as many "
             "shuffled epochs. Under -u a window is sent as soon as the input pauses.",
    .examples =
        "tokenize -m enfr.heed < en.txt | batch-mask | encode -m enfr.heed | decode -m enfr.heed\n"
        "tokenize --vocab enfr --pairs pairs.tsv | batch-mask --epochs 10 | train -o enfr.heed",
    .see_also = "tokenize, encode, train",
    .options = options,
    .most_used = "rows tokens epochs seed max-len",
    .self_size = sizeof(struct batch_mask),
    .max_operands = 1,
    .refuse = heed_refuse,
    .run = run,
};
