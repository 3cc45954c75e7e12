/* tensor.c: what the harness does for programs that compute. Linked by them only (cli/local.mk), so
 * that the others need no product library; harness.c sees these functions as weak.
 *
 * OpenBLAS reserves memory in its constructor and spins for ever where the address space is limited
 * too tightly, before main() could say anything: the check stands in .preinit_array, which
 * runs before the constructors of shared libraries. */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>
#include "cli/harness.h"
#include "tensor/gemm.h"
#include "tensor/vec.h"

#define ADDRESS_SPACE_MIN ((rlim_t)512 << 20)

/* What OpenBLAS had chosen, in the process that begins again with a better choice. */
#define CHOSEN "HEED_OPENBLAS_CHOSE"

/* OpenBLAS chooses its kernels once, while it is loaded. Where it took the CPU for less than it is,
 * the program begins again, with the better core type in the environment: some milliseconds, and
 * only on such machines. $OPENBLAS_CORETYPE of the user's own always holds. Where an exec fails we
 * go on as we are, slower. */
static void begin_with(const char *core, const char *chosen)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n <= 0)
        return;
    path[n] = '\0';
    if (core)
        setenv("OPENBLAS_CORETYPE", core, 1);
    else
        unsetenv("OPENBLAS_CORETYPE");
    setenv(CHOSEN, chosen, 1);
    dup2(heed_cli.out.fd, STDOUT_FILENO);
    execv(path, heed_cli.argv);
    dup2(STDERR_FILENO, STDOUT_FILENO);
}

static char openblas_chose[32];

static int choose_core(struct heed_err *err)
{
    const char *chosen = getenv(CHOSEN), *better;
    if (!chosen) {
        better = getenv("OPENBLAS_CORETYPE") ? NULL : heed_gemm_better_core();
        if (better)
            begin_with(better, heed_gemm_core());
        return heed_gemm_check(err);
    }
    if (getenv("OPENBLAS_CORETYPE") && heed_gemm_check(err))
        begin_with(NULL, ""); /* wrong numbers: its own choice after all */
    snprintf(openblas_chose, sizeof openblas_chose, "%s", chosen);
    unsetenv(CHOSEN);
    return heed_gemm_check(err);
}

int heed_cli_tensor_start(const char *kernels, struct heed_err *err)
{
    if (heed_vec_select(kernels, err))
        return heed_err_prefix(err, "option --kernels: ");
    return heed_gemm_init(err) || choose_core(err) ? -1 : 0;
}

void heed_cli_tensor_version(struct heed_str *out)
{
    heed_str_printf(out, "%s", heed_build_info());
    if (openblas_chose[0])
        heed_str_printf(out, " (chosen by heed; OpenBLAS took this CPU for %s)", openblas_chose);
    heed_str_add_char(out, '\n');
}

#ifndef __SANITIZE_ADDRESS__
static void check_address_space(int argc, char **argv, char **envp)
{
    static char text[] = ": address space limit (ulimit -v) below 512 MiB\n";
    struct rlimit limit;
    (void)argc;
    (void)envp;
    if (getrlimit(RLIMIT_AS, &limit) || limit.rlim_cur >= ADDRESS_SPACE_MIN)
        return;
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
