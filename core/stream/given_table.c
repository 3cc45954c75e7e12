/* given_table.c: tables of numbers: CSV, tabs, blanks.
 *
 * A line is a row of the last dimension. Empty lines set blocks apart, each more one dimension
 * higher: one between matrices of a stack, two between stacks, and so on. Lines that begin with #
 * are passed over. Where a line has a comma, commas part its numbers, and none may lack. */
#include <string.h>

#include "stream/given.h"

struct table {
    const struct heed_given *g;
    struct heed_scan *s;
    struct heed_numbers x;
    /* count[k]: rows, blocks, … so far inside the one above; whole[k]: in the first of these, 0
     * while it is the first. */
    int64_t count[HEED_DOC_RANK_MAX], whole[HEED_DOC_RANK_MAX];
    int levels; /* the highest that was met */
};

/* A row; how many numbers it has, or -1. */
static int64_t row(struct table *t)
{
    int64_t n = 0;
    bool commas = false;
    for (;;) {
        if (heed_scan_number(t->s, ",", &t->x,
                             t->s->line == 1 && !t->g->header
                                 ? " (--header passes over a first line of names)"
                                 : "") < 0)
            return -1;
        n++;
        heed_scan_blanks(t->s, " \t\r");
        int c = heed_scan_look(t->s);
        if (c == ',') {
            if (!commas && n > 1)
                return heed_scan_fail(t->s, "a comma in a row that is parted by blanks");
            commas = true;
            heed_scan_take(t->s);
            heed_scan_blanks(t->s, " \t\r");
        } else if (c < 0 || c == '\n') {
            return n;
        } else if (commas) {
            return heed_scan_fail(t->s, "want a comma");
        }
    }
}

/* What ends at this level: all lower ones must be as long as their first. */
static int close_levels(struct table *t, int level)
{
    for (int k = 0; k < level; k++) {
        if (t->whole[k] && t->whole[k] != t->count[k])
            return heed_scan_fail(t->s, "a block of %lld %s, the first has %lld",
                                  (long long)t->count[k], k ? "blocks" : "rows",
                                  (long long)t->whole[k]);
        t->whole[k] = t->count[k];
        t->count[k] = 0;
        t->count[k + 1]++;
    }
    t->levels = HEED_MAX(t->levels, level);
    return 0;
}

static void rest_of_line(struct heed_scan *s)
{
    for (int c = heed_scan_look(s); c >= 0 && c != '\n'; c = heed_scan_look(s))
        heed_scan_take(s);
}

/* All rows; the width of each. */
static int64_t rows(struct table *t)
{
    int64_t width = 0, empty = -1; /* lines since the last row; -1: none yet */
    for (;; heed_scan_take(t->s)) {
        heed_scan_blanks(t->s, " \t\r");
        int c = heed_scan_look(t->s);
        if (c < 0)
            return t->s->failed ? -1 : width;
        if (c == '#') {
            rest_of_line(t->s);
            continue;
        }
        if (c == '\n') {
            empty += empty >= 0;
            continue;
        }
        if (empty > HEED_DOC_RANK_MAX - 2)
            return heed_scan_fail(t->s, "%lld empty lines would make more than %d dimensions",
                                  (long long)empty, HEED_DOC_RANK_MAX);
        if (empty > 0 && close_levels(t, (int)empty) < 0)
            return -1;
        int64_t n = row(t);
        if (n < 0)
            return -1;
        if (width && n != width)
            return heed_scan_fail(t->s, "a row of %lld numbers, those before have %lld",
                                  (long long)n, (long long)width);
        width = n;
        t->count[0]++;
        empty = 0;
    }
}

int heed_given_table(const struct heed_given *g, struct heed_scan *s, struct heed_doc *d,
                     struct heed_err *err)
{
    struct table t = {.g = g, .s = s, .x = {.dtype = heed_given_dtype(g, g->name)}};
    int64_t dims[HEED_DOC_RANK_MAX], width;
    if (g->header)
        rest_of_line(s);
    width = rows(&t);
    int status = width < 0 ? -1 : 0;
    if (status == 0 && width == 0)
        status = heed_fail(err, "%s: holds no number", s->name);
    int levels = t.levels;
    if (status == 0)
        status = close_levels(&t, levels);
    if (status == 0) {
        for (int k = 0; k <= levels; k++)
            dims[levels - k] = k < levels ? t.whole[k] : t.count[k];
        dims[levels + 1] = width;
        heed_numbers_give(&t.x, d, g->name, levels + 2, dims);
    }
    heed_str_release(&t.x.bytes);
    return status;
}
