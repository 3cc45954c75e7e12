/* score_mlp.c: v · tanh(q·Wq + k·Wk), the additive score (Bahdanau et al. 2015),
 * without biases. k·Wk is made once per source; tanh must come after the sum, or
 * the weights would not depend on the query. */
#include <heed/plugin.h>

static const struct heed_host *heed;

struct mlp {
    int64_t hidden;
    struct heed_tensor *wq, *wk, *v; /* [dq,A] [D,A] [A] */
};
static const struct heed_option rows[] = {
    HEED_ROW_INT(struct mlp, hidden, "hidden", "0", 0, 1 << 16, "N",
                 "width of the hidden layer; 0: the width of the query"),
    {0},
};

static int setup(void *self, struct heed_setup *s, struct heed_err *err)
{
    struct mlp *mlp = self;
    int64_t hidden = mlp->hidden ? mlp->hidden : s->query_width;
    (void)err;
    mlp->wq = heed->param(s, "query", 2, (int64_t[]){s->query_width, hidden}, HEED_INIT_XAVIER, 0,
                          HEED_PARAM_REUSED);
    mlp->wk = heed->param(s, "key", 2, (int64_t[]){s->key_width, hidden}, HEED_INIT_XAVIER, 0, 0);
    mlp->v = heed->param(s, "energy", 1, (int64_t[]){hidden}, HEED_INIT_XAVIER, 0, 0);
    return 0;
}

static struct heed_tensor *keys(const void *self, const struct heed_keys_call *call)
{
    const struct mlp *mlp = self;
    return heed->linear(call->tape, call->memory, mlp->wk, NULL);
}

static struct heed_tensor *score(const void *self, const struct heed_score_call *call)
{
    const struct mlp *mlp = self;
    struct heed_tensor *q = heed->linear(call->tape, call->query, mlp->wq, NULL);
    return heed->tanh_scores(call->tape, q, call->keys, mlp->v, call->q_len, call->k_len);
}

HEED_PLUGIN(score_mlp, struct heed_score) = {
    .head = HEED_HEAD(score_mlp, HEED_KIND_SCORE, struct heed_score, 1,
                      "additive score of a hidden layer", rows, sizeof(struct mlp)),
    .setup = setup,
    .keys = keys,
    .score = score,
};
