/* decode.c: memory -> text, hypotheses, or the attention that was paid.
 *
 *   text          one line for each line of the input, in its order
 *   hypotheses    ids, scores, and the words that later stages need
 *   attention     queries, keys and values of every step, for `attend -m` to replay
 *
 * The decoder goes its own way, or follows the lines of --force. */
#include <string.h>

#include "cli/infer.h"
#include "cli/invariance.h"
#include "cli/rows.h"
#include "cli/said.h"
#include "cli/searching.h"
#include "cli/unknown.h"
#include "search/broken.h"

struct decode {
    struct infer infer;
    struct stage stage;
    struct unknown_options unknown;
    struct searching searching;
    struct invariance invariance;
    struct heed_search_options options;
    struct said said;
    bool hypotheses, weights, attention, keep_going;
    int64_t taken, part_lines; /* lines of earlier parts, of this one so far */
};

/* --- what is asked of targets --- */

/* Of the lines of a frame. Parts (`cat a b`) take theirs one after the other, as their text stands in what
 * comes out. */
struct asked {
    uint64_t *keys;
    struct heed_wish *wishes;
    struct heed_phrase *force;
    int32_t *ids, *len;
};

static void release_asked(struct asked *a)
{
    free(a->keys);
    free(a->wishes);
    free(a->force);
    free(a->ids);
    free(a->len);
}

static void set_force(struct asked *a, int64_t B, struct heed_search_options *o)
{
    for (int64_t b = 0; b < B; b++)
        o->force_width = HEED_MAX(o->force_width, a->force[b].n);
    o->force = a->ids = heed_xcalloc((size_t)(B * o->force_width + 1), sizeof *a->ids);
    o->force_len = a->len = heed_xcalloc((size_t)B + 1, sizeof *a->len);
    for (int64_t b = 0; b < B; b++) {
        memcpy(a->ids + b * o->force_width, a->force[b].ids,
               sizeof *a->ids * (size_t)a->force[b].n);
        a->len[b] = (int32_t)a->force[b].n;
    }
}

static int ask(struct decode *self, const int64_t *line, int64_t B, struct asked *a,
               struct heed_search_options *o, struct heed_err *err)
{
    const struct wishes *w = &self->searching.wishes;
    a->wishes = heed_xcalloc((size_t)B + 1, sizeof *a->wishes);
    a->force = heed_xcalloc((size_t)B + 1, sizeof *a->force);
    o->keys = a->keys = heed_xcalloc((size_t)B + 1, sizeof *a->keys);
    for (int64_t b = 0; b < B; b++) {
        a->keys[b] = heed_search_key(self->taken + line[b], 0);
        self->part_lines = HEED_MAX(self->part_lines, line[b] + 1);
        if (wishes_any(w) &&
            wishes_line(w, self->taken + line[b], &a->wishes[b], &a->force[b], err))
            return -1;
    }
    if (wishes_any(w))
        o->wishes = a->wishes;
    if (w->force.path)
        set_force(a, B, o);
    return 0;
}

/* --- what goes out --- */

/* The text of hypothesis n, or its row. */
static int add_text(const struct decode *self, const struct heed_source_text *src, int64_t line,
                    const struct heed_hypotheses *h, int64_t b, int64_t n, struct heed_str *out,
                    struct heed_err *err)
{
    const struct heed_sides *sides = &self->infer.model.sides;
    struct heed_found found = {0};
    bool rows = searching_tells(&self->searching);
    if (!rows && !self->searching.confidence)
        return heed_hypothesis_text(sides, h, b, n, src, out, err);
    heed_found_take(&found, h, b, n);
    int status = heed_hypothesis_text(sides, h, b, n, src, &found.text, err);
    if (status == 0 && !rows) {
        searching_confidence(&self->searching, &found, out);
        heed_str_add(out, found.text.data, found.text.len);
    }
    if (status == 0 && rows && n)
        heed_str_add_char(out, '\n');
    if (status == 0 && rows)
        searching_row(&self->searching, self->taken + line, n + 1, &found, &sides->tgt.vocab, out);
    heed_found_release(&found);
    return status;
}

static int put_text(struct decode *self, const struct heed_doc *frame, const int64_t *line,
                    const struct heed_hypotheses *h, struct heed_err *err)
{
    struct heed_str text = {0};
    bool replace = self->unknown.how == UNKNOWN_REPLACE;
    int status = 0;
    for (int64_t b = 0; b < h->B && status == 0; b++) {
        struct heed_source_text src;
        bool known = replace && heed_source_text_find(frame, b, &src);
        src.least = self->unknown.least;
        src.dictionary = &self->unknown.dictionary;
        heed_str_clear(&text);
        for (int64_t n = 0; n < h->N && status == 0; n++)
            if (n == 0 || h->tgt_len[b * h->N + n])
                status = add_text(self, known ? &src : NULL, line[b], h, b, n, &text, err);
        if (status == 0)
            status = stage_put(&self->stage, line[b], &text, err);
    }
    heed_str_release(&text);
    return status;
}

