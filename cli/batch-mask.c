/* batch-mask.c: a stream of ids to a stream of batches with masks.
 *
 * Passing through: frames are collected until `window` lines are there; their rows, sorted by
 * length, are cut into batches, with every tensor they carry. No line moves further than the
 * window, which the stream frame tells to decode. With --epochs: everything is read first, filtered
 * as train does, and every epoch is sent in a new order, by the module train itself uses: the same
 * pairs, seed and sizes give the same batches. */
#include <string.h>
#include "cli/batch_mask.h"
#include "cli/cli.h"
#include "cli/regroup.h"
#include "cli/stage.h"

/* --- the stream frame --- */

/* Metadata that the writer sets, or that speaks of the stream that was read. */
static bool own_key(const char *key)
{
    static const char *const keys[] = {"heed", "frame",  "type",   "producer",
                                       "crc",  "window", "epochs", "batches"};
    for (size_t i = 0; i < HEED_COUNT(keys); i++)
        if (!strcmp(key, keys[i]))
            return true;
    return !strncmp(key, "crc.", 4);
}

void batch_pass_head(const struct heed_doc *from, struct heed_doc *to)
{
    for (size_t i = 0; i < from->n_meta; i++)
        if (!own_key(from->meta[i].key))
            heed_doc_set_meta(to, from->meta[i].key, from->meta[i].value);
    for (size_t i = 0; i < from->n_arrays; i++) {
        const struct heed_array *a = &from->arrays[i];
        if (stage_passes(a))
            heed_doc_add(to, a->name, a->dtype, a->rank, a->dims, a->data);
    }
}

int batch_begin(struct batch_work *w, struct heed_doc *head, struct heed_err *err)
{
    int status = heed_writer_begin(&w->writer, &heed_cli.out, "batch", "batch-mask", head, err);
    w->writer.flush_each = heed_cli.unbuffered;
    heed_doc_release(head);
    return status;
}

static int begin_window(struct batch_work *w, struct heed_err *err)
{
    struct heed_doc head;
    int64_t before;
    if (heed_reader_window(&w->reader, &before, err) < 0)
        return -1;
    heed_doc_init(&head);
    batch_pass_head(&w->reader.head, &head);
    heed_doc_set_meta_i64(&head, "window", before + w->self->window);
    return batch_begin(w, &head, err);
}

/* --- passing through --- */

static void clear_window(struct batch_work *w)
{
    for (size_t i = 0; i < w->n_frames; i++) {
        heed_doc_release(w->frames[i]);
        free(w->frames[i]);
    }
    w->n_frames = 0;
    w->n_rows = 0;
}

void batch_count_cells(struct batch_work *w, const struct heed_doc *doc)
{
    static const char *const names[2][2] = {{"src", "src_len"}, {"tgt", "tgt_len"}};
    for (int i = 0; heed_cli.stats && i < 2; i++) {
        const struct heed_array *ids = heed_doc_find(doc, names[i][0]);
        const struct heed_array *len = heed_doc_find(doc, names[i][1]);
        if (!ids || !len)
            continue;
        w->n_cells += ids->dims[0] * ids->dims[1];
        for (int64_t r = 0; r < ids->dims[0]; r++)
            w->n_ids += ((const int32_t *)len->data)[r];
    }
}

static void report(const struct batch_work *w)
{
    if (heed_cli.stats)
        heed_note("%lld batches, %lld ids, %.2f %% padding, %.0f ids/s", (long long)w->writer.seq,
                  (long long)w->n_ids,
                  w->n_cells ? 100.0 - 100.0 * (double)w->n_ids / (double)w->n_cells : 0.0,
                  (double)w->n_ids / stage_seconds());
}

static int send_batch(struct batch_work *w, const struct regroup_row *all, const int64_t *order,
                      int64_t n, struct heed_err *err)
{
    struct regroup_row *rows = heed_xcalloc((size_t)n, sizeof(*rows));
    struct heed_doc doc;
    for (int64_t i = 0; i < n; i++)
        rows[i] = all[order[i]];
    heed_doc_init(&doc);
    int status = regroup(rows, n, &doc, err);
    if (status == 0) {
        batch_count_cells(w, &doc);
        status = heed_writer_frame(&w->writer, &doc, err);
    }
    heed_doc_release(&doc);
    free(rows);
    return status;
}

static int index_window(const struct batch_work *w, struct heed_dataset *d, struct regroup_row *all,
                        struct heed_err *err)
{
    int64_t n = 0;
    for (size_t f = 0; f < w->n_frames; f++) {
        struct heed_batch b;
        if (heed_batch_from_doc(w->frames[f], &b, err) < 0)
            return -1;
        for (int64_t r = 0; r < b.B; r++, n++) {
            all[n] = (struct regroup_row){w->frames[f], r};
            heed_dataset_add(d, b.src + r * b.S, (size_t)b.src_len[r],
                             b.tgt ? b.tgt + r * b.T : NULL, b.tgt ? (size_t)b.tgt_len[r] : 0,
                             b.line[r]);
        }
    }
    return 0;
}

