/* plot_map.c: rows of a hypotheses or attention stream to maps with their words.
 *
 * A hypotheses stream has weights [B,N,G,T,S], an attention stream [B,G,Q,S]; the
 * second is the first with N = 1 and T = Q. Source words come from the text in the
 * frame, where it is, else from the vocabulary in the stream frame, target words from
 * the vocabulary; without either a word is its number.
 *
 * Where a tokenizer cuts words into pieces, those that go on with a word have a dot in front. */
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
    heed_str_release(&m->source);
    heed_str_release(&m->target);
}

/* --- words --- */

#define BLANK_BEFORE "\xe2\x96\x81" /* U+2581: SentencePiece's mark of a blank in front */
#define JOINED       "\xef\xbf\xad" /* U+FFED: of the tokenizer word, no blank on this side */
#define GOES_ON      "\xc2\xb7"     /* U+00B7 */

/* The words of one side: as they stand at the map, and as a sentence. */
struct words {
    const struct heed_doc *head;
    const char *side;               /* "src", "tgt" */
    const struct heed_array *vocab; /* NULL: nobody knows words */
    const int32_t *ids;             /* NULL: nobody knows which */
    bool pieces, letters;           /* the tokenizer marks blanks; every character is a token */
    struct heed_source_text text;   /* where there is one: text NULL: none */
};

/* A vocabulary, a line a token, of which some begin with the mark. */
static bool marks_blanks(const struct heed_array *vocab)
{
    return vocab && memmem(vocab->data, vocab->size, "\n" BLANK_BEFORE, 4);
}

static bool is_char(const struct heed_doc *head, const char *side)
{
    char key[24];
    snprintf(key, sizeof(key), "tokenizer.%s", side);
    const char *spec = heed_doc_meta(head, key);
    spec = spec ? spec : heed_doc_meta(head, "tokenizer.src");
    return spec && !strncmp(spec, "char", 4);
}

static void words_of(struct words *w, const struct heed_doc *head, const char *side,
                     const int32_t *ids)
{
    *w = (struct words){head, side, heed_doc_vocab(head, side), ids, false, false, {0}};
    w->pieces = marks_blanks(w->vocab);
    w->letters = is_char(head, side);
}

/* The piece of a place, or NULL. */
static const char *piece_at(const struct words *w, int64_t place, size_t *n)
{
    return w->vocab && w->ids ? heed_vocab_piece(w->vocab, w->ids[place], n) : NULL;
}

static bool begins_with(const char *piece, size_t n, const char *mark)
{
    return n >= 3 && !memcmp(piece, mark, 3);
}

/* Letters and digits behind the first place, without a blank before them. */
static bool goes_on(const struct words *w, int64_t place, const char *piece, size_t n)
{
    int32_t c;
    size_t n_before = 0;
    if (!w->pieces || place == 0 || begins_with(piece, n, BLANK_BEFORE) ||
        heed_utf8_next(piece, n, &c) <= 0)
        return false;
    const char *before = piece_at(w, place - 1, &n_before);
    if (before && n_before >= 3 && !memcmp(before + n_before - 3, BLANK_BEFORE, 3))
        return false;
    enum heed_char_class class = heed_utf8_class(c);
    return class == HEED_CHAR_LETTER || class == HEED_CHAR_DIGIT;
}

/* Without the marks by which tokenizers say where blanks were, unless that is all there is. */
static void strip(const char **word, size_t *n)
{
    static const char *const marks[] = {BLANK_BEFORE, JOINED};
    for (size_t i = 0; i < HEED_COUNT(marks); i++) {
        if (*n > 3 && !memcmp(*word, marks[i], 3)) {
            *word += 3;
            *n -= 3;
        }
        if (*n > 3 && !memcmp(*word + *n - 3, marks[i], 3))
            *n -= 3;
    }
}

static char *shown(const char *word, size_t n, bool dot)
{
    char text[200];
    struct heed_str s = {0};
    strip(&word, &n);
    heed_escape(text, sizeof(text), word, n);
    heed_str_printf(&s, "%s%s", dot ? GOES_ON : "", text[strspn(text, " ")] ? text : BLANK_BEFORE);
    return s.data;
}

