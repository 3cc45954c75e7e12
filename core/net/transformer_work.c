/* transformer_work.c: how much useful arithmetic the transformer is, for speeds that can be compared. */
#include <string.h>

#include "net/transformer.h"

/* What a product with parameter p costs a token: a score's own serve each head. */
static double per_token(const struct heed_param *p, int32_t heads)
{
    return 2.0 * (double)heed_elements(&p->value) * (strstr(p->name, ".score.") ? heads : 1);
}

static bool is_product(const struct heed_param *p, const char *half)
{
    return strncmp(p->name, half, strlen(half)) == 0 && p->value.rank == 2 &&
           !(p->flags & HEED_PARAM_TABLE);
}

/* Of a cross-attention what is multiplied once for each source token: queries' weights are reused. */
static bool of_source(const struct heed_param *p)
{
    return strstr(p->name, ".cross.memory.") ||
           (strstr(p->name, ".cross.score.") && !(p->flags & HEED_PARAM_REUSED));
}

void heed_tf_encoder_work(const struct heed_net *net, struct heed_work *w)
{
    const struct tf_half *half = net->encoder;
    for (size_t i = 0; i < net->params.n; i++)
        if (is_product(net->params.items[i], "encoder."))
            w->encoder += per_token(net->params.items[i], half->heads);
    w->source_pairs += 4.0 * (double)(half->layers * half->width);
}

void heed_tf_decoder_work(const struct heed_net *net, struct heed_work *w)
{
    const struct tf_half *half = net->decoder;
    for (size_t i = 0; i < net->params.n; i++) {
        const struct heed_param *p = net->params.items[i];
        if (is_product(p, "decoder."))
            *(of_source(p) ? &w->keys : &w->decoder) += per_token(p, half->heads);
    }
    w->attention += 4.0 * (double)(half->layers * half->width);
    w->target_pairs += 4.0 * (double)(half->layers * half->width);
}
