/* train_data.c: from the command line's files, pipes and folders to a source of batches.
 *
 * Text: read, clean, split off dev pairs, learn tokenizers, encode, cut. A stream of ids (tokenize
 * --pairs) is collected and then cut the same way; a stream of batches (batch-mask --epochs) is
 * trained on as it comes. */
#include <string.h>

#include "cli/train.h"
#include "stream/hash.h"

/* Is standard input a tensor stream? A text's bytes 4..7 are never all zero. */
static int is_stream(struct heed_input *in, bool *stream, struct heed_err *err)
{
    const void *bytes;
    ssize_t n = heed_input_peek(in, &bytes, 8, err);
    if (n < 0)
        return -1;
    *stream = n == 8 && memcmp((const char *)bytes + 4, "\0\0\0\0", 4) == 0;
    return 0;
}

static const char *input_name(const struct train *self)
{
    return self->src_files.n     ? self->src_files.items[0]
           : heed_cli.n_operands ? heed_cli.operands[0]
                                 : "<stdin>";
}

static int read_text(const struct train *self, struct train_data *d, struct heed_err *err)
{
    struct heed_corpus_options o = {.skip_bad = self->skip_bad, .max_line = self->max_line};
    if (self->src_files.n != self->tgt_files.n)
        return heed_usage(err, "--src and --tgt go together: %zu and %zu files given",
                          self->src_files.n, self->tgt_files.n);
    for (size_t i = 0; i < self->src_files.n; i++)
        if (heed_corpus_read_parallel(&d->corpus, self->src_files.items[i],
                                      self->tgt_files.items[i], &o, err))
            return -1;
    for (size_t i = 0; i < heed_cli.n_operands; i++)
        if (heed_corpus_read(&d->corpus, heed_cli.operands[i], &o, err))
            return -1;
    if (heed_cli.n_operands == 0 && self->src_files.n == 0 &&
        heed_corpus_read(&d->corpus, "-", &o, err))
        return -1;
    if (d->corpus.n == 0)
        return heed_fail(err,
                         "%s: no pairs to train on (%lld lines, %lld with an empty side, %lld bad)",
                         input_name(self), (long long)d->corpus.n_lines,
                         (long long)d->corpus.n_empty, (long long)d->corpus.n_bad);
    return 0;
}

static int read_dev(const struct train *self, struct train_data *d, struct heed_err *err)
{
    struct heed_corpus_options o = {.skip_bad = self->skip_bad, .max_line = self->max_line};
    bool none = self->dev.n == 1 && strcmp(self->dev.items[0], "none") == 0;
    for (size_t i = 0; i < self->dev.n && !none; i++)
        if (heed_corpus_read(&d->dev, self->dev.items[i], &o, err))
            return -1;
    if (self->dev.n && !none && d->dev.n == 0)
        return heed_fail(err, "%s: no pairs", self->dev.items[0]);
    if (self->dev.n == 0 && !d->streaming && d->corpus.n)
        heed_corpus_split(&d->corpus, &d->dev, 0.02, 2000, (uint64_t)self->train.seed);
    return 0;
}

static const char *spec_for(const struct train *self, const struct train_data *d, const char *own,
                            int which)
{
    if (own)
        return own;
    if (self->tokenizer)
        return self->tokenizer;
    return heed_tokenizer_guess(&d->corpus, which);
}

static int train_side(const struct train *self, struct train_data *d, struct heed_side *side,
                      const char *spec, int which, struct heed_err *err)
{
    struct heed_corpus_lines ctx;
    struct heed_lines lines;
    heed_corpus_lines(&ctx, &d->corpus, which, &lines);
    return heed_side_train(side, spec, &lines, self->vocab_size, self->min_count, err);
}

/* --joint auto: one vocabulary pays where pieces are learnt, and the tokenizers are one. */
static int joins(const struct train *self, const char *src, const char *tgt, bool *joint,
                 struct heed_err *err)
{
    *joint = self->joint == HEED_ON;
    if (*joint && strcmp(src, tgt) != 0)
        return heed_usage(err, "--joint needs one tokenizer for both sides (%s, %s)", src, tgt);
    if (self->joint != HEED_AUTO || strcmp(src, tgt) != 0)
        return 0;
    return heed_tokenizer_learns(src, joint, err);
}

