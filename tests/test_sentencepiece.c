/* test_sentencepiece.c: what is learnt with SentencePiece: text comes back, equal text gives equal pieces, any size
 * and any text will do; a model that heed did not write is refused before the library sees it. */
#include "base/rng.h"
#include "base/utf8.h"
#include "tests/text_make.h"

/* Nothing of these lines was seen in training. */
static void test_round_trip(void)
{
    static const char *const lines[] = {
        "<unk> <eos> <pad> <bos> <s> </s> <0x41>",
        "@@ a@@b ##c \342\226\201 a\342\226\201b \342\226\201\342\226\201",
        "\xef\xa3\xbe \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80",
        "  5\xc2\xbd m\xc2\xb2\xc2\xa0! \xe2\x80\xa6 e\xcc\x81 ",
        "He's calm, isn't he?",
    };
    struct heed_side s;
    struct heed_str out = {0};
    TAP_DONE(train(&s, "sentencepiece", english, 310, 1), &err);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct heed_tokens t = {0};
        TAP_DONE(heed_side_encode(&s, lines[i], strlen(lines[i]), &t, &err), &err);
        TAP_I64(t.n_unknown, 0);
        for (size_t k = 0; k < t.n; k++)
            TAP_OK(t.ids[k] >= HEED_SPECIALS);
        heed_tokens_release(&t);
        round_trip(&s, lines[i], &out);
        TAP_STR(out.data, lines[i]);
    }
    heed_side_release(&s);
    heed_str_release(&out);
}

/* Longer than the library can count: a word, a line. */
static void test_long_lines(void)
{
    static const char *const specs[] = {"sentencepiece", "sentencepiece:words=off"};
    enum { N = 70000 };
    char *word = heed_xmalloc(N + 1), *line = heed_xmalloc(N + 1);
    struct heed_str out = {0};
    for (int i = 0; i < N; i++) {
        word[i] = "abc"[i % 3 * (i % 3) % 3];
        line[i] = i % 5 == 4 ? ' ' : word[i];
    }
    memcpy(word + 29998, "\xe4\xb8\xad\xe4\xb8\xad", 6); /* where a part would end */
    word[N] = line[N] = '\0';
    const char *const lines[] = {"a cab", word, "abc", line, NULL};
    for (size_t i = 0; i < 2; i++) {
        struct heed_side s;
        TAP_DONE(train(&s, specs[i], lines, 300, 1), &err);
        round_trip(&s, "a cab \xe4\xb8\xad", &out);
        TAP_STR(out.data, "a cab \xe4\xb8\xad");
        heed_side_release(&s);
    }
    heed_str_release(&out);
    free(word);
    free(line);
}

static void test_is_deterministic(void)
{
    static const char *const specs[] = {"sentencepiece", "sentencepiece:type=unigram"};
    for (size_t i = 0; i < 2; i++) {
        struct heed_side a, b;
        TAP_DONE(train(&a, specs[i], english, 300, 1), &err);
        TAP_DONE(train(&b, specs[i], english, 300, 1), &err);
        TAP_STR(a.fingerprint, b.fingerprint);
        TAP_I64(a.blob_size, b.blob_size);
        TAP_STR(a.tokenizer.words, specs[i]);
        heed_side_release(&a);
        heed_side_release(&b);
    }
}

static void test_sizes(void)
{
    static const char *const nothing[] = {NULL};
    struct heed_side s;
    TAP_DONE(train(&s, "sentencepiece", english, 300, 1), &err);
    TAP_I64(s.vocab.n, 300 + HEED_SPECIALS);
    heed_side_release(&s);
    /* More than the text has: as many as there are. */
    TAP_DONE(train(&s, "sentencepiece", english, 30000, 1), &err);
    TAP_OK(s.vocab.n > 300 && s.vocab.n < 1000);
    heed_side_release(&s);
    TAP_DONE(train(&s, "sentencepiece:type=unigram", english, 30000, 1), &err);
    TAP_OK(s.vocab.n > 256 && s.vocab.n < 1000);
    heed_side_release(&s);
    /* Fewer than the bytes and some: as few as can be. */
    TAP_DONE(train(&s, "sentencepiece", english, 10, 1), &err);
    TAP_OK(s.vocab.n > 256 && s.vocab.n < 300);
    heed_side_release(&s);
    TAP_FAILS(train(&s, "sentencepiece", nothing, 300, 1), &err, "no text to learn from");
    TAP_FAILS(train(&s, "sentencepiece:coverage=2", english, 300, 1), &err, "coverage");
}

