/* transformer_block.c: the parts of a layer: norm and sum around each, feed-forward, attention over
 * whole sequences. */
#include "net/transformer.h"

static struct heed_tensor *drop(const struct tf_run *r, struct heed_tensor *x, uint32_t site)
{
    return r->drop ? heed_dropout(r->t, x, r->drop->layer, site, r->row,
                                  heed_drop_time(r->drop, r->time))
                   : x;
}

struct heed_tensor *heed_tf_before(const struct tf_run *r, const struct tf_norm *norm,
                                   struct heed_tensor *x)
{
    return r->half->post ? x : heed_norm(r->t, x, norm->gain, norm->bias);
}

struct heed_tensor *heed_tf_behind(const struct tf_run *r, const struct tf_norm *norm,
                                   struct heed_tensor *x, struct heed_tensor *made, uint32_t site)
{
    x = heed_add(r->t, x, drop(r, made, site));
    return r->half->post ? heed_norm(r->t, x, norm->gain, norm->bias) : x;
}

static struct heed_tensor *activate(const struct tf_run *r, struct heed_tensor *x)
{
    switch (r->half->activation) {
    case HEED_RELU:
        return heed_relu(r->t, x);
    case HEED_GELU:
        return heed_gelu(r->t, x);
    case HEED_SWIGLU:
        break;
    }
    return heed_swiglu(r->t, x);
}

struct heed_tensor *heed_tf_ffn(const struct tf_run *r, const struct tf_layer *layer,
                                struct heed_tensor *x)
{
    struct heed_tensor *made = heed_tf_before(r, &layer->norm, x);
    made = activate(r, heed_linear(r->t, made, layer->in_w, layer->in_b));
    made = heed_linear(r->t, drop(r, made, layer->site), layer->out_w, layer->out_b);
    return heed_tf_behind(r, &layer->norm, x, made, layer->site + 1);
}

/* --- attention over whole sequences --- */

void heed_tf_layout(const struct tf_run *r, struct tf_layout *l, const int32_t *token, bool cross)
{
    int32_t G = r->half->heads;
    int64_t n = (int64_t)l->B * G * l->T;
    for (int k = 0; k < 3; k++)
        l->part[k] = heed_tape_alloc(r->t, sizeof(int32_t) * (size_t)(n + 1));
    l->query = cross ? heed_tape_alloc(r->t, sizeof(int32_t) * (size_t)(n + 1)) : NULL;
    l->back = heed_tape_alloc(r->t, sizeof(int32_t) * (size_t)(r->N * G + 1));
    for (int32_t at = 0; at < n; at++) {
        int32_t head = at / l->T % G, i = token[at / l->T / G * l->T + at % l->T];
        for (int k = 0; k < 3; k++)
            l->part[k][at] = i < 0 ? -1 : (i * 3 + k) * G + head;
        if (cross)
            l->query[at] = i < 0 ? -1 : i * G + head;
        if (i >= 0)
            l->back[i * G + head] = at;
    }
}

struct heed_tensor *heed_tf_attend(const struct tf_run *r, const struct tf_attention *a,
                                   struct heed_attention *call, const struct tf_layout *l,
                                   struct heed_tensor **weights)
{
    int32_t G = r->half->heads;
    call->B = l->B;
    call->Q = l->T;
    call->G = G;
    call->q_len = l->len;
    call->row = l->row;
    call->dropout = r->drop ? r->drop->attention : 0;
    call->site = a->site;
    call->by_products = true;
    call->unseen = !weights;
    struct heed_tensor *context = heed_attend(&a->score, r->t, call);
    if (weights)
        *weights = heed_mean_weights(r->t, call);
    context = heed_gather(r->t, context, l->back, r->N * G);
    return heed_reshape(r->t, context, 2, (int64_t[]){r->N, r->half->width});
}

struct heed_tensor *heed_tf_self(const struct tf_run *r, const struct tf_attention *a,
                                 const struct tf_layout *l, bool causal, struct heed_tensor *x)
{
    struct heed_tensor *part[3],
        *all = heed_linear(r->t, heed_tf_before(r, &a->norm, x), a->in_w, a->in_b); /* [N,3d] */
    all = heed_tf_turn(r, all);
    for (int k = 0; k < 3; k++)
        part[k] = heed_gather(r->t, all, l->part[k], (int64_t)l->B * r->half->heads * l->T);
    struct heed_attention call = {.S = l->T,
                                  .query = part[0],
                                  .keys = heed_score_keys(&a->score, r->t, part[1]),
                                  .value = part[2],
                                  .k_len = l->len,
                                  .causal = causal};
    struct heed_tensor *context = heed_tf_attend(r, a, &call, l, NULL);
    context = heed_linear(r->t, context, a->out_w, a->out_b);
    return heed_tf_behind(r, &a->norm, x, context, a->site + 1);
}
