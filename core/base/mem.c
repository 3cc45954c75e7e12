/* mem.c: checked allocation, and what becomes of a program that is out of memory.
 *
 * That is the one failure of the world which is not carried upwards: every line could meet it, and
 * no caller could do better than end. What the end is, the program says (heed_on_out_of_memory()). */
#include <string.h>
#include "base/lock.h"
#include "base/trap.h"

static void (*policy)(const char *what, size_t size);
static _Thread_local struct heed_trap *innermost;
static _Thread_local struct heed_lock *held; /* the last one taken; each knows the one before */

void heed_on_out_of_memory(void (*handler)(const char *what, size_t size))
{
    policy = handler;
}

void heed_trap_set(struct heed_trap *trap)
{
    trap->outer = innermost;
    trap->held = held;
    innermost = trap;
}

void heed_trap_drop(struct heed_trap *trap)
{
    innermost = trap->outer;
}

void heed_lock(struct heed_lock *lock)
{
    pthread_mutex_lock(&lock->mutex);
    lock->outer = held;
    held = lock;
}

void heed_unlock(struct heed_lock *lock)
{
    if (held != lock)
        BUG("a lock is put down that was not taken last");
    held = lock->outer;
    pthread_mutex_unlock(&lock->mutex);
}

void heed_out_of_memory(const char *what, size_t size)
{
    struct heed_trap *trap = innermost;
    while (held != (trap ? trap->held : NULL))
        heed_unlock(held);
    if (trap) {
        trap->what = what;
        trap->size = size;
        heed_trap_drop(trap);
        longjmp(trap->at, 1);
    }
    if (policy)
        policy(what, size);
    BUG("out of memory: %s: cannot get %zu bytes, and the program has not said what to do", what,
        size);
}

void *heed_xmalloc(size_t size)
{
    void *p = malloc(size ? size : 1);
    if (!p)
        heed_out_of_memory("heap", size);
    return p;
}

void *heed_xcalloc(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size ? size : 1);
    if (!p)
        heed_out_of_memory("heap", size && n > SIZE_MAX / size ? SIZE_MAX : n * size);
    return p;
}

void *heed_xrealloc(void *p, size_t n, size_t size)
{
    size_t total;
    if (heed_mul_overflows(n, size, &total))
        heed_out_of_memory("heap", SIZE_MAX);
    p = realloc(p, total ? total : 1);
    if (!p)
        heed_out_of_memory("heap", total);
    return p;
}

char *heed_xstrndup(const char *s, size_t n)
{
    char *copy = heed_xmalloc(n + 1);
    if (n)
        memcpy(copy, s, n);
    copy[n] = '\0';
    return copy;
}

char *heed_xstrdup(const char *s)
{
    return heed_xstrndup(s, strlen(s));
}

void heed_grow(void *arr_ptr, size_t n, size_t *cap, size_t elem_size)
{
    if (n < *cap)
        return;
    /* arr_ptr is a T ** of any T; memcpy keeps to the aliasing rules. */
    void *arr;
    memcpy(&arr, arr_ptr, sizeof(arr));
    size_t more = *cap ? *cap + *cap / 2 + 1 : 8;
    if (more <= n)
        more = n + 1;
    arr = heed_xrealloc(arr, more, elem_size);
    memcpy(arr_ptr, &arr, sizeof(arr));
    *cap = more; /* last: out of memory may be survived, and the array is whole then */
}