/* 200 names, each there twice: they are not learnt by heart, unless asked for. */
static void test_pieces_come_often(void)
{
    static char names[400][24];
    const char *lines[401] = {NULL};
    struct heed_side s;
    for (int i = 0; i < 400; i++) {
        snprintf(names[i], sizeof(names[i]), "call N%c%c%c%c%d", 'a' + i * 7 % 25, 'e' + i / 2 % 16,
                 'a' + i / 2 * 11 % 23, 'o' + i / 2 * 5 % 12, i / 2);
        lines[i] = names[i / 2 * 2];
    }
    TAP_DONE(train(&s, "sentencepiece", lines, 0, 1), &err);
    int32_t by_heart = s.vocab.n;
    heed_side_release(&s);
    TAP_DONE(train(&s, "sentencepiece", lines, by_heart, 0), &err);
    TAP_I64(s.vocab.n, by_heart);
    heed_side_release(&s);
    TAP_DONE(train(&s, "sentencepiece", lines, 0, 0), &err);
    TAP_OK(s.vocab.n < by_heart / 5 * 4);
    TAP_OK(heed_vocab_find(&s.vocab,
                           "\xe2\x96\x81"
                           "call",
                           7) != HEED_UNK);
    heed_side_release(&s);
}

static bool has_piece(const struct heed_side *s, const char *piece)
{
    return heed_vocab_find(&s->vocab, piece, strlen(piece)) != HEED_UNK;
}

/* Sentences of few words and many names: whatever the names, the words stay pieces. */
static void test_words_stay_pieces(void)
{
    static const char *const first[] = {"Alma", "Boris", "Clara", "Dario", "Elena"},
                             *const verb[] = {"buys", "eats", "wants", "sees"},
                             *const object[] = {"bread", "milk", "fish", "rice", "soup"};
    static char text[800][40];
    const char *lines[801] = {NULL};
    struct heed_side s;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct heed_rng rng;
        heed_rng_seed(&rng, seed, 0);
        for (int i = 0; i < 800; i++) {
            uint64_t r = heed_rng_below(&rng, 5 * 26 * 26 * 4 * 5);
            snprintf(text[i], sizeof(text[i]), "%s%c%c %s %s.", first[r % 5],
                     'a' + (int)(r / 5 % 26), 'a' + (int)(r / 130 % 26), verb[r / 3380 % 4],
                     object[r / 13520]);
            lines[i] = text[i];
        }
        TAP_DONE(train(&s, "sentencepiece", lines, 0, 0), &err);
        for (int i = 0; i < 5; i++) {
            char piece[16];
            snprintf(piece, sizeof(piece), "\xe2\x96\x81%s", object[i]);
            TAP_OK(has_piece(&s, piece));
        }
        heed_side_release(&s);
    }
}

/* A character that hardly comes is bytes, so that a model learns to write bytes; of few lines, where all of
 * them hardly come, at most a tenth. */
