/* stage.c: see stage.h. */
#include "cli/stage.h"

#include <string.h>

#include "base/clock.h"
#include "cli/cli.h"

static double start;

__attribute__((constructor)) static void note_start(void)
{
    start = heed_seconds();
}

double stage_seconds(void)
{
    return heed_seconds() - start;
}

/* --- what is passed on --- */

static bool is_listed(const char *list, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = list; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
        if (!strncmp(at, name, n) && (at[n] == '|' || !at[n]))
            return true;
    return false;
}

static bool passes(const struct stage *s, const struct heed_array *a)
{
    return a->dtype != HEED_OTHER && !is_listed(s->used_up, a->name);
}

/* Dtypes of the format that are not ours; the first is told. */
static void warn_of_dtypes(const struct heed_doc *frame)
{
    static bool told;
    for (size_t i = 0; i < frame->n_arrays && !told; i++) {
        const struct heed_array *a = &frame->arrays[i];
        told = a->dtype == HEED_OTHER;
        if (told)
            heed_warn("tensor %s: %s is not passed on", a->name, a->dtype_text);
    }
}

/* A tensor that means nothing in what came would mean something in what goes: the first is told. */
static bool is_mistaken(const struct stage *s, const char *name)
{
    static bool told;
    bool mistaken = heed_schema_knows(s->writes, name) && !heed_schema_knows(s->reader.type, name);
    if (mistaken && !told)
        heed_warn("tensor %s is not passed on: it has a meaning of its own in a stream of %s", name,
                  s->writes);
    told |= mistaken;
    return mistaken;
}

static void pass_tensors(const struct stage *s, const struct heed_doc *from, struct heed_doc *to)
{
    for (size_t i = 0; i < from->n_arrays; i++) {
        const struct heed_array *a = &from->arrays[i];
        if (!heed_doc_find(to, a->name) && passes(s, a) && !is_mistaken(s, a->name))
            heed_doc_add(to, a->name, a->dtype, a->rank, a->dims, a->data);
    }
}

/* What the writer sets (frame, type, producer) it replaces. Foreign documents have no head, and
 * their lines any order, which is said, since a stream that says nothing is in order. */
static void pass_head(const struct stage *s, struct heed_doc *to)
{
    const struct heed_doc *from = &s->reader.head;
    if (s->reader.foreign && !heed_doc_meta(to, "window"))
        heed_doc_set_meta_i64(to, "window", HEED_WINDOW_MAX);
    warn_of_dtypes(from);
    for (size_t i = 0; i < from->n_meta; i++) {
        const struct heed_meta *m = &from->meta[i];
        if (!heed_doc_meta(to, m->key) && !is_listed(s->used_up, m->key))
            heed_doc_set_meta(to, m->key, m->value);
    }
    pass_tensors(s, from, to);
}

int stage_send(struct stage *s, const struct heed_doc *from, struct heed_doc *out,
               struct heed_err *err)
{
    if (from)
        pass_tensors(s, from, out);
    int status =
        heed_writer_check(&s->writer, out, err) || heed_writer_frame(&s->writer, out, err) ? -1 : 0;
    heed_doc_release(out);
    return status;
}

int stage_put(struct stage *s, int64_t line, const struct heed_str *text, struct heed_err *err)
{
    return heed_order_put(&s->order, line, text->data ? text->data : "", text->len, err);
}

/* --- parts --- */

int stage_begin(struct stage *s, struct heed_err *err)
{
    if (!s->writes)
        return s->reads ? heed_reader_window(&s->reader, &s->order.window, err) : 0;
    struct heed_doc head;
    heed_doc_init(&head);
    int status = s->head ? s->head(s->ctx, &head, err) : 0;
    if (status == 0) {
        if (s->reads)
            pass_head(s, &head);
        status =
            heed_writer_begin(&s->writer, &heed_cli.out, s->writes, heed_cli.program, &head, err);
        s->writer.flush_each = heed_cli.unbuffered;
    }
    heed_doc_release(&head);
    return status;
}

static int end_part(struct stage *s, struct heed_err *err)
{
    if (s->part && s->part(s->ctx, err))
        return -1;
    return s->writes ? heed_writer_end(&s->writer, NULL, err) : heed_order_end(&s->order, err);
}

/* --- items --- */

static int next(struct stage *s, struct heed_doc *frame, struct heed_err *err)
{
    return s->reads ? heed_reader_next(&s->reader, frame, err) : heed_text_next(&s->text, err);
}

/* Not of the output, which is nobody's line or frame. */
int stage_fail(const struct stage *s, struct heed_err *err)
{
    if (err->status == HEED_QUIET || heed_cli.out.broken)
        return -1;
    if (!s->reads)
        return heed_err_prefix(err, "%s: line %lld: ", s->text.in.name, (long long)s->text.number);
    return heed_err_prefix(err, "%s: frame %lld: ", s->reader.in.name, (long long)s->reader.seq);
}

