/* plot_map_draw.c: an attention map in the terminal and as SVG.
 *
 * In the terminal the source stands above as a line of text and every square is as
 * wide as its word, when that fits; otherwise cells are two columns wide and the
 * words hang from above, letter under letter. */
#include <math.h>
#include <string.h>
#include "base/utf8.h"
#include "cli/plot.h"

static size_t width_of(const char *text)
{
    return heed_utf8_width(text, strlen(text));
}

size_t plot_widest(char **words, size_t n)
{
    size_t most = 0;
    for (size_t i = 0; i < n; i++)
        most = HEED_MAX(most, width_of(words[i]));
    return most;
}

static void blanks(struct heed_str *out, size_t n)
{
    heed_str_printf(out, "%*s", (int)n, "");
}

/* --- terminal --- */

static const struct rgb night[] = {
    {18, 18, 40}, {52, 49, 125}, {32, 122, 142}, {84, 197, 104}, {253, 231, 37}};

/* The same way in a terminal's 256 colours: the nearest ones to night turn grey and purple between. */
static const int night_256[] = {234, 17, 18, 24, 30, 36, 71, 77, 113, 149, 185, 220};

/* "87", or nothing below `least`; a square of two columns has no room
 * for "100" and shows its colour alone. */
static void percent(char out[16], float w, int least)
{
    int p = (int)lroundf(w * 100);
    out[0] = '\0';
    if (p >= least)
        snprintf(out, 16, "%d", p);
}

struct rgb plot_night_color(double w)
{
    return plot_mix(night, HEED_COUNT(night), w);
}

void plot_night(struct heed_str *out, enum plot_style style, bool background, float w)
{
    size_t last = HEED_COUNT(night_256) - 1;
    if (style == PLOT_256_COLORS)
        heed_str_printf(out, "\033[%d;5;%dm", background ? 48 : 38,
                        night_256[lroundf(fminf(fmaxf(w, 0), 1) * (float)last)]);
    else
        plot_color(out, style, background, plot_night_color((double)w));
}

/* least: numbers that stand side by side cannot be told apart, so there only large ones are written. */
static void color_cell(struct heed_str *out, float w, size_t width, enum plot_style style,
                       int least)
{
    char text[16];
    percent(text, w, least);
    size_t n = strlen(text) <= width ? strlen(text) : 0, left = (width - n) / 2;
    plot_night(out, style, true, w);
    plot_color(out, style, false,
               w > (style == PLOT_256_COLORS ? 0.5f : 0.6f) ? (struct rgb){20, 20, 20}
                                                            : (struct rgb){225, 225, 225});
    blanks(out, left);
    heed_str_add(out, text, n);
    blanks(out, width - n - left);
}

static void plain_cell(struct heed_str *out, float w, size_t width, enum plot_style style)
{
    static const char *const shades[] = {" ", "\xe2\x96\x91", "\xe2\x96\x92", "\xe2\x96\x93",
                                         "\xe2\x96\x88"};
    char text[16];
    if (style == PLOT_DIGITS) {
        percent(text, w, 1);
        heed_str_printf(out, "%*s", (int)width, *text ? text : ".");
        return;
    }
    size_t shade = w < 0.05f ? 0 : w < 0.25f ? 1 : w < 0.5f ? 2 : w < 0.8f ? 3 : 4;
    for (size_t i = 0; i < width; i++)
        heed_str_add_text(out, shades[shade]);
}

/* gap: of the map's own colour between two cells. */
static void print_rows(const struct map *m, enum plot_style style, size_t margin,
                       const size_t *widths, size_t gap)
{
    struct heed_str line = {0};
    bool colors = plot_has_colors(style);
    for (size_t t = 0; t < m->n_rows; t++) {
        blanks(&line, margin - width_of(m->rows[t]));
        heed_str_printf(&line, "%s ", m->rows[t]);
        for (size_t s = 0; s < m->n_columns; s++) {
            float w = m->weights[t * m->n_columns + s];
            if (colors)
                color_cell(&line, w, widths[s] + gap, style, gap ? 10 : 30);
            else
                plain_cell(&line, w, widths[s], style);
            if (!colors)
                blanks(&line, gap);
        }
        plot_reset(&line, style);
        heed_out_line(&line);
    }
    heed_str_release(&line);
}

