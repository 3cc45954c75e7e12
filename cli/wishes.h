/* wishes.h: what predict and decode are told of their targets, line by line of files beside the source: targets to
 * follow, prefixes, terms that must be there; and phrases that may be nowhere. */
#ifndef HEED_CLI_WISHES_H
#define HEED_CLI_WISHES_H

#include "cli/cli.h"
#include "search/engine.h"

struct wished { /* phrases of a file; of its lines, or of their columns */
    const char *path;
    struct heed_phrase *phrases;
    size_t n, cap;
    size_t *first; /* of each line; of terms alone */
    size_t n_lines, cap_lines;
};
struct wishes {
    int64_t column; /* of the lines to follow */
    struct wished force, prefix, terms, forbidden;
};
#define WISHES_ROWS(S, m)                                                                          \
    HEED_ROW_STRING(S, m.force.path, "force", NULL, "FILE",                                        \
                    "follow these target lines in place of choosing words; gives their "           \
                    "probabilities, and at the end their perplexity"),                             \
        HEED_ROW_STRING(S, m.prefix.path, "prefix", NULL, "FILE",                                  \
                        "a line for each line: how its output begins"),                            \
        HEED_ROW_STRING(S, m.terms.path, "terms", NULL, "FILE",                                    \
                        "a line for each line: what its output must have in it, a tab between "    \
                        "terms; without --beam it is 10"),                                         \
        HEED_ROW_STRING(S, m.forbidden.path, "forbid", NULL, "FILE",                               \
                        "what no output may have in it, a phrase a line")

/* Reads the files, as tokens of this side. */
int wishes_read(struct wishes *w, const struct heed_side *side, struct heed_err *err) HEED_MUST_USE;
void wishes_release(struct wishes *w);
/* Is anything asked for line by line? */
bool wishes_any(const struct wishes *w);
/* Of line `line`; where a file has none so far is an error. */
int wishes_line(const struct wishes *w, int64_t line, struct heed_wish *wish,
                struct heed_phrase *force, struct heed_err *err) HEED_MUST_USE;

#endif
