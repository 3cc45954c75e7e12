/* plot.c: attention out of a stream, as maps or links, curves out of the store. */
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
    HEED_ROW_TIME(struct plot, watch, "watch", "0", 0, 86400, "TIME",
                  "draw the runs again so often, until they have ended; 0: once"),
    HEED_ROW_INT(struct plot, line, "line", "-1", -1, 9e15, "N",
                 "the map of this line, counted from 0; -1: of the first in the stream"),
    HEED_ROW_SWITCH(struct plot, all, "all", NULL, "maps of all lines, in the terminal",
                    .letter = 'a'),
    HEED_ROW_INT(struct plot, hypothesis, "hypothesis", "0", 0, 1e6, "N",
                 "which of several hypotheses of a line"),
    HEED_ROW_INT(struct plot, head, "head", "-1", -1, 1e6, "N",
                 "one head of several; -1: their mean"),
    HEED_ROW_SWITCH(
        struct plot, html, "html", NULL,
        "write a page that shows all lines, and the runs: for a browser, without a network"),
    HEED_ROW_LIST(struct plot, refs, "ref", "FILE",
                  "page: references, a line for each of the stream; may be given several times"),
    HEED_ROW_INT(struct plot, ref_column, "ref-column", "0", 0, 1000, "N",
                 "take the references from this column of tab-separated lines; 0: the whole line"),
    HEED_ROW_STRING(struct plot, forced, "forced", NULL, "FILE",
                    "page: hypotheses of decode --force REF, for the loss of the references"),
    HEED_ROW_STRING(struct plot, title, "title", NULL, "TEXT", "page: what stands above all"),
    HEED_ROW_CHOICE(struct plot, pharaoh, "pharaoh", NULL, "hard|soft",
                    "write links i-j of source and target words in place of maps: of each target "
                    "word the one it looks at most, or all with their weights, i-j:0.83"),
    HEED_ROW_REAL(struct plot, threshold, "threshold", "0.1", 0, 1, "WEIGHT",
                  "the least weight of a soft link"),
    HEED_ROW_CHOICE(struct plot, units, "units", "words", "words|pieces",
                    "what links count: words that blanks part, or the pieces of the tokenizer"),
    HEED_ROW_CHOICE(struct plot, style, "style", "auto", "auto|truecolor|256|shades|digits",
                    "auto: colours in a terminal without NO_COLOR, else shades"),
    HEED_ROW_INT(struct plot, width, "width", "0", 0, 10000, "N",
                 "columns; 0: the terminal's, else 80"),
    HEED_ROW_INT(struct plot, height, "height", "15", 3, 1000, "N",
                 "lines of a panel of curves, and of a picture"),
    HEED_ROW_SWITCH(struct plot, svg, "svg", NULL, "write SVG"),
    HEED_ROW_STRING(struct plot, output, "output", NULL, "FILE",
                    "write there, as SVG where nothing else is asked for; -: standard output",
                    .letter = 'o'),
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

/* Options of one kind of output. */
static int check_kind(const struct plot *o, struct heed_err *err)
{
    if (o->pharaoh < 0 && (heed_option_given("threshold") || heed_option_given("units")))
        return heed_usage(err, "--threshold and --units are of --pharaoh");
    if (!o->html && (o->refs.n || o->forced || o->title))
        return heed_usage(err, "--ref, --forced and --title are of --html");
    if (o->watch > 0 && (!o->runs.n || o->svg || o->html))
        return heed_usage(err,
                          "--watch draws curves of --run in the terminal, not --svg or --html");
    if (o->ref_column && !o->refs.n)
        return heed_usage(err, "--ref-column is of --ref");
    return 0;
}

static int check(const struct plot *o, struct heed_err *err)
{
    bool one = o->all || o->svg || o->line >= 0;
    if (o->pharaoh >= 0 && (one || o->html || o->runs.n))
        return heed_usage(err,
                          "--pharaoh writes links of all lines of a stream; it goes with neither "
                          "--html, --run, --svg, --all nor --line");
    if (o->html && one)
        return heed_usage(err,
                          "--html shows all lines; it goes with neither --svg, --all nor --line");
    if (o->all && (o->svg || o->line >= 0))
        return heed_usage(
            err, "--all shows maps in the terminal; it goes with neither --svg, -o nor --line");
    if (o->runs.n && heed_cli.n_operands && !o->html)
        return heed_usage(err, "--run draws from the store, FILE is a stream: give one");
    return check_kind(o, err);
}

static int run(void *self, struct heed_err *err)
{
    struct plot *o = self;
    const char *path = heed_cli.n_operands ? heed_cli.operands[0] : NULL;
    if (o->output && o->pharaoh < 0 && !o->html)
        o->svg = true;
    if (!o->width)
        o->width = (int64_t)heed_out_width();
    if (check(o, err))
        return -1;
    if (o->html)
        return plot_page(o, path, err);
    if (o->pharaoh >= 0)
        return plot_pharaoh(o, path, err);
    return o->runs.n ? plot_curves(o, style_of(o), err) : plot_maps(o, path, style_of(o), err);
}

const struct heed_command heed_command = {
    .name = "plot",
    .summary = "attention or features, curves of the store: pictures, links, a page",
    .usage = "[FILE] | --run RUN... | --html [--run RUN]... [FILE]",
    .about =
        "Without --run a stream of hypotheses with weights, or of attention, is read, and one "
        "line of it drawn: a row for each target word, a column for each source word, the "
        "numbers percent. A piece that goes on with the word before it has a dot in front.\n\n"
        "Of a stream of features a line is drawn as it is: time to the right, bands upwards, more "
        "is lighter.\n\n"
        "With --pharaoh a line of links is written for each line of the stream, in the order of "
        "the text that went in: 0-0 2-1 says that the second target word looks at the third of "
        "the source. Words are what blanks part; the attention of a word is the mean over its "
        "pieces, attention to one that to all of them. Hard links need no weights: decode "
        "--hypotheses is enough.\n\n"
        "With --run metrics of the store are drawn over the steps; --watch 2s draws them again as "
        "a "
        "training goes on, and ends with it.",
    .examples = "echo 'I am cold.' | tokenize -m enfr.heed | encode -m enfr.heed | decode -m "
                "enfr.heed --weights | plot\n"
                "features hello.wav | plot\n"
                "plot --line 3 -o map.svg hypotheses.stream\n"
                "decode -m enfr.heed --hypotheses < memory | plot --pharaoh hard > links\n"
                "decode -m enfr.heed --weights < memory | plot --html --ref test.fr -o test.html\n"
                "plot --run last --metric train.loss,dev.loss,dev.bleu\n"
                "plot --run last:train --watch 5s",
    .see_also = "decode, attend, features, runs",
    .options = options,
    .most_used = "run metric svg html pharaoh",
    .self_size = sizeof(struct plot),
    .max_operands = 1,
    .run = run,
};
