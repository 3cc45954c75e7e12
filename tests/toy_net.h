/* toy_net.h: the smallest net behind the door, to prove that training and search know no other one
 * by heart: the embedding of the source's first token is the first state; h' = tanh(embedding + h W). */
#ifndef HEED_TESTS_TOY_NET_H
#define HEED_TESTS_TOY_NET_H

#include "net/net.h"

static int toy_resolve(struct heed_shape *s, struct heed_err *e)
{
    (void)e;
    s->embed = s->readout = s->hidden;
    s->tied = HEED_ON;
    return 0;
}

static int toy_build(struct heed_net *net, struct heed_err *e)
{
    int64_t E = net->memory_width = net->readout_width = net->shape.embed;
    (void)e;
    for (int i = 0; i < 3; i++) {
        net->state_dims[i] = i < 2 ? 1 : E;
        net->state_names[i] = "width";
    }
    heed_net_slot(net, "h", HEED_SLOT_STEP);
    *(struct heed_tensor **)net->decoder =
        heed_net_matrix(net, "toy.weight", E, E, HEED_INIT_XAVIER, HEED_PARAM_REUSED);
    return 0;
}

static void toy_encode(const struct heed_net *net, struct heed_tape *t,
                       const struct heed_source *src, const struct heed_dropout_rates *drop,
                       struct heed_memory *out)
{
    int32_t S = (int32_t)out->S, n = src->B * S, *at = heed_tape_alloc(t, sizeof *at * (size_t)n);
    (void)drop;
    for (int32_t i = 0; i < n; i++)
        at[i] = i % S < src->len[i / S] ? src->ids[i / S * src->S + i % S] : 0;
    struct heed_tensor *x = heed_embed(t, net->src_embed, at, n);
    for (int32_t i = 0; i < n; i++)
        at[i] = i % S < src->len[i / S] ? i : -1;
    out->rows = heed_gather(t, x, at, n);
    for (int32_t b = 0; b < src->B; b++)
        at[b] = src->len[b] ? b * S : -1;
    out->state = heed_gather(t, x, at, src->B);
}

static void toy_begin(const struct heed_net *net, struct heed_tape *t,
                      const struct heed_memory *memory, struct heed_state *s)
{
    (void)net;
    heed_state_put(s, 0, heed_scale(t, memory->state, 1, 0));
}

static struct heed_tensor *toy_step(const struct heed_net *net, struct heed_tape *t,
                                    struct heed_state *s, const int32_t *ids,
                                    struct heed_trace *trace)
{
    struct heed_tensor *w = *(struct heed_tensor **)net->decoder, *h = heed_state_get(s, 0, t);
    struct heed_tensor *x = heed_embed(t, net->tgt_embed, ids, s->n);
    (void)trace;
    h = heed_tanh(t, heed_add(t, x, heed_linear(t, h, w, NULL)));
    heed_state_put(s, 0, h);
    return h;
}

static const struct heed_encoder_kind toy_encoder = {.encode = toy_encode};
static const struct heed_decoder_kind toy_decoder = {.self_size = sizeof(struct heed_tensor *),
                                                     .build = toy_build,
                                                     .begin = toy_begin,
                                                     .step = toy_step};
static const struct heed_net_kind toy_net = {
    .name = "toy", .resolve = toy_resolve, .encoder = &toy_encoder, .decoder = &toy_decoder};

#endif