/* Words above their cells. */
static void print_wide(const struct map *m, enum plot_style style, size_t margin, size_t *widths)
{
    struct heed_str line = {0};
    bool colors = plot_has_colors(style);
    blanks(&line, margin + 1);
    for (size_t s = 0; s < m->n_columns; s++) {
        size_t room = widths[s] + 1 - width_of(m->columns[s]), left = colors ? room / 2 : 0;
        blanks(&line, left);
        heed_str_add_text(&line, m->columns[s]);
        blanks(&line, room - left);
    }
    heed_out_line(&line);
    print_rows(m, style, margin, widths, 1);
    heed_str_release(&line);
}

/* The character that stands `line` lines below the top when a word
 * hangs down to the map; advances *at. */
static void hang(struct heed_str *out, const char *word, size_t **at, size_t column, size_t below)
{
    size_t n = strlen(word), used = (*at)[column];
    int32_t point;
    if (heed_utf8_count(word + used, n - used) < below || used == n) {
        blanks(out, 2);
        return;
    }
    /* A character and the marks on it. */
    size_t end = used + (size_t)heed_utf8_next(word + used, n - used, &point);
    while (end < n) {
        int step = heed_utf8_next(word + end, n - end, &point);
        if (heed_utf8_width(word + end, (size_t)step))
            break;
        end += (size_t)step;
    }
    heed_str_add(out, word + used, end - used);
    blanks(out, 2 - HEED_MIN(heed_utf8_width(word + used, end - used), 2));
    (*at)[column] = end;
}

static void print_narrow(const struct map *m, enum plot_style style, size_t margin, size_t *widths)
{
    struct heed_str line = {0};
    size_t *at = heed_xcalloc(m->n_columns, sizeof(*at)), height = 0,
           square = style == PLOT_DIGITS ? 3 : 2;
    for (size_t s = 0; s < m->n_columns; s++) {
        height = HEED_MAX(height, heed_utf8_count(m->columns[s], strlen(m->columns[s])));
        widths[s] = square;
    }
    for (size_t below = height; below > 0; below--) {
        blanks(&line, margin + 1 + square - 2);
        for (size_t s = 0; s < m->n_columns; s++) {
            hang(&line, m->columns[s], &at, s, below);
            blanks(&line, square - 2);
        }
        heed_out_line(&line);
    }
    print_rows(m, style, margin, widths, 0);
    free(at);
    heed_str_release(&line);
}

void map_print(const struct map *m, enum plot_style style, size_t width)
{
    size_t margin = plot_widest(m->rows, m->n_rows), total = margin + 1;
    size_t *widths = heed_xcalloc(m->n_columns, sizeof(*widths));
    for (size_t s = 0; s < m->n_columns; s++) {
        widths[s] = HEED_MAX(width_of(m->columns[s]), style == PLOT_DIGITS ? 3 : 2);
        total += widths[s] + 1;
    }
    if (total <= width)
        print_wide(m, style, margin, widths);
    else
        print_narrow(m, style, margin, widths);
    free(widths);
}

/* --- SVG --- */

#define CELL      30
#define FONT      15
#define CHARACTER 8.2 /* mean advance of the font, about */

static const struct rgb paper[] = {
    {247, 250, 252}, {198, 219, 239}, {107, 174, 214}, {33, 113, 181}, {8, 48, 107}};

static void svg_cells(const struct map *m, double left, double top, struct heed_str *out)
{
    for (size_t t = 0; t < m->n_rows; t++)
        for (size_t s = 0; s < m->n_columns; s++) {
            float w = m->weights[t * m->n_columns + s];
            double x = left + CELL * (double)s, y = top + CELL * (double)t;
            struct rgb c = plot_mix(paper, HEED_COUNT(paper), w);
            heed_str_printf(out,
                            "<rect x=\"%.1f\" y=\"%.1f\" width=\"%d\" height=\"%d\" rx=\"3\" "
                            "fill=\"#%02x%02x%02x\">"
                            "<title>",
                            x + 1, y + 1, CELL - 2, CELL - 2, c.r, c.g, c.b);
            plot_xml(out, m->rows[t]);
            heed_str_add_text(out, " \xe2\x86\x90 ");
            plot_xml(out, m->columns[s]);
            heed_str_printf(out, ": %.3f</title></rect>\n", (double)w);
            if (w >= 0.095f)
                heed_str_printf(out,
                                "<text x=\"%.1f\" y=\"%.1f\" class=\"n\" fill=\"%s\">%.0f</text>\n",
                                x + CELL / 2.0, y + CELL / 2.0 + 4, w > 0.45f ? "#fff" : "#333",
                                (double)w * 100);
        }
}

