/* stream.h: the protocol of a pipe: a `stream` frame, data frames
 * with running `seq`, an `end` frame.
 *
 * Metadata, each beside heed (the format's version):
 *   frame=stream   type (ids, batch, features, memory, attention, hypotheses), producer (the command), and
 *                  what applies of: model (fingerprint), vocab.src, vocab.tgt (fingerprints of the
 *                  vocabularies), window, epochs, batches, run
 *   frame=data     seq
 *   frame=end      frames (count), status=ok|error, message
 *
 * A stream without its end frame is an error, also when the producer died. After `end` another
 * `stream` of the same type and fingerprints may follow (`cat a b`): numbering restarts. An end
 * frame with status=error may stand alone: the stage failed before its stream began. */
#ifndef HEED_STREAM_H
#define HEED_STREAM_H

#include "stream/doc.h"

#define HEED_FRAME_ROWS (1 << 20)
#define HEED_WIDTHS     5 /* sizes that may not change between frames, see heed_schema_widths() */

struct heed_reader {
    struct heed_input in;
    /* The stream frame of the part being read, whole, with tensors such as vocab.tgt. */
    struct heed_doc head;
    char type[32], producer[32];
    int64_t seq;      /* data frames read in this part */
    int64_t n_frames; /* over all parts */
    int64_t n_parts;  /* stream frames read */
    int64_t n_lines;  /* foreign streams: rows so far, for frames without `line` */
    int64_t widths[HEED_WIDTHS];
    uint64_t max_data;
    bool foreign; /* documents without `heed`: no stream, seq or end asked; type inferred */
    bool have_foreign;
    bool file;  /* the input is one document of ours which is no stream: a model, a checkpoint */
    bool ended; /* the last frame was an `end` */
    struct heed_doc pending; /* foreign streams: the first document, read to infer the type */
};
/* Opens path (NULL, "-": stdin), reads the stream frame and checks version and type: `want` is a
 * '|'-separated list ("ids|batch"); NULL takes anything, also a model. A terminal is refused, an
 * empty stream is an error that says so. Messages name input and place: "<stdin>: frame 3: …";
 * frames count from 1, the stream frame is 0. After a failure the reader needs no close. */
int heed_reader_open(struct heed_reader *r, const char *path, const char *want,
                     struct heed_err *err) HEED_MUST_USE;
/* The same on an input which the caller opened (a descriptor, memory); the reader takes it over. */
int heed_reader_start(struct heed_reader *r, const struct heed_input *in, const char *want,
                      struct heed_err *err) HEED_MUST_USE;
/* Next data frame into doc (cleared first), checked against the schema of its type (schema.h).
 * 1, 0 at the clean end, -1. An `end` with status=error gives -1 with upstream's reason. */
int heed_reader_next(struct heed_reader *r, struct heed_doc *doc, struct heed_err *err);
void heed_reader_close(struct heed_reader *r);
/* Is the frame just read the first of another part (`cat a b`)? */
bool heed_reader_parted(const struct heed_reader *r);
/* A `window` that bounds nothing; twice as much is still a number. */
#define HEED_WINDOW_MAX (1ll << 48)
/* How far lines of this part may be displaced: the stream frame's `window`; without it they come in
 * order (0). Foreign documents promise nothing (HEED_WINDOW_MAX). */
int heed_reader_window(const struct heed_reader *r, int64_t *window,
                       struct heed_err *err) HEED_MUST_USE;

struct heed_writer {
    struct heed_output *out; /* borrowed */
    int64_t seq;
    bool begun, ended, flush_each; /* flush_each: set it behind begin */
    char type[32], producer[32];
};
/* Sends the stream frame: head holds producer-specific metadata and tensors; frame, heed, type,
 * producer are set here. A terminal as output is refused. */
int heed_writer_begin(struct heed_writer *w, struct heed_output *out, const char *type,
                      const char *producer, struct heed_doc *head,
                      struct heed_err *err) HEED_MUST_USE;
/* Would the next stage take this frame? Sizes and schema, before a byte of it has left. */
int heed_writer_check(const struct heed_writer *w, const struct heed_doc *doc,
                      struct heed_err *err) HEED_MUST_USE;
int heed_writer_frame(struct heed_writer *w, struct heed_doc *doc,
                      struct heed_err *err) HEED_MUST_USE;
/* message NULL: status=ok. Otherwise status=error: the reason
 * travels to the last stage. Flushes. */
int heed_writer_end(struct heed_writer *w, const char *message, struct heed_err *err) HEED_MUST_USE;
/* For a stage that failed before it could begin: an end frame alone, with the reason. Does nothing
 * when something was written before, or on a terminal; that nobody reads it is no news. */
void heed_writer_refuse(struct heed_output *out, const char *producer, const char *message);

/* For commands that read text: refuses a tensor stream ("is a stream of memory (producer encode),
 * not text"), compressed and other known files. Looks only at what the first read brings. */
int heed_input_want_text(struct heed_input *in, struct heed_err *err) HEED_MUST_USE;

/* schema.c: the tensors of a frame of this type: required ones present with dtype and rank; B equal
 * in all; lengths within dims; ids >= 0 (the bound by V needs the model); pads behind the length;
 * masks 0/1 and in agreement with lengths; float values finite inside valid positions. */
int heed_schema_check(const char *type, const struct heed_doc *doc, struct heed_err *err);
/* Lengths of 64 bits, as NumPy makes them, become I32, which they must fit. */
int heed_schema_narrow(const char *type, struct heed_doc *doc, struct heed_err *err) HEED_MUST_USE;
/* The dtype that a name has in any type of stream, its rank in this one (without heads); 0 when it
 * has no meaning there. */
enum heed_dtype heed_schema_dtype(const char *name);
int heed_schema_rank(const char *type, const char *name);
/* Has a tensor of this name a meaning in frames of this type? */
bool heed_schema_knows(const char *type, const char *name);
/* Every id of an I32 tensor is below n_vocab: "tensor src: id 9000
 * not below 8000 (row 1, column 2)". */
int heed_schema_check_ids(const struct heed_doc *doc, const char *name, int64_t n_vocab,
                          struct heed_err *err) HEED_MUST_USE;
/* No F32 value of the document is NaN or infinite: "tensor w: value 3 is not a number". */
int heed_schema_check_finite(const struct heed_doc *doc, struct heed_err *err) HEED_MUST_USE;
/* The type a foreign document's tensors speak of, or NULL. */
const char *heed_schema_infer(const struct heed_doc *doc);
/* Sizes of features (D of memory; widths of query, key, value; F), 0 where there is none. */
void heed_schema_widths(const struct heed_doc *doc, int64_t widths[]);

#endif
