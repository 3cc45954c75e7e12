/* train_options.c: the option rows of train, and options that come from a file: a checkpoint to
 * resume, a model to begin from. A different one on the command line is refused. */
#include <string.h>

#include "cli/pairs_rows.h"
#include "cli/train.h"

const struct heed_option train_rows[] = {
    HEED_ROW_STRING(struct train, output, "output", NULL, "MODEL",
                    "the model's file; the checkpoint stands beside it", .letter = 'o'),
    HEED_ROW_LIST(struct train, pairs.dev, "dev", "FILE",
                  "pairs to measure on; none: no measuring; without it a fiftieth of the sources "
                  "is set aside, 2000 pairs at most"),
    PAIRS_SIDES_ROWS(struct train, pairs),
    HEED_ROW_STRING(struct train, preset, "preset", NULL, "NAME",
                    "named set of options: d2l, the course's small model; tiny, small, base: a "
                    "net for few, for many and for very many pairs"),
    HEED_ROW_STRING(struct train, like, "like", NULL, "RUN|MODEL",
                    "the options of an earlier training, where the command line gives none: a run "
                    "of the store, or a model's file"),
    PAIRS_TOKENIZER_ROWS(struct train, pairs),
    HEED_ROW_SWITCH(struct train, pairs.src_eos, "src-eos", "off", "end the source with eos too"),
    PAIRS_FILTER_ROWS(struct train, pairs),
    HEED_ROW_SWITCH(struct train, pairs.skip_bad, "skip-bad", "off",
                    "count lines that are not SOURCE<TAB>TARGET in place of stopping"),
    PAIRS_ALLOW_ROWS(struct train, pairs),
    HEED_ROW_STRING(struct train, pairs.spool, "spool", NULL, "DIR",
                    "where the ids of more pairs than --window lie, and their text while words are "
                    "counted, in files without names that are gone with the process; without it "
                    "$TMPDIR, or /tmp"),
    HEED_ROW_SIZE(struct train, pairs.spool_limit, "spool-limit", "0", 0, 1e15, "SIZE",
                  "bytes that each of them may take; 0: what there is room for"),
    HEED_ROW_STRING(
        struct train, product, "product", "auto", "auto|heed|PLUGIN",
        "who computes matrix products: heed's own kernels, a plugin such as openblas, or auto: the "
        "plugin where it is faster and is there"),
    HEED_ROW_LIST(struct train, plugin_dirs, "plugin-dir", "DIR", "search plugins here first"),
    HEED_ROW_SWITCH(
        struct train, resume, "resume", "off",
        "go on from the checkpoint; with another --steps, --epochs or --time to that length"),
    HEED_ROW_SWITCH(struct train, force, "force", "off", "replace an existing model"),
    HEED_ROW_STRING(struct train, init, "init", NULL, "MODEL",
                    "begin from this model's weights and vocabularies"),
    HEED_ROW_TIME(
        struct train, progress_every, "progress-every", "1m", 0, 1e7, "TIME",
        "a line of progress so often where standard error is no terminal; 0: none; SIGUSR1 "
        "asks for one at any time"),
    JOBS_ROW(struct train, jobs),
    HEED_ROW_STRING(struct train, reduce, "reduce", NULL, "PLUGIN",
                    "share the work with other machines, by ranks that a launcher started: mpi"),
    HEED_ROW_COUNT(
        struct train, stop, "stop", "0", 0, 1e12, "N",
        "stop for now after so many updates, the checkpoint left: --resume goes on to the "
        "same bytes; 0: at the end"),
    HEED_ROW_REAL(
        struct train, steps_of, "steps-of", "0", 0, 1e9, "GFLOP",
        "--steps, --stop and --eval-every count steps of so much arithmetic: a larger net makes "
        "fewer updates of as many; 0: they count updates",
        .flags = HEED_OPTION_HIDDEN),
    HEED_ROW_SWITCH(struct train, tune, "tune", "off",
                    "search over options, as the command tune does, with all that is given "
                    "here; --time is for all of it"),
    HEED_ROW_SIZE(struct train, size, "size", "0", 0, 1e15, "SIZE",
                  "refuse a model whose weights take more; 0: none"),
    HEED_ROW_STRING(struct train, name, "name", NULL, "NAME", "of the run in the store"),
    HEED_ROW_STRING(struct train, tag, "tag", NULL, "TAG", "of the run in the store"),
    HEED_ROW_STRING(struct train, tensorboard, "tensorboard", NULL, "DIR",
                    "what the store is told goes into event files of TensorBoard too, as it comes: "
                    "a folder for each run, below this one"),
    HEED_ROW_STRING(struct train, features, "features", NULL, "NAME=VALUE,...",
                    "with --source features: how they are made, by the options of the command "
                    "features: bands=40,deltas=1"),
    HEED_ROW_INT(struct train, pairs.group_column, "speaker-column", "3", 1, 100000, "N",
                 "with --features normalise-over=speaker: the column of the lists that names who "
                 "speaks",
                 .flags = HEED_OPTION_IMPLIED, .absent = "3"),
    HEED_ROW_STRING(struct train, pairs.speeds, "speeds", NULL, "FACTOR,...",
                    "with --source features: every recording is trained on at these speeds too, as "
                    "0.9,1.1"),
    HEED_SHAPE_ROWS(struct train, shape),
    HEED_TRAIN_ROWS(struct train, train),
    {0},
};

/* Is what the command line names the plugin of the file? A path
 * without options only says where it lies. */
