/* test_base.c: growing arrays, error messages, byte strings, numbers as text, random numbers. */
#include "base/err.h"
#include "base/rng.h"
#include "base/workers.h"
#include "base/str.h"
#include "tests/tap.h"

static void test_grow(void)
{
    int *items = NULL;
    size_t cap = 0;
    for (int i = 0; i < 1000; i++) {
        heed_grow(&items, (size_t)i, &cap, sizeof(*items));
        items[i] = i;
    }
    TAP_OK(cap >= 1000);
    for (int i = 0; i < 1000; i++)
        TAP_I64(items[i], i);
    free(items);
}

static void test_fail(void)
{
    struct heed_err err;
    TAP_I64(heed_fail(&err, "tensor %s: id %d not below %d", "src", 9000, 8000), -1);
    TAP_STR(err.text, "tensor src: id 9000 not below 8000");
    TAP_I64(err.status, HEED_FAILED);
    TAP_I64(heed_err_prefix(&err, "%s: frame %d: ", "<stdin>", 3), -1);
    TAP_STR(err.text, "<stdin>: frame 3: tensor src: id 9000 not below 8000");
    heed_usage(&err, "wrong");
    TAP_I64(err.status, HEED_USAGE);
    heed_fail_errno(&err, 2, "cannot open %s", "x");
    TAP_STR(err.text, "cannot open x: No such file or directory");
}

static void test_messages_are_escaped(void)
{
    struct heed_err err;
    heed_fail(&err, "name %s",
              "a\033[31mb\n\x80"
              "c\xc2\x9b"
              "d\xc3\xa9");
    TAP_STR(err.text, "name a\\x1b[31mb\\x0a\\x80c\\xc2\\x9bd\xc3\xa9");
}

/* The reason stands last, and is what must be read. */
static void test_long_messages_are_cut_in_their_middle(void)
{
    struct heed_err err;
    char text[2000];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    heed_fail(&err, "%s", text);
    size_t n = strlen(err.text);
    TAP_OK(n < sizeof(err.text) && n > 470);
    TAP_OK(strstr(err.text, "x\xe2\x80\xa6x"));
    heed_fail_errno(&err, 2, "cannot open %s", text);
    TAP_OK(strlen(err.text) < sizeof(err.text) && !strncmp(err.text, "cannot open xxx", 15));
    TAP_OK(strstr(err.text, "xxx: No such file or directory"));
    memset(text, '\xff', sizeof(text) - 1); /* each takes four */
    heed_fail_errno(&err, 2, "cannot open %s", text);
    TAP_OK(strlen(err.text) < sizeof(err.text) && strstr(err.text, "\\xff\xe2\x80\xa6\\xff"));
    TAP_OK(strstr(err.text, "\\xff: No such file or directory"));
    memset(text, 'x', sizeof(text) - 1);
    /* Characters are not cut in two: every length up to the limit, behind a two-byte letter. */
    for (size_t i = 470; i < 485; i++) {
        heed_fail(&err, "%.*s\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", (int)i, text);
        TAP_OK(!strstr(err.text, "\\x"));
    }
    heed_fail(&err, "%.479s", text);
    TAP_I64(strlen(err.text), 479);
    TAP_OK(err.text[478] == 'x');
}

static void test_escape_fits_its_buffer(void)
{
    char dst[9];
    for (size_t cap = 1; cap <= sizeof(dst); cap++) {
        memset(dst, '#', sizeof(dst));
        size_t n = heed_escape(dst, cap, "a\nb\n", 4);
        TAP_OK(n < cap && dst[n] == '\0');
        for (size_t i = cap; i < sizeof(dst); i++)
            TAP_OK(dst[i] == '#');
    }
}

static void test_str(void)
{
    struct heed_str s = {0};
    heed_str_add(&s, "a\0b", 3);
    heed_str_add_char(&s, 'c');
    heed_str_printf(&s, "%d-%s", 42, "x");
    TAP_I64(s.len, 8);
    TAP_MEM(s.data, "a\0bc42-x", 9);
    heed_str_clear(&s);
    TAP_I64(s.len, 0);
    TAP_STR(s.data, "");
    for (int i = 0; i < 5000; i++)
        heed_str_add_text(&s, "ab");
    TAP_I64(s.len, 10000);
    TAP_I64(strlen(s.data), 10000);
    heed_str_release(&s);
    TAP_OK(!s.data && !s.len && !s.cap);
}

