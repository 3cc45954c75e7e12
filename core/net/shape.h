/* shape.h: what a model is: the option rows that decide its shape. The same rows feed train's
 * command line, the run's record and the model's metadata (key = the row's name). */
#ifndef HEED_SHAPE_H
#define HEED_SHAPE_H

#include "base/option.h"
#include "stream/doc.h"

struct heed_shape {
    const char *decoder; /* plain, bahdanau, luong, luong-feed */
    const char *score;   /* plugin spec, "dot", "mlp:hidden=256" */
    const char *cell;    /* plugin spec, "gru" */
    bool bidirectional;
    int64_t hidden;         /* H of the decoder */
    int64_t encoder_hidden; /* H of a direction of the encoder; 0: hidden, halved when both ways */
    int64_t embed;          /* E; 0: hidden */
    int64_t readout;        /* R; 0: embed; luong forms only */
    int64_t layers;         /* of encoder and decoder each */
    const char *bridge;     /* auto, copy, dense */
    const char *tied;       /* auto, on, off */
    const char *initial;    /* heed, course */
    int64_t pad_source;     /* the course: the encoder runs over padding to it; 0: packed */
};
enum heed_decoder_form { HEED_PLAIN, HEED_BAHDANAU, HEED_LUONG, HEED_LUONG_FEED };

/* Rows for embedding into a command's own rows: offsets are relative
 * to struct heed_shape, shifted by `at`. */
#define HEED_SHAPE_ROWS(S, member)                                                                 \
    {.name = "decoder",                                                                            \
     .type = HEED_CHOICE,                                                                          \
     .flags = HEED_OPTION_RECORD,                                                                  \
     .offset = offsetof(S, member.decoder),                                                        \
     .def = "luong",                                                                               \
     .unit = "plain|bahdanau|luong|luong-feed",                                                    \
     .help = "form of the decoder"},                                                               \
        {.name = "score",                                                                          \
         .type = HEED_STRING,                                                                      \
         .flags = HEED_OPTION_RECORD,                                                              \
         .offset = offsetof(S, member.score),                                                      \
         .def = "mlp",                                                                             \
         .unit = "PLUGIN",                                                                         \
         .help = "attention score: dot, mlp, general, or ./mine.so; options behind a colon"},      \
        {.name = "cell",                                                                           \
         .type = HEED_STRING,                                                                      \
         .flags = HEED_OPTION_RECORD,                                                              \
         .offset = offsetof(S, member.cell),                                                       \
         .def = "gru",                                                                             \
         .unit = "PLUGIN",                                                                         \
         .help = "recurrent cell of encoder and decoder: gru, lstm, rnn, or ./mine.so"},           \
        {.name = "bidirectional",                                                                  \
         .type = HEED_SWITCH,                                                                      \
         .flags = HEED_OPTION_RECORD,                                                              \
         .offset = offsetof(S, member.bidirectional),                                              \
         .def = "on",                                                                              \
         .help = "let the encoder read the source both ways"},                                     \
        {.name = "hidden",                                                                         \
         .type = HEED_INT,                                                                         \
         .flags = HEED_OPTION_RECORD,                                                              \
         .offset = offsetof(S, member.hidden),                                                     \
         .def = "256",                                                                             \
         .min = 1,                                                                                 \
         .max = 16384,                                                                             \
         .unit = "N",                                                                              \
         .help = "width of the decoder's states"},                                                 \
        {.name = "encoder-hidden",                                                                 \
         .type = HEED_INT,                                                                         \
         .flags = HEED_OPTION_RECORD,                                                              \
         .offset = offsetof(S, member.encoder_hidden),                                             \
         .def = "0",                                                                               \
         .min = 0,                                                                                 \
         .max = 16384,                                                                             \
         .unit = "N",                                                                              \
         .help = "width of one direction of the encoder; 0: hidden, halved when bidirectional"},   \
        {.name = "embed",                                                                          \
         .type = HEED_INT,                                                                         \
         .flags = HEED_OPTION_RECORD,                                                              \
         .offset = offsetof(S, member.embed),                                                      \
         .def = "0",                                                                               \
         .min = 0,                                                                                 \
         .max = 16384,                                                                             \
         .unit = "N",                                                                              \
         .help = "width of the embeddings; 0: hidden"},                                            \
        {.name = "readout",                                                                        \
         .type = HEED_INT,                                                                         \
         .flags = HEED_OPTION_RECORD,                                                              \
         .offset = offsetof(S, member.readout),                                                    \
         .def = "0",                                                                               \
         .min = 0,                                                                                 \
         .max = 16384,                                                                             \
         .unit = "N",                                                                              \
         .help = "width before the output layer in the luong forms; 0: embed"},                    \
        {.name = "layers",                                                                         \
         .type = HEED_INT,                                                                         \
         .flags = HEED_OPTION_RECORD,                                                              \
         .offset = offsetof(S, member.layers),                                                     \
         .def = "1",                                                                               \
         .min = 1,                                                                                 \
         .max = 16,                                                                                \
         .unit = "N",                                                                              \
         .help = "recurrent layers of encoder and decoder each"},                                  \
        {.name = "bridge",                                                                         \
         .type = HEED_CHOICE,                                                                      \
         .flags = HEED_OPTION_RECORD | HEED_OPTION_HIDDEN,                                         \
         .offset = offsetof(S, member.bridge),                                                     \
         .def = "auto",                                                                            \
         .unit = "auto|copy|dense",                                                                \
         .help = "how the encoder's final states begin the decoder's; auto: copy when widths fit " \
                 "and the encoder reads one way"},                                                 \
        {.name = "tied",                                                                           \
         .type = HEED_CHOICE,                                                                      \
         .flags = HEED_OPTION_RECORD | HEED_OPTION_HIDDEN,                                         \
         .offset = offsetof(S, member.tied),                                                       \
         .def = "auto",                                                                            \
         .unit = "auto|on|off",                                                                    \
         .help = "target embedding and output layer share their weights; auto: when widths fit"},  \
        {.name = "initial",                                                                        \
         .type = HEED_CHOICE,                                                                      \
         .flags = HEED_OPTION_RECORD | HEED_OPTION_HIDDEN,                                         \
         .offset = offsetof(S, member.initial),                                                    \
         .def = "heed",                                                                            \
         .unit = "heed|course",                                                                    \
         .help = "initial weights: orthogonal recurrent ones, or the course's"},                   \
    {                                                                                              \
        .name = "pad-source", .type = HEED_INT, .flags = HEED_OPTION_RECORD | HEED_OPTION_HIDDEN,  \
        .offset = offsetof(S, member.pad_source), .def = "0", .min = 0, .max = 65536, .unit = "N", \
        .help = "as the course: the encoder runs on over padding to this length; 0: it does not"   \
    }

extern const struct heed_option heed_shape_rows[]; /* the same rows alone */

enum heed_decoder_form heed_shape_form(const struct heed_shape *c);
/* Replaces the zeros and autos by what they stand for; contradictory settings are an error naming
 * key and value. */
int heed_shape_resolve(struct heed_shape *c, struct heed_err *err) HEED_MUST_USE;
void heed_shape_to_doc(const struct heed_shape *c, struct heed_doc *doc);
/* Every key must be there and in range. Strings are copied into the document's lifetime: keep the
 * doc, or copy. */
int heed_shape_from_doc(struct heed_shape *c, const struct heed_doc *doc,
                        struct heed_err *err) HEED_MUST_USE;

#endif
