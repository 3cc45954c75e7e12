/* workers.c: one mutex, two conditions: work is there, work is done.
 *
 * Whoever is free takes the next part by its number; the caller works with the others and then
 * waits for the parts still under way. The lock is not held while a part runs.
 *
 * Who waits looks a while whether it comes before it sleeps: to be woken takes longer than many a round of work,
 * four of which make an update. With more workers than processors nobody looks, since it would keep
 * another from working. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>

#include "base/trap.h"
#include "base/workers.h"

struct heed_workers {
    pthread_mutex_t lock;
    pthread_cond_t wake, done;
    pthread_t *threads;
    int n_threads, n_running;
    bool ends;
    int looks;                /* how often one looks before it sleeps */
    _Atomic unsigned n_posts; /* rounds begun, and the end */

    void (*part)(void *ctx, int i);
    void *ctx;
    int n, next;       /* parts in all, the next to be taken */
    _Atomic int left;  /* those not yet finished */
    const char *lacks; /* a part that ran out of memory wanted this */
    size_t lacks_size;
};

static _Thread_local int self;

int heed_workers_self(void)
{
    return self;
}

int heed_cores(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return HEED_MAX(n, 1);
}

static void look_again(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

/* Until a round after `seen` has begun. The lock is held on entry and on return. */
static void await_post(struct heed_workers *w, unsigned seen)
{
    pthread_mutex_unlock(&w->lock);
    for (int i = 0; i < w->looks && atomic_load(&w->n_posts) == seen; i++)
        look_again();
    pthread_mutex_lock(&w->lock);
    while (atomic_load(&w->n_posts) == seen)
        pthread_cond_wait(&w->wake, &w->lock);
}

static void post(struct heed_workers *w)
{
    atomic_fetch_add(&w->n_posts, 1);
    pthread_cond_broadcast(&w->wake);
}

static void await_done(struct heed_workers *w)
{
    pthread_mutex_unlock(&w->lock);
    for (int i = 0; i < w->looks && atomic_load(&w->left); i++)
        look_again();
    pthread_mutex_lock(&w->lock);
    while (atomic_load(&w->left))
        pthread_cond_wait(&w->done, &w->lock);
}

/* False: out of memory, and *trap says what for. */
static bool run_part(struct heed_workers *w, int i, struct heed_trap *trap)
{
    if (setjmp(trap->at))
        return false;
    heed_trap_set(trap);
    w->part(w->ctx, i);
    heed_trap_drop(trap);
    return true;
}

/* Takes parts until none is left; the lock is held on entry and on return. */
static void take_parts(struct heed_workers *w)
{
    while (w->next < w->n) {
        int i = w->next++;
        struct heed_trap trap;
        pthread_mutex_unlock(&w->lock);
        bool done = run_part(w, i, &trap);
        pthread_mutex_lock(&w->lock);
        if (!done) {
            w->lacks = trap.what;
            w->lacks_size = trap.size;
        }
        if (atomic_fetch_sub(&w->left, 1) == 1)
            pthread_cond_signal(&w->done);
    }
}

static void *work(void *arg)
{
    struct heed_workers *w = arg;
    pthread_mutex_lock(&w->lock);
    self = ++w->n_running;
    while (!w->ends) {
        unsigned seen = atomic_load(&w->n_posts);
        take_parts(w);
        if (!w->ends)
            await_post(w, seen);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

#define LOOKS 2000 /* 20 to 100 microseconds */

/* The usual 8 MiB of stack for each of many threads are much where address space is limited. */
#define STACK ((size_t)2 << 20)

struct heed_workers *heed_workers_new(int n)
{
    struct heed_workers *w = heed_xcalloc(1, sizeof *w);
    pthread_attr_t attr;
    sigset_t all, before;

    w->looks = n <= heed_cores() ? LOOKS : 0;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->wake, NULL);
    pthread_cond_init(&w->done, NULL);
    w->threads = heed_xcalloc((size_t)HEED_MAX(n, 1), sizeof *w->threads);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK);
    sigfillset(&all);
    sigdelset(&all, SIGBUS); /* a page that is gone (map.h) is the business of who looks at it */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (w->n_threads < n - 1 && pthread_create(&w->threads[w->n_threads], &attr, work, w) == 0)
        w->n_threads++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    return w;
}

void heed_workers_free(struct heed_workers *w)
{
    if (!w)
        return;
    pthread_mutex_lock(&w->lock);
    w->ends = true;
    post(w);
    pthread_mutex_unlock(&w->lock);
    for (int i = 0; i < w->n_threads; i++)
        pthread_join(w->threads[i], NULL);
    pthread_cond_destroy(&w->done);
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
    free(w->threads);
    free(w);
}

int heed_workers_count(const struct heed_workers *w)
{
    return w->n_threads + 1;
}

void heed_workers_run(struct heed_workers *w, int n, void (*part)(void *ctx, int i), void *ctx)
{
    if (!w || w->n_threads == 0 || n < 2) {
        for (int i = 0; i < n; i++)
            part(ctx, i);
        return;
    }
    pthread_mutex_lock(&w->lock);
    w->part = part;
    w->ctx = ctx;
    w->next = 0;
    w->n = n;
    atomic_store(&w->left, n);
    post(w);
    take_parts(w);
    await_done(w);
    w->n = 0;
    const char *lacks = w->lacks;
    size_t size = w->lacks_size;
    w->lacks = NULL;
    pthread_mutex_unlock(&w->lock);
    if (lacks)
        heed_out_of_memory(lacks, size);
}