static int put_frame(struct decode *self, const struct heed_doc *frame,
                     const struct heed_encoded *x, const int64_t *line,
                     const struct heed_hypotheses *h, struct heed_err *err)
{
    struct heed_doc out;
    heed_doc_init(&out);
    if (self->attention)
        heed_attention_to_doc(x, h, &out);
    else
        heed_hypotheses_to_doc(h, &out);
    heed_doc_add(&out, "line", HEED_I64, 1, &h->B, line);
    return stage_send(&self->stage, frame, &out, err);
}

/* --- frames --- */

/* Parts (`cat a b`) have their lines one after the other. broken [B]: rows that could not be decoded. */
static void note(struct decode *self, const int64_t *line, const struct heed_hypotheses *h,
                 const uint8_t *broken)
{
    for (int64_t b = 0; b < h->B; b++) {
        int64_t best = b * h->N;
        unsigned notes = (h->tgt_len[best] && !h->finish[best] ? 1u << HEED_NOTE_LIMIT : 0) |
                         (h->looped[best] ? 1u << HEED_NOTE_LOOP : 0);
        if (self->unknown.how == UNKNOWN_REPLACE &&
            heed_hypothesis_weak(h, b, 0, self->unknown.least))
            notes |= 1u << HEED_NOTE_WEAK;
        notes |= broken[b] ? 1u << HEED_NOTE_BROKEN : 0;
        said_line(&self->said, self->taken + line[b], notes);
        if (self->searching.wishes.force.path && !broken[b])
            said_forced(&self->said, (double)h->log_prob[best], h->tgt_len[best]);
        self->infer.n_tokens += h->tgt_len[best];
        self->part_lines = HEED_MAX(self->part_lines, line[b] + 1);
    }
}

static int emit(struct decode *self, const struct heed_doc *frame, const struct heed_encoded *x,
                const int64_t *line, const struct heed_hypotheses *h, struct heed_err *err)
{
    self->infer.n_lines += h->B;
    return self->stage.writes ? put_frame(self, frame, x, line, h, err)
                              : put_text(self, frame, line, h, err);
}

/* What is found goes out. */
static int search(struct decode *self, const struct heed_doc *frame, const struct heed_encoded *x,
                  const int64_t *line, const struct heed_search_options *o, struct heed_err *err)
{
    struct heed_hypotheses h = {0};
    struct heed_engine *e = &self->infer.engine;
    uint8_t *broken = heed_xcalloc((size_t)x->B + 1, 1);
    struct heed_err why = {.status = HEED_OK};
    int status = self->keep_going ? heed_engine_decode_on(e, x, o, &h, broken, &why)
                                  : heed_engine_decode(e, x, o, &h, err);
    if (status && self->keep_going)
        *err = why;
    if (status == 0 && why.status != HEED_OK)
        said_why(&self->said, why.text);
    if (status == 0)
        note(self, line, &h, broken);
    if (status == 0)
        status = emit(self, frame, x, line, &h, err);
    heed_hypotheses_release(&h);
    free(broken);
    return status;
}

static int decode_frame(void *ctx, struct heed_doc *frame, struct heed_err *err)
{
    struct decode *self = ctx;
    struct heed_encoded x;
    struct heed_search_options o = self->options;
    const struct heed_array *a = heed_doc_want(frame, "line", HEED_I64, 1, err);
    if (!a || heed_encoded_from_doc(&x, &self->infer.model.net, frame, err))
        return -1;
    const int64_t *line = a->data;
    heed_arena_reset(&self->infer.engine.batch);
    struct asked asked = {0};
    int status = ask(self, line, x.B, &asked, &o, err);
    if (status == 0 && self->attention) /* they go out too */
        status = heed_engine_keys(&self->infer.engine, &x, err);
    if (status == 0 && self->invariance.asked)
        status = invariance_frame(&self->invariance, &self->infer.model, &x, &o, err);
    else if (status == 0)
        status = search(self, frame, &x, line, &o, err);
    release_asked(&asked);
    return status;
}

static int end_part(void *ctx, struct heed_err *err)
{
    struct decode *self = ctx;
    (void)err;
    self->taken += self->part_lines;
    self->part_lines = 0;
    return 0;
}

static int told_invariance(struct decode *self, struct heed_err *err)
{
    return self->invariance.asked ? invariance_tell(&self->invariance, err) : 0;
}

static int opened(void *ctx, struct heed_err *err)
{
    struct decode *self = ctx;
    const struct heed_model *m = &self->infer.model;
    if ((self->weights || self->attention) && !heed_net_attends(&m->net))
        return heed_fail(err, "%s: this model pays no attention", self->infer.options.model);
    if (self->attention && !m->net.score)
        return heed_fail(err,
                         "%s: this model attends in several places, which cannot be replayed; "
                         "--weights has their mean",
                         self->infer.options.model);
    /* That text is not the model's own. */
    if (!self->searching.wishes.force.path && !searching_tells(&self->searching) &&
        !self->searching.confidence && !self->invariance.asked)
        infer_made(&self->infer, &self->stage);
    self->options = (struct heed_search_options){.log_probs = self->hypotheses,
                                                 .weights = self->weights || self->attention,
                                                 .queries = self->attention};
    if (unknown_open(&self->unknown, err) ||
        searching_start(&self->searching, m, &self->options, err))
        return -1;
    return infer_check_stream(&self->infer, &self->stage.reader, err);
}