static void svg_words(const struct map *m, double left, double top, struct heed_str *out)
{
    for (size_t s = 0; s < m->n_columns; s++) {
        double x = left + CELL * ((double)s + 0.5) + 4, y = top - 8;
        heed_str_printf(out, "<text transform=\"translate(%.1f %.1f) rotate(-50)\">", x, y);
        plot_xml(out, m->columns[s]);
        heed_str_add_text(out, "</text>\n");
    }
    for (size_t t = 0; t < m->n_rows; t++) {
        heed_str_printf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">", left - 8,
                        top + CELL * ((double)t + 0.5) + FONT * 0.35);
        plot_xml(out, m->rows[t]);
        heed_str_add_text(out, "</text>\n");
    }
}

/* The scale: a bar below the map. */
static void svg_scale(double left, double y, double width, struct heed_str *out)
{
    heed_str_add_text(out, "<defs><linearGradient id=\"scale\">");
    for (size_t i = 0; i < HEED_COUNT(paper); i++)
        heed_str_printf(out, "<stop offset=\"%d%%\" stop-color=\"#%02x%02x%02x\"/>", (int)(25 * i),
                        paper[i].r, paper[i].g, paper[i].b);
    heed_str_printf(
        out,
        "</linearGradient></defs>\n<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"8\" "
        "rx=\"3\" "
        "fill=\"url(#scale)\" stroke=\"#dde3e8\"/>\n"
        "<text x=\"%.1f\" y=\"%.1f\" class=\"s\">0</text>\n"
        "<text x=\"%.1f\" y=\"%.1f\" class=\"s\" text-anchor=\"end\">attention 100 %%</text>\n",
        left, y, width, left, y + 22, left + width, y + 22);
}

#define SENTENCE 20 /* height of a line of it */

/* As much of a sentence as the width has room for. */
static void svg_sentence(const char *text, double y, double width, bool source,
                         struct heed_str *out)
{
    size_t room = (size_t)fmax(4, (width - 24) / CHARACTER), n = strlen(text), end = 0;
    int32_t point;
    while (end < n && heed_utf8_width(text, end) < room)
        end += (size_t)HEED_MAX(1, heed_utf8_next(text + end, n - end, &point));
    char *cut = heed_xstrndup(text, end);
    heed_str_printf(out, "<text x=\"12\" y=\"%.1f\" class=\"%s\">", y, source ? "q" : "a");
    plot_xml(out, cut);
    heed_str_add_text(out, end < n ? "\xe2\x80\xa6</text>\n" : "</text>\n");
    free(cut);
}

void map_svg(const struct map *m, struct heed_str *out)
{
    const char *source = m->source.len ? m->source.data : "",
               *target = m->target.len ? m->target.data : "";
    double slant = (double)plot_widest(m->columns, m->n_columns) * CHARACTER;
    double left = (double)plot_widest(m->rows, m->n_rows) * CHARACTER + 24;
    double top = slant * 0.77 + 32 + 2 * SENTENCE;
    double right = CELL * (double)m->n_columns, bar = fmin(fmax(right, 130), 260);
    for (size_t s = 0; s < m->n_columns; s++)
        right = fmax(right,
                     CELL * ((double)s + 0.5) + (double)width_of(m->columns[s]) * CHARACTER * 0.66);
    double width = left + fmax(bar, right) + 24, height = top + CELL * (double)m->n_rows + 52;
    struct heed_str title = {0};
    heed_str_printf(&title, "attention, line %lld: %s \xe2\x86\x92 %s", (long long)m->line, source,
                    target);
    plot_svg_begin(out, width, height, FONT,
                   ".n{font-size:11px;text-anchor:middle}.n[fill=\"#fff\"]{fill:#fff}"
                   ".s{font-size:11px;fill:#66727d}.q{font-weight:bold}",
                   title.data);
    heed_str_release(&title);
    svg_sentence(source, 22, width, true, out);
    svg_sentence(target, 22 + SENTENCE, width, false, out);
    svg_words(m, left, top, out);
    svg_cells(m, left, top, out);
    svg_scale(left, top + CELL * (double)m->n_rows + 14, bar, out);
    heed_str_add_text(out, "</svg>\n");
}
