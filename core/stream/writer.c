/* writer.c: writing a stream; see stream.h for the protocol.
 *
 *   heed_writer_begin    heed_writer_check, heed_writer_frame …    heed_writer_end
 *   heed_writer_refuse   in place of all three
 *
 * Frames leave whole. The end frame carries the count and, after a failure, the reason: every later
 * stage passes it on unchanged, so the last one can say what happened in the first. */
#include "stream/stream.h"

#include <string.h>
#include <unistd.h>

int heed_writer_begin(struct heed_writer *w, struct heed_output *out, const char *type,
                      const char *producer, struct heed_doc *head, struct heed_err *err)
{
    *w = (struct heed_writer){.out = out};
    if (out->fd >= 0 && isatty(out->fd))
        return heed_usage(
            err, "%s is a terminal; a tensor stream is not written to one, but `| peek` shows it",
            out->name);
    heed_doc_set_meta(head, "frame", "stream");
    heed_doc_set_meta(head, "type", type);
    heed_doc_set_meta(head, "producer", producer);
    head->foreign = false;
    snprintf(w->producer, sizeof(w->producer), "%s", producer);
    snprintf(w->type, sizeof(w->type), "%s", type);
    w->begun = true;
    return heed_doc_write(head, out, err);
}

/* What heed_doc_read() and heed_reader_next() ask of it. */
int heed_writer_check(const struct heed_writer *w, const struct heed_doc *doc, struct heed_err *err)
{
    uint64_t size = 0;
    for (size_t i = 0; i < doc->n_arrays; i++)
        size += doc->arrays[i].size;
    if (size > HEED_FRAME_MAX)
        return heed_fail(err, "a frame of %llu bytes, at most %llu can be sent: give fewer rows",
                         (unsigned long long)size, HEED_FRAME_MAX);
    if (doc->n_arrays > HEED_FRAME_ARRAYS)
        return heed_fail(err, "a frame of %zu tensors, at most %d can be sent", doc->n_arrays,
                         HEED_FRAME_ARRAYS);
    return heed_schema_check(w->type, doc, err);
}

int heed_writer_frame(struct heed_writer *w, struct heed_doc *doc, struct heed_err *err)
{
    if (!w->begun || w->ended)
        BUG("a frame outside a stream");
    heed_doc_set_meta(doc, "frame", "data");
    heed_doc_set_meta_i64(doc, "seq", w->seq + 1);
    doc->foreign = false;
    if (heed_doc_write(doc, w->out, err) < 0)
        return -1;
    w->seq++;
    return w->flush_each ? heed_output_flush(w->out, err) : 0;
}

/* "<stdin>: tokenize reports: line 7: …" came from a reader: origin tokenize, reason behind it. */
static const char *find_origin(const char *message, char *origin, size_t cap)
{
    static const char mark[] = " reports: ";
    const char *at = strstr(message, mark), *word = at;
    while (word && word > message && word[-1] != ' ')
        word--;
    if (!at || word == at || (size_t)(at - word) >= cap)
        return message;
    memcpy(origin, word, (size_t)(at - word));
    origin[at - word] = '\0';
    return at + strlen(mark);
}

static int write_end(struct heed_output *out, int64_t frames, const char *producer,
                     const char *message, struct heed_err *err)
{
    struct heed_doc end;
    heed_doc_init(&end);
    heed_doc_set_meta(&end, "frame", "end");
    heed_doc_set_meta_i64(&end, "frames", frames);
    heed_doc_set_meta(&end, "status", message ? "error" : "ok");
    if (message) {
        char origin[sizeof(((struct heed_writer *)0)->producer)];
        snprintf(origin, sizeof(origin), "%s", producer);
        heed_doc_set_meta(&end, "message", find_origin(message, origin, sizeof(origin)));
        heed_doc_set_meta(&end, "origin", origin);
    }
    int result = heed_doc_write(&end, out, err);
    heed_doc_release(&end);
    return result < 0 ? -1 : heed_output_flush(out, err);
}

int heed_writer_end(struct heed_writer *w, const char *message, struct heed_err *err)
{
    if (!w->begun || w->ended || w->out->broken)
        return 0; /* nobody reads: there is no stream to end */
    w->ended = true;
    return write_end(w->out, w->seq, w->producer, message, err);
}

void heed_writer_refuse(struct heed_output *out, const char *producer, const char *message)
{
    struct heed_err ignored;
    bool begun = out->written || out->used; /* then it has ended in its own way too */
    if (!begun && !out->broken && (out->fd < 0 || !isatty(out->fd)))
        write_end(out, 0, producer, message, &ignored);
}
