/* unpack_xz.c: xz by liblzma; the only file that sees lzma.h. */
#include <lzma.h>
#include "stream/unpack.h"

#define MEMORY_MAX ((uint64_t)256 << 20)

static int fail_code(lzma_ret code, struct heed_err *err)
{
    switch (code) {
    case LZMA_MEM_ERROR:
        return heed_fail(err, "no memory to unpack it");
    case LZMA_MEMLIMIT_ERROR:
        return heed_fail(err, "wants more than %llu MiB to be unpacked; put `xz -dc` in front",
                         (unsigned long long)(MEMORY_MAX >> 20));
    case LZMA_OPTIONS_ERROR:
        return heed_fail(err, "was packed by an option that this liblzma does not know");
    default:
        return heed_fail(err, "damaged");
    }
}

static int again_xz(void *state, struct heed_err *err)
{
    lzma_ret code = lzma_stream_decoder(state, MEMORY_MAX, 0);
    return code == LZMA_OK ? 0 : fail_code(code, err);
}

static void close_xz(void *state)
{
    lzma_end(state);
    free(state);
}

static void *open_xz(struct heed_err *err)
{
    lzma_stream *s = heed_xcalloc(1, sizeof(*s));
    *s = (lzma_stream)LZMA_STREAM_INIT;
    if (again_xz(s, err) == 0)
        return s;
    close_xz(s);
    return NULL;
}

static int step_xz(void *state, const void *in, size_t *n_in, void *out, size_t *n_out,
                   struct heed_err *err)
{
    lzma_stream *s = state;
    size_t have = *n_in, room = *n_out;
    s->next_in = in;
    s->avail_in = have;
    s->next_out = out;
    s->avail_out = room;
    lzma_ret code = lzma_code(s, LZMA_RUN);
    *n_in = have - s->avail_in;
    *n_out = room - s->avail_out;
    if (code != LZMA_OK && code != LZMA_STREAM_END && code != LZMA_BUF_ERROR)
        return fail_code(code, err);
    return code == LZMA_STREAM_END;
}

const struct heed_packing heed_packing_xz = {
    .name = "xz",
    .padded = true,
    .open = open_xz,
    .step = step_xz,
    .again = again_xz,
    .close = close_xz,
};
