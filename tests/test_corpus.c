/* test_corpus.c: reading lines and pairs: cleaning, what is refused, folders, the dev split. */
#include <sys/stat.h>
#include <unistd.h>
#include "data/corpus.h"
#include "tests/tap.h"

static struct heed_err err;
static const struct heed_corpus_options plain = {0};
static char folder[] = "/tmp/heed-corpus-XXXXXX";

static const char *at(const char *name)
{
    static char path[2][256];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof(path[turn]), "%s/%s", folder, name);
    return path[turn];
}

static const char *file(const char *name, const void *bytes, size_t n)
{
    const char *path = at(name);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes, 1, n, f) != n || fclose(f))
        abort();
    return path;
}
#define TEXT(name, literal) file(name, literal, sizeof(literal) - 1)

static void test_clean(void)
{
    static const struct {
        const char *in, *out;
        int64_t repaired;
    } rows[] = {
        {"plain", "plain", 0},
        {"dos\r", "dos", 0},
        {"a\rb", "a b", 0},
        {"e\xcc\x81", "e\xcc\x81", 0},                               /* NFD stays */
        {"\x80", "\xef\xbf\xbd", 1},                                 /* lone continuation */
        {"\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd", 2},                 /* overlong */
        {"a\xe2\x82", "a\xef\xbf\xbd", 1},                           /* truncated at the end */
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", 3}, /* surrogate */
        {"x\xe2\x80\xa8y", "x\xe2\x80\xa8y", 0},                     /* U+2028 is no separator */
    };
    struct heed_str out = {0};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t repaired = 0;
        TAP_DONE(heed_text_clean(&out, rows[i].in, strlen(rows[i].in), HEED_CLEAN_STRICT, &repaired,
                                 &err),
                 &err);
        TAP_STR(out.data, rows[i].out);
        TAP_I64(repaired, rows[i].repaired);
    }
    int64_t repaired = 0;
    TAP_FAILS(heed_text_clean(&out, "a\0b", 3, HEED_CLEAN_STRICT, &repaired, &err), &err, "NUL");
    TAP_DONE(heed_text_clean(&out, "a\0b", 3, HEED_CLEAN_LENIENT, &repaired, &err), &err);
    TAP_STR(out.data, "a\xef\xbf\xbd"
                      "b");
    TAP_I64(repaired, 1);
    heed_str_release(&out);
}

static void test_blank(void)
{
    TAP_OK(heed_text_blank("", 0));
    TAP_OK(heed_text_blank(" \t\xc2\xa0\xe3\x80\x80", 7));
    TAP_OK(!heed_text_blank(" x ", 3));
}

static void test_lines_in_lines_out(void)
{
    struct heed_text t;
    const char *path = TEXT("lines", "\xef\xbb\xbfone\r\n\ntwo\n\xef\xbb\xbfthree");
    TAP_DONE(heed_text_open(&t, path, true, 0, &err), &err);
    static const char *const want[] = {"one", "", "two", "\xef\xbb\xbfthree"};
    for (int i = 0; i < 4; i++) {
        TAP_I64(heed_text_next(&t, &err), 1);
        TAP_STR(t.line.data, want[i]);
    }
    TAP_I64(heed_text_next(&t, &err), 0);
    TAP_I64(t.number, 4);
    TAP_I64(t.n_crlf, 1);
    heed_text_close(&t);
}

static int read_one(const char *path, const struct heed_corpus_options *o)
{
    struct heed_corpus c;
    heed_corpus_init(&c);
    int status = heed_corpus_read(&c, path, o, &err);
    heed_corpus_release(&c);
    return status;
}

static void test_what_is_not_text(void)
{
    char noise[4096];
    for (size_t i = 0; i < sizeof(noise); i++)
        noise[i] = (char)(128 + i * 7919 % 127);
    TAP_FAILS(read_one(TEXT("x", "\xff\xfe"
                                 "a\0"),
                       &plain),
              &err, "UTF-16");
    TAP_FAILS(read_one(TEXT("x", "\xff\xfe\0\0a\0\0\0"), &plain), &err, "UTF-32");
    TAP_FAILS(read_one(TEXT("x", "\xfd"
                                 "7zXZ\0rest"),
                       &plain),
              &err, "xz: ");
    TAP_FAILS(read_one(TEXT("x", "a\0b\tc\n"), &plain), &err, "NUL");
    TAP_FAILS(read_one(TEXT("x", "\x40\0\0\0\0\0\0\0{\"__metadata__\""), &plain), &err, "not text");
    TAP_FAILS(read_one(file("x", noise, sizeof(noise)), &plain), &err, "not text");
    TAP_FAILS(read_one(at("absent"), &plain), &err, "absent");
}

