/* pair_stream.c: see pair_stream.h. A frame is believed only as far as it was looked at: every id is
 * below its vocabulary, every length within its row. */
#include <string.h>

#include "data/pair_stream.h"

static int check_ids(const struct heed_pair_stream *s, struct heed_err *err)
{
    return heed_schema_check_ids(&s->frame, "src", s->src_vocab, err) ||
                   heed_schema_check_ids(&s->frame, "tgt", s->tgt_vocab, err)
               ? -1
               : 0;
}

/* 1, 0 at the end, -1. */
static int next_batch(struct heed_pair_stream *s, struct heed_batch *b, struct heed_err *err)
{
    int got = heed_reader_next(&s->reader, &s->frame, err);
    if (got <= 0)
        return got;
    if (!heed_doc_find(&s->frame, "tgt"))
        return heed_fail(err, "%s: the stream has no targets; give pairs: tokenize --pairs",
                         s->reader.in.name);
    if (check_ids(s, err) || heed_batch_from_doc(&s->frame, b, err))
        return heed_err_prefix(err, "%s: frame %lld: ", s->reader.in.name,
                               (long long)s->reader.seq);
    return 1;
}

int heed_pair_stream_collect(struct heed_pair_stream *s, const struct heed_filter *f,
                             struct heed_dataset *out, struct heed_filter_report *report,
                             struct heed_err *err)
{
    struct heed_batch b;
    int got;
    while ((got = next_batch(s, &b, err)) > 0)
        for (int64_t i = 0; i < b.B; i++)
            heed_filter_add_row(f, &b, i, out, report);
    return got;
}

/* --- batches --- */

static int count_batch(struct heed_pair_stream *s, const struct heed_batch *b, struct heed_err *err)
{
    if (s->n_uncounted == 0)
        return 0;
    for (int64_t i = 0; i < b->B; i++)
        heed_filter_count_row(s->filter, b, i, s->report);
    if (--s->n_uncounted == 0 && heed_filter_check_unknown(s->report, s->allow_unknown, err))
        return heed_err_prefix(err, "%s: ", s->reader.in.name);
    return 0;
}

static int stream_next(void *ctx, struct heed_arena *arena, struct heed_batch *out,
                       struct heed_err *err)
{
    struct heed_pair_stream *s = ctx;
    (void)arena;
    int got = next_batch(s, out, err);
    if (got <= 0)
        return got;
    /* There by the plan; a batch without is no batch of an epoch. */
    if (heed_doc_meta_i64(&s->frame, "epoch", &out->epoch, err) ||
        heed_doc_meta_i64(&s->frame, "index", &out->index, err))
        return heed_err_prefix(err, "%s: frame %lld: ", s->reader.in.name,
                               (long long)s->reader.seq);
    return count_batch(s, out, err) ? -1 : 1;
}

static int stream_skip(void *ctx, int64_t n, struct heed_err *err)
{
    for (int64_t i = 0; i < n; i++) {
        struct heed_batch b;
        int got = stream_next(ctx, NULL, &b, err);
        if (got < 0)
            return -1;
        if (got == 0)
            return heed_fail(err, "the stream ends before the checkpoint's step %lld",
                             (long long)n);
    }
    return 0;
}

