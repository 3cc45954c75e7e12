/* test_arena.c: arenas of one block and of many; what they take where the system gives little; and in
 * sanitizer builds their red zones: a 4-byte overrun must be reported. */
#include <sys/resource.h>
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
    heed_arena_reset(&a);
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

/* --- many blocks --- */

enum { SMALL = 1 << 16, PIECES = 200 };

static size_t piece_size(int i)
{
    return i % 50 == 49 ? 300000 : (size_t)(1000 + 700 * (i % 9)); /* some larger than a block */
}

static bool piece_is(const unsigned char *p, size_t n, int value)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != value)
            return false;
    return true;
}

/* Allocates PIECES, cleared; each is filled with its number once it was seen to be zeros. */
static bool fill_pieces(struct heed_arena *a, unsigned char **pieces, size_t *marks)
{
    for (int i = 0; i < PIECES; i++) {
        marks[i] = heed_arena_mark(a);
        pieces[i] = heed_arena_zero(a, piece_size(i));
        if (!piece_is(pieces[i], piece_size(i), 0) || (uintptr_t)pieces[i] % 64)
            return false;
        memset(pieces[i], i + 1, piece_size(i));
    }
    for (int i = 0; i < PIECES; i++)
        if (!piece_is(pieces[i], piece_size(i), i + 1))
            return false;
    return true;
}

static void test_grows_and_no_pointer_moves(void)
{
    struct heed_arena a;
    unsigned char *pieces[PIECES], *again[PIECES];
    size_t marks[PIECES];
    heed_arena_init(&a, "test", SMALL);
    TAP_OK(fill_pieces(&a, pieces, marks));
    heed_arena_reset(&a);
    TAP_OK(fill_pieces(&a, again, marks)); /* in the blocks of the first round */
    TAP_MEM(again, pieces, sizeof(pieces));
    heed_arena_free(&a);
}

static void test_release_to_any_block(void)
{
    struct heed_arena a;
    unsigned char *pieces[PIECES];
    size_t marks[PIECES];
    heed_arena_init(&a, "test", SMALL);
    TAP_OK(fill_pieces(&a, pieces, marks));
    for (int i = PIECES - 1; i >= 0; i -= 7) {
        heed_arena_release(&a, marks[i]);
        TAP_I64(heed_arena_mark(&a), marks[i]);
        for (int k = 0; k < i; k++)
            TAP_OK(piece_is(pieces[k], piece_size(k), k + 1));
        TAP_OK(heed_arena_zero(&a, piece_size(i)) == pieces[i]);
        TAP_OK(piece_is(pieces[i], piece_size(i), 0));
        memset(pieces[i], i + 1, piece_size(i));
    }
    heed_arena_free(&a);
}

static void test_a_block_too_small_makes_room(void)
{
    struct heed_arena a;
    heed_arena_init(&a, "test", SMALL);
    unsigned char *low = heed_arena_alloc(&a, SMALL / 2);
    memset(low, 7, SMALL / 2);
    size_t mark = heed_arena_mark(&a);
    memset(heed_arena_alloc(&a, SMALL / 2), 8, SMALL / 2); /* in a second block */
    heed_arena_release(&a, mark);
    unsigned char *large = heed_arena_zero(&a, 100 * SMALL);
    TAP_OK(piece_is(large, 100 * SMALL, 0));
    TAP_OK(piece_is(low, SMALL / 2, 7));
    heed_arena_free(&a);
}

static void test_an_empty_arena(void)
{
    struct heed_arena a;
    heed_arena_init(&a, "test", SMALL);
    size_t mark = heed_arena_mark(&a);
    heed_arena_release(&a, mark);
    char *p = heed_arena_alloc(&a, 0);
    TAP_OK(p);
    heed_arena_release(&a, mark); /* a mark from before the first block */
    TAP_OK((char *)heed_arena_alloc(&a, 5) == p);
    TAP_OK(heed_arena_alloc(&a, 5));
    heed_arena_free(&a);
}

/* --- little address space --- */

