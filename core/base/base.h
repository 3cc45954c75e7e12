/* base.h: what every file may use: attributes, BUG(), checked arithmetic.
 *
 * The lowest floor. A mistake of our own ends in BUG(): it prints where and aborts, and no input
 * may reach it. A failure of the world goes through struct heed_err (err.h). */
#ifndef HEED_BASE_H
#define HEED_BASE_H

#include <stdio.h>
#include <stdlib.h>
#include "heed/err.h"

#define HEED_VERSION_MAJOR 0 /* of the stream and file format, see stream/stream.h */

#define HEED_MUST_USE __attribute__((warn_unused_result))
#define HEED_NORETURN __attribute__((noreturn))

#define HEED_MIN(a, b)  ((a) < (b) ? (a) : (b))
#define HEED_MAX(a, b)  ((a) > (b) ? (a) : (b))
#define HEED_COUNT(arr) (sizeof(arr) / sizeof((arr)[0]))

#define BUG(...)                                                                                   \
    do {                                                                                           \
        fprintf(stderr, "BUG: %s:%d: ", __FILE__, __LINE__);                                       \
        fprintf(stderr, __VA_ARGS__);                                                              \
        fputc('\n', stderr);                                                                       \
        abort();                                                                                   \
    } while (0)

/* Each returns true when the exact result does not fit; *out is then unspecified. */
#define heed_mul_overflows(a, b, out) __builtin_mul_overflow((a), (b), (out))
#define heed_add_overflows(a, b, out) __builtin_add_overflow((a), (b), (out))

/* Checked allocation: returns memory, or not at all (heed_on_out_of_memory()). It belongs to the
 * caller, to be given to free(). */
void *heed_xmalloc(size_t size) HEED_MUST_USE;
void *heed_xcalloc(size_t n, size_t size) HEED_MUST_USE;
void *heed_xrealloc(void *p, size_t n, size_t size) HEED_MUST_USE; /* n*size, overflow-checked */
char *heed_xstrdup(const char *s) HEED_MUST_USE;
char *heed_xstrndup(const char *s, size_t n) HEED_MUST_USE; /* n bytes, then a NUL */

/* What becomes of a program that is out of memory. handler: told what could not be had ("heap",
 * "step", …) and how many bytes; it does not return. Once, before there are threads; where it was
 * not called, or the handler returns, the process aborts.
 *
 * The handler ends the process (cli/harness.c: one line, exit status 1), or jumps (longjmp) to where
 * the program called into heed: it always runs on the thread that did, since workers hand their
 * failure over and stop first. After a jump no lock is held and no worker runs; what the call had
 * allocated is lost; objects that it was given may only be released; a file it was writing stands
 * under its temporary name until heed_commit_signal_cleanup(). */
void heed_on_out_of_memory(void (*handler)(const char *what, size_t size));
HEED_NORETURN void heed_out_of_memory(const char *what, size_t size);

/* Makes room for one more element: grows *arr (of *cap elements of elem_size) when n == *cap. */
void heed_grow(void *arr_ptr, size_t n, size_t *cap, size_t elem_size);

#endif
