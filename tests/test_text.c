/* test_text.c: tokenizers and vocabularies together: cutting, round trips,
 * specials that stay text, documents. Plugins are found through $HEED_PLUGIN_PATH
 * (or $builddir/plugins/.libs under make check). */
#include "base/utf8.h"
#include "data/corpus.h"
#include "data/line.h"
#include "tests/text_make.h"

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
        {" two\tblanks\xc2\xa0! ", "[two][blanks][" JOINER "\xc2\xa0][" JOINER "!]"},
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
    TAP_STR(s.tokenizer.words, "word:mode=course");
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

/* Ids and spans of text, put back with the text beside them. */
static void come_back(const struct heed_side *s, const char *text, struct heed_str *out)
{
    struct heed_line l = {0};
    TAP_DONE(heed_line_take(&l, s, text, strlen(text), false, &err), &err);
    int32_t begin[64], end[64];
    TAP_OK(l.tokens.n <= 64);
    for (size_t i = 0; i < l.tokens.n && i < 64; i++) {
        begin[i] = (int32_t)l.tokens.begin[i];
        end[i] = (int32_t)l.tokens.end[i];
    }
    struct heed_source_text src = {.text = l.text.data,
                                   .size = (int64_t)l.text.len,
                                   .begin = begin,
                                   .end = end,
                                   .n = (int64_t)l.tokens.n};
    heed_str_clear(out);
    TAP_DONE(heed_side_decode(s, l.tokens.ids, l.tokens.n, &src, out, &err), &err);
    heed_line_release(&l);
}

/* A vocabulary of few words, and none that is joined. */
static void test_unknown_pieces_keep_how_they_were_joined(void)
{
    static const char *const few[] = {"go on", NULL};
    static const char *const texts[] = {"quux.example", "777,88 go",         "C++",
                                        "l'Zyx",        "(on) a@b.example!", "go\xc2\xa0on?"};
    struct heed_side s;
    struct heed_str out = {0};
    TAP_DONE(train(&s, "word", few, 0, 1), &err);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        come_back(&s, texts[i], &out);
        TAP_STR(out.data, texts[i]);
    }
    /* What is known stays known where it is joined. */
    pieces_of(&s, "(on)", &out);
    TAP_STR(out.data, "[<unk>][" JOINER "][on][" JOINER "][<unk>]");
    heed_side_release(&s);
    heed_str_release(&out);
}

/* A file of before there were these options: composed, other white space a blank, no mark of its own. */
static void test_older_specs_mean_what_they_meant(void)
{
    static const char vocab[] = "<pad>\n<bos>\n<eos>\n<unk>\n\xc3\xa9\n" JOINER "!\n";
    static const char text[] = "e\xcc\x81\xc2\xa0x!";
    struct heed_side s;
    struct heed_line l = {0};
    TAP_DONE(heed_side_open(&s, "word", NULL, 0, vocab, sizeof(vocab) - 1, &err), &err);
    TAP_STR(s.tokenizer.spec, "word");
    TAP_STR(s.tokenizer.words, "word:normalise=nfc,spaces=blank");
    TAP_DONE(heed_line_take(&l, &s, text, strlen(text), false, &err), &err);
    TAP_I64(l.tokens.n, 3);
    TAP_I64(l.tokens.ids[0], HEED_SPECIALS);
    TAP_I64(l.tokens.ids[1], HEED_UNK);
    TAP_I64(l.tokens.ids[2], HEED_SPECIALS + 1);
    TAP_DONE(heed_line_take(&l, &s, "x?", 2, false, &err), &err);
    TAP_I64(l.tokens.n, 2);
    heed_line_release(&l);
    heed_side_release(&s);
    TAP_DONE(heed_side_open(&s, "word:normalise=none,spaces=keep", NULL, 0, vocab,
                            sizeof(vocab) - 1, &err),
             &err);
    TAP_STR(s.tokenizer.spec, "word:normalise=none,spaces=keep");
    TAP_STR(s.tokenizer.words, "word");
    heed_side_release(&s);
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
    struct heed_source_text src = {
        .text = "Go! Bob's" JOINER, .size = 12, .begin = begin, .end = end, .n = 2, .align = align};
    TAP_DONE(heed_side_decode(&s, ids, 7, &src, &out, &err), &err);
    TAP_STR(out.data, "Go Bob's" JOINER " <unk>.");
    src.weight = (const float[]){0, 0, 0.5f, 0, 0, 0, 0};
    for (int k = 0; k < 2; k++) { /* attention enough, and not */
        src.least = k ? 0.51 : 0.5;
        heed_str_clear(&out);
        TAP_DONE(heed_side_decode(&s, ids, 7, &src, &out, &err), &err);
        TAP_STR(out.data, k ? "Go <unk> <unk>." : "Go Bob's" JOINER " <unk>.");
    }
    src.weight = NULL;
    src.align = NULL; /* each at its own place: the two unknown ones have none */
    heed_str_clear(&out);
    TAP_DONE(heed_side_decode(&s, ids, 7, &src, &out, &err), &err);
    TAP_STR(out.data, "Go <unk> <unk>.");
    /* no text, half a character, a NUL, bytes that are not there */
    const char *const bytes[] = {"\xff\xff", "\xc3", "a\0b", "abc"};
    const int32_t sizes[] = {2, 1, 3, 2}, ends[] = {2, 1, 3, 3}, first[] = {0, 0, 0, 0, 0, 0, 0};
    for (int i = 0; i < 4; i++) {
        src = (struct heed_source_text){.text = bytes[i],
                                        .size = sizes[i],
                                        .begin = begin,
                                        .end = &ends[i],
                                        .n = 1,
                                        .align = first};
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
    TAP_DONE(heed_corpus_encode(&c, &s, &f, &d, &r, NULL, &err), &err);
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
    TAP_DONE(heed_corpus_encode(&c, &s, &f, &d, &r, NULL, &err), &err);
    TAP_I64(d.n, 4);
    TAP_I64(r.n_ratio, 1); /* 1 to 5: (5+5)/(1+5) */
    heed_dataset_release(&d);
    heed_corpus_release(&c);
    heed_sides_release(&s);
}

int main(void)
{
    find_plugins();
    TAP_RUN(test_word_cuts);
    TAP_RUN(test_course_rules);
    TAP_RUN(test_word_lower);
    TAP_RUN(test_word_round_trip);
    TAP_RUN(test_char_round_trip);
    TAP_RUN(test_space_round_trip);
    TAP_RUN(test_min_count);
    TAP_RUN(test_blank_lines_have_no_tokens);
    TAP_RUN(test_unknown_words_come_back);
    TAP_RUN(test_unknown_pieces_keep_how_they_were_joined);
    TAP_RUN(test_older_specs_mean_what_they_meant);
    TAP_RUN(test_documents);
    TAP_RUN(test_joint);
    TAP_RUN(test_encode_corpus);
    return tap_end();
}
