/* kernels.c: the start of commands that compute: the set of vector kernels is chosen before the first
 * worker, and before weights are packed for it. */
#include "cli/cli.h"
#include "tensor/gemm.h"
#include "tensor/vec.h"

int heed_start_kernels(const void *self, const char *kernels, struct heed_err *err)
{
    (void)self;
    if (heed_vec_select(kernels, err))
        return heed_err_prefix(err, "option --kernels: ");
    heed_cli.build = heed_build_info();
    return 0;
}
