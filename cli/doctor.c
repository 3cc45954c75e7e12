/* doctor.c: what is wrong with pairs, before anything is trained on them. */
#include <string.h>

#include "cli/doctor.h"
#include "cli/pairs_rows.h"
#include "data/final.h"

static int read_test(const struct doctor *self, struct heed_corpus *test, struct heed_err *err)
{
    struct heed_corpus_options how = {.max_line = self->pairs.max_line, .keep_empty = true};
    if (heed_columns_parse(self->pairs.columns, "columns", &how.columns, err))
        return -1;
    for (size_t i = 0; i < self->test.n; i++)
        if (heed_corpus_read(test, self->test.items[i], &how, err))
            return -1;
    return self->test.n && !test->n ? heed_fail(err, "%s: no pairs", self->test.items[0]) : 0;
}

/* Lines that are no pair are counted, and dev pairs are those that are named. */
static struct heed_pairs_options options_of(const struct doctor *self)
{
    static const char *none[] = {"none"};
    struct heed_pairs_options o = self->pairs;
    o.files = heed_cli.operands;
    o.n_files = heed_cli.n_operands;
    o.store = heed_cli.store;
    o.skip_bad = true;
    o.allow_unknown = 1;
    o.doing = heed_cli_doing;
    o.note = heed_note;
    if (!o.dev.n)
        o.dev = (struct heed_list){.items = none, .n = 1};
    return o;
}

/* Tokens of pairs to measure on, none left out. */
static int count(struct doctor_set *set, const struct heed_sides *sides, struct heed_err *err)
{
    const struct heed_filter all = {0};
    struct heed_dataset d;
    heed_dataset_init(&d);
    int status = heed_corpus_encode(set->corpus, sides, &all, &d, &set->report, NULL, err);
    heed_dataset_release(&d);
    return status;
}

static int examine(const struct doctor *self, struct heed_pairs *p, const struct heed_sides *sides,
                   const struct heed_corpus *test, struct heed_err *err)
{
    struct heed_str refused = {0};
    struct doctor_findings f = {.options = self, .pairs = p, .target = &sides->tgt};
    struct heed_leaks in_dev;
    f.sets[0] = (struct doctor_set){.name = "dev", .corpus = &p->dev};
    f.sets[1] = (struct doctor_set){.name = "test", .corpus = test};
    p->vary_final = heed_final_vary(&p->dataset, -1);
    heed_cli_doing("examining pairs");
    heed_health_look(p, &f.train);
    f.sets[0].leaks = f.train.dev;
    heed_health_leaks(&p->corpus, test, &f.sets[1].leaks);
    if (p->dev.n) {
        heed_health_leaks(&p->dev, test, &in_dev);
        f.sets[1].in_dev = in_dev.pairs;
    }
    for (size_t i = 0; i < HEED_COUNT(f.sets); i++)
        if (count(&f.sets[i], sides, err))
            return -1;
    doctor_print(&f, &refused);
    if (refused.len)
        heed_fail(err, "%s: refused: %.400s", heed_pairs_name(&self->pairs), refused.data);
    int status = refused.len ? -1 : 0;
    heed_str_release(&refused);
    return status;
}

static int run(void *opaque, struct heed_err *err)
{
    struct doctor *self = opaque;
    struct heed_pairs pairs = {0};
    struct heed_corpus test;
    struct heed_sides sides = {0};
    char model[65];
    struct heed_pairs_options o = options_of(self);
    self->pairs.files = o.files;
    self->pairs.n_files = o.n_files;
    heed_corpus_init(&test);
    for (size_t i = 0; i < self->sides.plugin_dirs.n; i++)
        heed_plugin_dir_add(self->sides.plugin_dirs.items[i]);
    int status = self->sides.model ? sides_open(&sides, &self->sides, 3, NULL, model, err) : 0;
    if (status == 0)
        status = heed_pairs_read(&pairs, &o, 0, &sides, err);
    if (status == 0 && !pairs.dataset.n)
        status = heed_fail(err, "%s: batches are as they are: give pairs, or a stream of ids",
                           heed_pairs_name(&o));
    if (status == 0)
        status = read_test(self, &test, err);
    if (status == 0)
        status = examine(self, &pairs, &sides, &test, err);
    heed_corpus_release(&test);
    heed_pairs_release(&pairs);
    heed_sides_release(&sides);
    return status;
}

static const struct heed_option rows[] = {
    HEED_ROW_LIST(struct doctor, pairs.dev, "dev", "FILE",
                  "pairs that the training is measured on"),
    HEED_ROW_LIST(struct doctor, test, "test", "FILE", "pairs that the model will be measured on"),
    PAIRS_SIDES_ROWS(struct doctor, pairs),
    HEED_ROW_STRING(struct doctor, sides.model, "model", NULL, "MODEL",
                    "take tokenizers and vocabularies from this model's file", .letter = 'm'),
    PAIRS_TOKENIZER_ROWS(struct doctor, pairs),
    PAIRS_FILTER_ROWS(struct doctor, pairs),
    PAIRS_ALLOW_ROWS(struct doctor, pairs),
    HEED_ROW_REAL(struct doctor, allow_leaks, "allow-leaks", "0.01", 0, 1, "SHARE",
                  "refuse dev and test pairs of which a larger share is trained on"),
    HEED_ROW_SWITCH(struct doctor, json, "json", NULL, "rows as JSON objects, numbers whole"),
    HEED_ROW_LIST(struct doctor, sides.plugin_dirs, "plugin-dir", "DIR",
                  "search plugins here first"),
    {0},
};

const struct heed_command heed_command = {
    .name = "doctor",
    .summary = "pairs to what is wrong with them",
    .usage = "[FILE|FOLDER]...",
    .about =
        "Reads pairs SOURCE<TAB>TARGET as train does, with its options and its tokenizers, and "
        "prints a table: a row for each thing that was counted, with the first line of it. Kept "
        "and left out, and why; unknown tokens; lines that do not come back from their "
        "tokenizer; lengths that 5, 50, 95, 99 and 100 % of the pairs keep to; pairs that stand "
        "there twice; sources with several targets; targets that are their source; lines that "
        "look like the other side's language, or are of another script; dev and test pairs that "
        "are trained on.\n\n"
        "The floor is the least loss that the pairs allow: where a source has several targets no "
        "model can be sure, and the mean of -log p(target | source), by their counts, is what is "
        "left to the best one. It is of the ids that are trained on, unknown words and cuts in "
        "them; a training loss below it means that something of the target leaks.\n\n"
        "Exit status 0: nothing is beyond its limit (--allow-dropped, --allow-unknown, "
        "--allow-altered, --allow-leaks); 1: something is, which the message and the column "
        "verdict "
        "name, or the pairs could not be read; 2: usage. train says the same in short before it "
        "begins. "
        "Duplicates, leaks and the floor are found by hashes of 64 bits.",
    .examples = "doctor pairs.tsv --dev dev.tsv --test test.tsv\n"
                "doctor --json --tokenizer word < pairs.tsv",
    .see_also = "train, tokenize, vocab",
    .options = rows,
    .most_used = "dev test tokenizer model json",
    .self_size = sizeof(struct doctor),
    .max_operands = -1,
    .run = run,
};
