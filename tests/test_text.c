/* test_text.c: tokenizers and vocabularies together: cutting, round trips,
 * specials that stay text, documents. Plugins are found through $HEED_PLUGIN_PATH
 * (or $builddir/plugins/.libs under make check). */
#include "base/utf8.h"
#include "data/corpus.h"
#include "tests/tap.h"

static struct heed_err err;

/* --- lines in memory --- */

struct memory {
    const char *const *lines;
    size_t at;
};

static const char *next(void *ctx, size_t *len)
{
    struct memory *m = ctx;
    const char *line = m->lines[m->at];
    if (line) {
        *len = strlen(line);
        m->at++;
    }
    return line;
}

static void start_again(void *ctx)
{
    ((struct memory *)ctx)->at = 0;
}

static int train(struct heed_side *s, const char *spec, const char *const *text, int64_t size,
                 int64_t min_count)
{
    struct memory m = {text, 0};
    struct heed_lines lines = {next, start_again, &m};
    return heed_side_train(s, spec, &lines, size, min_count, &err);
}

static const char *const english[] = {"Go on.",
                                      "I don't know; do you?",
                                      "Well, go on!",
                                      "He's calm.",
                                      "They know the old house.",
                                      "The house is old.",
                                      "You know, the old man is calm.",
                                      NULL};

/* Pieces of text, each in brackets, into out. */
static void pieces_of(struct heed_side *s, const char *text, struct heed_str *out)
{
    struct heed_tokens t = {0};
    heed_str_clear(out);
    if (heed_side_encode(s, text, strlen(text), &t, &err) < 0)
        heed_str_add_text(out, err.text);
    for (size_t i = 0; i < t.n; i++)
        heed_str_printf(out, "[%s]", s->vocab.pieces[t.ids[i]]);
    heed_tokens_release(&t);
}

/* Text to ids and back; every piece of text must be known. */
static void round_trip(struct heed_side *s, const char *text, struct heed_str *out)
{
    struct heed_tokens t = {0};
    heed_str_clear(out);
    if (heed_side_encode(s, text, strlen(text), &t, &err) < 0 ||
        heed_side_decode(s, t.ids, t.n, NULL, out, &err) < 0)
        heed_str_add_text(out, err.text);
    heed_tokens_release(&t);
}

/* --- word --- */

#define JOINER "\xef\xbf\xad"

static void test_word_cuts(void)
{
    static const struct {
        const char *text, *pieces;
    } rows[] = {
        {"I don't know.", "[I][don'][" JOINER "t][know][" JOINER ".]"},
        {"l'eau l\xe2\x80\x99"
         "eau",
         "[l'][" JOINER "eau][l\xe2\x80\x99][" JOINER "eau]"},
        {"the dogs' 12km", "[the][dogs][" JOINER "'][12][" JOINER "km]"},
        {"Wait...!!", "[Wait][" JOINER "...][" JOINER "!!]"},
        {" two\tblanks\xc2\xa0! ", "[two][blanks][!]"},
        {"est-ce", "[est][" JOINER "-][" JOINER "ce]"},
        {"e\xcc\x82t", "[e\xcc\x82t]"},
        {"'tis 'a'", "['][" JOINER "tis]['][" JOINER "a][" JOINER "']"},
    };
    struct heed_str out = {0};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *text[] = {rows[i].text, NULL};
        struct heed_side s;
        TAP_DONE(train(&s, "word", text, 0, 1), &err);
        pieces_of(&s, rows[i].text, &out);
        TAP_STR(out.data, rows[i].pieces);
        heed_side_release(&s);
    }
    heed_str_release(&out);
}

static void test_course_rules(void)
{
    static const char *const text[] = {"Go. Well, go!", "va\xe2\x80\xaf! a.b .c  d\xc2\xa0?", NULL};
    struct heed_side s;
    struct heed_str out = {0};
    TAP_DONE(train(&s, "word:mode=course", text, 0, 1), &err);
    pieces_of(&s, text[0], &out);
    TAP_STR(out.data, "[go][.][well][,][go][!]");
    pieces_of(&s, text[1], &out);
    TAP_STR(out.data, "[va][!][a][.b][.c][d][?]");
    round_trip(&s, text[0], &out);
    TAP_STR(out.data, "go . well , go !");
    TAP_STR(s.tokenizer.spec, "word:mode=course");
    heed_side_release(&s);
    heed_str_release(&out);
}