static int each(struct stage *s, struct heed_doc *frame, struct heed_err *err)
{
    bool parted = s->reads && !s->gathers && heed_reader_parted(&s->reader);
    if (parted && (end_part(s, err) || stage_begin(s, err)))
        return -1;
    if (s->reads && s->writes)
        warn_of_dtypes(frame);
    if (s->item(s->ctx, s->reads ? frame : NULL, err))
        return stage_fail(s, err);
    return !s->writes && heed_cli.unbuffered ? heed_output_flush(&heed_cli.out, err) : 0;
}

static int all(struct stage *s, struct heed_err *err)
{
    struct heed_doc frame;
    int got = 0, status = s->gathers ? 0 : stage_begin(s, err);
    heed_doc_init(&frame);
    if (status == 0 && s->feed)
        status = s->feed(s->ctx, err);
    while (status == 0 && !s->feed && (got = next(s, &frame, err)) > 0)
        status = each(s, &frame, err);
    heed_doc_release(&frame);
    return status || got < 0 ? -1 : end_part(s, err);
}

/* --- the run --- */

/* A filter does not stop for its record, which fails in silence at worst. */
static void record(const struct stage *s)
{
    if (heed_cli.no_store)
        return;
    const struct heed_stage_info info = {
        .program = heed_cli.program,
        .argc = heed_cli.argc,
        .argv = heed_cli.argv,
        .frames_in = s->reader.n_frames,
        .frames_out = s->writer.seq,
        .bytes_in = (int64_t)(s->reads ? s->reader.in.offset : s->text.in.offset),
        .bytes_out = (int64_t)(heed_cli.out.written + heed_cli.out.used),
        .wall_s = stage_seconds(),
    };
    heed_store_stage(heed_cli.store, &info);
}

/* Before the output is closed: a reader that has come to its end finds the record. What a person
 * reads nobody will score. */
static int record_text(struct stage *s, struct heed_err *err)
{
    if (!s->made.fingerprint || s->writes || !s->order.n_out || heed_cli.no_store ||
        heed_cli.out_is_tty)
        return 0;
    if (heed_output_flush(&heed_cli.out, err))
        return -1;
    s->made.program = heed_cli.program;
    s->made.n_lines = s->order.n_out;
    heed_sha256_hex(&s->digest, s->made.sha256);
    heed_store_made(heed_cli.store, &s->made);
    return 0;
}

/* What had to be mended in the text that was read: one warning for each kind. */
static void warn_of_text(const struct stage *s)
{
    const struct heed_text *t = &s->text;
    if (t->n_repaired)
        heed_warn("%s: %lld invalid bytes or NULs replaced by U+FFFD", t->in.name,
                  (long long)t->n_repaired);
    if (t->n_crlf)
        heed_warn("%s: %lld lines ended in CR LF; the CR was dropped", t->in.name,
                  (long long)t->n_crlf);
    if (t->n_failed)
        heed_warn("%s: %lld lines could not be read and are empty, the first is line %lld",
                  t->in.name, (long long)t->n_failed, (long long)t->first_failed);
    if (s->n_cut)
        heed_warn("%s: %lld lines cut to %d tokens or %d bytes", t->in.name, (long long)s->n_cut,
                  HEED_TOKENS_MAX, HEED_TEXT_MAX);
}

static int open_input(struct stage *s, struct heed_err *err)
{
    const char *path = heed_cli.n_operands ? heed_cli.operands[0] : NULL;
    enum heed_cleaning how = s->pairs ? HEED_CLEAN_STRICT : HEED_CLEAN_LENIENT;
    if (s->feed)
        return 0;
    if (s->reads)
        return heed_reader_open(&s->reader, path, s->reads, err);
    if (heed_text_open(&s->text, path, how, s->max_line, err))
        return -1;
    s->text.column = s->column;
    s->text.tagging = s->pairs ? NULL : &s->tagging; /* of pairs the sources are tagged */
    s->text.keep_going = s->keep_going;
    return 0;
}

static void close_all(struct stage *s)
{
    heed_order_release(&s->order);
    if (s->reads)
        heed_reader_close(&s->reader);
    else
        heed_text_close(&s->text);
    heed_tagging_release(&s->tagging);
}

int stage_run(struct stage *s, struct heed_err *err)
{
    if (open_input(s, err))
        return -1;
    struct heed_err ignored; /* the first failure is the one to tell */
    heed_order_init(&s->order, &heed_cli.out, 0);
    heed_sha256_init(&s->digest);
    s->order.digest = &s->digest;
    int status = (s->opened && s->opened(s->ctx, err)) || all(s, err) ? -1 : 0;
    if (status && err->status != HEED_QUIET)
        status = heed_writer_end(&s->writer, err->text, &ignored) ? -1 : status;
    warn_of_text(s);
    if (status == 0 && s->tell && (heed_cli.stats || heed_cli.verbose))
        s->tell(s->ctx);
    if (status == 0)
        status = record_text(s, err);
    record(s);
    close_all(s);
    return status;
}
