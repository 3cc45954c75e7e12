/* test_shares.c: corpora with shares: what an epoch has of each, in memory and in windows; no pair comes oftener than
 * another of its corpus, but for once; epochs of as many batches, and any place in them is come to by its number. */
#include <stdlib.h>
#include <string.h>

#include "data/vocab.h"
#include "data/windows.h"
#include "tests/tap.h"

enum { N = 240, SMALL = 40, EPOCHS = 7 }; /* the last SMALL pairs are of corpus 1 */
static struct heed_err err;

static const char *name_of(const void *ctx, size_t i)
{
    (void)ctx;
    return i ? "small" : "large";
}

/* Pair i has the id 10 + i, from 1 to 9 times, and a target of 2 to 12 tokens. */
static void make(struct heed_dataset *d, struct heed_corpus *c, struct heed_shares *s, int from,
                 int to)
{
    int32_t ids[16];
    heed_dataset_init(d);
    heed_corpus_init(c);
    for (int i = from; i < to; i++) {
        for (int k = 0; k < 16; k++)
            ids[k] = 10 + i;
        heed_corpus_add(c, "a", 1, "b", 1);
        c->pairs[c->n - 1].corpus = i >= N - SMALL;
        heed_dataset_add(d, ids, (size_t)(1 + i * 7 % 9), ids, (size_t)(1 + i * 5 % 11), i - from);
        heed_dataset_add_eos(d, false);
    }
    heed_shares_mark(s, c, d);
}

/* Runs through epochs; seen: how often each pair came by their ends. */
static void go(struct heed_batch_source *source, int seen[N], int of_small[EPOCHS])
{
    struct heed_arena arena;
    struct heed_batch b;
    heed_arena_init(&arena, "test", 1 << 24);
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        int n = 0;
        for (int64_t i = 0; i < source->per_epoch; i++) {
            heed_arena_reset(&arena);
            TAP_I64(source->next(source->ctx, &arena, &b, &err), 1);
            TAP_OK(b.epoch == epoch && b.index == i && b.B > 0 && b.B <= 8 && b.B * b.T <= 60);
            for (int64_t r = 0; r < b.B; r++, n++) {
                int pair = b.src[r * b.S] - 10;
                seen[pair]++;
                of_small[epoch] += pair >= N - SMALL;
            }
        }
        TAP_OK(n <= N && n >= N - 24); /* a few may be left out to keep the number of batches */
    }
    heed_arena_free(&arena);
}

/* The most and the least that pairs [from, to) came. */
static int spread(const int seen[N], int from, int to)
{
    int least = seen[from], most = seen[from];
    for (int i = from; i < to; i++) {
        least = HEED_MIN(least, seen[i]);
        most = HEED_MAX(most, seen[i]);
    }
    return most - least;
}

static void test_memory(void)
{
    struct heed_shares s;
    struct heed_dataset d;
    struct heed_corpus c;
    struct heed_dataset_source of;
    struct heed_batch_source source;
    struct heed_drawer w = {0};
    int seen[N] = {0};
    TAP_DONE(heed_shares_parse(&s, "1,1.5", 0, 2, &err), &err);
    make(&d, &c, &s, 0, N);
    TAP_DONE(heed_shares_settle(&s, name_of, NULL, &err), &err);
    TAP_I64(s.n_drawn[0], 96);
    TAP_I64(s.n_drawn[1], 144);
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        int now[N] = {0};
        struct heed_quota quota = {{96, 144}};
        heed_drawer_draw(&w, &d, &quota, 3, epoch, 0);
        TAP_I64(w.n_drawn, N);
        for (int64_t i = 0; i < w.n_drawn; i++) {
            seen[w.drawn[i]]++;
            now[w.drawn[i]]++;
        }
        TAP_OK(spread(now, 0, N - SMALL) <= 2 && spread(seen, 0, N - SMALL) <= 1);
        TAP_OK(spread(now, N - SMALL, N) <= 2 && spread(seen, N - SMALL, N) <= 1);
    }
    heed_drawer_release(&w);
    int came[N] = {0}, of_small[EPOCHS] = {0};
    heed_dataset_source_init(&of, &d, 8, 60, 0, 5, &source);
    heed_dataset_source_share(&of, &s, &source);
    go(&source, came, of_small);
    for (int epoch = 0; epoch < EPOCHS; epoch++)
        TAP_OK(of_small[epoch] <= 144 && of_small[epoch] >= 120);
    heed_dataset_source_release(&of);
    heed_dataset_release(&d);
    heed_corpus_release(&c);
}

