/* arena.c: a chain of blocks of address space; usually of one, which holds all.
 *
 *          start                            at               touched               end
 *   | head | first | red | second | red     | released:      | never touched:      |
 *   |      |       |     |        |         | poisoned       | zeros               |
 *
 * A limit on address space or data (ulimit -v, -d), or a kernel that counts every reservation
 * (overcommit 2), is shared by all arenas of a process, two of each worker among them: then the
 * first block is a small part of it, and each further one a quarter of what the arena has, or what
 * one large allocation asks for. What a mark says is a place in the sizes of all blocks laid end to
 * end. Blocks above it stay where they are for the next round; one that is too small for what comes
 * makes room for a larger.
 *
 * Red zones and poison exist in sanitizer builds only. What was never touched is not poisoned: its
 * shadow alone would cost an eighth of the reservation. */
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include "base/arena.h"

#define ALIGN ((size_t)64)
#define PAGE  ((size_t)4096)
#define SMALL ((size_t)4 << 20) /* a first block where reservations count and nothing is known */

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define RED ALIGN
#else
#define RED                               ((size_t)0)
#define ASAN_POISON_MEMORY_REGION(p, n)   ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

struct heed_arena_block {
    struct heed_arena_block *below, *above;
    size_t start, size; /* bytes in all blocks below; its own, head included */
    char *touched;      /* above it the kernel's zeros stand; known when `at` was there last */
};
#define HEAD (ALIGN + RED)
_Static_assert(sizeof(struct heed_arena_block) <= ALIGN, "a block's head is one line");

static char *first(struct heed_arena_block *b)
{
    return (char *)b + HEAD;
}

static size_t whole(size_t size)
{
    return ((size + ALIGN - 1) & ~(ALIGN - 1)) + RED;
}

/* --- what the system gives --- */

/* Does the kernel count what is reserved as if it were used? Asked once. */
static bool reservations_count(void)
{
    static _Atomic int answer; /* 0: not asked */
    if (!answer) {
        char mode = '0';
        int fd = open("/proc/sys/vm/overcommit_memory", O_RDONLY | O_CLOEXEC);
        if (fd >= 0 && read(fd, &mode, 1) != 1)
            mode = '0';
        if (fd >= 0)
            close(fd);
        answer = mode == '2' ? 2 : 1;
    }
    return answer == 2;
}

static rlim_t limit_of(int which)
{
    struct rlimit limit;
    return getrlimit(which, &limit) ? RLIM_INFINITY : limit.rlim_cur;
}

static size_t first_size(size_t reserve)
{
    rlim_t limit = HEED_MIN(limit_of(RLIMIT_AS), limit_of(RLIMIT_DATA));
    if (limit != RLIM_INFINITY)
        return HEED_MIN(reserve, HEED_MAX((size_t)limit / 256, SMALL / 4));
    return reservations_count() ? HEED_MIN(reserve, SMALL) : reserve;
}