static void test_parse_whole(void)
{
    static const char *const bad[] = {"",    " 5",   "5 ",  "+5", "12abc",
                                      "1e3", "0x10", "--5", "-",  "1.0"};
    int64_t i;
    uint64_t u;
    for (size_t n = 0; n < sizeof(bad) / sizeof(*bad); n++)
        if (heed_parse_i64(bad[n], &i))
            TAP_FAIL("'%s' was taken", bad[n]);
    TAP_OK(heed_parse_i64("9223372036854775807", &i) && i == INT64_MAX);
    TAP_OK(heed_parse_i64("-9223372036854775808", &i) && i == INT64_MIN);
    TAP_OK(!heed_parse_i64("9223372036854775808", &i) &&
           !heed_parse_i64("-9223372036854775809", &i));
    TAP_OK(heed_parse_u64("18446744073709551615", &u) && u == UINT64_MAX);
    TAP_OK(!heed_parse_u64("18446744073709551616", &u) && !heed_parse_u64("-1", &u));
    TAP_OK(heed_parse_i64("007", &i) && i == 7);
}

static void test_parse_real(void)
{
    static const char *const bad[] = {"",    " 1", "1 ", "+1",    "nan", "inf", "-inf",
                                      "0x1", "1e", ".",  "1e999", "1,5", ".5",  "1e+"};
    double v;
    for (size_t n = 0; n < sizeof(bad) / sizeof(*bad); n++)
        if (heed_parse_f64(bad[n], &v))
            TAP_FAIL("'%s' was taken", bad[n]);
    TAP_OK(heed_parse_f64("-1.5e-3", &v) && v == -1.5e-3);
    const char *list = "3,0.5,x,", *at = list;
    TAP_OK(heed_parse_next_f64(&at, &v) == 1 && v == 3 && at == list + 2);
    TAP_OK(heed_parse_next_f64(&at, &v) == 1 && v == 0.5 && at == list + 6);
    TAP_OK(heed_parse_next_f64(&at, &v) == -1 && at == list + 8);
    TAP_OK(heed_parse_next_f64(&at, &v) == 0 && at == list + 8);
    TAP_OK(heed_parse_f64("1.", &v) && v == 1.0);
    TAP_OK(heed_parse_f64("3E2", &v) && v == 300.0);
}

static void test_parse_units(void)
{
    int64_t i;
    double v;
    TAP_OK(heed_parse_size("4096", &i) && i == 4096);
    TAP_OK(heed_parse_size("4k", &i) && i == 4096);
    TAP_OK(heed_parse_size("64M", &i) && i == 64 << 20);
    TAP_OK(heed_parse_size("1G", &i) && i == 1 << 30);
    TAP_OK(!heed_parse_size("k", &i) && !heed_parse_size("4kk", &i) && !heed_parse_size("4x", &i));
    TAP_OK(!heed_parse_size("", &i) && !heed_parse_size("9999999999G", &i));
    TAP_OK(heed_parse_count("20k", &i) && i == 20000);
    TAP_OK(heed_parse_time("90", &v) && v == 90);
    TAP_OK(heed_parse_time("90s", &v) && v == 90);
    TAP_OK(heed_parse_time("20m", &v) && v == 1200);
    TAP_OK(heed_parse_time("1.5h", &v) && v == 5400);
    TAP_OK(!heed_parse_time("m", &v) && !heed_parse_time("1ms", &v) && !heed_parse_time("", &v));
    TAP_OK(!heed_parse_time("1e308h", &v));
    TAP_OK(heed_parse_time("1h30m", &v) && v == 5400);
    TAP_OK(heed_parse_time("2d3h", &v) && v == 183600);
    TAP_OK(heed_parse_time("1m0.5s", &v) && v == 60.5);
    static const char *const none[] = {"1h30",   "30m1h",  "1h1h", "1.5h30m", "1h-30m", "-1h30m",
                                       "1h 30m", "1h30mm", "h30m", "1h30m ",  "1e1h3m", "1w"};
    for (size_t k = 0; k < HEED_COUNT(none); k++)
        TAP_OK(!heed_parse_time(none[k], &v));
}

static void test_format_reads_back(void)
{
    char text[40];
    struct heed_rng rng;
    heed_rng_seed(&rng, 1, 0);
    for (int i = 0; i < 20000; i++) {
        union {
            uint64_t u;
            double d;
        } b = {.u = heed_rng_u64(&rng)};
        if (!isfinite(b.d))
            continue;
        double back;
        heed_format_f64(text, sizeof(text), b.d);
        TAP_OK(heed_parse_f64(text, &back) && back == b.d);
        float f = (float)heed_rng_normal(&rng);
        heed_format_f32(text, sizeof(text), f);
        TAP_OK(strtof(text, NULL) == f);
    }
    TAP_I64(heed_format_f64(text, sizeof(text), 0.1), 3);
    TAP_STR(text, "0.1");
    heed_format_f32(text, sizeof(text), 0.3f);
    TAP_STR(text, "0.3");
}

