/* mem.c: checked allocation. Running out of memory is the one failure of the world that is not
 * carried upwards: no caller could do better than end, and files are safe because every one of them
 * is written beside its name and renamed. exit() and not _exit(), so that the harness removes
 * temporaries on the way out. */
#include <errno.h>
#include <string.h>
#include "base/base.h"

void heed_out_of_memory(const char *what, size_t size)
{
    fprintf(stderr, "%s: out of memory: %s: cannot get %zu bytes\n", program_invocation_short_name,
            what, size);
    exit(EXIT_FAILURE);
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
    *cap = *cap ? *cap + *cap / 2 + 1 : 8;
    if (*cap <= n)
        *cap = n + 1;
    arr = heed_xrealloc(arr, *cap, elem_size);
    memcpy(arr_ptr, &arr, sizeof(arr));
}
