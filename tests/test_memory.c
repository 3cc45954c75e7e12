/* test_memory.c: what becomes of a program that is out of memory: its own policy, an abort without one,
 * and a jump back to where it called, from a worker too. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include "base/arena.h"
#include "base/lock.h"
#include "base/workers.h"
#include "tests/child.h"
#include "tests/tap.h"

#define TOO_MUCH (SIZE_MAX / 8)

static void ask_too_much(void)
{
    char *p = heed_xrealloc(NULL, SIZE_MAX / 2, 4);
    p[0] = 0;
}

static void says_and_ends(const char *what, size_t size)
{
    fprintf(stderr, "%s %zu", what, size);
    _exit(7);
}

static void comes_back(const char *what, size_t size)
{
    (void)what;
    (void)size;
}

static void with_policy(void)
{
    heed_on_out_of_memory(says_and_ends);
    ask_too_much();
}

static void with_one_that_returns(void)
{
    heed_on_out_of_memory(comes_back);
    ask_too_much();
}

static void test_the_program_says_what_happens(void)
{
    char out[500];
    TAP_I64(in_child(with_policy, out, sizeof(out)), 7);
    TAP_OK(strstr(out, "heap 184467440737095516"));
}

static void test_without_policy_it_aborts(void)
{
    char out[500];
    TAP_I64(in_child(ask_too_much, out, sizeof(out)), 128 + SIGABRT);
    TAP_OK(strstr(out, "out of memory: heap"));
    TAP_I64(in_child(with_one_that_returns, out, sizeof(out)), 128 + SIGABRT);
}

/* --- a jump back --- */

static jmp_buf back;
static pthread_t jumper;
static char lacking[20];

static void jumps(const char *what, size_t size)
{
    (void)size;
    snprintf(lacking, sizeof(lacking), "%s", what);
    jumper = pthread_self();
    longjmp(back, 1);
}

/* Does fn end in a jump? */
static bool jumped(void (*fn)(void *ctx), void *ctx)
{
    heed_on_out_of_memory(jumps);
    if (setjmp(back))
        return true;
    fn(ctx);
    return false;
}

struct growing {
    int *items;
    size_t cap;
};

static void grow_too_much(void *ctx)
{
    struct growing *g = ctx;
    heed_grow(&g->items, TOO_MUCH / 4, &g->cap, sizeof(*g->items));
}

static void test_a_growing_array_stays_whole(void)
{
    struct growing g = {0};
    heed_grow(&g.items, 0, &g.cap, sizeof(*g.items));
    g.items[0] = 5;
    size_t before = g.cap;
    TAP_OK(jumped(grow_too_much, &g));
    TAP_I64(g.cap, before);
    TAP_I64(g.items[0], 5);
    heed_grow(&g.items, before, &g.cap, sizeof(*g.items));
    TAP_OK(g.cap > before);
    free(g.items);
}

static void arena_too_much(void *ctx)
{
    char *p = heed_new(ctx, char, TOO_MUCH);
    p[0] = 0;
}

static void test_an_arena_stays_whole(void)
{
    struct heed_arena a;
    heed_arena_init(&a, "step", 1 << 16);
    char *p = heed_arena_alloc(&a, 100);
    size_t mark = heed_arena_mark(&a);
    memset(p, 1, 100);
    TAP_OK(jumped(arena_too_much, &a));
    TAP_STR(lacking, "step");
    TAP_I64(heed_arena_mark(&a), mark);
    TAP_OK((char *)heed_arena_alloc(&a, 100) > p && p[99] == 1);
    heed_arena_free(&a);
}

static struct heed_lock outer = HEED_LOCK_INIT, inner = HEED_LOCK_INIT;

static void lock_and_ask(void *ctx)
{
    (void)ctx;
    heed_lock(&outer);
    heed_lock(&inner);
    ask_too_much();
}

static void test_locks_are_put_down(void)
{
    for (int i = 0; i < 2; i++) { /* with a lock still held the second would wait for ever */
        TAP_OK(jumped(lock_and_ask, NULL));
        TAP_I64(pthread_mutex_trylock(&outer.mutex), 0);
        TAP_I64(pthread_mutex_trylock(&inner.mutex), 0);
        pthread_mutex_unlock(&inner.mutex);
        pthread_mutex_unlock(&outer.mutex);
    }
    heed_lock(&outer);
    heed_unlock(&outer);
}

static void arena_of_any_size(void *ctx)
{
    char *p = heed_arena_alloc(ctx, SIZE_MAX - 63);
    p[0] = 0;
}

static void test_sizes_do_not_wrap(void)
{
    struct heed_arena a;
    heed_arena_init(&a, "step", 1 << 16);
    TAP_OK(jumped(arena_of_any_size, &a));
    TAP_OK(heed_arena_alloc(&a, 5));
    TAP_OK(jumped(arena_of_any_size, &a));
    heed_arena_free(&a);
}

/* --- workers --- */

enum { PARTS = 64 };
struct job {
    struct heed_workers *workers;
    int lacking; /* parts divisible by it run out of memory; 0: none */
    bool done[PARTS];
};

static void part(void *ctx, int i)
{
    struct job *job = ctx;
    heed_lock(&inner);
    if (job->lacking && i % job->lacking == 0)
        ask_too_much();
    heed_unlock(&inner);
    job->done[i] = true;
}

static void run_job(void *ctx)
{
    struct job *job = ctx;
    memset(job->done, 0, sizeof(job->done));
    heed_workers_run(job->workers, PARTS, part, job);
}

static void check_job(struct job *job, int lacking_parts)
{
    job->lacking = lacking_parts;
    TAP_I64(jumped(run_job, job), true);
    TAP_OK(pthread_equal(jumper, pthread_self()));
    TAP_STR(lacking, "heap");
    for (int i = 0; i < PARTS; i++) /* all others were done before the jump */
        TAP_I64(job->done[i], i % lacking_parts != 0);
    job->lacking = 0;
    TAP_I64(jumped(run_job, job), false); /* and the workers work on */
    for (int i = 0; i < PARTS; i++)
        TAP_OK(job->done[i]);
}

static void test_workers_hand_it_over(void)
{
    for (int n = 2; n <= 5; n++) {
        struct job job = {.workers = heed_workers_new(n)};
        for (int round = 0; round < 50; round++) {
            check_job(&job, 1 + round % 9);
            if (tap_bad)
                break;
        }
        heed_workers_free(job.workers);
    }
}

int main(void)
{
    TAP_RUN(test_the_program_says_what_happens);
    TAP_RUN(test_without_policy_it_aborts);
    TAP_RUN(test_a_growing_array_stays_whole);
    TAP_RUN(test_an_arena_stays_whole);
    TAP_RUN(test_locks_are_put_down);
    TAP_RUN(test_sizes_do_not_wrap);
    TAP_RUN(test_workers_hand_it_over);
    return tap_end();
}
