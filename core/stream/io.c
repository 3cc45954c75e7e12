/* io.c: buffered input and output over file descriptors; see io.h.
 *
 *   heed_input_open / _fd / _memory    heed_input_read / _peek / _line / _ready    heed_input_close
 *   heed_output_fd                     heed_output_write / _room / _flush         heed_output_close
 *
 * Input keeps what was read but not taken in buffer[start..end). A large read takes what is there
 * and then goes straight to its destination, so frames are copied once. stdio is not used: its
 * errors come late, at fclose, or never. */
#include "stream/io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INPUT_SIZE  (1u << 16)
#define OUTPUT_SIZE (1u << 16)
#define ROOM_MAX    (1u << 20)

/* --- input --- */

/* A wider pipe moves a 1 MiB frame in one read in place of 16;
 * that it may be refused is no matter. */
static void widen_pipe(int fd)
{
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode))
        (void)!fcntl(fd, F_SETPIPE_SZ, 1 << 20);
}

void heed_input_fd(struct heed_input *in, int fd, const char *name)
{
    *in = (struct heed_input){.fd = fd, .name = name};
    widen_pipe(fd);
}

void heed_input_memory(struct heed_input *in, const void *bytes, size_t n, const char *name)
{
    *in = (struct heed_input){.fd = -1, .name = name, .eof = true};
    in->buffer = (char *)bytes; /* cap 0: never written to and not ours to free */
    in->end = n;
}

/* Standard input that somebody looked into and gave back; the next open goes on from there. */
static struct heed_input given_back = {.fd = -1};

void heed_input_unread(struct heed_input *in)
{
    given_back = *in;
    *in = (struct heed_input){.fd = -1, .name = in->name, .eof = true};
}

int heed_input_open(struct heed_input *in, const char *path, struct heed_err *err)
{
    if (!path || strcmp(path, "-") == 0) {
        if (given_back.fd == STDIN_FILENO) {
            *in = given_back;
            given_back.fd = -1;
        } else {
            heed_input_fd(in, STDIN_FILENO, "<stdin>");
        }
        return 0;
    }
    *in = (struct heed_input){.fd = -1, .name = path};
    int fd;
    do
        fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd < 0 && errno == EINTR);
    if (fd < 0)
        return heed_fail_errno(err, errno, "cannot open %s", path);
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        close(fd);
        return heed_fail_errno(err, EISDIR, "cannot read %s", path);
    }
    heed_input_fd(in, fd, path);
    return 0;
}

void heed_input_close(struct heed_input *in)
{
    if (in->unpacker)
        in->unpacker->close(in->unpacker);
    if (in->cap)
        free(in->buffer);
    if (in->fd > STDIN_FILENO)
        close(in->fd);
    *in = (struct heed_input){.fd = -1, .name = in->name, .eof = true};
}

static void wait_for(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};
    (void)poll(&p, 1, -1);
}

/* One read of 1..n bytes. Sets eof at the end, which stays the
 * end: a terminal is not asked twice. */
static ssize_t read_some(struct heed_input *in, void *dst, size_t n, struct heed_err *err)
{
    while (!in->eof) {
        ssize_t got = in->unpacker ? in->unpacker->read(in->unpacker, dst, n, err)
                                   : read(in->fd, dst, HEED_MIN(n, (size_t)1 << 30));
        if (got > 0 || (got < 0 && in->unpacker))
            return got;
        if (got == 0)
            in->eof = true;
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            wait_for(in->fd, POLLIN);
        else if (errno != EINTR)
            return heed_fail_errno(err, errno, "cannot read");
    }
    return 0;
}

/* Reads once behind what the buffer holds; 0 at the end. */
static ssize_t fill(struct heed_input *in, size_t want, struct heed_err *err)
{
    if (in->eof)
        return 0;
    if (in->start == in->end)
        in->start = in->end = 0;
    if (in->cap - in->start < want || in->end == in->cap) {
        if (in->start) {
            memmove(in->buffer, in->buffer + in->start, in->end - in->start);
            in->end -= in->start;
            in->start = 0;
        }
        if (in->cap < want || in->end == in->cap) {
            size_t cap = HEED_MAX(HEED_MAX(in->cap * 2, want), INPUT_SIZE);
            in->buffer = heed_xrealloc(in->buffer, cap, 1);
            in->cap = cap;
        }
    }
    ssize_t got = read_some(in, in->buffer + in->end, in->cap - in->end, err);
    if (got > 0)
        in->end += (size_t)got;
    return got;
}

ssize_t heed_input_get(struct heed_input *in, void *dst, size_t n, struct heed_err *err)
{
    size_t done = 0;
    while (done < n) {
        size_t have = HEED_MIN(in->end - in->start, n - done);
        ssize_t got = (ssize_t)have;
        if (have) {
            memcpy((char *)dst + done, in->buffer + in->start, have);
            in->start += have;
        } else if (n - done >= INPUT_SIZE) {
            got = read_some(in, (char *)dst + done, n - done, err);
        } else {
            got = fill(in, 1, err);
            if (got > 0)
                continue;
        }
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        done += (size_t)got;
        in->offset += (size_t)got;
    }
    return (ssize_t)done;
}

ssize_t heed_input_look(struct heed_input *in, const void **bytes, size_t n, struct heed_err *err)
{
    while (in->end - in->start < n) {
        ssize_t got = fill(in, n, err);
        if (got < 0)
            return -1;
        if (got == 0)
            break;
    }
    *bytes = in->buffer ? in->buffer + in->start : "";
    return (ssize_t)HEED_MIN(in->end - in->start, n);
}

