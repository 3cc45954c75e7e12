/* packing.c: see packing.h. A counting sort by length keeps ties in the batch's order, so a layout
 * depends on lengths alone. */
#include <string.h>

#include "net/packing.h"

static void sort_rows(struct heed_packing *p, struct heed_arena *arena, const int32_t *len)
{
    size_t mark = heed_arena_mark(arena);
    int32_t *next = heed_new0(arena, int32_t, p->T + 2);
    for (int32_t b = 0; b < p->B; b++)
        next[p->T - len[b] + 1]++;
    for (int32_t i = 1; i <= p->T + 1; i++)
        next[i] += next[i - 1];
    for (int32_t b = 0; b < p->B; b++) {
        int32_t r = next[p->T - len[b]]++;
        p->order[r] = b;
        p->place[b] = r;
        p->len[r] = len[b];
    }
    heed_arena_release(arena, mark);
}

void heed_packing_make(struct heed_packing *p, struct heed_arena *arena, int32_t B,
                       const int32_t *len)
{
    memset(p, 0, sizeof *p);
    p->B = B;
    for (int32_t b = 0; b < B; b++) {
        p->T = HEED_MAX(p->T, len[b]);
        p->N += len[b];
    }
    p->len = heed_new(arena, int32_t, B);
    p->order = heed_new(arena, int32_t, B);
    p->place = heed_new(arena, int32_t, B);
    p->count = heed_new0(arena, int32_t, p->T + 1);
    p->offset = heed_new0(arena, int64_t, p->T + 1);
    p->row = heed_new(arena, int32_t, p->N);
    p->time = heed_new(arena, int32_t, p->N);
    sort_rows(p, arena, len);

    int64_t at = 0;
    for (int32_t t = 0; t < p->T; t++) {
        p->offset[t] = at;
        for (int32_t r = 0; r < B && p->len[r] > t; r++, at++) {
            p->row[at] = r;
            p->time[at] = t;
            p->count[t]++;
        }
    }
    p->offset[p->T] = at;
}

void heed_packing_ids(const struct heed_packing *p, const int32_t *ids, int64_t width, int32_t *out)
{
    for (int64_t i = 0; i < p->N; i++)
        out[i] = ids[p->order[p->row[i]] * width + p->time[i]];
}

void heed_packing_mirror(const struct heed_packing *p, int32_t *index)
{
    for (int64_t i = 0; i < p->N; i++) {
        int32_t r = p->row[i];
        index[i] = (int32_t)(p->offset[p->len[r] - 1 - p->time[i]] + r);
    }
}

void heed_packing_unpack(const struct heed_packing *p, const int32_t *rows, int32_t B, int32_t S,
                         int32_t *index)
{
    for (int32_t b = 0; b < B; b++) {
        int32_t r = p->place[rows ? rows[b] : b];
        for (int32_t s = 0; s < S; s++)
            index[(int64_t)b * S + s] = s < p->len[r] ? (int32_t)(p->offset[s] + r) : -1;
    }
}
