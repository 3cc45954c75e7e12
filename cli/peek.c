/* peek.c: looks into a stream, a model, a checkpoint or any safetensors file.
 *
 * Everything goes through the reader of streams, so what peek shows is what the next stage would
 * take, and what peek refuses it would refuse. --check shows nothing but the verdict; --split turns
 * a stream into files which any safetensors library loads. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "cli/peek.h"

static const struct heed_option options[] = {
    HEED_ROW_SWITCH(struct peek, values, "values", NULL,
                    "print the values of the tensors, row by row"),
    HEED_ROW_SWITCH(
        struct peek, words, "words", NULL,
        "print the words behind the ids; the vocabularies are the stream's or the model's"),
    HEED_ROW_STRING(struct peek, model, "model", NULL, "MODEL",
                    "take the vocabularies for --words from this model", .letter = 'm'),
    HEED_ROW_COUNT(struct peek, rows, "rows", "3", 0, 1e9, "N",
                   "rows of each tensor that --values and --words print; 0: all"),
    HEED_ROW_STRING(struct peek, tensor, "tensor", NULL, "NAME", "show this tensor only"),
    HEED_ROW_SWITCH(struct peek, check, "check", NULL,
                    "validate everything and print only the verdict"),
    HEED_ROW_SWITCH(struct peek, json, "json", NULL, "one JSON object a document"),
    HEED_ROW_SWITCH(struct peek, csv, "csv", NULL,
                    "one tensor as CSV, all of its rows; empty lines set matrices apart"),
    HEED_ROW_SWITCH(struct peek, npy, "npy", NULL,
                    "one tensor as a NumPy array (.npy), one after another where frames are many"),
    HEED_ROW_STRING(
        struct peek, split, "split", NULL, "DIR",
        "write each document to DIR/NAME-000001.safetensors, the stream frame as 000000"),
    {0},
};

/* --- one file a document --- */

/* "-" and no operand: stdin; "a/b.heed": b. */
static char *base_name(const char *path)
{
    if (!path || strcmp(path, "-") == 0)
        return heed_xstrdup("stdin");
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    const char *dot = strchr(name + (*name == '.'), '.');
    return heed_xstrndup(name, dot ? (size_t)(dot - name) : strlen(name));
}

static int split(const char *dir, const char *path, int64_t number, struct heed_doc *d,
                 struct heed_err *err)
{
    struct heed_str to = {0};
    struct stat st;
    char *base = base_name(path);
    heed_str_printf(&to, "%s/%s-%06lld.safetensors", dir, base, (long long)number);
    free(base);
    int result;
    if (mkdir(dir, 0777) < 0 && errno != EEXIST)
        result = heed_fail_errno(err, errno, "cannot make the folder %s", dir);
    else if (lstat(to.data, &st) == 0)
        result = heed_fail(err, "%s exists already", to.data);
    else
        result = heed_doc_save(d, to.data, err);
    heed_str_release(&to);
    return result;
}

/* --- documents --- */

static int show(struct peek *p, const char *path, int64_t number, const char *title,
                const char *kind, struct heed_doc *d, struct heed_err *err)
{
    if (p->split && split(p->split, path, number, d, err) < 0)
        return -1;
    if (p->check || (p->split && !p->json))
        return 0;
    heed_str_clear(&p->text);
    p->raw = NULL;
    if (p->csv || p->npy) {
        if (strcmp(kind, "stream") != 0 && peek_export(p, d, err) < 0)
            return -1;
    } else if (p->json) {
        peek_show_json(p, kind, d);
    } else {
        peek_show(p, title, kind, d);
    }
    if (heed_output_write(&heed_cli.out, p->text.data, p->text.len, err) < 0 ||
        (p->raw && heed_output_write(&heed_cli.out, p->raw->data, p->raw->size, err) < 0))
        return -1;
    return heed_cli.unbuffered ? heed_output_flush(&heed_cli.out, err) : 0;
}

static int show_head(struct peek *p, struct heed_reader *r, const char *path, struct heed_err *err)
{
    char title[160];
    if (r->file || r->foreign)
        return 0;
    if (!p->words_of)
        p->words_of = &r->head;
    if (p->words && !heed_doc_find(p->words_of, "vocab.src") &&
        !heed_doc_find(p->words_of, "vocab.tgt"))
        return heed_fail(err,
                         "%s: the stream carries no vocabulary for --words; name a model with -m",
                         r->in.name);
    snprintf(title, sizeof(title), "stream of %s from %s, format %s", r->type, r->producer,
             heed_doc_meta(&r->head, "heed"));
    return show(p, path, 0, title, "stream", &r->head, err);
}

