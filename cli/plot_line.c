/* plot_line.c: a line of a stream as an object of a page's data.
 *
 *   n     its number          src   words of the source: gap, word, gap, word, …, gap
 *   hyp   hypotheses, the best first, each
 *         text   as detokenize writes it       words   as of the source, without the end
 *         end    1: its last place is the end  w       weights, a byte a source place, a row a place
 *         p      log probability of each place score   by which they rank   log   the sum of p
 *         cut    1: it reached the limit of length
 *   end   1: the last place of the source is its end
 *
 * A word is what one place of the tensors stands for, a piece of the tokenizer; a gap is what stands between two. */
#include <math.h>
#include <string.h>
#include "base/utf8.h"
#include "cli/plot_page.h"

/* --- words --- */

static void add_word(struct heed_str *out, const char *gap, size_t n_gap, const char *word,
                     size_t n)
{
    page_text(out, gap, n_gap);
    heed_str_add_char(out, ',');
    page_text(out, word, n);
    heed_str_add_char(out, ',');
}

/* Spans of the source's own text; a blank in front belongs to the gap. A place that steps back has no gap, one
 * that stands for no bytes no word. */
static void add_spans(struct heed_str *out, const struct words *w, int64_t n)
{
    const char *text = w->text.text;
    size_t done = 0, size = (size_t)w->text.size;
    for (int64_t i = 0; i < n; i++) {
        size_t bytes = 0;
        const char *token = heed_source_token(&w->text, i, &bytes);
        for (; bytes > 1 && *token == ' '; bytes--)
            token++;
        size_t at = token ? (size_t)(token - text) : done, gap = at > done ? at - done : 0;
        add_word(out, text + at - gap, gap, text + at, bytes);
        done = HEED_MAX(done, at + bytes);
    }
    page_text(out, text + HEED_MIN(done, size), size - HEED_MIN(done, size));
}

/* Bytes at the end that only begin a character: they go with what the next place brings. */
static size_t begun(const char *text, size_t n)
{
    int32_t c;
    for (size_t back = 1; back <= 3 && back <= n; back++) {
        unsigned char lead = (unsigned char)text[n - back];
        size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
        if (lead >= 0xc0)
            return length > back && !heed_utf8_next(text + n - back, back, &c) ? back : 0;
    }
    return 0;
}

/* Pieces of a vocabulary; without one their numbers. */
static void add_pieces(struct heed_str *out, const struct words *w, int64_t n)
{
    struct heed_str s = {0};
    size_t *places = heed_xcalloc((size_t)n + 1, sizeof(*places)), from = 0;
    bool known = w->side->known && w->ids;
    if (known)
        word_places(w, n, &s, places);
    for (int64_t i = 0; i < n; i++) {
        char *number = known ? NULL : word_at(w, i);
        size_t to = places[i + 1], gap = 0;
        to -= known && i + 1 < n ? HEED_MIN(begun(s.data + from, to - from), to - from) : 0;
        while (known && from + gap < to && s.data[from + gap] == ' ' && to - from - gap > 1)
            gap++;
        if (known)
            add_word(out, s.data + from, gap, s.data + from + gap, to - from - gap);
        else
            add_word(out, " ", i > 0, number, strlen(number));
        from = to;
        free(number);
    }
    heed_str_add_text(out, "\"\"");
    free(places);
    heed_str_release(&s);
}

static void add_words(struct heed_str *out, const struct words *w, int64_t n)
{
    heed_str_add_char(out, '[');
    if (w->text.text)
        add_spans(out, w, n);
    else
        add_pieces(out, w, n);
    heed_str_add_char(out, ']');
}

static bool ends(const struct words *w, int64_t n)
{
    return n > 0 && word_is_end(w, n - 1);
}

/* --- a hypothesis --- */

#define TOO_LITTLE 3 /* of 255: nobody sees it, and most weights are that */

