/* commit.c: a file appears whole or not at all; see io.h.
 *
 *   heed_commit_clean    heed_commit_open    (writes to c->out)    heed_commit_finish | _abort
 *
 * The temporary ".NAME.tmp.PID.RANDOM" stands in the folder of the final file and carries an flock
 * for as long as its writer lives, so heed_commit_clean() knows the dead ones without trusting
 * process numbers. Order: write, fsync, rename, fsync of the folder; an fsync that failed is final,
 * since the kernel may have dropped the pages it could not write.
 *
 *   heed_file_lock_take    heed_file_lock_free
 *
 * ".NAME.lock" stands beside a file that one process alone may write for hours. The lock is the kernel's
 * and ends with its process, however that ends; a file left behind locks nobody out. */
#include "stream/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define SLOTS 16 /* temporaries a process may have open at once */
/* Bytes of NAME inside the temporary's name, which must stay below NAME_MAX. */
#define NAME_CUT 200

/* What a signal handler may touch: descriptors and bytes that
 * were in place before `live` was set. */
static struct {
    _Atomic int live;
    int dir_fd;
    char temp[NAME_MAX + 1];
} slots[SLOTS];

void heed_commit_signal_cleanup(void)
{
    for (int i = 0; i < SLOTS; i++)
        if (slots[i].live) {
            (void)unlinkat(slots[i].dir_fd, slots[i].temp, 0);
            slots[i].live = 0;
        }
}

static void slot_take(int dir_fd, const char *temp)
{
    for (int i = 0; i < SLOTS; i++) {
        if (slots[i].live)
            continue;
        slots[i].dir_fd = dir_fd;
        snprintf(slots[i].temp, sizeof(slots[i].temp), "%s", temp);
        slots[i].live = 1;
        return;
    }
    BUG("more than %d files being written at once", SLOTS);
}

static void slot_free(int dir_fd, const char *temp)
{
    for (int i = 0; i < SLOTS; i++)
        if (slots[i].live && slots[i].dir_fd == dir_fd && strcmp(slots[i].temp, temp) == 0)
            slots[i].live = 0;
}

/* Splits path into an open folder and the name inside it. */
static int open_folder(const char *path, const char **name)
{
    const char *slash = strrchr(path, '/');
    *name = slash ? slash + 1 : path;
    char *folder = !slash          ? heed_xstrdup(".")
                   : slash == path ? heed_xstrdup("/")
                                   : heed_xstrndup(path, (size_t)(slash - path));
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int saved = errno;
    free(folder);
    errno = saved;
    return fd;
}

/* The file to replace: what a symbolic link points to. Devices and pipes cannot be replaced, and
 * renaming over /dev/null as root would succeed. */
static char *resolve(const char *path, struct heed_err *err)
{
    struct stat st;
    if (lstat(path, &st) < 0 && errno == ENOENT)
        return heed_xstrdup(path);
    char *real = realpath(path, NULL);
    if (!real || stat(real, &st) < 0) {
        heed_fail_errno(err, errno, "cannot write %s", path);
    } else if (S_ISDIR(st.st_mode)) {
        heed_fail_errno(err, EISDIR, "cannot write %s", path);
    } else if (!S_ISREG(st.st_mode)) {
        heed_fail(err, "cannot write %s: it is not a regular file", path);
    } else {
        return real;
    }
    free(real);
    return NULL;
}

/* Creates and locks the temporary. Between creation and lock a cleaner may take it for a dead one
 * and remove it; then it has no link left and another is made. */
static int create(struct heed_commit *c, const char *name, struct heed_err *err)
{
    size_t cap = NAME_MAX + 1;
    c->temp = heed_xmalloc(cap);
    for (int tries = 0; tries < 100; tries++) {
        uint64_t random = (uint64_t)tries; /* unless there is better */
        (void)!getrandom(&random, sizeof(random), 0);
        snprintf(c->temp, cap, ".%.*s.tmp.%ld.%016llx", NAME_CUT, name, (long)getpid(),
                 (unsigned long long)random);
        int fd = openat(c->dir_fd, c->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && (errno == EEXIST || errno == EINTR))
            continue;
        if (fd < 0)
            return heed_fail_errno(err, errno, "cannot write %s", c->path);
        struct stat st;
        (void)flock(fd, LOCK_EX); /* a file system without locks has no cleaning either */
        int known = fstat(fd, &st), why = errno;
        if (known == 0 && st.st_nlink > 0)
            return fd;
        close(fd);
        if (known < 0) {
            (void)unlinkat(c->dir_fd, c->temp, 0);
            return heed_fail_errno(err, why, "cannot write %s", c->path);
        }
    }
    return heed_fail(err, "cannot write %s: no temporary file could be made", c->path);
}

int heed_commit_open(struct heed_commit *c, const char *path, struct heed_err *err)
{
    *c = (struct heed_commit){.dir_fd = -1};
    c->path = resolve(path, err);
    if (!c->path)
        return -1;
    const char *name;
    c->dir_fd = open_folder(c->path, &name);
    int fd = -1;
    if (c->dir_fd < 0)
        heed_fail_errno(err, errno, "cannot write %s", path);
    else if (!*name)
        heed_fail(err, "cannot write %s: it names a folder", path);
    else
        fd = create(c, name, err);
    if (fd < 0) {
        if (c->dir_fd >= 0)
            close(c->dir_fd);
        free(c->temp);
        free(c->path);
        *c = (struct heed_commit){.dir_fd = -1};
        return -1;
    }
    slot_take(c->dir_fd, c->temp);
    heed_output_fd(&c->out, fd, c->path);
    return 0;
}

