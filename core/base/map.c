/* map.c: see map.h. */
#include "base/map.h"

#include <sys/mman.h>
#include <sys/stat.h>

#define PAGE ((uintptr_t)4096) /* at least; others are multiples of it, and refuse what is none */

bool heed_map_open(struct heed_map *m, int fd)
{
    struct stat st;
    *m = (struct heed_map){0};
    if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size <= 0 ||
        (uint64_t)st.st_size > SIZE_MAX / 2)
        return false;
    void *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (at == MAP_FAILED)
        return false;
    *m = (struct heed_map){at, (size_t)st.st_size};
    return true;
}

void heed_map_close(struct heed_map *m)
{
    if (m->at)
        munmap(m->at, m->size);
    *m = (struct heed_map){0};
}

void heed_map_drop(const struct heed_map *m, const void *at, size_t size)
{
    uintptr_t from = ((uintptr_t)at + PAGE - 1) & ~(PAGE - 1),
              to = ((uintptr_t)at + size) & ~(PAGE - 1);
    bool inside = m->at && (uintptr_t)at - (uintptr_t)m->at < m->size;
    if (inside && to > from)
        madvise((void *)from, to - from, MADV_DONTNEED);
}
