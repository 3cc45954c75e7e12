/* attend.h: what the files of attend share: attend.c is the command, attend_call.c attention of frames
 * that bring queries, keys and values, or scores; attend_score.c a score without a model. */
#ifndef HEED_CLI_ATTEND_H
#define HEED_CLI_ATTEND_H

#include "cli/infer.h"

struct attend {
    struct infer infer; /* with a model */
    struct stage stage;
    const char *mask, *save, *load; /* save, load: files of a score's weights */
    int64_t window, seed;
    bool causal;

    /* without a model: a score alone */
    struct heed_instance instance;
    struct heed_layer own_score;
    struct heed_arena arena;
    struct heed_params params;
    struct heed_lane own_lane;

    const struct heed_layer *score; /* the model's, or our own */
    struct heed_tape *tape;

    double entropy, largest; /* sums over queries, for --stats */
    int64_t n_queries;
};

/* Attention of one frame, to the next stage. */
int attend_call(struct attend *self, const struct heed_doc *frame, struct heed_err *err);
/* Opens the score for these widths, with weights drawn from the seed or loaded; saves them. */
int attend_open_score(struct attend *self, int64_t query_width, int64_t key_width,
                      struct heed_err *err) HEED_MUST_USE;

#endif
