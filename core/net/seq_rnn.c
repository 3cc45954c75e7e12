/* seq_rnn.c: the recurrent net as the door wants it: its shape made whole, its tables. */
#include <stdio.h>
#include <string.h>

#include "net/seq_rnn.h"

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

int heed_seq_encoder_resolve(struct heed_shape *s, struct heed_err *err)
{
    if (s->layers == 0)
        s->layers = 1;
    if (s->encoder_hidden == 0) {
        if (s->bidirectional && s->hidden % 2)
            return heed_fail(
                err,
                "hidden %lld is odd: a bidirectional encoder takes half of it a direction; "
                "name encoder-hidden",
                (long long)s->hidden);
        s->encoder_hidden = s->bidirectional ? s->hidden / 2 : s->hidden;
    }
    return 0;
}

int heed_seq_decoder_resolve(struct heed_shape *s, struct heed_err *err)
{
    bool luong = s->decoder == HEED_LUONG || s->decoder == HEED_LUONG_FEED;
    if (s->layers == 0)
        s->layers = 1;
    if (!strcmp(s->score, HEED_SCORE_AUTO))
        s->score = "mlp";
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
    return 0;
}

static int resolve(struct heed_shape *s, struct heed_err *err)
{
    return heed_seq_encoder_resolve(s, err) || heed_seq_decoder_resolve(s, err) ||
                   resolve_bridge(s, err)
               ? -1
               : 0;
}

int heed_seq_encoder_claims(const struct heed_shape *s, struct heed_claim *claims)
{
    claims[0] =
        (struct heed_claim){"encoder.0.forward.input.weight", "encoder-hidden", s->encoder_hidden};
    return 1;
}

int heed_seq_decoder_claims(const struct heed_shape *s, struct heed_claim *claims)
{
    bool luong = s->decoder == HEED_LUONG || s->decoder == HEED_LUONG_FEED;
    struct heed_claim last = {.key = "hidden", .size = s->hidden};
    snprintf(last.tensor, sizeof last.tensor, "decoder.%lld.input.weight",
             (long long)heed_shape_decoder_layers(s) - 1);
    struct heed_claim readout = {"readout.weight", "readout", s->readout};
    if (!luong)
        memcpy(readout.tensor, last.tensor, sizeof readout.tensor);
    claims[0] = last;
    claims[1] = readout;
    return 2;
}

static int claims(const struct heed_shape *s, struct heed_claim claims[HEED_CLAIMS_MAX])
{
    claims[0] = (struct heed_claim){"src.embed.weight", "embed", s->embed};
    claims[1] = (struct heed_claim){"tgt.embed.weight", "embed", s->embed};
    int n = 2 + heed_seq_encoder_claims(s, claims + 2);
    return n + heed_seq_decoder_claims(s, claims + n);
}

bool heed_seq_attends(const struct heed_shape *s)
{
    return s->decoder != HEED_PLAIN;
}

static const char *describe(const struct heed_net *net)
{
    return heed_option_word(HEED_DECODER_WORDS, (int)net->shape.decoder);
}

/* Letters: there are few of them, what matters is what stands around each. Measured in docs/training.md. */
static void suit(struct heed_shape *s)
{
    int64_t hidden = s->hidden ? s->hidden : HEED_HIDDEN;
    if (s->layers || !s->letters || !s->many_times)
        return;
    s->suited = true;
    s->layers = 2;
    if (!s->decoder_layers)
        s->decoder_layers = 1;
    if (!strcmp(s->cell, HEED_CELL_AUTO))
        s->cell = "lstm";
    if (!s->encoder_hidden && s->bidirectional)
        s->encoder_hidden = 3 * hidden / 4;
    bool luong = s->decoder == HEED_LUONG || s->decoder == HEED_LUONG_FEED;
    if (!s->embed && !s->readout &&
        luong) /* whose readout follows it, so that --tied on still fits */
        s->embed = hidden / 2;
}

const struct heed_net_kind heed_net_rnn = {
    .name = "rnn",
    .suit = suit,
    .resolve = resolve,
    .attends = heed_seq_attends,
    .claims = claims,
    .encoder = &heed_seq_encoder,
    .decoder = &heed_seq_decoder,
    .describe = describe,
};
