/* shortlist.c: a model that chooses among the words that may come of its source, learnt from pairs. */
#include <string.h>

#include "cli/remade.h"

struct shortlist {
    struct remade made;
    struct remade_pairs pairs;
    const char *model;
    struct heed_shortlist_options options;
};

static int learn(struct shortlist *self, const struct heed_corpus *c, struct heed_dataset *pairs,
                 struct heed_err *err)
{
    struct heed_model *m = &self->made.model;
    struct heed_filter filter = {0};
    struct heed_filter_report kept;
    struct heed_shortlist_report said;
    struct heed_shortlist list;
    if (heed_corpus_encode(c, &m->sides, &filter, pairs, &kept, NULL, err) ||
        heed_filter_check(&filter, &kept,
                          heed_cli.n_operands ? heed_cli.operands[0] : "standard input", err))
        return -1;
    heed_shortlist_learn(&list, pairs, m->sides.src.vocab.n, m->sides.tgt.vocab.n, &self->options,
                         &said);
    heed_note("%lld pairs: %.0f of %d words for a source, %.2f %% of the target tokens are not "
              "among them",
              (long long)kept.n_pairs, said.mean, (int)m->sides.tgt.vocab.n, 100 * said.outside);
    return heed_model_list(m, &list, err);
}

static int run(void *opaque, struct heed_err *err)
{
    struct shortlist *self = opaque;
    struct heed_corpus corpus;
    struct heed_dataset pairs;
    heed_corpus_init(&corpus);
    heed_dataset_init(&pairs);
    int status = remade_open(&self->made, self->model, err) ||
                         heed_model_may_list(&self->made.model, err) ||
                         remade_pairs(&self->pairs, &corpus, err) ||
                         learn(self, &corpus, &pairs, err) || remade_save(&self->made, err)
                     ? -1
                     : 0;
    heed_dataset_release(&pairs);
    heed_corpus_release(&corpus);
    heed_model_release(&self->made.model);
    return status;
}

static const struct heed_option rows[] = {
    HEED_ROW_STRING(struct shortlist, model, "model", NULL, "MODEL", "the model's file",
                    .letter = 'm'),
    REMADE_ROWS(struct shortlist, made),
    HEED_ROW_INT(struct shortlist, options.best, "best", "30", 0, HEED_SHORTLIST_MAX, "N",
                 "words of the target for each word of the source"),
    HEED_ROW_INT(struct shortlist, options.frequent, "frequent", "100", 0, HEED_SHORTLIST_MAX, "N",
                 "words that may follow any source, the most frequent ones"),
    HEED_ROW_INT(struct shortlist, options.rounds, "rounds", "5", 1, 100, "N", "rounds of EM"),
    REMADE_PAIRS_ROWS(struct shortlist, pairs),
    {0},
};

const struct heed_command heed_command = {
    .name = "shortlist",
    .summary = "a faster model: which words may come of a source, learnt from pairs",
    .usage = "-m MODEL -o OUTPUT [FILE|FOLDER]...",
    .about =
        "Reads pairs SOURCE<TAB>TARGET, those that the model was trained on, and writes the "
        "model with a list: for each word of the source the likeliest words of the target, by "
        "IBM model 1 (Brown et al. 1993), and the most frequent ones, which may follow any "
        "source. predict and decode then choose among the words that the list has for a line's "
        "own source, so that what stands beside it changes nothing; --shortlist=off there "
        "chooses among all. The loss, decode --force, searches with prefixes or terms, and "
        "frames without a source know no list. What is told at the end is how many words a "
        "source has, and how many of the pairs' own target words it would not find: with more "
        "of them --best and --frequent can be raised.\n\n"
        "Training that goes on from such a model drops the list. A model that copies words of "
        "its source has none.",
    .examples = "shortlist -m enfr.heed -o fast.heed pairs.tsv\n"
                "quantize -o small.heed fast.heed",
    .see_also = "quantize, train, predict, decode",
    .options = rows,
    .most_used = "model output best frequent force",
    .self_size = sizeof(struct shortlist),
    .max_operands = -1,
    .start = heed_start_kernels,
    .run = run,
};
