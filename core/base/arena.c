/* arena.c: address space reserved once, committed by the kernel as it is touched.
 *
 *   base                          used                 peak                     reserved
 *   | block | red | block | red | released: poisoned   | never touched: zeros   |
 *
 * Red zones and poison exist in sanitizer builds only. What was never touched is not poisoned: its
 * shadow alone would cost an eighth of the reservation. */
#include <string.h>
#include <sys/mman.h>
#include "base/arena.h"

#define ALIGN ((size_t)64)

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define RED ALIGN
#else
#define RED                               ((size_t)0)
#define ASAN_POISON_MEMORY_REGION(p, n)   ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

void heed_arena_init(struct heed_arena *a, const char *name, size_t reserve)
{
    reserve = (reserve + 4095) & ~(size_t)4095;
    void *p = mmap(NULL, reserve, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        heed_out_of_memory(name, reserve);
    madvise(p, reserve, MADV_HUGEPAGE); /* a wish: kernels without it lose speed only */
    *a = (struct heed_arena){.base = p, .reserved = reserve, .name = name};
}

void heed_arena_free(struct heed_arena *a)
{
    if (!a->base)
        return;
    ASAN_UNPOISON_MEMORY_REGION(a->base, a->peak);
    munmap(a->base, a->reserved);
    *a = (struct heed_arena){0};
}

void *heed_arena_alloc(struct heed_arena *a, size_t size)
{
    size_t room = a->reserved - a->used;
    if (size > room || room - size < ALIGN + RED)
        heed_out_of_memory(a->name, size);
    char *p = a->base + a->used;
    size_t whole = ((size + ALIGN - 1) & ~(ALIGN - 1)) + RED;
    ASAN_POISON_MEMORY_REGION(p, whole);
    ASAN_UNPOISON_MEMORY_REGION(p, size);
    a->used += whole;
    a->peak = HEED_MAX(a->peak, a->used);
    return p;
}

void *heed_arena_zero(struct heed_arena *a, size_t size)
{
    size_t dirty = a->peak - a->used; /* above the peak the kernel's zeros still stand */
    void *p = heed_arena_alloc(a, size);
    memset(p, 0, HEED_MIN(size, dirty));
    return p;
}

size_t heed_arena_mark(const struct heed_arena *a)
{
    return a->used;
}

void heed_arena_release(struct heed_arena *a, size_t mark)
{
    if (mark > a->used)
        BUG("arena %s: mark %zu above %zu", a->name, mark, a->used);
    ASAN_POISON_MEMORY_REGION(a->base + mark, a->used - mark);
    a->used = mark;
}

void heed_arena_reset(struct heed_arena *a)
{
    heed_arena_release(a, 0);
}
