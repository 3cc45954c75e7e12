/* plot_pharaoh.c: alignments as text, in the form of the decoder Pharaoh: a line for each line, a link i-j for a
 * source word i and a target word j, both from 0; soft ones with their weight, i-j:0.83.
 *
 *   pieces   places of the stream as they are, but for the end of the target
 *   words    what blanks part. Attention to a word is that to all of its pieces; attention of a word is
 *            the mean over its pieces
 *
 * hard: of each target word the source word that it looks at most, the first of several; none where that is no word
 * (the end of the source). soft: all from --threshold on. Lines leave in the order of their numbers. */
#include <string.h>
#include "cli/order.h"
#include "cli/plot.h"

/* Places of one side and the words they belong to. */
struct units {
    int32_t *of; /* [n]; -1: of none */
    int64_t n, n_units;
};

static void number(struct units *u, const struct plot *o, const struct words *w, int64_t n)
{
    *u = (struct units){.of = heed_xcalloc((size_t)n + 1, sizeof(*u->of)), .n = n};
    if (o->units == PLOT_WORDS)
        words_number(w, n, u->of);
    for (int64_t i = 0; i < n; i++) {
        if (o->units == PLOT_PIECES)
            u->of[i] = (int32_t)i;
        if (word_is_end(w, i))
            u->of[i] = -1;
        u->n_units = HEED_MAX(u->n_units, u->of[i] + 1);
    }
}

/* weights[j][i] of words, and behind each row what goes to no word. */
static double *gather(const struct plot *o, const struct frame *f, int64_t row,
                      const struct units *src, const struct units *tgt)
{
    int64_t width = src->n_units + 1;
    double *w = heed_xcalloc((size_t)(tgt->n_units * width) + 1, sizeof(*w));
    int64_t *n_pieces = heed_xcalloc((size_t)tgt->n_units + 1, sizeof(*n_pieces));
    for (int64_t t = 0; t < tgt->n; t++)
        if (tgt->of[t] >= 0)
            n_pieces[tgt->of[t]]++;
    for (int64_t t = 0; t < tgt->n; t++)
        for (int64_t s = 0, j = tgt->of[t]; s < src->n && j >= 0; s++) {
            int64_t i = src->of[s] >= 0 ? src->of[s] : src->n_units;
            w[j * width + i] += (double)frame_weight(f, o->head, row, t, s) / (double)n_pieces[j];
        }
    free(n_pieces);
    return w;
}

static void add_link(struct heed_str *out, int64_t i, int64_t j)
{
    heed_str_printf(out, "%s%lld-%lld", out->len ? " " : "", (long long)i, (long long)j);
}

static void add_hard(struct heed_str *out, const double *w, int64_t n_src, int64_t j)
{
    int64_t most = 0;
    for (int64_t i = 1; i <= n_src; i++)
        if (w[i] > w[most])
            most = i;
    if (most < n_src && w[most] > 0)
        add_link(out, most, j);
}

static void add_soft(struct heed_str *out, const double *w, int64_t n_src, int64_t j, double least)
{
    for (int64_t i = 0; i < n_src; i++)
        if (w[i] > 0 && w[i] >= least) {
            add_link(out, i, j);
            heed_str_printf(out, ":%.4g", w[i]);
        }
}

static void align(const struct plot *o, const struct plot_stream *s, int64_t b,
                  struct heed_str *out)
{
    const struct frame *f = &s->frame;
    struct words src_words, tgt_words;
    struct units src, tgt;
    frame_words(s, b, o->hypothesis, &src_words, &tgt_words);
    number(&src, o, &src_words, frame_sources(f, b));
    number(&tgt, o, &tgt_words, frame_targets(f, b, o->hypothesis));
    double *w = gather(o, f, b * f->N + o->hypothesis, &src, &tgt);
    for (int64_t j = 0; j < tgt.n_units; j++)
        if (o->pharaoh == PLOT_HARD)
            add_hard(out, w + j * (src.n_units + 1), src.n_units, j);
        else
            add_soft(out, w + j * (src.n_units + 1), src.n_units, j, o->threshold);
    free(w);
    free(src.of);
    free(tgt.of);
}

static int align_frame(const struct plot *o, const struct plot_stream *s, struct heed_order *order,
                       struct heed_err *err)
{
    struct heed_str line = {0};
    int result = frame_check(&s->frame, o, err);
    for (int64_t b = 0; b < s->frame.B && !result; b++) {
        heed_str_clear(&line);
        align(o, s, b, &line);
        result = heed_order_put(order, frame_line(&s->frame, b), line.len ? line.data : "",
                                line.len, err);
    }
    heed_str_release(&line);
    return result;
}

/* Each part (`cat a b`) is numbered from 0. */
static int align_all(const struct plot *o, struct plot_stream *s, struct heed_order *order,
                     struct heed_err *err)
{
    int got;
    int64_t window;
    while ((got = plot_stream_next(s, err)) > 0) {
        if (s->parted && heed_order_end(order, err))
            return -1;
        if (heed_reader_window(&s->reader, &window, err))
            return -1;
        order->window = window;
        if (align_frame(o, s, order, err))
            return -1;
        if (heed_cli.unbuffered && heed_output_flush(order->out, err))
            return -1;
    }
    return got < 0 ? -1 : heed_order_end(order, err);
}

int plot_pharaoh(const struct plot *o, const char *path, struct heed_err *err)
{
    struct plot_stream s;
    struct heed_order order;
    struct heed_commit c = {0};
    bool file = o->output && strcmp(o->output, "-");
    if (plot_stream_open(&s, path, PLOT_ATTENTION, o->pharaoh == PLOT_SOFT, err))
        return -1;
    int result = file ? heed_commit_open(&c, o->output, err) : 0;
    heed_order_init(&order, file ? &c.out : &heed_cli.out, 0);
    if (!result) {
        result = align_all(o, &s, &order, err);
        if (file && !result)
            result = heed_commit_finish(&c, err);
        else if (file)
            heed_commit_abort(&c);
    }
    heed_order_release(&order);
    plot_stream_close(&s);
    return result;
}
