/* plot_curve_draw.c: panels of curves in the terminal and as SVG.
 *
 * In the terminal a character holds 2 x 4 dots of braille; where two curves meet in one the later
 * one colours it. Without colours every curve has a letter. */
#include <math.h>
#include <string.h>
#include "base/utf8.h"
#include "cli/plot.h"

struct range {
    double x0, x1, y0, y1;
};

static struct range range_of(const struct panel *p)
{
    struct range r = {INFINITY, -INFINITY, INFINITY, -INFINITY};
    for (size_t c = 0; c < p->n; c++)
        for (size_t i = 0; i < p->curves[c].n; i++) {
            r.x0 = fmin(r.x0, p->curves[c].step[i]);
            r.x1 = fmax(r.x1, p->curves[c].step[i]);
            r.y0 = fmin(r.y0, p->curves[c].value[i]);
            r.y1 = fmax(r.y1, p->curves[c].value[i]);
        }
    double pad = r.y1 > r.y0 ? 0.04 * (r.y1 - r.y0) : fmax(fabs(r.y0) * 0.1, 0.5);
    r.y1 += pad;
    r.y0 = r.y0 >= 0 && r.y0 < pad ? 0 : r.y0 - pad;
    if (r.x1 <= r.x0)
        r.x1 = r.x0 + 1;
    return r;
}

/* --- terminal --- */

#define DASH 4 /* dots */

struct canvas {
    const struct panel *panel;
    size_t width, height;        /* characters */
    unsigned char *dots, *owner; /* owner: curve + 1 */
    bool dashed; /* of the curve that is traced, every other few dots are left out */
    size_t walked;
};