static void test_word_lower(void)
{
    static const char *const text[] = {"\xc3\x89T\xc3\x89 " JOINER "A", NULL};
    struct heed_side s;
    struct heed_str out = {0};
    TAP_DONE(train(&s, "word:lower=on", text, 0, 1), &err);
    round_trip(&s, text[0], &out);
    TAP_STR(out.data, "\xc3\xa9t\xc3\xa9 " JOINER "a");
    heed_side_release(&s);
    heed_str_release(&out);
}

/* --- every tokenizer gives back what it took --- */

static const char *const hard[] = {
    "<unk> <eos> <pad> <bos> <s> </s> <0x41>",
    "@@ a@@b ##c \xe2\x96\x81 a\xe2\x96\x81"
    "b \xe2\x96\x81\xe2\x96\x81",
    JOINER " a" JOINER " " JOINER JOINER "b a" JOINER "b" JOINER JOINER JOINER,
    "\xef\xa3\xbe \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80 \xee\x80\x80",
    "(\"x\"), [y]; z: 3.14% \xc2\xabn\xc2\xbb",
    NULL,
};

static void check_round_trips(const char *spec, int64_t size, const char *const *learn)
{
    struct heed_side s;
    struct heed_str out = {0};
    TAP_DONE(train(&s, spec, learn, size, 1), &err);
    for (size_t i = 0; hard[i]; i++) {
        struct heed_tokens t = {0};
        TAP_DONE(heed_side_encode(&s, hard[i], strlen(hard[i]), &t, &err), &err);
        for (size_t k = 0; k < t.n; k++) {
            TAP_OK(t.ids[k] >= HEED_SPECIALS); /* literal "<eos>" is text */
            TAP_OK(t.begin[k] <= t.end[k] && t.end[k] <= strlen(hard[i]));
        }
        heed_tokens_release(&t);
        round_trip(&s, hard[i], &out);
        TAP_STR(out.data, hard[i]);
    }
    heed_side_release(&s);
    heed_str_release(&out);
}

static void test_word_round_trip(void)
{
    check_round_trips("word", 0, hard);
}

static void test_char_round_trip(void)
{
    check_round_trips("char", 0, hard);
}

static void test_space_round_trip(void)
{
    check_round_trips("space", 0, hard);
}

/* Nothing of the hard lines was seen in training. U+200D goes in
 * nmt_nfkc, so that line is for the others. */
