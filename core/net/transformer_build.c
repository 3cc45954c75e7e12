/* transformer_build.c: the transformer's parameters, in one fixed order, its scores and its slots. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "net/transformer.h"

/* Of one half: "encoder", "decoder". */
struct building {
    struct heed_net *net;
    struct tf_half *half;
    const char *name;
};

HEED_PRINTF(3, 4) static void named(char name[80], const struct building *b, const char *fmt, ...)
{
    va_list ap;
    int n = snprintf(name, 80, "%s.", b->name);
    va_start(ap, fmt);
    vsnprintf(name + n, 80 - (size_t)n, fmt, ap);
    va_end(ap);
}

static void add_linear(const struct building *b, const char *what, int64_t in, int64_t out,
                       struct heed_tensor **w, struct heed_tensor **bias)
{
    char name[80];
    named(name, b, "%s.weight", what);
    *w = heed_net_matrix(b->net, name, in, out, HEED_INIT_XAVIER, 0);
    named(name, b, "%s.bias", what);
    *bias = heed_net_vector(b->net, name, out);
}

static void add_norm(const struct building *b, const char *what, struct tf_norm *norm)
{
    char name[80];
    named(name, b, "%s.gain", what);
    norm->gain = heed_net_vector(b->net, name, b->half->width);
    b->net->params.items[norm->gain->param]->init = HEED_INIT_ONE;
    named(name, b, "%s.bias", what);
    if (b->net->shape.norm == HEED_NORM_LAYER)
        norm->bias = heed_net_vector(b->net, name, b->half->width);
}

static int add_score(const struct building *b, const char *what, struct tf_attention *a,
                     struct heed_err *err)
{
    char name[80];
    int64_t head = b->half->width / b->half->heads;
    named(name, b, "%s.score", what);
    return heed_score_open(&a->score, &b->net->parts[HEED_PART_SCORE], &b->net->params, name, head,
                           head, b->half->heads, err);
}

static int add_self(const struct building *b, int layer, struct tf_attention *a,
                    struct heed_err *err)
{
    char what[40];
    int64_t d = b->half->width;
    snprintf(what, sizeof what, "%d.self.norm", layer);
    add_norm(b, what, &a->norm);
    snprintf(what, sizeof what, "%d.self.input", layer);
    add_linear(b, what, d, 3 * d, &a->in_w, &a->in_b);
    snprintf(what, sizeof what, "%d.self.output", layer);
    add_linear(b, what, d, d, &a->out_w, &a->out_b);
    snprintf(what, sizeof what, "%d.self", layer);
    return add_score(b, what, a, err);
}

static int add_cross(const struct building *b, int layer, struct tf_attention *a,
                     struct heed_err *err)
{
    char what[40];
    int64_t d = b->half->width;
    snprintf(what, sizeof what, "%d.cross.norm", layer);
    add_norm(b, what, &a->norm);
    snprintf(what, sizeof what, "%d.cross.query", layer);
    add_linear(b, what, d, d, &a->in_w, &a->in_b);
    snprintf(what, sizeof what, "%d.cross.memory", layer);
    add_linear(b, what, b->net->memory_width, 2 * d, &a->memory_w, &a->memory_b);
    snprintf(what, sizeof what, "%d.cross.output", layer);
    add_linear(b, what, d, d, &a->out_w, &a->out_b);
    snprintf(what, sizeof what, "%d.cross", layer);
    return add_score(b, what, a, err);
}

static void add_ffn(const struct building *b, int number, struct tf_layer *layer)
{
    char what[40];
    int64_t d = b->half->width, inner = b->net->shape.ffn;
    snprintf(what, sizeof what, "%d.ffn.norm", number);
    add_norm(b, what, &layer->norm);
    snprintf(what, sizeof what, "%d.ffn.input", number);
    add_linear(b, what, d, b->half->activation == HEED_SWIGLU ? 2 * inner : inner, &layer->in_w,
               &layer->in_b);
    snprintf(what, sizeof what, "%d.ffn.output", number);
    add_linear(b, what, inner, d, &layer->out_w, &layer->out_b);
}

