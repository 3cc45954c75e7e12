/* pairs.c: see pairs.h. */
#include <string.h>

#include "data/beyond.h"
#include "data/final.h"
#include "data/pair_numbers.h"
#include "data/pairs.h"
#include "data/recount.h"
#include "stream/unpack.h"

static void doing(const struct heed_pairs_options *o, const char *what)
{
    if (o->doing)
        o->doing(what);
}

/* Is standard input a tensor stream, perhaps compressed? A text's bytes 4..7 are never all zero. */
static int sniff(bool *stream, struct heed_err *err)
{
    struct heed_input in;
    const void *bytes;
    if (heed_input_open(&in, "-", err) || heed_input_unpack(&in, err))
        return -1;
    ssize_t n = heed_input_peek(&in, &bytes, 8, err);
    if (n < 0)
        return -1;
    *stream = n == 8 && memcmp((const char *)bytes + 4, "\0\0\0\0", 4) == 0;
    heed_input_unread(&in);
    return 0;
}

const char *heed_pairs_name(const struct heed_pairs_options *o)
{
    return o->src_files.n ? o->src_files.items[0] : o->n_files ? o->files[0] : "<stdin>";
}

const char *heed_pairs_corpus(const struct heed_pairs_options *o, size_t i)
{
    return i < o->src_files.n ? o->src_files.items[i] : o->files[i - o->src_files.n];
}

/* --- text --- */

static int corpus_options(const struct heed_pairs *p, const struct heed_pairs_options *o,
                          struct heed_corpus_options *out, struct heed_err *err)
{
    *out = (struct heed_corpus_options){.skip_bad = o->skip_bad,
                                        .max_line = o->max_line,
                                        .lists = o->numbers ? o->lists : NULL,
                                        .tagging = &p->tagging};
    bool grouped = o->numbers && o->numbers->grouped, more = p->tagging.n || grouped;
    out->groups = grouped ? o->groups : NULL;
    out->group = o->group_column;
    return heed_columns_parse(o->columns || !more ? o->columns : "1,2", "columns", &out->columns,
                              err);
}

static bool no_dev(const struct heed_pairs_options *o)
{
    return o->dev.n == 1 && strcmp(o->dev.items[0], "none") == 0;
}

/* Columns are those of lines of pairs, wherever such are read. */
static int check_columns(const struct heed_pairs_options *o, bool stream, struct heed_err *err)
{
    bool pairs = o->n_files || (!o->src_files.n && !stream) || (o->dev.n && !no_dev(o));
    if ((o->columns && !pairs) || (o->tag_columns && (stream || o->src_files.n)))
        return heed_usage(err, "--%s needs lines of pairs: %s none",
                          o->columns && !pairs ? "columns" : "tag-columns",
                          stream ? "a stream has" : "--src and --tgt have");
    return 0;
}

static int read_corpus(struct heed_corpus *c, const struct heed_pairs_options *o,
                       struct heed_corpus_options *how, struct heed_err *err)
{
    if (o->src_files.n != o->tgt_files.n)
        return heed_usage(err, "--src and --tgt go together: %zu and %zu files given",
                          o->src_files.n, o->tgt_files.n);
    for (size_t i = 0; i < o->src_files.n; i++, how->corpus++)
        if (heed_corpus_read_parallel(c, o->src_files.items[i], o->tgt_files.items[i], how, err))
            return -1;
    for (size_t i = 0; i < o->n_files; i++, how->corpus++)
        if (heed_corpus_read(c, o->files[i], how, err))
            return -1;
    if (o->n_files == 0 && o->src_files.n == 0 && heed_corpus_read(c, "-", how, err))
        return -1;
    return 0;
}

