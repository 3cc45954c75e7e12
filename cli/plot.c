/* plot.c: attention maps out of a stream, curves out of the store, in the terminal or as SVG. */
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "cli/plot.h"

#define AT(member) offsetof(struct plot, member)

static const struct heed_option options[] = {
    {.name = "run",
     .letter = 'r',
     .type = HEED_LIST,
     .offset = AT(runs),
     .unit = "RUN",
     .help = "draw curves of this run of the store (an id, its first digits, a name, last); "
             "several may be given"},
    {.name = "metric",
     .type = HEED_STRING,
     .offset = AT(metrics),
     .def = "train.loss,dev.loss",
     .unit = "SPLIT.NAME,...",
     .help = "the metrics to draw; those of one name share a panel"},
    {.name = "line",
     .type = HEED_INT,
     .offset = AT(line),
     .def = "-1",
     .min = -1,
     .max = 9e15,
     .unit = "N",
     .help = "the map of this line, counted from 0; -1: of the first in the stream"},
    {.name = "all",
     .letter = 'a',
     .type = HEED_SWITCH,
     .offset = AT(all),
     .help = "maps of all lines, in the terminal"},
    {.name = "hypothesis",
     .type = HEED_INT,
     .offset = AT(hypothesis),
     .def = "0",
     .max = 1e6,
     .unit = "N",
     .help = "which of several hypotheses of a line"},
    {.name = "head",
     .type = HEED_INT,
     .offset = AT(head),
     .def = "-1",
     .min = -1,
     .max = 1e6,
     .unit = "N",
     .help = "one head of several; -1: their mean"},
    {.name = "style",
     .type = HEED_CHOICE,
     .offset = AT(style),
     .def = "auto",
     .unit = "auto|truecolor|256|shades|digits",
     .help = "auto: colours in a terminal without NO_COLOR, else shades"},
    {.name = "width",
     .type = HEED_INT,
     .offset = AT(width),
     .def = "0",
     .max = 10000,
     .unit = "N",
     .help = "columns; 0: the terminal's, else 80"},
    {.name = "height",
     .type = HEED_INT,
     .offset = AT(height),
     .def = "15",
     .min = 3,
     .max = 1000,
     .unit = "N",
     .help = "lines of a panel of curves"},
    {.name = "svg", .type = HEED_SWITCH, .offset = AT(svg), .help = "write SVG"},
    {.name = "output",
     .letter = 'o',
     .type = HEED_STRING,
     .offset = AT(output),
     .unit = "FILE",
     .help = "write there, as SVG; -: standard output"},
    {.name = NULL},
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

static int64_t terminal_width(void)
{
    struct winsize size;
    if (!heed_cli.out_is_tty || ioctl(heed_cli.out.fd, TIOCGWINSZ, &size) || !size.ws_col)
        return 80;
    return size.ws_col;
}

static int run(void *self, struct heed_err *err)
{
    struct plot *o = self;
    if (o->output)
        o->svg = true;
    if (!o->width)
        o->width = terminal_width();
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
             "line of it drawn: "
             "a row for each target word, a column for each source word, the numbers percent.\n\n"
             "With --run metrics of the store are drawn over the steps.",
    .examples = "echo 'I am cold.' | tokenize -m enfr.heed | encode -m enfr.heed | decode -m "
                "enfr.heed --weights | plot\n"
                "plot --line 3 -o map.svg hypotheses.stream\n"
                "plot --run last --metric train.loss,dev.loss,dev.bleu",
    .see_also = "decode, attend, runs",
    .options = options,
    .self_size = sizeof(struct plot),
    .max_operands = 1,
    .run = run,
};
