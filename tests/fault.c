/* fault.c: loaded before a program, makes its Nth call of a kind fail once: FAULT=malloc:7.
 *
 *   malloc (calloc, realloc too)    fstat    getrandom    fsync    renameat
 *
 * With FAULT_COUNT=FILE the number of calls of that kind is written there at the end. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

static char kind[16];
static long at;
static atomic_long calls;

__attribute__((constructor)) static void begin(void)
{
    const char *fault = getenv("FAULT"), *colon = fault ? strchr(fault, ':') : NULL;
    if (!colon || (size_t)(colon - fault) >= sizeof(kind))
        return;
    at = strtol(colon + 1, NULL, 10);
    memcpy(kind, fault, (size_t)(colon - fault));
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("FAULT_COUNT");
    char text[32];
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666) : -1;
    int n = snprintf(text, sizeof(text), "%ld\n", (long)calls);
    if (fd >= 0 && (write(fd, text, (size_t)n) != n || close(fd)))
        _exit(99);
}

/* Does this call of that kind fail? */
static int fails(const char *call, int error)
{
    if (!kind[0] || strcmp(kind, call) != 0 || atomic_fetch_add(&calls, 1) + 1 != at)
        return 0;
    errno = error;
    return 1;
}

void *malloc(size_t n)
{
    return fails("malloc", ENOMEM) ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    return fails("malloc", ENOMEM) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    return fails("malloc", ENOMEM) ? NULL : __libc_realloc(p, n);
}

/* The function of that name behind ours. */
#define NEXT(type, name, ...)                                                                      \
    type next_##name;                                                                              \
    void *found_##name = dlsym(RTLD_NEXT, #name);                                                  \
    memcpy(&next_##name, &found_##name, sizeof(next_##name));                                      \
    return next_##name(__VA_ARGS__)

typedef int fstat_function(int, struct stat *);
int fstat(int fd, struct stat *st)
{
    if (fails("fstat", EIO))
        return -1;
    NEXT(fstat_function *, fstat, fd, st);
}

typedef ssize_t getrandom_function(void *, size_t, unsigned);
ssize_t getrandom(void *to, size_t n, unsigned flags)
{
    if (fails("getrandom", ENOSYS))
        return -1;
    NEXT(getrandom_function *, getrandom, to, n, flags);
}

typedef int fsync_function(int);
int fsync(int fd)
{
    if (fails("fsync", EIO))
        return -1;
    NEXT(fsync_function *, fsync, fd);
}

typedef int renameat_function(int, const char *, int, const char *);
int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    if (fails("renameat", EIO))
        return -1;
    NEXT(renameat_function *, renameat, from_dir, from, to_dir, to);
}
