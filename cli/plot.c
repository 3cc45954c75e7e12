/* plot.c: attention maps out of a stream, curves out of the store, in the terminal or as SVG. */
#include <string.h>
#include <unistd.h>
#include "cli/plot.h"

static const struct heed_option options[] = {
    HEED_ROW_LIST(
        struct plot, runs, "run", "RUN",
        "draw curves of this run of the store (its number, id, name or model's file; last: "
        "the newest that has values of --metric); several may be given",
        .letter = 'r'),
    HEED_ROW_STRING(struct plot, metrics, "metric", "train.loss,dev.loss", "SPLIT.NAME,...",
                    "the metrics to draw; those of one name share a panel"),
    HEED_ROW_INT(struct plot, line, "line", "-1", -1, 9e15, "N",
                 "the map of this line, counted from 0; -1: of the first in the stream"),
    HEED_ROW_SWITCH(struct plot, all, "all", NULL, "maps of all lines, in the terminal",
                    .letter = 'a'),
    HEED_ROW_INT(struct plot, hypothesis, "hypothesis", "0", 0, 1e6, "N",
                 "which of several hypotheses of a line"),
    HEED_ROW_INT(struct plot, head, "head", "-1", -1, 1e6, "N",
                 "one head of several; -1: their mean"),
    HEED_ROW_CHOICE(struct plot, style, "style", "auto", "auto|truecolor|256|shades|digits",
                    "auto: colours in a terminal without NO_COLOR, else shades"),
    HEED_ROW_INT(struct plot, width, "width", "0", 0, 10000, "N",
                 "columns; 0: the terminal's, else 80"),
    HEED_ROW_INT(struct plot, height, "height", "15", 3, 1000, "N", "lines of a panel of curves"),
    HEED_ROW_SWITCH(struct plot, svg, "svg", NULL, "write SVG"),
    HEED_ROW_STRING(struct plot, output, "output", NULL, "FILE",
                    "write there, as SVG; -: standard output", .letter = 'o'),
    {0},
};

static enum plot_style style_of(const struct plot *o)
{
    const char *color_term = getenv("COLORTERM"), *term = getenv("TERM");
    if (o->style != PLOT_AUTO)
        return o->style;
    if (!heed_cli.color || (term && !strcmp(term, "dumb")))
        return PLOT_SHADES;
    return color_term && (strstr(color_term, "truecolor") || strstr(color_term, "24bit"))
               ? PLOT_TRUE_COLOR
               : PLOT_256_COLORS;
}

static int run(void *self, struct heed_err *err)
{
    struct plot *o = self;
    if (o->output)
        o->svg = true;
    if (!o->width)
        o->width = (int64_t)heed_out_width();
    if (o->all && (o->svg || o->line >= 0))
        return heed_usage(
            err, "--all shows maps in the terminal; it goes with neither --svg, -o nor --line");
    if (o->runs.n && heed_cli.n_operands)
        return heed_usage(err, "--run draws from the store, FILE is a stream: give one");
    return o->runs.n ? plot_curves(o, style_of(o), err) : plot_maps(o, style_of(o), err);
}

const struct heed_command heed_command = {
    .name = "plot",
    .summary = "attention maps out of a stream, curves out of the store",
    .usage = "[FILE] | --run RUN...",
    .about = "Without --run a stream of hypotheses with weights, or of attention, is read, and one "
             "line of it drawn: a row for each target word, a column for each source word, the "
             "numbers percent. A piece that goes on with the word before it has a dot in front.\n\n"
             "With --run metrics of the store are drawn over the steps.",
    .examples = "echo 'I am cold.' | tokenize -m enfr.heed | encode -m enfr.heed | decode -m "
                "enfr.heed --weights | plot\n"
                "plot --line 3 -o map.svg hypotheses.stream\n"
                "plot --run last --metric train.loss,dev.loss,dev.bleu",
    .see_also = "decode, attend, runs",
    .options = options,
    .most_used = "run metric style svg",
    .self_size = sizeof(struct plot),
    .max_operands = 1,
    .run = run,
};
