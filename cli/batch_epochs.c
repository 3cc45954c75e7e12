/* batch_epochs.c: batch-mask --epochs: all pairs, filtered as train does, in as many shuffled
 * epochs, cut by the module train itself uses. */
#include <string.h>
#include "cli/batch_mask.h"
#include "cli/cli.h"

static void tell(const struct batch_work *w)
{
    struct heed_str left_out = {0};
    heed_filter_text(&w->report, &left_out);
    if (left_out.len)
        heed_note("%zu pairs kept; %s", w->data.n, left_out.data);
    heed_str_release(&left_out);
}

static int collect(struct batch_work *w, struct heed_err *err)
{
    struct heed_doc frame;
    const char *eos = heed_doc_meta(&w->reader.head, "src-eos");
    const struct heed_filter filter = {w->self->max_len, w->self->max_ratio, w->self->truncate,
                                       eos && !strcmp(eos, "on")};
    int got;
    heed_doc_init(&frame);
    while ((got = heed_reader_next(&w->reader, &frame, err)) > 0) {
        struct heed_batch b;
        int status = heed_batch_from_doc(&frame, &b, err);
        if (status == 0 && !b.tgt)
            status = heed_fail(err, "no targets: --epochs needs pairs (tokenize --pairs)");
        for (int64_t r = 0; status == 0 && r < b.B; r++)
            heed_filter_add_row(&filter, &b, r, &w->data, &w->report);
        if (status < 0) {
            got = heed_err_prefix(err, "%s: frame %lld: ", w->reader.in.name,
                                  (long long)w->reader.seq);
            break;
        }
    }
    heed_doc_release(&frame);
    if (got < 0)
        return -1;
    tell(w);
    return heed_filter_check(&filter, &w->report, w->reader.in.name, err);
}

static int begin_epochs(struct batch_work *w, int64_t n_batches, struct heed_err *err)
{
    const struct batch_mask *self = w->self;
    const struct heed_filter_report *r = &w->report;
    struct heed_doc head;
    char ratio[32];
    heed_doc_init(&head);
    batch_pass_head(&w->reader.head, &head);
    heed_doc_set_meta_i64(&head, "epochs", self->epochs);
    heed_doc_set_meta_i64(&head, "batches", n_batches);
    heed_doc_set_meta_i64(&head, "seed", self->seed);
    heed_doc_set_meta_i64(&head, "rows", self->rows);
    heed_doc_set_meta_i64(&head, "tokens", self->tokens);
    heed_doc_set_meta_i64(&head, "limit.max-src", r->max_src);
    heed_doc_set_meta_i64(&head, "limit.max-tgt", r->max_tgt);
    heed_format_f64(ratio, sizeof(ratio), r->max_len_ratio);
    heed_doc_set_meta(&head, "limit.ratio", ratio);
    heed_doc_set_meta_i64(&head, "tokens.src", r->n_src_tokens);
    heed_doc_set_meta_i64(&head, "tokens.tgt", r->n_tgt_tokens);
    heed_doc_set_meta_i64(&head, "unknown.src", r->n_src_unknown);
    heed_doc_set_meta_i64(&head, "unknown.tgt", r->n_tgt_unknown);
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