static void test_rare_characters_are_bytes(void)
{
    const char *lines[101] = {NULL};
    struct heed_side s;
    for (int i = 0; i < 100; i++)
        lines[i] = i % 20   ? "go on"
                   : i % 40 ? "go \xe4\xb8\x81"
                            : "\xce\xb6\xce\xb6\xce\xb6\xce\xb6 on";
    TAP_DONE(train(&s, "sentencepiece", lines, 300, 1), &err);
    TAP_OK(!has_piece(&s, "\xe4\xb8\x81") && has_piece(&s, "\xce\xb6") && has_piece(&s, "o"));
    heed_side_release(&s);
    TAP_DONE(train(&s, "sentencepiece:rare=0,coverage=1", lines, 300, 1), &err);
    TAP_OK(has_piece(&s, "\xe4\xb8\x81"));
    heed_side_release(&s);
    lines[2] = NULL; /* "go on", "go 丁", each once: 6 kinds */
    lines[1] = lines[20];
    TAP_DONE(train(&s, "sentencepiece", lines, 300, 1), &err);
    TAP_OK(has_piece(&s, "g") && has_piece(&s, "o") && has_piece(&s, "n"));
    heed_side_release(&s);
}

/* 5,000 characters in 4,000 pieces, and in 300; text like the library's own names and marks. */
static void test_learns_from_anything(void)
{
    static const char *const specs[] = {"sentencepiece", "sentencepiece:type=unigram",
                                        "sentencepiece:normalise=nfkc",
                                        "sentencepiece:coverage=0.1"};
    static const char *const odd[] = {"<unk> <0x41> </s>", "\xe2\x96\x85 \xe2\x96\x81",
                                      "<unk><0xE2>", NULL};
    const char *lines[501];
    struct heed_str text[500] = {0};
    for (int i = 0; i < 500; i++) {
        for (int k = 0; k < 10; k++) {
            char s[4];
            heed_str_add(&text[i], s, (size_t)heed_utf8_put(s, 0x4e00 + i * 10 + k));
        }
        lines[i] = text[i].data;
    }
    lines[500] = NULL;
    for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
        struct heed_side s;
        struct heed_str out = {0};
        for (int64_t size = 300; size <= 4000; size += 3700) {
            TAP_DONE(train(&s, specs[i], lines, size, 1), &err);
            TAP_OK(s.vocab.n <= size + HEED_SPECIALS);
            round_trip(&s, lines[400], &out);
            TAP_STR(out.data, lines[400]);
            heed_side_release(&s);
        }
        TAP_DONE(train(&s, specs[i], odd, 300, 1), &err);
        round_trip(&s, odd[0], &out);
        TAP_STR(out.data, odd[0]);
        heed_side_release(&s);
        heed_str_release(&out);
    }
    for (int i = 0; i < 500; i++)
        heed_str_release(&text[i]);
}

/* --- models that are none of ours --- */

/* A field of protobuf behind out: its tag, and the size of what follows. */
static void add_varint(struct heed_str *out, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        heed_str_add_char(out, (char)(v | 0x80));
    heed_str_add_char(out, (char)v);
}

static void add_bytes(struct heed_str *out, unsigned field, const char *data, size_t n)
{
    add_varint(out, field << 3 | 2);
    add_varint(out, n);
    heed_str_add(out, data, n);
}

static void add_number(struct heed_str *out, unsigned field, uint64_t v)
{
    add_varint(out, field << 3);
    add_varint(out, v);
}

static struct heed_side learnt;
static const char *spec_of_learnt = "sentencepiece";

/* The learnt model with something behind it. */
static int open_with(const char *more, size_t n)
{
    struct heed_side s;
    struct heed_str blob = {0}, vocab = {0};
    heed_vocab_blob(&learnt.vocab, &vocab);
    heed_str_add(&blob, learnt.blob, learnt.blob_size);
    heed_str_add(&blob, more, n);
    int status =
        heed_side_open(&s, spec_of_learnt, blob.data, blob.len, vocab.data, vocab.len, &err);
    if (status == 0)
        heed_side_release(&s);
    heed_str_release(&blob);
    heed_str_release(&vocab);
    return status;
}

/* The same with a field of this part: 1 a piece, 2 the training, 3 the normaliser, 5 the way back. */
static int open_with_part(unsigned part, struct heed_str *message)
{
    struct heed_str more = {0};
    add_bytes(&more, part, message->data ? message->data : "", message->len);
    int status = open_with(more.data, more.len);
    heed_str_release(&more);
    heed_str_release(message);
    return status;
}

