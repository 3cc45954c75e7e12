/* ter.c: the edits of TER (Snover et al. 2006): the fewest words to insert, delete or exchange, after
 * runs of words have been moved, each move being one edit more.
 *
 * To find the best moves is NP-hard. As in their program tercom, and with sacreBLEU's bounds, the one move
 * that saves most is made, again and again, until none saves anything:
 *
 *   what moves      a run of at most RUN_MAX words that stands in the reference too, at most MOVE_MAX words
 *                   away, and is wrong where it is in both
 *   where to        where the reference's run, or the word in front of it, is aligned
 *   which           saves most; then is longest, begins first, goes farthest to the front
 *   how many        after TRIES_MAX tries in a line what has been moved is what there is
 *
 * A move's worth is the edit distance without it less that with it. Distances are counted in a band around
 * the diagonal (BAND), by rows of costs that are kept:
 *
 *             j ->  reference
 *     row 0   0 1 2 3 4 …            cost[i][j]: of making j words of the reference
 *     row i       c c c c c c        from i words of the line
 *
 * A move changes the words of a few rows. So a try begins at the first of them, and ends in the first row
 * behind them that differs from the kept one by the same number everywhere: all rows behind it do too. A try
 * costs what it changes, not what the line is long. */
#include <math.h>
#include <string.h>
#include "metrics/grams.h"

#define RUN_MAX   10
#define MOVE_MAX  50
#define BAND      25
#define TRIES_MAX 1000
#define FAR       (INT32_MAX / 2) /* outside the band */

struct band {
    size_t from, to; /* columns from <= j < to */
};

struct ter {
    const int32_t *ref;
    int32_t *hyp; /* as moved so far */
    size_t m, n;  /* words of ref, of hyp */
    double slope; /* m / n */
    size_t reach; /* of the band to both sides */
    int32_t *rows, *spare[2];
    size_t width;
    int32_t *moved; /* words that a try has in other places */
    /* Of the kept rows: the word of hyp that a word of ref is aligned to, or that stands in front of it;
     * how many words in front of this one are wrong. */
    int64_t *aligned;
    size_t *wrong_hyp, *wrong_ref;
    int tries;
};

struct move {
    size_t start, length, target;
    int32_t saves;
};

/* --- rows --- */

static struct band band_of(const struct ter *t, size_t i)
{
    if (!i)
        return (struct band){0, t->m + 1};
    size_t diagonal = (size_t)((double)i * t->slope);
    struct band b = {diagonal > t->reach ? diagonal - t->reach : 0,
                     HEED_MIN(t->m + 1, diagonal + t->reach)};
    if (i == t->n)
        b.to = t->m + 1;
    return b;
}

/* Row 0 is as long as the reference. */
static int32_t *row_of(const struct ter *t, size_t i)
{
    return t->rows + (i ? t->m + 1 + (i - 1) * t->width : 0);
}

static int32_t cost_at(const struct ter *t, size_t i, size_t j)
{
    struct band b = band_of(t, i);
    return j < b.from || j >= b.to ? FAR : row_of(t, i)[j - b.from];
}

/* Row i from the one above it. */
static void next_row(const struct ter *t, size_t i, int32_t word, const int32_t *above,
                     int32_t *row)
{
    struct band a = band_of(t, i - 1), b = band_of(t, i);
    int32_t left = FAR, corner = FAR;
    if (b.from && b.from - 1 >= a.from && b.from - 1 < a.to)
        corner = above[b.from - 1 - a.from];
    for (size_t j = b.from; j < b.to; j++) {
        int32_t over = j >= a.from && j < a.to ? above[j - a.from] : FAR;
        int32_t best = HEED_MIN(over, left) + 1;
        if (j)
            best = HEED_MIN(best, corner + (word != t->ref[j - 1]));
        row[j - b.from] = left = best;
        corner = over;
    }
}

/* Does this row differ from the kept row i by one number everywhere? */
static bool runs_parallel(const struct ter *t, size_t i, const int32_t *row, int32_t *by)
{
    struct band b = band_of(t, i);
    const int32_t *kept = row_of(t, i);
    *by = row[0] - kept[0];
    for (size_t k = 1; k < b.to - b.from; k++)
        if (row[k] - kept[k] != *by)
            return false;
    return true;
}

