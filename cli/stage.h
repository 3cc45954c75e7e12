/* stage.h: the one loop of the stages: what goes in, what is passed on, parts, the end.
 *
 *     frames ──┐                                               ┌── frames, a stream for each part
 *              ├── opened   head   item item …   part   tell ──┤
 *     lines ───┘             └──── for each part ────┘         └── lines, in the order of the input
 *
 * A command fills the upper half of a struct stage and calls stage_run(); the hooks do what is
 * its own. Parts of the input (`cat a b`) stay parts: a stream and an end frame for each, or lines
 * put in order by themselves. A failure in an item is told with its place, and goes on in the end
 * frame; the first failure is the one to tell. A row under $HEED_RUN is left in any case. */
#ifndef HEED_CLI_STAGE_H
#define HEED_CLI_STAGE_H

#include "cli/order.h"
#include "data/text.h"
#include "store/store.h"
#include "stream/stream.h"

struct stage {
    const char *reads;   /* "ids|batch": the types of stream it takes; NULL: lines of text */
    const char *writes;  /* the type it sends; NULL: lines of text. opened() may still set it */
    const char *used_up; /* "keys|state": metadata and tensors of the input that do not go on */
    bool gathers;        /* its stream begins when all parts are read: part(), called once, does */
    bool pairs;          /* lines of text: a NUL is an error, not replaced */
    int64_t max_line;    /* bytes of a line of text; 0: HEED_LINE_MAX */
    bool keep_going;     /* a line of text that cannot be read is an empty one, and counted */
    int64_t column;      /* of tab-separated lines of text; 0: the whole line */
    struct heed_tagging tagging; /* of lines of text, which are tagged ones then */
    void *ctx;                   /* for the hooks, of which only item() or feed() must be there */
    int (*opened)(void *ctx, struct heed_err *err); /* the input is there, its head read */
    /* In place of item(): the command opens its inputs itself and sends what it makes of them. */
    int (*feed)(void *ctx, struct heed_err *err);
    /* Metadata and tensors of its own for a stream frame; what came in is added behind. */
    int (*head)(void *ctx, struct heed_doc *head, struct heed_err *err);
    /* One data frame, whose content may be taken over; NULL: the line in text.line. */
    int (*item)(void *ctx, struct heed_doc *frame, struct heed_err *err);
    int (*part)(void *ctx, struct heed_err *err); /* the end of a part: what is held goes out */
    void (*tell)(void *ctx);                      /* --stats, -v: after a run that did not fail */

    /* The model whose text goes out, with its fingerprint, where opened() sets it: the store remembers
     * the text's digest, and `evaluate` finds the model by it. */
    struct heed_made made;

    struct heed_reader reader;
    struct heed_text text;
    int64_t n_cut; /* lines of text longer than the encoder takes; see data/line.h */
    struct heed_writer writer;
    struct heed_order order; /* its window: the stream's; of lines, what opened() sets */
    struct heed_sha256 digest;
};

/* The operand, or standard input, to its end. */
int stage_run(struct stage *s, struct heed_err *err) HEED_MUST_USE;
/* Sends the stream frame; for one that gathers. */
int stage_begin(struct stage *s, struct heed_err *err) HEED_MUST_USE;
/* Sends out as a data frame and releases it. What `from` carries beside goes on with it: every
 * tensor that out has not and that is not used up. from NULL: nothing. */
int stage_send(struct stage *s, const struct heed_doc *from, struct heed_doc *out,
               struct heed_err *err) HEED_MUST_USE;
/* Text of one line, without LF; out of order it waits. */
int stage_put(struct stage *s, int64_t line, const struct heed_str *text,
              struct heed_err *err) HEED_MUST_USE;
/* A failure gets the place of the item that was read last. */
int stage_fail(const struct stage *s, struct heed_err *err);
/* Since the process began. */
double stage_seconds(void);

#endif
