/* test_vocab.c: vocabularies: ids, counting, order, blobs and their faults. */
#include "data/vocab.h"
#include "tests/tap.h"

static struct heed_err err;

static int32_t find(const struct heed_vocab *v, const char *piece)
{
    return heed_vocab_find(v, piece, strlen(piece));
}

static void count(struct heed_vocab *v, const char *piece, int times)
{
    while (times-- > 0)
        heed_vocab_count(v, piece, strlen(piece));
}

static void test_specials_are_not_text(void)
{
    struct heed_vocab v;
    heed_vocab_init(&v);
    TAP_I64(v.n, HEED_SPECIALS);
    TAP_I64(find(&v, "<eos>"), HEED_UNK);
    int32_t id = heed_vocab_add(&v, "<eos>", 5, 1, &err);
    TAP_I64(id, HEED_SPECIALS);
    TAP_I64(find(&v, "<eos>"), HEED_SPECIALS);
    heed_vocab_release(&v);
}

static void test_many_pieces(void)
{
    struct heed_vocab v;
    char piece[32];
    heed_vocab_init(&v);
    for (int i = 0; i < 50000; i++) {
        snprintf(piece, sizeof(piece), "w%d", i);
        TAP_I64(heed_vocab_add(&v, piece, strlen(piece), 0, &err), i + HEED_SPECIALS);
    }
    for (int i = 0; i < 50000; i += 7) {
        snprintf(piece, sizeof(piece), "w%d", i);
        TAP_I64(find(&v, piece), i + HEED_SPECIALS);
    }
    TAP_I64(find(&v, "w50000"), HEED_UNK);
    heed_vocab_release(&v);
}

static void test_trim_order(void)
{
    struct heed_vocab v;
    heed_vocab_init(&v);
    count(&v, "b", 3);
    count(&v, "c", 5);
    count(&v, "a", 3);
    count(&v, "rare", 1);
    heed_vocab_trim(&v, 2, 0);
    TAP_I64(v.n, HEED_SPECIALS + 3);
    TAP_I64(find(&v, "c"), 4);
    TAP_I64(find(&v, "a"), 5);
    TAP_I64(find(&v, "b"), 6);
    TAP_I64(find(&v, "rare"), HEED_UNK);
    heed_vocab_trim(&v, 1, 1);
    TAP_I64(v.n, HEED_SPECIALS + 1);
    TAP_I64(find(&v, "c"), 4);
    TAP_I64(find(&v, "a"), HEED_UNK);
    heed_vocab_release(&v);
}

static void test_blob_round_trip(void)
{
    struct heed_vocab v, w;
    struct heed_str blob = {0}, again = {0};
    heed_vocab_init(&v);
    count(&v, "na\xc3\xafve", 1);
    count(&v, "<unk>", 1);
    count(&v, "with space", 1);
    heed_vocab_blob(&v, &blob);
    TAP_DONE(heed_vocab_parse(&w, blob.data, blob.len, &err), &err);
    TAP_I64(w.n, v.n);
    TAP_I64(find(&w, "<unk>"), 5);
    heed_vocab_blob(&w, &again);
    TAP_STR(again.data, blob.data);
    heed_vocab_release(&v);
    heed_vocab_release(&w);
    heed_str_release(&blob);
    heed_str_release(&again);
}

static void test_faulty_blobs(void)
{
    static const struct {
        const char *blob, *says;
    } rows[] = {
        {"", "0 lines"},
        {"<pad>\n<bos>\n<eos>\n", "3 lines"},
        {"<pad>\n<eos>\n<bos>\n<unk>\n", "line 2: '<eos>', want <bos>"},
        {"<pad>\n<bos>\n<eos>\n<unk>\na\n\nb\n", "line 6: an empty piece"},
        {"<pad>\n<bos>\n<eos>\n<unk>\na\nb\na\n", "line 7: 'a' stands already on line 5"},
        {"<pad>\n<bos>\n<eos>\n<unk>\na\nb", "line 6: no line feed"},
        {"<pad>\n<bos>\n<eos>\n<unk>\n\xff\n", "line 5: a piece that is not valid UTF-8"},
    };
    struct heed_vocab v;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        TAP_FAILS(heed_vocab_parse(&v, rows[i].blob, strlen(rows[i].blob), &err), &err,
                  rows[i].says);
}

static void test_long_piece(void)
{
    struct heed_vocab v;
    char piece[1025];
    memset(piece, 'x', sizeof(piece));
    heed_vocab_init(&v);
    TAP_I64(heed_vocab_add(&v, piece, 1024, 0, &err), HEED_SPECIALS);
    TAP_FAILS(heed_vocab_add(&v, piece, 1025, 0, &err), &err, "longer than 1024");
    heed_vocab_count(&v, piece, 1025);
    TAP_I64(v.n, HEED_SPECIALS + 1);
    heed_vocab_release(&v);
}

static void test_forget(void)
{
    struct heed_vocab v;
    heed_vocab_init(&v);
    for (int i = 0; i < 100; i++) {
        char piece[16];
        snprintf(piece, sizeof piece, "p%d", i);
        for (int times = 0; times < 1 + i / 40; times++) /* 40 once, 40 twice, 20 thrice */
            heed_vocab_count(&v, piece, strlen(piece));
    }
    TAP_I64(heed_vocab_forget(&v, 100), 0);
    TAP_I64(v.n, HEED_SPECIALS + 100);
    TAP_I64(heed_vocab_forget(&v, 99), 1);
    TAP_I64(v.n, HEED_SPECIALS + 60);
    TAP_I64(heed_vocab_find(&v, "p3", 2), HEED_UNK);
    heed_vocab_count(&v, "p3", 2);
    TAP_I64(v.counts[heed_vocab_find(&v, "p3", 2)], 1);
    TAP_I64(heed_vocab_forget(&v, 20), 2);
    TAP_I64(v.n, HEED_SPECIALS + 20);
    TAP_OK(heed_vocab_find(&v, "p99", 3) != HEED_UNK);
    heed_vocab_release(&v);
}

int main(void)
{
    TAP_RUN(test_forget);
    TAP_RUN(test_specials_are_not_text);
    TAP_RUN(test_many_pieces);
    TAP_RUN(test_trim_order);
    TAP_RUN(test_blob_round_trip);
    TAP_RUN(test_faulty_blobs);
    TAP_RUN(test_long_piece);
    return tap_end();
}