/* --- a move --- */

/* Rows with other words than before: first < i <= last; moved[] has those words. */
static void lay_out(const struct ter *t, const struct move *m, size_t *first, size_t *last)
{
    size_t end = m->start + m->length, run_at;
    *first = HEED_MIN(m->start, m->target);
    if (m->target < m->start) { /* to the front: what it passes goes behind it */
        run_at = m->target;
        *last = end;
    } else { /* a target within the run counts from its beginning */
        *last = m->target > end ? m->target : HEED_MIN(t->n, m->target + m->length);
        run_at = *last - m->length;
    }
    size_t at = 0;
    for (size_t i = *first; i < *last; i++)
        if (i < m->start || i >= end) {
            if (*first + at == run_at)
                at += m->length;
            t->moved[at++] = t->hyp[i];
        }
    memcpy(t->moved + (run_at - *first), t->hyp + m->start, m->length * sizeof(*t->moved));
}

static int32_t cost_after(const struct ter *t, const struct move *m)
{
    size_t first, last;
    lay_out(t, m, &first, &last);
    const int32_t *above = row_of(t, first);
    for (size_t i = first + 1; i <= t->n; i++) {
        int32_t *row = t->spare[i % 2], by;
        next_row(t, i, i <= last ? t->moved[i - 1 - first] : t->hyp[i - 1], above, row);
        if (i >= last && runs_parallel(t, i, row, &by))
            return cost_at(t, t->n, t->m) + by;
        above = row;
    }
    return above[t->m - band_of(t, t->n).from];
}

static void make_move(struct ter *t, const struct move *m)
{
    size_t first, last, i;
    int32_t by = 0;
    lay_out(t, m, &first, &last);
    memcpy(t->hyp + first, t->moved, (last - first) * sizeof(*t->hyp));
    for (i = first + 1; i <= t->n; i++) {
        int32_t *row = t->spare[0];
        next_row(t, i, t->hyp[i - 1], row_of(t, i - 1), row);
        bool parallel = i >= last && runs_parallel(t, i, row, &by);
        struct band b = band_of(t, i);
        memcpy(row_of(t, i), row, (b.to - b.from) * sizeof(*row));
        if (parallel)
            break;
    }
    for (i++; by && i <= t->n; i++)
        for (size_t k = 0; k < t->width; k++)
            row_of(t, i)[k] += by;
}

/* --- the alignment --- */

/* Walks back through the rows: an exchange or an equal word before a word too many in the line, that
 * before one that is missing. */
static void align(struct ter *t)
{
    size_t i = t->n, j = t->m;
    while (i || j) {
        int32_t here = cost_at(t, i, j);
        bool differ = i && j && t->hyp[i - 1] != t->ref[j - 1];
        if (i && j && cost_at(t, i - 1, j - 1) + differ == here) {
            t->aligned[j - 1] = (int64_t)i - 1;
            t->wrong_hyp[i--] = differ;
            t->wrong_ref[j--] = differ;
        } else if (i && cost_at(t, i - 1, j) + 1 == here) {
            t->wrong_hyp[i--] = 1;
        } else {
            t->aligned[j - 1] = (int64_t)i - 1;
            t->wrong_ref[j--] = 1;
        }
    }
    for (i = 1; i <= t->n; i++)
        t->wrong_hyp[i] += t->wrong_hyp[i - 1];
    for (j = 1; j <= t->m; j++)
        t->wrong_ref[j] += t->wrong_ref[j - 1];
}

/* --- the search --- */

static bool is_better(const struct move *a, const struct move *b)
{
    if (a->saves != b->saves)
        return a->saves > b->saves;
    if (a->length != b->length)
        return a->length > b->length;
    return a->start != b->start ? a->start < b->start : a->target < b->target;
}

