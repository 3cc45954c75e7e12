/* zones.c: guard zones around what the tape allocates, for checking
 * operations (`plugins --check`, tests).
 *
 * With heed_tape_guard() every tensor's data and gradient and every heed_tape_alloc() gets 64 bytes
 * of a pattern on both sides, and what is not cleared starts as that pattern, a signalling NaN: a
 * number never written, or read from beyond a buffer, shows in the results, and adding to it
 * changes its bits (a quiet NaN would keep them). */
#include <string.h>
#include "tensor/ops.h"

#define ZONE 64

static const unsigned char pattern[4] = {0xa5, 0xa5, 0xa5, 0x7f}; /* little-endian float */

struct zone {
    unsigned char *data;
    size_t size;
    const char *what; /* name of the op, or "alloc" */
};

struct heed_zones {
    struct zone *items;
    size_t n, cap;
};

void heed_tape_guard(struct heed_tape *t)
{
    if (!t->zones)
        t->zones = heed_xcalloc(1, sizeof(*t->zones));
}

void *heed_zone_alloc(struct heed_tape *t, size_t size, const char *what)
{
    if (!t->zones)
        return heed_arena_alloc(t->arena, size);
    unsigned char *block = heed_arena_alloc(t->arena, size + 2 * ZONE);
    for (size_t i = 0; i < size; i++)
        block[ZONE + i] = pattern[i % 4];
    for (size_t i = 0; i < ZONE; i++)
        block[i] = block[ZONE + size + i] = pattern[i % 4];
    heed_grow(&t->zones->items, t->zones->n, &t->zones->cap, sizeof(*t->zones->items));
    t->zones->items[t->zones->n++] = (struct zone){block + ZONE, size, what};
    return block + ZONE;
}

static bool untouched(const unsigned char *bytes)
{
    for (int i = 0; i < ZONE; i++)
        if (bytes[i] != pattern[i % 4])
            return false;
    return true;
}

int heed_tape_guard_check(const struct heed_tape *t, struct heed_err *err)
{
    for (size_t i = 0; t->zones && i < t->zones->n; i++) {
        const struct zone *z = &t->zones->items[i];
        bool before = untouched(z->data - ZONE), behind = untouched(z->data + z->size);
        if (!before || !behind)
            return heed_fail(err, "something was written %s the %zu bytes of %s",
                             before ? "behind" : "before", z->size, z->what);
    }
    return 0;
}

void heed_zones_forget(struct heed_tape *t)
{
    if (t->zones)
        t->zones->n = 0;
}

void heed_zones_release(struct heed_tape *t)
{
    if (t->zones)
        free(t->zones->items);
    free(t->zones);
    t->zones = NULL;
}
