/* predict.c: text -> text: tokenize, encode and decode in one process. The work is core's
 * (search/translator.h); here are the reading, the order of the lines, and what is told. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/infer.h"
#include "cli/invariance.h"
#include "cli/rows.h"
#include "cli/said.h"
#include "cli/searching.h"
#include "cli/unknown.h"
#include "model/lines.h"
#include "search/translator.h"

enum mark { MARK_OFF, MARK_BEFORE, MARK_AFTER };

struct predict {
    struct infer infer;
    struct stage stage;
    struct unknown_options unknown;
    struct searching searching;
    enum splitting split;
    enum mark mark;
    const char *tag, *tag_columns;
    int64_t rows;
    struct heed_translator translator;
    struct said said;
    struct heed_str marked;
    struct invariance invariance;
    struct heed_corpus lines;        /* to be checked */
    struct heed_model_lines sources; /* of a model that makes them itself of its lines */
    bool typed;                      /* by a person, who waits for an answer */
};

/* A row for each hypothesis. */
static const struct heed_str *told(struct predict *self, const struct heed_translation *t)
{
    struct heed_str *s = &self->marked;
    heed_str_clear(s);
    for (int64_t k = 0; k < t->n; k++) {
        if (k)
            heed_str_add_char(s, '\n');
        searching_row(&self->searching, t->number, k + 1, &t->found[k],
                      &self->infer.model.sides.tgt.vocab, s);
    }
    return s;
}

/* The columns of marks and confidence, and the text. */
static const struct heed_str *marked(struct predict *self, const struct heed_translation *t)
{
    struct heed_str *s = &self->marked;
    if (self->mark == MARK_OFF && !self->searching.confidence)
        return t->text;
    heed_str_clear(s);
    if (self->mark == MARK_BEFORE) {
        said_marks(t->notes, s);
        heed_str_add_text(s, "\t");
    }
    if (self->searching.confidence)
        searching_confidence(&self->searching, &t->found[0], s);
    heed_str_add(s, t->text->data, t->text->len);
    if (self->mark == MARK_AFTER) {
        heed_str_add_text(s, "\t");
        said_marks(t->notes, s);
    }
    return s;
}

static int put(void *ctx, const struct heed_translation *t, struct heed_err *err)
{
    struct predict *self = ctx;
    self->infer.n_tokens += t->n_tokens;
    self->stage.n_cut += (t->notes & 1u << HEED_NOTE_CUT) != 0;
    said_line(&self->said, t->number, t->notes);
    bool broken = t->notes & 1u << HEED_NOTE_BROKEN;
    if (broken)
        said_why(&self->said, t->why);
    if (self->searching.wishes.force.path && !broken)
        said_forced(&self->said, (double)t->found[0].log_prob, t->n_tokens);
    return stage_put(&self->stage, t->number,
                     searching_tells(&self->searching) ? told(self, t) : marked(self, t), err);
}

static int flush(void *ctx, struct heed_err *err)
{
    struct predict *self = ctx;
    if (self->invariance.asked)
        return 0;
    if (heed_translator_flush(&self->translator, err))
        return -1;
    return heed_cli.out_is_tty ? heed_output_flush(&heed_cli.out, err) : 0;
}

static int take_line(void *ctx, struct heed_doc *frame, struct heed_err *err)
{
    struct predict *self = ctx;
    struct heed_text *in = &self->stage.text;
    (void)frame;
    if (self->invariance.asked || heed_model_lines_whole(&self->sources)) {
        heed_corpus_add(&self->lines, in->line.data, in->line.len, "", 0);
        return 0;
    }
    if (heed_translator_add(&self->translator, in->number - 1, in->line.data, in->line.len, err))
        return -1;
    bool eager = (heed_cli.unbuffered || self->typed) && !heed_input_ready(&in->in);
    return eager || self->translator.n_lines == 0 ? flush(self, err) : 0;
}

static int wish(void *ctx, int64_t line, struct heed_wish *wish, struct heed_phrase *force,
                struct heed_err *err)
{
    return wishes_line(&((struct predict *)ctx)->searching.wishes, line, wish, force, err);
}

static void warn(const char *text)
{
    heed_warn("%s", text);
}

static int source(void *ctx, int64_t line, const char *text, size_t n, bool first,
                  struct heed_line *out, const float **table, struct heed_err *err)
{
    (void)line;
    return heed_model_line(&((struct predict *)ctx)->sources, text, n, first, out, table, err);
}

