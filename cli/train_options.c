/* train_options.c: the option rows of train, and options that come from a file: a checkpoint to
 * resume, a model to begin from. A different one on the command line is refused. */
#include <string.h>

#include "cli/lines.h"
#include "cli/train.h"

#define OWN(nm, ty, m, df, lo, hi, un, text)                                                       \
    {                                                                                              \
        .name = nm, .type = ty, .offset = offsetof(struct train, m), .def = df, .min = lo,         \
        .max = hi, .unit = un, .help = text                                                        \
    }

const struct heed_option train_rows[] = {
    {.name = "output",
     .letter = 'o',
     .type = HEED_STRING,
     .offset = offsetof(struct train, output),
     .unit = "MODEL",
     .help = "the model's file; the checkpoint stands beside it"},
    OWN("dev", HEED_LIST, dev, NULL, 0, 0, "FILE",
        "pairs to measure on; none: no measuring; without it a fiftieth of the sources is set "
        "aside, 2000 pairs at most"),
    OWN("src", HEED_LIST, src_files, NULL, 0, 0, "FILE", "source lines, parallel to --tgt"),
    OWN("tgt", HEED_LIST, tgt_files, NULL, 0, 0, "FILE", "target lines"),
    OWN("preset", HEED_STRING, preset, NULL, 0, 0, "NAME",
        "named set of options: d2l, the course's small model"),
    OWN("tokenizer", HEED_STRING, tokenizer, NULL, 0, 0, "PLUGIN",
        "of both sides: sentencepiece, word, char, space; without it chosen by looking at the "
        "lines"),
    OWN("src-tokenizer", HEED_STRING, src_tokenizer, NULL, 0, 0, "PLUGIN", "of the source side"),
    OWN("tgt-tokenizer", HEED_STRING, tgt_tokenizer, NULL, 0, 0, "PLUGIN", "of the target side"),
    OWN("joint", HEED_CHOICE, joint, "auto", 0, 0, "auto|on|off",
        "one tokenizer and vocabulary for both sides; auto: for sentencepiece"),
    OWN("vocab", HEED_STRING, vocab, NULL, 0, 0, "NAME", "joint vocabulary from the store"),
    OWN("vocab-size", HEED_COUNT_OF, vocab_size, "0", 0, 16e6, "N",
        "pieces in a vocabulary; 0: 4000 for sentencepiece, all for the others"),
    OWN("min-count", HEED_COUNT_OF, min_count, "0", 0, 1e12, "N",
        "occurrences a piece needs; 0: 2 for words, else 1"),
    OWN("src-eos", HEED_SWITCH, src_eos, "off", 0, 0, NULL, "end the source with eos too"),
    OWN("max-len", HEED_INT, max_len, "100", 0, 65535, "N",
        "longest side of a pair in tokens; longer pairs are left out; 0: any"),
    OWN("max-ratio", HEED_REAL, max_ratio, "9", 0, 1e6, "X",
        "largest ratio of (tokens + 5) between the sides; 0: any"),
    OWN("truncate", HEED_SWITCH, truncate, "off", 0, 0, NULL,
        "cut long sides to max-len in place of leaving the pair out"),
    MAX_LINE_ROW(struct train, max_line),
    OWN("skip-bad", HEED_SWITCH, skip_bad, "off", 0, 0, NULL,
        "count lines that are not SOURCE<TAB>TARGET in place of stopping"),
    OWN("allow-unknown", HEED_REAL, allow_unknown, "0.5", 0, 1, "SHARE",
        "refuse data of which a larger share of tokens is unknown"),
    OWN("plugin-dir", HEED_LIST, plugin_dirs, NULL, 0, 0, "DIR", "search plugins here first"),
    OWN("resume", HEED_SWITCH, resume, "off", 0, 0, NULL, "go on from the checkpoint"),
    OWN("force", HEED_SWITCH, force, "off", 0, 0, NULL, "replace an existing model"),
    OWN("init", HEED_STRING, init, NULL, 0, 0, "MODEL",
        "begin from this model's weights and vocabularies"),
    OWN("name", HEED_STRING, name, NULL, 0, 0, "NAME", "of the run in the store"),
    OWN("tag", HEED_STRING, tag, NULL, 0, 0, "TAG", "of the run in the store"),
    HEED_SHAPE_ROWS(struct train, shape),
    HEED_TRAIN_ROWS(struct train, train),
    {0},
};

/* Is what the command line names the plugin of the file? A path
 * without options only says where it lies. */
static int same_plugin(const char *option, const char *given, const char *stored, bool *same,
                       struct heed_err *err)
{
    struct heed_instance in = {0};
    enum heed_plugin_kind kind = strcmp(option, "cell") == 0 ? HEED_KIND_CELL : HEED_KIND_SCORE;
    if (heed_instance_open(&in, kind, given, true, heed_host_table(), err))
        return -1;
    bool where = strchr(given, '/') && !strchr(given, ':');
    size_t n = where ? strcspn(stored, ":") : strlen(stored);
    *same = strncmp(in.spec, stored, n) == 0 && in.spec[n] == '\0';
    heed_instance_close(&in);
    return 0;
}

static int compare(const struct heed_option *row, const char *given, const char *stored,
                   struct heed_str *differ, struct heed_err *err)
{
    bool same = strcmp(given, stored) == 0;
    bool plugin = strcmp(row->name, "score") == 0 || strcmp(row->name, "cell") == 0;
    if (!same && plugin && same_plugin(row->name, given, stored, &same, err))
        return -1;
    if (!same)
        heed_str_printf(differ, "%s%s %s -> %s", differ->len ? ", " : "", row->name, stored, given);
    return 0;
}

static int adopt(struct train *self, const struct heed_option *rows, const char *prefix,
                 const struct heed_doc *doc, struct heed_str *differ, struct heed_err *err)
{
    for (const struct heed_option *r = rows; r->name; r++) {
        char key[96];
        snprintf(key, sizeof key, "%s%s", prefix, r->name);
        const char *stored = heed_doc_meta(doc, key);
        const struct heed_option *row = heed_option_find(train_rows, r->name);
        struct heed_str given = {0};
        if (!stored)
            return heed_fail(err, "metadata %s is missing", key);
        heed_option_text(row, self, &given);
        int status =
            heed_option_given(r->name)
                ? compare(row, given.data, stored, differ, err)
                : heed_option_set(row, self, heed_option_keep(stored, strlen(stored)), err);
        heed_str_release(&given);
        if (status)
            return -1;
    }
    return 0;
}

int train_adopt(struct train *self, const struct heed_doc *doc, bool with_training,
                struct heed_err *err)
{
    struct heed_str differ = {0};
    if (adopt(self, heed_shape_rows, "", doc, &differ, err) ||
        (with_training && adopt(self, heed_train_rows, "train.", doc, &differ, err)))
        return -1;
    if (differ.len) {
        heed_usage(err, "%s was made with other options: %s",
                   with_training ? "the checkpoint" : self->init, differ.data);
        heed_str_release(&differ);
        return -1;
    }
    return 0;
}
