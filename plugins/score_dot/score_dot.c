/* score_dot.c: q·k / sqrt(d), the scaled dot product (Vaswani et al. 2017); scaled=off: Luong's
 * plain one. */
#include <math.h>
#include "plugin/plugin.h"

static const struct heed_host *heed;

struct dot {
    bool scaled;
};
static const struct heed_option rows[] = {
    {"scaled", 0, HEED_SWITCH, HEED_OPTION_RECORD, offsetof(struct dot, scaled), "on", 0, 0, NULL,
     "divide by the square root of the width"},
    {0},
};

static int setup(void *self, struct heed_setup *s, struct heed_err *err)
{
    (void)self;
    if (s->query_width != s->key_width)
        return heed->fail(
            err,
            "score dot: a query of width %lld and a memory of width %lld; the widths must be "
            "equal (score mlp and score general take any)",
            (long long)s->query_width, (long long)s->key_width);
    return 0;
}

static struct heed_tensor *score(const void *self, const struct heed_score_call *call)
{
    const struct dot *dot = self;
    float scale = dot->scaled ? 1.0f / sqrtf((float)heed_width(call->query)) : 1.0f;
    return heed->dot_scores(call->tape, call->query, call->keys, scale, call->q_len, call->k_len);
}

HEED_PLUGIN(score_dot, struct heed_score) = {
    .head = HEED_HEAD(score_dot, HEED_KIND_SCORE, struct heed_score, 1, "scaled dot product", rows,
                      sizeof(struct dot)),
    .setup = setup,
    .score = score,
};