/* Each model of an ensemble has them. */
static int check_tags(const struct predict *self, struct heed_err *err)
{
    for (int i = 0; i < self->infer.ensemble.n; i++) {
        const struct heed_model *m = self->infer.ensemble.models[i];
        if (heed_side_check_tags(&m->sides.src, self->stage.tagging.n, err))
            return heed_err_prefix(err, "%s: ", self->infer.options.models.items[i]);
    }
    return 0;
}

static int opened(void *ctx, struct heed_err *err)
{
    struct predict *self = ctx;
    if (check_tags(self, err))
        return -1;
    struct heed_translator_options o = {.keep_unknown = self->unknown.how == UNKNOWN_KEEP,
                                        .least = self->unknown.least,
                                        .dictionary = &self->unknown.dictionary,
                                        .whole = self->split == SPLIT_OFF,
                                        .keep_going = self->stage.keep_going,
                                        .search = {.rows = self->rows}};
    if (unknown_open(&self->unknown, err) ||
        searching_start(&self->searching, &self->infer.model, &o.search, err))
        return -1;
    self->sources.list = heed_cli.n_operands ? heed_cli.operands[0] : NULL;
    self->sources.warn = self->stage.keep_going ? warn : NULL;
    int made =
        heed_model_lines_open(&self->sources, &self->infer.model, self->infer.ensemble.n, err);
    if (made < 0)
        return -1;
    if (made)
        o.source = source;
    if (wishes_any(&self->searching.wishes))
        o.wish = wish;
    self->typed = isatty(self->stage.text.in.fd);
    /* Rows with scores are no text of the model, nor is what it was made to say. */
    if (!searching_tells(&self->searching) && !self->searching.confidence &&
        !self->searching.wishes.force.path && !self->invariance.asked)
        infer_made(&self->infer, &self->stage);
    heed_translator_init(&self->translator, &self->infer.engine, &o, put, self);
    self->stage.order.window = (int64_t)self->translator.window;
    return 0;
}

/* Of a model whose sources hang on one another. */
static int study(struct predict *self, struct heed_err *err)
{
    size_t n = self->invariance.asked ? 0 : self->lines.n, failed;
    int status = heed_model_lines_study(&self->sources, &self->lines, &failed, err);
    if (status)
        self->stage.text.number = (int64_t)failed + 1;
    for (size_t i = 0; i < n && status == 0; i++) {
        const struct heed_pair *line = &self->lines.pairs[i];
        self->stage.text.number = (int64_t)i + 1;
        status = heed_translator_add(&self->translator, (int64_t)i, line->src, line->src_len, err);
    }
    return status ? stage_fail(&self->stage, err) : 0;
}

/* All lines are there. */
static int end(void *ctx, struct heed_err *err)
{
    struct predict *self = ctx;
    if (heed_model_lines_whole(&self->sources) && study(self, err))
        return -1;
    if (!self->invariance.asked)
        return flush(self, err);
    return invariance_lines(&self->invariance, &self->infer.ensemble, &self->lines,
                            &self->translator.options, self, err) ||
                   invariance_tell(&self->invariance, err)
               ? -1
               : 0;
}

static void tell(void *ctx)
{
    struct predict *self = ctx;
    self->infer.n_lines = self->stage.text.number;
    infer_tell(&self->infer, "target");
}

static int run(void *opaque, struct heed_err *err)
{
    struct predict *self = opaque;
    if (self->mark != MARK_OFF && searching_tells(&self->searching))
        return heed_usage(err, "--mark is a column of text: give it without --scores and --n-best");
    if (self->searching.confidence && self->infer.options.models.n > 1)
        return heed_usage(err, "--confidence is fitted to one model: give one -m");
    if (heed_tagging_open(&self->stage.tagging, self->tag_columns, self->tag, err))
        return -1;
    if (self->tag_columns && !self->stage.column)
        self->stage.column = 1;
    self->stage.ctx = self;
    self->stage.opened = opened;
    self->stage.item = take_line;
    self->stage.part = end;
    heed_corpus_init(&self->lines);
    self->stage.tell = tell;
    int status = infer_run(&self->infer, &self->stage, err);
    if (status == 0) /* what cannot be written is the one thing to tell */
        status = heed_output_flush(&heed_cli.out, err);
    if (status == 0 && self->searching.json)
        said_json(&self->said, self->infer.n_tokens);
    else if (status == 0)
        said_tell(&self->said);
    heed_translator_release(&self->translator);
    wishes_release(&self->searching.wishes);
    unknown_release(&self->unknown);
    heed_corpus_release(&self->lines);
    heed_model_lines_close(&self->sources);
    heed_str_release(&self->marked);
    return status;
}

