/* tensors.c: the reverse of `peek --values`: text, tables, JSON and .npy to a stream of tensors.
 *
 *   tensors NAME=SOURCE …     one frame, a tensor from each source
 *   tensors [FILE]            what peek printed, or JSON with names: a frame for each document
 *
 * What a frame must be is the schema's business, so that nothing leaves that the next stage would
 * refuse. A tensor with less dimensions than its name means gets ones in front (B, G), so that a
 * matrix may stand for a batch of one. */
#include <string.h>

#include "cli/cli.h"
#include "stream/given.h"
#include "stream/stream.h"
#include "stream/unpack.h"

struct tensors {
    const char *type, *file;
    int from;
    bool header;

    struct heed_writer writer;
    struct heed_doc head; /* of the stream that begins with the next frame */
    bool have_head, written;
    char kind[32];   /* type of the stream */
    int64_t n_lines; /* rows so far, for frames without `line` */
};

/* --- frames --- */

/* Dimensions of one in front; where a single one is wanted, a row or a column is that. */
static void fit(struct heed_array *a, int rank)
{
    while (a->rank > rank && rank && a->dims[a->rank - 1] == 1)
        a->rank--;
    while (a->rank > rank && rank && a->dims[0] == 1) {
        a->rank--;
        memmove(a->dims, a->dims + 1, sizeof(*a->dims) * (size_t)a->rank);
    }
    while (a->rank < rank) {
        memmove(a->dims + 1, a->dims, sizeof(*a->dims) * (size_t)a->rank);
        a->dims[0] = 1;
        a->rank++;
    }
}

static int64_t rows_of(const struct heed_doc *d)
{
    int64_t rows = 0;
    for (size_t i = 0; i < d->n_arrays; i++)
        if (d->arrays[i].rank > 1)
            rows = HEED_MAX(rows, d->arrays[i].dims[0]);
    return rows;
}

static void fit_all(const char *type, struct heed_doc *d)
{
    for (size_t i = 0; i < d->n_arrays; i++) {
        struct heed_array *a = &d->arrays[i];
        int rank = heed_schema_rank(type, a->name);
        if (a->rank < rank)
            fit(a, rank);
    }
    int64_t rows = rows_of(d);
    for (size_t i = 0; i < d->n_arrays; i++) {
        struct heed_array *a = &d->arrays[i];
        int rank = heed_schema_rank(type, a->name);
        if (rank == 1 && a->rank == 2 && heed_array_count(a) == rows)
            fit(a, rank);
    }
}

static void add_lines(struct tensors *self, struct heed_doc *d)
{
    int64_t rows = rows_of(d);
    if (heed_doc_find(d, "line") || !heed_schema_knows(self->kind, "line") ||
        strcmp(self->kind, "attention") == 0 || rows > HEED_FRAME_ROWS)
        return;
    int64_t *line = heed_xmalloc(sizeof(*line) * (size_t)rows + 1);
    for (int64_t i = 0; i < rows; i++)
        line[i] = self->n_lines++;
    heed_doc_add(d, "line", HEED_I64, 1, &rows, line)->owned = line;
}

static int begin(struct tensors *self, const struct heed_doc *frame, struct heed_err *err)
{
    const char *inferred = frame ? heed_schema_infer(frame) : NULL;
    const char *type = self->type      ? self->type
                       : self->kind[0] ? self->kind
                       : inferred      ? inferred
                                       : "tensors";
    if (strlen(type) >= sizeof(self->kind))
        return heed_usage(err, "option --type: '%.40s' is too long", type);
    memmove(self->kind, type, strlen(type) + 1);
    return heed_writer_begin(&self->writer, &heed_cli.out, self->kind, heed_cli.program,
                             &self->head, err);
}

static int send(struct tensors *self, struct heed_doc *d, struct heed_err *err)
{
    if (!self->writer.begun && begin(self, d, err) < 0)
        return -1;
    self->writer.flush_each = heed_cli.unbuffered;
    fit_all(self->kind, d);
    add_lines(self, d);
    d->foreign = false;
    if (heed_writer_check(&self->writer, d, err) == 0)
        return heed_writer_frame(&self->writer, d, err);
    return strcmp(self->kind, "tensors")
               ? -1
               : heed_err_prefix(err,
                                 "no frame of a stream (-o FILE makes a file of any tensors): ");
}

static int save(struct tensors *self, struct heed_doc *d, struct heed_err *err)
{
    if (self->written)
        return heed_fail(err, "a second document; --output takes one");
    self->written = true;
    return heed_doc_save(d, self->file, err);
}