static int begin_half(const struct building *b, int64_t layers, struct heed_err *err)
{
    const struct heed_shape *s = &b->net->shape;
    struct tf_half *half = b->half;
    half->layers = (int)layers;
    half->heads = (int32_t)s->heads;
    half->width = s->hidden;
    half->post = s->norm_place == HEED_NORM_POST;
    half->activation = s->activation;
    half->positions = s->positions;
    if (half->positions == HEED_LEARNT) {
        char name[80];
        named(name, b, "position.weight");
        half->position = heed_params_add(
            &b->net->params, name, 2, (int64_t[]){HEED_POSITIONS_LEARNT, half->width},
            HEED_INIT_NORMAL, 0.02, HEED_PARAM_TABLE | HEED_PARAM_NO_DECAY);
    }
    half->table = heed_tf_table(half);
    return heed_net_open(b->net, HEED_PART_SCORE, err);
}

static uint32_t site_of(int layer, bool decoder, enum heed_block_site place)
{
    return HEED_SITE_BLOCKS + ((uint32_t)layer * 2 + decoder) * HEED_SITES_BLOCK + place;
}

static int add_layers(const struct building *b, bool decoder, struct heed_err *err)
{
    struct tf_half *half = b->half;
    for (int i = 0; i < half->layers; i++) {
        struct tf_layer *layer = &half->layer[i];
        layer->self.site = site_of(i, decoder, HEED_BLOCK_SELF_WEIGHTS);
        layer->cross.site = site_of(i, decoder, HEED_BLOCK_CROSS_WEIGHTS);
        layer->site = site_of(i, decoder, HEED_BLOCK_INNER);
        if (add_self(b, i, &layer->self, err) || (decoder && add_cross(b, i, &layer->cross, err)))
            return -1;
        add_ffn(b, i, layer);
    }
    if (!half->post)
        add_norm(b, "norm", &half->last);
    return 0;
}

int heed_tf_encoder_build(struct heed_net *net, struct heed_err *err)
{
    struct building b = {net, net->encoder, "encoder"};
    net->memory_width = net->shape.hidden;
    for (int i = 0; i < 3 && net->kind->decoder->wants_state; i++) {
        net->state_names[i] = "width of the mean";
        net->state_dims[i] = i < 2 ? 1 : net->shape.hidden;
    }
    return begin_half(&b, net->shape.layers, err) || add_layers(&b, false, err) ? -1 : 0;
}

static void add_slots(struct heed_net *net, struct tf_half *half)
{
    char name[40];
    for (int i = 0; i < half->layers; i++) {
        struct tf_layer *layer = &half->layer[i];
        snprintf(name, sizeof name, "self.%d.keys", i);
        layer->self.keys = heed_net_slot(net, name, HEED_SLOT_HISTORY);
        snprintf(name, sizeof name, "self.%d.values", i);
        layer->self.values = heed_net_slot(net, name, HEED_SLOT_HISTORY);
        net->history_width += 2 * net->shape.hidden;
        snprintf(name, sizeof name, "cross.%d.keys", i);
        layer->cross.keys = heed_net_slot(net, name, HEED_SLOT_SOURCE);
        snprintf(name, sizeof name, "cross.%d.values", i);
        layer->cross.values = heed_net_slot(net, name, HEED_SLOT_SOURCE);
    }
}

int heed_tf_decoder_build(struct heed_net *net, struct heed_err *err)
{
    struct building b = {net, net->decoder, "decoder"};
    if (begin_half(&b, heed_shape_decoder_layers(&net->shape), err) || add_layers(&b, true, err))
        return -1;
    add_slots(net, b.half);
    net->attends = true;
    net->readout_width = net->shape.hidden;
    return 0;
}

static void release(struct tf_half *half)
{
    for (int i = 0; i < HEED_LAYERS_MAX; i++) {
        heed_layer_close(&half->layer[i].self.score);
        heed_layer_close(&half->layer[i].cross.score);
    }
    free(half->table);
}

void heed_tf_encoder_release(struct heed_net *net)
{
    release(net->encoder);
}

void heed_tf_decoder_release(struct heed_net *net)
{
    release(net->decoder);
}
