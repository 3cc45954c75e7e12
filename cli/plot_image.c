/* plot_image.c: a line of a stream that is a picture (stream/picture.h): time to the right, its scale upwards.
 *
 * Frames and bands are more than a terminal has places for: a place shows the mean of what falls into it.
 * In colour a character is two places, its upper half and its lower one.
 *
 * With a map of attention over its steps the words of the target stand below, a row for each, on the same axis. A row is
 * as bright as its brightest step: over a second the weights themselves are all small. */
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include "base/utf8.h"
#include "cli/plot.h"

/* Brightness in [0, 1] of places [height, width], the highest bands first. */
struct image {
    float *places;
    size_t width, height;
    int64_t line, frames, bands;
    double shift;          /* milliseconds from frame to frame; 0: nobody says */
    const struct map *map; /* of attention over it; NULL: none */
    size_t wide;           /* pixels of a place */
    size_t left; /* columns of the terminal, or pixels, where the words of the map stand */
};

/* --- its places --- */

/* From so many standard deviations below the mean to so many above: dark to light. */
#define DARK  1.5
#define LIGHT 2.5

static void scale(struct image *p)
{
    size_t n = p->width * p->height;
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)p->places[i];
        squares += (double)p->places[i] * (double)p->places[i];
    }
    double mean = sum / (double)n, sd = sqrt(fmax(squares / (double)n - mean * mean, 0));
    for (size_t i = 0; i < n; i++) {
        double at = sd > 0 ? ((double)p->places[i] - mean) / sd : -DARK;
        p->places[i] = (float)fmin(fmax((at + DARK) / (DARK + LIGHT), 0), 1);
    }
}

static float mean_of(const float *v, int64_t row, int64_t t0, int64_t t1, int64_t b0, int64_t b1)
{
    double sum = 0;
    for (int64_t t = t0; t < t1; t++)
        for (int64_t b = b0; b < b1; b++)
            sum += (double)v[t * row + b];
    return (float)(sum / (double)((t1 - t0) * (b1 - b0)));
}

/* v [frames, row], of which the first `bands` of each row are drawn. */
static void fill(struct image *p, const float *v, int64_t row, size_t width, size_t height)
{
    p->width = HEED_MIN(width, (size_t)p->frames);
    p->height = HEED_MIN(height, (size_t)p->bands);
    p->places = heed_xcalloc(p->width * p->height + 1, sizeof(*p->places));
    int64_t w = (int64_t)p->width, h = (int64_t)p->height;
    for (int64_t y = 0; y < h; y++)
        for (int64_t x = 0; x < w; x++)
            p->places[y * w + x] = mean_of(v, row, x * p->frames / w, (x + 1) * p->frames / w,
                                           (h - 1 - y) * p->bands / h, (h - y) * p->bands / h);
    if (w)
        scale(p);
}

/* --- terminal --- */

static void print_plain(const struct image *p, size_t y, struct heed_str *out)
{
    static const char *const shades[] = {" ", "\xe2\x96\x91", "\xe2\x96\x92", "\xe2\x96\x93",
                                         "\xe2\x96\x88"};
    for (size_t x = 0; x < p->width; x++)
        heed_str_add_text(out,
                          shades[HEED_MIN((size_t)(p->places[y * p->width + x] * 5), (size_t)4)]);
}

static void print_digits(const struct image *p, size_t y, struct heed_str *out)
{
    for (size_t x = 0; x < p->width; x++)
        heed_str_add_char(out, (char)('0' + HEED_MIN((int)(p->places[y * p->width + x] * 10), 9)));
}

/* Rows y and y + 1 in one. */
static void print_halves(const struct image *p, size_t y, enum plot_style style,
                         struct heed_str *out)
{
    for (size_t x = 0; x < p->width; x++) {
        float below = y + 1 < p->height ? p->places[(y + 1) * p->width + x] : 0;
        plot_night(out, style, false, p->places[y * p->width + x]);
        plot_night(out, style, true, below);
        heed_str_add_text(out, "\xe2\x96\x80");
    }
}

static float largest(const float *w, size_t n)
{
    float most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmaxf(most, w[i]);
    return most;
}

/* Row t as n places in [0, 1]: of the steps that fall into a place the largest weight, as a share of the row's. */
static void attention_row(const struct map *m, size_t t, size_t n, float *places)
{
    const float *w = m->weights + t * m->n_columns;
    float most = largest(w, m->n_columns);
    for (size_t x = 0; x < n; x++) {
        size_t from = x * m->n_columns / n, end = HEED_MAX(from + 1, (x + 1) * m->n_columns / n);
        places[x] = most > 0 ? largest(w + from, end - from) / most : 0;
    }
}

