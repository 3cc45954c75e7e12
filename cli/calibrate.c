/* calibrate.c: a model that says how sure one may be of a line: fitted on pairs, by the way of predict. */
#include <string.h>

#include "cli/remade.h"
#include "metrics/figures.h"
#include "search/translator.h"

#define FOLDS  10
#define FEWEST 20

struct calibrate {
    struct remade made;
    struct remade_pairs pairs;
    const char *model;
    int64_t beam, jobs;
    bool check;
    enum { OF_AUTO, OF_EXACT, OF_CHRF } of; /* the order of the words */
};

/* Lines with what was found for them; those of one source become one, whose references are all of theirs. */
struct lines {
    struct heed_scored *items;
    char **text; /* by pair */
    struct heed_confidence_row *rows;
    int64_t n; /* 0: not yet put together */
};

static int keep(void *ctx, const struct heed_translation *t, struct heed_err *err)
{
    struct lines *to = ctx;
    const struct heed_found *f = &t->found[0];
    (void)err;
    to->text[t->number] = heed_xstrdup(t->text->data ? t->text->data : "");
    heed_confidence_look(&to->rows[t->number], (double)f->log_prob, heed_found_log_probs(f),
                         f->n_tokens);
    return 0;
}

static int translate(const struct calibrate *self, struct heed_model *m,
                     const struct heed_corpus *c, struct lines *to, struct heed_err *err)
{
    struct heed_engine engine;
    struct heed_translator t;
    struct heed_translator_options o = HEED_TRANSLATOR_DEFAULTS;
    int status = 0;
    o.search = (struct heed_search_options){
        .beam = (int32_t)self->beam, .rank = {.length = 1}, .log_probs = true};
    heed_engine_init(&engine, m, self->jobs ? (int)self->jobs : heed_cores());
    heed_translator_init(&t, &engine, &o, keep, to);
    for (size_t i = 0; i < c->n && status == 0; i++)
        status = heed_translator_add(&t, (int64_t)i, c->pairs[i].src, c->pairs[i].src_len, err);
    if (status == 0)
        status = heed_translator_flush(&t, err);
    heed_translator_release(&t);
    heed_engine_release(&engine);
    return status;
}

/* Items of one source are put together; rows go with the item that stays. */
static void group(struct lines *l, const struct heed_corpus *c)
{
    const char **sources = heed_xcalloc(c->n + 1, sizeof *sources);
    size_t differing, n, k = 0;
    for (size_t i = 0; i < c->n; i++) {
        sources[i] = c->pairs[i].src;
        heed_scored_add(&l->items[i], c->pairs[i].tgt);
        l->items[i].hyp = l->text[i];
    }
    n = heed_scored_group(l->items, c->n, sources, &differing);
    for (size_t i = 0; i < c->n && k < n; i++)
        if (l->items[k].hyp == l->text[i])
            l->rows[k++] = l->rows[i];
    l->n = (int64_t)n;
    free(sources);
}

/* What came of each line, as a part of 1. */
static void score(struct lines *l, enum heed_confidence_of of)
{
    const struct heed_metric_options how = HEED_METRIC_DEFAULTS;
    for (int64_t i = 0; i < l->n; i++) {
        const struct heed_scored *s = &l->items[i];
        struct heed_counts counts = {0};
        heed_counts_line(&counts, &how, s->hyp, s->refs, s->n_refs);
        l->rows[i].y =
            heed_metric_score(of == HEED_CONFIDENCE_EXACT ? HEED_EXACT : HEED_CHRF, &counts, &how) /
            100;
    }
}

static enum heed_confidence_of choose(const struct calibrate *self, const struct heed_corpus *c)
{
    struct heed_corpus_lines x;
    struct heed_lines targets;
    struct heed_choice choice;
    if (self->of != OF_AUTO)
        return self->of == OF_EXACT ? HEED_CONFIDENCE_EXACT : HEED_CONFIDENCE_CHRF;
    heed_corpus_lines(&x, c, 2, &targets);
    heed_choose(&targets, &choice);
    return choice.figure == HEED_BLEU ? HEED_CONFIDENCE_CHRF : HEED_CONFIDENCE_EXACT;
}

static void tell(const struct lines *l, const struct heed_confidence *c, bool fitted)
{
    struct heed_confidence_report r;
    double *p = heed_xcalloc((size_t)l->n + 1, sizeof *p);
    struct heed_confidence fold = *c;
    for (int64_t k = 0; k < FOLDS; k++) {
        if (fitted)
            heed_confidence_fit(&fold, l->rows, l->n, FOLDS, k);
        for (int64_t i = k; i < l->n; i += FOLDS)
            p[i] = heed_confidence(&fold, &l->rows[i]);
    }
    heed_confidence_check(l->rows, p, l->n, &r);
    heed_told("%lld lines, %s %.2f %%: Brier %.4f (%.4f without knowing any), expected calibration "
              "error %.4f%s",
              (long long)l->n, heed_option_word(HEED_CONFIDENCE_WORDS, (int)c->of), 100 * r.mean,
              r.brier, r.base, r.error, fitted ? ", each tenth by a fit on the others" : "");
    free(p);
}

