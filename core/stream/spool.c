/* spool.c: see spool.h. The file never has a name where the system can do that, else for the moment
 * between its making and its removal. */
#include "stream/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"

#define BUFFER ((size_t)1 << 18)

static int nameless(const char *dir)
{
    int fd = -1;
#ifdef O_TMPFILE
    fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT))
        return fd;
#endif
    struct heed_str path = {0};
    heed_str_printf(&path, "%s/.heed-spool.XXXXXX", dir);
    fd = mkstemp(path.data);
    if (fd >= 0) {
        unlink(path.data);
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
    heed_str_release(&path);
    return fd;
}

int heed_spool_open(struct heed_spool *s, const char *dir, int64_t limit, struct heed_err *err)
{
    const char *usual = getenv("TMPDIR");
    *s = (struct heed_spool){.dir = dir, .limit = limit};
    if (!dir)
        s->dir = usual && *usual ? usual : "/tmp";
    s->fd = nameless(s->dir);
    if (s->fd < 0)
        return heed_fail_errno(err, errno, "cannot make a spool in %s (--spool names another)",
                               s->dir);
    s->buffer = heed_xmalloc(BUFFER);
    return 0;
}

static int flush(struct heed_spool *s, struct heed_err *err)
{
    size_t done = 0;
    while (done < s->used) {
        ssize_t n = write(s->fd, s->buffer + done, s->used - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return heed_fail_errno(err, n < 0 ? errno : ENOSPC,
                                   "spool in %s, %lld bytes (--spool names another place)", s->dir,
                                   (long long)s->size);
        done += (size_t)n;
    }
    s->used = 0;
    return 0;
}

int heed_spool_write(struct heed_spool *s, const void *bytes, size_t n, struct heed_err *err)
{
    const char *from = bytes;
    s->size += (int64_t)n;
    if (s->limit > 0 && s->size > s->limit)
        return heed_fail(err, "the pairs take more than --spool-limit, %lld bytes, in %s",
                         (long long)s->limit, s->dir);
    while (n) {
        size_t part = HEED_MIN(n, BUFFER - s->used);
        memcpy(s->buffer + s->used, from, part);
        s->used += part;
        from += part;
        n -= part;
        if (s->used == BUFFER && flush(s, err))
            return -1;
    }
    return 0;
}

int heed_spool_read(struct heed_spool *s, int64_t at, void *dst, size_t n, struct heed_err *err)
{
    char *to = dst;
    if (at < 0 || at > s->size || (int64_t)n > s->size - at)
        BUG("%zu bytes at %lld of a spool of %lld", n, (long long)at, (long long)s->size);
    if (flush(s, err))
        return -1;
    while (n) {
        ssize_t got = pread(s->fd, to, n, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return heed_fail_errno(err, got < 0 ? errno : EIO, "cannot read the spool in %s",
                                   s->dir);
        to += got;
        at += got;
        n -= (size_t)got;
    }
    return 0;
}

void heed_spool_close(struct heed_spool *s)
{
    if (s->buffer)
        close(s->fd);
    free(s->buffer);
    *s = (struct heed_spool){0};
}
