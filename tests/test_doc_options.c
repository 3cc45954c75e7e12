/* test_doc_options.c: option rows in files of other ages: a file older than a row, a file newer
 * than all of them, a file that says nonsense. Every file is written and read, with its checksums.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "stream/doc.h"
#include "tests/tap.h"

enum shape { ROUND, SQUARE };
struct first {
    int64_t width;
    enum shape shape;
    const char *cell;
};
/* What version one knew. */
static const struct heed_option first[] = {
    HEED_ROW_INT(struct first, width, "width", "256", 1, 4096, "N", "width"),
    HEED_ROW_CHOICE(struct first, shape, "shape", "round", "round|square", "shape"),
    HEED_ROW_STRING(struct first, cell, "cell", "gru", "PLUGIN", "cell"),
    {0},
};

enum norm { NONE, PRE, POST };
struct second {
    struct first first;
    enum norm norm;
    double rate;
    bool tied;
};
/* Version two knows more. Its default of norm is not what version one did. */
static const struct heed_option second[] = {
    HEED_ROW_INT(struct second, first.width, "width", "256", 1, 4096, "N", "width"),
    HEED_ROW_CHOICE(struct second, first.shape, "shape", "round", "round|square", "shape"),
    HEED_ROW_STRING(struct second, first.cell, "cell", "gru", "PLUGIN", "cell"),
    HEED_ROW_CHOICE(struct second, norm, "norm", "pre", "none|pre|post", "new", .absent = "none"),
    HEED_ROW_REAL(struct second, rate, "rate", "0.1", 0, 1, "P", "new",
                  .flags = HEED_OPTION_EXCL_MAX, .absent = "0"),
    HEED_ROW_SWITCH(struct second, tied, "tied", "off", "not in the files, and does not say why"),
    {0},
};

static struct heed_err err;
static struct heed_doc doc; /* as it was read */

static void put_away(struct heed_doc *d)
{
    int fd = memfd_create("file", MFD_CLOEXEC);
    struct heed_output out;
    struct heed_input in;
    heed_output_fd(&out, dup(fd), "memory");
    if (heed_doc_write_file(d, &out, &err) || heed_output_close(&out, &err))
        BUG("%s", err.text);
    heed_doc_release(d);
    lseek(fd, 0, SEEK_SET);
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (heed_input_open(&in, path, &err))
        BUG("%s", err.text);
    heed_doc_release(&doc);
    heed_doc_init(&doc);
    if (heed_doc_read(&doc, &in, HEED_FILE_MAX, &err) != 1)
        BUG("%s", err.text);
    heed_input_close(&in);
    close(fd);
}

/* A file of these options, in which `key` (when not NULL) says `value`, or nothing. */
static void file(const struct heed_option *rows, const void *self, const char *key,
                 const char *value)
{
    struct heed_doc d, without;
    heed_doc_init(&d);
    heed_doc_init(&without);
    heed_doc_set_meta(&d, "heed", HEED_FORMAT);
    heed_doc_set_options(&d, "train.", rows, self);
    for (size_t i = 0; i < d.n_meta; i++)
        if (!key || strcmp(d.meta[i].key, key) != 0)
            heed_doc_set_meta(&without, d.meta[i].key, d.meta[i].value);
    if (value)
        heed_doc_set_meta(&without, key, value);
    heed_doc_release(&d);
    put_away(&without);
}

static const struct first old = {512, SQUARE, "lstm"};
static const struct second young = {{512, SQUARE, "lstm"}, POST, 0.25, true};

static void test_same_age(void)
{
    struct second x;
    file(second, &young, NULL, NULL);
    TAP_STR(heed_doc_meta(&doc, "train.norm"), "post");
    TAP_STR(heed_doc_meta(&doc, "train.shape"), "square");
    TAP_DONE(heed_doc_get_options(&doc, "train.", second, &x, &err), &err);
    TAP_I64(x.first.width, 512);
    TAP_I64(x.first.shape, SQUARE);
    TAP_STR(x.first.cell, "lstm");
    TAP_I64(x.norm, POST);
    TAP_NEAR(x.rate, 0.25, 0);
    TAP_OK(x.tied);
}

/* What it means is .absent, not the default of today. */
static void test_older_file(void)
{
    struct second x;
    file(second, &young, "train.norm", NULL);
    TAP_DONE(heed_doc_get_options(&doc, "train.", second, &x, &err), &err);
    TAP_I64(x.norm, NONE);
    TAP_NEAR(x.rate, 0.25, 0);
    file(second, &young, "train.rate", NULL);
    TAP_DONE(heed_doc_get_options(&doc, "train.", second, &x, &err), &err);
    TAP_I64(x.norm, POST);
    TAP_NEAR(x.rate, 0, 0);
    file(first, &old, "train.tied", "off");
    TAP_DONE(heed_doc_get_options(&doc, "train.", second, &x, &err), &err);
    TAP_I64(x.first.width, 512);
    TAP_I64(x.norm, NONE);
}

static void test_newer_file(void)
{
    struct first x;
    file(second, &young, NULL, NULL);
    TAP_DONE(heed_doc_get_options(&doc, "train.", first, &x, &err), &err);
    TAP_I64(x.width, 512);
    TAP_I64(x.shape, SQUARE);
    TAP_STR(x.cell, "lstm");
}

static void test_not_whole(void)
{
    struct second x;
    file(second, &young, "train.width", NULL);
    TAP_FAILS(heed_doc_get_options(&doc, "train.", second, &x, &err), &err,
              "metadata train.width is missing");
    file(second, &young, "train.tied", NULL);
    TAP_FAILS(heed_doc_get_options(&doc, "train.", second, &x, &err), &err,
              "metadata train.tied is missing");
    file(second, &young, NULL, NULL);
    TAP_FAILS(heed_doc_get_options(&doc, "", second, &x, &err), &err, "metadata width is missing");
    TAP_I64(err.status, HEED_FAILED);
}

static void test_nonsense(void)
{
    struct second x;
    file(second, &young, "train.shape", "oval");
    TAP_FAILS(heed_doc_get_options(&doc, "train.", second, &x, &err), &err,
              "metadata: option --shape: 'oval' is not one of round|square");
    TAP_I64(err.status, HEED_FAILED);
    file(second, &young, "train.rate", "0.99999999");
    TAP_FAILS(heed_doc_get_options(&doc, "train.", second, &x, &err), &err,
              "0.99999999 not in [0, 1)");
}

int main(void)
{
    TAP_RUN(test_same_age);
    TAP_RUN(test_older_file);
    TAP_RUN(test_newer_file);
    TAP_RUN(test_not_whole);
    TAP_RUN(test_nonsense);
    heed_doc_release(&doc);
    return tap_end();
}
