/* unpack_gzip.c: gzip by zlib; the only file that sees zlib.h. */
#include <zlib.h>
#include "stream/unpack.h"

#define GZIP_ONLY 16 /* behind this the window bits: no bare zlib, no deflate */
#define WINDOW    15

static int fail_code(const z_stream *z, int code, struct heed_err *err)
{
    if (code == Z_MEM_ERROR)
        return heed_fail(err, "no memory to unpack it");
    return heed_fail(err, "damaged%s%s", z->msg ? ": " : "", z->msg ? z->msg : "");
}

static void *open_gzip(struct heed_err *err)
{
    z_stream *z = heed_xcalloc(1, sizeof(*z));
    int code = inflateInit2(z, GZIP_ONLY + WINDOW);
    if (code == Z_OK)
        return z;
    fail_code(z, code, err);
    free(z);
    return NULL;
}

static int step_gzip(void *state, const void *in, size_t *n_in, void *out, size_t *n_out,
                     struct heed_err *err)
{
    z_stream *z = state;
    uInt have = (uInt)HEED_MIN(*n_in, (size_t)1 << 30);
    uInt room = (uInt)HEED_MIN(*n_out, (size_t)1 << 30);
    z->next_in = (Bytef *)in;
    z->avail_in = have;
    z->next_out = out;
    z->avail_out = room;
    int code = inflate(z, Z_NO_FLUSH);
    *n_in = have - z->avail_in;
    *n_out = room - z->avail_out;
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
        return fail_code(z, code, err);
    return code == Z_STREAM_END;
}

static int again_gzip(void *state, struct heed_err *err)
{
    int code = inflateReset(state);
    return code == Z_OK ? 0 : fail_code(state, code, err);
}

static void close_gzip(void *state)
{
    inflateEnd(state);
    free(state);
}

const struct heed_packing heed_packing_gzip = {
    .name = "gzip",
    .padded = true,
    .open = open_gzip,
    .step = step_gzip,
    .again = again_gzip,
    .close = close_gzip,
};
