/* unpack_zstd.c: zstd by libzstd, whose own limit of 128 MiB for the window holds; the only file that
 * sees zstd.h. */
#include <zstd.h>
#include "stream/unpack.h"

static int fail_code(size_t code, struct heed_err *err)
{
    return heed_fail(err, "damaged, or beyond the limits of libzstd: %s", ZSTD_getErrorName(code));
}

static void *open_zstd(struct heed_err *err)
{
    ZSTD_DCtx *z = ZSTD_createDCtx();
    if (!z)
        heed_fail(err, "no memory to unpack it");
    return z;
}

static int step_zstd(void *state, const void *in, size_t *n_in, void *out, size_t *n_out,
                     struct heed_err *err)
{
    ZSTD_inBuffer from = {in, *n_in, 0};
    ZSTD_outBuffer to = {out, *n_out, 0};
    size_t left = ZSTD_decompressStream(state, &to, &from);
    *n_in = from.pos;
    *n_out = to.pos;
    return ZSTD_isError(left) ? fail_code(left, err) : left == 0;
}

static int again_zstd(void *state, struct heed_err *err)
{
    size_t code = ZSTD_DCtx_reset(state, ZSTD_reset_session_only);
    return ZSTD_isError(code) ? fail_code(code, err) : 0;
}

static void close_zstd(void *state)
{
    ZSTD_freeDCtx(state);
}

const struct heed_packing heed_packing_zstd = {
    .name = "zstd",
    .padded = false,
    .open = open_zstd,
    .step = step_zstd,
    .again = again_zstd,
    .close = close_zstd,
};
