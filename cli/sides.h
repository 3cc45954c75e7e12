/* sides.h: tokenizers and vocabularies for the light commands: from a model's file, the store, or a
 * stream that carries them. */
#ifndef HEED_CLI_SIDES_H
#define HEED_CLI_SIDES_H

#include "cli/cli.h"
#include "data/text.h"

struct sides_options {
    const char *model, *vocab, *src_vocab, *tgt_vocab;
    struct heed_list plugin_dirs;
};
#define SIDES_ROWS(S, m)                                                                           \
    HEED_ROW_STRING(S, m.model, "model", NULL, "MODEL",                                            \
                    "take tokenizers and vocabularies from this model's file", .letter = 'm'),     \
        HEED_ROW_STRING(S, m.vocab, "vocab", NULL, "NAME",                                         \
                        "vocabulary of both sides, from the store"),                               \
        HEED_ROW_STRING(S, m.src_vocab, "src-vocab", NULL, "NAME",                                 \
                        "vocabulary of the source side, from the store"),                          \
        HEED_ROW_STRING(S, m.tgt_vocab, "tgt-vocab", NULL, "NAME",                                 \
                        "vocabulary of the target side, from the store"),                          \
        HEED_ROW_LIST(S, m.plugin_dirs, "plugin-dir", "DIR", "search plugins here first")

/* Which sides are wanted: 1 source, 2 target, 3 both. stream: the head of the
 * stream that was read, where the options name nothing; NULL when there is
 * none. model: fingerprint of the model, or "". */
int sides_open(struct heed_sides *s, const struct sides_options *o, int which,
               const struct heed_doc *stream, char model[65], struct heed_err *err);

#endif
