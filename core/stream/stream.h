/* stream.h: the protocol of a pipe: a `stream` frame, data frames with running `seq`, an `end`
 * frame.
 *
 * Metadata of the stream frame: heed (format version), frame=stream, type (ids, batch, memory,
 * attention, hypotheses), producer (the command), and what applies of: model (fingerprint),
 * vocab.src, vocab.tgt (fingerprints of the vocabularies), window, epochs, batches, run. Data
 * frames: heed, frame=data, seq. End frame: heed, frame=end, frames (count), status=ok|error,
 * message. A stream without its end frame is an error, also when the producer died. After `end`
 * another `stream` of the same type and fingerprints may follow (`cat a b`): numbering restarts. */
#ifndef HEED_STREAM_H
#define HEED_STREAM_H

#include "stream/doc.h"

struct heed_reader {
    struct heed_input in;
    struct heed_doc head; /* the stream frame, whole, with tensors such as vocab.tgt */
    char type[32], producer[32];
    int64_t seq;      /* data frames read in this part */
    int64_t n_frames; /* over all parts */
    uint64_t max_data;
    bool foreign; /* documents without `heed`: no stream, seq or end asked; type inferred */
    bool have_foreign;
    struct heed_doc pending; /* foreign streams: the first document, read to infer the type */
};
/* Opens path (NULL, "-": stdin), reads the stream frame and checks version and type: `want` is a
 * '|'-separated list ("ids|batch"). A terminal is refused, an empty stream is an error that says
 * so. Messages name input and place: "<stdin>: frame 3: …". */
int heed_reader_open(struct heed_reader *r, const char *path, const char *want,
                     struct heed_err *err) HEED_MUST_USE;
/* Next data frame into doc (cleared first), checked against the schema of its type (schema.h).
 * 1, 0 at the clean end, -1. An `end` with status=error gives -1 with upstream's reason. */
int heed_reader_next(struct heed_reader *r, struct heed_doc *doc, struct heed_err *err);
void heed_reader_close(struct heed_reader *r);

struct heed_writer {
    struct heed_output *out; /* borrowed */
    int64_t seq;
    bool begun, ended, flush_each;
};
/* Sends the stream frame: head holds producer-specific metadata and tensors; frame, heed, type,
 * producer are set here. A terminal as output is refused. */
int heed_writer_begin(struct heed_writer *w, struct heed_output *out, const char *type,
                      const char *producer, struct heed_doc *head,
                      struct heed_err *err) HEED_MUST_USE;
int heed_writer_frame(struct heed_writer *w, struct heed_doc *doc,
                      struct heed_err *err) HEED_MUST_USE;
/* message NULL: status=ok. Otherwise status=error: the reason travels to the last stage. Flushes.
 */
int heed_writer_end(struct heed_writer *w, const char *message, struct heed_err *err) HEED_MUST_USE;

/* schema.c: the tensors of a frame of this type: required ones present with dtype and rank; B equal
 * in all; lengths within dims; ids >= 0 (the bound by V needs the model); pads behind the length;
 * masks 0/1 and in agreement with lengths; float values finite inside valid positions. */
int heed_schema_check(const char *type, const struct heed_doc *doc, struct heed_err *err);

/* Picks rows[0..n) of every tensor of `from` along its first dimension into `to` (copies), for
 * regrouping and reordering; unknown tensors are carried along. */
int heed_doc_pick_rows(const struct heed_doc *from, const int64_t *rows, size_t n,
                       struct heed_doc *to, struct heed_err *err);

#endif
