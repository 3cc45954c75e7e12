/* batch_epochs.c: batch-mask --epochs: all pairs, filtered as train does, in as many shuffled
 * epochs, cut by the module train itself uses. */
#include <string.h>
#include "cli/batch_mask.h"
#include "cli/cli.h"
#include "data/vocab.h"

/* The filter of train: see heed_corpus_encode(). Lengths without eos. */
static void take_pair(struct batch_work *w, const struct heed_batch *b, int64_t r)
{
    const struct batch_mask *self = w->self;
    int64_t src = b->src_len[r] - (w->src_eos ? 1 : 0), tgt = b->tgt_len[r] - 1;
    int64_t max = self->max_len ? self->max_len : INT32_MAX;
    if (src <= 0 || tgt <= 0) {
        w->n_empty++;
        return;
    }
    if (!self->truncate && HEED_MAX(src, tgt) > max) {
        w->n_long++;
        return;
    }
    src = HEED_MIN(src, max);
    tgt = HEED_MIN(tgt, max);
    double ratio = (double)(HEED_MAX(src, tgt) + 5) / (double)(HEED_MIN(src, tgt) + 5);
    if (self->max_ratio > 0 && ratio > self->max_ratio) {
        w->n_ratio++;
        return;
    }
    size_t n_src = (size_t)src + (w->src_eos ? 1 : 0), n_tgt = (size_t)tgt + 1;
    heed_dataset_add(&w->data, b->src + r * b->S, n_src, b->tgt + r * b->T, n_tgt, b->line[r]);
    if (w->src_eos)
        w->data.src[w->data.n_src - 1] = HEED_EOS;
    w->data.tgt[w->data.n_tgt - 1] = HEED_EOS;
    w->max_src = HEED_MAX(w->max_src, src);
    w->max_tgt = HEED_MAX(w->max_tgt, tgt);
    w->ratio = HEED_MAX(w->ratio, (double)tgt / (double)src);
}

static int collect(struct batch_work *w, struct heed_err *err)
{
    struct heed_doc frame;
    const char *eos = heed_doc_meta(&w->reader.head, "src-eos");
    int got;
    w->src_eos = eos && !strcmp(eos, "on");
    heed_doc_init(&frame);
    while ((got = heed_reader_next(&w->reader, &frame, err)) > 0) {
        struct heed_batch b;
        int status = heed_batch_from_doc(&frame, &b, err);
        if (status == 0 && !b.tgt)
            status = heed_fail(err, "no targets: --epochs needs pairs (tokenize --pairs)");
        for (int64_t r = 0; status == 0 && r < b.B; r++)
            take_pair(w, &b, r);
        if (status < 0) {
            got = heed_err_prefix(err, "%s: frame %lld: ", w->reader.in.name,
                                  (long long)w->reader.seq);
            break;
        }
    }
    heed_doc_release(&frame);
    if (got < 0)
        return -1;
    if (w->n_empty + w->n_long + w->n_ratio)
        heed_note("%zu pairs kept; left out: %lld with an empty side, %lld longer than %lld "
                  "tokens, %lld of unlike lengths",
                  w->data.n, (long long)w->n_empty, (long long)w->n_long,
                  (long long)w->self->max_len, (long long)w->n_ratio);
    return w->data.n ? 0 : heed_fail(err, "%s: no pairs left to batch", w->reader.in.name);
}

static int begin_epochs(struct batch_work *w, int64_t n_batches, struct heed_err *err)
{
    const struct batch_mask *self = w->self;
    struct heed_doc head;
    char ratio[32];
    heed_doc_init(&head);
    batch_pass_head(&w->reader.head, &head);
    heed_doc_set_meta_i64(&head, "epochs", self->epochs);
    heed_doc_set_meta_i64(&head, "batches", n_batches);
    heed_doc_set_meta_i64(&head, "seed", self->seed);
    heed_doc_set_meta_i64(&head, "rows", self->rows);
    heed_doc_set_meta_i64(&head, "tokens", self->tokens);
    heed_doc_set_meta_i64(&head, "limit.max-src", w->max_src);
    heed_doc_set_meta_i64(&head, "limit.max-tgt", w->max_tgt);
    heed_format_f64(ratio, sizeof(ratio), w->ratio);
    heed_doc_set_meta(&head, "limit.ratio", ratio);
    return batch_begin(w, &head, err);
}

static int send_epoch(struct batch_work *w, const struct heed_batcher *b, struct heed_arena *arena,
                      struct heed_err *err)
{
    struct heed_doc doc;
    struct heed_batch batch;
    int status = 0;
    heed_doc_init(&doc);
    for (int64_t i = 0; status == 0 && i < b->n_batches; i++) {
        heed_arena_reset(arena);
        heed_batcher_get(b, i, arena, &batch);
        heed_doc_clear(&doc);
        heed_batch_to_doc(&batch, true, &doc);
        batch_count_cells(w, &doc);
        status = heed_writer_frame(&w->writer, &doc, err);
    }
    heed_doc_release(&doc);
    return status;
}

int batch_epochs(struct batch_work *w, struct heed_err *err)
{
    const struct batch_mask *self = w->self;
    struct heed_batcher b;
    struct heed_arena arena;
    if (collect(w, err) < 0)
        return -1;
    heed_arena_init(&arena, "batch", (size_t)1 << 34);
    heed_batcher_init(&b, &w->data, self->rows, self->tokens, 0, true, (uint64_t)self->seed);
    heed_batcher_epoch(&b, 0);
    int status = begin_epochs(w, b.n_batches, err);
    for (int64_t epoch = 0; status == 0 && epoch < self->epochs; epoch++) {
        heed_batcher_epoch(&b, epoch);
        status = send_epoch(w, &b, &arena, err);
    }
    heed_batcher_release(&b);
    heed_arena_free(&arena);
    return status;
}
