/* shape.c: the rows of a model's shape, their defaults resolved, and
 * their way into and out of metadata. */
#include <string.h>

#include "net/shape.h"

const struct heed_option heed_shape_rows[] = {
    HEED_SHAPE_ROWS(
        struct { struct heed_shape c; }, c),
    {0},
};

enum heed_decoder_form heed_shape_form(const struct heed_shape *c)
{
    if (strcmp(c->decoder, "plain") == 0)
        return HEED_PLAIN;
    if (strcmp(c->decoder, "bahdanau") == 0)
        return HEED_BAHDANAU;
    return strcmp(c->decoder, "luong") == 0 ? HEED_LUONG : HEED_LUONG_FEED;
}

static int resolve_bridge(struct heed_shape *c, struct heed_err *err)
{
    bool fits = !c->bidirectional && c->encoder_hidden == c->hidden;
    if (strcmp(c->bridge, "auto") == 0)
        c->bridge = fits ? "copy" : "dense";
    if (strcmp(c->bridge, "copy") == 0 && !fits)
        return heed_fail(
            err,
            "bridge copy needs an encoder that reads one way and is as wide as the decoder "
            "(encoder-hidden %lld, hidden %lld, bidirectional %s)",
            (long long)c->encoder_hidden, (long long)c->hidden, c->bidirectional ? "on" : "off");
    return 0;
}

int heed_shape_resolve(struct heed_shape *c, struct heed_err *err)
{
    enum heed_decoder_form form = heed_shape_form(c);
    bool luong = form == HEED_LUONG || form == HEED_LUONG_FEED;

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
            (long long)c->readout, c->decoder, (long long)c->hidden);
    if (strcmp(c->tied, "auto") == 0)
        c->tied = c->readout == c->embed ? "on" : "off";
    if (strcmp(c->tied, "on") == 0 && c->readout != c->embed)
        return heed_fail(err,
                         "tied on needs readout and embed of one width (readout %lld, embed %lld)",
                         (long long)c->readout, (long long)c->embed);
    return resolve_bridge(c, err);
}

void heed_shape_to_doc(const struct heed_shape *c, struct heed_doc *doc)
{
    struct heed_str text = {0};
    for (const struct heed_option *row = heed_shape_rows; row->name; row++) {
        heed_str_clear(&text);
        heed_option_text(row, c, &text);
        heed_doc_set_meta(doc, row->name, text.data);
    }
    heed_str_release(&text);
}

int heed_shape_from_doc(struct heed_shape *c, const struct heed_doc *doc, struct heed_err *err)
{
    heed_options_default(heed_shape_rows, c);
    for (const struct heed_option *row = heed_shape_rows; row->name; row++) {
        const char *value = heed_doc_meta(doc, row->name);
        if (!value)
            return heed_fail(err, "metadata %s is missing: not a heed model", row->name);
        if (heed_option_set(row, c, value, err)) {
            err->status = HEED_FAILED;
            return heed_err_prefix(err, "metadata: ");
        }
    }
    return heed_shape_resolve(c, err);
}