static int learn_sides(const struct train *self, struct train_data *d, struct heed_sides *sides,
                       struct heed_err *err)
{
    const char *src = spec_for(self, d, self->src_tokenizer, 1),
               *tgt = spec_for(self, d, self->tgt_tokenizer, 2);
    bool joint;
    if (joins(self, src, tgt, &joint, err))
        return -1;
    sides->src_eos = self->src_eos;
    if (train_side(self, d, &sides->src, src, joint ? 3 : 1, err))
        return -1;
    return joint ? heed_sides_share(sides, err) : train_side(self, d, &sides->tgt, tgt, 2, err);
}

/* Fails when nothing is left; else lengths seen become the model's limits. */
static int filtered(struct train_data *d, const char *name, struct heed_err *err)
{
    const struct heed_filter_report *r = &d->report;
    d->limits = (struct heed_limits){r->max_src, r->max_tgt, r->max_len_ratio};
    return heed_filter_check(&d->filter, r, name, err);
}

static int encode_text(const struct train *self, struct train_data *d,
                       const struct heed_sides *sides, struct heed_err *err)
{
    if (heed_corpus_encode(&d->corpus, sides, &d->filter, &d->dataset, &d->report, err))
        return -1;
    return filtered(d, input_name(self), err);
}

static void digest(struct train_data *d)
{
    const struct heed_dataset *x = &d->dataset;
    struct heed_sha256 h;
    heed_sha256_init(&h);
    heed_sha256_add(&h, x->src, sizeof *x->src * x->n_src);
    heed_sha256_add(&h, x->tgt, sizeof *x->tgt * x->n_tgt);
    heed_sha256_add(&h, x->src_at, sizeof *x->src_at * (x->n + 1));
    heed_sha256_hex(&h, d->sha256);
}

/* --- streams --- */

static int check_ids(const struct train_data *d, const struct heed_doc *doc, struct heed_err *err)
{
    return heed_schema_check_ids(doc, "src", d->src_vocab, err) ||
                   heed_schema_check_ids(doc, "tgt", d->tgt_vocab, err)
               ? -1
               : 0;
}

static int frame_to_batch(struct train_data *d, struct heed_batch *b, struct heed_err *err)
{
    if (!heed_doc_find(&d->frame, "tgt"))
        return heed_fail(err, "%s: the stream has no targets; give pairs: tokenize --pairs",
                         d->reader.in.name);
    if (check_ids(d, &d->frame, err) || heed_batch_from_doc(&d->frame, b, err))
        return heed_err_prefix(err, "%s: frame %lld: ", d->reader.in.name,
                               (long long)d->reader.seq);
    return 0;
}

/* A stream of ids: all pairs into the dataset, by the same filter as text. */
static int collect_ids(struct train_data *d, struct heed_err *err)
{
    int got;
    while ((got = heed_reader_next(&d->reader, &d->frame, err)) > 0) {
        struct heed_batch b;
        if (frame_to_batch(d, &b, err))
            return -1;
        for (int64_t i = 0; i < b.B; i++)
            heed_filter_add_row(&d->filter, &b, i, &d->dataset, &d->report);
    }
    return got < 0 ? -1 : filtered(d, d->reader.in.name, err);
}

/* Batches whose maker did not say how much is unknown are counted as they pass; the first epoch
 * over, all is seen. */
static int count_batch(struct train_data *d, const struct heed_batch *b, struct heed_err *err)
{
    struct heed_filter_report *r = &d->report;
    if (d->n_uncounted == 0)
        return 0;
    for (int64_t i = 0; i < b->B; i++)
        heed_filter_count_row(&d->filter, b, i, r);
    if (--d->n_uncounted == 0 && heed_filter_check_unknown(r, d->allow_unknown, err))
        return heed_err_prefix(err, "%s: ", d->reader.in.name);
    return 0;
}

static int stream_next(void *ctx, struct heed_arena *arena, struct heed_batch *out,
                       struct heed_err *err)
{
    struct train_data *d = ctx;
    (void)arena;
    int got = heed_reader_next(&d->reader, &d->frame, err);
    if (got <= 0)
        return got;
    if (frame_to_batch(d, out, err) || heed_doc_meta_i64(&d->frame, "epoch", &out->epoch, err) ||
        heed_doc_meta_i64(&d->frame, "index", &out->index, err))
        return -1;
    return count_batch(d, out, err) ? -1 : 1;
}

static int stream_skip(void *ctx, int64_t n, struct heed_err *err)
{
    struct train_data *d = ctx;
    for (int64_t i = 0; i < n; i++) {
        struct heed_batch b;
        int got = stream_next(d, NULL, &b, err);
        if (got <= 0)
            return got < 0 ? -1
                           : heed_fail(err, "the stream ends before the checkpoint's step %lld",
                                       (long long)n);
    }
    return 0;
}

