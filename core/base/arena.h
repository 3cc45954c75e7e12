/* arena.h: three arenas (model, step, scratch) instead of malloc in the loop.
 *
 * An arena reserves the address space it may need at its first allocation, and the kernel commits it
 * as it is touched (mmap NORESERVE with MADV_HUGEPAGE): an allocation moves one pointer. Where the
 * system gives less it begins small and grows, block by block; in both cases pointers never move.
 *
 * Allocations are 64-byte aligned; memory is NOT cleared unless heed_arena_zero() is called. With
 * --enable-sanitizers every allocation has a poisoned red zone of 64 bytes behind it and released
 * memory is poisoned, so a 4-byte overrun is a report. */
#ifndef HEED_ARENA_H
#define HEED_ARENA_H

#include "base/base.h"

struct heed_arena {
    char *at, *end;                 /* what is free of the present block */
    struct heed_arena_block *block; /* NULL before the first allocation */
    size_t reserve, small;
    const char *name; /* for the out-of-memory line; borrowed */
};

/* Cannot fail. reserve: what it may need, in bytes; more is no error. */
void heed_arena_init(struct heed_arena *a, const char *name, size_t reserve);
/* The next so many bytes are to be of the usual small pages, of which none is wasted; what lies above is of huge
 * ones (2 MiB), which come sooner and are found faster. */
void heed_arena_small(struct heed_arena *a, size_t bytes);
void heed_arena_free(struct heed_arena *a); /* all zeros: allowed */
void *heed_arena_alloc(struct heed_arena *a, size_t size) HEED_MUST_USE;
void *heed_arena_zero(struct heed_arena *a, size_t size) HEED_MUST_USE; /* cleared */
/* Memory for what is over before anybody uses what is allocated there: it lies over that where one block holds it, and
 * behind it elsewhere (also in sanitizer builds). Given back by release to a mark from before; what
 * stood there is lost. */
void *heed_arena_over(struct heed_arena *a, size_t size) HEED_MUST_USE;
/* Everything allocated after the mark is given back by release; reset gives back all. The address
 * space is kept for what comes next. */
size_t heed_arena_mark(const struct heed_arena *a);
void heed_arena_release(struct heed_arena *a, size_t mark);
void heed_arena_reset(struct heed_arena *a);

#define heed_new(arena, type, n)  ((type *)heed_arena_alloc((arena), sizeof(type) * (size_t)(n)))
#define heed_new0(arena, type, n) ((type *)heed_arena_zero((arena), sizeof(type) * (size_t)(n)))

#endif
