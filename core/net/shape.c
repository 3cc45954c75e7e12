/* shape.c: the rows of a model's shape, their defaults resolved, and their way
 * into and out of metadata. */
#include "net/shape.h"

struct alone {
    struct heed_shape shape;
};
const struct heed_option heed_shape_rows[] = {
    HEED_SHAPE_ROWS(struct alone, shape),
    {0},
};

static int resolve_bridge(struct heed_shape *c, struct heed_err *err)
{
    bool fits = !c->bidirectional && c->encoder_hidden == c->hidden;
    if (c->bridge == HEED_BRIDGE_AUTO)
        c->bridge = fits ? HEED_BRIDGE_COPY : HEED_BRIDGE_DENSE;
    if (c->bridge == HEED_BRIDGE_COPY && !fits)
        return heed_fail(
            err,
            "bridge copy needs an encoder that reads one way and is as wide as the decoder "
            "(encoder-hidden %lld, hidden %lld, bidirectional %s)",
            (long long)c->encoder_hidden, (long long)c->hidden, c->bidirectional ? "on" : "off");
    return 0;
}

int heed_shape_resolve(struct heed_shape *c, struct heed_err *err)
{
    bool luong = c->decoder == HEED_LUONG || c->decoder == HEED_LUONG_FEED;

    if (c->encoder_hidden == 0) {
        if (c->bidirectional && c->hidden % 2)
            return heed_fail(
                err,
                "hidden %lld is odd: a bidirectional encoder takes half of it a direction; "
                "name encoder-hidden",
                (long long)c->hidden);
        c->encoder_hidden = c->bidirectional ? c->hidden / 2 : c->hidden;
    }
    if (c->embed == 0)
        c->embed = c->hidden;
    if (c->readout == 0)
        c->readout = luong ? c->embed : c->hidden;
    if (!luong && c->readout != c->hidden)
        return heed_fail(
            err,
            "readout %lld: decoder %s has none; its output layer reads the state of width %lld",
            (long long)c->readout, heed_option_word(HEED_DECODER_WORDS, (int)c->decoder),
            (long long)c->hidden);
    if (c->tied == HEED_AUTO)
        c->tied = c->readout == c->embed ? HEED_ON : HEED_OFF;
    if (c->tied == HEED_ON && c->readout != c->embed)
        return heed_fail(err,
                         "tied on needs readout and embed of one width (readout %lld, embed %lld)",
                         (long long)c->readout, (long long)c->embed);
    return resolve_bridge(c, err);
}

void heed_shape_to_doc(const struct heed_shape *c, struct heed_doc *doc)
{
    heed_doc_set_options(doc, "", heed_shape_rows, c);
}

int heed_shape_from_doc(struct heed_shape *c, const struct heed_doc *doc, struct heed_err *err)
{
    return heed_doc_get_options(doc, "", heed_shape_rows, c, err) ? -1 : heed_shape_resolve(c, err);
}