/* A block of `want` bytes, or as many as can be had, but at least `need`; NULL: not even those. */
static struct heed_arena_block *map(size_t want, size_t need, size_t small)
{
    for (;; want /= 2) {
        want = (HEED_MAX(want, need) + PAGE - 1) & ~(PAGE - 1);
        void *p = mmap(NULL, want, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (p != MAP_FAILED) {
            if (small < want) /* a wish: kernels without it lose speed only */
                madvise((char *)p + small, want - small, MADV_HUGEPAGE);
            struct heed_arena_block *b = p;
            *b = (struct heed_arena_block){.size = want, .touched = first(b)};
            return b;
        }
        if (want < need + PAGE)
            return NULL;
    }
}

/* b and all above it go back to the system. */
static void unmap(struct heed_arena_block *b)
{
    while (b) {
        struct heed_arena_block *above = b->above;
        ASAN_UNPOISON_MEMORY_REGION(b, b->touched - (char *)b);
        munmap(b, b->size);
        b = above;
    }
}

/* --- the chain --- */

static void enter(struct heed_arena *a, struct heed_arena_block *b, char *at)
{
    a->block = b;
    a->at = at;
    a->end = (char *)b + b->size;
}

/* Goes on to a block with room for size bytes. */
static bool next_block(struct heed_arena *a, size_t size)
{
    struct heed_arena_block *b = a->block, *next = b ? b->above : NULL;
    if (size > SIZE_MAX / 4)
        return false;
    size_t need = HEAD + whole(size);
    if (b)
        b->touched = HEED_MAX(b->touched, a->at);
    if (!next || next->size < need) {
        size_t all = b ? b->start + b->size : 0;
        unmap(next);
        if (b)
            b->above = NULL;
        next = map(b ? HEED_MAX(all / 4, first_size(a->reserve)) : first_size(a->reserve), need,
                   b ? PAGE : HEED_MAX(a->small, PAGE)); /* no huge page for a head alone */
        if (!next)
            return false;
        ASAN_POISON_MEMORY_REGION((char *)next + ALIGN, RED);
        next->below = b;
        next->start = all;
        if (b)
            b->above = next;
    }
    enter(a, next, first(next));
    return true;
}

void heed_arena_init(struct heed_arena *a, const char *name, size_t reserve)
{
    *a = (struct heed_arena){.name = name, .reserve = reserve};
}

void heed_arena_small(struct heed_arena *a, size_t bytes)
{
    a->small = (bytes + PAGE - 1) & ~(PAGE - 1);
    if (!a->block)
        return;
    char *at = (char *)(((uintptr_t)a->at + PAGE - 1) & ~(uintptr_t)(PAGE - 1));
    if (at < a->end)
        madvise(at, HEED_MIN(a->small, (size_t)(a->end - at) & ~(PAGE - 1)), MADV_NOHUGEPAGE);
}

void heed_arena_free(struct heed_arena *a)
{
    struct heed_arena_block *b = a->block;
    if (b)
        b->touched = HEED_MAX(b->touched, a->at);
    while (b && b->below)
        b = b->below;
    unmap(b);
    *a = (struct heed_arena){0};
}

void *heed_arena_alloc(struct heed_arena *a, size_t size)
{
    size_t room = (size_t)(a->end - a->at);
    if ((size > room || whole(size) > room || !a->block) && !next_block(a, size))
        heed_out_of_memory(a->name, size);
    char *p = a->at;
    a->at += whole(size);
    ASAN_POISON_MEMORY_REGION(p, whole(size));
    ASAN_UNPOISON_MEMORY_REGION(p, size);
    return p;
}

void *heed_arena_zero(struct heed_arena *a, size_t size)
{
    char *p = heed_arena_alloc(a, size);
    if (p < a->block->touched)
        memset(p, 0, HEED_MIN(size, (size_t)(a->block->touched - p)));
    return p;
}

void *heed_arena_over(struct heed_arena *a, size_t size)
{
    struct heed_arena_block *b = a->block;
    if (RED || !b || b->below || size > SIZE_MAX / 4 || whole(size) > (size_t)(a->end - first(b)))
        return heed_arena_alloc(a, size);
    a->at = HEED_MAX(a->at, first(b) + whole(size));
    return first(b);
}

size_t heed_arena_mark(const struct heed_arena *a)
{
    return a->block ? a->block->start + (size_t)(a->at - (char *)a->block) : 0;
}

void heed_arena_release(struct heed_arena *a, size_t mark)
{
    struct heed_arena_block *b = a->block;
    if (mark > heed_arena_mark(a))
        BUG("arena %s: mark %zu above %zu", a->name, mark, heed_arena_mark(a));
    if (!b)
        return;
    b->touched = HEED_MAX(b->touched, a->at);
    /* A block's last place and the next one's head are the same number: nothing begins there. */
    for (; b->below && mark <= b->start; b = b->below)
        ASAN_POISON_MEMORY_REGION(first(b), b->touched - first(b));
    char *at = mark > b->start ? (char *)b + (mark - b->start) : first(b);
    ASAN_POISON_MEMORY_REGION(at, b->touched - at);
    enter(a, b, at);
}

void heed_arena_reset(struct heed_arena *a)
{
    heed_arena_release(a, 0);
}
