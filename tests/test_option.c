/* test_option.c: option rows: every type both ways, ranges, nearest names, specs of plugins. */
#include "base/option.h"
#include "base/workers.h"
#include "tests/tap.h"

enum cell { GRU, LSTM, RNN };
struct self {
    int64_t hidden, memory, pairs;
    double dropout, time, coverage, rate;
    bool tied;
    const char *out;
    enum cell cell;
    int mood;
    struct heed_list files;
};

static const struct heed_option rows[] = {
    HEED_ROW_INT(struct self, hidden, "hidden", "256", 1, 4096, "N", "width"),
    HEED_ROW_SIZE(struct self, memory, "memory", "64M", 0, 0, NULL, "bytes"),
    HEED_ROW_COUNT(struct self, pairs, "pairs", NULL, 0, 0, NULL, "count"),
    HEED_ROW_REAL(struct self, dropout, "dropout", "0.2", 0, 1, "P", "share",
                  .flags = HEED_OPTION_EXCL_MAX),
    HEED_ROW_TIME(struct self, time, "time", NULL, 0, 0, NULL, "seconds"),
    HEED_ROW_SWITCH(struct self, tied, "tied", NULL, "share weights"),
    HEED_ROW_STRING(struct self, out, "out", NULL, "FILE", "file", .letter = 'o'),
    HEED_ROW_CHOICE(struct self, cell, "cell", "gru", "gru|lstm|rnn", "cell"),
    HEED_ROW_CHOICE(struct self, mood, "mood", NULL, "glad|sad", "unset unless given"),
    HEED_ROW_LIST(struct self, files, "file", "FILE", "files"),
    HEED_ROW_REAL(struct self, coverage, "coverage", "1", 0, 1, "SHARE", "more than nothing",
                  .flags = HEED_OPTION_EXCL_MIN),
    HEED_ROW_REAL(struct self, rate, "rate", NULL, 0, 0, "X", "any"),
    {0},
};

static struct self self;
static struct heed_err err;

static int set(const char *name, const char *value)
{
    return heed_option_set(heed_option_find(rows, name), &self, value, &err);
}

static const char *text(const char *name)
{
    static struct heed_str s;
    heed_str_clear(&s);
    heed_option_text(heed_option_find(rows, name), &self, &s);
    return s.data;
}

static void test_defaults(void)
{
    memset(&self, 0xee, sizeof(self));
    heed_options_default(rows, &self);
    TAP_I64(self.hidden, 256);
    TAP_I64(self.memory, 64 << 20);
    TAP_I64(self.pairs, 0);
    TAP_NEAR(self.dropout, 0.2, 0);
    TAP_OK(!self.tied && !self.out && !self.files.n);
    TAP_I64(self.cell, GRU);
    TAP_I64(self.mood, -1);
    TAP_STR(text("mood"), "");
}

