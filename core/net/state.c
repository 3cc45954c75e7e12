/* state.c: rows of slots, see state.h.
 *
 * Moving is done in place where every row that changes comes from a place that no longer counts
 * (finished hypotheses leave, the last ones take their places: a copy for each). Any other order, as
 * in a beam, goes through a second buffer of the slot. Histories are moved in place, and only what the old row and
 * the new one do not share (history.h). */
#include <string.h>

#include "net/history.h"
#include "net/state.h"

struct heed_slot_rows {
    struct heed_tensor *now; /* put and not yet kept: on the tape; NULL: data holds all */
    float *data, *spare;     /* [cap rows, unit] */
    int64_t width, unit; /* floats of a tensor's row; of what moves as one: width or S * width */
    int64_t room, spare_room;
    struct heed_history
        history;  /* of such a slot in place of all this; steps 0: nothing was added yet */
    bool lasting; /* now's data outlive the tape */
};

void heed_state_init(struct heed_state *s, const struct heed_slot *slots, int n_slots,
                     struct heed_arena *arena, int32_t n, int64_t S, const int32_t *len)
{
    *s = (struct heed_state){.slots = slots, .n_slots = n_slots, .arena = arena, .S = S};
    s->n = s->n_sources = s->cap = n;
    s->rows = heed_new0(arena, struct heed_slot_rows, n_slots + 1);
    s->source = heed_new(arena, int32_t, n + 1);
    s->position = heed_new0(arena, int32_t, n + 1);
    s->len = heed_new(arena, int32_t, n + 1);
    s->scratch = heed_new(arena, int32_t, 3 * n + 1);
    s->lineage = heed_new0(arena, struct heed_lineage, 1);
    for (int32_t i = 0; i < n; i++) {
        s->source[i] = i;
        s->len[i] = len[i];
    }
}

static int64_t tensor_rows(const struct heed_state *s, int slot)
{
    return s->slots[slot].kind == HEED_SLOT_STEP ? s->n : s->n_sources * s->S;
}

struct heed_tensor *heed_state_get(const struct heed_state *s, int slot, struct heed_tape *t)
{
    struct heed_slot_rows *r = &s->rows[slot];
    int64_t n = tensor_rows(s, slot);
    if (r->now)
        return heed_rows(r->now) == n ? r->now : heed_view_rows(t, r->now, 0, n);
    if (!r->data)
        BUG("slot %s is %s", s->slots[slot].name, r->history.steps ? "a history" : "empty");
    return heed_tensor_wrap(t, 2, (int64_t[]){n, r->width}, r->data, false);
}

int64_t heed_state_width(const struct heed_state *s, int slot)
{
    return s->rows[slot].width;
}

static void put(struct heed_state *s, int slot, struct heed_tensor *x, bool lasting)
{
    struct heed_slot_rows *r = &s->rows[slot];
    r->now = x;
    r->lasting = lasting;
    r->width = heed_width(x);
    r->unit = s->slots[slot].kind == HEED_SLOT_STEP ? r->width : s->S * r->width;
}

void heed_state_put(struct heed_state *s, int slot, struct heed_tensor *x)
{
    put(s, slot, x, false);
}

void heed_state_put_lasting(struct heed_state *s, int slot, struct heed_tensor *x)
{
    put(s, slot, x, true);
}

void heed_state_keep(struct heed_state *s)
{
    for (int i = 0; i < s->n_slots; i++) {
        struct heed_slot_rows *r = &s->rows[i];
        int64_t size = tensor_rows(s, i) * r->width;
        if (!r->now)
            continue;
        if (r->lasting) {
            r->data = r->now->data;
            r->room = size;
        } else {
            if (!r->data || r->room < size) { /* one without width has an address too */
                r->data = heed_new(s->arena, float, size);
                r->room = size;
            }
            memcpy(r->data, r->now->data, sizeof(float) * (size_t)size);
        }
        r->now = NULL;
    }
}

/* Can each row be written before another one needs what stood there? */
static bool in_place(const int32_t *from, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        if (from[i] != i && from[i] < n)
            return false;
    return true;
}

static void move_rows(struct heed_state *s, struct heed_slot_rows *r, const int32_t *from,
                      int32_t n)
{
    size_t size = sizeof(float) * (size_t)r->unit;
    if (!r->data)
        return;
    if (in_place(from, n) && r->room >= n * r->unit) {
        for (int32_t i = 0; i < n; i++)
            if (from[i] != i)
                memcpy(r->data + i * r->unit, r->data + from[i] * r->unit, size);
        return;
    }
    if (r->spare_room < n * r->unit) {
        r->spare = heed_new(s->arena, float, n * r->unit);
        r->spare_room = n * r->unit;
    }
    for (int32_t i = 0; i < n; i++)
        memcpy(r->spare + i * r->unit, r->data + from[i] * r->unit, size);
    float *data = r->data;
    int64_t room = r->room;
    r->data = r->spare;
    r->room = r->spare_room;
    r->spare = data;
    r->spare_room = room;
}

/* --- histories --- */

#define STEPS 16 /* room for so many to begin with */

