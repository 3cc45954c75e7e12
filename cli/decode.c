/* decode.c: memory -> text, hypotheses, or the attention that was paid.
 *
 *   text          one line for each line of the input, in its order
 *   hypotheses    ids, scores, and the words that later stages need
 *   attention     queries, keys and values of every step, for `attend -m` to replay
 *
 * The decoder goes its own way (greedily), or follows the lines of --force. */
#include <string.h>

#include "cli/infer.h"
#include "cli/lines.h"
#include "cli/stage.h"
#include "cli/order.h"

struct decode {
    struct infer_options infer;
    const char *follow;
    enum unknown unknown;
    bool hypotheses, weights, attention;
    struct heed_model model;
    struct heed_engine engine;
    struct heed_reader reader;
    struct heed_writer writer;
    struct heed_order order;
    struct heed_corpus_text {
        char **lines;
        size_t *lens, n, cap, cap_lens;
    } forced;
    int64_t line; /* for streams without numbers */
    int64_t n_lines, n_tokens;
};

/* --- forced targets --- */

static int read_forced(struct decode *self, struct heed_err *err)
{
    struct heed_text in;
    int got;
    if (heed_text_open(&in, self->follow, true, 0, err))
        return -1;
    while ((got = heed_text_next(&in, err)) > 0) {
        heed_grow(&self->forced.lines, self->forced.n, &self->forced.cap, sizeof(char *));
        heed_grow(&self->forced.lens, self->forced.n, &self->forced.cap_lens, sizeof(size_t));
        const struct heed_str *line = &in.line;
        self->forced.lines[self->forced.n] = heed_xstrndup(line->len ? line->data : "", line->len);
        self->forced.lens[self->forced.n++] = line->len;
    }
    heed_text_close(&in);
    return got ? -1 : 0;
}

/* Targets to follow for these lines, [B,width] with eos. */
static int forced_ids(struct decode *self, const int64_t *line, int64_t B,
                      struct heed_decode_options *o, struct heed_err *err)
{
    struct heed_tokens *tokens = heed_xcalloc((size_t)B, sizeof *tokens);
    int32_t *len = heed_xcalloc((size_t)B, sizeof *len), *ids = NULL;
    int status = 0;
    o->force_width = 1;
    for (int64_t b = 0; b < B && status == 0; b++) {
        if (line[b] < 0 || line[b] >= (int64_t)self->forced.n) {
            status = heed_fail(err, "%s has %zu lines, the stream a line %lld", self->follow,
                               self->forced.n, (long long)line[b] + 1);
            break;
        }
        status = heed_side_encode(&self->model.sides.tgt, self->forced.lines[line[b]],
                                  self->forced.lens[line[b]], &tokens[b], err);
        len[b] = tokens[b].n ? (int32_t)tokens[b].n + 1 : 0;
        o->force_width = HEED_MAX(o->force_width, len[b]);
    }
    if (status == 0) {
        ids = heed_xcalloc((size_t)(B * o->force_width), sizeof *ids);
        for (int64_t b = 0; b < B; b++) {
            if (!len[b])
                continue;
            memcpy(ids + b * o->force_width, tokens[b].ids, sizeof *ids * tokens[b].n);
            ids[b * o->force_width + len[b] - 1] = HEED_EOS;
        }
    }
    for (int64_t b = 0; b < B; b++)
        heed_tokens_release(&tokens[b]);
    free(tokens);
    o->force = ids;
    o->force_len = len;
    return status;
}

/* --- what goes out --- */