/* The stream's batches are as batch-mask made them. */
static int check_stream_options(const struct train *self, const struct train_data *d,
                                struct heed_err *err)
{
    static const char *const settled[] = {"time",    "rows",      "tokens",
                                          "max-len", "max-ratio", "truncate"};
    int64_t n = d->source.epochs * d->source.per_epoch;
    for (size_t i = 0; i < HEED_COUNT(settled); i++)
        if (heed_option_given(settled[i]))
            return heed_usage(err,
                              "--%s needs pairs: batches of a stream are as batch-mask made them",
                              settled[i]);
    if (heed_option_given("epochs") && self->train.epochs != d->source.epochs)
        return heed_usage(err, "--epochs %lld, but the stream has %lld",
                          (long long)self->train.epochs, (long long)d->source.epochs);
    if (self->train.steps > n)
        return heed_usage(err, "--steps %lld, but the stream has %lld batches",
                          (long long)self->train.steps, (long long)n);
    return 0;
}

/* A count of the plan: products of two must not overflow. */
static int plan_count(const struct heed_doc *head, const char *key, int64_t *out,
                      struct heed_err *err)
{
    const int64_t most = 1 << 30;
    if (heed_doc_meta_i64(head, key, out, err))
        return -1;
    if (*out < 1 || *out > most)
        return heed_fail(err, "metadata %s: %lld not in 1..%lld", key, (long long)*out,
                         (long long)most);
    return 0;
}

/* How many tokens there are, and how many of them are unknown, where the head says so. */
static int head_counts(struct train_data *d, const struct heed_doc *head, struct heed_err *err)
{
    struct heed_filter_report *r = &d->report;
    const struct {
        const char *key;
        int64_t *to;
    } counts[] = {
        {"tokens.src", &r->n_src_tokens},
        {"tokens.tgt", &r->n_tgt_tokens},
        {"unknown.src", &r->n_src_unknown},
        {"unknown.tgt", &r->n_tgt_unknown},
    };
    d->n_uncounted = d->source.per_epoch;
    if (!heed_doc_meta(head, counts[0].key))
        return 0;
    d->n_uncounted = 0;
    for (size_t i = 0; i < HEED_COUNT(counts); i++) {
        if (heed_doc_meta_i64(head, counts[i].key, counts[i].to, err))
            return -1;
        if (*counts[i].to < 0)
            return heed_fail(err, "metadata %s: %lld is no number of tokens", counts[i].key,
                             (long long)*counts[i].to);
    }
    return 0;
}

/* batch-mask --epochs tells its plan and the lengths it saw in the stream frame. */
static int stream_source(const struct train *self, struct train_data *d, struct heed_err *err)
{
    const struct heed_doc *head = &d->reader.head;
    const char *ratio = heed_doc_meta(head, "limit.ratio");
    if (!heed_doc_meta(head, "epochs"))
        return heed_reader_next(&d->reader, &d->frame, err) < 0
                   ? -1 /* what went wrong before batch-mask knew its plan */
                   : heed_fail(err,
                               "%s: batches without epochs; put `batch-mask --epochs N` in front",
                               d->reader.in.name);
    d->source = (struct heed_batch_source){.next = stream_next, .skip = stream_skip, .ctx = d};
    if (plan_count(head, "epochs", &d->source.epochs, err) ||
        plan_count(head, "batches", &d->source.per_epoch, err) ||
        plan_count(head, "limit.max-src", &d->limits.max_src, err) ||
        plan_count(head, "limit.max-tgt", &d->limits.max_tgt, err))
        return heed_err_prefix(err, "%s: ", d->reader.in.name);
    if (!ratio || !heed_parse_f64(ratio, &d->limits.ratio) || !(d->limits.ratio > 0))
        return heed_fail(err, "%s: metadata limit.ratio is '%s', want a ratio of lengths",
                         d->reader.in.name, ratio ? ratio : "");
    if (head_counts(d, head, err))
        return heed_err_prefix(err, "%s: ", d->reader.in.name);
    memcpy(d->sha256, head->fingerprint, sizeof d->sha256);
    return check_stream_options(self, d, err);
}

/* Ids are nothing without their vocabulary: that of a model being resumed or begun from must be the
 * stream's, and what stands at the end of a source too. */