static const struct heed_option rows[] = {
    ENSEMBLE_ROWS(struct predict, infer.options),
    JOBS_ROW(struct predict, infer.options.jobs),
    HEED_ROW_INT(struct predict, rows, "rows", "64", 1, 4096, "N",
                 "lines decoded together; changes the speed, never the text"),
    UNKNOWN_ROWS(struct predict, unknown,
                 "an unknown word becomes the source word it attends to most, or stays <unk>"),
    SEARCHING_ROWS(struct predict, searching),
    SHORTLIST_ROW(struct predict, infer.options.shortlist),
    COLUMN_ROW(struct predict, stage.column, "translated"),
    TAG_ROW(struct predict, tag),
    TAG_COLUMNS_ROW(struct predict, tag_columns),
    SPLIT_ROW(struct predict, split),
    HEED_ROW_INT(struct predict, sources.group_column, "speaker-column", "3", 1, 100000, "N",
                 "of a model that was trained so: the column of the lines that names who speaks"),
    HEED_ROW_CHOICE(struct predict, mark, "mark", "off", "off|before|after",
                    "a column before or after the text: ok, or marks: limit, loop, long, weak, "
                    "cut, back, split, unknown, broken"),
    SAID_JSON_ROW(struct predict, searching.json),
    INVARIANCE_ROW(struct predict, invariance.asked),
    MAX_LINE_ROW(struct predict, stage.max_line),
    KEEP_GOING_ROW(struct predict, stage.keep_going,
                   "is too long, lacks the column or cannot be translated"),
    {0},
};

const struct heed_command heed_command = {
    .name = "predict",
    .summary = "lines to text: tokenize, encode and decode in one process",
    .usage = "-m MODEL [-m MODEL]... [FILE]",
    .about =
        "One line out for every line in, in order (of a model that reads features a line names a "
        "file that they are made of, beside the FILE that names it; behind a tab may stand more); "
        "an empty line "
        "gives an empty line. A line of "
        "several sentences is translated sentence by sentence, unless training showed such lines "
        "(--split off: never); one that says nothing to the model, as of signs only, comes back as "
        "it is. All other text is that of the pipeline tokenize | encode | decode. The checkpoint "
        "of a "
        "training that goes on, MODEL.ckpt.heed, is a model too.\n\n"
        "Hypotheses are ranked by log P / L^A (--length-penalty), L their words and the end. "
        "A wider --beam has all that a narrower one has: it never ends with a lower score, and "
        "1 is greedy search. Phrases of --prefix, --terms and --forbid are cut into words as the "
        "target's tokenizer cuts them alone; with files that go by line, lines are not split. "
        "Terms "
        "are searched for by dynamic beam allocation. predict --force FILE --scores < SOURCE gives "
        "the log probabilities of targets there are, and their perplexity.\n\n"
        "Several -m are an ensemble: a word has the weighted mean of the probabilities that the "
        "models give it (--weights), so that scores are log probabilities as ever, and every "
        "search goes on as with one. Their targets are of one vocabulary, as of trainings with "
        "several seeds; sources each cuts in its own way, kinds of nets, 8 bits and shortlists "
        "may differ. A model of weight 0 is left out. The first one says which lines come back "
        "as they are and which are split.\n\n"
        "At the end it is told how many lines reached the length limit and are cut, went round in "
        "a loop, are longer than anything trained on, came back as they are, were split, or are "
        "for "
        "more than half unknown, each "
        "with the number of the first. --stats tells all counts.",
    .examples = "predict -m enfr.heed < en.txt > fr.txt\n"
                "predict -m enfr.heed --n-best 5 --scores < en.txt > best.tsv\n"
                "predict -m enfr.heed --mark after < en.txt | grep -v 'ok$'\n"
                "predict -m seed1.heed -m seed2.heed --beam 5 < en.txt > fr.txt",
    .see_also = "train, tokenize, encode, decode",
    .options = rows,
    .most_used = "model beam n-best scores json mark",
    .self_size = sizeof(struct predict),
    .max_operands = 1,
    .start = heed_start_kernels,
    .run = run,
};
