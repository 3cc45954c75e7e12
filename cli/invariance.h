/* invariance.h: --check-invariance: the user's own model and input, searched again in other ways, must give the same to
 * the bit: tokens, probabilities, scores, text. */
#ifndef HEED_CLI_INVARIANCE_H
#define HEED_CLI_INVARIANCE_H

#include "cli/cli.h"
#include "data/corpus.h"
#include "search/translator.h"

#define INVARIANCE_ROW(S, m)                                                                       \
    HEED_ROW_SWITCH(S, m, "check-invariance", NULL,                                                \
                    "search in other ways too (rows together, order, padding, workers), and say "  \
                    "how many lines differ in each, in place of text; any is a failure")

#define INVARIANCE_WAYS 8
struct invariance {
    bool asked;
    int64_t n_lines, differ[INVARIANCE_WAYS];
};
/* Lines of text, as o has them translated. */
int invariance_lines(struct invariance *v, const struct heed_ensemble *m,
                     const struct heed_corpus *lines, const struct heed_translator_options *o,
                     void *ctx, struct heed_err *err) HEED_MUST_USE;
/* A frame of memory. */
int invariance_frame(struct invariance *v, struct heed_model *m, const struct heed_encoded *x,
                     const struct heed_search_options *o, struct heed_err *err) HEED_MUST_USE;
/* A row for each way: what it is, lines, lines that differ. Any that differs fails. */
int invariance_tell(const struct invariance *v, struct heed_err *err) HEED_MUST_USE;

#endif