/* A head waits for its first frame; another one begins another part. */
static int document(void *ctx, const char *type, struct heed_doc *d, struct heed_err *err)
{
    struct tensors *self = ctx;
    if (self->file)
        return type ? heed_usage(err, "--output makes a file of one document, not of a stream")
                    : save(self, d, err);
    if (!type)
        return send(self, d, err);
    if (self->writer.begun && heed_writer_end(&self->writer, NULL, err) < 0)
        return -1;
    self->writer = (struct heed_writer){0};
    snprintf(self->kind, sizeof(self->kind), "%s", type);
    struct heed_doc before = self->head;
    self->head = *d;
    *d = before;
    return begin(self, NULL, err);
}

/* --- one frame of many sources --- */

struct operand {
    char name[HEED_NAME_MAX + 1];
    enum heed_dtype dtype;
    int rank; /* 0: as it comes */
    int64_t dims[HEED_DOC_RANK_MAX];
    const char *source;
};

/* "2,-1,20" */
static bool parse_shape(const char *text, struct operand *o)
{
    for (const char *at = text; *at; at += *at == ',') {
        size_t n = strcspn(at, ",");
        char number[24];
        if (n >= sizeof(number) || o->rank == HEED_DOC_RANK_MAX)
            return false;
        memcpy(number, at, n);
        number[n] = '\0';
        if (!heed_parse_i64(number, &o->dims[o->rank]) || o->dims[o->rank] < -1)
            return false;
        o->rank++;
        at += n;
        if (*at && !at[1])
            return false;
    }
    return o->rank > 0;
}

/* NAME[:DTYPE][:SHAPE]=SOURCE */
static int parse_operand(const char *text, struct operand *o, struct heed_err *err)
{
    *o = (struct operand){.source = strchr(text, '=') + 1};
    char *left = heed_xstrndup(text, (size_t)(o->source - 1 - text)), *rest = left;
    const char *name = strsep(&rest, ":"), *word, *fault = heed_name_fault(name, false);
    int status = fault ? heed_usage(err, "tensor name '%.80s' %s", name, fault) : 0;
    if (status == 0)
        memcpy(o->name, name, strlen(name) + 1);
    while (status == 0 && (word = strsep(&rest, ":"))) {
        if (!o->dtype && !o->rank && heed_dtype_named(word))
            o->dtype = heed_dtype_named(word);
        else if (o->rank || !parse_shape(word, o))
            status = heed_usage(
                err, "%.80s: '%.40s' is neither F32, I32, I64, U8, I8 nor a shape like 2,-1,20",
                o->name, word);
    }
    free(left);
    return status;
}

static int reshape(const struct operand *o, struct heed_array *a, struct heed_err *err)
{
    int64_t n = heed_array_count(a), known = 1, dims[HEED_DOC_RANK_MAX];
    int open = -1;
    for (int k = 0; k < o->rank; k++) {
        dims[k] = o->dims[k];
        if (dims[k] < 0 && open >= 0)
            return heed_usage(err, "tensor %s: a shape can leave one dimension open", o->name);
        if (dims[k] < 0)
            open = k;
        else if (heed_mul_overflows(known, dims[k], &known) || known > n)
            known = n + 1;
    }
    if (open >= 0 && known && n % known == 0)
        dims[open] = n / known;
    if (open >= 0 ? !known || n % known : known != n)
        return heed_fail(err, "tensor %s: %lld numbers do not fill its shape", o->name,
                         (long long)n);
    a->rank = o->rank;
    memcpy(a->dims, dims, sizeof(*dims) * (size_t)o->rank);
    return 0;
}

static int add_source(struct tensors *self, const struct operand *o, struct heed_doc *d,
                      struct heed_err *err)
{
    struct heed_given given = {.form = (enum heed_given_form)self->from,
                               .header = self->header,
                               .name = o->name,
                               .dtype = o->dtype};
    struct heed_input in;
    if (heed_doc_find(d, o->name))
        return heed_usage(err, "tensor %s is given twice", o->name);
    if (*o->source == '[') {
        given.form = HEED_GIVEN_JSON;
        heed_input_memory(&in, o->source, strlen(o->source), o->name);
    } else if (heed_input_open(&in, o->source, err) < 0) {
        return -1;
    }
    int status = heed_input_unpack(&in, err);
    if (status == 0)
        status = heed_given_read(&given, &in, d, err);
    heed_input_close(&in);
    struct heed_array *a = status == 0 ? heed_doc_find(d, o->name) : NULL;
    return a && o->rank ? reshape(o, a, err) : status;
}

