/* test_option.c: option rows: every type both ways, ranges, nearest names, specs of plugins. */
#include "base/option.h"
#include "tests/tap.h"

struct self {
    int64_t hidden, memory, pairs;
    double dropout, time;
    bool tied;
    const char *out, *cell;
    struct heed_list files;
};
#define AT(m) offsetof(struct self, m)

static const struct heed_option rows[] = {
    {"hidden", 0, HEED_INT, 0, AT(hidden), "256", 1, 4096, "N", "width"},
    {"memory", 0, HEED_SIZE, 0, AT(memory), "64M", 0, 0, NULL, "bytes"},
    {"pairs", 0, HEED_COUNT_OF, 0, AT(pairs), NULL, 0, 0, NULL, "count"},
    {"dropout", 0, HEED_REAL, HEED_OPTION_EXCL_MAX, AT(dropout), "0.2", 0, 1, "P", "share"},
    {"time", 0, HEED_TIME, 0, AT(time), NULL, 0, 0, NULL, "seconds"},
    {"tied", 0, HEED_SWITCH, 0, AT(tied), NULL, 0, 0, NULL, "share weights"},
    {"out", 'o', HEED_STRING, 0, AT(out), NULL, 0, 0, "FILE", "file"},
    {"cell", 0, HEED_CHOICE, 0, AT(cell), "gru", 0, 0, "gru|lstm|rnn", "cell"},
    {"file", 0, HEED_LIST, 0, AT(files), NULL, 0, 0, "FILE", "files"},
    {.name = NULL},
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
    TAP_STR(self.cell, "gru");
}

static void test_set_and_text(void)
{
    static const char *const cases[][3] = {
        {"hidden", "1024", "1024"}, {"memory", "4k", "4096"}, {"pairs", "20k", "20000"},
        {"dropout", "0.30", "0.3"}, {"time", "20m", "1200"},  {"tied", NULL, "on"},
        {"tied", "off", "off"},     {"out", "x y", "x y"},    {"cell", "rnn", "rnn"},
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
    TAP_STR(self.cell, "lstm");
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

int main(void)
{
    TAP_RUN(test_defaults);
    TAP_RUN(test_set_and_text);
    TAP_RUN(test_refused);
    TAP_RUN(test_nearest);
    TAP_RUN(test_spec);
    return tap_end();
}
