/* tensor.c: what the harness does for programs that compute. Linked by them only (cli/local.mk), so
 * that the others need no product library; harness.c sees these functions as weak.
 *
 * OpenBLAS reserves memory in its constructor and spins for ever where the address space is limited
 * too tightly, before main() could say anything: the check stands in .preinit_array, which
 * runs before the constructors of shared libraries. */
#include <string.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>
#include "cli/harness.h"
#include "tensor/gemm.h"
#include "tensor/vec.h"

#define ADDRESS_SPACE_MIN ((rlim_t)512 << 20)

int heed_cli_tensor_start(const char *kernels, struct heed_err *err)
{
    if (heed_vec_select(kernels, err))
        return heed_err_prefix(err, "option --kernels: ");
    return heed_gemm_init(err);
}

void heed_cli_tensor_version(struct heed_str *out)
{
    heed_str_printf(out, "%s\n", heed_build_info());
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
