/* product_kind.h: plugins of kind product at work: one is opened, its numbers are looked at, and it
 * serves the products of training from then on (tensor/gemm.h). Needs the tensor floor. */
#ifndef HEED_PRODUCT_KIND_H
#define HEED_PRODUCT_KIND_H

#include "plugin/loader.h"

/* Whoever changes a process while it makes itself ready, libraries first of all, is put back as
 * guard.c has it, with a warning. The text is looked at. On failure nothing is to be closed. */
int heed_gemm_open(const struct heed_instance *in, void **state,
                   struct heed_err *err) HEED_MUST_USE;

/* Small products of every orientation, of which float holds every sum exactly, against plain loops:
 * of one row and of many, with gaps between rows, added to what was there. */
int heed_gemm_check(const struct heed_gemm *library, void *state,
                    struct heed_err *err) HEED_MUST_USE;

/* The products of training by: "heed", our own kernels; "auto", whoever is best with the kernel set in
 * use (heed_product_server()), but our own where that one cannot be had; else a plugin NAME[:options]
 * or ./path.so[:options]. One that multiplies wrongly is refused. Called once the kernel set is
 * chosen, before the first product and while the process has one thread. */
int heed_products_by(const char *spec, struct heed_err *err) HEED_MUST_USE;
/* The plugin that serves, for the record; NULL: our own kernels. */
const struct heed_instance *heed_products_plugin(void);
/* Back to our own kernels. */
void heed_products_close(void);

#endif