static int from_sources(struct tensors *self, struct heed_err *err)
{
    struct heed_doc d;
    struct operand o;
    int status = 0;
    heed_doc_init(&d);
    for (size_t i = 0; i < heed_cli.n_operands && status == 0; i++) {
        if (!strchr(heed_cli.operands[i], '='))
            status = heed_usage(err, "'%.80s' names no tensor; want NAME=%.80s",
                                heed_cli.operands[i], heed_cli.operands[i]);
        else if (parse_operand(heed_cli.operands[i], &o, err) < 0 ||
                 add_source(self, &o, &d, err) < 0)
            status = -1;
    }
    if (status == 0)
        status = document(self, NULL, &d, err);
    heed_doc_release(&d);
    return status;
}

static int from_text(struct tensors *self, struct heed_err *err)
{
    struct heed_given given = {
        .form = (enum heed_given_form)self->from, .document = document, .ctx = self};
    struct heed_input in;
    struct heed_doc d;
    if (heed_input_open(&in, heed_cli.n_operands ? heed_cli.operands[0] : NULL, err) < 0)
        return -1;
    heed_doc_init(&d);
    int status = heed_input_unpack(&in, err);
    if (status == 0)
        status = heed_given_read(&given, &in, &d, err);
    heed_doc_release(&d);
    heed_input_close(&in);
    return status;
}

/* --- the command --- */

static int run(void *opaque, struct heed_err *err)
{
    struct tensors *self = opaque;
    struct heed_err ignored;
    heed_doc_init(&self->head);
    bool sources =
        heed_cli.n_operands > 1 || (heed_cli.n_operands == 1 && strchr(heed_cli.operands[0], '='));
    int status = sources ? from_sources(self, err) : from_text(self, err);
    if (status == 0 && self->file && !self->written)
        status = heed_fail(err, "no tensors came, so %s is not written", self->file);
    if (status == 0 && !self->file)
        status = self->writer.begun ? heed_writer_end(&self->writer, NULL, err)
                                    : heed_fail(err, "no tensors came");
    else if (status < 0 && self->writer.begun && err->status != HEED_QUIET)
        status = heed_writer_end(&self->writer, err->text, &ignored) ? -1 : status;
    heed_doc_release(&self->head);
    return status;
}

static void refuse(const void *opaque, const char *why)
{
    const struct tensors *self = opaque;
    if (!self->file)
        heed_refuse(self, why);
}

static const struct heed_option rows[] = {
    HEED_ROW_STRING(struct tensors, type, "type", NULL, "TYPE",
                    "type of the stream: ids, batch, memory, attention, hypotheses, or any word; "
                    "without it what the names of the tensors say"),
    HEED_ROW_CHOICE(struct tensors, from, "from", "auto", "auto|table|json|npy|peek",
                    "what the input is"),
    HEED_ROW_SWITCH(struct tensors, header, "header", NULL, "pass over the first line of tables"),
    HEED_ROW_STRING(struct tensors, file, "output", NULL, "FILE",
                    "write a safetensors file, of tensors of any shapes, in place of a stream",
                    .letter = 'o'),
    {0},
};

const struct heed_command heed_command = {
    .name = "tensors",
    .summary = "text, tables, JSON and .npy to tensors; the reverse of peek --values",
    .usage = "[NAME[:DTYPE][:SHAPE]=SOURCE... | FILE]",
    .about =
        "NAME=SOURCE makes a tensor of a file (- is standard input), or of a JSON list written in "
        "its place: valid_len=[2,6]. All of them are one frame. A file is a table of numbers with "
        "commas, tabs or blanks, a JSON list, or a NumPy array (.npy); in tables an empty line "
        "sets matrices apart, and # begins a comment.\n\n"
        "Without NAME= it reads what `peek --values --rows 0` prints, in text or with --json, or "
        "JSON objects of named lists, {\"query\": [[1,2]]}: a frame for each.\n\n"
        "DTYPE is F32, I32, I64, U8 or I8; without it what the name means in a stream, else F32 "
        "(of "
        ".npy its own). SHAPE is numbers with commas, of which one may be -1; without it the "
        "shape of the source, with ones in front where the name means more dimensions: a matrix "
        "is a batch of one.",
    .examples = "tensors query=q.csv key=k.csv value=v.csv | attend | peek --values\n"
                "tensors 'scores=[[1,2,3]]' 'valid_len=[2]' | attend | peek --values\n"
                "peek --values --rows 0 saved.stream | tensors > again.stream",
    .see_also = "peek, attend",
    .options = rows,
    .self_size = sizeof(struct tensors),
    .max_operands = -1,
    .refuse = refuse,
    .run = run,
};