static void print_attention(const struct image *p, enum plot_style style)
{
    const struct map *m = p->map;
    struct image row = {.width = p->width, .height = 1};
    struct heed_str line = {0};
    row.places = heed_xcalloc(p->width + 1, sizeof *row.places);
    for (size_t t = 0; m && t < m->n_rows; t++) {
        size_t width = heed_utf8_width(m->rows[t], strlen(m->rows[t]));
        attention_row(m, t, p->width, row.places);
        heed_str_printf(&line, "%*s%s ", (int)(p->left - 1 - width), "", m->rows[t]);
        if (style == PLOT_DIGITS)
            print_digits(&row, 0, &line);
        else if (!plot_has_colors(style))
            print_plain(&row, 0, &line);
        for (size_t x = 0; plot_has_colors(style) && x < p->width; x++) {
            plot_night(&line, style, true, row.places[x]);
            heed_str_add_char(&line, ' ');
        }
        plot_reset(&line, style);
        heed_out_line(&line);
    }
    free(row.places);
    heed_str_release(&line);
}

static void print_image(const struct image *p, enum plot_style style)
{
    bool colors = plot_has_colors(style);
    struct heed_str line = {0};
    for (size_t y = 0; y < p->height; y += colors ? 2 : 1) {
        heed_str_printf(&line, "%*s", (int)p->left, "");
        if (colors)
            print_halves(p, y, style, &line);
        else if (style == PLOT_DIGITS)
            print_digits(p, y, &line);
        else
            print_plain(p, y, &line);
        plot_reset(&line, style);
        heed_out_line(&line);
    }
    print_attention(p, style);
    heed_out("line %" PRId64 ": %" PRId64 " frames", p->line, p->frames);
    if (p->shift > 0)
        heed_out(", %.2f s", (double)p->frames * p->shift / 1000);
    heed_out(", %" PRId64 " bands\n", p->bands);
    heed_str_release(&line);
}

/* --- SVG --- */

#define WIDE   4 /* of a place at least; a short picture is as wide as SHORT */
#define SHORT  480
#define HIGH   5
#define LEVELS 24
#define MARGIN 40
#define ROW    16  /* of a word of the target */
#define LETTER 7.5 /* mean advance of the font, about */

/* Neighbours of one level are one piece of its path. */
static void svg_level(const struct image *p, int level, struct heed_str *out)
{
    for (size_t y = 0; y < p->height; y++)
        for (size_t x = 0, end; x < p->width; x = end) {
            const float *row = p->places + y * p->width;
            for (end = x; end < p->width && lroundf(row[end] * (LEVELS - 1)) == level; end++)
                ;
            if (end > x)
                heed_str_printf(out, "M%zu %zuh%zuv%dh-%zuz", MARGIN + p->left + x * p->wide,
                                MARGIN + y * HIGH, (end - x) * p->wide, HIGH, (end - x) * p->wide);
            else
                end++;
        }
}

static void svg_axis(const struct image *p, struct heed_str *out)
{
    double ticks[12], all = (double)p->frames * p->shift / 1000;
    size_t n = all > 0 ? plot_ticks(0, all, p->width * p->wide / 100, ticks) : 0;
    size_t foot = MARGIN + p->height * HIGH + 18 + (p->map ? p->map->n_rows * ROW : 0);
    for (size_t i = 0; i < n; i++)
        heed_str_printf(out, "<text x=\"%.1f\" y=\"%zu\" class=\"s\">%g s</text>\n",
                        (double)(MARGIN + p->left) + ticks[i] / all * (double)(p->width * p->wide),
                        foot, ticks[i]);
}

static void svg_attention(const struct image *p, struct heed_str *out)
{
    const struct map *m = p->map;
    double step = (double)(p->width * p->wide) / (double)HEED_MAX(m->n_columns, (size_t)1);
    float *places = heed_xcalloc(m->n_columns + 1, sizeof *places);
    for (size_t t = 0; t < m->n_rows; t++) {
        size_t y = MARGIN + p->height * HIGH + 2 + t * ROW;
        heed_str_printf(out, "<text x=\"%zu\" y=\"%zu\" text-anchor=\"end\">", MARGIN + p->left - 6,
                        y + 12);
        plot_xml(out, m->rows[t]);
        heed_str_add_text(out, "</text>\n");
        attention_row(m, t, m->n_columns, places);
        for (size_t s = 0; s < m->n_columns; s++) {
            struct rgb c = plot_night_color((double)places[s]);
            heed_str_printf(out,
                            "<rect x=\"%.1f\" y=\"%zu\" width=\"%.1f\" height=\"%d\" "
                            "fill=\"#%02x%02x%02x\"><title>%.3f</title></rect>\n",
                            (double)(MARGIN + p->left) + step * (double)s, y, step + 0.2, ROW - 2,
                            c.r, c.g, c.b, (double)m->weights[t * m->n_columns + s]);
        }
    }
    free(places);
}

