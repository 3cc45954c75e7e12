/* train_preset.c: named sets of option values. A preset sets what the command line did not. */
#include <string.h>

#include "cli/train.h"

/* d2l: the Bahdanau chapter of Dive into Deep Learning (v0.15 to v0.17): two layers of 32, the
 * encoder over padding to ten steps, loss of a token over ten in the gradient. Its seq2seq chapter
 * is the same with --decoder plain --epochs 300. */
static const struct heed_setting course[] = {
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
    {0},
};

/* What follows from the value of another option. Frames are many for a word, and short ones of many make no batch. */
static const struct {
    const char *option, *is;
    struct heed_setting set;
} implied[] = {
    {"source", "features", {NULL, "max-len", "1500"}},
    {"source", "features", {NULL, "max-ratio", "0"}},
    {"source", "features", {NULL, "tokens", "3000"}},
};

/* Unless the command line says it. */
static int settle(struct train *self, const struct heed_setting *s, struct heed_err *err)
{
    const struct heed_option *row = heed_option_find(train_rows, s->option);
    if (!row)
        BUG("a preset names option %s", s->option);
    return heed_option_given(s->option) ? 0 : heed_option_set(row, self, s->value, err);
}

static int settle_implied(struct train *self, struct heed_err *err)
{
    struct heed_str is = {0};
    int status = 0;
    for (size_t i = 0; i < HEED_COUNT(implied) && status == 0; i++) {
        heed_str_clear(&is);
        heed_option_text(heed_option_find(train_rows, implied[i].option), self, &is);
        if (strcmp(is.data, implied[i].is) == 0)
            status = settle(self, &implied[i].set, err);
    }
    heed_str_release(&is);
    return status;
}

/* Those of a list that are of the set; 1: there were some. */
static int settle_set(struct train *self, const struct heed_setting *list, struct heed_err *err)
{
    int found = 0;
    for (const struct heed_setting *s = list; s && s->set; s++) {
        if (strcmp(s->set, self->preset) != 0)
            continue;
        found = 1;
        if (settle(self, s, err))
            return -1;
    }
    return found;
}

/* Names of the sets, each once: they stand together. */
static void name_sets(const struct heed_setting *list, struct heed_str *out)
{
    for (const struct heed_setting *s = list; s && s->set; s++)
        if (s == list || strcmp(s->set, s[-1].set) != 0)
            heed_str_printf(out, "%s%s", out->len ? ", " : "", s->set);
}

static int settle_preset(struct train *self, struct heed_err *err)
{
    struct heed_str names = {0};
    int found = settle_set(self, course, err);
    name_sets(course, &names);
    for (size_t i = 0; found == 0 && heed_net_kind_at(i); i++) {
        found = settle_set(self, heed_net_kind_at(i)->presets, err);
        name_sets(heed_net_kind_at(i)->presets, &names);
    }
    if (found == 0)
        heed_usage(err, "no preset %s; there are: %s", self->preset, names.data);
    heed_str_release(&names);
    return found > 0 ? 0 : -1;
}

int train_preset(struct train *self, struct heed_err *err)
{
    if (self->preset && settle_preset(self, err))
        return -1;
    return settle_implied(self, err);
}