static void test_set_and_text(void)
{
    static const char *const cases[][3] = {
        {"hidden", "1024", "1024"}, {"memory", "4k", "4096"}, {"pairs", "20k", "20000"},
        {"dropout", "0.30", "0.3"}, {"time", "20m", "1200"},  {"tied", NULL, "on"},
        {"tied", "off", "off"},     {"out", "x y", "x y"},    {"cell", "rnn", "rnn"},
        {"mood", "sad", "sad"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        TAP_DONE(set(cases[i][0], cases[i][1]), &err);
        TAP_STR(text(cases[i][0]), cases[i][2]);
        char *copy = heed_xstrdup(text(cases[i][0])); /* rows borrow what they are given */
        TAP_DONE(set(cases[i][0], copy), &err);
        TAP_STR(text(cases[i][0]), cases[i][2]);
        free(copy);
    }
    TAP_DONE(set("file", "a"), &err);
    TAP_DONE(set("file", "b"), &err);
    TAP_STR(text("file"), "a,b");
    free(self.files.items);
    self.files = (struct heed_list){0};
}

static void test_refused(void)
{
    TAP_FAILS(set("hidden", "12abc"), &err, "option --hidden: '12abc' is no whole number");
    TAP_FAILS(set("hidden", "0"), &err, "option --hidden: 0 not in [1, 4096]");
    TAP_FAILS(set("hidden", NULL), &err, "value missing");
    TAP_FAILS(set("dropout", "1"), &err, "option --dropout: 1 not in [0, 1)");
    TAP_FAILS(set("dropout", "nan"), &err, "is no number");
    TAP_FAILS(set("memory", "4q"), &err, "is no size");
    TAP_FAILS(set("time", "soon"), &err, "is no time");
    TAP_FAILS(set("tied", "yes"), &err, "neither on nor off");
    TAP_FAILS(set("cell", "gr"), &err, "not one of gru|lstm|rnn");
    TAP_FAILS(set("cell", "gru|lstm"), &err, "not one of");
    TAP_FAILS(set("cell", ""), &err, "not one of");
    TAP_I64(err.status, HEED_USAGE);
}

/* Words are numbered as they stand; the way back knows no number beyond them. */
static void test_words(void)
{
    static const char words[] = "gru|lstm|rnn";
    TAP_DONE(set("cell", "gru"), &err);
    TAP_I64(self.cell, GRU);
    TAP_DONE(set("cell", "rnn"), &err);
    TAP_I64(self.cell, RNN);
    TAP_STR(heed_option_word(words, LSTM), "lstm");
    TAP_STR(heed_option_word(words, RNN), "rnn");
    TAP_STR(heed_option_word(words, 3), "");
    TAP_STR(heed_option_word(words, -1), "");
    TAP_OK(heed_option_word(words, 1) == heed_option_word("lstm", 0));
}

/* What is excluded is excluded as a float too: 0.99999999 would be a dropout of 1. */
static void test_rounding(void)
{
    TAP_FAILS(set("dropout", "0.99999999"), &err, "option --dropout: 0.99999999 not in [0, 1)");
    TAP_FAILS(set("dropout", "0.9999999999999999"), &err, "not in [0, 1)");
    TAP_DONE(set("dropout", "0.9999999"), &err);
    TAP_OK((float)self.dropout < 1);
    TAP_FAILS(set("coverage", "1e-50"), &err, "option --coverage: 1e-50 not in (0, 1]");
    TAP_DONE(set("coverage", "1e-30"), &err);
    TAP_DONE(set("coverage", "0.99999999"), &err); /* may be 1 */
    TAP_FAILS(set("rate", "1e39"), &err, "option --rate: '1e39' is too large");
    TAP_DONE(set("rate", "-1e38"), &err);
    TAP_FAILS(set("rate", "1e-50"), &err, "option --rate: '1e-50' is too small"); /* would be 0 */
    TAP_DONE(set("rate", "1e-40"), &err);
    TAP_DONE(set("rate", "0"), &err);
    TAP_DONE(set("time", "1e39"), &err); /* seconds stay what they are */
}

static void test_nearest(void)
{
    TAP_STR(heed_option_nearest(rows, "hiden"), "hidden");
    TAP_STR(heed_option_nearest(rows, "droptou"), "dropout");
    TAP_STR(heed_option_nearest(rows, "mem"), "memory");
    TAP_OK(!heed_option_nearest(rows, "zzzzzz"));
    TAP_OK(!heed_option_nearest(rows, ""));
    char big[500];
    memset(big, 'a', sizeof(big) - 1);
    big[sizeof(big) - 1] = '\0';
    TAP_OK(!heed_option_nearest(rows, big));
}

static void test_spec(void)
{
    heed_options_default(rows, &self);
    char spec[] = "hidden=12,tied,cell=lstm,out=";
    TAP_DONE(heed_options_spec(rows, &self, "score mlp", spec, &err), &err);
    memset(spec, 'x', sizeof(spec) - 1); /* the spec is not borrowed */
    TAP_I64(self.hidden, 12);
    TAP_OK(self.tied);
    TAP_I64(self.cell, LSTM);
    TAP_STR(self.out, "");
    TAP_DONE(heed_options_spec(rows, &self, "score mlp", NULL, &err), &err);
    TAP_DONE(heed_options_spec(rows, &self, "score mlp", "", &err), &err);
    TAP_FAILS(heed_options_spec(rows, &self, "score mlp", "hiden=1", &err), &err,
              "score mlp: no option 'hiden'; did you mean 'hidden'?");
    TAP_FAILS(heed_options_spec(rows, &self, "score mlp", "hidden=0", &err), &err,
              "score mlp: option hidden: 0 not in [1, 4096]");
    TAP_FAILS(heed_options_spec(rows, &self, "score mlp", "hidden=1,,tied", &err), &err,
              "no option ''");
}

/* Every text once, whoever asks first. */
#define THREADS 4
#define TEXTS   2000
static const char *kept[THREADS][TEXTS];

static void keep_all(void *ctx, int part)
{
    char text[16];
    (void)ctx;
    for (int i = 0; i < TEXTS; i++) {
        int n = snprintf(text, sizeof(text), "text %d", i);
        kept[part][i] = heed_option_keep(text, (size_t)n);
    }
}

static void test_keep_in_threads(void)
{
    struct heed_workers *workers = heed_workers_new(THREADS);
    heed_workers_run(workers, THREADS, keep_all, NULL);
    heed_workers_free(workers);
    for (int part = 1; part < THREADS; part++)
        for (int i = 0; i < TEXTS; i++)
            TAP_OK(kept[part][i] == kept[0][i]);
    TAP_STR(kept[0][TEXTS - 1], "text 1999");
}

/* As many as a file can bring in one option: found again, and not by looking at each. */
static void test_many_kept(void)
{
    static const char *first[200000];
    char text[32];
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < 200000; i++) {
            int n = snprintf(text, sizeof(text), "kept-%d", i);
            const char *found = heed_option_keep(text, (size_t)n);
            if (pass)
                TAP_OK(found == first[i]);
            else
                TAP_STR(found, text);
            first[i] = found;
        }
    TAP_OK(heed_option_keep("kept-12", 6) == first[1]);
}

int main(void)
{
    TAP_RUN(test_defaults);
    TAP_RUN(test_set_and_text);
    TAP_RUN(test_refused);
    TAP_RUN(test_words);
    TAP_RUN(test_rounding);
    TAP_RUN(test_nearest);
    TAP_RUN(test_spec);
    TAP_RUN(test_keep_in_threads);
    TAP_RUN(test_many_kept);
    return tap_end();
}