static void test_long_line(void)
{
    struct heed_corpus_options o = {.max_line = 9};
    TAP_DONE(read_one(TEXT("x", "a\tb\n1234\t6789\n"), &o), &err);
    TAP_FAILS(read_one(TEXT("x", "a\tb\n12345\t7890\n"), &o), &err, "line 2: ");
}

static void test_pairs(void)
{
    struct heed_corpus c;
    heed_corpus_init(&c);
    const char *path = TEXT("x.tsv", "a\tb\n\n\tc\nd\t\xc2\xa0\ne f\tg\r\nlast\tline");
    TAP_DONE(heed_corpus_read(&c, path, &plain, &err), &err);
    TAP_I64(c.n_lines, 6);
    TAP_I64(c.n_empty, 3);
    TAP_I64(c.n_crlf, 1);
    TAP_I64(c.n, 3);
    TAP_STR(c.pairs[1].src, "e f");
    TAP_STR(c.pairs[1].tgt, "g");
    TAP_STR(c.pairs[2].tgt, "line");
    heed_corpus_release(&c);
}

static void test_bad_lines(void)
{
    struct heed_corpus_options skip = {.skip_bad = true};
    struct heed_corpus c;
    TAP_FAILS(read_one(TEXT("x.tsv", "a\tb\nno\n"), &plain), &err,
              "x.tsv: line 2: no tab, want SOURCE<TAB>TARGET");
    TAP_FAILS(read_one(TEXT("x.tsv", "a\tb\tc\n"), &plain), &err, "line 1: 3 columns");
    heed_corpus_init(&c);
    TAP_DONE(heed_corpus_read(&c, TEXT("x.tsv", "no\na\tb\na\tb\tc\n"), &skip, &err), &err);
    TAP_I64(c.n, 1);
    TAP_I64(c.n_bad, 2);
    heed_corpus_release(&c);
}

static void test_parallel_files(void)
{
    struct heed_corpus c;
    heed_corpus_init(&c);
    TEXT("en", "one\ntwo\nthree\n");
    TEXT("fr", "un\n\ntrois");
    TEXT("short", "un\n");
    char en[256];
    snprintf(en, sizeof(en), "%s", at("en"));
    TAP_DONE(heed_corpus_read_parallel(&c, en, at("fr"), &plain, &err), &err);
    TAP_I64(c.n, 2);
    TAP_STR(c.pairs[1].tgt, "trois");
    TAP_FAILS(heed_corpus_read_parallel(&c, en, at("short"), &plain, &err), &err, "has 3 lines");
    TAP_OK(strstr(err.text, "has 1") != NULL);
    heed_corpus_release(&c);
}

static void test_folders(void)
{
    struct heed_corpus c, flat;
    TAP_I64(mkdir(at("f"), 0777), 0);
    TAP_I64(mkdir(at("f/b"), 0777), 0);
    TEXT("f/b/2.tsv", "2\tx\n");
    TEXT("f/a.tsv", "1\tx\n");
    TEXT("f/c.tsv", "3\tx\n");
    TEXT("f/notes.txt", "no pairs\n");
    TEXT("flat.tsv", "1\tx\n2\tx\n3\tx\n");
    TAP_I64(symlink("..", at("f/b/up")), 0);
    heed_corpus_init(&c);
    heed_corpus_init(&flat);
    TAP_DONE(heed_corpus_read(&c, at("f"), &plain, &err), &err);
    TAP_I64(c.n, 3);
    for (size_t i = 0; i < 3; i++)
        TAP_I64(c.pairs[i].src[0], '1' + i);
    TAP_DONE(heed_corpus_read(&flat, at("flat.tsv"), &plain, &err), &err);
    TAP_STR(c.sha256, flat.sha256);
    heed_corpus_release(&c);
    heed_corpus_release(&flat);
}

static void fill(struct heed_corpus *c, int n_sources, int n_each)
{
    char src[32], tgt[32];
    heed_corpus_init(c);
    for (int i = 0; i < n_sources * n_each; i++) {
        snprintf(src, sizeof(src), "source %d", i % n_sources);
        snprintf(tgt, sizeof(tgt), "target %d", i);
        heed_corpus_add(c, src, strlen(src), tgt, strlen(tgt));
    }
}