void heed_batch_plan_to_doc(const struct heed_batcher *b, int64_t epochs,
                            const struct heed_filter_report *report,
                            const struct heed_copied *copied, struct heed_doc *head)
{
    const struct {
        const char *key;
        int64_t value;
    } told[] = {
        {"epochs", epochs},
        {"batches", b->n_batches},
        {"seed", (int64_t)b->seed},
        {"rows", b->rows},
        {"tokens", b->tokens},
        {"limit.max-src", report->max_src},
        {"limit.max-tgt", report->max_tgt},
        {"tokens.src", report->n_src_tokens},
        {"tokens.tgt", report->n_tgt_tokens},
        {"unknown.src", report->n_src_unknown},
        {"unknown.tgt", report->n_tgt_unknown},
        {"limit.repeats", heed_filter_repeats(report)},
        {"copied.tokens", copied->n_tokens},
        {"copied.own", copied->n_own},
        {"copied.other", copied->n_other},
    };
    size_t n = HEED_COUNT(told) - (copied->n_tokens ? 0 : 3);
    char ratio[32];
    for (size_t i = 0; i < n; i++)
        heed_doc_set_meta_i64(head, told[i].key, told[i].value);
    heed_format_f64(ratio, sizeof(ratio), report->max_len_ratio);
    heed_doc_set_meta(head, "limit.ratio", ratio);
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

/* Which a stream made before there was a guard against loops does not tell. */
static int read_repeats(const struct heed_doc *head, struct heed_filter_report *r,
                        struct heed_err *err)
{
    int64_t times = 0;
    if (heed_doc_meta(head, "limit.repeats") &&
        heed_doc_meta_i64(head, "limit.repeats", &times, err))
        return -1;
    if (times < 0 || times > HEED_REPEATS_MAX)
        return heed_fail(err, "metadata limit.repeats: %lld not in 0..%d", (long long)times,
                         HEED_REPEATS_MAX);
    r->repeats[times] = times > 0;
    return 0;
}

static int read_plan(const struct heed_doc *head, struct heed_batch_source *out,
                     struct heed_filter_report *r, struct heed_err *err)
{
    const char *ratio = heed_doc_meta(head, "limit.ratio");
    if (plan_count(head, "epochs", &out->epochs, err) ||
        plan_count(head, "batches", &out->per_epoch, err) ||
        plan_count(head, "limit.max-src", &r->max_src, err) ||
        plan_count(head, "limit.max-tgt", &r->max_tgt, err))
        return -1;
    if (!ratio || !heed_parse_f64(ratio, &r->max_len_ratio) || !(r->max_len_ratio > 0))
        return heed_fail(err, "metadata limit.ratio is '%s', want a ratio of lengths",
                         ratio ? ratio : "");
    return read_repeats(head, r, err);
}

struct count {
    const char *key;
    int64_t *to;
};

/* *told: whether the head has them. */
static int read_counts(const struct heed_doc *head, const struct count *counts, size_t n,
                       bool *told, struct heed_err *err)
{
    *told = heed_doc_meta(head, counts[0].key) != NULL;
    for (size_t i = 0; i < n && *told; i++) {
        if (heed_doc_meta_i64(head, counts[i].key, counts[i].to, err))
            return -1;
        if (*counts[i].to < 0)
            return heed_fail(err, "metadata %s: %lld is no number of tokens", counts[i].key,
                             (long long)*counts[i].to);
    }
    return 0;
}

/* How many tokens there are, and how many of them are unknown; how many are copied. */
static int read_told(struct heed_pair_stream *s, struct heed_filter_report *r, bool *told,
                     struct heed_err *err)
{
    const struct count tokens[] = {{"tokens.src", &r->n_src_tokens},
                                   {"tokens.tgt", &r->n_tgt_tokens},
                                   {"unknown.src", &r->n_src_unknown},
                                   {"unknown.tgt", &r->n_tgt_unknown}},
                       copied[] = {{"copied.tokens", &s->copied.n_tokens},
                                   {"copied.own", &s->copied.n_own},
                                   {"copied.other", &s->copied.n_other}};
    bool any;
    return read_counts(&s->reader.head, tokens, HEED_COUNT(tokens), told, err) ||
                   read_counts(&s->reader.head, copied, HEED_COUNT(copied), &any, err)
               ? -1
               : 0;
}

int heed_pair_stream_source(struct heed_pair_stream *s, const struct heed_filter *f,
                            double allow_unknown, struct heed_filter_report *report,
                            struct heed_batch_source *out, struct heed_err *err)
{
    const struct heed_doc *head = &s->reader.head;
    bool told;
    if (!heed_doc_meta(head, "epochs"))
        return heed_reader_next(&s->reader, &s->frame, err) < 0
                   ? -1 /* what went wrong before batch-mask knew its plan */
                   : heed_fail(err,
                               "%s: batches without epochs; put `batch-mask --epochs N` in front",
                               s->reader.in.name);
    *out = (struct heed_batch_source){.next = stream_next, .skip = stream_skip, .ctx = s};
    if (read_plan(head, out, report, err) || read_told(s, report, &told, err))
        return heed_err_prefix(err, "%s: ", s->reader.in.name);
    s->n_uncounted = told ? 0 : out->per_epoch;
    s->filter = f;
    s->report = report;
    s->allow_unknown = allow_unknown;
    return 0;
}

/* --- sides --- */

static int tags_of(const struct heed_doc *head)
{
    struct heed_err none;
    int64_t n = 0;
    return heed_doc_meta(head, "tags") && heed_doc_meta_i64(head, "tags", &n, &none) == 0 ? (int)n
                                                                                          : 0;
}

/* Ids are nothing without their vocabulary: that of a model being resumed or begun from must be the
 * stream's, and what stands at the end of a source too. */
static int compare_sides(const struct heed_doc *head, const struct heed_sides *sides,
                         struct heed_err *err)
{
    const char *src = heed_doc_meta(head, "vocab.src"), *tgt = heed_doc_meta(head, "vocab.tgt"),
               *eos = heed_doc_meta(head, "src-eos");
    if (src && strcmp(src, sides->src.fingerprint) != 0)
        return heed_fail(err,
                         "the stream has another source vocabulary (%.12s) than the model (%.12s)",
                         src, sides->src.fingerprint);
    if (tgt && strcmp(tgt, sides->tgt.fingerprint) != 0)
        return heed_fail(err,
                         "the stream has another target vocabulary (%.12s) than the model (%.12s)",
                         tgt, sides->tgt.fingerprint);
    if (tags_of(head) != sides->src.tags)
        return heed_fail(err, "the stream has %d tags in front of a source, the model %d",
                         tags_of(head), sides->src.tags);
    if (eos && (strcmp(eos, "on") == 0) != sides->src_eos)
        return heed_fail(err, "the stream was made with src-eos %s, the model with %s", eos,
                         sides->src_eos ? "on" : "off");
    return 0;
}

static int take_sides(const struct heed_doc *head, struct heed_sides *sides, struct heed_err *err)
{
    if (sides->src.tokenizer.plugin)
        return compare_sides(head, sides, err);
    if (!heed_sides_in_doc(head))
        return heed_fail(err, "the stream carries no vocabularies (tokenize --pairs sends them)");
    return heed_sides_from_doc(sides, 3, head, err) || compare_sides(head, sides, err) ? -1 : 0;
}

int heed_pair_stream_open(struct heed_pair_stream *s, struct heed_sides *sides,
                          struct heed_err *err)
{
    *s = (struct heed_pair_stream){0};
    if (heed_reader_open(&s->reader, "-", "ids|batch", err)) {
        *s = (struct heed_pair_stream){0};
        return -1;
    }
    heed_doc_init(&s->frame);
    if (take_sides(&s->reader.head, sides, err)) {
        heed_err_prefix(err, "%s: ", s->reader.in.name);
        heed_pair_stream_close(s);
        return -1;
    }
    s->src_vocab = sides->src.vocab.n;
    s->tgt_vocab = sides->tgt.vocab.n;
    s->batches = strcmp(s->reader.type, "batch") == 0;
    return 0;
}

void heed_pair_stream_close(struct heed_pair_stream *s)
{
    if (!s->reader.type[0])
        return;
    heed_doc_release(&s->frame);
    heed_reader_close(&s->reader);
    *s = (struct heed_pair_stream){0};
}
