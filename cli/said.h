/* said.h: what predict and decode know of their lines, and say: counted by kind, told once at the end with
 * the number of the first line, all of it under --stats and --json, and a column of marks. */
#ifndef HEED_CLI_SAID_H
#define HEED_CLI_SAID_H

#include "cli/cli.h"
#include "search/translator.h"

struct said {
    int64_t n_lines, n_ok;
    int64_t n[HEED_NOTES], first[HEED_NOTES]; /* lines; the number of the first, from 1 */
    char why[HEED_ERR_TEXT_MAX];              /* the first broken one is */
    double log_prob;                          /* of the targets of --force */
    int64_t n_forced;                         /* their tokens */
};
/* number: from 0; notes: 1 << enum heed_note. */
void said_line(struct said *s, int64_t number, unsigned notes);
/* Of a line that is broken: what became of it is told with this. */
void said_why(struct said *s, const char *why);
/* The warning of broken lines, n of them. */
void broken_tell(int64_t n, int64_t first, const char *why);
/* A target that was followed. */
void said_forced(struct said *s, double log_prob, int64_t n_tokens);
/* Appends "ok", or "limit,split". */
void said_marks(unsigned notes, struct heed_str *out);
/* One line for each kind there was (not what warn_of_text() of the stage tells); all with --stats. */
void said_tell(const struct said *s);
/* The same as a JSON object in a line on stderr. */
void said_json(const struct said *s, int64_t n_tokens);

#define SAID_JSON_ROW(S, m)                                                                        \
    HEED_ROW_SWITCH(S, m, "json", NULL,                                                            \
                    "what is said of the lines at the end is a JSON object on standard error; a "  \
                    "row of --scores is one with words and log probabilities")

#endif