static bool source_text(const struct heed_doc *frame, int64_t b, struct heed_source_text *src)
{
    const struct heed_array *text = heed_doc_find(frame, "src_text"),
                            *begin = heed_doc_find(frame, "src_begin");
    const struct heed_array *end = heed_doc_find(frame, "src_end"),
                            *len = heed_doc_find(frame, "src_len");
    if (!text || !begin || !end || !len || text->rank != 2 || begin->rank != 2 || end->rank != 2 ||
        text->dtype != HEED_U8 || begin->dtype != HEED_I32 || end->dtype != HEED_I32 ||
        len->dtype != HEED_I32 || begin->dims[1] != end->dims[1])
        return false;
    *src = (struct heed_source_text){
        .text = (const char *)text->data + b * text->dims[1],
        .begin = (const int32_t *)begin->data + b * begin->dims[1],
        .end = (const int32_t *)end->data + b * end->dims[1],
        .n = HEED_MIN(((const int32_t *)len->data)[b], (int32_t)begin->dims[1]),
    };
    for (int64_t i = 0; i < src->n; i++)
        if (src->begin[i] < 0 || src->end[i] < src->begin[i] || src->end[i] > text->dims[1])
            return false;
    return true;
}

static int put_text(struct decode *self, const struct heed_doc *frame, const int64_t *line,
                    const struct heed_hypotheses *h, struct heed_err *err)
{
    struct heed_str text = {0};
    bool replace = self->unknown == UNKNOWN_REPLACE;
    int status = 0;
    for (int64_t b = 0; b < h->B && status == 0; b++) {
        struct heed_source_text src;
        heed_str_clear(&text);
        bool known = replace && source_text(frame, b, &src);
        status = heed_hypothesis_text(&self->model, h, b, known ? &src : NULL, &text, err);
        if (status == 0)
            status =
                heed_order_put(&self->order, line[b], text.data ? text.data : "", text.len, err);
    }
    heed_str_release(&text);
    if (status == 0 && heed_cli.unbuffered)
        status = heed_output_flush(&heed_cli.out, err);
    return status;
}

/* What the frame carried beside the encoder's own work goes on; of pairs only the source, since the
 * target is ours now. */
static void pass_tensors(const struct heed_doc *frame, struct heed_doc *out)
{
    static const char *const used_up[] = {"memory", "memory_len", "state",   "keys",
                                          "tgt",    "tgt_len",    "tgt_mask"};
    for (size_t i = 0; i < frame->n_arrays; i++) {
        const struct heed_array *a = &frame->arrays[i];
        bool passed = stage_passes(a) && !heed_doc_find(out, a->name);
        for (size_t k = 0; k < HEED_COUNT(used_up); k++)
            passed = passed && strcmp(a->name, used_up[k]) != 0;
        if (passed)
            heed_doc_add(out, a->name, a->dtype, a->rank, a->dims, a->data);
    }
}

/* [B,1,T] and [B,1]: N is 1 in greedy decoding. */
static int put_hypotheses(struct decode *self, const struct heed_doc *frame, const int64_t *line,
                          const struct heed_hypotheses *h, struct heed_err *err)
{
    struct heed_doc out;
    int64_t bn[] = {h->B, 1}, bnt[] = {h->B, 1, h->T}, bngts[] = {h->B, 1, 1, h->T, h->S};
    float *score = heed_xcalloc((size_t)h->B, sizeof *score);
    heed_doc_init(&out);
    for (int64_t b = 0; b < h->B; b++)
        score[b] = h->tgt_len[b] ? h->log_prob[b] / (float)h->tgt_len[b] : 0;
    heed_doc_add(&out, "tgt", HEED_I32, 3, bnt, h->tgt);
    heed_doc_add(&out, "tgt_len", HEED_I32, 2, bn, h->tgt_len);
    heed_doc_add(&out, "log_prob", HEED_F32, 2, bn, h->log_prob);
    heed_doc_add(&out, "score", HEED_F32, 2, bn, score);
    heed_doc_add(&out, "token_log_prob", HEED_F32, 3, bnt, h->token_log_prob);
    heed_doc_add(&out, "align", HEED_I32, 3, bnt, h->align);
    heed_doc_add(&out, "finish", HEED_U8, 2, bn, h->finish);
    if (h->weights && h->S)
        heed_doc_add(&out, "weights", HEED_F32, 5, bngts, h->weights);
    heed_doc_add(&out, "line", HEED_I64, 1, &h->B, line);
    pass_tensors(frame, &out);
    int status = heed_writer_frame(&self->writer, &out, err);
    heed_doc_release(&out);
    free(score);
    return status;
}