static void set_dot(struct canvas *c, long x, long y, size_t curve)
{
    static const unsigned char bits[4][2] = {
        {0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    if (x < 0 || y < 0 || x >= (long)c->width * 2 || y >= (long)c->height * 4)
        return;
    size_t at = (size_t)(y / 4) * c->width + (size_t)(x / 2);
    c->dots[at] |= bits[y % 4][x % 2];
    c->owner[at] = (unsigned char)(curve % 250 + 1);
}

static void line_to(struct canvas *c, double x0, double y0, double x1, double y1, size_t curve)
{
    long n = lround(fmax(fabs(x1 - x0), fabs(y1 - y0)));
    for (long i = 0; i <= n; i++) {
        double part = n ? (double)i / (double)n : 0;
        if (c->dashed && c->walked++ / DASH % 2)
            continue;
        set_dot(c, lround(x0 + part * (x1 - x0)), lround(y0 + part * (y1 - y0)), curve);
    }
}

static void trace(struct canvas *c, const struct curve *curve, const struct range *r, size_t number)
{
    double w = (double)c->width * 2 - 1, h = (double)c->height * 4 - 1, px = 0, py = 0;
    for (size_t i = 0; i < curve->n; i++) {
        double x = (curve->step[i] - r->x0) / (r->x1 - r->x0) * w;
        double y = h - (curve->value[i] - r->y0) / (r->y1 - r->y0) * h;
        line_to(c, i ? px : x, i ? py : y, x, y, number);
        px = x;
        py = y;
    }
}

static void add_mark(struct heed_str *line, const struct canvas *c, size_t at,
                     enum plot_style style)
{
    bool colors = plot_has_colors(style);
    char bytes[4];
    if (!c->owner[at]) {
        heed_str_add_char(line, ' ');
    } else if (colors) {
        plot_color(line, style, false, plot_series_color(c->panel->curves[c->owner[at] - 1].run));
        heed_str_add(line, bytes, (size_t)heed_utf8_put(bytes, 0x2800 + c->dots[at]));
        plot_reset(line, style);
    } else {
        heed_str_add_char(line, (char)('a' + (c->owner[at] - 1) % 26));
    }
}

static void print_canvas(const struct canvas *c, const struct range *r, enum plot_style style)
{
    struct heed_str line = {0};
    double ticks[12];
    size_t n = plot_ticks(r->y0, r->y1, 4, ticks);
    for (size_t row = 0; row < c->height; row++) {
        char label[32] = "";
        for (size_t i = 0; i < n; i++) {
            double y = (1 - (ticks[i] - r->y0) / (r->y1 - r->y0)) * ((double)c->height * 4 - 1);
            if ((size_t)(y / 4) == row)
                plot_number(label, ticks[i]);
        }
        heed_str_printf(&line, "%8s %s", label, *label ? "\xe2\x94\xa4" : "\xe2\x94\x82");
        for (size_t x = 0; x < c->width; x++)
            add_mark(&line, c, row * c->width + x, style);
        heed_out_line(&line);
    }
    heed_str_release(&line);
}

static void print_x_axis(const struct range *r, size_t width)
{
    struct heed_str axis = {0}, labels = {0};
    double ticks[12];
    char text[32];
    size_t n = plot_ticks(r->x0, r->x1, HEED_MIN(width / 14 + 1, 8), ticks), next = 0;
    heed_str_printf(&axis, "%9s\xe2\x94\x94", "");
    heed_str_printf(&labels, "%10s", "");
    for (size_t x = 0; x < width; x++) {
        bool tick =
            next < n &&
            (size_t)((ticks[next] - r->x0) / (r->x1 - r->x0) * (double)(width - 1) + 0.5) == x;
        heed_str_add_text(&axis, tick ? "\xe2\x94\xac" : "\xe2\x94\x80");
        if (!tick)
            continue;
        plot_number(text, ticks[next++]);
        size_t left = 10 + x - HEED_MIN(strlen(text) / 2, 10 + x);
        if (left >= labels.len)
            heed_str_printf(&labels, "%*s%s", (int)(left - labels.len), "", text);
        else if (x == 0)
            heed_str_add_text(&labels, text);
    }
    heed_out("%s step\n%s\n", axis.data, labels.data);
    heed_str_release(&axis);
    heed_str_release(&labels);
}

static void print_legend(const struct panel *p, enum plot_style style)
{
    struct heed_str line = {0};
    bool colors = plot_has_colors(style);
    for (size_t i = 0; i < p->n; i++) {
        const struct curve *c = &p->curves[i];
        char last[32];
        plot_number(last, c->value[c->n - 1]);
        heed_str_printf(&line, "%10s", "");
        plot_color(&line, style, false, plot_series_color(c->run));
        if (colors)
            heed_str_add_text(&line, curve_dashed(p, c) ? "\xe2\x95\x8d\xe2\x95\x8d"
                                                        : "\xe2\x94\x81\xe2\x94\x81");
        else
            heed_str_add_char(&line, (char)('a' + i % 26));
        plot_reset(&line, style);
        heed_str_printf(&line, " %s, last %s\n", c->label, last);
    }
    heed_out("%s", line.data);
    heed_str_release(&line);
}

void panel_print(const struct panel *p, enum plot_style style, size_t width, size_t height)
{
    struct range r = range_of(p);
    struct canvas c = {.panel = p, .width = HEED_MAX(width, 34) - 16, .height = height};
    c.dots = heed_xcalloc(c.width * c.height, 1);
    c.owner = heed_xcalloc(c.width * c.height, 1);
    for (size_t i = 0; i < p->n; i++) {
        c.dashed = plot_has_colors(style) && curve_dashed(p, &p->curves[i]);
        trace(&c, &p->curves[i], &r, i);
    }
    heed_out("%9s%s\n", "", p->name);
    print_canvas(&c, &r, style);
    print_x_axis(&r, c.width);
    print_legend(p, style);
    free(c.dots);
    free(c.owner);
}

/* --- SVG --- */

#define WIDTH  640.0 /* of the plane */
#define HEIGHT 260.0
#define LEFT   72.0

static void svg_axes(const struct panel *p, const struct range *r, double top, struct heed_str *out)
{
    double ticks[12];
    char text[32];
    size_t n = plot_ticks(r->y0, r->y1, 5, ticks);
    heed_str_printf(out, "<text x=\"%.1f\" y=\"%.1f\" class=\"t\">", LEFT, top - 14);
    plot_xml(out, p->name);
    heed_str_add_text(out, "</text>\n");
    for (size_t i = 0; i < n; i++) {
        double y = top + (1 - (ticks[i] - r->y0) / (r->y1 - r->y0)) * HEIGHT;
        plot_number(text, ticks[i]);
        heed_str_printf(out,
                        "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#e6ebef\"/>"
                        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
                        LEFT, LEFT + WIDTH, y, y, LEFT - 8, y + 4, text);
    }
    n = plot_ticks(r->x0, r->x1, 7, ticks);
    for (size_t i = 0; i < n; i++) {
        double x = LEFT + (ticks[i] - r->x0) / (r->x1 - r->x0) * WIDTH;
        plot_number(text, ticks[i]);
        heed_str_printf(out,
                        "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#9aa5ae\"/>"
                        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n",
                        x, x, top + HEIGHT, top + HEIGHT + 5, x, top + HEIGHT + 20, text);
    }
    heed_str_printf(
        out,
        "<path d=\"M%.1f %.1fv%.1fh%.1f\" fill=\"none\" stroke=\"#9aa5ae\"/>"
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\" fill=\"#66727d\">step</text>\n",
        LEFT, top, HEIGHT, WIDTH, LEFT + WIDTH, top + HEIGHT + 38);
}

#define DASHES " stroke-dasharray=\"6 4\""

static void svg_curve(const struct panel *p, const struct curve *c, const struct range *r,
                      double top, struct heed_str *out)
{
    struct rgb color = plot_series_color(c->run);
    heed_str_add_text(out, "<polyline fill=\"none\" stroke-width=\"2\" stroke-linejoin=\"round\" ");
    heed_str_printf(out, "stroke=\"#%02x%02x%02x\"%s points=\"", color.r, color.g, color.b,
                    curve_dashed(p, c) ? DASHES : "");
    for (size_t i = 0; i < c->n; i++)
        heed_str_printf(out, "%.1f,%.1f ", LEFT + (c->step[i] - r->x0) / (r->x1 - r->x0) * WIDTH,
                        top + (1 - (c->value[i] - r->y0) / (r->y1 - r->y0)) * HEIGHT);
    heed_str_add_text(out, "\"/>\n");
    if (c->n == 1)
        heed_str_printf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"#%02x%02x%02x\"/>\n",
                        LEFT + (c->step[0] - r->x0) / (r->x1 - r->x0) * WIDTH,
                        top + (1 - (c->value[0] - r->y0) / (r->y1 - r->y0)) * HEIGHT, color.r,
                        color.g, color.b);
}

static void svg_legend(const struct panel *p, double top, struct heed_str *out)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct curve *c = &p->curves[i];
        struct rgb color = plot_series_color(c->run);
        double x = LEFT + WIDTH + 20, y = top + 10 + 20 * (double)i;
        char last[32];
        plot_number(last, c->value[c->n - 1]);
        heed_str_printf(out,
                        "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke-width=\"3\" "
                        "stroke=\"#%02x%02x%02x\"%s/><text x=\"%.1f\" y=\"%.1f\">",
                        x, x + 18, y - 4, y - 4, color.r, color.g, color.b,
                        curve_dashed(p, c) ? DASHES : "", x + 26, y);
        plot_xml(out, c->label);
        heed_str_printf(out, " <tspan fill=\"#66727d\">%s</tspan></text>\n", last);
    }
}