static int refuse_none(const struct heed_corpus *c, const struct heed_pairs_options *o,
                       struct heed_err *err)
{
    return heed_fail(
        err, "%s: no pairs to train on (%lld lines, %lld with an empty side, %lld bad)%s",
        heed_pairs_name(o), (long long)c->n_lines, (long long)c->n_empty, (long long)c->n_bad,
        c->n_wide ? "; --columns 1,2 takes the first two of more columns" : "");
}

/* Dev pairs: those named; else some of the corpus, where there is one. */
static int read_dev(struct heed_pairs *p, const struct heed_pairs_options *o, uint64_t seed,
                    struct heed_err *err)
{
    struct heed_corpus_options how;
    bool none = no_dev(o);
    if (corpus_options(p, o, &how, err))
        return -1;
    how.keep_empty = true;
    for (size_t i = 0; i < o->dev.n && !none; i++)
        if (heed_corpus_read(&p->dev, o->dev.items[i], &how, err))
            return -1;
    if (o->dev.n && !none && p->dev.n == 0)
        return heed_fail(err, "%s: no pairs", o->dev.items[0]);
    if (o->dev.n == 0 && p->corpus.n)
        heed_corpus_split(&p->corpus, &p->dev, 0.02, 2000, seed);
    return 0;
}

int heed_pairs_check_altered(const struct heed_pairs *p, const struct heed_pairs_options *o,
                             const struct heed_side *tgt, struct heed_err *err)
{
    if (heed_side_alters(tgt))
        return 0;
    return heed_altered_check(&p->altered[1], o->allow_altered, "target", "--allow-altered 1", err);
}

int heed_pairs_check_dropped(const struct heed_pairs *p, const struct heed_pairs_options *o,
                             struct heed_err *err)
{
    const char *name = p->stream.reader.type[0] ? p->stream.reader.in.name : heed_pairs_name(o);
    return heed_filter_check_dropped(&p->filter, &p->report, o->allow_dropped, name, err);
}

struct reading {
    struct heed_pairs *p;
    const struct heed_pairs_options *o;
    uint64_t seed;
    struct heed_sides *sides;
    struct heed_corpus_options how;
    struct heed_recount recount;
    struct heed_beyond beyond;
    bool learns; /* tokenizers and vocabularies, not taken from elsewhere */
};

/* Their tags become pieces; those of dev too, which need not come in training to be known. */
static int tag(struct reading *r, struct heed_err *err)
{
    struct heed_pairs *p = r->p;
    return heed_sides_tag(r->sides, &p->corpus, p->tagging.n, err) ||
                   heed_sides_tag(r->sides, &p->dev, p->tagging.n, err)
               ? -1
               : 0;
}

/* Dev pairs, tokenizers and vocabularies: all pairs are there, or the first window of them. */
static int settle_sides(struct reading *r, struct heed_err *err)
{
    struct heed_pairs *p = r->p;
    const struct heed_pairs_options *o = r->o;
    struct heed_sides *sides = r->sides;
    if (p->corpus.n == 0)
        return refuse_none(&p->corpus, o, err);
    if (read_dev(p, o, r->seed, err) ||
        (o->numbers && (heed_pair_numbers_read(&p->corpus, 0, o, err) ||
                        heed_pair_numbers_read(&p->dev, 0, o, err))))
        return -1;
    r->learns = !sides->src.tokenizer.plugin;
    if (r->learns && heed_sides_learn(sides, o, &p->corpus, p->why, err))
        return -1;
    if (r->learns ? tag(r, err) : heed_side_check_tags(&sides->src, p->tagging.n, err))
        return -1;
    return 0;
}

static int settle_pairs(struct reading *r, struct heed_err *err)
{
    struct heed_pairs *p = r->p;
    if (r->o->numbers && heed_pair_numbers_speeds(&p->corpus, r->o, err))
        return -1;
    p->filter.src_eos = r->sides->src_eos;
    doing(r->o, "tokenizing pairs");
    if (heed_corpus_encode(&p->corpus, r->sides, &p->filter, &p->dataset, &p->report, p->altered,
                           err))
        return -1;
    heed_shares_mark(&p->shares, &p->corpus, &p->dataset);
    return 0;
}