ssize_t heed_input_read(struct heed_input *in, void *dst, size_t n, struct heed_err *err)
{
    ssize_t got = heed_input_get(in, dst, n, err);
    return got < 0 ? heed_err_prefix(err, "%s: ", in->name) : got;
}

ssize_t heed_input_peek(struct heed_input *in, const void **bytes, size_t n, struct heed_err *err)
{
    ssize_t got = heed_input_look(in, bytes, n, err);
    return got < 0 ? heed_err_prefix(err, "%s: ", in->name) : got;
}

int heed_input_line(struct heed_input *in, struct heed_str *line, size_t max, struct heed_err *err)
{
    uint64_t begin = in->offset;
    heed_str_clear(line);
    for (;;) {
        size_t have = in->end - in->start;
        const char *at = have ? in->buffer + in->start : NULL;
        const char *lf = have ? memchr(at, '\n', have) : NULL;
        size_t n = lf ? (size_t)(lf - at) : have;
        in->too_long = n > max - line->len;
        if (in->too_long)
            return heed_fail(err, "%s: line at byte %llu is longer than %zu bytes", in->name,
                             (unsigned long long)begin, max);
        heed_str_add(line, at ? at : "", n);
        in->start += n + (lf != NULL);
        in->offset += n + (lf != NULL);
        if (lf)
            return 1;
        ssize_t got = fill(in, 1, err);
        if (got < 0)
            return heed_err_prefix(err, "%s: ", in->name);
        if (got == 0)
            return in->offset > begin;
    }
}

int heed_input_skip_line(struct heed_input *in, struct heed_err *err)
{
    for (;;) {
        size_t have = in->end - in->start;
        const char *lf = have ? memchr(in->buffer + in->start, '\n', have) : NULL;
        size_t n = lf ? (size_t)(lf - (in->buffer + in->start)) + 1 : have;
        in->start += n;
        in->offset += n;
        if (lf)
            return 0;
        ssize_t got = fill(in, 1, err);
        if (got < 0)
            return heed_err_prefix(err, "%s: ", in->name);
        if (got == 0)
            return 0;
    }
}

bool heed_input_ready(struct heed_input *in)
{
    if (in->start < in->end || in->eof || (in->unpacker && in->unpacker->waiting))
        return true;
    struct pollfd p = {.fd = in->fd, .events = POLLIN};
    return poll(&p, 1, 0) > 0;
}

/* --- output --- */

void heed_output_fd(struct heed_output *out, int fd, const char *name)
{
    *out = (struct heed_output){.fd = fd, .name = name};
    widen_pipe(fd);
}

/* The reason is told once; whoever goes on writing fails without a second line. */
static int write_failed(struct heed_output *out, int errnum, struct heed_err *err)
{
    out->broken = true;
    heed_fail_errno(err, errnum, "cannot write %s", out->name);
    if (errnum == EPIPE)
        err->status = HEED_QUIET;
    return -1;
}

static int write_all(struct heed_output *out, const char *bytes, size_t n, struct heed_err *err)
{
    while (n) {
        ssize_t put = write(out->fd, bytes, HEED_MIN(n, (size_t)1 << 30));
        if (put >= 0) {
            bytes += put;
            n -= (size_t)put;
            out->written += (uint64_t)put;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            wait_for(out->fd, POLLOUT);
        } else if (errno != EINTR) {
            return write_failed(out, errno, err);
        }
    }
    return 0;
}

static int refuse_broken(struct heed_output *out, struct heed_err *err)
{
    heed_fail(err, "cannot write %s: an earlier write failed", out->name);
    err->status = HEED_QUIET;
    return -1;
}

int heed_output_flush(struct heed_output *out, struct heed_err *err)
{
    if (out->broken)
        return refuse_broken(out, err);
    size_t used = out->used;
    out->used = 0;
    return write_all(out, out->buffer, used, err);
}

static void widen(struct heed_output *out, size_t cap)
{
    if (out->cap >= cap)
        return;
    out->buffer = heed_xrealloc(out->buffer, cap, 1);
    out->cap = cap;
}

int heed_output_room(struct heed_output *out, size_t n, struct heed_err *err)
{
    if (n > out->cap && n <= ROOM_MAX)
        widen(out, n <= OUTPUT_SIZE ? OUTPUT_SIZE : ROOM_MAX);
    return n > out->cap - out->used && out->used ? heed_output_flush(out, err) : 0;
}

int heed_output_write(struct heed_output *out, const void *bytes, size_t n, struct heed_err *err)
{
    if (out->broken)
        return refuse_broken(out, err);
    widen(out, OUTPUT_SIZE);
    if (n > out->cap - out->used) {
        if (heed_output_flush(out, err) < 0)
            return -1;
        if (n >= out->cap)
            return write_all(out, bytes, n, err);
    }
    if (n)
        memcpy(out->buffer + out->used, bytes, n);
    out->used += n;
    return 0;
}

int heed_output_close(struct heed_output *out, struct heed_err *err)
{
    int result = heed_output_flush(out, err);
    /* Linux frees the descriptor also when close reports EINTR; a
     * second call could hit another's. */
    if (out->fd >= 0 && close(out->fd) < 0 && errno != EINTR && result == 0)
        result = write_failed(out, errno, err);
    free(out->buffer);
    *out = (struct heed_output){.fd = -1, .name = out->name, .broken = true};
    return result;
}