/* The run of the line at `start` that is in the reference at `at`. */
static void try_run(struct ter *t, size_t start, size_t at, size_t length, struct move *best)
{
    int64_t before = -1;
    if (t->wrong_hyp[start + length] == t->wrong_hyp[start] ||
        t->wrong_ref[at + length] == t->wrong_ref[at] ||
        (t->aligned[at] >= (int64_t)start && t->aligned[at] < (int64_t)(start + length)))
        return;
    for (size_t k = 0; k <= length; k++) {
        int64_t target = at + k ? t->aligned[at + k - 1] + 1 : 0;
        struct move m = {start, length, (size_t)target, 0};
        if (target == before)
            continue;
        before = target;
        m.saves = cost_at(t, t->n, t->m) - cost_after(t, &m);
        t->tries++;
        if (!best->length || is_better(&m, best))
            *best = m;
    }
}

static void try_runs_at(struct ter *t, size_t start, struct move *best)
{
    size_t at = start > MOVE_MAX ? start - MOVE_MAX : 0;
    for (; at < HEED_MIN(t->m, start + MOVE_MAX + 1); at++)
        for (size_t k = 0; k < RUN_MAX && start + k < t->n && at + k < t->m &&
                           t->hyp[start + k] == t->ref[at + k];
             k++) {
            try_run(t, start, at, k + 1, best);
            if (t->tries >= TRIES_MAX)
                return;
        }
}

/* No length: none was tried. */
static struct move best_move(struct ter *t)
{
    struct move best = {0};
    align(t);
    for (size_t start = 0; start < t->n && t->tries < TRIES_MAX; start++)
        if (t->wrong_hyp[HEED_MIN(t->n, start + RUN_MAX)] > t->wrong_hyp[start])
            try_runs_at(t, start, &best);
    return best;
}

/* --- all of it --- */

static void init(struct ter *t, const struct heed_grams *hyp, const struct heed_grams *ref)
{
    *t = (struct ter){.ref = ref->ids, .m = ref->n, .n = hyp->n};
    t->slope = (double)t->m / (double)t->n;
    t->reach = BAND;
    if (BAND < t->slope / 2)
        t->reach = (size_t)ceil(t->slope / 2 + BAND);
    t->width = HEED_MIN(2 * t->reach + 1, t->m + 1);
    t->hyp = heed_xmalloc(t->n * sizeof(*t->hyp));
    t->moved = heed_xmalloc(t->n * sizeof(*t->moved));
    t->rows = heed_xcalloc(t->m + 1 + t->n * t->width, sizeof(*t->rows));
    t->aligned = heed_xmalloc(t->m * sizeof(*t->aligned));
    t->wrong_hyp = heed_xcalloc(t->n + 1, sizeof(*t->wrong_hyp));
    t->wrong_ref = heed_xcalloc(t->m + 1, sizeof(*t->wrong_ref));
    for (int i = 0; i < 2; i++)
        t->spare[i] = heed_xmalloc(t->width * sizeof(*t->spare[i]));
    memcpy(t->hyp, hyp->ids, t->n * sizeof(*t->hyp));
    for (size_t j = 0; j <= t->m; j++)
        t->rows[j] = (int32_t)j;
    for (size_t i = 1; i <= t->n; i++)
        next_row(t, i, t->hyp[i - 1], row_of(t, i - 1), row_of(t, i));
}

static void release(struct ter *t)
{
    free(t->hyp);
    free(t->moved);
    free(t->rows);
    free(t->aligned);
    free(t->wrong_hyp);
    free(t->wrong_ref);
    free(t->spare[0]);
    free(t->spare[1]);
}

int64_t heed_edits_shifted(const struct heed_grams *hyp, const struct heed_grams *ref)
{
    struct ter t;
    int64_t moves = 0;
    if (!hyp->n || !ref->n)
        return (int64_t)(hyp->n + ref->n);
    if (hyp->n == ref->n && !memcmp(hyp->ids, ref->ids, hyp->n * sizeof(*hyp->ids)))
        return 0;
    init(&t, hyp, ref);
    for (;; moves++) {
        struct move m = best_move(&t);
        if (m.saves <= 0 || t.tries >= TRIES_MAX)
            break;
        make_move(&t, &m);
    }
    int64_t edits = moves + cost_at(&t, t.n, t.m);
    release(&t);
    return edits;
}