static int settle(struct reading *r, struct heed_err *err)
{
    return settle_sides(r, err) || settle_pairs(r, err) ? -1 : 0;
}

static int begin_beyond(struct reading *r, struct heed_err *err)
{
    return settle_pairs(r, err) ||
                   heed_beyond_begin(&r->beyond, r->p, r->o, r->sides, !r->o->dev.n, err)
               ? -1
               : 0;
}

static int take_more(struct reading *r, struct heed_err *err)
{
    return (r->learns && heed_sides_tag(r->sides, &r->p->corpus, r->p->tagging.n, err)) ||
                   heed_beyond_take(&r->beyond, err)
               ? -1
               : 0;
}

static int window_full(void *ctx, struct heed_err *err)
{
    struct reading *r = ctx;
    if (r->recount.p)
        return heed_recount_take(&r->recount, err);
    if (r->beyond.p)
        return take_more(r, err);
    r->how.most = HEED_BEYOND_PAIRS;
    if (settle_sides(r, err))
        return -1;
    return r->learns && heed_recount_wanted(r->o, r->sides)
               ? heed_recount_begin(&r->recount, r->p, r->o, r->sides, err)
               : begin_beyond(r, err);
}

/* Words are counted in all pairs, which come from their spool now. */
static int read_again(struct reading *r, struct heed_err *err)
{
    int more;
    if (heed_recount_take(&r->recount, err) || heed_recount_end(&r->recount, err) || tag(r, err) ||
        begin_beyond(r, err))
        return -1;
    while ((more = heed_recount_next(&r->recount, err)) > 0)
        if (take_more(r, err))
            return -1;
    return more;
}

static int check_one_pass(const struct heed_pairs_options *o, bool stream, struct heed_err *err)
{
    if (o->one_pass && (stream || o->numbers || o->n_files || o->src_files.n))
        return heed_usage(err, "--one-pass is of lines of pairs on standard input");
    return o->one_pass && !o->window ? heed_usage(err, "--one-pass needs a --window") : 0;
}

static int read_live(struct reading *r, struct heed_err *err)
{
    struct heed_pairs *p = r->p;
    if (heed_live_open(&p->live, &r->how, r->o->window, &p->corpus, err) || settle(r, err))
        return -1;
    if (!r->o->dev.n)
        heed_aside_init(&p->live.aside, &p->dev);
    return 0;
}

static int read_windows(struct reading *r, struct heed_err *err)
{
    struct heed_pairs *p = r->p;
    r->how.most = r->o->numbers ? 0 : (size_t)r->o->window;
    r->how.full = window_full;
    r->how.ctx = r;
    int status = read_corpus(&p->corpus, r->o, &r->how, err);
    if (status == 0)
        status = r->recount.p  ? read_again(r, err)
                 : r->beyond.p ? take_more(r, err)
                               : settle(r, err);
    heed_beyond_end(&r->beyond);
    heed_recount_close(&r->recount);
    return status;
}

static int read_text(struct heed_pairs *p, const struct heed_pairs_options *o, uint64_t seed,
                     struct heed_sides *sides, struct heed_err *err)
{
    struct reading r = {.p = p, .o = o, .seed = seed, .sides = sides};
    if (corpus_options(p, o, &r.how, err) ||
        (o->one_pass ? read_live(&r, err) : read_windows(&r, err)))
        return -1;
    p->report.n_empty += p->corpus.n_empty; /* seen before there were tokens */
    p->report.n_blank += p->corpus.n_blank;
    p->report.n_bad = p->corpus.n_bad;
    p->report.n_wide = p->corpus.n_wide;
    return heed_filter_check(&p->filter, &p->report, heed_pairs_name(o), err);
}

/* --- streams --- */

