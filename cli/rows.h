/* rows.h: option rows that several commands have. */
#ifndef HEED_CLI_ROWS_H
#define HEED_CLI_ROWS_H

#include "cli/cli.h"

#define MAX_LINE_ROW(S, m)                                                                         \
    HEED_ROW_SIZE(S, m, "max-line", "16M", 1, 1 << 30, "SIZE", "longest line of text in bytes")

/* What becomes of unknown words in the output; the order is that of the words. */
enum unknown { UNKNOWN_REPLACE, UNKNOWN_KEEP };
#define UNKNOWN_ROW(S, m, help) HEED_ROW_CHOICE(S, m, "unk", "replace", "replace|keep", help)

/* What becomes of loops in the output (search/loop.h). */
enum loops { LOOPS_GUARD, LOOPS_ALLOW };
#define LOOPS_ROW(S, m)                                                                            \
    HEED_ROW_CHOICE(S, m, "loops", "guard", "guard|allow",                                         \
                    "words that go round in a loop are stopped, but for what the source repeats "  \
                    "itself; or they may go on to the limit of length")

#endif
