/* infer.h: what the commands that run a model share: its options, and frames to and from the
 * engine. */
#ifndef HEED_CLI_INFER_H
#define HEED_CLI_INFER_H

#include "cli/cli.h"
#include "model/infer.h"
#include "stream/stream.h"

struct infer_options {
    const char *model, *score, *cell;
    struct heed_list plugin_dirs;
};
#define INFER_ROWS(S, m)                                                                           \
    {.name = "model",                                                                              \
     .letter = 'm',                                                                                \
     .type = HEED_STRING,                                                                          \
     .offset = offsetof(S, m.model),                                                               \
     .unit = "MODEL",                                                                              \
     .help = "the model's file"},                                                                  \
        {.name = "score",                                                                          \
         .type = HEED_STRING,                                                                      \
         .offset = offsetof(S, m.score),                                                           \
         .unit = "PATH",                                                                           \
         .help = "where the model's score plugin lies, when outside the plugin folder"},           \
        {.name = "cell",                                                                           \
         .type = HEED_STRING,                                                                      \
         .offset = offsetof(S, m.cell),                                                            \
         .unit = "PATH",                                                                           \
         .help = "where the model's cell plugin lies, when outside the plugin folder"},            \
    {                                                                                              \
        .name = "plugin-dir", .type = HEED_LIST, .offset = offsetof(S, m.plugin_dirs),             \
        .unit = "DIR", .help = "search plugins here first"                                         \
    }

int infer_load(const struct infer_options *o, struct heed_model *m, struct heed_err *err);
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
/* Runs step() for every data frame; passes failures on in the end frame of `w` when it is not NULL.
 */
int infer_frames(struct heed_reader *r, struct heed_writer *w,
                 int (*step)(void *ctx, struct heed_doc *frame, struct heed_err *err), void *ctx,
                 struct heed_err *err);

#endif