static void test_pieces_are_checked(void)
{
    struct heed_str m = {0};
    add_bytes(&m, 1, "good", 4);
    TAP_DONE(open_with_part(1, &m), &err);
    for (uint64_t type = 3; type <= 5; type += 2) {
        add_bytes(&m, 1, "odd", 3);
        add_number(&m, 3, type);
        TAP_FAILS(open_with_part(1, &m), &err, "a piece of a type that heed does not learn");
    }
    add_bytes(&m, 1, "\xff", 1);
    TAP_FAILS(open_with_part(1, &m), &err, "a piece is not UTF-8");
    add_bytes(&m, 1, "nan", 3);
    heed_str_add(&m, "\x15\0\0\xc0\x7f", 5);
    TAP_FAILS(open_with_part(1, &m), &err, "not finite");
    TAP_FAILS(open_with("\x0a\x7f", 2), &err, "a size");
    TAP_FAILS(open_with("\x0b", 1), &err, "field 1");
    TAP_FAILS(open_with("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 11), &err, "a tag");
}

/* The library would take them into what it has, and lets its map lead it anywhere. */
static void test_other_parts_are_refused(void)
{
    struct heed_str m = {0};
    add_bytes(&m, 2, "\0\0\0\0", 4);
    TAP_FAILS(open_with_part(3, &m), &err, "part 3 twice");
    add_number(&m, 3, 1);
    TAP_FAILS(open_with_part(2, &m), &err, "part 2 twice");
    TAP_FAILS(open_with_part(4, &m), &err, "a part that heed does not write (4)");
    add_bytes(&m, 2, "\0\0\0\0", 4);
    TAP_FAILS(open_with_part(5, &m), &err, "a part that heed does not write (5)");
}

static char *find_bytes(const char *in, size_t n, const char *what)
{
    return memmem(in, n, what, strlen(what));
}

/* Every place of the map in turn holds another byte; and a map under another rule's name. */
static void test_map_is_the_library_s(void)
{
    static const char *const specs[] = {"sentencepiece:normalise=nfkc",
                                        "sentencepiece:normalise=nmt"};
    for (size_t i = 0; i < 2; i++) {
        struct heed_side s;
        TAP_DONE(train(&s, specs[i], english, 300, 1), &err);
        learnt = s;
        spec_of_learnt = specs[i];
        TAP_DONE(open_with("", 0), &err);
        char *name = find_bytes(s.blob, s.blob_size, "nfkc\x12"), *end = s.blob + s.blob_size;
        TAP_OK(name && end - name > 200000);
        for (char *at = name + 8; at < end - 8; at += 20011) {
            *at ^= 0x40;
            TAP_FAILS(open_with("", 0), &err, "normaliser is none of this SentencePiece library");
            *at ^= 0x40;
        }
        name[0] = 'x';
        TAP_FAILS(open_with("", 0), &err, "normaliser is none of this SentencePiece library");
        heed_side_release(&s);
    }
    spec_of_learnt = "sentencepiece";
}

int main(void)
{
    find_plugins();
    TAP_RUN(test_round_trip);
    TAP_RUN(test_long_lines);
    TAP_RUN(test_is_deterministic);
    TAP_RUN(test_sizes);
    TAP_RUN(test_pieces_come_often);
    TAP_RUN(test_words_stay_pieces);
    TAP_RUN(test_rare_characters_are_bytes);
    TAP_RUN(test_learns_from_anything);
    TAP_RUN(test_map_is_the_library_s);
    if (train(&learnt, "sentencepiece", english, 300, 1) < 0)
        BUG("%s", err.text);
    TAP_RUN(test_pieces_are_checked);
    TAP_RUN(test_other_parts_are_refused);
    heed_side_release(&learnt);
    return tap_end();
}
