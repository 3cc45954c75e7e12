/* edits.c: the fewest insertions, deletions and substitutions that make one sequence of the other.
 *
 * A column of the table of distances is kept as its steps, each -1, 0 or 1, 64 of them in a word,
 * and a word goes to the next column in a dozen operations (Myers 1999, "A fast bit-vector
 * algorithm for approximate string matching based on dynamic programming", in the form of Hyyrö
 * 2003 for patterns of several words). Memory is linear in the lengths. */
#include <string.h>
#include "metrics/grams.h"

/* Where each symbol stands in b, ascending: places[from[id]] to places[from[id + 1] - 1]. */
struct index {
    size_t *from;
    uint32_t *places;
    int32_t ids;
};

static void index_make(struct index *x, const int32_t *b, size_t m)
{
    x->ids = 0;
    for (size_t j = 0; j < m; j++)
        x->ids = HEED_MAX(x->ids, b[j] + 1);
    x->from = heed_xcalloc((size_t)x->ids + 2, sizeof(*x->from));
    x->places = heed_xmalloc(m * sizeof(*x->places));
    for (size_t j = 0; j < m; j++)
        x->from[b[j] + 2]++;
    for (int32_t id = 0; id < x->ids; id++)
        x->from[id + 2] += x->from[id + 1];
    for (size_t j = 0; j < m; j++)
        x->places[x->from[b[j] + 1]++] = (uint32_t)j;
}

struct column {
    uint64_t up, down; /* steps of 1 and of -1 */
};

/* One word to the next column. `in` is the step along its upper edge; returns that along its lower
 * edge, which is `last`. */
static int advance(struct column *c, uint64_t equal, int in, uint64_t last)
{
    uint64_t vertical = equal | c->down;
    equal |= in < 0;
    uint64_t same = (((equal & c->up) + c->up) ^ c->up) | equal;
    uint64_t up = c->down | ~(same | c->up), down = c->up & same;
    int out = (up & last ? 1 : 0) - (down & last ? 1 : 0);
    up = up << 1 | (in > 0);
    down = down << 1 | (in < 0);
    c->up = down | ~(vertical | up);
    c->down = up & vertical;
    return out;
}

static int64_t distance(const int32_t *a, size_t n, const int32_t *b, size_t m)
{
    struct index x;
    size_t words = (m + 63) / 64;
    uint64_t last = 1ull << ((m - 1) % 64);
    struct column *columns = heed_xmalloc(words * sizeof(*columns));
    int64_t edits = (int64_t)m;
    index_make(&x, b, m);
    for (size_t w = 0; w < words; w++)
        columns[w] = (struct column){~0ull, 0};
    for (size_t i = 0; i < n; i++) {
        size_t at = a[i] < x.ids ? x.from[a[i]] : 0, end = a[i] < x.ids ? x.from[a[i] + 1] : 0;
        int step = 1;
        for (size_t w = 0; w < words; w++) {
            uint64_t equal = 0;
            for (; at < end && x.places[at] / 64 == w; at++)
                equal |= 1ull << (x.places[at] % 64);
            step = advance(&columns[w], equal, step, w + 1 < words ? 1ull << 63 : last);
        }
        edits += step;
    }
    free(x.from);
    free(x.places);
    free(columns);
    return edits;
}

int64_t heed_edits(const struct heed_grams *a, const struct heed_grams *b)
{
    size_t n = a->n, m = b->n, same = 0;
    while (same < n && same < m && a->ids[same] == b->ids[same])
        same++;
    while (n > same && m > same && a->ids[n - 1] == b->ids[m - 1]) {
        n--;
        m--;
    }
    n -= same;
    m -= same;
    return !n || !m ? (int64_t)(n + m) : distance(a->ids + same, n, b->ids + same, m);
}
