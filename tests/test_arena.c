/* test_arena.c: arenas, and in sanitizer builds their red zones:
 * a 4-byte overrun must be reported. */
#include "base/arena.h"
#include "tests/child.h"
#include "tests/tap.h"

static void test_alignment_and_release(void)
{
    struct heed_arena a;
    heed_arena_init(&a, "test", 1 << 20);
    char *p = heed_arena_alloc(&a, 1), *q = heed_arena_alloc(&a, 100);
    TAP_OK((uintptr_t)p % 64 == 0 && (uintptr_t)q % 64 == 0 && q - p >= 64);
    size_t mark = heed_arena_mark(&a);
    char *r = heed_arena_alloc(&a, 1000);
    memset(r, 1, 1000);
    heed_arena_release(&a, mark);
    TAP_OK((char *)heed_arena_alloc(&a, 10) == r);
    size_t peak = a.peak;
    heed_arena_reset(&a);
    TAP_I64(a.used, 0);
    TAP_I64(a.peak, peak);
    TAP_OK((char *)heed_arena_alloc(&a, 10) == p);
    heed_arena_free(&a);
    heed_arena_free(&a);
}

static void test_zero_is_zero_after_reuse(void)
{
    struct heed_arena a;
    heed_arena_init(&a, "test", 1 << 20);
    char *p = heed_arena_alloc(&a, 5000);
    memset(p, 0xff, 5000);
    heed_arena_reset(&a);
    /* Half of it used before, half of it never. */
    unsigned char *z = heed_arena_zero(&a, 10000);
    for (int i = 0; i < 10000; i++)
        TAP_I64(z[i], 0);
    heed_arena_free(&a);
}

static void test_large_reservation_costs_nothing(void)
{
    struct heed_arena a;
    heed_arena_init(&a, "test", (size_t)64 << 30);
    float *x = heed_new0(&a, float, 1000);
    TAP_OK(x[999] == 0);
    heed_arena_free(&a);
}

static void fill_up(void)
{
    struct heed_arena a;
    heed_arena_init(&a, "step", 1 << 16);
    for (;;) {
        char *p = heed_arena_alloc(&a, 1000);
        p[0] = 1;
    }
}

static void test_full_arena_names_itself(void)
{
    char out[600];
    TAP_I64(in_child(fill_up, out, sizeof(out)), 1);
    TAP_OK(strstr(out, "out of memory: step"));
}

#ifdef __SANITIZE_ADDRESS__
static void overrun(void)
{
    struct heed_arena a;
    heed_arena_init(&a, "test", 1 << 20);
    float *x = heed_new(&a, float, 16);
    float *y = heed_new(&a, float, 16);
    volatile float *beyond = x;
    beyond[16] = y[0]; /* the planted fault: four bytes behind a block of 64 */
}

static void use_after_release(void)
{
    struct heed_arena a;
    heed_arena_init(&a, "test", 1 << 20);
    size_t mark = heed_arena_mark(&a);
    volatile float *x = heed_new0(&a, float, 16);
    heed_arena_release(&a, mark);
    x[3] = 1;
}
#endif

static void test_overrun_is_caught(void)
{
#ifdef __SANITIZE_ADDRESS__
    char out[4096];
    TAP_OK(in_child(overrun, out, sizeof(out)) != 0);
    TAP_OK(strstr(out, "use-after-poison") && strstr(out, "WRITE of size 4"));
    TAP_OK(in_child(use_after_release, out, sizeof(out)) != 0);
    TAP_OK(strstr(out, "use-after-poison"));
#else
    tap_skip("red zones exist in builds with --enable-sanitizers only");
#endif
}

int main(void)
{
    TAP_RUN(test_alignment_and_release);
    TAP_RUN(test_zero_is_zero_after_reuse);
    TAP_RUN(test_large_reservation_costs_nothing);
    TAP_RUN(test_full_arena_names_itself);
    TAP_RUN(test_overrun_is_caught);
    return tap_end();
}
