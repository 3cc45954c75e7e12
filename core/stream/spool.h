/* spool.h: bytes that are kept in a file without a name, so that memory need not hold them. The file is gone
 * with the process, however that ends.
 *
 *   heed_spool_open -> heed_spool_write… -> heed_spool_read… -> heed_spool_close */
#ifndef HEED_SPOOL_H
#define HEED_SPOOL_H

#include "base/err.h"

struct heed_spool {
    int fd;
    const char *dir; /* borrowed */
    int64_t size, limit;
    char *buffer; /* NULL: not open */
    size_t used;
};
/* dir NULL: $TMPDIR, or /tmp. limit: bytes; 0: what the disk has room for. */
int heed_spool_open(struct heed_spool *s, const char *dir, int64_t limit,
                    struct heed_err *err) HEED_MUST_USE;
/* Behind what is there. */
int heed_spool_write(struct heed_spool *s, const void *bytes, size_t n,
                     struct heed_err *err) HEED_MUST_USE;
/* n bytes from there on, which have been written. */
int heed_spool_read(struct heed_spool *s, int64_t at, void *dst, size_t n,
                    struct heed_err *err) HEED_MUST_USE;
/* Of one that is all zero: nothing. */
void heed_spool_close(struct heed_spool *s);

#endif