static int send_window(struct batch_work *w, struct heed_err *err)
{
    if (w->n_rows == 0)
        return 0;
    struct regroup_row *all = heed_xcalloc((size_t)w->n_rows, sizeof(*all));
    struct heed_dataset d;
    struct heed_batcher b;
    heed_dataset_init(&d);
    heed_batcher_init(&b, &d, w->self->rows, w->self->tokens, 0, false, 0);
    int status = index_window(w, &d, all, err);
    if (status == 0)
        heed_batcher_epoch(&b, 0);
    for (int64_t i = 0; status == 0 && i < b.n_batches; i++)
        status = send_batch(w, all, b.order + b.starts[i], b.starts[i + 1] - b.starts[i], err);
    heed_batcher_release(&b);
    heed_dataset_release(&d);
    free(all);
    clear_window(w);
    return status;
}

/* Takes over the frame's content; a window never holds more lines than it tells. */
static int take_frame(struct batch_work *w, struct heed_doc *frame, struct heed_err *err)
{
    const struct heed_array *src = heed_doc_want(frame, "src", HEED_I32, 2, err);
    if (!src)
        return -1;
    int64_t B = src->dims[0];
    if (B > w->self->window)
        return heed_fail(err, "%lld lines, more than the window of %lld", (long long)B,
                         (long long)w->self->window);
    if (w->n_rows + B > w->self->window && send_window(w, err) < 0)
        return -1;
    heed_grow(&w->frames, w->n_frames, &w->cap_frames, sizeof(*w->frames));
    struct heed_doc *mine = heed_xmalloc(sizeof(*mine));
    *mine = *frame;
    heed_doc_init(frame);
    w->frames[w->n_frames++] = mine;
    w->n_rows += B;
    return 0;
}

/* A new part of `cat a b` numbers its lines from 0: it becomes a stream of its own here too. */
static int next_part(struct batch_work *w, struct heed_err *err)
{
    if (send_window(w, err) < 0 || heed_writer_end(&w->writer, NULL, err) < 0)
        return -1;
    return begin_window(w, err);
}

static int pass_through(struct batch_work *w, struct heed_err *err)
{
    struct heed_doc frame;
    int got = 0, status = 0;
    heed_doc_init(&frame);
    while (status == 0 && (got = heed_reader_next(&w->reader, &frame, err)) > 0) {
        if (heed_reader_parted(&w->reader))
            status = next_part(w, err);
        if (status == 0 && take_frame(w, &frame, err) < 0)
            status = heed_err_prefix(err, "%s: frame %lld: ", w->reader.in.name,
                                     (long long)w->reader.seq);
        if (status == 0 && heed_cli.unbuffered && !heed_input_ready(&w->reader.in))
            status = send_window(w, err);
    }
    heed_doc_release(&frame);
    if (status < 0 || got < 0)
        return -1;
    return send_window(w, err);
}

/* --- the command --- */

static int work(struct batch_work *w, struct heed_err *err)
{
    int status = 0;
    if (w->self->epochs)
        status = batch_epochs(w, err);
    else if ((status = begin_window(w, err)) == 0)
        status = pass_through(w, err);
    if (status == 0)
        return heed_writer_end(&w->writer, NULL, err);
    struct heed_err ignored; /* the first failure is the one to tell */
    if (err->status != HEED_QUIET && heed_writer_end(&w->writer, err->text, &ignored) < 0)
        return -1;
    return -1;
}

static int check(const struct batch_mask *self, struct heed_err *err)
{
    static const char *const training[] = {"max-len", "max-ratio", "truncate", "seed"};
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
    struct batch_work w = {.self = opaque};
    if (check(opaque, err) < 0)
        return -1;
    const char *path = heed_cli.n_operands ? heed_cli.operands[0] : NULL;
    if (heed_reader_open(&w.reader, path, "ids|batch", err) < 0)
        return -1;
    heed_dataset_init(&w.data);
    int status = work(&w, err);
    report(&w);
    stage_record(&w.reader, &w.writer, NULL);
    clear_window(&w);
    free(w.frames);
    heed_dataset_release(&w.data);
    heed_reader_close(&w.reader);
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
        struct batch_mask, max_len, "max-len", "100", 0, 65535, "N",
        "with --epochs: longest side of a pair in tokens; longer pairs are left out; 0: any"),
    HEED_ROW_REAL(struct batch_mask, max_ratio, "max-ratio", "9", 0, 1e6, "X",
                  "with --epochs: largest ratio of (tokens + 5) between the sides; 0: any"),
    HEED_ROW_SWITCH(struct batch_mask, truncate, "truncate", NULL,
                    "with --epochs: cut long sides to max-len in place of leaving the pair out"),
    {0},
};

const struct heed_command heed_command = {
    .name = "batch-mask",
    .summary = "a stream of ids to batches of like lengths, with masks",
    .usage = "[FILE]",
    .about = "Reads ids from tokenize, sorts the lines of a window by length, and writes batches "
             "padded to "
             "their longest line, with masks of what is no padding. Less padding is less work for "
             "encode; "
             "decode puts the lines back in order. Every line is passed on, with every tensor it "
             "carries.\n\n"
             "With --epochs it is the first half of train: all pairs are read and sent in as many "
             "shuffled "
             "epochs. Under -u a window is sent as soon as the input pauses.",
    .examples =
        "tokenize -m enfr.heed < en.txt | batch-mask | encode -m enfr.heed | decode -m enfr.heed\n"
        "tokenize --vocab enfr --pairs pairs.tsv | batch-mask --epochs 10 | train -o enfr.heed",
    .see_also = "tokenize, encode, train",
    .options = options,
    .self_size = sizeof(struct batch_mask),
    .max_operands = 1,
    .refuse = heed_refuse,
    .run = run,
};