struct heed_tensor *heed_state_grow(struct heed_state *s, int slot, struct heed_tape *t,
                                    struct heed_tensor *x, int64_t parts, int64_t *steps)
{
    struct heed_history *h = &s->rows[slot].history;
    int64_t most = 0;
    *steps = 0;
    if (t->err.status)
        return x;
    if (t->training || s->slots[slot].kind != HEED_SLOT_HISTORY || heed_rows(x) != s->n * parts)
        BUG("slot %s cannot grow by this", s->slots[slot].name);
    for (int32_t i = 0; i < s->n; i++)
        most = HEED_MAX(most, s->position[i]);
    h->parts = parts;
    h->width = heed_width(x);
    *steps = HEED_MAX(h->steps, STEPS);
    while (*steps <= most)
        *steps *= 2;
    heed_history_room(h, s->arena, s->cap, *steps, s->position, s->n);
    heed_lineage_room(s->lineage, s->arena, s->cap, *steps, s->n);
    heed_history_add(h, x->data, s->position, s->n);
    return heed_tensor_wrap(t, 2, (int64_t[]){s->n * parts * *steps, h->width}, h->data, false);
}

/* As many rows as there may be now: before any changes its place. */
static void histories_room(struct heed_state *s)
{
    for (int k = 0; k < s->n_slots; k++)
        if (s->rows[k].history.steps)
            heed_history_room(&s->rows[k].history, s->arena, s->cap, s->rows[k].history.steps,
                              s->position, s->n);
    if (s->lineage->steps)
        heed_lineage_room(s->lineage, s->arena, s->cap, s->lineage->steps, s->n);
}

/* --- select, append --- */

/* The sources that stay, in the order of their rows: origin[j] is the old number of source j. */
static int32_t sources_of(const struct heed_state *s, const int32_t *from, int32_t n,
                          int32_t *source, int32_t *origin)
{
    int32_t count = 0;
    for (int32_t i = 0; i < n; i++) {
        int32_t old = s->source[from[i]];
        if (!count || origin[count - 1] != old)
            origin[count++] = old;
        source[i] = count - 1;
    }
    return count;
}

/* The old numbers stay behind in the arena. */
static void make_room(struct heed_state *s, int32_t cap)
{
    size_t size = sizeof(int32_t) * (size_t)s->n;
    s->source = memcpy(heed_new(s->arena, int32_t, cap), s->source, size);
    s->position = memcpy(heed_new(s->arena, int32_t, cap), s->position, size);
    s->len =
        memcpy(heed_new(s->arena, int32_t, cap), s->len, sizeof(int32_t) * (size_t)s->n_sources);
    s->scratch = heed_new(s->arena, int32_t, 3 * cap);
    s->cap = cap;
    histories_room(s);
}

void heed_state_select(struct heed_state *s, const int32_t *from, int32_t n)
{
    bool same = n == s->n;
    for (int32_t i = 0; i < n; i++)
        same = same && from[i] == i;
    if (same)
        return;
    if (n > s->cap)
        make_room(s, n);
    int32_t *source = s->scratch, *origin = source + s->cap, *moved = origin + s->cap;
    int32_t n_sources = sources_of(s, from, n, source, origin);
    heed_lineage_move(s->lineage, s->position, s->n, from, n);
    for (int32_t i = 0; i < n; i++)
        moved[i] = s->position[from[i]];
    memcpy(s->position, moved, sizeof *moved * (size_t)n);
    for (int32_t j = 0; j < n_sources; j++)
        moved[j] = s->len[origin[j]];
    memcpy(s->len, moved, sizeof *moved * (size_t)n_sources);
    memcpy(s->source, source, sizeof *source * (size_t)n);
    for (int k = 0; k < s->n_slots; k++) {
        if (s->slots[k].kind == HEED_SLOT_HISTORY)
            heed_history_move(&s->rows[k].history, s->arena, s->lineage);
        else if (s->slots[k].kind == HEED_SLOT_STEP)
            move_rows(s, &s->rows[k], from, n);
        else
            move_rows(s, &s->rows[k], origin, n_sources);
    }
    s->n = n;
    s->n_sources = n_sources;
}

/* Its rows, of which there are `have`, get `more` behind them. */
static void append_rows(struct heed_state *s, struct heed_slot_rows *r, int64_t have, int64_t more,
                        const float *from)
{
    int64_t size = (have + more) * r->width;
    if (r->room < size) {
        float *data = heed_new(s->arena, float, size);
        memcpy(data, r->data, sizeof(float) * (size_t)(have * r->width));
        r->data = data;
        r->room = size;
    }
    memcpy(r->data + have * r->width, from, sizeof(float) * (size_t)(more * r->width));
}

void heed_state_append(struct heed_state *s, const struct heed_state *fresh, struct heed_tape *t)
{
    if (s->n + fresh->n > s->cap)
        make_room(s, s->n + fresh->n);
    for (int k = 0; k < s->n_slots; k++) {
        if (s->slots[k].kind != HEED_SLOT_HISTORY)
            append_rows(s, &s->rows[k], tensor_rows(s, k), tensor_rows(fresh, k),
                        heed_state_get(fresh, k, t)->data);
        else if (fresh->rows[k].history.steps)
            BUG("slot %s has grown before its rows were appended", s->slots[k].name);
    }
    for (int32_t i = 0; i < fresh->n; i++) {
        s->source[s->n + i] = s->n_sources + fresh->source[i];
        s->position[s->n + i] = fresh->position[i];
    }
    memcpy(s->len + s->n_sources, fresh->len, sizeof *s->len * (size_t)fresh->n_sources);
    s->n += fresh->n;
    s->n_sources += fresh->n_sources;
}

void heed_state_advance(struct heed_state *s)
{
    heed_lineage_advance(s->lineage, s->position, s->n);
    for (int32_t i = 0; i < s->n; i++)
        s->position[i]++;
}

void heed_state_shrink(struct heed_state *s, int32_t n)
{
    s->n = s->n_sources = n;
}
