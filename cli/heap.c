/* heap.c: no allocation of a program comes back empty: where the system has no memory the program ends in
 * one line, whoever asked. heed's own code does so already; a library would go on with NULL (libltdl),
 * abort() over an exception (protobuf as it is loaded), or call it another failure (jansson).
 *
 * These stand before the C library's, and before those of an allocator that was preloaded, which they
 * call; what they give is freed by that one. Under sanitizers, which have their own, they are not there. */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "cli/harness.h"

static bool watched;

void heed_cli_watch_heap(void)
{
    watched = true;
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define SEEN_BY_LIBRARIES __attribute__((visibility("default")))

#define NEXT(type, name)                                                                           \
    static type *next;                                                                             \
    if (!next) {                                                                                   \
        void *found = dlsym(RTLD_NEXT, #name);                                                     \
        memcpy(&next, &found, sizeof(next));                                                       \
    }

static void *given(void *p, size_t size)
{
    if (!p && size && watched)
        heed_out_of_memory("heap", size);
    return p;
}

typedef void *malloc_function(size_t);
SEEN_BY_LIBRARIES void *malloc(size_t size)
{
    NEXT(malloc_function, malloc)
    return given(next(size), size);
}

typedef void *calloc_function(size_t, size_t);
SEEN_BY_LIBRARIES void *calloc(size_t n, size_t size)
{
    size_t total;
    NEXT(calloc_function, calloc)
    return given(next(n, size), heed_mul_overflows(n, size, &total) ? SIZE_MAX : total);
}

typedef void *realloc_function(void *, size_t);
SEEN_BY_LIBRARIES void *realloc(void *p, size_t size)
{
    NEXT(realloc_function, realloc)
    return given(next(p, size), size);
}

typedef void *aligned_alloc_function(size_t, size_t);
SEEN_BY_LIBRARIES void *aligned_alloc(size_t alignment, size_t size)
{
    NEXT(aligned_alloc_function, aligned_alloc)
    return given(next(alignment, size), size);
}

typedef int posix_memalign_function(void **, size_t, size_t);
SEEN_BY_LIBRARIES int posix_memalign(void **p, size_t alignment, size_t size)
{
    NEXT(posix_memalign_function, posix_memalign)
    int failed = next(p, alignment, size);
    if (failed == ENOMEM)
        given(NULL, size);
    return failed;
}
#endif
