/* test_windows.c: windows of pairs in a spool: every pair once an epoch, whole, and any place in the order is
 * come to by its number. */
#include <stdlib.h>
#include <string.h>

#include "data/vocab.h"
#include "data/windows.h"
#include "tests/tap.h"

#define PAIRS 100
#define MOST  30

static struct heed_err err;

/* Pair i: its source is i times the number i (mod 7, from 1), its target i + 100. */
static void make(struct heed_dataset *d, int from, int to)
{
    int32_t src[8], tgt[2];
    heed_dataset_init(d);
    for (int i = from; i < to; i++) {
        for (int k = 0; k < 8; k++)
            src[k] = 1000 + i;
        tgt[0] = tgt[1] = 2000 + i;
        heed_dataset_add(d, src, (size_t)(1 + i % 7), tgt, (size_t)(1 + i % 2), i);
        heed_dataset_add_eos(d, false);
    }
}

static void fill(struct heed_windows *w)
{
    struct heed_dataset d;
    TAP_DONE(heed_windows_open(w, MOST, NULL, 0, &err), &err);
    for (int from = 0; from < PAIRS; from += 40) {
        make(&d, from, HEED_MIN(PAIRS, from + 40));
        TAP_DONE(heed_windows_add(w, &d, &err), &err);
        heed_dataset_release(&d);
    }
    TAP_I64((int64_t)w->n, 4);
    TAP_I64((int64_t)w->n_pairs, PAIRS);
}

/* Counts the pairs of a batch; false where one is not whole. */
static bool whole(const struct heed_batch *b, int seen[PAIRS])
{
    bool ok = true;
    for (int64_t r = 0; r < b->B; r++) {
        int i = b->src[r * b->S] - 1000;
        ok &= i >= 0 && i < PAIRS && b->src_len[r] == 1 + i % 7 && b->tgt_len[r] == 2 + i % 2 &&
              b->tgt[r * b->T] == 2000 + i && b->tgt[r * b->T + b->tgt_len[r] - 1] == HEED_EOS;
        seen[ok ? i : 0]++;
    }
    return ok;
}

static void test_epochs(void)
{
    struct heed_windows w;
    struct heed_batch_source source;
    struct heed_arena arena;
    int order[2][PAIRS], at = 0;
    heed_arena_init(&arena, "test", 1 << 24);
    fill(&w);
    TAP_DONE(heed_windows_source(&w, 4, 0, 0, 5, &source, &err), &err);
    for (int epoch = 0; epoch < 2; epoch++) {
        int seen[PAIRS] = {0}, once = 0;
        bool ok = true;
        at = 0;
        for (int64_t i = 0; i < source.per_epoch; i++) {
            struct heed_batch b;
            heed_arena_reset(&arena);
            TAP_I64(source.next(source.ctx, &arena, &b, &err), 1);
            ok &= whole(&b, seen) && b.epoch == epoch && b.index == i;
            order[epoch][at++] = b.src[0];
        }
        for (int i = 0; i < PAIRS; i++)
            once += seen[i] == 1;
        TAP_OK(ok);
        TAP_I64(once, PAIRS);
    }
    TAP_OK(memcmp(order[0], order[1], sizeof(int) * (size_t)at) != 0);
    /* Back to the third batch, then far ahead: the same ones again. */
    for (int64_t place = 2; place < 2 * source.per_epoch; place += source.per_epoch + 5) {
        struct heed_batch b;
        TAP_DONE(source.skip(source.ctx, place - w.at, &err), &err);
        TAP_I64(source.next(source.ctx, &arena, &b, &err), 1);
        TAP_I64(b.src[0], order[place / source.per_epoch][place % source.per_epoch]);
    }
    heed_windows_release(&w);
    heed_arena_free(&arena);
}

static void test_refused(void)
{
    struct heed_windows w;
    struct heed_dataset d;
    make(&d, 0, 40);
    TAP_FAILS(heed_windows_open(&w, MOST, "/nowhere/at/all", 0, &err), &err, "/nowhere/at/all");
    heed_windows_release(&w);
    TAP_DONE(heed_windows_open(&w, MOST, NULL, 100, &err), &err);
    TAP_FAILS(heed_windows_add(&w, &d, &err), &err, "--spool-limit, 100 bytes");
    heed_windows_release(&w);
    heed_dataset_release(&d);
}

int main(void)
{
    TAP_RUN(test_epochs);
    TAP_RUN(test_refused);
    return tap_end();
}
