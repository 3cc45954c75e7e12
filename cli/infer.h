/* infer.h: what the commands that run a model share: its options,
 * and frames to and from the engine. */
#ifndef HEED_CLI_INFER_H
#define HEED_CLI_INFER_H

#include "cli/cli.h"
#include "search/engine.h"
#include "stream/stream.h"

struct infer_options {
    const char *model, *score, *cell;
    struct heed_list plugin_dirs;
    int64_t jobs;
};
#define INFER_ROWS(S, m)                                                                           \
    HEED_ROW_STRING(S, m.model, "model", NULL, "MODEL", "the model's file", .letter = 'm'),        \
        HEED_ROW_STRING(S, m.score, "score", NULL, "PATH",                                         \
                        "where the model's score plugin lies, when outside the plugin folder"),    \
        HEED_ROW_STRING(S, m.cell, "cell", NULL, "PATH",                                           \
                        "where the model's cell plugin lies, when outside the plugin folder"),     \
        HEED_ROW_LIST(S, m.plugin_dirs, "plugin-dir", "DIR", "search plugins here first")
/* For the commands whose rows workers may share. */
#define INFER_JOBS_ROW(S, m)                                                                       \
    HEED_ROW_INT(S, m.jobs, "jobs", "0", 0, HEED_LANES_MAX, "N",                                   \
                 "workers that share the rows of a batch; changes the speed, never the result; "   \
                 "0: as many as there are processors",                                             \
                 .letter = 'j')

/* --jobs, or the processors this process may run on. */
int infer_workers(const struct infer_options *o);
int infer_load(const struct infer_options *o, struct heed_model *m, struct heed_err *err);
/* --stats: what the engine did since `began` (stage_seconds()), and how near that is to what the
 * processors can do. */
void infer_tell_stats(const struct heed_engine *e, int64_t lines, int64_t tokens,
                      const char *tokens_of, double began);
/* The stream must have been made with this model, where it tells. */
int infer_check_stream(const struct heed_reader *r, const struct heed_model *m,
                       struct heed_err *err);
/* Metadata and tensors of an incoming stream frame for the outgoing one. */
void infer_pass_head(const struct heed_reader *r, const struct heed_model *m,
                     struct heed_doc *head);
/* Adds every tensor of `from` that `to` has not, borrowed. */
void infer_pass_tensors(const struct heed_doc *from, struct heed_doc *to);
/* A frame of type memory as what the engine takes; widths are checked against the model. */
int infer_memory(const struct heed_doc *frame, const struct heed_model *m, struct heed_encoded *x,
                 struct heed_err *err);
/* A stage that turns frames into frames (or, without begin, into something else). */
struct infer_stage {
    struct heed_reader *reader;
    struct heed_writer *writer;                    /* NULL when begin is */
    int (*begin)(void *ctx, struct heed_err *err); /* sends the stream frame */
    int (*step)(void *ctx, struct heed_doc *frame, struct heed_err *err);
    void *ctx;
};
/* Runs step() for every data frame. Parts (`cat a b`) stay parts: each has a stream and an end
 * frame of its own. A failure goes on in the end frame. Leaves the stage's row under $HEED_RUN. */
int infer_frames(const struct infer_stage *stage, struct heed_err *err);

#endif