void panels_svg(const struct panel *panels, size_t n, struct heed_str *out)
{
    size_t label = 0;
    double height = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < panels[i].n; c++)
            label = HEED_MAX(
                label,
                heed_utf8_width(panels[i].curves[c].label, strlen(panels[i].curves[c].label)) + 7);
        height += HEED_MAX(HEIGHT, 20 * (double)panels[i].n) + 96;
    }
    double width = LEFT + WIDTH + 60 + 7.4 * (double)label;
    struct heed_str title = {0};
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < panels[i].n; c++)
            heed_str_printf(&title, "%s%s.%s", title.len ? ", " : "", panels[i].curves[c].label,
                            panels[i].name);
    plot_svg_begin(out, width, height, 12, ".t{font-size:15px;font-weight:bold}", title.data);
    heed_str_release(&title);
    double top = 46;
    for (size_t i = 0; i < n; i++) {
        struct range r = range_of(&panels[i]);
        svg_axes(&panels[i], &r, top, out);
        for (size_t c = 0; c < panels[i].n; c++)
            svg_curve(&panels[i], &panels[i].curves[c], &r, top, out);
        svg_legend(&panels[i], top, out);
        top += HEED_MAX(HEIGHT, 20 * (double)panels[i].n) + 96;
    }
    heed_str_add_text(out, "</svg>\n");
}
