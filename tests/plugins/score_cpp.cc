/* score_cpp.cc: exp(g) q·k / sqrt(d) in C++17: the public headers and their macros as C++. */
#include <cmath>
#include <heed/plugin.h>

static const struct heed_host *heed;

namespace
{

struct cpp {
    bool gain;
    int64_t base;
    heed_tensor *g; /* [1] */
};

const heed_option rows[] = {
    HEED_ROW_SWITCH(cpp, gain, "gain", "on", "learn a factor; it begins at one"),
    HEED_ROW_INT(cpp, base, "base", "1", 1, 8, "N", "divide by N times the square root of the width",
                 'b', HEED_OPTION_HIDDEN, "1"),
    {},
};

int setup(void *self, heed_setup *s, heed_err *err)
{
    auto *own = static_cast<cpp *>(self);
    const int64_t one = 1;
    if (s->query_width != s->key_width)
        return heed->fail(err, "score cpp: widths %d and %d", int(s->query_width),
                          int(s->key_width));
    if (own->gain)
        own->g = heed->param(s, "gain", 1, &one, HEED_INIT_ZERO, 0, HEED_PARAM_NO_DECAY);
    return 0;
}

heed_tensor *keys(const void *self, const heed_keys_call *call)
{
    const auto *own = static_cast<const cpp *>(self);
    return own->gain ? heed->gain(call->tape, call->memory, own->g) : call->memory;
}

heed_tensor *score(const void *self, const heed_score_call *call)
{
    const auto *own = static_cast<const cpp *>(self);
    const float scale = 1.0f / (float(own->base) * std::sqrt(float(heed_width(call->query))));
    return heed->dot_scores(call->tape, call->query, call->keys, scale, call->q_len, call->k_len);
}

} // namespace

HEED_PLUGIN(score_cpp, heed_score) = {HEED_HEAD(score_cpp, HEED_KIND_SCORE, heed_score, 1,
                                                "scaled dot product, written in C++", rows,
                                                sizeof(cpp)),
                                      0,
                                      setup,
                                      keys,
                                      score,
                                      nullptr};