/* What stands at the map: the word of the source text, the piece of the vocabulary, "?" for an id
 * that it lacks, or the place of one that nobody has a word for. */
static char *word_at(const struct words *w, int64_t place)
{
    size_t n = 0, n_text = 0;
    const char *piece = piece_at(w, place, &n),
               *text = w->text.text ? heed_source_token(&w->text, place, &n_text) : NULL;
    bool dot = piece && goes_on(w, place, piece, n);
    char number[24];
    if (text)
        return shown(text, n_text, dot);
    if (w->vocab && w->ids)
        return piece ? shown(piece, n, dot) : heed_xstrdup("?");
    snprintf(number, sizeof(number), "%" PRId64, place);
    return heed_xstrdup(number);
}

/* Pieces put together again: it is for the eye; detokenize knows all of it. */
static void add_word(const struct words *w, int64_t place, struct heed_str *out)
{
    size_t n = 0;
    const char *piece = piece_at(w, place, &n);
    if (!piece || (w->ids[place] < 4 && w->ids[place] != 1)) /* <unk> is one to see */
        return;
    bool joined = w->letters || (w->pieces && !begins_with(piece, n, BLANK_BEFORE)) ||
                  begins_with(piece, n, JOINED) ||
                  (out->len >= 3 && !memcmp(out->data + out->len - 3, JOINED, 3));
    if (out->len >= 3 && !memcmp(out->data + out->len - 3, JOINED, 3))
        out->len -= 3;
    if (out->len && !joined)
        heed_str_add_char(out, ' ');
    size_t skip = begins_with(piece, n, BLANK_BEFORE) || begins_with(piece, n, JOINED) ? 3 : 0;
    char code[7] = ""; /* <0xE9>: a byte of its own */
    unsigned byte = 0;
    if (n == 6)
        memcpy(code, piece, 6);
    if (sscanf(code, "<0x%2X>", &byte) == 1 && byte >= ' ')
        heed_str_add_char(out, (char)byte);
    else
        heed_str_add(out, piece + skip, n - skip);
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

/* --- a map --- */

/* What a stream says may be anything. */
static void clean(struct heed_str *sentence)
{
    char text[600];
    heed_escape(text, sizeof(text), sentence->data ? sentence->data : "", sentence->len);
    heed_str_clear(sentence);
    heed_str_add_text(sentence, text);
}

static void name_columns(struct map *m, const struct frame *f, const struct heed_doc *head,
                         int64_t b)
{
    struct words w;
    bool known = f->src && (int64_t)m->n_columns <= f->src->dims[1];
    words_of(&w, head, "src", known ? (const int32_t *)f->src->data + b * f->src->dims[1] : NULL);
    if (!heed_source_text_find(f->doc, b, &w.text))
        w.text.text = NULL;
    for (size_t s = 0; s < m->n_columns; s++) {
        m->columns[s] = word_at(&w, (int64_t)s);
        if (!w.text.text)
            add_word(&w, (int64_t)s, &m->source);
    }
    if (w.text.text)
        heed_str_add(&m->source, w.text.text, (size_t)w.text.size);
    clean(&m->source);
}

static void name_rows(struct map *m, const struct frame *f, const struct heed_doc *head,
                      int64_t row)
{
    struct words w;
    words_of(&w, head, "tgt", f->tgt ? (const int32_t *)f->tgt->data + row * f->T : NULL);
    for (size_t t = 0; t < m->n_rows; t++) {
        m->rows[t] = word_at(&w, (int64_t)t);
        add_word(&w, (int64_t)t, &m->target);
    }
    clean(&m->target);
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
    name_columns(m, f, head, b);
    name_rows(m, f, head, row);
    for (size_t t = 0; t < m->n_rows; t++)
        for (size_t s = 0; s < m->n_columns; s++)
            m->weights[t * m->n_columns + s] = weight(f, o, row, (int64_t)t, (int64_t)s);
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
