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
    {.name = "model",                                                                              \
     .letter = 'm',                                                                                \
     .type = HEED_STRING,                                                                          \
     .offset = offsetof(S, m.model),                                                               \
     .unit = "MODEL",                                                                              \
     .help = "take tokenizers and vocabularies from this model's file"},                           \
        {.name = "vocab",                                                                          \
         .type = HEED_STRING,                                                                      \
         .offset = offsetof(S, m.vocab),                                                           \
         .unit = "NAME",                                                                           \
         .help = "vocabulary of both sides, from the store"},                                      \
        {.name = "src-vocab",                                                                      \
         .type = HEED_STRING,                                                                      \
         .offset = offsetof(S, m.src_vocab),                                                       \
         .unit = "NAME",                                                                           \
         .help = "vocabulary of the source side, from the store"},                                 \
        {.name = "tgt-vocab",                                                                      \
         .type = HEED_STRING,                                                                      \
         .offset = offsetof(S, m.tgt_vocab),                                                       \
         .unit = "NAME",                                                                           \
         .help = "vocabulary of the target side, from the store"},                                 \
    {                                                                                              \
        .name = "plugin-dir", .type = HEED_LIST, .offset = offsetof(S, m.plugin_dirs),             \
        .unit = "DIR", .help = "search plugins here first"                                         \
    }

/* Which sides are wanted: 1 source, 2 target, 3 both. stream: the head of the
 * stream that was read, where the options name nothing; NULL when there is
 * none. model: fingerprint of the model, or "". */
int sides_open(struct heed_sides *s, const struct sides_options *o, int which,
               const struct heed_doc *stream, char model[65], struct heed_err *err);

#endif
