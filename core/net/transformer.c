/* transformer.c: the transformer as the door wants it, and both halves of it with those of the recurrent
 * net: a transformer reads, which sees the whole source at once, and a recurrent decoder, which is quick a
 * step, writes (Chen et al. 2018); and the reverse. */
#include <stdio.h>
#include <string.h>

#include "net/seq_rnn.h"
#include "net/transformer.h"

#define HEAD_WIDTH 64
#define RATE       0.001

/* Sizes by the pairs, of which few are soon known by heart; a width that is given has its layers. */
static const struct {
    int64_t pairs, hidden, layers;
} sizes[] = {{0, 128, 2}, {20000, 256, 3}, {1000000, 512, 6}};

static const struct heed_setting presets[] = {
    {"tiny", "net", "transformer"}, {"tiny", "hidden", "128"},
    {"tiny", "layers", "2"},        {"small", "net", "transformer"},
    {"small", "hidden", "256"},     {"small", "layers", "3"},
    {"base", "net", "transformer"}, {"base", "hidden", "512"},
    {"base", "layers", "6"},        {0},
};

static void suit(struct heed_shape *s)
{
    size_t i = s->n_pairs || s->hidden ? 0 : 1;
    while (i + 1 < HEED_COUNT(sizes) &&
           (s->hidden ? s->hidden >= sizes[i + 1].hidden : s->n_pairs >= sizes[i + 1].pairs))
        i++;
    if (s->hidden == 0)
        s->hidden = sizes[i].hidden;
    if (s->layers == 0)
        s->layers = sizes[i].layers;
}

/* The recurrent half has one layer where nothing is said. */
static void suit_reads(struct heed_shape *s)
{
    if (s->decoder_layers == 0)
        s->decoder_layers = s->layers ? s->layers : 1;
    suit(s);
}

static void suit_writes(struct heed_shape *s)
{
    int64_t given = s->layers;
    suit(s);
    if (s->decoder_layers == 0)
        s->decoder_layers = s->layers;
    s->layers = given ? given : 1;
}

/* As many heads as are about HEAD_WIDTH wide and divide it. */
static int64_t heads_of(int64_t hidden)
{
    int64_t heads = HEED_MIN(HEED_MAX(1, hidden / HEAD_WIDTH), 64);
    while (hidden % heads)
        heads--;
    return heads;
}

static int check_heads(const struct heed_shape *s, struct heed_err *err)
{
    if (s->hidden % s->heads)
        return heed_fail(err, "hidden %lld is not divided by %lld heads", (long long)s->hidden,
                         (long long)s->heads);
    if (s->positions == HEED_ROTARY && s->hidden / s->heads % 2)
        return heed_fail(err,
                         "positions rotary need heads of an even width (hidden %lld, heads %lld)",
                         (long long)s->hidden, (long long)s->heads);
    return 0;
}

/* Of either half. */
static int resolve_common(struct heed_shape *s, struct heed_err *err)
{
    if (s->heads == 0)
        s->heads = heads_of(s->hidden);
    if (s->ffn == 0)
        s->ffn = s->activation == HEED_SWIGLU ? (s->hidden * 8 / 3 + 7) / 8 * 8 : s->hidden * 4;
    if (s->embed == 0)
        s->embed = s->hidden;
    if (s->embed != s->hidden)
        return heed_fail(err, "embed %lld: a transformer's embeddings are as wide as hidden, %lld",
                         (long long)s->embed, (long long)s->hidden);
    return check_heads(s, err);
}

static int resolve_decoder(struct heed_shape *s, struct heed_err *err)
{
    if (s->readout == 0)
        s->readout = s->hidden;
    if (s->readout != s->hidden)
        return heed_fail(err,
                         "readout %lld: a transformer has none; its output layer reads rows of "
                         "width %lld",
                         (long long)s->readout, (long long)s->hidden);
    if (s->tied == HEED_AUTO)
        s->tied = HEED_ON;
    if (!strcmp(s->score, HEED_SCORE_AUTO))
        s->score = "dot:gain=off"; /* the products in front of it learn any factor */
    return resolve_common(s, err);
}

