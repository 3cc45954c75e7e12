/* exe.c: where the running program lies: /proc/self/exe, which the kernel keeps. */
#include "base/exe.h"
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include "base/str.h"

char *heed_exe_dir(void)
{
    char *path = getauxval(AT_SECURE) ? NULL : realpath("/proc/self/exe", NULL);
    char *slash = path ? strrchr(path, '/') : NULL;
    if (!slash) {
        free(path);
        return NULL;
    }
    *slash = '\0';
    return path;
}

char *heed_exe_beside(const char *dir, const char *at, const char *there)
{
    size_t same = 0, n = strlen(dir);
    for (size_t i = 0; at[i] && at[i] == there[i]; i++)
        if (at[i] == '/')
            same = i;
    size_t tail = strlen(at) - same; /* "/x/bin": at least its last name */
    if (n < tail || strcmp(dir + n - tail, at + same) != 0)
        return NULL;
    struct heed_str out = {0};
    heed_str_printf(&out, "%.*s%s", (int)(n - tail), dir, there + same);
    return out.data;
}
