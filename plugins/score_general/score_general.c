/* score_general.c: q · (k·W), the bilinear score (Luong et al. 2015,
 * "general"). k·W is made once per source. */
#include <heed/plugin.h>

static const struct heed_host *heed;

struct general {
    struct heed_tensor *w; /* [D,dq] */
};

static int setup(void *self, struct heed_setup *s, struct heed_err *err)
{
    struct general *general = self;
    (void)err;
    general->w =
        heed->param(s, "key", 2, (int64_t[]){s->key_width, s->query_width}, HEED_INIT_XAVIER, 0, 0);
    return 0;
}

static struct heed_tensor *keys(const void *self, const struct heed_keys_call *call)
{
    const struct general *general = self;
    return heed->linear(call->tape, call->memory, general->w, NULL);
}

static struct heed_tensor *score(const void *self, const struct heed_score_call *call)
{
    (void)self;
    return heed->dot_scores(call->tape, call->query, call->keys, 1.0f, call->q_len, call->k_len);
}

HEED_PLUGIN(score_general, struct heed_score) = {
    .head = HEED_HEAD(score_general, HEED_KIND_SCORE, struct heed_score, 1,
                      "bilinear score with a weight matrix", NULL, sizeof(struct general)),
    .setup = setup,
    .keys = keys,
    .score = score,
};
