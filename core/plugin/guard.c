/* guard.c: what must be the same after a plugin was loaded as before: floating-point environment,
 * locale, working folder, umask, signal handlers. An object linked with -ffast-math, for one, turns
 * denormals off for the process. */
#include <fcntl.h>
#include <fenv.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "plugin/parts.h"

#define LAST_SIGNAL 31

struct heed_guard {
    fenv_t floats;
    char *locale;
    int cwd; /* descriptor, or -1 */
    struct stat cwd_stat;
    int mask; /* -1: not known */
    struct sigaction actions[LAST_SIGNAL + 1];
};

/* From /proc, since umask() itself can only be asked by setting it, and another thread may be making
 * a file meanwhile; -1 where there is none. */
static int read_umask(void)
{
    FILE *status = fopen("/proc/self/status", "re");
    char line[256];
    unsigned mask;
    bool found = false;
    while (status && !found && fgets(line, sizeof(line), status))
        found = sscanf(line, "Umask: %o", &mask) == 1;
    if (status)
        fclose(status);
    return found ? (int)mask : -1;
}

/* Exceptions already raised do not count: only masks, rounding and the treatment of denormals. */
static bool floats_differ(const fenv_t *a, const fenv_t *b)
{
#if defined(__x86_64__)
    return (a->__mxcsr & ~0x3fu) != (b->__mxcsr & ~0x3fu) || a->__control_word != b->__control_word;
#else
    return memcmp(a, b, sizeof(*a)) != 0;
#endif
}

struct heed_guard *heed_guard_begin(void)
{
    struct heed_guard *guard = heed_xcalloc(1, sizeof(*guard));
    fegetenv(&guard->floats);
    guard->locale = heed_xstrdup(setlocale(LC_ALL, NULL));
    guard->cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (guard->cwd >= 0)
        fstat(guard->cwd, &guard->cwd_stat);
    guard->mask = read_umask();
    for (int i = 1; i <= LAST_SIGNAL; i++)
        sigaction(i, NULL, &guard->actions[i]);
    return guard;
}

static void note(struct heed_str *changed, const char *what)
{
    heed_str_printf(changed, "%s%s", changed->len ? ", " : "", what);
}

static void restore_process(struct heed_guard *guard, struct heed_str *changed)
{
    struct stat now;
    bool handlers = false;
    if (strcmp(setlocale(LC_ALL, NULL), guard->locale)) {
        setlocale(LC_ALL, guard->locale);
        note(changed, "locale");
    }
    if (guard->cwd >= 0 && (stat(".", &now) < 0 || now.st_ino != guard->cwd_stat.st_ino ||
                            now.st_dev != guard->cwd_stat.st_dev)) {
        note(changed, fchdir(guard->cwd) == 0 ? "working folder" : "working folder (not restored)");
    }
    if (guard->mask >= 0 && read_umask() != guard->mask) {
        umask((mode_t)guard->mask);
        note(changed, "umask");
    }
    for (int i = 1; i <= LAST_SIGNAL; i++) {
        struct sigaction action;
        if (sigaction(i, NULL, &action) < 0 ||
            action.sa_sigaction == guard->actions[i].sa_sigaction)
            continue;
        sigaction(i, &guard->actions[i], NULL);
        handlers = true;
    }
    if (handlers)
        note(changed, "signal handlers");
}

void heed_guard_end(struct heed_guard *guard, struct heed_str *changed)
{
    fenv_t floats;
    fegetenv(&floats);
    if (floats_differ(&floats, &guard->floats)) {
        fesetenv(&guard->floats);
        note(changed, "floating-point mode");
    }
    restore_process(guard, changed);
    if (guard->cwd >= 0)
        close(guard->cwd);
    free(guard->locale);
    free(guard);
}
