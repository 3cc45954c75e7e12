/* score_dot.c: exp(g) q·k / sqrt(d), the scaled dot product (Vaswani et al. 2017). scaled=off:
 * Luong's plain one (2015).
 *
 * The square root is right for components of variance one. The states of a recurrent network are
 * smaller, and their products hardly move a softmax that has been scaled down by ten; so a gain,
 * which begins at one, is learnt (as in TensorFlow's scaled Luong score); gain=off: none. It is
 * multiplied into the keys, once per source. */
#include <math.h>
#include <heed/plugin.h>

static const struct heed_host *heed;

struct dot {
    bool scaled, gain;
    struct heed_tensor *g; /* [1] */
};
static const struct heed_option rows[] = {
    HEED_ROW_SWITCH(struct dot, scaled, "scaled", "on", "divide by the square root of the width"),
    HEED_ROW_SWITCH(struct dot, gain, "gain", "on", "learn a factor; it begins at one"),
    {0},
};

static int setup(void *self, struct heed_setup *s, struct heed_err *err)
{
    struct dot *dot = self;
    if (s->query_width != s->key_width)
        return heed->fail(
            err,
            "score dot: a query of width %lld and a memory of width %lld; the widths must be "
            "equal (score mlp and score general take any)",
            (long long)s->query_width, (long long)s->key_width);
    if (dot->gain)
        dot->g = heed->param(s, "gain", 1, (int64_t[]){1}, HEED_INIT_ZERO, 0, HEED_PARAM_NO_DECAY);
    return 0;
}

static struct heed_tensor *keys(const void *self, const struct heed_keys_call *call)
{
    const struct dot *dot = self;
    return dot->gain ? heed->gain(call->tape, call->memory, dot->g) : call->memory;
}

static struct heed_tensor *score(const void *self, const struct heed_score_call *call)
{
    const struct dot *dot = self;
    float scale = dot->scaled ? 1.0f / sqrtf((float)heed_width(call->query)) : 1.0f;
    return heed->dot_scores(call->tape, call->query, call->keys, scale, call->q_len, call->k_len);
}

HEED_PLUGIN(score_dot, struct heed_score) = {
    .head = HEED_HEAD(score_dot, HEED_KIND_SCORE, struct heed_score, 2, "scaled dot product", rows,
                      sizeof(struct dot)),
    .setup = setup,
    .keys = keys,
    .score = score,
};
