/* plot.h: what the files of `plot` share.
 *
 * plot.c            the command
 * plot_map.c        rows of a hypotheses or attention stream to maps with their words
 * plot_map_draw.c   a map in the terminal and as SVG
 * plot_curve.c      metrics of runs to panels of curves
 * plot_curve_draw.c panels in the terminal and as SVG
 * plot_svg.c        colours, escaping, axes */
#ifndef HEED_CLI_PLOT_H
#define HEED_CLI_PLOT_H

#include "cli/cli.h"
#include "store/store.h"
#include "stream/stream.h"

/* How things are shown in a terminal; the order is that of the words of --style. */
enum plot_style { PLOT_AUTO, PLOT_TRUE_COLOR, PLOT_256_COLORS, PLOT_SHADES, PLOT_DIGITS };

struct plot {
    struct heed_list runs;
    const char *metrics, *output;
    enum plot_style style;
    int64_t line, hypothesis, head, width, height;
    bool svg, all;
};

/* --- maps --- */

/* The attention of one hypothesis: a row for each target word, a column for each source word. A piece
 * that goes on with the word before it has a dot in front. */
struct map {
    char **rows, **columns; /* words, escaped, owned */
    size_t n_rows, n_columns;
    float *weights;                 /* [n_rows, n_columns], owned */
    struct heed_str source, target; /* as sentences */
    int64_t line;
};
void map_release(struct map *m);
void map_print(const struct map *m, enum plot_style style, size_t width);
void map_svg(const struct map *m, struct heed_str *out);
/* Reads the stream and shows the chosen lines. */
int plot_maps(const struct plot *o, enum plot_style style, struct heed_err *err) HEED_MUST_USE;

/* --- curves --- */

struct curve {
    char *label; /* "mlp-gru-1 dev" */
    double *step, *value;
    size_t n, cap_step, cap_value;
};
/* Metrics of one name share their axes: train.loss and dev.loss of all runs are one panel. */
struct panel {
    char *name;
    struct curve *curves;
    size_t n, cap;
};
void panel_print(const struct panel *p, enum plot_style style, size_t width, size_t height);
void panels_svg(const struct panel *panels, size_t n, struct heed_str *out);
int plot_curves(const struct plot *o, enum plot_style style, struct heed_err *err) HEED_MUST_USE;

/* --- helpers --- */

struct rgb {
    unsigned char r, g, b;
};
struct rgb plot_series_color(size_t i); /* colours that stay apart for the colour-blind */
struct rgb plot_mix(const struct rgb *stops, size_t n, double at); /* at in [0, 1] */
/* A white page; css: what is not common to all; title: what a reader of the picture is told. */
void plot_svg_begin(struct heed_str *out, double width, double height, int font, const char *css,
                    const char *title);
void plot_xml(struct heed_str *out, const char *text);
/* Round numbers at about `about` places from lo to hi; returns how many, at most 12. */
size_t plot_ticks(double lo, double hi, size_t about, double ticks[12]);
/* "1.5M", "20k", "0.25". */
void plot_number(char out[32], double v);
bool plot_has_colors(enum plot_style style);
/* Escape codes that set colours; nothing in the styles without. */
void plot_color(struct heed_str *out, enum plot_style style, bool background, struct rgb c);
void plot_reset(struct heed_str *out, enum plot_style style);
/* To -o FILE or the data descriptor. */
int plot_write(const struct plot *o, const struct heed_str *text,
               struct heed_err *err) HEED_MUST_USE;

#endif
