/* searching.h: what predict and decode share of a search: its options, and the way in which hypotheses are told
 * with their scores. */
#ifndef HEED_CLI_SEARCHING_H
#define HEED_CLI_SEARCHING_H

#include "cli/rows.h"
#include "cli/wishes.h"
#include "search/engine.h"
#include "search/found.h"

struct searching {
    int64_t beam, n_best;
    double length_penalty, coverage_penalty;
    int64_t min_len, max_len;
    double min_ratio, max_ratio;
    enum loops loops;
    bool scores, json, confidence;
    const struct heed_confidence *sure; /* the model's */
    bool sample;
    double temperature, top_p;
    int64_t top_k, seed;
    struct wishes wishes;
};
#define SEARCHING_ROWS(S, m)                                                                       \
    HEED_ROW_INT(S, m.beam, "beam", "1", 1, HEED_BEAM_MAX, "N",                                    \
                 "hypotheses under way for a line; 1: the likeliest word at each step",            \
                 .letter = 'b'),                                                                   \
        HEED_ROW_INT(S, m.n_best, "n-best", "1", 1, HEED_BEAM_MAX, "N",                            \
                     "the N best of a line, as --scores does; the beam is at least N"),            \
        HEED_ROW_SWITCH(S, m.scores, "scores", NULL,                                               \
                        "rows of line number, rank, score and text, a tab between"),               \
        HEED_ROW_SWITCH(S, m.confidence, "confidence", NULL,                                       \
                        "a column before the text: how sure one may be of it, from 0 to 1, as "    \
                        "calibrate found"),                                                        \
        HEED_ROW_REAL(S, m.length_penalty, "length-penalty", "1", 0, 10, "A",                      \
                      "the score is the log probability of the words and the end, divided by "     \
                      "their number to the power of A"),                                           \
        HEED_ROW_REAL(S, m.coverage_penalty, "coverage-penalty", "0", 0, 10, "B",                  \
                      "and B times the sum, over the source, of the log of the attention that a "  \
                      "word got in all, where that is below 1"),                                   \
        HEED_ROW_INT(S, m.min_len, "min-len", "0", 0, 65535, "N",                                  \
                     "tokens of an output at least, where the longest allows it"),                 \
        HEED_ROW_INT(S, m.max_len, "max-len", "0", 0, 65535, "N",                                  \
                     "tokens of an output at most; 0: as training showed, by the length of the "   \
                     "source"),                                                                    \
        HEED_ROW_REAL(S, m.min_ratio, "min-ratio", "0", 0, 1000, "R",                              \
                      "and at least R for each token of the source"),                              \
        HEED_ROW_REAL(S, m.max_ratio, "max-ratio", "0", 0, 1000, "R",                              \
                      "and at most R for each token of the source; 0: no such rule"),              \
        HEED_ROW_SWITCH(S, m.sample, "sample", NULL,                                               \
                        "words are drawn by chance; with --n-best so many times"),                 \
        HEED_ROW_REAL(S, m.temperature, "temperature", "1", 0, 100, "T",                           \
                      "of --sample: probabilities to the power of 1/T",                            \
                      .flags = HEED_OPTION_EXCL_MIN),                                              \
        HEED_ROW_INT(S, m.top_k, "top-k", "0", 0, 16000000, "N",                                   \
                     "of --sample: one of the N likeliest words; 0: of all"),                      \
        HEED_ROW_REAL(S, m.top_p, "top-p", "1", 0, 1, "P",                                         \
                      "of --sample: one of the fewest words that have this share of probability",  \
                      .flags = HEED_OPTION_EXCL_MIN),                                              \
        HEED_ROW_INT(S, m.seed, "seed", "1", 0, 1e15, "N",                                         \
                     "of --sample: the same seed and line number, the same text", .letter = 's'),  \
        WISHES_ROWS(S, m.wishes), LOOPS_ROW(S, m.loops)

/* What the options say, for this model; reads the files that they name. */
int searching_start(struct searching *s, const struct heed_model *m, struct heed_search_options *o,
                    struct heed_err *err) HEED_MUST_USE;
/* Are there rows with scores in place of text? */
bool searching_tells(const struct searching *s);
/* Appends the confidence in what was found and a tab. */
void searching_confidence(const struct searching *s, const struct heed_found *f,
                          struct heed_str *out);
/* Appends the row of one hypothesis, without LF: line from 0, rank from 1. Words: of v. */
void searching_row(const struct searching *s, int64_t line, int64_t rank,
                   const struct heed_found *f, const struct heed_vocab *v, struct heed_str *out);

#endif
