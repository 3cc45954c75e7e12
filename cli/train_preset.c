/* train_preset.c: named sets of option values. A preset sets what the command line did not. */
#include <string.h>

#include "cli/train.h"

struct setting {
    const char *preset, *option, *value;
};

/* d2l: the Bahdanau chapter of Dive into Deep Learning (v0.15 to v0.17): two layers of 32, the
 * encoder over padding to ten steps, loss of a token over ten in the gradient. Its seq2seq chapter
 * is the same with --decoder plain --epochs 300. */
static const struct setting settings[] = {
    {"d2l", "tokenizer", "word:mode=course"},
    {"d2l", "min-count", "2"},
    {"d2l", "src-eos", "on"},
    {"d2l", "max-len", "9"},
    {"d2l", "max-ratio", "0"},
    {"d2l", "truncate", "on"},
    {"d2l", "pad-source", "10"},
    {"d2l", "dev", "none"},
    {"d2l", "decoder", "bahdanau"},
    {"d2l", "score", "mlp"},
    {"d2l", "cell", "gru"},
    {"d2l", "bidirectional", "off"},
    {"d2l", "layers", "2"},
    {"d2l", "hidden", "32"},
    {"d2l", "tied", "off"},
    {"d2l", "copy", "off"},
    {"d2l", "vary-final", "0"},
    {"d2l", "initial", "course"},
    {"d2l", "rows", "64"},
    {"d2l", "tokens", "0"},
    {"d2l", "epochs", "250"},
    {"d2l", "lr", "0.005"},
    {"d2l", "schedule", "constant"},
    {"d2l", "warmup", "0"},
    {"d2l", "clip", "1"},
    {"d2l", "dropout", "0"},
    {"d2l", "dropout-layers", "0.1"},
    {"d2l", "dropout-attention", "0.1"},
    {"d2l", "label-smoothing", "0"},
    {"d2l", "loss-scale", "0.1"},
    {"d2l", "average", "0"},
};

/* Steps of sound are many for a word, and short ones of many make no batch. */
static const struct setting of_features[] = {{"features", "max-len", "1500"},
                                             {"features", "max-ratio", "0"},
                                             {"features", "tokens", "3000"}};

static int suit_features(struct train *self, struct heed_err *err)
{
    for (size_t i = 0; i < HEED_COUNT(of_features); i++)
        if (!heed_option_given(of_features[i].option) &&
            heed_option_set(heed_option_find(train_rows, of_features[i].option), self,
                            of_features[i].value, err))
            return -1;
    return 0;
}

int train_preset(struct train *self, struct heed_err *err)
{
    bool found = !self->preset;
    for (size_t i = 0; i < HEED_COUNT(settings) && self->preset; i++) {
        const struct setting *s = &settings[i];
        if (strcmp(s->preset, self->preset) != 0)
            continue;
        found = true;
        if (heed_option_given(s->option))
            continue;
        const struct heed_option *row = heed_option_find(train_rows, s->option);
        if (!row)
            BUG("preset %s names option %s", s->preset, s->option);
        if (heed_option_set(row, self, s->value, err))
            return -1;
    }
    if (self->shape.source == HEED_SOURCE_FEATURES && suit_features(self, err))
        return -1;
    return found ? 0 : heed_usage(err, "no preset %s; there is: d2l", self->preset);
}
