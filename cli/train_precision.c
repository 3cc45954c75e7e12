/* train_precision.c: --precision: what auto means here, settled once, and what bf16 costs where it has no
 * instruction. */
#include <string.h>

#include "cli/train.h"
#include "plugin/product_kind.h"
#include "tensor/bf16.h"

#define WORTH 1.2 /* times as fast in products, so that a training shows it */

static enum heed_precision found(void)
{
    if (heed_products_plugin()) {
        heed_note("precision fp32: it is that of --product");
        return HEED_PRECISION_FP32;
    }
    if (!heed_bf16_native()) {
        heed_note("precision fp32: there is no instruction for bf16 here");
        return HEED_PRECISION_FP32;
    }
    double times = heed_bf16_speedup();
    if (times < WORTH) {
        heed_note("precision fp32: products of bf16 are no more than %.2f times as fast here",
                  times);
        return HEED_PRECISION_FP32;
    }
    heed_note("precision bf16: its products are %.2f times as fast as those of fp32 here", times);
    return HEED_PRECISION_BF16;
}

int train_settle_precision(struct train *self, struct heed_err *err)
{
    enum heed_precision *precision = &self->train.precision;
    bool named = strcmp(self->product, "auto") != 0 && heed_products_plugin();
    if (named && *precision == HEED_PRECISION_BF16)
        return heed_usage(err, "--product %s computes in fp32, not with --precision bf16",
                          self->product);
    if (*precision == HEED_PRECISION_AUTO)
        *precision = found();
    else if (*precision == HEED_PRECISION_BF16 && !heed_bf16_native())
        heed_note("precision bf16: there is no instruction for it here; the same numbers come "
                  "more slowly (%s)",
                  heed_bf16()->name);
    return 0;
}
