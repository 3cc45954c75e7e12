/* plot_svg.c: colours, escaping, axes and output of `plot`. */
#include <math.h>
#include <string.h>
#include "cli/plot.h"

struct rgb plot_series_color(size_t i)
{
    static const struct rgb colors[] = {{0, 114, 178},   {213, 94, 0},   {0, 158, 115},
                                        {204, 121, 167}, {86, 180, 233}, {230, 159, 0},
                                        {148, 103, 189}, {120, 120, 120}};
    return colors[i % HEED_COUNT(colors)];
}

struct rgb plot_mix(const struct rgb *stops, size_t n, double at)
{
    double place = fmin(fmax(at, 0), 1) * (double)(n - 1);
    size_t i = HEED_MIN((size_t)place, n - 2);
    double part = place - (double)i;
    const struct rgb *a = &stops[i], *b = &stops[i + 1];
    return (struct rgb){(unsigned char)lround(a->r + part * (b->r - a->r)),
                        (unsigned char)lround(a->g + part * (b->g - a->g)),
                        (unsigned char)lround(a->b + part * (b->b - a->b))};
}

void plot_svg_begin(struct heed_str *out, double width, double height, int font, const char *css,
                    const char *title)
{
    heed_str_printf(out,
                    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
                    "viewBox=\"0 0 %.0f %.0f\" role=\"img\">\n<title>",
                    width, height, width, height);
    plot_xml(out, title);
    heed_str_printf(out,
                    "</title>\n<style>text{font:%dpx \"DejaVu Sans\",Verdana,"
                    "sans-serif;fill:#1d2733}%s</style>\n"
                    "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
                    font, css);
}

void plot_xml(struct heed_str *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '&')
            heed_str_add_text(out, "&amp;");
        else if (*text == '<')
            heed_str_add_text(out, "&lt;");
        else if (*text == '>')
            heed_str_add_text(out, "&gt;");
        else if (*text == '"')
            heed_str_add_text(out, "&quot;");
        else if ((unsigned char)*text >= 0x20)
            heed_str_add_char(out, *text);
    }
}

size_t plot_ticks(double lo, double hi, size_t about, double ticks[12])
{
    double rough = (hi - lo) / (double)about;
    double unit = pow(10, floor(log10(rough)));
    double step = rough / unit < 1.5   ? unit
                  : rough / unit < 3.5 ? 2 * unit
                  : rough / unit < 7.5 ? 5 * unit
                                       : 10 * unit;
    size_t n = 0;
    for (double at = ceil(lo / step - 1e-9) * step; at <= hi + 1e-9 * step && n < 12; at += step)
        ticks[n++] = fabs(at) < 1e-9 * step ? 0 : at;
    return n;
}

void plot_number(char out[32], double v)
{
    double size = fabs(v);
    if (size >= 1e6)
        snprintf(out, 32, "%.4gM", v / 1e6);
    else if (size >= 1e4)
        snprintf(out, 32, "%.4gk", v / 1e3);
    else
        snprintf(out, 32, "%.4g", v);
}

bool plot_has_colors(enum plot_style style)
{
    return style == PLOT_TRUE_COLOR || style == PLOT_256_COLORS;
}

/* The nearest of the 216 colours of a 256-colour terminal. */
static int nearest_256(struct rgb c)
{
    const unsigned char parts[] = {c.r, c.g, c.b};
    int index = 0;
    for (size_t i = 0; i < 3; i++)
        index = index * 6 + (parts[i] < 48 ? 0 : parts[i] < 115 ? 1 : (parts[i] - 35) / 40);
    return 16 + index;
}

void plot_color(struct heed_str *out, enum plot_style style, bool background, struct rgb c)
{
    if (style == PLOT_TRUE_COLOR)
        heed_str_printf(out, "\033[%d;2;%d;%d;%dm", background ? 48 : 38, c.r, c.g, c.b);
    else if (style == PLOT_256_COLORS)
        heed_str_printf(out, "\033[%d;5;%dm", background ? 48 : 38, nearest_256(c));
}

void plot_reset(struct heed_str *out, enum plot_style style)
{
    if (plot_has_colors(style))
        heed_str_add_text(out, "\033[0m");
}

int plot_write(const struct plot *o, const struct heed_str *text, struct heed_err *err)
{
    struct heed_commit c;
    if (!o->output || !strcmp(o->output, "-"))
        return heed_output_write(&heed_cli.out, text->data, text->len, err);
    if (heed_commit_open(&c, o->output, err) < 0)
        return -1;
    if (heed_output_write(&c.out, text->data, text->len, err) == 0)
        return heed_commit_finish(&c, err);
    heed_commit_abort(&c);
    return -1;
}
