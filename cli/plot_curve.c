/* plot_curve.c: metrics of runs, in the terminal or as SVG; plot_curve_draw.c draws the panels. */
#include "cli/plot.h"

static int draw(const struct curves *c, const struct plot *o, enum plot_style style,
                struct heed_err *err)
{
    struct heed_str svg = {0};
    for (size_t i = 0; i < c->n && !o->svg; i++)
        panel_print(&c->panels[i], style, (size_t)o->width, (size_t)o->height);
    if (!o->svg)
        return 0;
    panels_svg(c->panels, c->n, &svg);
    int result = plot_write(o, &svg, err);
    heed_str_release(&svg);
    return result;
}

int plot_curves(const struct plot *o, enum plot_style style, struct heed_err *err)
{
    struct heed_store *s;
    struct curves c = {0};
    if (heed_store_open(&s, heed_cli.store, true, err) < 0)
        return -1;
    int result = 0;
    for (size_t i = 0; i < o->runs.n && !result; i++)
        result = curves_read(&c, s, o->runs.items[i], o->metrics, err);
    heed_store_close(s);
    if (!result && !c.n)
        result = heed_fail(err, "no values of %s in %s", o->metrics,
                           o->runs.n == 1 ? "this run" : "these runs");
    if (!result)
        result = draw(&c, o, style, err);
    curves_release(&c);
    return result;
}
