/* fault.c: loaded before a program, makes its Nth call of a kind fail once: FAULT=malloc:7.
 *
 *   malloc (calloc, realloc too)   mmap   thread (pthread_create)   getrandom
 *   open (openat, openat64)   read   write (pwrite, writev)   fsync (fdatasync)   truncate
 *   stat (fstat, lstat, fstatat)   rename (renameat)   unlink (unlinkat)   dup   lock (fcntl)
 *   eintr, short: a read or a write that is interrupted, or does one byte
 *
 * Only calls of heed and of its libraries to the C library are seen, not those within it. With
 * FAULT_COUNT=FILE the number of calls of that kind is written there at the end. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/uio.h>
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

/* By the system itself: it is no call of the program. */
__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("FAULT_COUNT");
    char text[32];
    int n = snprintf(text, sizeof(text), "%ld\n", (long)calls);
    kind[0] = '\0';
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666) : -1;
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
    do {                                                                                           \
        static type *next;                                                                         \
        void *found = next ? NULL : dlsym(RTLD_NEXT, #name);                                       \
        if (!next)                                                                                 \
            memcpy(&next, &found, sizeof(next));                                                   \
        return next(__VA_ARGS__);                                                                  \
    } while (0)

/* NAME(PARAMETERS) passes ARGUMENTS on, but for the one call that fails. */
#define FAULTY(result, name, parameters, arguments, call, error, failed)                           \
    typedef result name##_function parameters;                                                     \
    result name parameters                                                                         \
    {                                                                                              \
        if (fails(call, error))                                                                    \
            return failed;                                                                         \
        NEXT(name##_function, name, PASS arguments);                                               \
    }
#define PASS(...) __VA_ARGS__

FAULTY(int, fsync, (int fd), (fd), "fsync", EIO, -1)
FAULTY(int, fdatasync, (int fd), (fd), "fsync", EIO, -1)
FAULTY(int, ftruncate, (int fd, off_t n), (fd, n), "truncate", EIO, -1)
FAULTY(int, ftruncate64, (int fd, off64_t n), (fd, n), "truncate", EIO, -1)
FAULTY(int, fstat, (int fd, struct stat *st), (fd, st), "stat", EIO, -1)
FAULTY(int, stat, (const char *path, struct stat *st), (path, st), "stat", EIO, -1)
FAULTY(int, lstat, (const char *path, struct stat *st), (path, st), "stat", EIO, -1)
FAULTY(int, fstatat, (int fd, const char *path, struct stat *st, int flags), (fd, path, st, flags),
       "stat", EIO, -1)
FAULTY(int, rename, (const char *from, const char *to), (from, to), "rename", EIO, -1)
FAULTY(int, renameat, (int fd, const char *from, int to_fd, const char *to), (fd, from, to_fd, to),
       "rename", EIO, -1)
FAULTY(int, unlink, (const char *path), (path), "unlink", EIO, -1)
FAULTY(int, unlinkat, (int fd, const char *path, int flags), (fd, path, flags), "unlink", EIO, -1)
FAULTY(int, dup, (int fd), (fd), "dup", EMFILE, -1)
FAULTY(int, dup2, (int fd, int to), (fd, to), "dup", EMFILE, -1)
FAULTY(ssize_t, getrandom, (void *to, size_t n, unsigned flags), (to, n, flags), "getrandom",
       ENOSYS, -1)
FAULTY(void *, mmap, (void *to, size_t n, int how, int flags, int fd, off_t from),
       (to, n, how, flags, fd, from), "mmap", ENOMEM, MAP_FAILED)
FAULTY(void *, mmap64, (void *to, size_t n, int how, int flags, int fd, off64_t from),
       (to, n, how, flags, fd, from), "mmap", ENOMEM, MAP_FAILED)
FAULTY(int, pthread_create,
       (pthread_t * thread, const pthread_attr_t *attributes, void *(*start)(void *), void *ctx),
       (thread, attributes, start, ctx), "thread", EAGAIN, EAGAIN)

/* What is read or written at once: may fail, be interrupted, or do one byte. */
#define TRANSFER(name, call, error, bytes)                                                         \
    typedef ssize_t name##_function(int, bytes, size_t);                                           \
    ssize_t name(int fd, bytes data, size_t n)                                                     \
    {                                                                                              \
        if (fails(call, error) || fails("eintr", EINTR))                                           \
            return -1;                                                                             \
        if (n && fails("short", 0))                                                                \
            n = 1;                                                                                 \
        NEXT(name##_function, name, fd, data, n);                                                  \
    }
TRANSFER(read, "read", EIO, void *)
TRANSFER(write, "write", ENOSPC, const void *)
FAULTY(ssize_t, writev, (int fd, const struct iovec *v, int n), (fd, v, n), "write", ENOSPC, -1)
FAULTY(ssize_t, pread, (int fd, void *data, size_t n, off_t from), (fd, data, n, from), "read", EIO,
       -1)
FAULTY(ssize_t, pread64, (int fd, void *data, size_t n, off64_t from), (fd, data, n, from), "read",
       EIO, -1)
FAULTY(ssize_t, pwrite, (int fd, const void *data, size_t n, off_t to), (fd, data, n, to), "write",
       ENOSPC, -1)
FAULTY(ssize_t, pwrite64, (int fd, const void *data, size_t n, off64_t to), (fd, data, n, to),
       "write", ENOSPC, -1)

/* Files that are made have a mode behind the flags. */
#define OPENS(name, parameters, ...)                                                               \
    typedef int name##_function parameters;                                                        \
    int name parameters                                                                            \
    {                                                                                              \
        va_list ap;                                                                                \
        va_start(ap, flags);                                                                       \
        int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, int) : 0;                            \
        va_end(ap);                                                                                \
        if (fails("open", EMFILE))                                                                 \
            return -1;                                                                             \
        NEXT(name##_function, name, __VA_ARGS__, flags, mode);                                     \
    }
OPENS(open, (const char *path, int flags, ...), path)
OPENS(open64, (const char *path, int flags, ...), path)
OPENS(openat, (int fd, const char *path, int flags, ...), fd, path)
OPENS(openat64, (int fd, const char *path, int flags, ...), fd, path)

typedef int fcntl_function(int, int, ...);
#define CONTROLS(name)                                                                             \
    int name(int fd, int what, ...)                                                                \
    {                                                                                              \
        va_list ap;                                                                                \
        va_start(ap, what);                                                                        \
        void *with = va_arg(ap, void *);                                                           \
        va_end(ap);                                                                                \
        if ((what == F_SETLK || what == F_SETLKW || what == F_GETLK) && fails("lock", ENOLCK))     \
            return -1;                                                                             \
        if (what == F_DUPFD_CLOEXEC && fails("dup", EMFILE))                                       \
            return -1;                                                                             \
        NEXT(fcntl_function, name, fd, what, with);                                                \
    }
CONTROLS(fcntl)
CONTROLS(fcntl64)
