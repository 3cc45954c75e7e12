/* plot_map.c: lines of a hypotheses or attention stream to maps. */
#include <inttypes.h>
#include <string.h>
#include "cli/plot.h"

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

/* --- a map --- */

/* What a stream says may be anything. */
static void clean(struct heed_str *sentence)
{
    char text[600];
    heed_escape(text, sizeof(text), sentence->data ? sentence->data : "", sentence->len);
    heed_str_clear(sentence);
    heed_str_add_text(sentence, text);
}

static void name_columns(struct map *m, const struct words *w)
{
    for (size_t s = 0; s < m->n_columns; s++) {
        m->columns[s] = word_at(w, (int64_t)s);
        if (!w->text.text)
            word_add(w, (int64_t)s, &m->source);
    }
    if (w->text.text)
        heed_str_add(&m->source, w->text.text, (size_t)w->text.size);
    clean(&m->source);
}

static void name_rows(struct map *m, const struct words *w)
{
    for (size_t t = 0; t < m->n_rows; t++) {
        m->rows[t] = word_at(w, (int64_t)t);
        word_add(w, (int64_t)t, &m->target);
    }
    clean(&m->target);
}

static void fill_map(struct map *m, const struct plot_stream *from, const struct plot *o, int64_t b)
{
    const struct frame *f = &from->frame;
    struct words src, tgt;
    *m = (struct map){.n_rows = (size_t)frame_targets(f, b, o->hypothesis),
                      .n_columns = (size_t)frame_sources(f, b),
                      .line = frame_line(f, b)};
    m->rows = heed_xcalloc(m->n_rows + 1, sizeof(*m->rows));
    m->columns = heed_xcalloc(m->n_columns + 1, sizeof(*m->columns));
    m->weights = heed_xcalloc(m->n_rows * m->n_columns + 1, sizeof(*m->weights));
    frame_words(from, b, o->hypothesis, &src, &tgt);
    name_columns(m, &src);
    name_rows(m, &tgt);
    for (size_t t = 0; t < m->n_rows; t++)
        for (size_t s = 0; s < m->n_columns; s++)
            m->weights[t * m->n_columns + s] =
                frame_weight(f, o->head, b * f->N + o->hypothesis, (int64_t)t, (int64_t)s);
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

/* Returns the number of maps shown. */
static int64_t plot_frame(const struct plot *o, enum plot_style style, const struct plot_stream *s,
                          struct heed_err *err)
{
    int64_t shown = 0;
    if (frame_check(&s->frame, o, err) < 0)
        return -1;
    for (int64_t b = 0; b < s->frame.B && (o->all || !shown); b++) {
        struct map m;
        if (o->line >= 0 && frame_line(&s->frame, b) != o->line)
            continue;
        fill_map(&m, s, o, b);
        int result = s->frame.pictured && m.n_rows && m.n_columns
                         ? plot_seen(s, b, &m, o, style, err)
                         : show_map(&m, o, style, err);
        map_release(&m);
        if (result < 0)
            return -1;
        shown++;
    }
    return shown;
}

int plot_maps(const struct plot *o, const char *path, enum plot_style style, struct heed_err *err)
{
    struct plot_stream s;
    int64_t shown = 0, now = 0;
    int got = 0;
    if (plot_stream_open(&s, path, PLOT_ATTENTION "|" HEED_PICTURES, true, err) < 0)
        return -1;
    if (!strcmp(s.reader.type, HEED_PICTURES)) {
        now = plot_images(o, &s.reader, style, err);
        plot_stream_close(&s);
        return (int)now;
    }
    /* The stream is read to its end even when the map is drawn: a
     * failure upstream must not go unseen. */
    while (now >= 0 && (got = plot_stream_next(&s, err)) > 0)
        if (o->all || !shown)
            shown += now = plot_frame(o, style, &s, err);
    plot_stream_close(&s);
    if (got < 0 || now < 0)
        return -1;
    if (!shown && o->line >= 0)
        return heed_fail(err, "line %" PRId64 " is not in the stream", o->line);
    return 0;
}
