/* unpack.h: input compressed by gzip, xz or zstd, read as what it holds.
 *
 * It is known by its first bytes, not by a name. Members one behind the other are read as one, as the
 * programs do. Memory is bounded: 256 MiB for what the format looks back on, as far as its default
 * settings go (xz -9: 65 MiB, zstd --ultra -22: 128 MiB). */
#ifndef HEED_UNPACK_H
#define HEED_UNPACK_H

#include "stream/io.h"

/* Looks at the coming bytes, waiting only for those of a magic that has begun; where they are
 * compressed, `in` gives what they hold from now on, and its offset counts that. What is damaged or cut
 * off fails when it is read: "gzip: …". Does nothing where `in` is unpacked already. */
int heed_input_unpack(struct heed_input *in, struct heed_err *err) HEED_MUST_USE;

/* One format; unpack_NAME.c wraps its library. */
struct heed_packing {
    const char *name;
    bool padded; /* zero bytes may stand behind a member */
    /* NULL with err when it cannot begin. */
    void *(*open)(struct heed_err *err);
    /* Takes up to *n_in bytes of in and writes up to *n_out; both become what was taken and written.
     * Returns 1 at the end of a member, else 0, or -1 with err. */
    int (*step)(void *state, const void *in, size_t *n_in, void *out, size_t *n_out,
                struct heed_err *err);
    int (*again)(void *state, struct heed_err *err); /* for the next member */
    void (*close)(void *state);
};
extern const struct heed_packing heed_packing_gzip, heed_packing_xz, heed_packing_zstd;

#endif
