/* pair_stream.h: pairs that come as a stream: of ids (tokenize --pairs), which are collected into a
 * dataset, or of batches (batch-mask --epochs), which are trained on as they come.
 *
 *   heed_pair_stream_open -> heed_pair_stream_collect                     ids
 *                         -> heed_pair_stream_source -> source.next …     batches */
#ifndef HEED_PAIR_STREAM_H
#define HEED_PAIR_STREAM_H

#include "data/batch_source.h"
#include "data/copied.h"
#include "data/filter.h"
#include "data/text.h"
#include "stream/stream.h"

/* What the head of such batches says: how many there are and what they are made of. The batcher has
 * laid out an epoch. copied: n_tokens 0: nobody looked. */
void heed_batch_plan_to_doc(const struct heed_batcher *b, int64_t epochs,
                            const struct heed_filter_report *report,
                            const struct heed_copied *copied, struct heed_doc *head);

struct heed_pair_stream {
    struct heed_reader reader;
    struct heed_doc frame;
    bool batches;                 /* of a plan; else ids */
    int32_t src_vocab, tgt_vocab; /* ids are below these */
    struct heed_copied copied;    /* in batches; n_tokens 0: their maker did not say */
    /* batches that have yet to be counted, since their maker did not say what is in them */
    int64_t n_uncounted;
    const struct heed_filter *filter;
    struct heed_filter_report *report;
    double allow_unknown;
};
/* From standard input. sides: taken from the stream, or, if they hold a tokenizer already, compared
 * with the stream's. */
int heed_pair_stream_open(struct heed_pair_stream *s, struct heed_sides *sides,
                          struct heed_err *err) HEED_MUST_USE;
void heed_pair_stream_close(struct heed_pair_stream *s);
/* All pairs of a stream of ids that the filter keeps. That none is kept is the caller's to say. */
int heed_pair_stream_collect(struct heed_pair_stream *s, const struct heed_filter *f,
                             struct heed_dataset *out, struct heed_filter_report *report,
                             struct heed_err *err) HEED_MUST_USE;
/* A stream of batches as a source. report: lengths and tokens, as far as the stream's head tells;
 * where it does not tell tokens, they are counted in the first epoch, which fails at its end when a
 * larger share than allow_unknown is unknown. f and report must live as long as s. */
int heed_pair_stream_source(struct heed_pair_stream *s, const struct heed_filter *f,
                            double allow_unknown, struct heed_filter_report *report,
                            struct heed_batch_source *out, struct heed_err *err) HEED_MUST_USE;

#endif