static void test_split(void)
{
    struct heed_corpus c, dev;
    fill(&c, 1000, 3);
    heed_corpus_init(&dev);
    heed_corpus_split(&c, &dev, 0.05, 1000, 1);
    TAP_I64(dev.n, 150);
    TAP_I64(c.n, 2850);
    for (size_t i = 0; i < dev.n; i++)
        for (size_t k = 0; k < c.n; k++)
            TAP_OK(strcmp(dev.pairs[i].src, c.pairs[k].src) != 0);
    heed_corpus_release(&c);
    heed_corpus_release(&dev);
    fill(&c, 1000, 3);
    heed_corpus_init(&dev);
    heed_corpus_split(&c, &dev, 0.5, 100, 1);
    TAP_I64(dev.n, 99);
    heed_corpus_release(&c);
    heed_corpus_release(&dev);
}

static void test_split_keeps_one(void)
{
    struct heed_corpus c, dev;
    fill(&c, 1, 5);
    heed_corpus_init(&dev);
    heed_corpus_split(&c, &dev, 0.5, 100, 1);
    TAP_I64(dev.n, 0);
    heed_corpus_release(&c);
    fill(&c, 2, 1);
    heed_corpus_split(&c, &dev, 0.001, 100, 1);
    TAP_I64(dev.n, 1);
    TAP_I64(c.n, 1);
    heed_corpus_release(&c);
    heed_corpus_release(&dev);
}

/* 300 pairs of one kind, and a few of another. */
static const char *guess_among(const char *src, const char *tgt, const char *odd, int which)
{
    struct heed_corpus c;
    struct heed_str why = {0};
    heed_corpus_init(&c);
    for (int i = 0; i < 300; i++)
        heed_corpus_add(&c, src, strlen(src), tgt, strlen(tgt));
    for (int i = 0; i < 3; i++)
        heed_corpus_add(&c, odd, strlen(odd), odd, strlen(odd));
    const char *name = heed_tokenizer_guess(&c, which, &why);
    if (why.len < 20)
        name = "without a reason";
    heed_str_release(&why);
    heed_corpus_release(&c);
    return name;
}

static const char *guess(const char *src, const char *tgt, int which)
{
    return guess_among(src, tgt, which == 1 ? src : tgt, which);
}

static void test_guess(void)
{
    TAP_STR(guess("attention", "AH0 T EH1 N SH AH0 N", 1), "char");
    TAP_STR(guess("attention", "AH0 T EH1 N SH AH0 N", 2), "space");
    TAP_STR(guess("AH0 T EH1 N SH AH0 N", "attention", 1), "space");
    TAP_STR(guess("l a u f e n V PST", "l i e f", 1), "space");
    TAP_STR(guess("Pay attention!", "Faites attention !", 1), "sentencepiece");
    TAP_STR(guess("Pay attention!", "Faites attention !", 2), "sentencepiece");
    /* Characters, not bytes; marks are none. A few other lines decide nothing. */
    TAP_STR(guess("chingpa", "t\xcd\xa1\xc9\x95\xca\xb0 i \xc5\x8b p\xca\xb0 a", 2), "space");
    TAP_STR(guess_among("a", "K AE1 T", "a loooooooong word", 2), "space");
    TAP_STR(guess_among("Hugo", "Hugo", "two words", 2), "char");
    TAP_STR(
        guess("a", "\xe6\x80\xb6\xe5\x98\xa9\xe5\xb7\x9a\xe5\xb4\x9c\xe5\xa8\xa5 \xe5\x84\x80", 2),
        "sentencepiece");
}

int main(void)
{
    if (!mkdtemp(folder))
        return EXIT_FAILURE;
    TAP_RUN(test_clean);
    TAP_RUN(test_blank);
    TAP_RUN(test_lines_in_lines_out);
    TAP_RUN(test_what_is_not_text);
    TAP_RUN(test_long_line);
    TAP_RUN(test_pairs);
    TAP_RUN(test_bad_lines);
    TAP_RUN(test_parallel_files);
    TAP_RUN(test_folders);
    TAP_RUN(test_split);
    TAP_RUN(test_split_keeps_one);
    TAP_RUN(test_guess);
    char command[300];
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    return system(command) == 0 ? tap_end() : EXIT_FAILURE;
}