/* Most bytes are 0, of which a run is written as 0 and its length. */
static void add_weights(struct heed_str *out, const struct frame *f, int64_t head, int64_t row,
                        int64_t T, int64_t S)
{
    unsigned char *bytes = heed_xcalloc((size_t)(T * S) + 1, 2);
    size_t n = 0;
    for (int64_t t = 0; t < T; t++)
        for (int64_t s = 0; s < S; s++) {
            float w = HEED_MIN(HEED_MAX(frame_weight(f, head, row, t, s), 0.0f), 1.0f);
            unsigned char byte = (unsigned char)lroundf(w * 255);
            if (byte >= TOO_LITTLE) {
                bytes[n++] = byte;
            } else if (n >= 2 && !bytes[n - 2] && bytes[n - 1] < 255) {
                bytes[n - 1]++;
            } else {
                bytes[n++] = 0;
                bytes[n++] = 1;
            }
        }
    heed_str_add_text(out, ",\"w\":");
    page_bytes(out, bytes, n);
    free(bytes);
}

/* A number of each hypothesis, [B,N]; false where the frame has none. */
static bool number_of(const struct frame *f, const char *name, int64_t row, double *value)
{
    const struct heed_array *a = heed_doc_find(f->doc, name);
    if (!a || a->rank != 2 || a->dims[0] != f->B || a->dims[1] != f->N)
        return false;
    *value = heed_array_value(a, row);
    return true;
}

static void add_probabilities(struct heed_str *out, const struct frame *f, int64_t row, int64_t T)
{
    double v;
    if (f->token_log_prob) {
        heed_str_add_text(out, ",\"p\":[");
        for (int64_t t = 0; t < T; t++) {
            heed_str_add_text(out, t ? "," : "");
            page_number(out, f->token_log_prob[row * f->T + t], 3);
        }
        heed_str_add_char(out, ']');
    }
    if (number_of(f, "score", row, &v)) {
        heed_str_add_text(out, ",\"score\":");
        page_number(out, v, 4);
    }
    if (number_of(f, "log_prob", row, &v)) {
        heed_str_add_text(out, ",\"log\":");
        page_number(out, v, 4);
    }
    if (T && number_of(f, "finish", row, &v) && v == 0)
        heed_str_add_text(out, ",\"cut\":1");
}

/* What unknown words are taken from, where the frame says it, as decode and detokenize do it unasked. */
static void find_copied(const struct frame *f, int64_t row, struct words *src, struct words *tgt)
{
    if (!src->text.text || !f->align || !tgt->ids)
        return;
    src->text.align = f->align + row * f->T;
    src->text.weight = f->align_weight ? f->align_weight + row * f->T : NULL;
    src->text.least = 0.2;
    tgt->copied = &src->text;
}

void line_add_hypothesis(struct heed_str *out, const struct plot_stream *s, int64_t head, int64_t b,
                         int64_t n, const struct heed_str *text)
{
    const struct frame *f = &s->frame;
    struct words src, tgt;
    int64_t row = b * f->N + n, T = frame_targets(f, b, n);
    frame_words(s, b, n, &src, &tgt);
    find_copied(f, row, &src, &tgt);
    bool end = ends(&tgt, T);
    heed_str_add_text(out, "{\"text\":");
    page_text(out, text->len ? text->data : "", text->len);
    heed_str_add_text(out, ",\"words\":");
    add_words(out, &tgt, T - end);
    if (end)
        heed_str_add_text(out, ",\"end\":1");
    if (f->weights || f->align)
        add_weights(out, f, head, row, T, frame_sources(f, b));
    add_probabilities(out, f, row, T);
    heed_str_add_char(out, '}');
}

void line_add_source(struct heed_str *out, const struct plot_stream *s, int64_t b)
{
    struct words src, tgt;
    int64_t n = frame_sources(&s->frame, b);
    frame_words(s, b, 0, &src, &tgt);
    bool end = ends(&src, n);
    heed_str_add_text(out, "\"src\":");
    add_words(out, &src, n - end);
    if (end)
        heed_str_add_text(out, ",\"end\":1");
}

/* --- its text --- */

int line_text(const struct plot_stream *s, const struct heed_sides *sides, int64_t b, int64_t n,
              struct heed_str *out, struct heed_err *err)
{
    struct words src, tgt;
    int64_t T = frame_targets(&s->frame, b, n);
    frame_words(s, b, n, &src, &tgt);
    find_copied(&s->frame, b * s->frame.N + n, &src, &tgt);
    heed_str_clear(out);
    if (sides && tgt.ids)
        return heed_side_decode(&sides->tgt, tgt.ids, (size_t)T, tgt.copied, out, err);
    for (int64_t t = 0; t < T; t++)
        word_add(&tgt, t, out);
    return 0;
}
