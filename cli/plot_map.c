/* plot_map.c: rows of a hypotheses or attention stream to maps with their words.
 *
 * A hypotheses stream has weights [B,N,G,T,S], an attention stream [B,G,Q,S]; the
 * second is the first with N = 1 and T = Q. Source words come from the text in the
 * frame, where it is, else from the vocabulary in the stream frame, target words from
 * the vocabulary; without either a word is its number. */
#include <inttypes.h>
#include <string.h>
#include "base/utf8.h"
#include "cli/plot.h"
#include "stream/words.h"

/* A frame's tensors as the maps need them. */
struct frame {
    const float *weights;
    int64_t B, N, G, T, S;
    const struct heed_array *tgt, *tgt_len, *src, *src_len, *line;
    const struct heed_doc *doc;
};

void map_release(struct map *m)
{
    for (size_t i = 0; i < m->n_rows; i++)
        free(m->rows[i]);
    for (size_t i = 0; i < m->n_columns; i++)
        free(m->columns[i]);
    free(m->rows);
    free(m->columns);
    free(m->weights);
}

/* --- words --- */

/* Without the marks by which tokenizers say where blanks were (U+2581,
 * U+FFED), unless that is all there is. */
static char *show(const char *word, size_t n)
{
    static const char *const marks[] = {"\xe2\x96\x81", "\xef\xbf\xad"};
    char text[200];
    for (size_t i = 0; i < HEED_COUNT(marks); i++) {
        if (n > 3 && !memcmp(word, marks[i], 3)) {
            word += 3;
            n -= 3;
        }
        if (n > 3 && !memcmp(word + n - 3, marks[i], 3))
            n -= 3;
    }
    heed_escape(text, sizeof(text), word, n);
    return heed_xstrdup(*text ? text : " ");
}

/* The piece of an id, or the place of one that nobody has a word for. */
static char *piece(const struct heed_doc *head, const char *side, const int32_t *id, int64_t place)
{
    const struct heed_array *vocab = id ? heed_doc_vocab(head, side) : NULL;
    char number[24];
    size_t n = 0;
    const char *word = vocab ? heed_vocab_piece(vocab, *id, &n) : NULL;
    if (vocab)
        return word ? show(word, n) : show("?", 1);
    snprintf(number, sizeof(number), "%" PRId64, place);
    return heed_xstrdup(number);
}

static char *source_word(const struct frame *f, const struct heed_doc *head, int64_t b, int64_t s)
{
    struct heed_source_text src;
    size_t n;
    const char *word =
        heed_source_text_find(f->doc, b, &src) ? heed_source_token(&src, s, &n) : NULL;
    if (word)
        return show(word, n);
    const int32_t *ids = f->src && s < f->src->dims[1] ? f->src->data : NULL;
    return piece(head, "src", ids ? ids + b * f->src->dims[1] + s : NULL, s);
}

static char *target_word(const struct frame *f, const struct heed_doc *head, int64_t row, int64_t t)
{
    const int32_t *ids = f->tgt && t < f->T ? f->tgt->data : NULL;
    return piece(head, "tgt", ids ? ids + row * f->T + t : NULL, t);
}

/* --- tensors --- */

/* A tensor of these rows; one that is made otherwise is passed over. */
static const struct heed_array *find(const struct heed_doc *d, const struct frame *f,
                                     const char *name, enum heed_dtype type, int rank)
{
    const struct heed_array *a = heed_doc_find(d, name);
    return a && a->dtype == type && a->rank == rank && a->dims[0] == f->B ? a : NULL;
}

static int read_frame(struct frame *f, const char *type, const struct heed_doc *d,
                      struct heed_err *err)
{
    bool hypotheses = !strcmp(type, "hypotheses");
    const struct heed_array *w = heed_doc_find(d, "weights");
    if (!w && !hypotheses)
        w = heed_doc_find(d, "used"); /* what a recorded decoder saw */
    if (!w)
        return heed_fail(err, "no weights in the stream; give `%s`",
                         hypotheses ? "decode --weights" : "attend");
    if (w->dtype != HEED_F32 || w->rank != 4 + hypotheses)
        return heed_fail(err, "tensor %s: want F32 with %d dimensions", w->name, 4 + hypotheses);
    const int64_t *dims = w->dims + 1 + hypotheses;
    *f = (struct frame){.doc = d,
                        .weights = w->data,
                        .B = w->dims[0],
                        .N = hypotheses ? w->dims[1] : 1,
                        .G = dims[0],
                        .T = dims[1],
                        .S = dims[2]};
    f->tgt = find(d, f, "tgt", HEED_I32, hypotheses ? 3 : 2);
    f->tgt_len =
        hypotheses ? find(d, f, "tgt_len", HEED_I32, 2) : find(d, f, "query_len", HEED_I32, 1);
    f->src = find(d, f, "src", HEED_I32, 2);
    f->src_len = find(d, f, hypotheses ? "src_len" : "valid_len", HEED_I32, 1);
    f->line = find(d, f, "line", HEED_I64, 1);
    if (f->tgt && f->tgt->dims[f->tgt->rank - 1] != f->T)
        f->tgt = NULL;
    if (hypotheses && f->tgt_len && f->tgt_len->dims[1] != f->N)
        f->tgt_len = NULL;
    return 0;
}

