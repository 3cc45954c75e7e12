/* plot_curve.c: metrics of runs, in the terminal or as SVG; plot_curve_draw.c draws the panels. */
#include <math.h>
#include <string.h>
#include <time.h>

#include "cli/plot.h"
#include "cli/table.h"

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

static int take_status(void *ctx, const struct heed_row *row, struct heed_err *err)
{
    bool *going = ctx;
    (void)err;
    *going |= !strcmp(row->values[0], "running");
    return 0;
}

/* Runs whose process is gone have ended; nobody may be allowed to say so. */
static void reap(void)
{
    struct heed_store *s;
    struct heed_err unseen;
    if (heed_store_open(&s, heed_cli.store, false, &unseen))
        return;
    if (heed_store_reap(s, &unseen))
        *unseen.text = '\0';
    heed_store_close(s);
}

/* Does any of the runs go on? */
static int look(struct heed_store *s, const struct plot *o, bool *going, struct heed_err *err)
{
    for (size_t i = 0; i < o->runs.n; i++) {
        char id[33];
        const char *args[] = {id};
        if (heed_store_find_run(s, o->runs.items[i], id, err) ||
            heed_store_query(s, "SELECT status FROM v_run WHERE uuid = ?1", args, 1, take_status,
                             going, err))
            return -1;
    }
    return 0;
}

/* What the newest model makes of some dev lines. */
static int print_outputs(const struct plot *o, struct heed_store *s, const char *run,
                         struct heed_err *err)
{
    char id[33];
    const char *args[] = {id};
    struct table t = {.title = "\ndev lines", .width = (size_t)o->width};
    int result = heed_store_find_run(s, run, id, err);
    if (!result)
        result = heed_store_query(
            s,
            "WITH o AS (SELECT * FROM v_dev_output WHERE uuid = ?1 AND latest)"
            " SELECT line, what, text FROM (SELECT line, 0 AS at, 'source' AS what, source AS text"
            "  FROM o UNION ALL SELECT line, 1, 'reference', reference FROM o"
            "  UNION ALL SELECT line, 2, 'step ' || step, output FROM o) ORDER BY line, at",
            args, 1, table_add, &t, err);
    if (!result)
        table_print(&t, TABLE_TEXT);
    table_release(&t);
    return result;
}

/* going: asked before the values are read, so that those of the end are drawn too; NULL: nobody asks. */
static int draw_once(const struct plot *o, enum plot_style style, bool *going, struct heed_err *err)
{
    struct heed_store *s;
    struct curves c = {0};
    if (heed_store_open(&s, heed_cli.store, true, err) < 0)
        return -1;
    if (going)
        reap();
    int result = going ? look(s, o, going, err) : 0;
    for (size_t i = 0; i < o->runs.n && !result; i++)
        result = curves_read(&c, s, o->runs.items[i], o->metrics, err);
    if (!result && !c.n && !(going && *going))
        result = heed_fail(err, "no values of %s in %s", o->metrics,
                           o->runs.n == 1 ? "this run" : "these runs");
    if (!result && going && heed_cli.out_is_tty)
        heed_out("\033[H\033[J"); /* from the top of an empty screen */
    if (!result)
        result = draw(&c, o, style, err);
    for (size_t i = 0; i < o->runs.n && !result && going; i++)
        result = print_outputs(o, s, o->runs.items[i], err);
    heed_store_close(s);
    curves_release(&c);
    return result;
}

int plot_curves(const struct plot *o, enum plot_style style, struct heed_err *err)
{
    struct timespec pause = {(time_t)o->watch, (long)(1e9 * (o->watch - floor(o->watch)))};
    for (;;) {
        bool going = false;
        if (draw_once(o, style, o->watch > 0 ? &going : NULL, err))
            return -1;
        if (!going)
            return 0;
        if (heed_output_flush(&heed_cli.out, err))
            return -1;
        nanosleep(&pause, NULL);
    }
}
