/* unpack.c: see unpack.h. The compressed input is moved into the unpacker, and `in` begins anew above
 * it:
 *
 *   descriptor -> packed.buffer -> step() of the format -> the buffer of `in` */
#include "stream/unpack.h"

#include <string.h>

static const struct {
    const char *magic;
    size_t n;
    const struct heed_packing *packing;
} kinds[] = {
    {"\x1f\x8b\x08", 3, &heed_packing_gzip},
    {"\xfd"
     "7zXZ\0",
     6, &heed_packing_xz},
    {"\x28\xb5\x2f\xfd", 4, &heed_packing_zstd},
};
struct unpacker {
    struct heed_unpacker base; /* first: callers know it alone */
    struct heed_input packed;
    const struct heed_packing *packing;
    void *state;
    bool between; /* a member has ended, and no other has begun */
    bool full;    /* what step() gave last filled its room: there may be more without reading */
};

/* Begins the input with these bytes? More is read only while those that are there agree; what ends
 * within a magic is told as cut off, not taken for text. */
static int begins(struct heed_input *in, const char *magic, size_t n, struct heed_err *err)
{
    const void *bytes;
    ssize_t have = heed_input_look(in, &bytes, 1, err);
    for (ssize_t want = 2; have > 0 && want <= (ssize_t)n; want++) {
        if (memcmp(bytes, magic, (size_t)have) != 0)
            return 0;
        have = heed_input_look(in, &bytes, (size_t)want, err);
        if (have >= 0 && have < want)
            break;
    }
    if (have < 0)
        return -1;
    return have >= 2 && memcmp(bytes, magic, HEED_MIN((size_t)have, n)) == 0;
}

/* zstd's frames of other data, which pzstd writes first; 16 magics. */
static int begins_skippable(struct heed_input *in, struct heed_err *err)
{
    const void *bytes;
    char magic[] = "\x50\x2a\x4d\x18";
    ssize_t have = heed_input_look(in, &bytes, 1, err);
    if (have <= 0 || (*(const unsigned char *)bytes & 0xf0) != 0x50)
        return have < 0 ? -1 : 0;
    magic[0] = *(const char *)bytes;
    int is = begins(in, magic, 4, err);
    return is == 1 ? heed_input_look(in, &bytes, 4, err) == 4 : is;
}

static int find_packing(struct heed_input *in, const struct heed_packing **packing,
                        struct heed_err *err)
{
    int is = 0;
    for (size_t i = 0; i < HEED_COUNT(kinds) && is == 0; i++) {
        is = begins(in, kinds[i].magic, kinds[i].n, err);
        *packing = kinds[i].packing;
    }
    if (is == 0) {
        is = begins_skippable(in, err);
        *packing = &heed_packing_zstd;
    }
    return is;
}

/* Behind a member: goes over padding. 1: another one begins, 0: the end, -1. */
static int next_member(struct unpacker *u, struct heed_err *err)
{
    const void *byte;
    ssize_t n;
    char zero;
    while ((n = heed_input_look(&u->packed, &byte, 1, err)) > 0) {
        if (*(const char *)byte || !u->packing->padded)
            break;
        if (heed_input_get(&u->packed, &zero, 1, err) < 0)
            return -1;
    }
    if (n <= 0)
        return (int)n;
    const struct heed_packing *packing;
    int is = find_packing(&u->packed, &packing, err);
    if (is < 0)
        return -1;
    if (is == 0 || packing != u->packing)
        return heed_fail(err, "%s: something else stands behind its end", u->packing->name);
    u->between = false;
    return u->packing->again(u->state, err) < 0 ? -1 : 1;
}

/* Unpacks what is there of the compressed bytes; sets *n to what came of it. */
static int step(struct unpacker *u, void *dst, size_t *n, struct heed_err *err)
{
    struct heed_input *in = &u->packed;
    size_t have = in->end - in->start, room = *n;
    const char *at = have ? in->buffer + in->start : "";
    int end = u->packing->step(u->state, at, &have, dst, n, err);
    if (end < 0)
        return heed_err_prefix(err, "%s: ", u->packing->name);
    in->start += have;
    in->offset += have;
    u->between = end == 1;
    u->full = *n == room;
    u->base.waiting = in->start < in->end;
    return 0;
}

static ssize_t read_unpacked(struct heed_unpacker *base, void *dst, size_t n, struct heed_err *err)
{
    struct unpacker *u = (struct unpacker *)base;
    const void *bytes;
    for (;;) {
        int more = u->between ? next_member(u, err) : 1;
        if (more <= 0)
            return more;
        bool reads = !u->full;
        ssize_t have = reads ? heed_input_look(&u->packed, &bytes, 1, err) : 0;
        size_t got = n;
        if (have < 0 || step(u, dst, &got, err) < 0)
            return -1;
        if (got)
            return (ssize_t)got;
        if (reads && have == 0 && !u->between)
            return heed_fail(err, "%s: cut off: its end is missing", u->packing->name);
    }
}

static void close_unpacker(struct heed_unpacker *base)
{
    struct unpacker *u = (struct unpacker *)base;
    u->packing->close(u->state);
    u->packed.fd = -1; /* the input above closes it */
    heed_input_close(&u->packed);
    free(u);
}

int heed_input_unpack(struct heed_input *in, struct heed_err *err)
{
    const struct heed_packing *packing;
    if (in->unpacker)
        return 0;
    int is = find_packing(in, &packing, err);
    if (is <= 0)
        return is < 0 ? heed_err_prefix(err, "%s: ", in->name) : 0;
    void *state = packing->open(err);
    if (!state)
        return heed_err_prefix(err, "%s: %s: ", in->name, packing->name);
    struct unpacker *u = heed_xcalloc(1, sizeof(*u));
    *u = (struct unpacker){.base = {read_unpacked, close_unpacker, true},
                           .packed = *in,
                           .packing = packing,
                           .state = state};
    *in = (struct heed_input){.fd = in->fd, .name = in->name, .unpacker = &u->base};
    return 0;
}