/* Sanitizers reserve more than these leave. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define LIMITED
#define MIB ((size_t)1 << 20)

static size_t address_space(void)
{
    char line[200];
    size_t kib = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof(line), f))
        if (sscanf(line, "VmSize: %zu", &kib) == 1)
            break;
    if (f)
        fclose(f);
    return kib << 10;
}

static void limit_to(size_t bytes)
{
    struct rlimit limit = {bytes, bytes};
    if (setrlimit(RLIMIT_AS, &limit))
        _exit(99);
}

static void says_and_ends(const char *what, size_t size)
{
    fprintf(stderr, "out of memory: %s: %zu\n", what, size);
    _exit(1);
}

static void fill_up(void)
{
    struct heed_arena a;
    heed_on_out_of_memory(says_and_ends);
    limit_to(address_space() + 40 * MIB);
    heed_arena_init(&a, "step", (size_t)64 << 30);
    for (size_t got = 0;; got += MIB) {
        memset(heed_arena_alloc(&a, MIB), 1, MIB);
        fprintf(stderr, "%zu\n", got / MIB);
    }
}

static void test_full_arena_names_itself(void)
{
    char out[2000];
    TAP_I64(in_child(fill_up, out, sizeof(out)), 1);
    TAP_OK(strstr(out, "out of memory: step: 1048576\n"));
    TAP_OK(strstr(out, "\n30\n")); /* 30 of 40 MiB at least were of use */
}

/* Many arenas of a process share a limit: none takes a large part of it before it needs it. */
static void many_arenas(void)
{
    struct heed_arena a[40];
    heed_on_out_of_memory(says_and_ends);
    limit_to(address_space() + 400 * MIB);
    for (int i = 0; i < 40; i++) {
        heed_arena_init(&a[i], "step", (size_t)64 << 30);
        memset(heed_arena_alloc(&a[i], 100), 1, 100);
    }
    memset(heed_arena_alloc(&a[7], 200 * MIB), 1, 200 * MIB);
}

static void test_arenas_share_a_limit(void)
{
    char out[2000];
    TAP_I64(in_child(many_arenas, out, sizeof(out)), 0);
}
#endif

#ifdef __SANITIZE_ADDRESS__
static void overrun(void)
{
    struct heed_arena a;
    heed_arena_init(&a, "test", 1 << 20);
    float *first = heed_new(&a, float, 1 << 20); /* a block of its own */
    float *x = heed_new(&a, float, 16);
    float *y = heed_new(&a, float, 16);
    volatile float *beyond = x;
    beyond[16] = y[0] + first[0]; /* the planted fault: four bytes behind a block of 64 */
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

static void use_of_a_left_block(void)
{
    struct heed_arena a;
    heed_arena_init(&a, "test", SMALL);
    size_t mark = heed_arena_mark(&a);
    volatile char *x = heed_new(&a, char, SMALL / 2), *y = heed_new(&a, char, SMALL / 2);
    x[3] = 1;
    heed_arena_release(&a, mark);
    y[3] = 1;
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
    TAP_OK(in_child(use_of_a_left_block, out, sizeof(out)) != 0);
    TAP_OK(strstr(out, "use-after-poison"));
#else
    tap_skip("red zones exist in builds with --enable-sanitizers only");
#endif
}

/* Over what stands there, smaller and larger; what comes after a release lies behind what stood. */
static void test_over(void)
{
    struct heed_arena a;
    heed_arena_init(&a, "test", 1 << 20);
    char *p = heed_arena_alloc(&a, 1000), *r;
    size_t mark = heed_arena_mark(&a);
    for (size_t size = 500; size <= 500000; size *= 10) {
        char *q = heed_arena_over(&a, size);
        memset(q, 7, size);
#ifndef __SANITIZE_ADDRESS__
        TAP_OK(q == p);
#endif
        heed_arena_release(&a, mark);
        TAP_I64(heed_arena_mark(&a), mark);
        r = heed_arena_alloc(&a, 64);
        TAP_OK(r >= p + 1000);
        heed_arena_release(&a, mark);
    }
    char *large = heed_arena_over(&a, 2 << 20); /* more than a block may have */
    memset(large, 7, 2 << 20);
    heed_arena_free(&a);
}

int main(void)
{
    TAP_RUN(test_over);
    TAP_RUN(test_alignment_and_release);
    TAP_RUN(test_zero_is_zero_after_reuse);
    TAP_RUN(test_large_reservation_costs_nothing);
    TAP_RUN(test_grows_and_no_pointer_moves);
    TAP_RUN(test_release_to_any_block);
    TAP_RUN(test_a_block_too_small_makes_room);
    TAP_RUN(test_an_empty_arena);
#ifdef LIMITED
    TAP_RUN(test_full_arena_names_itself);
    TAP_RUN(test_arenas_share_a_limit);
#endif
    TAP_RUN(test_overrun_is_caught);
    return tap_end();
}
