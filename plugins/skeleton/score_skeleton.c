/* score_skeleton.c: the template of a score: copy this folder to score_NAME, replace skeleton by
 * NAME in file and content, add score_NAME to plugins/list, write keys() and score();
 * `plugins --check score_NAME` finds the mistakes.
 *
 * It scores q · (k·W + b) / sqrt(d): something of everything,
 * an option, parameters, both halves. */
#include <math.h>
#include <heed/plugin.h>

static const struct heed_host *heed; /* the loader stores the table of functions here */

/* Private data, of one place in a model: options are written into it, setup() keeps its parameters
 * in it. After setup it is only read. */
struct skeleton {
    bool bias;
    struct heed_tensor *w, *b; /* [D,dq] [dq] */
};

/* One row feeds --score skeleton:bias=on, the listing of `plugins`, the model file and the record
 * of the run. */
static const struct heed_option rows[] = {
    HEED_ROW_SWITCH(struct skeleton, bias, "bias", "off", "add a bias to the keys"),
    {0},
};

/* Once for each place in a model: learns the widths, asks for parameters or refuses with
 * heed->fail(err, …). */
static int setup(void *self, struct heed_setup *s, struct heed_err *err)
{
    struct skeleton *skeleton = self;
    (void)err;
    skeleton->w =
        heed->param(s, "key", 2, (int64_t[]){s->key_width, s->query_width}, HEED_INIT_XAVIER, 0, 0);
    if (skeleton->bias)
        skeleton->b = heed->param(s, "bias", 1, (int64_t[]){s->query_width}, HEED_INIT_ZERO, 0,
                                  HEED_PARAM_NO_DECAY);
    return 0;
}

/* Once per source: all that does not depend on the query. Rows [N,D] in any order. Leave it out
 * where there is nothing. */
static struct heed_tensor *keys(const void *self, const struct heed_keys_call *call)
{
    const struct skeleton *skeleton = self;
    return heed->linear(call->tape, call->memory, skeleton->w, skeleton->b);
}

/* At each step, or for all steps at once: query [B,G,Q,dq], keys [B,G,S,dk] -> [B,G,Q,S], each head
 * for itself. Must depend on the query; where it stands in the target is q_position, not its index.
 * Mask, softmax, dropout and the weighted sum come after, and are not yours. */
static struct heed_tensor *score(const void *self, const struct heed_score_call *call)
{
    float scale = 1.0f / sqrtf((float)heed_width(call->query));
    (void)self;
    return heed->dot_scores(call->tape, call->query, call->keys, scale, call->q_len, call->k_len);
}

HEED_PLUGIN(score_skeleton, struct heed_score) = {
    .head = HEED_HEAD(score_skeleton, HEED_KIND_SCORE, struct heed_score, 1,
                      "template of a score: scaled dot product with projected keys", rows,
                      sizeof(struct skeleton)),
    .setup = setup,
    .keys = keys,
    .score = score,
};