/* The mean over heads, or one of them. */
static float weight(const struct frame *f, const struct plot *o, int64_t row, int64_t t, int64_t s)
{
    float sum = 0;
    for (int64_t g = 0; g < f->G; g++)
        if (o->head < 0 || g == o->head)
            sum += f->weights[((row * f->G + g) * f->T + t) * f->S + s];
    return o->head < 0 ? sum / (float)f->G : sum;
}

static void fill_map(struct map *m, const struct frame *f, const struct heed_doc *head,
                     const struct plot *o, int64_t b)
{
    int64_t row = b * f->N + o->hypothesis;
    int64_t T = f->tgt_len ? ((const int32_t *)f->tgt_len->data)[row] : f->T;
    int64_t S = f->src_len ? ((const int32_t *)f->src_len->data)[b] : f->S;
    *m = (struct map){.n_rows = (size_t)HEED_MIN(T, f->T), .n_columns = (size_t)HEED_MIN(S, f->S)};
    m->line = f->line ? ((const int64_t *)f->line->data)[b] : b;
    m->rows = heed_xcalloc(m->n_rows + 1, sizeof(*m->rows));
    m->columns = heed_xcalloc(m->n_columns + 1, sizeof(*m->columns));
    m->weights = heed_xcalloc(m->n_rows * m->n_columns + 1, sizeof(*m->weights));
    for (size_t s = 0; s < m->n_columns; s++)
        m->columns[s] = source_word(f, head, b, (int64_t)s);
    for (size_t t = 0; t < m->n_rows; t++) {
        m->rows[t] = target_word(f, head, row, (int64_t)t);
        for (size_t s = 0; s < m->n_columns; s++)
            m->weights[t * m->n_columns + s] = weight(f, o, row, (int64_t)t, (int64_t)s);
    }
}

/* --- the stream --- */

static int show_map(const struct map *m, const struct plot *o, enum plot_style style,
                    struct heed_err *err)
{
    struct heed_str svg = {0};
    if (!m->n_rows || !m->n_columns) {
        heed_note("line %" PRId64 " is empty: nothing to see", m->line);
        return 0;
    }
    if (!o->svg) {
        map_print(m, style, (size_t)o->width);
        return 0;
    }
    map_svg(m, &svg);
    int result = plot_write(o, &svg, err);
    heed_str_release(&svg);
    return result;
}

static int check_choice(const struct frame *f, const struct plot *o, struct heed_err *err)
{
    if (o->hypothesis >= f->N)
        return heed_fail(err, "--hypothesis %" PRId64 ": the stream has %" PRId64 " a line",
                         o->hypothesis, f->N);
    if (o->head >= f->G)
        return heed_fail(err, "--head %" PRId64 ": the stream has %" PRId64 " heads", o->head,
                         f->G);
    return 0;
}

/* Returns the number of maps shown. */
static int64_t plot_frame(const struct plot *o, enum plot_style style, struct heed_reader *r,
                          struct heed_doc *d, struct heed_err *err)
{
    struct frame f = {0};
    int64_t shown = 0;
    if (read_frame(&f, r->type, d, err) < 0 || check_choice(&f, o, err) < 0)
        return -1;
    for (int64_t b = 0; b < f.B && (o->all || !shown); b++) {
        struct map m;
        int64_t line = f.line ? ((const int64_t *)f.line->data)[b] : b;
        if (o->line >= 0 && line != o->line)
            continue;
        fill_map(&m, &f, &r->head, o, b);
        int result = show_map(&m, o, style, err);
        map_release(&m);
        if (result < 0)
            return -1;
        shown++;
    }
    return shown;
}

int plot_maps(const struct plot *o, enum plot_style style, struct heed_err *err)
{
    struct heed_reader r;
    struct heed_doc d;
    const char *path = heed_cli.n_operands ? heed_cli.operands[0] : NULL;
    int64_t shown = 0, now = 0;
    int got = 0;
    if (heed_reader_open(&r, path, "hypotheses|attention", err) < 0)
        return -1;
    heed_doc_init(&d);
    /* The stream is read to its end even when the map is drawn: a
     * failure upstream must not go unseen. */
    while (now >= 0 && (got = heed_reader_next(&r, &d, err)) > 0)
        if (o->all || !shown)
            shown += now = plot_frame(o, style, &r, &d, err);
    heed_doc_release(&d);
    heed_reader_close(&r);
    if (got < 0 || now < 0)
        return -1;
    if (!shown && o->line >= 0)
        return heed_fail(err, "line %" PRId64 " is not in the stream", o->line);
    return 0;
}