static int calibrate(struct calibrate *self, const struct heed_corpus *c, struct lines *l,
                     struct heed_err *err)
{
    struct heed_model *m = &self->made.model;
    if (translate(self, m, c, l, err))
        return -1;
    group(l, c);
    if (self->check) {
        if (m->confidence.of == HEED_CONFIDENCE_NONE)
            return heed_fail(err, "%s: no confidence to be checked: it was not calibrated",
                             self->model);
        score(l, m->confidence.of);
        tell(l, &m->confidence, false);
        return 0;
    }
    if (l->n < FEWEST)
        return heed_fail(err, "%lld sources are too few to calibrate by: %d at least",
                         (long long)l->n, FEWEST);
    m->confidence.of = choose(self, c);
    score(l, m->confidence.of);
    heed_confidence_fit(&m->confidence, l->rows, l->n, 0, 0);
    tell(l, &m->confidence, true);
    return remade_save(&self->made, err);
}

static int wants_words(const struct calibrate *self, struct heed_err *err)
{
    return heed_model_wants_words(&self->made.model, "calibrate", err);
}

static int open_model(struct calibrate *self, struct heed_err *err)
{
    if (!self->check)
        return remade_open(&self->made, self->model, err) || wants_words(self, err) ? -1 : 0;
    if (self->made.output)
        return heed_usage(err, "--check writes no model: give it without -o");
    return remade_load(&self->made, self->model, err) || wants_words(self, err) ? -1 : 0;
}

static int run(void *opaque, struct heed_err *err)
{
    struct calibrate *self = opaque;
    struct heed_corpus corpus;
    heed_corpus_init(&corpus);
    int status = open_model(self, err) || remade_pairs(&self->pairs, &corpus, err) ? -1 : 0;
    if (status == 0 && corpus.n == 0)
        status = heed_fail(err, "no pairs to calibrate by");
    struct lines l = {.items = heed_xcalloc(corpus.n + 1, sizeof *l.items),
                      .text = heed_xcalloc(corpus.n + 1, sizeof *l.text),
                      .rows = heed_xcalloc(corpus.n + 1, sizeof *l.rows)};
    if (status == 0)
        status = calibrate(self, &corpus, &l, err);
    for (int64_t i = 0; i < l.n; i++) /* behind them are copies */
        free(l.items[i].refs);
    for (size_t i = 0; i < corpus.n; i++)
        free(l.text[i]);
    free(l.items);
    free(l.text);
    free(l.rows);
    heed_corpus_release(&corpus);
    heed_model_release(&self->made.model);
    return status;
}

static const struct heed_option rows[] = {
    HEED_ROW_STRING(struct calibrate, model, "model", NULL, "MODEL", "the model's file",
                    .letter = 'm'),
    REMADE_ROWS(struct calibrate, made),
    HEED_ROW_CHOICE(struct calibrate, of, "of", "auto", "auto|exact|chrf",
                    "what the confidence is of: that a line is right to the letter, or the chrF "
                    "that it has; auto: chrf for sentences, exact for words and lists of symbols"),
    HEED_ROW_INT(struct calibrate, beam, "beam", "1", 1, HEED_BEAM_MAX, "N",
                 "of the search that it is fitted to", .letter = 'b'),
    HEED_ROW_SWITCH(struct calibrate, check, "check", NULL,
                    "how good the model's confidence is on these pairs; nothing is written"),
    JOBS_ROW(struct calibrate, jobs),
    REMADE_PAIRS_ROWS(struct calibrate, pairs),
    {0},
};

const struct heed_command heed_command = {
    .name = "calibrate",
    .summary = "a model that says how sure one may be of each line",
    .usage = "-m MODEL -o OUTPUT [FILE|FOLDER]...",
    .about =
        "Translates the sources of pairs SOURCE<TAB>TARGET that the model was not trained on, "
        "and fits to what comes of them how the probabilities of an output tell how good it is: a "
        "logistic regression on its log probability, in all and a token, and on that of its least "
        "likely token. predict and decode --confidence then put it in front of the text. For "
        "words and lists of symbols it is the probability that a line equals a reference, for "
        "sentences the chrF that it will have, from 0 to 1. Pairs of one source are one line with "
        "several references.\n\n"
        "What is told at the end are the Brier score, the mean square of what it is off a line, "
        "beside that of one number for all lines, and the expected calibration error: how far "
        "tenths of the lines, from the least sure to the surest, are off in the mean.",
    .examples = "calibrate -m enfr.heed -o sure.heed dev.tsv\n"
                "calibrate -m sure.heed --check test.tsv",
    .see_also = "predict, decode, train, quantize",
    .options = rows,
    .most_used = "model output of check",
    .self_size = sizeof(struct calibrate),
    .max_operands = -1,
    .start = heed_start_kernels,
    .run = run,
};
