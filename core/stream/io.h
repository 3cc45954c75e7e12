/* io.h: bytes in and out: a buffered reader and one checked writer over file descriptors, and the
 * commit of a file (temporary in the same folder, write, fsync, rename, fsync of the folder).
 *
 * Every read and write restarts on EINTR, waits on EAGAIN (poll), and survives short counts. */
#ifndef HEED_IO_H
#define HEED_IO_H

#include "base/err.h"
#include "base/str.h"

/* What stands between a descriptor and the buffer: see unpack.h. */
struct heed_unpacker {
    /* 1..n bytes, 0 at the end, or -1. */
    ssize_t (*read)(struct heed_unpacker *u, void *dst, size_t n, struct heed_err *err);
    void (*close)(struct heed_unpacker *u);
    bool waiting; /* it has bytes that were read and not yet used */
};

struct heed_input {
    int fd;
    const char *name; /* for messages: "<stdin>" or the path; borrowed */
    char *buffer;
    size_t start, end, cap;
    uint64_t offset; /* bytes consumed so far */
    bool eof;
    bool too_long; /* heed_input_line() failed for its max: heed_input_skip_line() goes on */
    struct heed_unpacker *unpacker; /* NULL: bytes are taken as they are */
};
/* path NULL or "-": standard input (named <stdin>). Directories, FIFOs that are missing, unreadable
 * files: an error naming path and reason. */
int heed_input_open(struct heed_input *in, const char *path, struct heed_err *err) HEED_MUST_USE;
void heed_input_fd(struct heed_input *in, int fd, const char *name);
/* Reads from n bytes in memory instead of a descriptor (borrowed until the close). */
void heed_input_memory(struct heed_input *in, const void *bytes, size_t n, const char *name);
void heed_input_close(struct heed_input *in);
/* Gives standard input back with what was only looked at: the
 * next open of "-" goes on from there. */
void heed_input_unread(struct heed_input *in);
/* Reads exactly n bytes unless the end comes first; returns bytes read, or -1. */
ssize_t heed_input_read(struct heed_input *in, void *dst, size_t n, struct heed_err *err);
/* Looks at up to n (<= 64) coming bytes without consuming them; returns how many there are. */
ssize_t heed_input_peek(struct heed_input *in, const void **bytes, size_t n, struct heed_err *err);
/* One line without its LF. Returns 1, 0 at the end, -1. A last line without LF counts. Lines longer
 * than max are an error naming the line's start offset. Memory grows only as bytes arrive. */
int heed_input_line(struct heed_input *in, struct heed_str *line, size_t max, struct heed_err *err);
/* Passes over what is left of a line. */
int heed_input_skip_line(struct heed_input *in, struct heed_err *err) HEED_MUST_USE;
/* _read and _peek without the input's name in their messages, for callers which know the place. */
ssize_t heed_input_get(struct heed_input *in, void *dst, size_t n, struct heed_err *err);
ssize_t heed_input_look(struct heed_input *in, const void **bytes, size_t n, struct heed_err *err);
/* True when a whole line or at least one byte can be had without blocking (used to flush early). */
bool heed_input_ready(struct heed_input *in);

struct heed_output {
    int fd;
    const char *name;
    char *buffer;
    size_t used, cap;
    uint64_t written;
    bool broken; /* a write failed; later writes fail at once */
};
void heed_output_fd(struct heed_output *out, int fd, const char *name);
int heed_output_write(struct heed_output *out, const void *bytes, size_t n,
                      struct heed_err *err) HEED_MUST_USE;
/* Makes the next n bytes (up to 1 MiB) leave in one write together with nothing half: flushes when
 * they do not fit behind what waits. */
int heed_output_room(struct heed_output *out, size_t n, struct heed_err *err) HEED_MUST_USE;
int heed_output_flush(struct heed_output *out, struct heed_err *err) HEED_MUST_USE;
/* Flushes and closes; every error is reported (fclose's silence is why stdio is not used here).
 * EPIPE gives HEED_QUIET, and the harness then dies of SIGPIPE where that is not ignored. */
int heed_output_close(struct heed_output *out, struct heed_err *err) HEED_MUST_USE;

/* A file being written beside its final name:
 * ".NAME.tmp.PID.RANDOM", O_EXCL, mode 0666 & ~umask. */
struct heed_commit {
    struct heed_output out;
    char *path, *temp;
    int dir_fd;
};
int heed_commit_open(struct heed_commit *c, const char *path, struct heed_err *err) HEED_MUST_USE;
/* flush, fsync, rename over path, fsync of the folder. On failure the temporary is removed and what
 * stood at path is untouched. */
int heed_commit_finish(struct heed_commit *c, struct heed_err *err) HEED_MUST_USE;
void heed_commit_abort(struct heed_commit *c);
/* Removes stale temporaries of path left by dead processes (flock free). */
void heed_commit_clean(const char *path);
/* The right to write path, for one process at a time and for as long as it lives. path need not be there. Where
 * a file system has no locks, everybody has it. */
struct heed_file_lock {
    int fd, dir_fd;
    char *name;
    long holder; /* the other process; 0: it cannot be seen from here */
};
/* 1: another process has it. */
int heed_file_lock_take(struct heed_file_lock *l, const char *path,
                        struct heed_err *err) HEED_MUST_USE;
/* Of one that is all zero, or was not got: nothing. */
void heed_file_lock_free(struct heed_file_lock *l);
/* Marks the process's temporaries for removal when a signal ends it; called by
 * the harness. Only async-signal-safe calls. */
void heed_commit_signal_cleanup(void);

#endif
