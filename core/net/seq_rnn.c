/* seq_rnn.c: the recurrent net: its shape made whole, and its parameters in one fixed order. */
#include <stdio.h>
#include <string.h>

#include "net/seq_rnn.h"

/* --- shape --- */

static int resolve_bridge(struct heed_shape *s, struct heed_err *err)
{
    bool fits = !s->bidirectional && s->encoder_hidden == s->hidden;
    if (s->bridge == HEED_BRIDGE_AUTO)
        s->bridge = fits ? HEED_BRIDGE_COPY : HEED_BRIDGE_DENSE;
    if (s->bridge == HEED_BRIDGE_COPY && !fits)
        return heed_fail(
            err,
            "bridge copy needs an encoder that reads one way and is as wide as the decoder "
            "(encoder-hidden %lld, hidden %lld, bidirectional %s)",
            (long long)s->encoder_hidden, (long long)s->hidden, s->bidirectional ? "on" : "off");
    return 0;
}

static int resolve(struct heed_shape *s, struct heed_err *err)
{
    bool luong = s->decoder == HEED_LUONG || s->decoder == HEED_LUONG_FEED;

    if (s->encoder_hidden == 0) {
        if (s->bidirectional && s->hidden % 2)
            return heed_fail(
                err,
                "hidden %lld is odd: a bidirectional encoder takes half of it a direction; "
                "name encoder-hidden",
                (long long)s->hidden);
        s->encoder_hidden = s->bidirectional ? s->hidden / 2 : s->hidden;
    }
    if (s->embed == 0)
        s->embed = s->hidden;
    if (s->readout == 0)
        s->readout = luong ? s->embed : s->hidden;
    if (!luong && s->readout != s->hidden)
        return heed_fail(
            err,
            "readout %lld: decoder %s has none; its output layer reads the state of width %lld",
            (long long)s->readout, heed_option_word(HEED_DECODER_WORDS, (int)s->decoder),
            (long long)s->hidden);
    if (s->tied == HEED_AUTO)
        s->tied = s->readout == s->embed ? HEED_ON : HEED_OFF;
    if (s->tied == HEED_ON && s->readout != s->embed)
        return heed_fail(err,
                         "tied on needs readout and embed of one width (readout %lld, embed %lld)",
                         (long long)s->readout, (long long)s->embed);
    return resolve_bridge(s, err);
}

static int claims(const struct heed_shape *s, struct heed_claim claims[HEED_CLAIMS_MAX])
{
    bool luong = s->decoder == HEED_LUONG || s->decoder == HEED_LUONG_FEED;
    struct heed_claim last = {.key = "hidden", .size = s->hidden};
    snprintf(last.tensor, sizeof last.tensor, "decoder.%lld.input.weight",
             (long long)s->layers - 1);
    struct heed_claim readout = {"readout.weight", "readout", s->readout};
    if (!luong)
        memcpy(readout.tensor, last.tensor, sizeof readout.tensor);
    claims[0] = (struct heed_claim){"src.embed.weight", "embed", s->embed};
    claims[1] = (struct heed_claim){"tgt.embed.weight", "embed", s->embed};
    claims[2] =
        (struct heed_claim){"encoder.0.forward.input.weight", "encoder-hidden", s->encoder_hidden};
    claims[3] = last;
    claims[4] = readout;
    return 5;
}

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
    struct seq_rnn *r = net->self;
    const struct heed_shape *s = &net->shape;

    r->form = s->decoder;
    r->layers = (int)s->layers;
    r->directions = s->bidirectional ? 2 : 1;
    net->memory_width = s->encoder_hidden * r->directions;
    if (heed_net_open(net, HEED_PART_CELL, err) ||
        (r->form != HEED_PLAIN && heed_net_open(net, HEED_PART_SCORE, err)))
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
            if (setup_rnn(net, &r->encoder[layer][dir], prefix, layer, width, s->encoder_hidden,
                          err))
                return -1;
        }
        width = net->memory_width;
    }
    return 0;
}

/* --- decoder --- */

static void add_bridge(struct heed_net *net, struct seq_rnn *r, int layer)
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

static int add_layers(struct heed_net *net, struct seq_rnn *r, struct heed_err *err)
{
    const struct heed_shape *s = &net->shape;
    for (int layer = 0; layer < r->layers; layer++) {
        char name[64];
        snprintf(name, sizeof name, "decoder.%d", layer);
        if (setup_rnn(net, &r->decoder[layer], name, layer, layer ? s->hidden : s->embed, s->hidden,
                      err))
            return -1;
        add_bridge(net, r, layer);
    }
    return 0;
}

static void add_feed(struct heed_net *net, struct seq_rnn *r)
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
                                    r->decoder[0].cell->n_input_gates * s->hidden, HEED_INIT_XAVIER,
                                    HEED_PARAM_REUSED);
}

static int add_score(struct heed_net *net, struct seq_rnn *r, struct heed_err *err)
{
    r->memory = r->keys = -1;
    if (r->form == HEED_PLAIN)
        return 0;
    if (heed_score_open(&r->score, &net->parts[HEED_PART_SCORE], &net->params, "attention",
                        net->shape.hidden, net->memory_width, err))
        return -1;
    net->score = &r->score;
    net->query_width = net->shape.hidden;
    r->memory = heed_net_slot(net, "memory", HEED_SLOT_SOURCE);
    if (heed_score_has_keys(&r->score))
        r->keys = heed_net_slot(net, "keys", HEED_SLOT_SOURCE);
    return 0;
}

int heed_seq_decoder_build(struct heed_net *net, struct heed_err *err)
{
    struct seq_rnn *r = net->self;
    const struct heed_shape *s = &net->shape;
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

static void release(struct heed_net *net)
{
    struct seq_rnn *r = net->self;
    for (int layer = 0; layer < HEED_LAYERS_MAX; layer++) {
        heed_rnn_release(&r->encoder[layer][0]);
        heed_rnn_release(&r->encoder[layer][1]);
        heed_rnn_release(&r->decoder[layer]);
    }
    heed_layer_close(&r->score);
}

static const char *describe(const struct heed_net *net)
{
    return heed_option_word(HEED_DECODER_WORDS, (int)net->shape.decoder);
}

const struct heed_net_kind heed_net_rnn = {
    .name = "rnn",
    .resolve = resolve,
    .claims = claims,
    .self_size = sizeof(struct seq_rnn),
    .encoder = &heed_seq_encoder,
    .decoder = &heed_seq_decoder,
    .release = release,
    .describe = describe,
};
