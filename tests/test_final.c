/* test_final.c: final punctuation is found whatever the tokenizer, and left off by (seed, epoch, pair). */
#include "data/corpus.h"
#include "data/final.h"
#include "tests/text_make.h"

enum { N = 400 };

/* Of the lines: tokens at the end that are punctuation and blanks, by words and by characters. */
static const struct {
    const char *line;
    int words, chars;
} rows[] = {
    {"go on .", 1, 2},
    {"go on.", 1, 1},
    {"go on", 0, 0},
    {"Wait...", 1, 3},
    {"why ?!", 2, 3},
    {"non\xc2\xa0!", 2, 2}, /* a no-break blank is a word's piece of its own */
    {"\xe6\x88\x91\xe3\x80\x82", 1, 1},
    {"3.5", 0, 0},
    {"he said \"no.\"", 0, 0}, /* not its end */
    {".", 0, 0},               /* nothing would be left */
    {"? !", 0, 0},
};

static void make(struct heed_sides *sides, const char *spec, struct heed_dataset *d, bool src_eos)
{
    const char *text[HEED_COUNT(rows) + 1] = {0};
    struct heed_corpus corpus;
    struct heed_filter_report report;
    struct heed_filter filter = {0};
    heed_corpus_init(&corpus);
    heed_dataset_init(d);
    for (size_t i = 0; i < HEED_COUNT(rows); i++)
        text[i] = rows[i].line;
    *sides = (struct heed_sides){.src_eos = src_eos};
    TAP_DONE(train(&sides->src, spec, text, 0, 1), &err);
    TAP_DONE(train(&sides->tgt, spec, text, 0, 1), &err);
    for (size_t i = 0; i < N; i++) {
        const char *line = rows[i % HEED_COUNT(rows)].line;
        heed_corpus_add(&corpus, line, strlen(line), line, strlen(line));
    }
    TAP_DONE(heed_corpus_encode(&corpus, sides, &filter, d, &report, NULL, &err), &err);
    TAP_I64((int64_t)d->n, N);
    TAP_DONE(heed_final_find(d, sides, &err), &err);
    heed_corpus_release(&corpus);
}

static void check_found(const char *spec, bool chars, bool src_eos)
{
    struct heed_sides sides;
    struct heed_dataset d;
    make(&sides, spec, &d, src_eos);
    for (size_t i = 0; i < N; i++) {
        int want = chars ? rows[i % HEED_COUNT(rows)].chars : rows[i % HEED_COUNT(rows)].words;
        TAP_I64(d.src_final[i], want);
        TAP_I64(d.tgt_final[i], want);
    }
    heed_dataset_release(&d);
    heed_sides_release(&sides);
}

static void test_found(void)
{
    check_found("word", false, false);
    check_found("word", false, true);
    check_found("char", true, false);
}

/* Row r of a batch is pair i of the dataset, whole or without its end: *off. */
static void check_row(const struct heed_dataset *d, const struct heed_batch *b, int64_t r, bool eos,
                      bool *off)
{
    int64_t i = b->line[r], n_src = d->src_at[i + 1] - d->src_at[i],
            n_tgt = d->tgt_at[i + 1] - d->tgt_at[i];
    const int32_t *src = b->src + r * b->S, *tgt = b->tgt + r * b->T;
    bool less = b->tgt_len[r] < n_tgt;
    TAP_I64(n_src - b->src_len[r], less ? d->src_final[i] : 0);
    TAP_I64(n_tgt - b->tgt_len[r], less ? d->tgt_final[i] : 0);
    TAP_MEM(src, d->src + d->src_at[i], (size_t)(b->src_len[r] - eos) * sizeof *src);
    TAP_MEM(tgt, d->tgt + d->tgt_at[i], (size_t)(b->tgt_len[r] - 1) * sizeof *tgt);
    TAP_I64(tgt[b->tgt_len[r] - 1], HEED_EOS);
    if (eos)
        TAP_I64(src[b->src_len[r] - 1], HEED_EOS);
    for (int64_t t = b->tgt_len[r]; t < b->T; t++)
        TAP_I64(tgt[t], HEED_PAD);
    TAP_OK(r == 0 || b->tgt_len[r] <= b->tgt_len[r - 1]);
    *off = less;
}

/* Which pairs an epoch leaves off, into off[N]; how many. */
static int epoch(struct heed_batcher *b, int64_t number, bool eos, bool *off)
{
    struct heed_arena arena;
    int n = 0;
    heed_arena_init(&arena, "test", 1 << 24);
    heed_batcher_epoch(b, number);
    for (int64_t i = 0; i < b->n_batches; i++) {
        struct heed_batch batch;
        heed_arena_reset(&arena);
        heed_batcher_get(b, i, &arena, &batch);
        for (int64_t r = 0; r < batch.B; r++) {
            bool *less = &off[batch.line[r]];
            *less = false;
            check_row(b->data, &batch, r, eos, less);
            n += *less;
        }
    }
    heed_arena_free(&arena);
    return n;
}

static void check_left_off(bool eos)
{
    struct heed_sides sides;
    struct heed_dataset d;
    struct heed_batcher b;
    bool off[3][N];
    make(&sides, "word", &d, eos);
    heed_batcher_init(&b, &d, 16, 60, 0, true, 3);
    TAP_I64(epoch(&b, 0, eos, off[0]), 0);
    int64_t n_batches = b.n_batches;
    b.vary = 0.5;
    int first = epoch(&b, 0, eos, off[0]), second = epoch(&b, 1, eos, off[1]);
    double half = heed_final_share(&d) * N / 2;
    TAP_OK(first > half * 0.8 && first < half * 1.2);
    TAP_OK(second > half * 0.8 && second < half * 1.2);
    TAP_OK(memcmp(off[0], off[1], sizeof off[0]) != 0);
    TAP_I64(epoch(&b, 0, eos, off[2]), first);
    TAP_MEM(off[2], off[0], sizeof off[0]);
    TAP_I64(b.n_batches, n_batches);
    heed_batcher_release(&b);
    heed_dataset_release(&d);
    heed_sides_release(&sides);
}

static void test_left_off(void)
{
    check_left_off(false);
    check_left_off(true);
}

/* By default only where most pairs end so, and are sentences. */
static void test_default(void)
{
    struct heed_sides sides;
    struct heed_dataset d;
    make(&sides, "char", &d, false);
    TAP_OK(heed_final_share(&d) > 0.5 && heed_final_vary(&d, -1) > 0);
    TAP_OK(heed_final_vary(&d, 0) == 0 && heed_final_vary(&d, 0.3) == 0.3);
    memset(d.src_final, 0, d.n * 2 / 3);
    TAP_OK(heed_final_vary(&d, -1) == 0 && heed_final_vary(&d, 0.3) == 0.3);
    heed_dataset_release(&d);
    heed_sides_release(&sides);
    make(&sides, "word", &d, false);
    TAP_OK(heed_final_share(&d) > 0.5 && heed_final_vary(&d, -1) == 0); /* two words */
    heed_dataset_release(&d);
    heed_sides_release(&sides);
}

int main(void)
{
    find_plugins();
    TAP_RUN(test_found);
    TAP_RUN(test_left_off);
    TAP_RUN(test_default);
    return tap_end();
}
