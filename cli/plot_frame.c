/* plot_frame.c: what `plot` reads: the data frames of a hypotheses or attention stream, with the words
 * of its stream frame.
 *
 * A hypotheses stream has weights [B,N,G,T,S], an attention stream [B,G,Q,S]; the second is the
 * first with N = 1 and T = Q. */
#include <string.h>
#include "cli/plot.h"

/* A tensor of these rows; one that is made otherwise is passed over. */
static const struct heed_array *find(const struct heed_doc *d, const struct frame *f,
                                     const char *name, enum heed_dtype type, int rank)
{
    const struct heed_array *a = heed_doc_find(d, name);
    return a && a->dtype == type && a->rank == rank && a->dims[0] == f->B ? a : NULL;
}

/* Sizes out of the weights, or where they may be missing out of what hypotheses always have. */
static int measure(struct frame *f, const struct heed_doc *d, bool weights, struct heed_err *err)
{
    const struct heed_array *w = heed_doc_find(d, "weights"), *tgt, *src;
    if (!w && !f->hypotheses)
        w = heed_doc_find(d, "used"); /* what a recorded decoder saw */
    if (!w && (weights || !f->hypotheses))
        return heed_fail(err, "no weights in the stream; give `%s`",
                         f->hypotheses ? "decode --weights" : "attend");
    if (!w) {
        if (!(tgt = heed_doc_want(d, "tgt", HEED_I32, 3, err)))
            return -1;
        src = heed_doc_find(d, "src");
        f->B = tgt->dims[0];
        f->N = tgt->dims[1];
        f->T = tgt->dims[2];
        f->S = src && src->rank == 2 ? src->dims[1] : 0;
        f->G = 1;
        return 0;
    }
    if (w->dtype != HEED_F32 || w->rank != 4 + f->hypotheses)
        return heed_fail(err, "tensor %s: want F32 with %d dimensions", w->name, 4 + f->hypotheses);
    const int64_t *dims = w->dims + 1 + f->hypotheses;
    f->weights = w->data;
    f->B = w->dims[0];
    f->N = f->hypotheses ? w->dims[1] : 1;
    f->G = dims[0];
    f->T = dims[1];
    f->S = dims[2];
    return 0;
}

/* Of each target place, [B,N,T] as the targets themselves. */
static const void *beside(const struct frame *f, const char *name, enum heed_dtype type)
{
    const struct heed_array *a = f->hypotheses ? find(f->doc, f, name, type, 3) : NULL;
    return a && a->dims[1] == f->N && a->dims[2] == f->T ? a->data : NULL;
}

static int read_frame(struct frame *f, const char *type, const struct heed_doc *d, bool weights,
                      struct heed_err *err)
{
    bool hypotheses = !strcmp(type, "hypotheses");
    struct heed_picture picture;
    *f = (struct frame){.doc = d, .hypotheses = hypotheses};
    if (measure(f, d, weights, err))
        return -1;
    f->tgt = find(d, f, "tgt", HEED_I32, hypotheses ? 3 : 2);
    f->tgt_len =
        hypotheses ? find(d, f, "tgt_len", HEED_I32, 2) : find(d, f, "query_len", HEED_I32, 1);
    f->src = find(d, f, "src", HEED_I32, 2);
    f->src_len = find(d, f, hypotheses ? "src_len" : "valid_len", HEED_I32, 1);
    f->line = find(d, f, "line", HEED_I64, 1);
    f->pictured = f->B > 0 && heed_picture_of(d, NULL, f->B - 1, &picture) && picture.longest > 0;
    if (f->tgt && f->tgt->dims[f->tgt->rank - 1] != f->T)
        f->tgt = NULL;
    if (hypotheses && f->tgt_len && f->tgt_len->dims[1] != f->N)
        f->tgt_len = NULL;
    f->align = beside(f, "align", HEED_I32);
    f->align_weight = beside(f, "align_weight", HEED_F32);
    f->token_log_prob = beside(f, "token_log_prob", HEED_F32);
    return 0;
}

