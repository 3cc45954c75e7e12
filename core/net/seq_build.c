/* seq_build.c: the recurrent net's parameters, in one fixed order, its plugins and its slots. */
#include <math.h>
#include <stdio.h>

#include "net/seq_rnn.h"

/* --- encoder --- */

static int setup_rnn(struct heed_net *net, struct heed_rnn *rnn, const char *prefix, int layer,
                     int64_t input, int64_t hidden, struct heed_err *err)
{
    return heed_rnn_setup(rnn, &net->parts[HEED_PART_CELL], &net->params, prefix, layer, input,
                          hidden, net->shape.initial == HEED_INITIAL_COURSE, err);
}

int heed_seq_encoder_build(struct heed_net *net, struct heed_err *err)
{
    static const char *const directions[] = {"forward", "backward"};
    struct seq_encoder *r = net->encoder;
    const struct heed_shape *s = &net->shape;

    r->layers = (int)s->layers;
    r->directions = s->bidirectional ? 2 : 1;
    net->memory_width = s->encoder_hidden * r->directions;
    if (heed_net_open(net, HEED_PART_CELL, err))
        return -1;
    r->K = ((const struct heed_cell *)net->parts[HEED_PART_CELL].plugin)->n_states;
    net->state_names[0] = "states of the cell";
    net->state_names[1] = "layers and directions";
    net->state_names[2] = "encoder width";
    net->state_dims[0] = r->K;
    net->state_dims[1] = r->layers * r->directions;
    net->state_dims[2] = s->encoder_hidden;
    int64_t width = s->embed;
    for (int layer = 0; layer < r->layers; layer++) {
        for (int dir = 0; dir < r->directions; dir++) {
            char prefix[64];
            snprintf(prefix, sizeof prefix, "encoder.%d.%s", layer, directions[dir]);
            if (setup_rnn(net, &r->rnn[layer][dir], prefix, layer, width, s->encoder_hidden, err))
                return -1;
        }
        width = net->memory_width;
    }
    return 0;
}

/* --- decoder --- */

static void add_bridge(struct heed_net *net, struct seq_decoder *r, int layer)
{
    char name[64];
    for (int k = 0; k < r->K; k++) {
        snprintf(name, sizeof name, "h.%d.%d", layer, k);
        r->h[layer][k] = heed_net_slot(net, name, HEED_SLOT_STEP);
        if (net->shape.bridge != HEED_BRIDGE_DENSE)
            continue;
        snprintf(name, sizeof name, "bridge.%d.%d.weight", layer, k);
        r->bridge_w[layer][k] =
            heed_net_matrix(net, name, net->memory_width, net->shape.hidden, HEED_INIT_XAVIER, 0);
        snprintf(name, sizeof name, "bridge.%d.%d.bias", layer, k);
        r->bridge_b[layer][k] = heed_net_vector(net, name, net->shape.hidden);
    }
}

static int add_layers(struct heed_net *net, struct seq_decoder *r, struct heed_err *err)
{
    const struct heed_shape *s = &net->shape;
    for (int layer = 0; layer < r->layers; layer++) {
        char name[64];
        snprintf(name, sizeof name, "decoder.%d", layer);
        if (setup_rnn(net, &r->rnn[layer], name, layer, layer ? s->hidden : s->embed, s->hidden,
                      err))
            return -1;
        add_bridge(net, r, layer);
    }
    return 0;
}

/* What the course feeds beside the embedding it puts into one vector, of one matrix: its Glorot bound
 * is that of both widths. */
static void draw_as_one(struct heed_net *net, const struct heed_tensor *input,
                        const struct heed_tensor *feed)
{
    double fan_in = (double)(heed_rows(input) + heed_rows(feed));
    const struct heed_tensor *both[] = {input, feed};
    for (size_t i = 0; i < HEED_COUNT(both); i++) {
        struct heed_param *p = net->params.items[both[i]->param];
        p->init = HEED_INIT_UNIFORM;
        p->scale = sqrt(6 / (fan_in + (double)heed_width(input)));
    }
}

static void add_feed(struct heed_net *net, struct seq_decoder *r)
{
    const struct heed_shape *s = &net->shape;
    int64_t width = r->form == HEED_LUONG_FEED ? s->readout
                    : r->form == HEED_LUONG    ? 0
                                               : net->memory_width;
    r->feed = -1;
    if (r->form == HEED_PLAIN || r->form == HEED_LUONG_FEED)
        r->feed = heed_net_slot(net, "feed", HEED_SLOT_STEP);
    if (width)
        r->feed_w = heed_net_matrix(net, "decoder.feed.weight", width,
                                    r->rnn[0].cell->n_input_gates * s->hidden, HEED_INIT_XAVIER,
                                    HEED_PARAM_REUSED);
    if (width && s->initial == HEED_INITIAL_COURSE)
        draw_as_one(net, r->rnn[0].w_input, r->feed_w);
}

static int add_score(struct heed_net *net, struct seq_decoder *r, struct heed_err *err)
{
    r->memory = r->keys = -1;
    if (r->form == HEED_PLAIN)
        return 0;
    if (heed_score_open(&r->score, &net->parts[HEED_PART_SCORE], &net->params, "attention",
                        net->shape.hidden, net->memory_width, 1, err))
        return -1;
    net->attends = true;
    net->score = &r->score;
    net->query_width = net->shape.hidden;
    r->memory = heed_net_slot(net, "memory", HEED_SLOT_SOURCE);
    if (heed_score_has_keys(&r->score))
        r->keys = heed_net_slot(net, "keys", HEED_SLOT_SOURCE);
    return 0;
}

int heed_seq_decoder_build(struct heed_net *net, struct heed_err *err)
{
    struct seq_decoder *r = net->decoder;
    const struct heed_shape *s = &net->shape;
    r->form = s->decoder;
    r->layers = (int)heed_shape_decoder_layers(s);
    if (heed_net_open(net, HEED_PART_CELL, err) ||
        (r->form != HEED_PLAIN && heed_net_open(net, HEED_PART_SCORE, err)))
        return -1;
    r->K = ((const struct heed_cell *)net->parts[HEED_PART_CELL].plugin)->n_states;
    if (add_layers(net, r, err))
        return -1;
    add_feed(net, r);
    if (add_score(net, r, err))
        return -1;
    if (seq_is_luong(r)) {
        r->readout_w =
            heed_net_matrix(net, "readout.weight", s->hidden + net->memory_width, s->readout,
                            HEED_INIT_XAVIER, r->form == HEED_LUONG_FEED ? HEED_PARAM_REUSED : 0);
        r->readout_b = heed_net_vector(net, "readout.bias", s->readout);
    }
    net->readout_width = s->readout;
    return 0;
}

/* --- the end --- */

void heed_seq_encoder_release(struct heed_net *net)
{
    struct seq_encoder *r = net->encoder;
    for (int layer = 0; layer < HEED_LAYERS_MAX; layer++)
        for (int dir = 0; dir < 2; dir++)
            heed_rnn_release(&r->rnn[layer][dir]);
}

void heed_seq_decoder_release(struct heed_net *net)
{
    struct seq_decoder *r = net->decoder;
    for (int layer = 0; layer < HEED_LAYERS_MAX; layer++)
        heed_rnn_release(&r->rnn[layer]);
    heed_layer_close(&r->score);
}
