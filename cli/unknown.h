/* unknown.h: what becomes of unknown words in the output of predict, decode and detokenize. */
#ifndef HEED_CLI_UNKNOWN_H
#define HEED_CLI_UNKNOWN_H

#include "cli/cli.h"
#include "data/dictionary.h"

enum unknown { UNKNOWN_REPLACE, UNKNOWN_KEEP }; /* the order is that of the words */
struct unknown_options {
    enum unknown how;
    double least; /* weight of attention */
    const char *path;
    struct heed_dictionary dictionary; /* what unknown_open() read */
};
#define UNKNOWN_ROWS(S, m, help)                                                                   \
    HEED_ROW_CHOICE(S, m.how, "unk", "replace", "replace|keep", help),                             \
        HEED_ROW_REAL(                                                                             \
            S, m.least, "unk-weight", "0.2", 0, 1, "W",                                            \
            "attention that a source word needs to stand for an unknown one, which else "          \
            "stays <unk>"),                                                                        \
        HEED_ROW_STRING(S, m.path, "dictionary", NULL, "FILE",                                     \
                        "lines SOURCE<TAB>TARGET: what stands in place of a source word that is "  \
                        "put for an unknown one")

/* Reads the dictionary, where there is to be one. Release it, also after a failure. */
int unknown_open(struct unknown_options *u, struct heed_err *err) HEED_MUST_USE;
void unknown_release(struct unknown_options *u);

#endif
