/* plot.h: what the files of `plot` share.
 *
 * plot.c            the command
 * plot_frame.c      the frames of a hypotheses or attention stream
 * plot_words.c      the words of a side
 * plot_map.c        lines of a stream to maps
 * plot_map_draw.c   a map in the terminal and as SVG
 * plot_image.c      lines of a stream that are pictures
 * plot_pharaoh.c    lines of a stream to links i-j
 * plot_page.c       lines of a stream and runs to a page (plot_page.h)
 * plot_curve.c      metrics of runs to panels of curves
 * plot_curve_draw.c panels in the terminal and as SVG
 * plot_svg.c        colours, escaping, axes */
#ifndef HEED_CLI_PLOT_H
#define HEED_CLI_PLOT_H

#include "cli/cli.h"
#include "cli/curves.h"
#include "stream/picture.h"
#include "stream/stream.h"
#include "stream/words.h"

/* How things are shown in a terminal; the order is that of the words of --style. */
enum plot_style { PLOT_AUTO, PLOT_TRUE_COLOR, PLOT_256_COLORS, PLOT_SHADES, PLOT_DIGITS };

/* The order is that of the words of --units. */
enum plot_units { PLOT_WORDS, PLOT_PIECES };
enum plot_links { PLOT_HARD, PLOT_SOFT };

struct plot {
    struct heed_list runs, refs;
    const char *metrics, *output, *forced, *title;
    enum plot_style style;
    enum plot_units units;
    int pharaoh; /* enum plot_links; -1: not given */
    int64_t line, hypothesis, head, width, height, ref_column;
    double threshold, watch;
    bool svg, all, html;
};

/* --- words --- */

/* A piece of a vocabulary, borrowed from the stream frame. */
struct piece {
    const char *text;
    size_t n;
};
/* What a stream frame knows of a side. */
struct side {
    struct piece *pieces; /* by id, owned */
    size_t n;
    bool known;                 /* there is a vocabulary */
    bool marks_blanks, letters; /* by its tokenizer; every character is a token */
};
void side_open(struct side *s, const struct heed_doc *head, const char *name); /* "src", "tgt" */
void side_release(struct side *s);

/* One side of a line; borrowed from side and frame. */
struct words {
    const struct side *side;
    const int32_t *ids;           /* NULL: nobody knows which */
    struct heed_source_text text; /* where there is one: text NULL: none */
    /* Of a target: what an unknown word is taken from, as decode does; NULL: it stays <unk>. */
    const struct heed_source_text *copied;
};
/* What stands at the map: the word of the source text, the piece of the vocabulary, "?" for an id
 * that it lacks, or the place of one that nobody has a word for. Escaped, owned by the caller. */
char *word_at(const struct words *w, int64_t place);
/* Is it none, but the end or what fills up? */
bool word_is_end(const struct words *w, int64_t place);
/* Appends a place to a sentence, without the marks of its tokenizer: it is for the eye; detokenize knows
 * all of it. */
void word_add(const struct words *w, int64_t place, struct heed_str *out);
/* The whole sentence, appended; places [n + 1]: place i are its bytes from places[i] to places[i + 1]. */
void word_places(const struct words *w, int64_t n, struct heed_str *sentence, size_t *places);
/* numbers [n]: which of the words that blanks part each place belongs to, -1: to none. */
void words_number(const struct words *w, int64_t n, int32_t *numbers);

/* --- frames --- */

/* The tensors of a data frame, all borrowed from it. */
struct frame {
    const struct heed_doc *doc;
    bool hypotheses;      /* or attention: N is 1, T is Q */
    const float *weights; /* [B,N,G,T,S]; NULL: only align is known */
    int64_t B, N, G, T, S;
    const struct heed_array *tgt, *tgt_len, *src, *src_len, *line; /* NULL: not there */
    bool pictured;                              /* its sources are pictures: stream/picture.h */
    const int32_t *align;                       /* [B,N,T] */
    const float *align_weight, *token_log_prob; /* [B,N,T] */
    int64_t before; /* rows of earlier frames of this part, where lines have no numbers */
};
struct plot_stream {
    struct heed_reader reader;
    struct heed_doc doc;
    struct frame frame;
    struct side src, tgt;
    bool parted; /* the frame is the first of another part (`cat a b`) */
    bool weights;
};
#define PLOT_ATTENTION "hypotheses|attention" /* the types of stream that have any */
/* weights: a frame without them is an error. */
int plot_stream_open(struct plot_stream *s, const char *path, const char *types, bool weights,
                     struct heed_err *err) HEED_MUST_USE;
/* The next frame: 1, 0 at the end, -1. */
int plot_stream_next(struct plot_stream *s, struct heed_err *err);
void plot_stream_close(struct plot_stream *s);
int64_t frame_line(const struct frame *f, int64_t b);
int64_t frame_sources(const struct frame *f, int64_t b);            /* places of the source */
int64_t frame_targets(const struct frame *f, int64_t b, int64_t n); /* of hypothesis n */
void frame_words(const struct plot_stream *s, int64_t b, int64_t n, struct words *src,
                 struct words *tgt);
/* Of one head, or of head -1, the mean; row: b * N + n. */
float frame_weight(const struct frame *f, int64_t head, int64_t row, int64_t t, int64_t s);
/* Has it the hypothesis and the head that are asked for? */
int frame_check(const struct frame *f, const struct plot *o, struct heed_err *err) HEED_MUST_USE;

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
/* Of words, in columns of a terminal. */
size_t plot_widest(char **words, size_t n);
void map_print(const struct map *m, enum plot_style style, size_t width);
void map_svg(const struct map *m, struct heed_str *out);
/* From dark to light, w in [0, 1]: as a colour, and as the ground or the letters of a terminal. */
struct rgb plot_night_color(double w);
void plot_night(struct heed_str *out, enum plot_style style, bool background, float w);
/* The chosen lines of a stream of pictures that is open. */
int plot_images(const struct plot *o, struct heed_reader *r, enum plot_style style,
                struct heed_err *err) HEED_MUST_USE;
/* The map below its picture, row b of the frame, which the maps' stream has brought along. */
int plot_seen(const struct plot_stream *s, int64_t b, const struct map *m, const struct plot *o,
              enum plot_style style, struct heed_err *err) HEED_MUST_USE;
/* Reads the stream and shows the chosen lines. */
int plot_maps(const struct plot *o, const char *path, enum plot_style style,
              struct heed_err *err) HEED_MUST_USE;
/* Reads the stream and writes a line of links for each of its lines. */
int plot_pharaoh(const struct plot *o, const char *path, struct heed_err *err) HEED_MUST_USE;

/* --- a page --- */

/* Lines of the stream (path NULL: standard input, unless runs are asked for), and runs. */
int plot_page(const struct plot *o, const char *path, struct heed_err *err) HEED_MUST_USE;

/* --- curves --- */

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
