/* shape.h: what a model is: the option rows that decide its shape. The same rows feed train's
 * command line, the run's record and the model's metadata (key = the row's name). */
#ifndef HEED_SHAPE_H
#define HEED_SHAPE_H

#include "base/option.h"
#include "stream/doc.h"

/* Choices: the order is that of the words. */
enum heed_decoder_form { HEED_PLAIN, HEED_BAHDANAU, HEED_LUONG, HEED_LUONG_FEED };
#define HEED_DECODER_WORDS "plain|bahdanau|luong|luong-feed"
enum heed_bridge { HEED_BRIDGE_AUTO, HEED_BRIDGE_COPY, HEED_BRIDGE_DENSE };
enum heed_initial { HEED_INITIAL_HEED, HEED_INITIAL_COURSE };
enum heed_norm_kind { HEED_NORM_LAYER, HEED_NORM_RMS };
enum heed_norm_place { HEED_NORM_PRE, HEED_NORM_POST };
enum heed_activation { HEED_RELU, HEED_GELU, HEED_SWIGLU };
/* Of numbers: frames of features, several in a row. */
enum heed_source_kind { HEED_SOURCE_WORDS, HEED_SOURCE_FEATURES };
enum heed_positions { HEED_SINUSOIDAL, HEED_LEARNT, HEED_ROTARY };

struct heed_shape {
    const char *net; /* kind of net, net.h */
    enum heed_decoder_form decoder;
    const char *score; /* plugin spec, "dot", "mlp:hidden=256" */
    const char *cell;  /* plugin spec, "gru" */
    bool bidirectional;
    int64_t hidden;         /* H of the decoder; 0: as wide as the net is best with */
    int64_t encoder_hidden; /* H of a direction of the encoder; 0: hidden, halved when both ways */
    int64_t embed;          /* E; 0: hidden */
    int64_t readout;        /* R; 0: embed; luong forms only */
    int64_t layers;         /* of encoder and decoder each; 0: as many as the net is best with */
    int64_t decoder_layers; /* 0: layers */
    enum heed_bridge bridge;
    enum heed_auto tied;
    enum heed_initial initial;
    enum heed_auto copy; /* auto: nobody looked at the data, so off */
    int64_t pad_source;  /* the course: the encoder runs over padding to this length; 0: packed */

    /* of a transformer */
    int64_t heads; /* 0: one for 64 of hidden */
    int64_t ffn;   /* width of the feed-forward layer; 0: by hidden */
    enum heed_norm_kind norm;
    enum heed_norm_place norm_place;
    enum heed_activation activation;
    enum heed_positions positions;

    enum heed_source_kind source;
    int64_t stack;     /* frames in a position of the source */
    int64_t src_width; /* numbers in a frame; 0: of words */

    /* No rows: what it will be trained on, by which zeros are resolved. */
    int64_t n_pairs; /* 0: unknown */
    bool many_times; /* and each of them often enough that a larger net is worth its time */
    bool letters;    /* on both sides, or as few kinds of tokens: the net's own, not asked for */
    bool suited;     /* so more than hidden and layers was chosen: the net's own too */
};
#define HEED_LETTERS_MOST 500
#define HEED_HIDDEN       256    /* where neither the shape nor the kind of net says it */
#define HEED_SCORE_AUTO   "auto" /* the score that the net is best with */
#define HEED_CELL_AUTO    "auto"
#define HEED_CELL         "gru" /* where neither the shape nor the kind of net says it */
static inline int64_t heed_shape_decoder_layers(const struct heed_shape *s)
{
    return s->decoder_layers ? s->decoder_layers : s->layers;
}