static void svg_image(const struct image *p, struct heed_str *out)
{
    char title[100];
    snprintf(title, sizeof(title),
             "features, line %" PRId64 ": %" PRId64 " frames, %" PRId64 " bands", p->line,
             p->frames, p->bands);
    size_t rows = p->map ? p->map->n_rows * ROW : 0;
    plot_svg_begin(out, (double)(2 * MARGIN + p->left + p->width * p->wide),
                   (double)(2 * MARGIN + p->height * HIGH + rows), 12, ".s{text-anchor:middle}",
                   title);
    heed_str_printf(out, "<text x=\"%d\" y=\"24\">%s</text>\n", MARGIN, title);
    for (int level = 0; level < LEVELS; level++) {
        struct rgb c = plot_night_color((double)level / (LEVELS - 1));
        heed_str_printf(out, "<path fill=\"#%02x%02x%02x\" d=\"", c.r, c.g, c.b);
        svg_level(p, level, out);
        heed_str_add_text(out, "\"/>\n");
    }
    if (p->map)
        svg_attention(p, out);
    svg_axis(p, out);
    heed_str_add_text(out, "</svg>\n");
}

/* --- the stream --- */

static int show(struct image *p, const struct plot *o, const float *v, int64_t row,
                enum plot_style style, struct heed_err *err)
{
    struct heed_str svg = {0};
    size_t words = p->map ? plot_widest(p->map->rows, p->map->n_rows) : 0;
    if (!p->frames) {
        heed_note("line %" PRId64 " is empty: nothing to see", p->line);
        return 0;
    }
    if (!o->svg) {
        size_t rows = (size_t)o->height * (plot_has_colors(style) ? 2 : 1);
        p->left = p->map ? words + 1 : 0;
        fill(p, v, row, HEED_MAX((size_t)o->width, p->left + 8) - p->left, rows);
        print_image(p, style);
        return 0;
    }
    p->left = p->map ? (size_t)((double)words * LETTER) : 0;
    fill(p, v, row, 240, 80);
    p->wide = HEED_MAX((size_t)WIDE, SHORT / p->width);
    svg_image(p, &svg);
    int status = plot_write(o, &svg, err);
    heed_str_release(&svg);
    return status;
}

/* The picture, below it the map, if there is one. */
static int show_one(const struct heed_picture *x, int64_t line, const struct map *map,
                    const struct plot *o, enum plot_style style, struct heed_err *err)
{
    struct image p = {
        .line = line, .frames = x->n, .bands = x->scale, .shift = x->step, .map = map};
    int status = show(&p, o, x->values, x->width, style, err);
    free(p.places);
    return status;
}

int plot_seen(const struct plot_stream *s, int64_t b, const struct map *m, const struct plot *o,
              enum plot_style style, struct heed_err *err)
{
    struct heed_picture x;
    return heed_picture_of(s->frame.doc, &s->reader.head, b, &x)
               ? show_one(&x, m->line, m, o, style, err)
               : 0;
}

/* Returns how many were shown. */
static int64_t show_frame(const struct heed_reader *r, const struct heed_doc *doc,
                          const struct plot *o, enum plot_style style, struct heed_err *err)
{
    const struct heed_array *lines = heed_doc_find(doc, "line");
    const int64_t *line = lines->data;
    struct heed_picture x;
    int64_t shown = 0;
    for (int64_t b = 0; b < lines->dims[0] && (o->all || !shown); b++) {
        if ((o->line >= 0 && line[b] != o->line) || !heed_picture_of(doc, &r->head, b, &x))
            continue;
        if (show_one(&x, line[b], NULL, o, style, err) < 0)
            return -1;
        shown++;
    }
    return shown;
}

int plot_images(const struct plot *o, struct heed_reader *r, enum plot_style style,
                struct heed_err *err)
{
    struct heed_doc doc;
    int64_t shown = 0, now = 0;
    int got = 0;
    heed_doc_init(&doc);
    while (now >= 0 && (got = heed_reader_next(r, &doc, err)) > 0)
        if (o->all || !shown)
            shown += now = show_frame(r, &doc, o, style, err);
    heed_doc_release(&doc);
    if (got < 0 || now < 0)
        return -1;
    if (!shown && o->line >= 0)
        return heed_fail(err, "line %" PRId64 " is not in the stream", o->line);
    return 0;
}