static void test_sentencepiece_round_trip(void)
{
    static const char *const lines[] = {
        "<unk> <eos> <pad> <bos> <s> </s> <0x41>",
        "@@ a@@b ##c \xe2\x96\x81 a\xe2\x96\x81"
        "b \xe2\x96\x81\xe2\x96\x81",
        "\xef\xa3\xbe \xf0\x9f\x9a\x80",
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

/* --- sentencepiece --- */

static void test_sentencepiece_is_deterministic(void)
{
    static const char *const specs[] = {"sentencepiece", "sentencepiece:type=unigram"};
    for (size_t i = 0; i < 2; i++) {
        struct heed_side a, b;
        TAP_DONE(train(&a, specs[i], english, 300, 1), &err);
        TAP_DONE(train(&b, specs[i], english, 300, 1), &err);
        TAP_STR(a.fingerprint, b.fingerprint);
        TAP_I64(a.blob_size, b.blob_size);
        TAP_STR(a.tokenizer.spec, specs[i]);
        heed_side_release(&a);
        heed_side_release(&b);
    }
}

static void test_sentencepiece_sizes(void)
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
    TAP_FAILS(train(&s, "sentencepiece", english, 10, 1), &err, "tokenizer sentencepiece: ");
    TAP_FAILS(train(&s, "sentencepiece", nothing, 300, 1), &err, "no text to learn from");
    TAP_FAILS(train(&s, "sentencepiece:coverage=2", english, 300, 1), &err, "coverage");
}

/* --- vocabulary, documents, unknown words --- */

static void test_min_count(void)
{
    struct heed_side s;
    struct heed_tokens t = {0};
    TAP_DONE(train(&s, "word:mode=course", english, 0, 2), &err);
    TAP_DONE(heed_side_encode(&s, "go home .", 9, &t, &err), &err);
    TAP_I64(t.n, 3);
    TAP_I64(t.n_unknown, 1);
    TAP_I64(t.ids[1], HEED_UNK);
    TAP_I64(t.begin[1], 3);
    TAP_I64(t.end[1], 7);
    heed_tokens_release(&t);
    heed_side_release(&s);
}

static void test_blank_lines_have_no_tokens(void)
{
    static const char *const specs[] = {"word", "char", "space"};
    for (size_t i = 0; i < 3; i++) {
        struct heed_side s;
        struct heed_tokens t = {0};
        TAP_DONE(train(&s, specs[i], english, 0, 1), &err);
        TAP_DONE(heed_side_encode(&s, " \t\xc2\xa0\xe3\x80\x80", 7, &t, &err), &err);
        TAP_I64(t.n, 0);
        heed_tokens_release(&t);
        heed_side_release(&s);
    }
}

static void test_unknown_words_come_back(void)
{
    struct heed_side s;
    struct heed_str out = {0};
    TAP_DONE(train(&s, "word", english, 0, 1), &err);
    int32_t go = heed_vocab_find(&s.vocab, "Go", 2);
    int32_t stop = heed_vocab_find(&s.vocab, JOINER ".", 4);
    const int32_t ids[] = {HEED_BOS, go, HEED_UNK, HEED_UNK, stop, HEED_EOS, HEED_PAD};
    const int32_t align[] = {-1, 0, 1, -1, 0, 0, 0}, begin[] = {0, 4}, end[] = {3, 12};
    struct heed_source_text src = {"Go! Bob's" JOINER, 12, begin, end, 2, align};
    TAP_DONE(heed_side_decode(&s, ids, 7, &src, &out, &err), &err);
    TAP_STR(out.data, "Go Bob's" JOINER " <unk>.");
    src.align = NULL; /* each at its own place: the two unknown ones have none */
    heed_str_clear(&out);
    TAP_DONE(heed_side_decode(&s, ids, 7, &src, &out, &err), &err);
    TAP_STR(out.data, "Go <unk> <unk>.");
    /* no text, half a character, a NUL, bytes that are not there */
    const char *const bytes[] = {"\xff\xff", "\xc3", "a\0b", "abc"};
    const int32_t sizes[] = {2, 1, 3, 2}, ends[] = {2, 1, 3, 3}, first[] = {0, 0, 0, 0, 0, 0, 0};
    for (int i = 0; i < 4; i++) {
        src = (struct heed_source_text){bytes[i], sizes[i], begin, &ends[i], 1, first};
        heed_str_clear(&out);
        TAP_DONE(heed_side_decode(&s, ids, 7, &src, &out, &err), &err);
        TAP_STR(out.data, "Go <unk> <unk>.");
    }
    TAP_FAILS(heed_side_decode(&s, &(int32_t){s.vocab.n}, 1, NULL, &out, &err), &err, "not below");
    heed_side_release(&s);
    heed_str_release(&out);
}

static void test_documents(void)
{
    struct heed_sides s = {0}, back;
    struct heed_doc doc;
    TAP_DONE(train(&s.src, "sentencepiece", english, 300, 1), &err);
    TAP_DONE(train(&s.tgt, "word:mode=course", english, 0, 1), &err);
    s.src_eos = true;
    heed_doc_init(&doc);
    heed_sides_to_doc(&s, 3, &doc);
    TAP_STR(heed_doc_meta(&doc, "unicode"), heed_utf8_unicode_version());
    TAP_DONE(heed_sides_from_doc(&back, 3, &doc, &err), &err);
    TAP_STR(back.src.fingerprint, s.src.fingerprint);
    TAP_STR(back.tgt.fingerprint, s.tgt.fingerprint);
    TAP_OK(back.src_eos && !back.joint);
    heed_sides_release(&back);
    heed_doc_set_meta(&doc, "tokenizer.tgt.revision", "999");
    TAP_FAILS(heed_sides_from_doc(&back, 2, &doc, &err), &err, "revision 999");
    heed_doc_set_meta(&doc, "tokenizer.tgt", "./evil.so");
    TAP_FAILS(heed_sides_from_doc(&back, 2, &doc, &err), &err, "command line only");
    heed_doc_release(&doc);
    heed_sides_release(&s);
}

static void test_joint(void)
{
    struct heed_sides s = {0}, back;
    struct heed_doc doc;
    TAP_DONE(train(&s.src, "sentencepiece", english, 300, 1), &err);
    TAP_DONE(heed_sides_share(&s, &err), &err);
    heed_doc_init(&doc);
    heed_sides_to_doc(&s, 3, &doc);
    TAP_OK(!heed_doc_find(&doc, "vocab.tgt"));
    TAP_DONE(heed_sides_from_doc(&back, 2, &doc, &err), &err);
    TAP_OK(back.joint);
    TAP_STR(back.tgt.fingerprint, s.src.fingerprint);
    heed_sides_release(&back);
    heed_doc_release(&doc);
    heed_sides_release(&s);
}

/* --- corpus to dataset --- */

static void test_encode_corpus(void)
{
    static const char *const pairs[][2] = {{"a b", "x y z"},
                                           {"a", "x x x x x x x x x"},
                                           {"a b c d e f", "x y"},
                                           {"zz", "q"},
                                           {"b", "y"}};
    static const char *const text[] = {"a b c d e f", "x y z", NULL};
    struct heed_sides s = {0};
    struct heed_corpus c;
    struct heed_dataset d;
    struct heed_filter_report r;
    struct heed_filter f = {.max_len = 5, .max_ratio = 0};
    TAP_DONE(train(&s.src, "space", text, 0, 1), &err);
    TAP_DONE(heed_sides_share(&s, &err), &err);
    heed_corpus_init(&c);
    for (size_t i = 0; i < 5; i++)
        heed_corpus_add(&c, pairs[i][0], strlen(pairs[i][0]), pairs[i][1], strlen(pairs[i][1]));
    heed_dataset_init(&d);
    s.src_eos = true;
    TAP_DONE(heed_corpus_encode(&c, &s, &f, &d, &r, &err), &err);
    TAP_I64(d.n, 3);
    TAP_I64(r.n_pairs, 3);
    TAP_I64(r.n_too_long, 2);
    TAP_I64(r.n_src_unknown, 1);
    TAP_I64(r.n_tgt_unknown, 1);
    TAP_I64(r.max_tgt, 3);
    TAP_NEAR(r.max_len_ratio, 1.5, 0);
    TAP_I64(d.line[1], 3);
    TAP_I64(d.src_at[1], 3); /* a b eos */
    TAP_I64(d.src[2], HEED_EOS);
    TAP_I64(d.tgt[d.tgt_at[1] - 1], HEED_EOS);
    heed_dataset_release(&d);
    heed_dataset_init(&d);
    f = (struct heed_filter){.max_len = 5, .truncate = true, .max_ratio = 1.5};
    TAP_DONE(heed_corpus_encode(&c, &s, &f, &d, &r, &err), &err);
    TAP_I64(d.n, 4);
    TAP_I64(r.n_ratio, 1); /* 1 to 5: (5+5)/(1+5) */
    heed_dataset_release(&d);
    heed_corpus_release(&c);
    heed_sides_release(&s);
}

int main(void)
{
    const char *builddir = getenv("builddir");
    char dir[4096];
    if (builddir && !getenv("HEED_PLUGIN_PATH")) {
        snprintf(dir, sizeof(dir), "%s/plugins/.libs", builddir);
        heed_plugin_dir_add(dir);
    }
    TAP_RUN(test_word_cuts);
    TAP_RUN(test_course_rules);
    TAP_RUN(test_word_lower);
    TAP_RUN(test_word_round_trip);
    TAP_RUN(test_char_round_trip);
    TAP_RUN(test_space_round_trip);
    TAP_RUN(test_sentencepiece_round_trip);
    TAP_RUN(test_sentencepiece_is_deterministic);
    TAP_RUN(test_sentencepiece_sizes);
    TAP_RUN(test_min_count);
    TAP_RUN(test_blank_lines_have_no_tokens);
    TAP_RUN(test_unknown_words_come_back);
    TAP_RUN(test_documents);
    TAP_RUN(test_joint);
    TAP_RUN(test_encode_corpus);
    return tap_end();
}