/* The decoder's own queries with keys and values: `attend -m MODEL`
 * replays them to the very same weights. */
static int put_attention(struct decode *self, const struct heed_doc *frame,
                         const struct heed_encoded *x, const int64_t *line,
                         const struct heed_hypotheses *h, struct heed_err *err)
{
    struct heed_doc out;
    int32_t *q_len = heed_xcalloc((size_t)h->B, sizeof *q_len);
    heed_doc_init(&out);
    memcpy(q_len, h->tgt_len, sizeof *q_len * (size_t)h->B);
    heed_doc_add(&out, "query", HEED_F32, 3, (int64_t[]){h->B, h->T, h->query_width}, h->queries);
    heed_doc_add(&out, "query_len", HEED_I32, 1, &h->B, q_len);
    heed_doc_add(&out, "key", HEED_F32, 3, (int64_t[]){x->B, x->S, x->D}, x->memory);
    heed_doc_add(&out, "keys", HEED_F32, 3, (int64_t[]){x->B, x->S, x->key_width}, x->keys);
    heed_doc_add(&out, "value", HEED_F32, 3, (int64_t[]){x->B, x->S, x->D}, x->memory);
    heed_doc_add(&out, "valid_len", HEED_I32, 1, &x->B, x->len);
    heed_doc_add(&out, "used", HEED_F32, 4, (int64_t[]){h->B, 1, h->T, h->S}, h->weights);
    heed_doc_add(&out, "line", HEED_I64, 1, &h->B, line);
    pass_tensors(frame, &out);
    int status = heed_writer_frame(&self->writer, &out, err);
    heed_doc_release(&out);
    free(q_len);
    return status;
}

/* --- frames --- */

/* Numbers of the frame's lines; without the tensor they are counted. A new part (`cat a b`) counts
 * from 0 again. */
static int64_t *lines_of(struct decode *self, const struct heed_doc *frame, int64_t B,
                         struct heed_err *err)
{
    const struct heed_array *a = heed_doc_find(frame, "line");
    int64_t *line = heed_xcalloc((size_t)B, sizeof *line);
    if (heed_reader_parted(&self->reader)) {
        self->line = 0;
        if (heed_order_end(&self->order, err) ||
            heed_reader_window(&self->reader, &self->order.window, err)) {
            free(line);
            return NULL;
        }
    }
    for (int64_t b = 0; b < B; b++)
        line[b] = a && a->dtype == HEED_I64 ? ((const int64_t *)a->data)[b] : self->line++;
    return line;
}

static int emit(struct decode *self, const struct heed_doc *frame, const struct heed_encoded *x,
                const int64_t *line, const struct heed_hypotheses *h, struct heed_err *err)
{
    self->n_lines += h->B;
    for (int64_t b = 0; b < h->B; b++)
        self->n_tokens += h->tgt_len[b];
    if (self->attention)
        return put_attention(self, frame, x, line, h, err);
    return self->hypotheses ? put_hypotheses(self, frame, line, h, err)
                            : put_text(self, frame, line, h, err);
}

static int decode_frame(void *ctx, struct heed_doc *frame, struct heed_err *err)
{
    struct decode *self = ctx;
    struct heed_encoded x;
    struct heed_hypotheses h = {0};
    struct heed_decode_options o = {.log_probs = self->hypotheses,
                                    .weights = self->weights || self->attention,
                                    .queries = self->attention};

    if (infer_memory(frame, &self->model, &x, err))
        return -1;
    heed_arena_reset(&self->engine.batch);
    int64_t *line = lines_of(self, frame, x.B, err);
    int status = line ? 0 : -1;
    if (status == 0 && self->follow)
        status = forced_ids(self, line, x.B, &o, err);
    if (status == 0 && self->attention) /* they go out too */
        status = heed_engine_keys(&self->engine, &x, err);
    if (status == 0)
        status = heed_engine_decode(&self->engine, &x, &o, &h, err) ||
                         emit(self, frame, &x, line, &h, err)
                     ? -1
                     : 0;
    heed_hypotheses_release(&h);
    free((void *)o.force);
    free((void *)o.force_len);
    free(line);
    return status;
}

