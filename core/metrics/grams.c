/* grams.c: counting n-grams in common.
 *
 * The positions of a sequence are sorted once by the few symbols from there on. In that order the
 * n-grams of any order up to so many stand in groups, sorted, so two sequences are compared by walking
 * both lists side by side: no table, no hash, nothing that could collide. */
#include <string.h>
#include "metrics/grams.h"

void heed_grams_add(struct heed_grams *g, int32_t id)
{
    heed_grow(&g->ids, g->n, &g->cap, sizeof(*g->ids));
    g->ids[g->n++] = id;
}

void heed_grams_release(struct heed_grams *g)
{
    free(g->ids);
    free(g->order);
    *g = (struct heed_grams){0};
}

/* Compares at most n symbols from two places; an end is smaller than any symbol. */
static int compare(const struct heed_grams *a, size_t i, const struct heed_grams *b, size_t j,
                   size_t n)
{
    for (size_t k = 0; k < n; k++, i++, j++) {
        if (i == a->n || j == b->n)
            return (i < a->n) - (j < b->n);
        if (a->ids[i] != b->ids[j])
            return a->ids[i] < b->ids[j] ? -1 : 1;
    }
    return 0;
}

static int compare_places(const void *a, const void *b, void *ctx)
{
    const struct heed_grams *g = ctx;
    return compare(g, *(const uint32_t *)a, g, *(const uint32_t *)b, g->longest);
}

void heed_grams_sort(struct heed_grams *g, size_t longest)
{
    g->longest = longest;
    g->order = heed_xrealloc(g->order, g->n + 1, sizeof(*g->order));
    for (size_t i = 0; i < g->n; i++)
        g->order[i] = (uint32_t)i;
    if (g->n)
        qsort_r(g->order, g->n, sizeof(*g->order), compare_places, g);
}

/* The group of equal n-grams at *at or behind: its place in the
 * sequence and its size; 0 at the end. */
static size_t next_group(const struct heed_grams *g, size_t *at, size_t n, size_t *place)
{
    while (*at < g->n && g->order[*at] + n > g->n)
        ++*at;
    if (*at == g->n)
        return 0;
    *place = g->order[*at];
    size_t size = 0;
    /* Places too near the end sort in front of the groups they begin, never inside one. */
    while (*at < g->n && !compare(g, *place, g, g->order[*at], n)) {
        ++size;
        ++*at;
    }
    return size;
}

/* Raises most[group] to how often ref has that n-gram of hyp. */
static void count_in(const struct heed_grams *hyp, const struct heed_grams *ref, size_t n,
                     size_t *most)
{
    size_t at = 0, ref_at = 0, place, ref_place = 0, group = 0;
    size_t ref_size = next_group(ref, &ref_at, n, &ref_place);
    while (next_group(hyp, &at, n, &place)) {
        int order = -1;
        while (ref_size && (order = compare(ref, ref_place, hyp, place, n)) < 0)
            ref_size = next_group(ref, &ref_at, n, &ref_place);
        if (ref_size && !order && ref_size > most[group])
            most[group] = ref_size;
        group++;
    }
}

int64_t heed_grams_match(const struct heed_grams *hyp, const struct heed_grams *refs, size_t n_refs,
                         size_t order)
{
    size_t *most = heed_xcalloc(hyp->n + 1, sizeof(*most));
    size_t at = 0, place, size, group = 0;
    int64_t match = 0;
    for (size_t i = 0; i < n_refs; i++)
        count_in(hyp, &refs[i], order, most);
    for (; (size = next_group(hyp, &at, order, &place)); group++)
        match += (int64_t)HEED_MIN(size, most[group]);
    free(most);
    return match;
}