static int check_stream_sides(const struct heed_doc *head, const struct heed_sides *sides,
                              struct heed_err *err)
{
    const char *src = heed_doc_meta(head, "vocab.src"), *tgt = heed_doc_meta(head, "vocab.tgt");
    if (src && strcmp(src, sides->src.fingerprint) != 0)
        return heed_fail(err,
                         "the stream has another source vocabulary (%.12s) than the model (%.12s)",
                         src, sides->src.fingerprint);
    if (tgt && strcmp(tgt, sides->tgt.fingerprint) != 0)
        return heed_fail(err,
                         "the stream has another target vocabulary (%.12s) than the model (%.12s)",
                         tgt, sides->tgt.fingerprint);
    const char *eos = heed_doc_meta(head, "src-eos");
    if (eos && (strcmp(eos, "on") == 0) != sides->src_eos)
        return heed_fail(err, "the stream was made with src-eos %s, the model with %s", eos,
                         sides->src_eos ? "on" : "off");
    return 0;
}

static int read_stream(const struct train *self, struct train_data *d, struct heed_sides *sides,
                       struct heed_err *err)
{
    if (heed_reader_open(&d->reader, "-", "ids|batch", err))
        return -1;
    const struct heed_doc *head = &d->reader.head;
    const char *joint = heed_doc_meta(head, "joint"); /* then the source's is the target's */
    bool both = heed_doc_find(head, "vocab.src") &&
                (heed_doc_find(head, "vocab.tgt") || (joint && strcmp(joint, "on") == 0));
    if (!sides->src.tokenizer.plugin && !both)
        return heed_fail(err,
                         "%s: the stream carries no vocabularies (tokenize --pairs sends them)",
                         d->reader.in.name);
    if (!sides->src.tokenizer.plugin && heed_sides_from_doc(sides, 3, head, err))
        return heed_err_prefix(err, "%s: ", d->reader.in.name);
    if (check_stream_sides(head, sides, err))
        return heed_err_prefix(err, "%s: ", d->reader.in.name);
    d->src_vocab = sides->src.vocab.n;
    d->tgt_vocab = sides->tgt.vocab.n;
    d->filter.src_eos = sides->src_eos;
    heed_doc_init(&d->frame);
    d->streaming = strcmp(d->reader.type, "batch") == 0;
    return d->streaming ? stream_source(self, d, err) : collect_ids(d, err);
}

/* --- all together --- */

static int stored_sides(const struct train *self, struct heed_sides *sides, struct heed_err *err)
{
    struct heed_store *store;
    if (heed_store_open(&store, heed_cli.store, true, err))
        return -1;
    int status = heed_side_load(&sides->src, store, self->vocab, err);
    heed_store_close(store);
    sides->src_eos = self->src_eos;
    return status ? -1 : heed_sides_share(sides, err);
}

int train_data_read(const struct train *self, struct train_data *d, struct heed_sides *sides,
                    struct heed_err *err)
{
    bool stream = false;
    heed_corpus_init(&d->corpus);
    heed_corpus_init(&d->dev);
    heed_dataset_init(&d->dataset);
    d->filter = (struct heed_filter){self->max_len, self->max_ratio, self->truncate, false};
    d->allow_unknown = self->allow_unknown;
    if (heed_cli.n_operands == 0 && self->src_files.n == 0) {
        struct heed_input in;
        if (heed_input_open(&in, "-", err) || is_stream(&in, &stream, err))
            return -1;
        heed_input_unread(&in);
    }
    if (stream ? read_stream(self, d, sides, err) : read_text(self, d, err))
        return -1;
    if (read_dev(self, d, err))
        return -1;
    if (stream)
        return 0;
    if (!sides->src.tokenizer.plugin &&
        (self->vocab ? stored_sides(self, sides, err) : learn_sides(self, d, sides, err)))
        return -1;
    return encode_text(self, d, sides, err);
}

int train_data_source(const struct train *self, struct train_data *d, struct heed_err *err)
{
    (void)err;
    if (d->streaming)
        return 0;
    digest(d);
    heed_dataset_source_init(&d->dataset_source, &d->dataset, &self->train, &d->source);
    return 0;
}

void train_data_release(struct train_data *d)
{
    heed_corpus_release(&d->corpus);
    heed_corpus_release(&d->dev);
    heed_dataset_release(&d->dataset);
    if (d->source.ctx == &d->dataset_source)
        heed_batcher_release(&d->dataset_source.batcher);
    if (d->reader.type[0]) {
        heed_doc_release(&d->frame);
        heed_reader_close(&d->reader);
    }
}