static int same_plugin(enum heed_plugin_kind kind, const char *given, const char *stored,
                       bool *same, struct heed_err *err)
{
    struct heed_instance in = {0};
    const struct heed_host *host = kind == HEED_KIND_TOKENIZER ? NULL : heed_host_table();
    if (heed_instance_open(&in, kind, given, true, host, err))
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
    int part = heed_part_of(row->name);
    if (!same && part >= 0 && same_plugin(heed_parts[part].kind, given, stored, &same, err))
        return -1;
    if (!same)
        heed_str_printf(differ, "%s%s %s -> %s", differ->len ? ", " : "", row->name, stored, given);
    return 0;
}

/* What was to be found out was found out as the training began. */
static bool is_settled(const struct heed_option *row, const char *given)
{
    return !strcmp(row->name, "precision") && !strcmp(given, "auto");
}

static int adopt(struct train *self, const struct heed_option *rows, const char *prefix,
                 const struct heed_doc *doc, struct heed_str *differ, struct heed_err *err)
{
    for (const struct heed_option *r = rows; r->name; r++) {
        const char *stored = heed_doc_option(doc, prefix, r, err);
        const struct heed_option *row = heed_option_find(train_rows, r->name);
        struct heed_str given = {0};
        if (!stored)
            return -1;
        heed_option_text(row, self, &given);
        int status = 0;
        if (!heed_option_given(r->name)) {
            status = heed_option_set(row, self, heed_option_keep(stored, strlen(stored)), err);
            if (status) { /* it stands in a file, not on the command line */
                err->status = HEED_FAILED;
                heed_err_prefix(err,
                                "%s: metadata: ", self->resume ? "the checkpoint" : self->init);
            }
        } else if (is_settled(row, given.data))
            status = heed_option_set(row, self, heed_option_keep(stored, strlen(stored)), err);
        else if (!(row->flags & HEED_OPTION_LATER))
            status = compare(row, given.data, stored, differ, err);
        heed_str_release(&given);
        if (status)
            return -1;
    }
    return 0;
}

static int check_tokenizer(const char *option, const char *given, const struct heed_side *side,
                           const char *whose, struct heed_err *err)
{
    bool same = true;
    const char *stored = side->tokenizer.spec;
    if (heed_option_given(option) && same_plugin(HEED_KIND_TOKENIZER, given, stored, &same, err))
        return heed_err_prefix(err, "option --%s: ", option);
    if (!same)
        return heed_usage(err, "--%s %s: that of %s is %s", option, given, whose, stored);
    return 0;
}

int train_check_sides(const struct train *self, const struct heed_sides *s, const char *whose,
                      struct heed_err *err)
{
    static const char *const learning[] = {"vocab", "vocab-size", "min-count"};
    const struct heed_pairs_options *o = &self->pairs;
    for (size_t i = 0; i < HEED_COUNT(learning) && !self->resume; i++)
        if (heed_option_given(learning[i]))
            return heed_usage(err, "--%s: the vocabularies are those of %s", learning[i], whose);
    if (heed_option_given("src-eos") && o->src_eos != s->src_eos)
        return heed_usage(err, "--src-eos: %s has it %s", whose, s->src_eos ? "on" : "off");
    if (o->joint != HEED_AUTO && (o->joint == HEED_ON) != s->joint)
        return heed_usage(err, "--joint: %s has it %s", whose, s->joint ? "on" : "off");
    if (o->tokenizer && !o->src_tokenizer &&
        check_tokenizer("tokenizer", o->tokenizer, &s->src, whose, err))
        return -1;
    if (o->tokenizer && !o->tgt_tokenizer &&
        check_tokenizer("tokenizer", o->tokenizer, &s->tgt, whose, err))
        return -1;
    return check_tokenizer("src-tokenizer", o->src_tokenizer, &s->src, whose, err) ||
                   check_tokenizer("tgt-tokenizer", o->tgt_tokenizer, &s->tgt, whose, err)
               ? -1
               : 0;
}

/* Steps, epochs and time exclude each other; the one given holds. */
static void settle_length(struct heed_train_options *o)
{
    bool steps = heed_option_given("steps"), epochs = heed_option_given("epochs"),
         time = heed_option_given("time");
    if ((steps || epochs || time) && !heed_option_given("plan"))
        o->plan = NULL;
    if (epochs || time)
        o->steps = 0;
    if (steps || time)
        o->epochs = 0;
    if (steps || epochs)
        o->time = 0;
}

/* What a model is made of stays; how it is trained may be another way in a run of its own. shape,
 * train: what differs; NULL where nothing does. */
static int refuse_others(const struct train *self, const char *shape, const char *train,
                         struct heed_err *err)
{
    const char *whose = self->init ? self->init : "the checkpoint";
    if (shape)
        return heed_usage(
            err,
            "%s was made with other options: %s%s%s; a model keeps its shape: another "
            "one begins without --%s",
            whose, shape, train ? ", " : "", train ? train : "", self->init ? "init" : "resume");
    return heed_usage(err,
                      "%s was made with other options: %s; to train on with these, in a run of its "
                      "own: --init %s -o OTHER.heed in place of --resume",
                      whose, train, self->output);
}

int train_adopt(struct train *self, const struct heed_doc *doc, bool with_training,
                struct heed_err *err)
{
    struct heed_str shape = {0}, train = {0};
    int status = adopt(self, heed_shape_rows, "", doc, &shape, err);
    if (status == 0 && with_training)
        status = adopt(self, heed_train_rows, "train.", doc, &train, err);
    if (status == 0 && (shape.len || train.len))
        status = refuse_others(self, shape.data, train.data, err);
    heed_str_release(&shape);
    heed_str_release(&train);
    if (status)
        return -1;
    if (with_training)
        settle_length(&self->train);
    return 0;
}
