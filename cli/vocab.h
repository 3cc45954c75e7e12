/* vocab.h: parts of the command vocab that stand in files of their own. */
#ifndef HEED_CLI_VOCAB_H
#define HEED_CLI_VOCAB_H

#include "cli/cli.h"
#include "data/text.h"

/* The order is that of the words of --side; the number tells which sides of pairs. */
enum vocab_side { VOCAB_TEXT, VOCAB_SRC, VOCAB_TGT, VOCAB_JOINT, VOCAB_UNSET = -1 };

struct vocab_options {
    enum vocab_side side;
    const char *tokenizer, *output;
    int64_t size, min_count, max_line;
    bool force, skip_bad;
    struct heed_list plugin_dirs;
};

/* Learns one side from files (none: standard input). */
int vocab_learn(const struct vocab_options *o, const char *const *files, size_t n_files,
                struct heed_side *out, struct heed_err *err);
/* "ID<TAB>PIECE<TAB>COUNT" lines on the data descriptor; tab and
 * backslash of a piece as \t and \\. */
void vocab_put_text(const struct heed_vocab *v);
/* A file that export wrote: such lines (spec says which tokenizer), or a document. */
int vocab_read_file(const char *path, const char *spec, struct heed_side *out,
                    struct heed_err *err);

#endif
