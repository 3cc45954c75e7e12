/* products.c: the start of commands that need products of a library, OpenBLAS.
 *
 * Two of its habits are met before its own code runs, in .preinit_array, which comes before the
 * constructors of shared libraries. It reserves 130 MB of address space for each processor, and
 * where that cannot be had its constructor tries again for ever: with a limit on address space it is
 * told to make ready for one thread, which is all we use; and where even that cannot be, we say so.
 *
 * And it chooses its kernels once, while it is loaded: where it took the CPU for less than it is, the
 * program begins again, with the better core type in the environment. */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>
#include "cli/cli.h"
#include "tensor/blas.h"
#include "tensor/gemm.h"

/* What OpenBLAS had chosen, in the process that begins again with a better choice. */
#define CHOSEN "HEED_OPENBLAS_CHOSE"

/* Runs this program in its own place. Where that fails we go on as we are: slower, or at the
 * mercy of the limit. The path and not the link, by which `ps` would call us exe. */
static void run_again(char **argv, char **envp)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n <= 0)
        return;
    path[n] = '\0';
    execve(path, argv, envp);
}

/* Some milliseconds, and only on such machines. $OPENBLAS_CORETYPE of the user's own always
 * holds. */
static void begin_with(const char *core, const char *chosen)
{
    if (core)
        setenv("OPENBLAS_CORETYPE", core, 1);
    else
        unsetenv("OPENBLAS_CORETYPE");
    setenv(CHOSEN, chosen, 1);
    dup2(heed_cli.out.fd, STDOUT_FILENO);
    run_again(heed_cli.argv, environ);
    dup2(STDERR_FILENO, STDOUT_FILENO);
}

static char openblas_chose[32];

static int choose_core(struct heed_err *err)
{
    const char *chosen = getenv(CHOSEN), *better;
    if (!chosen) {
        better = getenv("OPENBLAS_CORETYPE") ? NULL : heed_blas_better_core();
        if (better)
            begin_with(better, heed_gemm_core());
        return heed_blas_check(err);
    }
    if (getenv("OPENBLAS_CORETYPE") && heed_blas_check(err))
        begin_with(NULL, ""); /* wrong numbers: its own choice after all */
    snprintf(openblas_chose, sizeof openblas_chose, "%s", chosen);
    unsetenv(CHOSEN);
    return heed_blas_check(err);
}

int heed_start_products(const char *kernels, struct heed_err *err)
{
    static char build[300];
    heed_blas_start();
    if (choose_core(err) || heed_start_kernels(kernels, err))
        return -1;
    if (openblas_chose[0]) {
        snprintf(build, sizeof build, "%s (chosen by heed; OpenBLAS took this CPU for %s)",
                 heed_cli.build, openblas_chose);
        heed_cli.build = build;
    }
    return 0;
}

#ifndef __SANITIZE_ADDRESS__
#define ONE_THREAD        "OPENBLAS_NUM_THREADS=1"
#define ADDRESS_SPACE_MIN ((rlim_t)384 << 20) /* one thread of 0.3.29 takes 310 MB */

/* As we are, but for one thread. No allocator is ready yet: the new list stands on the stack. */
static void begin_with_one_thread(char **argv, char **envp)
{
    size_t n = 0, kept = 0;
    while (envp[n])
        if (strcmp(envp[n++], ONE_THREAD) == 0)
            return;
    char **list = __builtin_alloca((n + 2) * sizeof *list);
    for (size_t i = 0; i < n; i++)
        if (strncmp(envp[i], ONE_THREAD, sizeof ONE_THREAD - 2) != 0)
            list[kept++] = envp[i];
    list[kept++] = (char[]){ONE_THREAD};
    list[kept] = NULL;
    run_again(argv, list);
}

static rlim_t limit_of(int which)
{
    struct rlimit limit;
    return getrlimit(which, &limit) ? RLIM_INFINITY : limit.rlim_cur;
}

static void check_address_space(int argc, char **argv, char **envp)
{
    static char text[] =
        ": less than 384 MiB of address space (ulimit -v, ulimit -d), which OpenBLAS needs\n";
    rlim_t limit = HEED_MIN(limit_of(RLIMIT_AS), limit_of(RLIMIT_DATA));
    (void)argc;
    if (limit == RLIM_INFINITY)
        return;
    if (limit >= ADDRESS_SPACE_MIN) {
        begin_with_one_thread(argv, envp);
        return;
    }
    const char *slash = strrchr(argv[0], '/');
    char *name = slash ? argv[0] + (slash + 1 - argv[0]) : argv[0];
    struct iovec line[] = {{name, strlen(name)}, {text, sizeof(text) - 1}};
    ssize_t ignored = writev(STDERR_FILENO, line, 2);
    (void)ignored;
    _exit(HEED_FAILED);
}

__attribute__((section(".preinit_array"),
               used)) static void (*const preinit)(int, char **, char **) = check_address_space;
#endif
