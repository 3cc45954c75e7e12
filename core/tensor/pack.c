/* pack.c: lays weights out in panels for the packed product (layout in gemm.h).
 *
 *   w [k,n], panels of 4:      a b c d | e f g 0        a panel is one straight walk
 *                              h i j k | l m n 0        through memory:
 *                                                       a b c d h i j k   e f g 0 l m n 0
 *
 * Its transpose is turned in registers, by a kernel (vec_pack.inc). */
#include <string.h>

#include "tensor/gemm.h"
#include "tensor/vec_set.h"

size_t heed_pack_size(int64_t k, int64_t n)
{
    int64_t panel = heed_kernels()->panel, size;
    if (k < 0 || n < 0 || heed_add_overflows(n, panel - 1, &n) ||
        heed_mul_overflows(n / panel * panel, k, &size))
        BUG("weights [%lld,%lld] cannot be packed", (long long)k, (long long)n);
    return (size_t)size;
}

static void copy_panel_row(int64_t panel, const float *w, int64_t width, float *packed)
{
    if (width == panel) {
        for (int64_t j = 0; j < panel; j += 16) /* every panel is a multiple of 16 */
            memcpy(packed + j, w + j, 16 * sizeof(float));
        return;
    }
    memcpy(packed, w, sizeof(float) * (size_t)width);
    memset(packed + width, 0, sizeof(float) * (size_t)(panel - width));
}

#define AT_ONCE 16 /* panels: of wide weights a row is read in long runs */

void heed_pack(int64_t k, int64_t n, const float *w, int64_t ldw, float *packed)
{
    int64_t panel = heed_kernels()->panel;
    for (int64_t from = 0, to; from < n; from = to, packed += AT_ONCE * panel * k) {
        to = HEED_MIN(from + AT_ONCE * panel, n);
        for (int64_t i = 0; i < k; i++) {
            float *at = packed + i * panel;
            for (int64_t column = from; column < to; column += panel, at += k * panel)
                copy_panel_row(panel, w + i * ldw + column, HEED_MIN(panel, n - column), at);
        }
    }
}

void heed_pack_t(int64_t k, int64_t n, const float *w_t, int64_t ldw, float *packed)
{
    heed_kernels()->pack_transposed(k, n, w_t, ldw, packed);
}