static int read_stream(struct heed_pairs *p, const struct heed_pairs_options *o,
                       struct heed_sides *sides, struct heed_err *err)
{
    struct heed_pair_stream *s = &p->stream;
    if (heed_pair_stream_open(s, sides, err))
        return -1;
    p->filter.src_eos = sides->src_eos;
    if (s->batches)
        return heed_pair_stream_source(s, &p->filter, o->allow_unknown, &p->report, &p->source,
                                       err);
    if (heed_pair_stream_collect(s, &p->filter, &p->dataset, &p->report, err))
        return -1;
    return heed_filter_check(&p->filter, &p->report, s->reader.in.name, err);
}

/* --- all together --- */

static void digest(struct heed_pairs *p)
{
    const struct heed_dataset *x = &p->dataset;
    struct heed_sha256 h;
    heed_sha256_init(&h);
    if (p->windows.n) {
        h = p->windows.hash;
        heed_sha256_hex(&h, p->sha256);
        return;
    }
    heed_sha256_add(&h, x->src, sizeof *x->src * x->n_src);
    heed_sha256_add(&h, x->tgt, sizeof *x->tgt * x->n_tgt);
    heed_sha256_add(&h, x->src_at, sizeof *x->src_at * (x->n + 1));
    if (x->corpus)
        heed_sha256_add(&h, x->corpus, x->n);
    if (p->corpus.table)
        heed_sha256_add(&h, p->corpus.table->rows, (size_t)heed_table_bytes(p->corpus.table));
    heed_sha256_hex(&h, p->sha256);
}

/* The first window is the last in the spool. Where nothing was beyond it, it is all. */
static int close_windows(struct heed_pairs *p, struct heed_err *err)
{
    if (p->windows.n)
        return heed_windows_add(&p->windows, &p->dataset, err);
    heed_windows_release(&p->windows);
    return 0;
}

static int check_cuts(const struct heed_pairs_options *o, const struct heed_sides *sides,
                      struct heed_err *err)
{
    if (o->subword_sampling <= 0 || heed_cuts_any(&sides->src) || heed_cuts_any(&sides->tgt))
        return 0;
    return heed_usage(err,
                      "--subword-sampling is of the tokenizer sentencepiece: the source's is %s, "
                      "the target's %s",
                      sides->src.tokenizer.words, sides->tgt.tokenizer.words);
}

int heed_pairs_read(struct heed_pairs *p, const struct heed_pairs_options *o, uint64_t seed,
                    struct heed_sides *sides, struct heed_err *err)
{
    bool stream = false;
    *p = (struct heed_pairs){.filter = {o->max_len, o->max_ratio, o->truncate, false}};
    heed_corpus_init(&p->corpus);
    heed_corpus_init(&p->dev);
    heed_dataset_init(&p->dataset);
    doing(o, "reading pairs");
    if (o->n_files == 0 && o->src_files.n == 0 && sniff(&stream, err))
        return -1;
    if (heed_tagging_open(&p->tagging, o->tag_columns, NULL, err) ||
        heed_shares_parse(&p->shares, o->weights, o->temperature, o->src_files.n + o->n_files,
                          err) ||
        check_columns(o, stream, err) || heed_pair_numbers_check(o, stream, err) ||
        check_one_pass(o, stream, err))
        return -1;
    if (stream ? read_stream(p, o, sides, err) || read_dev(p, o, seed, err)
               : read_text(p, o, seed, sides, err))
        return -1;
    if (check_cuts(o, sides, err))
        return -1;
    if (!p->stream.batches && !o->numbers && heed_final_find(&p->dataset, sides, err))
        return -1;
    if (p->windows.most && close_windows(p, err))
        return -1;
    if (p->stream.batches)
        memcpy(p->sha256, p->stream.reader.head.fingerprint, sizeof p->sha256);
    else
        digest(p);
    return heed_filter_check_unknown(&p->report, o->allow_unknown, err);
}