/* What belongs to recurrent halves says nothing here; it stands in the file as it came. */
static int resolve(struct heed_shape *s, struct heed_err *err)
{
    if (s->encoder_hidden == 0)
        s->encoder_hidden = s->hidden;
    if (s->bridge == HEED_BRIDGE_AUTO)
        s->bridge = HEED_BRIDGE_COPY;
    return resolve_decoder(s, err);
}

static int resolve_reads(struct heed_shape *s, struct heed_err *err)
{
    if (s->encoder_hidden == 0)
        s->encoder_hidden = s->hidden;
    if (s->bridge == HEED_BRIDGE_AUTO)
        s->bridge = HEED_BRIDGE_DENSE;
    if (s->bridge == HEED_BRIDGE_COPY)
        return heed_fail(err, "bridge copy needs an encoder with states of its own");
    return resolve_common(s, err) || heed_seq_decoder_resolve(s, err) ? -1 : 0;
}

static int resolve_writes(struct heed_shape *s, struct heed_err *err)
{
    if (s->bridge == HEED_BRIDGE_AUTO)
        s->bridge = HEED_BRIDGE_COPY;
    return heed_seq_encoder_resolve(s, err) || resolve_decoder(s, err) ? -1 : 0;
}

/* --- what a file's tensors must bear out --- */

static int embeds(const struct heed_shape *s, struct heed_claim *claims)
{
    claims[0] = (struct heed_claim){"src.embed.weight", "embed", s->embed};
    claims[1] = (struct heed_claim){"tgt.embed.weight", "embed", s->embed};
    return 2;
}

/* The last layer of a half: its tensors are as wide as the shape says. */
static int half_claims(const struct heed_shape *s, const char *half, int64_t layers,
                       struct heed_claim *claims)
{
    claims[0] = (struct heed_claim){.key = "ffn", .size = s->ffn};
    snprintf(claims[0].tensor, sizeof claims[0].tensor, "%s.%lld.ffn.input.weight", half,
             (long long)layers - 1);
    claims[1] = (struct heed_claim){.key = "hidden", .size = s->hidden};
    snprintf(claims[1].tensor, sizeof claims[1].tensor, "%s.%lld.ffn.output.weight", half,
             (long long)layers - 1);
    return 2;
}

static int claims(const struct heed_shape *s, struct heed_claim claims[HEED_CLAIMS_MAX])
{
    int n = embeds(s, claims);
    n += half_claims(s, "encoder", s->layers, claims + n);
    return n + half_claims(s, "decoder", heed_shape_decoder_layers(s), claims + n);
}

static int claims_reads(const struct heed_shape *s, struct heed_claim claims[HEED_CLAIMS_MAX])
{
    int n = embeds(s, claims);
    n += half_claims(s, "encoder", s->layers, claims + n);
    return n + heed_seq_decoder_claims(s, claims + n);
}

static int claims_writes(const struct heed_shape *s, struct heed_claim claims[HEED_CLAIMS_MAX])
{
    int n = embeds(s, claims);
    n += heed_seq_encoder_claims(s, claims + n);
    return n + half_claims(s, "decoder", heed_shape_decoder_layers(s), claims + n);
}

static bool attends(const struct heed_shape *s)
{
    (void)s;
    return true;
}

const struct heed_net_kind heed_net_transformer = {
    .name = "transformer",
    .suit = suit,
    .resolve = resolve,
    .attends = attends,
    .claims = claims,
    .encoder = &heed_tf_encoder,
    .decoder = &heed_tf_decoder,
    .presets = presets,
    .rate = RATE,
};
const struct heed_net_kind heed_net_transformer_rnn = {
    .name = "transformer-rnn",
    .suit = suit_reads,
    .resolve = resolve_reads,
    .attends = heed_seq_attends,
    .claims = claims_reads,
    .encoder = &heed_tf_encoder,
    .decoder = &heed_seq_decoder,
};
const struct heed_net_kind heed_net_rnn_transformer = {
    .name = "rnn-transformer",
    .suit = suit_writes,
    .resolve = resolve_writes,
    .attends = attends,
    .claims = claims_writes,
    .encoder = &heed_seq_encoder,
    .decoder = &heed_tf_decoder,
};
