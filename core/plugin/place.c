/* place.c: where plugins are looked for, and which names they may have.
 *
 * The list of folders is made at the first question: those of --plugin-dir, then of
 * $HEED_PLUGIN_PATH, then heed's own. That one is found from where the program lies, in a build tree or an
 * installation, also a moved one; only where it is not there, the one known at build time is taken. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/exe.h"
#include "base/lock.h"
#include "plugin/parts.h"

static struct {
    struct heed_lock lock;
    char **dirs;
    size_t n, cap, n_given; /* the first n_given come from --plugin-dir */
    bool complete;          /* environment and heed's own folder are in */
} search = {.lock = HEED_LOCK_INIT};

/* A folder that nobody else can have put beside our program: reached by no link, and its owner root, the
 * program's owner or the user (a program copied into /tmp has neighbours that anybody may make). */
static bool is_trusted(const char *dir)
{
    struct stat of_dir, of_exe;
    char *real = realpath(dir, NULL);
    bool trusted =
        real && strcmp(real, dir) == 0 && stat(dir, &of_dir) == 0 &&
        stat("/proc/self/exe", &of_exe) == 0 && S_ISDIR(of_dir.st_mode) &&
        (of_dir.st_uid == 0 || of_dir.st_uid == of_exe.st_uid || of_dir.st_uid == geteuid());
    free(real);
    return trusted;
}

/* Where the plugins lie from the program: of an installation, or of a build tree, whose programs are one
 * folder deep. */
static char *own_dir(void)
{
    char *exe = heed_exe_dir();
    char *dir = exe ? heed_exe_beside(exe, HEED_EXEC_DIR, HEED_PLUGIN_DIR) : NULL;
    if (exe && !dir && strrchr(exe, '/') != exe) {
        struct heed_str tree = {0};
        heed_str_printf(&tree, "%.*s/plugins/.libs", (int)(strrchr(exe, '/') - exe), exe);
        dir = tree.data;
    }
    if (!dir || !is_trusted(dir)) {
        free(dir);
        dir = heed_xstrdup(HEED_PLUGIN_DIR);
    }
    free(exe);
    return dir;
}

/* At position `at`; an empty name is heed's own folder. */
static void add_dir(const char *dir, size_t n, size_t at)
{
    char *copy = n ? heed_xstrndup(dir, n) : own_dir();
    char *absolute = heed_plugin_absolute(copy);
    heed_grow(&search.dirs, search.n, &search.cap, sizeof(*search.dirs));
    memmove(search.dirs + at + 1, search.dirs + at, sizeof(*search.dirs) * (search.n++ - at));
    search.dirs[at] = absolute;
    free(copy);
}

void heed_plugin_dir_add(const char *dir)
{
    heed_lock(&search.lock);
    if (*dir) {
        add_dir(dir, strlen(dir), search.n_given);
        search.n_given++;
    }
    heed_unlock(&search.lock);
}

static void complete(void)
{
    const char *path = secure_getenv("HEED_PLUGIN_PATH");
    if (search.complete)
        return;
    search.complete = true;
    while (path && *path) {
        size_t n = strcspn(path, ":");
        add_dir(path, n, search.n);
        path += n;
        if (*path == ':' && !*++path)
            add_dir(path, 0, search.n); /* a trailing ':' ends in an empty element */
    }
    add_dir("", 0, search.n);
}

const char *heed_plugin_dir(size_t i)
{
    heed_lock(&search.lock);
    complete();
    const char *dir = i < search.n ? search.dirs[i] : NULL;
    heed_unlock(&search.lock);
    return dir;
}

bool heed_plugin_name_valid(const char *name, size_t most)
{
    size_t n = strlen(name);
    return n >= 1 && n <= most && name[0] >= 'a' && name[0] <= 'z' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == n;
}

char *heed_plugin_find(const char *module)
{
    const char *dir;
    for (size_t i = 0; (dir = heed_plugin_dir(i)); i++) {
        struct heed_str path = {0};
        struct stat st;
        heed_str_printf(&path, "%s/%s.so", dir, module);
        if (lstat(path.data, &st) == 0)
            return path.data;
        heed_str_release(&path);
    }
    return NULL;
}

char *heed_plugin_module_name(const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    size_t n = strlen(base);
    if (n <= 3 || strcmp(base + n - 3, ".so"))
        return NULL;
    char *name = heed_xstrndup(base, n - 3);
    if (heed_plugin_name_valid(name, MODULE_NAME_MAX))
        return name;
    free(name);
    return NULL;
}

char *heed_plugin_absolute(const char *path)
{
    struct heed_str out = {0};
    char *cwd = *path == '/' ? NULL : getcwd(NULL, 0);
    heed_str_printf(&out, "%s%s%s", cwd ? cwd : "", cwd ? "/" : "", path);
    free(cwd);
    return out.data;
}