static void commit_release(struct heed_commit *c)
{
    slot_free(c->dir_fd, c->temp);
    close(c->dir_fd);
    free(c->temp);
    free(c->path);
    *c = (struct heed_commit){.dir_fd = -1};
}

static int sync_fd(int fd)
{
    int r;
    do
        r = fsync(fd);
    while (r < 0 && errno == EINTR);
    return r;
}

int heed_commit_finish(struct heed_commit *c, struct heed_err *err)
{
    const char *name = strrchr(c->path, '/') ? strrchr(c->path, '/') + 1 : c->path;
    int result = heed_output_flush(&c->out, err);
    if (result == 0 && sync_fd(c->out.fd) < 0)
        result = heed_fail_errno(err, errno, "cannot write %s", c->path);
    /* The lock goes with the descriptor, so it is closed only after the rename. */
    if (result == 0 && renameat(c->dir_fd, c->temp, c->dir_fd, name) < 0)
        result = heed_fail_errno(err, errno, "cannot rename to %s", c->path);
    if (result < 0) {
        heed_commit_abort(c);
        return -1;
    }
    result = heed_output_close(&c->out, err);
    if (sync_fd(c->dir_fd) < 0 && errno != EINVAL && result == 0)
        result = heed_fail_errno(err, errno, "cannot write the folder of %s", c->path);
    commit_release(c);
    return result;
}

void heed_commit_abort(struct heed_commit *c)
{
    if (c->dir_fd < 0 || !c->temp)
        return;
    struct heed_err ignored = {0};
    (void)unlinkat(c->dir_fd, c->temp, 0);
    c->out.used = 0;
    (void)!heed_output_close(&c->out, &ignored);
    commit_release(c);
}

static void remove_if_dead(int dir_fd, const char *temp)
{
    int fd = openat(dir_fd, temp, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        (void)unlinkat(dir_fd, temp, 0);
    close(fd);
}

void heed_commit_clean(const char *path)
{
    char *real = realpath(path, NULL);
    const char *name;
    int fd = open_folder(real ? real : path, &name);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        if (fd >= 0)
            close(fd);
        free(real);
        return;
    }
    char prefix[NAME_CUT + 8];
    int n = snprintf(prefix, sizeof(prefix), ".%.*s.tmp.", NAME_CUT, name);
    for (struct dirent *e; (e = readdir(dir));) {
        const char *tail = e->d_name + n;
        if (strncmp(e->d_name, prefix, (size_t)n) == 0 && strspn(tail, "0123456789") > 0 &&
            tail[strspn(tail, "0123456789")] == '.')
            remove_if_dead(fd, e->d_name);
    }
    closedir(dir);
    free(real);
}

/* --- one writer for longer than a file takes --- */

enum hold { GONE, OURS, THEIRS, FAILED }; /* GONE: its holder removed it in between */

/* A file system without locks has none: everybody gets them there. */
static enum hold hold(struct heed_file_lock *l, const char *path, struct heed_err *err)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET}, other = whole;
    struct stat st;
    l->fd = openat(l->dir_fd, l->name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (l->fd < 0) {
        heed_fail_errno(err, errno, "cannot write %s", path);
        return FAILED;
    }
    enum hold is = OURS;
    if (fcntl(l->fd, F_SETLK, &whole) && (errno == EAGAIN || errno == EACCES)) {
        bool seen = fcntl(l->fd, F_GETLK, &other) == 0 && other.l_type != F_UNLCK;
        l->holder = seen && other.l_pid > 0 ? other.l_pid : 0;
        is = THEIRS;
    } else if (fstat(l->fd, &st) == 0 && st.st_nlink == 0) {
        is = GONE;
    }
    if (is != OURS)
        close(l->fd);
    return is;
}

static void lock_release(struct heed_file_lock *l)
{
    close(l->dir_fd);
    free(l->name);
    l->name = NULL;
}

int heed_file_lock_take(struct heed_file_lock *l, const char *path, struct heed_err *err)
{
    const char *name;
    enum hold is = GONE;
    *l = (struct heed_file_lock){.fd = -1, .dir_fd = -1};
    char *real = resolve(path, err);
    if (!real)
        return -1;
    l->dir_fd = open_folder(real, &name);
    if (l->dir_fd < 0) {
        heed_fail_errno(err, errno, "cannot write %s", path);
        free(real);
        return -1;
    }
    l->name = heed_xmalloc(NAME_MAX + 1);
    snprintf(l->name, NAME_MAX + 1, ".%.*s.lock", NAME_CUT, name);
    free(real);
    while (is == GONE)
        is = hold(l, path, err);
    if (is == OURS)
        slot_take(l->dir_fd, l->name);
    else
        lock_release(l);
    return is == OURS ? 0 : is == THEIRS ? 1 : -1;
}

void heed_file_lock_free(struct heed_file_lock *l)
{
    if (!l->name)
        return;
    (void)unlinkat(l->dir_fd, l->name, 0); /* while we hold it: nobody else can */
    slot_free(l->dir_fd, l->name);
    close(l->fd);
    lock_release(l);
}