static int show_all(struct peek *p, struct heed_reader *r, struct heed_doc *d, const char *path,
                    struct heed_err *err)
{
    int got;
    if (show_head(p, r, path, err) < 0)
        return -1;
    while ((got = heed_reader_next(r, d, err)) > 0) {
        char title[160];
        const char *kind = r->file ? "file" : r->foreign ? "foreign" : "data";
        if (r->file && p->check && heed_schema_check_finite(d, err) < 0)
            return heed_err_prefix(err, "%s: ", r->in.name);
        if (r->file)
            snprintf(title, sizeof(title), "file, format %s, fingerprint %s",
                     heed_doc_meta(d, "heed"), d->fingerprint[0] ? d->fingerprint : "(none)");
        else if (r->foreign && !*r->type)
            snprintf(title, sizeof(title), "safetensors document %lld", (long long)r->n_frames);
        else
            snprintf(title, sizeof(title), "frame %lld%s%s", (long long)r->n_frames,
                     r->foreign ? " of foreign " : "", r->foreign ? r->type : "");
        if (show(p, path, r->n_frames, title, kind, d, err) < 0)
            return -1;
    }
    return got;
}

static void verdict(const struct peek *p, const struct heed_reader *r)
{
    const char *what = r->file || (r->foreign && !*r->type) ? "document" : "frame";
    if (p->check)
        heed_out("ok: %lld %s%s\n", (long long)r->n_frames, what, r->n_frames == 1 ? "" : "s");
    else if (!p->json && !p->csv && !p->npy && !p->split && !r->file && !r->foreign)
        heed_out("end: %lld %s%s\n", (long long)r->n_frames, what, r->n_frames == 1 ? "" : "s");
}

static int run(void *self, struct heed_err *err)
{
    struct peek *p = self;
    struct heed_reader r;
    struct heed_doc d, model;
    const char *path = heed_cli.n_operands ? heed_cli.operands[0] : NULL;
    if (p->split && !*p->split)
        return heed_usage(err, "option --split: which folder?");
    if (p->csv + p->npy + p->json > 1 ||
        ((p->csv || p->npy) && (p->values || p->words || p->check)))
        return heed_usage(err, "--csv and --npy go with --tensor and nothing else that prints");
    if (p->npy && heed_cli.out_is_tty)
        return heed_usage(err, "--npy is not for a terminal; send it to a file");
    if (heed_reader_open(&r, path, NULL, err) < 0)
        return -1;
    heed_doc_init(&d);
    heed_doc_init(&model);
    int result = p->model ? heed_doc_load(&model, p->model, err) : 0;
    if (p->model)
        p->words_of = &model;
    if (result == 0)
        result = show_all(p, &r, &d, path, err);
    if (result == 0 && (p->csv || p->npy) && !p->n_exported)
        result = heed_fail(err, "%s: no tensor %s", r.in.name, p->tensor ? p->tensor : "at all");
    if (result == 0)
        verdict(p, &r);
    heed_doc_release(&d);
    heed_doc_release(&model);
    heed_reader_close(&r);
    heed_str_release(&p->text);
    return result;
}

const struct heed_command heed_command = {
    .name = "peek",
    .summary = "show what is in a stream, a model or any safetensors file",
    .usage = "[FILE]",
    .about = "Prints the metadata of each document, and of each tensor its type, shape, smallest, "
             "largest and mean value and the number of values that are not finite.\n\n"
             "Reads streams as the next stage would: checksums, order, lengths, masks and the end "
             "of the stream are verified in every case. Files of others are shown too.",
    .examples =
        "tokenize -m enfr.heed < en.txt | peek --words -m enfr.heed   # what the model will see\n"
        "peek enfr.heed                            # what is in a model\n"
        "peek --check saved.stream && echo whole   # is it whole?\n"
        "encode -m enfr.heed ids | peek --split d  # one file a frame, for Python\n"
        "attend qkv.stream | peek --csv --tensor weights > weights.csv",
    .see_also = "tensors, tokenize, encode, decode",
    .options = options,
    .most_used = "values words check json split",
    .self_size = sizeof(struct peek),
    .max_operands = 1,
    .run = run,
};
