/* test_base.c: memory, byte strings, numbers as text, random numbers. */
#include "base/rng.h"
#include "base/str.h"
#include "tests/tap.h"

static void test_grow(void)
{
    int *items = NULL;
    size_t cap = 0;
    for (int i = 0; i < 1000; i++) {
        heed_grow(&items, (size_t)i, &cap, sizeof(*items));
        items[i] = i;
    }
    TAP_OK(cap >= 1000);
    for (int i = 0; i < 1000; i++)
        TAP_I64(items[i], i);
    free(items);
}

int main(void)
{
    TAP_RUN(test_grow);
    return tap_end();
}
