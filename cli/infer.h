/* infer.h: what the commands that run a model share: its options, the model and its engine around
 * the loop of a stage, frames of memory to the engine. */
#ifndef HEED_CLI_INFER_H
#define HEED_CLI_INFER_H

#include "cli/cli.h"
#include "cli/stage.h"
#include "search/engine.h"

struct infer_options {
    const char *model;
    struct heed_list models; /* of a command that asks several as one; the first becomes model */
    const char *weights;
    struct heed_places places;
    struct heed_list plugin_dirs;
    int64_t jobs;
    bool shortlist;
};
#define SHORTLIST_ROW(S, m)                                                                        \
    HEED_ROW_SWITCH(S, m, "shortlist", "on",                                                       \
                    "only words of the model's shortlist, where it has one")
#define PLACES_ROWS(S, m)                                                                          \
    HEED_ROW_STRING(S, m.places.path[HEED_PART_SCORE], "score", NULL, "PATH",                      \
                    "where the model's score plugin lies, when outside the plugin folder"),        \
        HEED_ROW_STRING(S, m.places.path[HEED_PART_CELL], "cell", NULL, "PATH",                    \
                        "where the model's cell plugin lies, when outside the plugin folder"),     \
        HEED_ROW_LIST(S, m.plugin_dirs, "plugin-dir", "DIR", "search plugins here first")
#define INFER_ROWS(S, m)                                                                           \
    HEED_ROW_STRING(S, m.model, "model", NULL, "MODEL", "the model's file", .letter = 'm'),        \
        PLACES_ROWS(S, m)
#define ENSEMBLE_ROWS(S, m)                                                                        \
    HEED_ROW_LIST(S, m.models, "model", "MODEL",                                                   \
                  "the model's file; several are asked as one, an ensemble", .letter = 'm'),       \
        HEED_ROW_STRING(S, m.weights, "weights", NULL, "W,W",                                      \
                        "what each --model counts, in their order, as in 0.6,0.4; without it "     \
                        "all count the same"),                                                     \
        PLACES_ROWS(S, m)
struct infer {
    struct infer_options options;
    struct heed_model model, *more; /* the first; the others of an ensemble */
    struct heed_ensemble ensemble;  /* of all of them */
    struct heed_engine engine;
    int64_t n_lines, n_tokens; /* counted by the command, for --stats */
    double began;
};

int infer_load(const struct infer_options *o, struct heed_model *m, struct heed_err *err);
/* Loads the model, or those of an ensemble, makes its engine and runs the stage. Its opened() shall
 * call infer_check_stream() where it reads a stream. */
int infer_run(struct infer *self, struct stage *s, struct heed_err *err) HEED_MUST_USE;
/* The stream must have been made with this model, where it tells. */
int infer_check_stream(const struct infer *self, const struct heed_reader *r, struct heed_err *err);
/* Fingerprints of the model and its vocabularies. */
void infer_head(const struct infer *self, struct heed_doc *head);
/* Text that goes out is this model's; that of several is no one's. */
void infer_made(const struct infer *self, struct stage *s);
/* --stats: what the engine did, and how near that is to what the processors can do. */
void infer_tell(const struct infer *self, const char *tokens_of);
#endif