static int head(void *ctx, struct heed_doc *doc, struct heed_err *err)
{
    struct decode *self = ctx;
    (void)err;
    infer_head(&self->infer, doc);
    heed_sides_to_doc(&self->infer.model.sides, 3, doc); /* words for peek and plot */
    return 0;
}

static void tell(void *ctx)
{
    infer_tell(&((struct decode *)ctx)->infer, "target");
}

static int run(void *opaque, struct heed_err *err)
{
    struct decode *self = opaque;
    self->hypotheses |= self->weights;
    if (self->searching.wishes.column && !self->searching.wishes.force.path)
        return heed_usage(err, "--column is of the lines of --force");
    if (self->attention && self->hypotheses)
        return heed_usage(err, "--attention and --hypotheses are two streams: give one");
    if (self->attention && self->searching.n_best > 1)
        return heed_usage(err, "--attention is of one hypothesis: give it without --n-best");
    if (self->searching.confidence && (self->attention || self->hypotheses))
        return heed_usage(err, "--confidence is a column of text: give it without streams");
    if (self->searching.scores && (self->attention || self->hypotheses))
        return heed_usage(err, "--scores are rows of text; a stream of hypotheses has scores");
    self->stage =
        (struct stage){.reads = "memory",
                       .writes = self->attention    ? "attention"
                                 : self->hypotheses ? "hypotheses"
                                                    : NULL,
                       /* The encoder's own work; of pairs the target, since it is ours now. */
                       .used_up = "memory|memory_len|state|keys|tgt|tgt_len|tgt_mask",
                       .ctx = self,
                       .opened = opened,
                       .head = head,
                       .item = decode_frame,
                       .part = end_part,
                       .tell = tell};
    if (self->invariance.asked && (self->attention || self->hypotheses))
        return heed_usage(err, "--check-invariance gives no stream");
    int status = infer_run(&self->infer, &self->stage, err);
    if (status == 0)
        status = told_invariance(self, err);
    if (status == 0) /* what cannot be written is the one thing to tell */
        status = heed_output_flush(&heed_cli.out, err);
    if (status == 0 && self->searching.json)
        said_json(&self->said, self->infer.n_tokens);
    else if (status == 0)
        said_tell(&self->said);
    wishes_release(&self->searching.wishes);
    unknown_release(&self->unknown);
    return status;
}

static void refuse(const void *opaque, const char *why)
{
    const struct decode *self = opaque;
    if (self->hypotheses || self->weights || self->attention)
        heed_refuse(self, why);
}

static const struct heed_option rows[] = {
    INFER_ROWS(struct decode, infer.options),
    JOBS_ROW(struct decode, infer.options.jobs),
    COLUMN_ROW(struct decode, searching.wishes.column, "the target to follow"),
    UNKNOWN_ROWS(struct decode, unknown,
                 "an unknown word becomes the source word it attends to most, or stays <unk>"),
    SEARCHING_ROWS(struct decode, searching),
    INVARIANCE_ROW(struct decode, invariance.asked),
    SAID_JSON_ROW(struct decode, searching.json),
    SHORTLIST_ROW(struct decode, infer.options.shortlist),
    KEEP_GOING_ROW(struct decode, keep_going, "cannot be decoded"),
    HEED_ROW_SWITCH(struct decode, hypotheses, "hypotheses", "off",
                    "write a stream of hypotheses with probabilities in place of text"),
    HEED_ROW_SWITCH(struct decode, weights, "weights", "off", "the same with attention weights"),
    HEED_ROW_SWITCH(struct decode, attention, "attention", "off",
                    "write queries, keys, values and the weights used, for attend to replay"),
    {0},
};

const struct heed_command heed_command = {
    .name = "decode",
    .summary = "run a model's decoder over memory",
    .usage = "-m MODEL [FILE]",
    .about =
        "Reads memory from encode (or attend), chooses the most probable word at each step, or "
        "keeps several hypotheses under way (--beam), and writes one line of text for every "
        "line that went in, in the order they went in. Memory is of one model: several at once "
        "are predict's business.",
    .examples =
        "tokenize -m enfr.heed < en.txt | encode -m enfr.heed | decode -m enfr.heed > fr.txt\n"
        "tokenize -m enfr.heed < en.txt | encode -m enfr.heed | decode -m enfr.heed --weights | "
        "plot",
    .see_also = "encode, attend, detokenize, plot",
    .options = rows,
    .most_used = "model beam n-best scores force hypotheses",
    .self_size = sizeof(struct decode),
    .max_operands = 1,
    .refuse = refuse,
    .start = heed_start_kernels,
    .run = run,
};
