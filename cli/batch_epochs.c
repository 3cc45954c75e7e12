/* batch_epochs.c: batch-mask --epochs: all pairs, filtered as train does, in as many shuffled
 * epochs, cut by the module train itself uses. */
#include <string.h>
#include "cli/batch_mask.h"
#include "data/final.h"
#include "data/pair_stream.h"

/* What the ids stand for, where the stream says it: then they are looked at before they are believed. */
static int check_ids(struct batch_mask *w, const struct heed_doc *frame, struct heed_err *err)
{
    const struct heed_doc *head = &w->stage.reader.head;
    if (!w->opened && heed_sides_in_doc(head) && heed_sides_from_doc(&w->sides, 3, head, err))
        return -1;
    w->opened = true;
    if (!w->sides.src.tokenizer.plugin)
        return 0;
    return heed_schema_check_ids(frame, "src", w->sides.src.vocab.n, err) ||
                   heed_schema_check_ids(frame, "tgt", w->sides.tgt.vocab.n, err)
               ? -1
               : 0;
}

int epochs_take(void *ctx, struct heed_doc *frame, struct heed_err *err)
{
    struct batch_mask *w = ctx;
    const char *eos = heed_doc_meta(&w->stage.reader.head, "src-eos");
    struct heed_batch b;
    w->filter.src_eos = eos && !strcmp(eos, "on");
    if (heed_batch_from_doc(frame, &b, err) < 0)
        return -1;
    if (!b.tgt)
        return heed_fail(err, "no targets: --epochs needs pairs (tokenize --pairs)");
    if (check_ids(w, frame, err))
        return -1;
    for (int64_t r = 0; r < b.B; r++)
        heed_filter_add_row(&w->filter, &b, r, &w->data, &w->report);
    return 0;
}

int epochs_head(void *ctx, struct heed_doc *head, struct heed_err *err)
{
    struct batch_mask *w = ctx;
    (void)err;
    heed_batch_plan_to_doc(w->batcher, w->epochs, &w->report, &w->copied, head);
    return 0;
}

static int send_epoch(struct batch_mask *w, const struct heed_batcher *b, struct heed_arena *arena,
                      struct heed_err *err)
{
    struct heed_doc doc;
    struct heed_batch batch;
    int status = 0;
    for (int64_t i = 0; status == 0 && i < b->n_batches; i++) {
        heed_arena_reset(arena);
        heed_batcher_get(b, i, arena, &batch);
        heed_doc_init(&doc);
        heed_batch_to_doc(&batch, true, &doc);
        status = batch_send(w, &doc, err);
    }
    return status;
}

static int check_pairs(const struct batch_mask *w, struct heed_err *err)
{
    const char *name = w->stage.reader.in.name;
    struct heed_str left_out = {0};
    if (heed_filter_dropped_many(&w->report)) {
        heed_filter_dropped_text(&w->filter, &w->report, &left_out);
        heed_warn("%s", left_out.data);
    } else {
        heed_filter_text(&w->report, &left_out);
        if (left_out.len)
            heed_note("%zu pairs kept; %s", w->data.n, left_out.data);
    }
    heed_str_release(&left_out);
    return heed_filter_check(&w->filter, &w->report, name, err) ||
                   heed_filter_check_dropped(&w->filter, &w->report, w->allow_dropped, name, err)
               ? -1
               : 0;
}

/* What train looks at before it begins, as far as one can know what the ids are. */
static int look_at_pairs(struct batch_mask *w, struct heed_err *err)
{
    if (!w->sides.src.tokenizer.plugin)
        return 0;
    heed_copied_count(&w->data, &w->sides, &w->copied);
    return heed_final_find(&w->data, &w->sides, err);
}

int epochs_send(void *ctx, struct heed_err *err)
{
    struct batch_mask *w = ctx;
    struct heed_batcher b;
    struct heed_arena arena;
    if (check_pairs(w, err) < 0 || look_at_pairs(w, err) < 0)
        return -1;
    heed_arena_init(&arena, "batch", (size_t)1 << 34);
    heed_batcher_init(&b, &w->data, w->rows, w->tokens, 0, true, (uint64_t)w->seed);
    b.vary = heed_final_vary(&w->data, w->vary_final);
    heed_batcher_epoch(&b, 0);
    w->batcher = &b;
    int status = stage_begin(&w->stage, err);
    for (int64_t epoch = 0; status == 0 && epoch < w->epochs; epoch++) {
        heed_batcher_epoch(&b, epoch);
        status = send_epoch(w, &b, &arena, err);
    }
    heed_batcher_release(&b);
    heed_arena_free(&arena);
    return status;
}
