/* score.h: what the files that prove scores share: score_call.c below, score_same.c, score.c above.
 */
#ifndef HEED_PROVE_SCORE_H
#define HEED_PROVE_SCORE_H

#include "prove/parts.h"

/* Queries [b,g,q,d], memory [b,g,s,d], both of width d. */
struct score_sizes {
    int64_t b, g, q, s, d;
};
struct score_call {
    struct score_sizes n;
    const float *query, *memory;
    const int32_t *k_len, *q_len; /* [b]; q_len may be NULL */
    const int32_t *position;      /* [b,q] */
};
struct score_result {
    float *scores, *weights; /* [b,g,q,s], malloc'ed */
};

static inline int64_t score_results(const struct score_sizes *n)
{
    return n->b * n->g * n->q * n->s;
}

/* On the tape: query and memory as above, memory as rows [b*g*s,d] -> scores and weights in out.
 * The plugin's shapes are checked. */
int heed_check_score_apply(const struct check_world *w, int layer, struct heed_tape *t,
                           const struct score_call *c, struct heed_tensor *query,
                           struct heed_tensor *memory, struct heed_tensor **out,
                           struct heed_err *err) HEED_MUST_USE;
/* In inference; inputs must stay as they were. On failure nothing is to be released. */
int heed_check_score_run(struct check_world *w, int layer, const struct score_call *c,
                         struct score_result *r, struct heed_err *err) HEED_MUST_USE;
void heed_check_score_release(struct score_result *r);

/* score_same.c: the properties of one sample, changed in one thing at a time. */
void heed_check_score_same(struct check *c);

#endif