/* For a command's own rows: S is its struct, m its member of type struct heed_shape. */
#define HEED_SHAPE_ROWS(S, m)                                                                      \
    HEED_ROW_CHOICE(S, m.decoder, "decoder", "luong", HEED_DECODER_WORDS, "form of the decoder"),  \
        HEED_ROW_STRING(                                                                           \
            S, m.score, "score", HEED_SCORE_AUTO, "PLUGIN",                                        \
            "attention score: dot, mlp, general, kernel, or ./mine.so; options behind a colon; "   \
            "auto: mlp, of a transformer dot:gain=off"),                                           \
        HEED_ROW_STRING(S, m.cell, "cell", HEED_CELL_AUTO, "PLUGIN",                               \
                        "recurrent cell of encoder and decoder: gru, lstm, lnlstm, sru, rnn, or "  \
                        "./mine.so; auto: gru, or lstm where layers would be 2"),                  \
        HEED_ROW_SWITCH(S, m.bidirectional, "bidirectional", "on",                                 \
                        "let the encoder read the source both ways"),                              \
        HEED_ROW_INT(S, m.hidden, "hidden", "0", 0, 16384, "N",                                    \
                     "width of the decoder's states; 0: 256, of a transformer by the pairs: 128 "  \
                     "below 20000 of them, 512 from 1000000 on"),                                  \
        HEED_ROW_INT(                                                                              \
            S, m.encoder_hidden, "encoder-hidden", "0", 0, 16384, "N",                             \
            "width of one direction of the encoder; 0: hidden, halved when bidirectional, of two " \
            "layers for letters three quarters"),                                                  \
        HEED_ROW_INT(                                                                              \
            S, m.embed, "embed", "0", 0, 16384, "N",                                               \
            "width of the embeddings; 0: hidden, half of it with two layers for letters"),         \
        HEED_ROW_INT(S, m.readout, "readout", "0", 0, 16384, "N",                                  \
                     "width before the output layer in the luong forms; 0: embed"),                \
        HEED_ROW_INT(S, m.layers, "layers", "0", 0, 16, "N",                                       \
                     "layers of encoder and decoder each; 0: 1, or 2 and 1 where vocabularies "    \
                     "are letters and rows would be 64; of a transformer 2, 3 and 6 with those "   \
                     "widths"),                                                                    \
        HEED_ROW_INT(S, m.decoder_layers, "decoder-layers", "0", 0, 16, "N",                       \
                     "layers of the decoder; 0: layers, or 1 where those came to be 2",            \
                     .flags = HEED_OPTION_HIDDEN | HEED_OPTION_IMPLIED, .absent = "0"),            \
        HEED_ROW_CHOICE(S, m.bridge, "bridge", "auto", "auto|copy|dense",                          \
                        "how the encoder's final states begin the decoder's; auto: copy when "     \
                        "widths fit and the encoder reads one way",                                \
                        .flags = HEED_OPTION_HIDDEN),                                              \
        HEED_ROW_CHOICE(                                                                           \
            S, m.tied, "tied", "auto", "auto|on|off",                                              \
            "target embedding and output layer share their weights; auto: when widths fit",        \
            .flags = HEED_OPTION_HIDDEN),                                                          \
        HEED_ROW_CHOICE(S, m.initial, "initial", "heed", "heed|course",                            \
                        "initial weights: orthogonal recurrent ones, or the course's",             \
                        .flags = HEED_OPTION_HIDDEN),                                              \
        HEED_ROW_CHOICE(S, m.copy, "copy", "auto", "auto|on|off",                                  \
                        "a word of the output may be taken from the source; auto: when the data "  \
                        "show copied words, of sides that are cut alike",                          \
                        .flags = HEED_OPTION_IMPLIED, .absent = "off"),                            \
        HEED_ROW_INT(                                                                              \
            S, m.pad_source, "pad-source", "0", 0, 65536, "N",                                     \
            "as the course: the encoder runs on over padding to this length; 0: it does not",      \
            .flags = HEED_OPTION_HIDDEN, .absent = "0"),                                           \
        HEED_ROW_STRING(S, m.net, "net", "rnn", "NET",                                             \
                        "kind of net: rnn, transformer, or one of each, encoder first: "           \
                        "transformer-rnn, rnn-transformer",                                        \
                        .flags = HEED_OPTION_IMPLIED, .absent = "rnn"),                            \
        HEED_ROW_INT(S, m.heads, "heads", "0", 0, 64, "N",                                         \
                     "heads of a transformer's attention; 0: one for 64 of hidden",                \
                     .flags = HEED_OPTION_IMPLIED, .absent = "0"),                                 \
        HEED_ROW_INT(S, m.ffn, "ffn", "0", 0, 65536, "N",                                          \
                     "width of a transformer's feed-forward layers; 0: four times hidden, with "   \
                     "swiglu 8/3",                                                                 \
                     .flags = HEED_OPTION_IMPLIED, .absent = "0"),                                 \
        HEED_ROW_CHOICE(S, m.activation, "activation", "relu", "relu|gelu|swiglu",                 \
                        "of a transformer's feed-forward layers",                                  \
                        .flags = HEED_OPTION_HIDDEN | HEED_OPTION_IMPLIED, .absent = "relu"),      \
        HEED_ROW_CHOICE(S, m.positions, "positions", "sinusoidal", "sinusoidal|learnt|rotary",     \
                        "how a transformer knows where a word stands",                             \
                        .flags = HEED_OPTION_HIDDEN | HEED_OPTION_IMPLIED,                         \
                        .absent = "sinusoidal"),                                                   \
        HEED_ROW_CHOICE(S, m.norm, "norm", "layer", "layer|rms", "norm of a transformer's layers", \
                        .flags = HEED_OPTION_HIDDEN | HEED_OPTION_IMPLIED, .absent = "layer"),     \
        HEED_ROW_CHOICE(S, m.norm_place, "norm-place", "pre", "pre|post",                          \
                        "norm before each part of a layer, or behind what it is added to",         \
                        .flags = HEED_OPTION_HIDDEN | HEED_OPTION_IMPLIED, .absent = "pre"),       \
        HEED_ROW_CHOICE(S, m.source, "source", "words", "words|features",                          \
                        "what sources are: lines of words, or paths of recordings, of which "      \
                        "features are made",                                                       \
                        .flags = HEED_OPTION_IMPLIED, .absent = "words"),                          \
        HEED_ROW_INT(S, m.stack, "stack", "4", 1, 64, "N",                                         \
                     "frames of features that are one step of the encoder",                        \
                     .flags = HEED_OPTION_IMPLIED, .absent = "4"),                                 \
        HEED_ROW_INT(S, m.src_width, "src-width", "0", 0, 65536, "N",                              \
                     "numbers in a frame, of foreign features; 0: as they are made here",          \
                     .flags = HEED_OPTION_HIDDEN | HEED_OPTION_IMPLIED, .absent = "0")

extern const struct heed_option heed_shape_rows[]; /* the same rows alone */

void heed_shape_to_doc(const struct heed_shape *c, struct heed_doc *doc);
/* Every value must be in range, every key there unless its row says what its absence means.
 * Strings are borrowed from the document: keep it, or copy. */
int heed_shape_from_doc(struct heed_shape *c, const struct heed_doc *doc,
                        struct heed_err *err) HEED_MUST_USE;

#endif