static void test_rng_streams(void)
{
    struct heed_rng a, b;
    heed_rng_seed(&a, 7, 0);
    heed_rng_seed(&b, 7, 0);
    for (int i = 0; i < 100; i++)
        TAP_OK(heed_rng_u64(&a) == heed_rng_u64(&b));
    static const uint64_t others[][2] = {{7, 1}, {8, 0}, {0, 7}, {6, 1}};
    for (size_t k = 0; k < 4; k++) {
        int equal = 0;
        heed_rng_seed(&a, 7, 0);
        heed_rng_seed(&b, others[k][0], others[k][1]);
        for (int i = 0; i < 100; i++)
            equal += heed_rng_u64(&a) == heed_rng_u64(&b);
        TAP_I64(equal, 0);
    }
}

/* The published sequence of xoshiro256** from the state {1, 2, 3, 4}. */
static void test_rng_is_xoshiro(void)
{
    struct heed_rng r = {{1, 2, 3, 4}};
    TAP_OK(heed_rng_u64(&r) == 11520u);
    TAP_OK(heed_rng_u64(&r) == 0u);
    TAP_OK(heed_rng_u64(&r) == 1509978240u);
    TAP_OK(heed_rng_u64(&r) == 1215971899390074240u);
}

static void test_rng_distributions(void)
{
    struct heed_rng r;
    int counts[6] = {0};
    double sum = 0, squares = 0;
    heed_rng_seed(&r, 3, 0);
    for (int i = 0; i < 60000; i++) {
        counts[heed_rng_below(&r, 6)]++;
        double x = heed_rng_normal(&r), u = heed_rng_uniform(&r);
        TAP_OK(u >= 0 && u < 1);
        sum += x;
        squares += x * x;
    }
    for (int i = 0; i < 6; i++)
        TAP_NEAR(counts[i], 10000, 400);
    TAP_NEAR(sum / 60000, 0, 0.02);
    TAP_NEAR(squares / 60000, 1, 0.03);
}

static void test_shuffle_is_a_permutation(void)
{
    int64_t items[100];
    bool seen[100] = {false};
    struct heed_rng r;
    int fixed = 0;
    for (int i = 0; i < 100; i++)
        items[i] = i;
    heed_rng_seed(&r, 5, 2);
    heed_rng_shuffle(&r, items, 100);
    for (int i = 0; i < 100; i++) {
        TAP_OK(items[i] >= 0 && items[i] < 100 && !seen[items[i]]);
        seen[items[i]] = true;
        fixed += items[i] == i;
    }
    TAP_OK(fixed < 10);
}

/* --- workers --- */

struct tally {
    int done[100]; /* how often each part ran */
    _Atomic int sum;
};

static void tally_part(void *ctx, int i)
{
    struct tally *t = ctx;
    t->done[i]++;
    t->sum += i;
}

static void test_workers(void)
{
    TAP_OK(heed_cores() >= 1);
    for (int n = 0; n < 5; n++) {
        struct heed_workers *w = heed_workers_new(n);
        struct tally t = {0};
        int wrong = 0;
        for (int round = 0; round < 200; round++)
            heed_workers_run(w, round % 100, tally_part, &t);
        heed_workers_free(w);
        for (int i = 0; i < 100; i++)
            wrong += t.done[i] != 2 * (99 - i);
        TAP_I64(wrong, 0);
        TAP_I64(t.sum, 2 * 100 * 99 * 98 / 6);
    }
    heed_workers_free(heed_workers_new(3)); /* none ever ran */
    heed_workers_free(NULL);
}

int main(void)
{
    TAP_RUN(test_grow);
    TAP_RUN(test_fail);
    TAP_RUN(test_messages_are_escaped);
    TAP_RUN(test_long_messages_are_cut_in_their_middle);
    TAP_RUN(test_escape_fits_its_buffer);
    TAP_RUN(test_str);
    TAP_RUN(test_parse_whole);
    TAP_RUN(test_parse_real);
    TAP_RUN(test_parse_units);
    TAP_RUN(test_format_reads_back);
    TAP_RUN(test_rng_streams);
    TAP_RUN(test_rng_is_xoshiro);
    TAP_RUN(test_rng_distributions);
    TAP_RUN(test_shuffle_is_a_permutation);
    TAP_RUN(test_workers);
    return tap_end();
}