int64_t frame_targets(const struct frame *f, int64_t b, int64_t n)
{
    int64_t row = b * f->N + n;
    return f->tgt_len ? HEED_MIN(((const int32_t *)f->tgt_len->data)[row], f->T) : f->T;
}

int64_t frame_sources(const struct frame *f, int64_t b)
{
    struct heed_picture p;
    if (f->pictured && f->S > 0 && heed_picture_of(f->doc, NULL, b, &p)) {
        int64_t stack = (p.longest + f->S - 1) / f->S; /* so many of its frames are a step */
        return HEED_MIN((p.n + stack - 1) / stack, f->S);
    }
    return f->src_len ? HEED_MIN(((const int32_t *)f->src_len->data)[b], f->S) : f->S;
}

int64_t frame_line(const struct frame *f, int64_t b)
{
    return f->line ? ((const int64_t *)f->line->data)[b] : f->before + b;
}

void frame_words(const struct plot_stream *s, int64_t b, int64_t n, struct words *src,
                 struct words *tgt)
{
    const struct frame *f = &s->frame;
    bool known = f->src && f->S <= f->src->dims[1];
    *src = (struct words){.side = &s->src};
    *tgt = (struct words){.side = &s->tgt};
    if (known)
        src->ids = (const int32_t *)f->src->data + b * f->src->dims[1];
    if (!heed_source_text_find(f->doc, b, &src->text))
        src->text.text = NULL;
    if (f->tgt)
        tgt->ids = (const int32_t *)f->tgt->data + (b * f->N + n) * f->T;
}

float frame_weight(const struct frame *f, int64_t head, int64_t row, int64_t t, int64_t s)
{
    float sum = 0;
    if (!f->weights) { /* where it looked most is known */
        bool here = f->align && f->align[row * f->T + t] == s;
        return !here ? 0 : f->align_weight ? f->align_weight[row * f->T + t] : 1;
    }
    for (int64_t g = 0; g < f->G; g++)
        if (head < 0 || g == head)
            sum += f->weights[((row * f->G + g) * f->T + t) * f->S + s];
    return head < 0 ? sum / (float)f->G : sum;
}

/* --- the stream --- */

static void open_sides(struct plot_stream *s)
{
    side_release(&s->src);
    side_release(&s->tgt);
    side_open(&s->src, &s->reader.head, "src");
    side_open(&s->tgt, &s->reader.head, "tgt");
}

int plot_stream_open(struct plot_stream *s, const char *path, const char *types, bool weights,
                     struct heed_err *err)
{
    *s = (struct plot_stream){.weights = weights};
    if (heed_reader_open(&s->reader, path, types, err) < 0)
        return -1;
    heed_doc_init(&s->doc);
    open_sides(s);
    return 0;
}

int plot_stream_next(struct plot_stream *s, struct heed_err *err)
{
    int64_t before = s->frame.before + s->frame.B;
    int got = heed_reader_next(&s->reader, &s->doc, err);
    if (got <= 0)
        return got;
    s->parted = heed_reader_parted(&s->reader);
    if (s->parted)
        open_sides(s);
    if (read_frame(&s->frame, s->reader.type, &s->doc, s->weights, err))
        return -1;
    s->frame.before = s->parted ? 0 : before;
    return 1;
}

void plot_stream_close(struct plot_stream *s)
{
    side_release(&s->src);
    side_release(&s->tgt);
    heed_doc_release(&s->doc);
    heed_reader_close(&s->reader);
}

int frame_check(const struct frame *f, const struct plot *o, struct heed_err *err)
{
    if (o->hypothesis >= f->N)
        return heed_fail(err, "--hypothesis %lld: the stream has %lld a line",
                         (long long)o->hypothesis, (long long)f->N);
    if (o->head >= f->G)
        return heed_fail(err, "--head %lld: the stream has %lld heads", (long long)o->head,
                         (long long)f->G);
    return 0;
}
