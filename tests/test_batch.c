/* test_batch.c: datasets, the batches of an epoch, batches as documents. */
#include "base/rng.h"
#include "data/batch.h"
#include "data/vocab.h"
#include "tests/tap.h"

enum { N = 500 };
static struct heed_err err;
static struct heed_dataset data;

/* Pair i: source 1..9 and target 2..13 tokens long, all of value 4 + i, targets with eos. */
static void fill(void)
{
    struct heed_rng rng;
    heed_rng_seed(&rng, 7, 0);
    heed_dataset_init(&data);
    for (int i = 0; i < N; i++) {
        int32_t src[16], tgt[16];
        size_t n_src = 1 + heed_rng_below(&rng, 9), n_tgt = 2 + heed_rng_below(&rng, 12);
        for (size_t k = 0; k < 16; k++)
            src[k] = tgt[k] = HEED_SPECIALS + i;
        tgt[n_tgt - 1] = HEED_EOS;
        heed_dataset_add(&data, src, n_src, tgt, n_tgt, 1000 + i);
    }
}

static bool contents_right(const struct heed_batch *b, char *seen)
{
    for (int64_t r = 0; r < b->B; r++) {
        int64_t i = b->line[r] - 1000;
        if (i < 0 || i >= N || seen[i]++)
            return false;
        if (b->src_len[r] != data.src_at[i + 1] - data.src_at[i] ||
            b->tgt_len[r] != data.tgt_at[i + 1] - data.tgt_at[i])
            return false;
        for (int64_t s = 0; s < b->S; s++)
            if (b->src[r * b->S + s] != (s < b->src_len[r] ? HEED_SPECIALS + i : HEED_PAD))
                return false;
        for (int64_t t = 0; t < b->T; t++) {
            int64_t want = t < b->tgt_len[r] - 1 ? HEED_SPECIALS + i : HEED_PAD;
            if (b->tgt[r * b->T + t] != (t == b->tgt_len[r] - 1 ? HEED_EOS : want))
                return false;
        }
        if (r && b->tgt_len[r] > b->tgt_len[r - 1])
            return false;
    }
    return b->T == b->tgt_len[0];
}

static void test_every_pair_once_each_epoch(void)
{
    struct heed_batcher b;
    struct heed_arena arena;
    heed_arena_init(&arena, "test", 1 << 24);
    heed_batcher_init(&b, &data, 16, 100, 0, true, 1);
    int64_t n_batches = 0;
    for (int64_t epoch = 0; epoch < 3; epoch++) {
        char seen[N] = {0};
        heed_batcher_epoch(&b, epoch);
        TAP_OK(epoch == 0 || b.n_batches == n_batches);
        n_batches = b.n_batches;
        for (int64_t i = 0; i < n_batches; i++) {
            struct heed_batch batch;
            heed_arena_reset(&arena);
            heed_batcher_get(&b, i, &arena, &batch);
            TAP_OK(batch.B >= 1 && batch.B <= 16 && batch.B * batch.T <= 100);
            TAP_I64(batch.epoch, epoch);
            TAP_I64(batch.index, i);
            TAP_OK(contents_right(&batch, seen));
        }
        for (int i = 0; i < N; i++)
            TAP_I64(seen[i], 1);
    }
    heed_batcher_release(&b);
    heed_arena_free(&arena);
}

static void test_same_seed_same_order(void)
{
    struct heed_batcher a, b, other;
    heed_batcher_init(&a, &data, 16, 0, 0, true, 5);
    heed_batcher_init(&b, &data, 16, 0, 0, true, 5);
    heed_batcher_init(&other, &data, 16, 0, 0, true, 6);
    heed_batcher_epoch(&a, 0);
    heed_batcher_epoch(&a, 3);
    heed_batcher_epoch(&b, 3); /* no way through the epochs before: resumption */
    heed_batcher_epoch(&other, 3);
    TAP_MEM(a.order, b.order, N * sizeof(int64_t));
    TAP_OK(memcmp(a.order, other.order, N * sizeof(int64_t)) != 0);
    heed_batcher_epoch(&b, 4);
    TAP_OK(memcmp(a.order, b.order, N * sizeof(int64_t)) != 0);
    heed_batcher_release(&a);
    heed_batcher_release(&b);
    heed_batcher_release(&other);
}

static void test_windows_keep_their_pairs(void)
{
    struct heed_batcher b;
    heed_batcher_init(&b, &data, 16, 0, 100, false, 0);
    heed_batcher_epoch(&b, 0);
    TAP_I64(b.n_batches, 5 * 7); /* 100 pairs: 6 batches of 16 and one of 4 */
    for (int i = 0; i < N; i++)
        TAP_I64(b.order[i] / 100, i / 100);
    heed_batcher_release(&b);
}

static void test_one_pair_longer_than_the_budget(void)
{
    struct heed_batcher b;
    heed_batcher_init(&b, &data, 16, 1, 0, true, 0);
    heed_batcher_epoch(&b, 0);
    TAP_I64(b.n_batches, N);
    heed_batcher_release(&b);
}

static void test_documents(void)
{
    struct heed_batcher b;
    struct heed_arena arena;
    struct heed_batch batch, back;
    struct heed_doc doc;
    heed_arena_init(&arena, "test", 1 << 24);
    heed_batcher_init(&b, &data, 8, 0, 0, true, 1);
    heed_batcher_epoch(&b, 2);
    heed_batcher_get(&b, 4, &arena, &batch);
    heed_doc_init(&doc);
    heed_batch_to_doc(&batch, true, &doc);
    TAP_DONE(heed_batch_from_doc(&doc, &back, &err), &err);
    TAP_I64(back.B, batch.B);
    TAP_I64(back.epoch, 2);
    TAP_I64(back.index, 4);
    TAP_MEM(back.tgt, batch.tgt, (size_t)(batch.B * batch.T) * sizeof(int32_t));
    TAP_MEM(back.line, batch.line, (size_t)batch.B * sizeof(int64_t));
    const uint8_t *mask = heed_doc_find(&doc, "src_mask")->data;
    for (int64_t r = 0; r < batch.B; r++)
        for (int64_t s = 0; s < batch.S; s++)
            TAP_I64(mask[r * batch.S + s], s < batch.src_len[r]);
    heed_doc_set_meta(&doc, "epoch", "9223372036854775807");
    TAP_FAILS(heed_batch_from_doc(&doc, &back, &err), &err, "metadata epoch: 9223372036854775807");
    heed_doc_set_meta(&doc, "epoch", "2");
    heed_doc_set_meta(&doc, "index", "-1");
    TAP_FAILS(heed_batch_from_doc(&doc, &back, &err), &err, "metadata index: -1 not in 0..");
    heed_doc_set_meta(&doc, "index", "4");
    ((int32_t *)heed_doc_find(&doc, "src_len")->data)[0] = (int32_t)batch.S + 1;
    TAP_FAILS(heed_batch_from_doc(&doc, &back, &err), &err, "tensor src_len: row 0");
    heed_doc_release(&doc);
    heed_batcher_release(&b);
    heed_arena_free(&arena);
}

int main(void)
{
    fill();
    TAP_RUN(test_every_pair_once_each_epoch);
    TAP_RUN(test_same_seed_same_order);
    TAP_RUN(test_windows_keep_their_pairs);
    TAP_RUN(test_one_pair_longer_than_the_budget);
    TAP_RUN(test_documents);
    heed_dataset_release(&data);
    return tap_end();
}
