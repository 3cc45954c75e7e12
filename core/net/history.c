/* history.c: see history.h. */
#include <string.h>

#include "net/history.h"

/* --- what is stored --- */

static void copy_steps(const struct heed_history *h, const float *from, int64_t from_steps,
                       float *to, int64_t to_steps, int64_t lo, int64_t hi)
{
    for (int64_t part = 0; part < h->parts; part++)
        memcpy(to + (part * to_steps + lo) * h->width, from + (part * from_steps + lo) * h->width,
               sizeof(float) * (size_t)((hi - lo) * h->width));
}

void heed_history_room(struct heed_history *h, struct heed_arena *arena, int64_t rows,
                       int64_t steps, const int32_t *position, int32_t n)
{
    int64_t unit = h->parts * steps * h->width;
    if (steps == h->steps && h->room >= rows * unit)
        return;
    float *data = heed_new(arena, float, rows *unit);
    for (int32_t i = 0; i < n && h->steps; i++)
        copy_steps(h, h->data + i * h->unit, h->steps, data + i * unit, steps, 0, position[i]);
    h->data = data;
    h->room = rows * unit;
    h->steps = steps;
    h->unit = unit;
}

void heed_history_add(struct heed_history *h, const float *x, const int32_t *position, int32_t n)
{
    for (int64_t i = 0; i < n * h->parts; i++)
        memcpy(h->data + (i * h->steps + position[i / h->parts]) * h->width, x + i * h->width,
               sizeof(float) * (size_t)h->width);
}

void heed_history_move(struct heed_history *h, struct heed_arena *arena,
                       const struct heed_lineage *l)
{
    for (int32_t i = 0; i < l->n_moves && h->steps; i++) {
        const struct heed_move *m = &l->moves[i];
        if (m->to == HEED_ASIDE && h->aside_room < h->unit) {
            h->aside = heed_new(arena, float, h->unit);
            h->aside_room = h->unit;
        }
        copy_steps(h, m->from == HEED_ASIDE ? h->aside : h->data + m->from * h->unit, h->steps,
                   m->to == HEED_ASIDE ? h->aside : h->data + m->to * h->unit, h->steps, m->lo,
                   m->hi);
    }
}

/* --- who descends from whom --- */

void heed_lineage_room(struct heed_lineage *l, struct heed_arena *arena, int32_t cap, int64_t steps,
                       int32_t n)
{
    if (l->steps == steps && l->cap >= cap)
        return;
    int64_t *id = heed_new(arena, int64_t, cap * steps);
    for (int32_t i = 0; i < n && l->steps; i++)
        memcpy(id + i * steps, l->id + i * l->steps,
               sizeof *id * (size_t)HEED_MIN(steps, l->steps));
    l->id = id;
    l->spare = heed_new(arena, int64_t, cap * steps);
    if (l->cap < cap) {
        l->moves = heed_new(arena, struct heed_move, 2 * cap);
        l->shared = heed_new(arena, int32_t, 3 * cap);
        l->readers = l->shared + cap;
        l->ready = l->readers + cap;
    }
    l->cap = cap;
    l->steps = steps;
}

void heed_lineage_advance(struct heed_lineage *l, const int32_t *position, int32_t n)
{
    for (int32_t i = 0; i < n && l->steps; i++)
        l->id[i * l->steps + position[i]] = ++l->last;
}

/* How many steps two rows have in common. */
static int32_t common(const struct heed_lineage *l, int32_t a, int32_t b, int32_t n)
{
    while (n && l->id[a * l->steps + n - 1] != l->id[b * l->steps + n - 1])
        n--;
    return n;
}

struct plan {
    struct heed_lineage *l;
    const int32_t *position, *from;
    int32_t n, n_ready;
};

static bool is_written(const struct plan *p, int32_t i)
{
    return i < p->n && p->l->shared[i] < p->position[p->from[i]];
}

static void add_move(struct heed_lineage *l, int32_t to, int32_t from, int32_t lo, int32_t hi)
{
    l->moves[l->n_moves++] = (struct heed_move){to, from, lo, hi};
}

/* Rows that nobody needs any more are written, which sets free what they were made of. */
static void write_ready(struct plan *p, int32_t aside)
{
    struct heed_lineage *l = p->l;
    while (p->n_ready) {
        int32_t i = l->ready[--p->n_ready], from = p->from[i];
        add_move(l, i, from == aside ? HEED_ASIDE : from, l->shared[i], p->position[from]);
        l->shared[i] = p->position[from]; /* done */
        if (--l->readers[from] == 0 && is_written(p, from))
            l->ready[p->n_ready++] = from;
    }
}

/* The first step of row i that the one which waits for it needs. */
static int32_t needed_from(const struct plan *p, int32_t i)
{
    int32_t reader = 0;
    while (p->from[reader] != i || reader == i || !is_written(p, reader))
        reader++;
    return p->l->shared[reader];
}

/* Rows that wait for each other in a circle, each of which one other needs: one of them is put aside. */
static void open_circles(struct plan *p)
{
    struct heed_lineage *l = p->l;
    for (int32_t i = 0; i < p->n; i++) {
        if (!is_written(p, i))
            continue;
        add_move(l, HEED_ASIDE, i, needed_from(p, i), p->position[i]);
        l->readers[i]++; /* who reads it, reads what is aside */
        l->ready[p->n_ready++] = i;
        write_ready(p, i);
    }
}

static void move_ids(struct heed_lineage *l, const struct plan *p)
{
    int64_t *old = l->id;
    for (int32_t i = 0; i < p->n; i++)
        memcpy(l->spare + i * l->steps, old + p->from[i] * l->steps,
               sizeof *old * (size_t)p->position[p->from[i]]);
    l->id = l->spare;
    l->spare = old;
}

void heed_lineage_move(struct heed_lineage *l, const int32_t *position, int32_t old,
                       const int32_t *from, int32_t n)
{
    struct plan p = {l, position, from, n, 0};
    l->n_moves = 0;
    if (!l->steps)
        return;
    memset(l->readers, 0, sizeof *l->readers * (size_t)l->cap);
    for (int32_t i = 0; i < n; i++) {
        int32_t most = i < old ? HEED_MIN(position[i], position[from[i]]) : 0;
        l->shared[i] = from[i] == i ? position[i] : common(l, i, from[i], most);
        if (is_written(&p, i))
            l->readers[from[i]]++;
    }
    for (int32_t i = 0; i < n; i++)
        if (is_written(&p, i) && l->readers[i] == 0)
            l->ready[p.n_ready++] = i;
    write_ready(&p, HEED_ASIDE - 1);
    open_circles(&p);
    move_ids(l, &p);
}