static int begin_stream(void *ctx, struct heed_err *err)
{
    struct decode *self = ctx;
    struct heed_doc head;
    heed_doc_init(&head);
    infer_pass_head(&self->reader, &self->model, &head);
    heed_sides_to_doc(&self->model.sides, 3, &head); /* words for peek and plot */
    int status =
        heed_writer_begin(&self->writer, &heed_cli.out,
                          self->attention ? "attention" : "hypotheses", "decode", &head, err);
    self->writer.flush_each = heed_cli.unbuffered;
    heed_doc_release(&head);
    return status;
}

static int run_stream(struct decode *self, struct heed_err *err)
{
    bool text = !self->hypotheses && !self->attention;
    struct infer_stage stage = {&self->reader, text ? NULL : &self->writer,
                                text ? NULL : begin_stream, decode_frame, self};
    int64_t window;
    if (infer_check_stream(&self->reader, &self->model, err) ||
        heed_reader_window(&self->reader, &window, err))
        return -1;
    heed_engine_init(&self->engine, &self->model, infer_workers(&self->infer));
    heed_order_init(&self->order, &heed_cli.out, window);
    double began = stage_seconds();
    int status = infer_frames(&stage, err);
    if (status == 0)
        status = heed_order_end(&self->order, err);
    if (status == 0 && heed_cli.stats)
        infer_tell_stats(&self->engine, self->n_lines, self->n_tokens, "target", began);
    heed_order_release(&self->order);
    heed_engine_release(&self->engine);
    return status;
}

static int check(struct decode *self, struct heed_err *err)
{
    if (self->weights)
        self->hypotheses = true;
    if (self->attention && self->hypotheses)
        return heed_usage(err, "--attention and --hypotheses are two streams: give one");
    if (infer_load(&self->infer, &self->model, err))
        return -1;
    if ((self->weights || self->attention) && !self->model.score)
        return heed_fail(err, "%s: a decoder of form plain pays no attention", self->infer.model);
    return self->follow ? read_forced(self, err) : 0;
}

static int run(void *opaque, struct heed_err *err)
{
    struct decode *self = opaque;
    int status = check(self, err);
    if (status == 0)
        status = heed_reader_open(&self->reader, heed_cli.n_operands ? heed_cli.operands[0] : "-",
                                  "memory", err);
    if (status == 0) {
        status = run_stream(self, err);
        heed_reader_close(&self->reader);
    }
    for (size_t i = 0; i < self->forced.n; i++)
        free(self->forced.lines[i]);
    free(self->forced.lines);
    free(self->forced.lens);
    heed_model_release(&self->model);
    return status;
}

static void refuse(const void *opaque, const char *why)
{
    const struct decode *self = opaque;
    if (self->hypotheses || self->weights || self->attention)
        heed_refuse(self, why);
}

static const struct heed_option rows[] = {
    INFER_ROWS(struct decode, infer),
    INFER_JOBS_ROW(struct decode, infer),
    HEED_ROW_STRING(struct decode, follow, "force", NULL, "FILE",
                    "follow these target lines in place of choosing words; gives their "
                    "probabilities and attention"),
    UNKNOWN_ROW(struct decode, unknown,
                "an unknown word becomes the source word it attends to most, or stays <unk>"),
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
    .about = "Reads memory from encode (or attend), chooses the most probable word at each step, "
             "and writes one line of text for "
             "every line that went in, in the order they went in.",
    .examples =
        "tokenize -m enfr.heed < en.txt | encode -m enfr.heed | decode -m enfr.heed > fr.txt\n"
        "… | decode -m enfr.heed --weights | plot",
    .see_also = "encode, attend, detokenize, plot",
    .options = rows,
    .self_size = sizeof(struct decode),
    .max_operands = 1,
    .refuse = refuse,
    .start = heed_start_kernels,
    .run = run,
};
