/* batch_send.c: what both halves of batch-mask send, and how much of it is padding. */
#include "cli/batch_mask.h"

static void count_cells(struct batch_mask *w, const struct heed_doc *doc)
{
    static const char *const names[2][2] = {{"src", "src_len"}, {"tgt", "tgt_len"}};
    for (int i = 0; i < 2; i++) {
        const struct heed_array *ids = heed_doc_find(doc, names[i][0]);
        const struct heed_array *len = heed_doc_find(doc, names[i][1]);
        if (!ids || !len)
            continue;
        w->n_cells += ids->dims[0] * ids->dims[1];
        for (int64_t r = 0; r < ids->dims[0]; r++)
            w->n_ids += ((const int32_t *)len->data)[r];
    }
}

int batch_send(struct batch_mask *w, struct heed_doc *batch, struct heed_err *err)
{
    count_cells(w, batch);
    return stage_send(&w->stage, NULL, batch, err);
}

void batch_tell(void *ctx)
{
    const struct batch_mask *w = ctx;
    heed_note("%lld batches, %lld ids, %.2f %% padding, %.0f ids/s", (long long)w->stage.writer.seq,
              (long long)w->n_ids,
              w->n_cells ? 100.0 - 100.0 * (double)w->n_ids / (double)w->n_cells : 0.0,
              (double)w->n_ids / stage_seconds());
}
