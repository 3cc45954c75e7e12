/* rows.h: option rows that several commands have. */
#ifndef HEED_CLI_ROWS_H
#define HEED_CLI_ROWS_H

#include "cli/cli.h"

#define MAX_LINE_ROW(S, m)                                                                         \
    HEED_ROW_SIZE(S, m, "max-line", "16M", 1, 1 << 30, "SIZE", "longest line of text in bytes")

#define KEEP_GOING_ROW(S, m, which)                                                                \
    HEED_ROW_SWITCH(S, m, "keep-going", NULL,                                                      \
                    "a line that " which " is an empty one and counted, in place of a failure")

#define ALLOW_DROPPED_ROW(S, m)                                                                    \
    HEED_ROW_REAL(S, m, "allow-dropped", "0.5", 0, 1, "SHARE",                                     \
                  "refuse data of which a larger share of pairs is left out")

/* Of lines in columns (data/columns.h). */
#define COLUMN_ROW(S, m, what)                                                                     \
    HEED_ROW_INT(S, m, "column", "0", 0, 100000, "N",                                              \
                 "column of tab-separated lines that is " what "; 0: the whole line")
#define COLUMNS_ROW(S, m)                                                                          \
    HEED_ROW_STRING(S, m, "columns", NULL, "S,T",                                                  \
                    "columns of tab-separated lines that are source and target, as in 1,2; "       \
                    "without it a line has these two and no more")

#define TAG_COLUMNS_ROW(S, m)                                                                      \
    HEED_ROW_STRING(S, m, "tag-columns", NULL, "N,...",                                            \
                    "columns of tab-separated lines that are tags, each a token in front of the "  \
                    "source: a language, a domain")
#define TAG_ROW(S, m)                                                                              \
    HEED_ROW_STRING(S, m, "tag", NULL, "TAG,...", "the tags of all lines, in place of columns")

/* What becomes of loops in the output (search/loop.h). */
enum loops { LOOPS_GUARD, LOOPS_ALLOW };
#define LOOPS_ROW(S, m)                                                                            \
    HEED_ROW_CHOICE(S, m, "loops", "guard", "guard|allow",                                         \
                    "words that go round in a loop are stopped, but for what the source repeats "  \
                    "itself; or they may go on to the limit of length")

/* Are lines of several sentences split (search/translator.h)? */
enum splitting { SPLIT_AUTO, SPLIT_OFF };
#define SPLIT_ROW(S, m)                                                                            \
    HEED_ROW_CHOICE(S, m, "split", "auto", "auto|off",                                             \
                    "sentence by sentence: lines of several that the training showed none of, or " \
                    "no line")

/* How many threads; m an int64_t, 0: heed_cores(). */
#define JOBS_ROW(S, m)                                                                             \
    HEED_ROW_INT(S, m, "jobs", "0", 0, HEED_LANES_MAX, "N",                                        \
                 "workers: changes the speed, never the result; 0: one for each processor",        \
                 .letter = 'j')

#endif