static void fill(struct heed_windows *w, struct heed_shares *s)
{
    TAP_DONE(heed_windows_open(w, 64, NULL, 0, &err), &err);
    heed_windows_share(w, s);
    for (int from = 0; from < N; from += 60) {
        struct heed_dataset d;
        struct heed_corpus c;
        make(&d, &c, s, from, HEED_MIN(N, from + 60));
        TAP_DONE(heed_windows_add(w, &d, &err), &err);
        heed_dataset_release(&d);
        heed_corpus_release(&c);
    }
    TAP_I64((int64_t)w->n, 4); /* 60 pieces of 4 pairs, 16 a window */
}

static void test_windows(void)
{
    struct heed_shares s;
    struct heed_windows w;
    struct heed_batch_source source;
    struct heed_arena arena;
    struct heed_batch first, again;
    int seen[N] = {0}, of_small[EPOCHS] = {0}, all = 0;
    heed_arena_init(&arena, "test", 1 << 24);
    TAP_DONE(heed_shares_parse(&s, NULL, 1e3, 2, &err), &err); /* nearly level */
    fill(&w, &s);
    TAP_DONE(heed_shares_settle(&s, name_of, NULL, &err), &err);
    TAP_DONE(heed_windows_source(&w, 8, 60, 0, 5, &source, &err), &err);
    for (size_t i = 0; i < w.n; i++) {
        TAP_OK(w.items[i].quota.n[0] > 0);
        all += (int)w.items[i].quota.n[1];
    }
    TAP_I64(all, 120);
    go(&source, seen, of_small);
    for (int epoch = 0; epoch < EPOCHS; epoch++)
        TAP_OK(of_small[epoch] <= 120 && of_small[epoch] >= 96);
    TAP_DONE(source.skip(source.ctx, 5 - w.at, &err), &err);
    TAP_I64(source.next(source.ctx, &arena, &first, &err), 1);
    TAP_DONE(source.skip(source.ctx, 3 * source.per_epoch, &err), &err);
    TAP_I64(source.next(source.ctx, &arena, &again, &err), 1);
    TAP_DONE(source.skip(source.ctx, 5 - w.at, &err), &err);
    TAP_I64(source.next(source.ctx, &arena, &again, &err), 1);
    TAP_I64(first.B, again.B);
    TAP_MEM(first.src, again.src, (size_t)(first.B * first.S) * sizeof *first.src);
    heed_windows_release(&w);
    heed_arena_free(&arena);
}

static void test_refused(void)
{
    struct heed_shares s;
    TAP_DONE(heed_shares_parse(&s, "", 0, 0, &err), &err);
    TAP_I64((int64_t)s.n, 0);
    TAP_FAILS(heed_shares_parse(&s, "1,2", 2, 2, &err), &err, "exclude each other");
    TAP_FAILS(heed_shares_parse(&s, "1", 0, 1, &err), &err, "--weights is of 2 to 64 files");
    TAP_FAILS(heed_shares_parse(&s, "1", 0, 2, &err), &err, "'1' is not 2 numbers above 0");
    TAP_FAILS(heed_shares_parse(&s, "1,2,3", 0, 2, &err), &err, "'1,2,3' is not 2 numbers");
    TAP_FAILS(heed_shares_parse(&s, "1,0", 0, 2, &err), &err, "'1,0' is not 2 numbers");
    TAP_DONE(heed_shares_parse(&s, "1,2", 0, 2, &err), &err);
    s.n_pairs[0] = 3;
    TAP_FAILS(heed_shares_settle(&s, name_of, NULL, &err), &err, "small: no pairs to train on");
}

int main(void)
{
    TAP_RUN(test_memory);
    TAP_RUN(test_windows);
    TAP_RUN(test_refused);
    return tap_end();
}
