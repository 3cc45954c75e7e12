/* remade.h: what the commands share that make a model of a model: both files, and care for the second. */
#ifndef HEED_CLI_REMADE_H
#define HEED_CLI_REMADE_H

#include "cli/cli.h"
#include "cli/rows.h"
#include "data/corpus.h"
#include "model/model.h"

struct remade {
    const char *output;
    struct heed_places places;
    struct heed_list plugin_dirs;
    bool force;
    struct heed_model model;
};
#define REMADE_ROWS(S, m)                                                                          \
    HEED_ROW_STRING(S, m.output, "output", NULL, "MODEL", "the file of the model that is made",    \
                    .letter = 'o'),                                                                \
        HEED_ROW_SWITCH(S, m.force, "force", "off", "replace a file that is there"),               \
        HEED_ROW_STRING(S, m.places.path[HEED_PART_SCORE], "score", NULL, "PATH",                  \
                        "where the model's score plugin lies, when outside the plugin folder"),    \
        HEED_ROW_STRING(S, m.places.path[HEED_PART_CELL], "cell", NULL, "PATH",                    \
                        "where the model's cell plugin lies, when outside the plugin folder"),     \
        HEED_ROW_LIST(S, m.plugin_dirs, "plugin-dir", "DIR", "search plugins here first")

/* Pairs that such a model is learnt from. */
struct remade_pairs {
    const char *columns, *tag_columns;
    struct heed_tagging tagging;
    int64_t max_line;
    bool skip_bad;
};
#define REMADE_PAIRS_ROWS(S, m)                                                                    \
    COLUMNS_ROW(S, m.columns), TAG_COLUMNS_ROW(S, m.tag_columns), MAX_LINE_ROW(S, m.max_line),     \
        HEED_ROW_SWITCH(S, m.skip_bad, "skip-bad", "off",                                          \
                        "count lines that are not SOURCE<TAB>TARGET in place of stopping")

/* Are both paths one file that is there? */
bool remade_same(const char *a, const char *b);
/* Looks at the output before any work, and loads the model at path (NULL: none was named). Release the model, also
 * after a failure. */
int remade_open(struct remade *r, const char *path, struct heed_err *err) HEED_MUST_USE;
/* The model alone. */
int remade_load(struct remade *r, const char *path, struct heed_err *err) HEED_MUST_USE;
/* Reads the operands' pairs, or standard input's, behind those of c. */
int remade_pairs(struct remade_pairs *p, struct heed_corpus *c, struct heed_err *err) HEED_MUST_USE;
/* Writes it; what the file needs in all. */
int remade_save(struct remade *r, struct heed_err *err) HEED_MUST_USE;

#endif
