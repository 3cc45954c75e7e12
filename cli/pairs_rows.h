/* pairs_rows.h: option rows of reading pairs (data/pairs.h), which train and doctor have. S is a command's struct, m
 * its member of type struct heed_pairs_options. */
#ifndef HEED_CLI_PAIRS_ROWS_H
#define HEED_CLI_PAIRS_ROWS_H

#include "cli/rows.h"
#include "data/pairs.h"

#define PAIRS_SIDES_ROWS(S, m)                                                                     \
    HEED_ROW_LIST(S, m.src_files, "src", "FILE", "source lines, parallel to --tgt"),               \
        HEED_ROW_LIST(S, m.tgt_files, "tgt", "FILE", "target lines")

#define PAIRS_TOKENIZER_ROWS(S, m)                                                                 \
    HEED_ROW_STRING(S, m.tokenizer, "tokenizer", NULL, "PLUGIN",                                   \
                    "of both sides: sentencepiece, word, char, space; without it chosen by "       \
                    "looking at the lines"),                                                       \
        HEED_ROW_STRING(S, m.src_tokenizer, "src-tokenizer", NULL, "PLUGIN",                       \
                        "of the source side"),                                                     \
        HEED_ROW_STRING(S, m.tgt_tokenizer, "tgt-tokenizer", NULL, "PLUGIN",                       \
                        "of the target side"),                                                     \
        HEED_ROW_CHOICE(S, m.joint, "joint", "auto", "auto|on|off",                                \
                        "one tokenizer and vocabulary for both sides; auto: for a tokenizer that " \
                        "learns its pieces"),                                                      \
        HEED_ROW_STRING(S, m.vocab, "vocab", NULL, "NAME", "joint vocabulary from the store"),     \
        HEED_ROW_COUNT(                                                                            \
            S, m.vocab_size, "vocab-size", "0", 0, 16e6, "N",                                      \
            "pieces in a vocabulary; 0: at most 4000 for a tokenizer that learns them, all for "   \
            "the others"),                                                                         \
        HEED_ROW_COUNT(S, m.min_count, "min-count", "0", 0, 1e12, "N",                             \
                       "occurrences a piece needs, or the learnt pieces of 95 % of a text; 0: 2 "  \
                       "for words, 10 for learnt pieces, else 1")

#define PAIRS_FILTER_ROWS(S, m)                                                                    \
    HEED_ROW_INT(S, m.max_len, "max-len", "100", 0, 65535, "N",                                    \
                 "longest side of a pair in tokens; longer pairs are left out; 0: any"),           \
        HEED_ROW_REAL(S, m.max_ratio, "max-ratio", "9", 0, 1e6, "X",                               \
                      "largest ratio of (tokens + 5) between the sides; 0: any"),                  \
        HEED_ROW_SWITCH(S, m.truncate, "truncate", "off",                                          \
                        "cut long sides to max-len in place of leaving the pair out"),             \
        COLUMNS_ROW(S, m.columns), TAG_COLUMNS_ROW(S, m.tag_columns), MAX_LINE_ROW(S, m.max_line)

#define PAIRS_ALLOW_ROWS(S, m)                                                                     \
    ALLOW_DROPPED_ROW(S, m.allow_dropped),                                                         \
        HEED_ROW_REAL(S, m.allow_unknown, "allow-unknown", "0.5", 0, 1, "SHARE",                   \
                      "refuse data of which a larger share of tokens is unknown"),                 \
        HEED_ROW_REAL(S, m.allow_altered, "allow-altered", "0.01", 0, 1, "SHARE",                  \
                      "refuse a tokenizer that, unasked, gives back a larger share of the "        \
                      "targets altered")

#endif
