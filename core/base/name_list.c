/* name_list.c: see name_list.h. A search goes through all of them: they are few. */
#include "base/name_list.h"

#include <string.h>

void heed_names_release(struct heed_names *x)
{
    for (size_t i = 0; i < x->n; i++)
        free(x->items[i]);
    free(x->items);
    *x = (struct heed_names){0};
}

static bool is(const struct heed_names *x, size_t i, const char *name, size_t size)
{
    return i < x->n && strlen(x->items[i]) == size && memcmp(x->items[i], name, size) == 0;
}

size_t heed_names_number(struct heed_names *x, const char *name, size_t size)
{
    if (is(x, x->last, name, size))
        return x->last;
    for (x->last = 0; x->last < x->n; x->last++)
        if (is(x, x->last, name, size))
            return x->last;
    heed_grow(&x->items, x->n, &x->cap, sizeof *x->items);
    x->items[x->n++] = heed_xstrndup(name, size);
    return x->last;
}
