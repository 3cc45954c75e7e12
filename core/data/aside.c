/* aside.c: see aside.h. A source is a hash of 64 bits. */
#include "data/aside.h"

#include <stdlib.h>

#include "data/keys.h"

static int by_value(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

void heed_aside_init(struct heed_aside *a, const struct heed_corpus *dev)
{
    a->n = dev->n;
    a->keys = heed_xcalloc(a->n + 1, sizeof *a->keys);
    for (size_t i = 0; i < a->n; i++)
        a->keys[i] = heed_key_of(dev->pairs[i].src, dev->pairs[i].src_len);
    qsort(a->keys, a->n, sizeof *a->keys, by_value);
}

void heed_aside_leave_out(const struct heed_aside *a, struct heed_corpus *c)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->n && a->n; i++) {
        uint64_t key = heed_key_of(c->pairs[i].src, c->pairs[i].src_len);
        if (!bsearch(&key, a->keys, a->n, sizeof key, by_value))
            c->pairs[kept++] = c->pairs[i];
    }
    if (a->n)
        c->n = kept;
}

void heed_aside_release(struct heed_aside *a)
{
    free(a->keys);
    *a = (struct heed_aside){0};
}
