/* harness.c: main() of every command.
 *
 * Descriptors: data go to a duplicate of fd 1, and fd 1 itself is turned to stderr, since libraries
 * (OpenBLAS for one) print their complaints on stdout. A standard descriptor closed by the caller
 * is opened on /dev/null the wrong way round, so that no file of ours gets its number and using it
 * is an error with a name, not silence. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cli/harness.h"

static int open_closed(void)
{
    static const int mode[] = {O_WRONLY, O_RDONLY, O_WRONLY};
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", mode[fd]) != fd)
            return -1;
    return 0;
}

static int set_descriptors(struct heed_err *err)
{
    if (open_closed())
        return heed_fail_errno(err, errno, "cannot open /dev/null");
    int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    if (fd < 0)
        return heed_fail_errno(err, errno, "cannot duplicate <stdout>");
    dup2(STDERR_FILENO, STDOUT_FILENO);
    heed_output_fd(&heed_cli.out, fd, "<stdout>");
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    heed_cli.out_is_tty = isatty(fd);
    heed_cli.err_is_tty = isatty(STDERR_FILENO);
    heed_cli.color =
        heed_cli.out_is_tty && !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
    return 0;
}

static void take_shared(const struct heed_shared *shared)
{
    heed_cli.quiet = shared->quiet;
    heed_cli.unbuffered = shared->unbuffered;
    heed_cli.stats = shared->stats;
    heed_cli.kernels = heed_option_word(HEED_KERNEL_WORDS, shared->kernels);
    heed_cli.store = shared->store;
    heed_cli.no_store = shared->no_store;
}

/* Answers --help and --version; 1 when it did. */
static int answer(const struct heed_shared *shared, struct heed_err *err)
{
    struct heed_str text = {0};
    if (shared->help != HEED_HELP_UNASKED)
        heed_cli_help(shared->help, &text);
    else if (shared->version)
        heed_cli_version(&text);
    else
        return 0;
    int result = heed_output_write(&heed_cli.out, text.data, text.len, err);
    heed_str_release(&text);
    return result ? -1 : 1;
}

static void warn(const char *text, bool loss)
{
    int quiet = heed_cli.quiet;
    if (loss)
        heed_cli.quiet = 0;
    heed_warn("%s", text);
    heed_cli.quiet = quiet;
}

static int work(void *self, struct heed_err *err)
{
    static struct heed_shared shared; /* kept as self is, for the lists in it */
    if (set_descriptors(err) || heed_cli_parse(&heed_command, self, &shared, err))
        return -1;
    take_shared(&shared);
    /* Before --version too, which names the kernels that would run. */
    if (heed_command.start && shared.help == HEED_HELP_UNASKED &&
        heed_command.start(self, heed_cli.kernels, err))
        return -1;
    int answered = answer(&shared, err);
    if (answered)
        return HEED_MIN(answered, 0);
    heed_cli_signals();
    heed_on_warning(warn);
    return heed_command.run(self, err);
}

/* The one line of a failure, and its exit status. A quiet one was
 * told upstream, or is a reader that left. */
static int report(const struct heed_err *err, bool reader_left)
{
    if (err->status != HEED_QUIET) {
        heed_cli_error_line(err->text);
        return err->status == HEED_USAGE ? HEED_USAGE : HEED_FAILED;
    }
    if (!reader_left)
        return HEED_FAILED;
    if (!heed_cli_pipe_ignored())
        heed_cli_die_of_pipe();
    heed_cli_error_line("cannot write <stdout>: Broken pipe");
    return HEED_FAILED;
}

/* With 2>&1 the line of the failure stands where the stream would be, for a person or a log. */
static bool is_with_errors(int fd)
{
    struct stat data, errors;
    return fstat(fd, &data) == 0 && fstat(STDERR_FILENO, &errors) == 0 &&
           data.st_dev == errors.st_dev && data.st_ino == errors.st_ino;
}

/* The next stage waits for a stream which will not come: it hears why, for without `pipefail` only
 * the last stage's status is seen. */
static void tell_next_stage(const void *self, const struct heed_err *err)
{
    if (err->status != HEED_QUIET && heed_cli.out.fd > 2 && heed_command.refuse &&
        !is_with_errors(heed_cli.out.fd))
        heed_command.refuse(self, err->text);
}

static bool may_exit; /* main() is at its end, or has told why it ends */

/* A plugin or a library that calls exit(0) would be a success without results. */
static void ended_early(void)
{
    if (may_exit)
        return;
    heed_cli_error_line("ended by exit() in a plugin or a library; the results are not whole");
    heed_commit_signal_cleanup();
    _exit(HEED_FAILED);
}

/* No heap is needed for this. */
static void out_of_memory(const char *what, size_t size)
{
    char text[200];
    struct rlimit limit;
    int n = snprintf(text, sizeof(text), "out of memory: %s", what);
    if (size)
        n += snprintf(text + n, sizeof(text) - (size_t)n, ": cannot get %zu bytes", size);
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        snprintf(text + n, sizeof(text) - (size_t)n, " (ulimit -v is %llu)",
                 (unsigned long long)limit.rlim_cur >> 10);
    heed_cli_error_line(text);
    heed_commit_signal_cleanup();
    _exit(HEED_FAILED); /* a library may be in the middle of something: nothing of it is called */
}

/* Where address space is limited, no 64 MiB of it for a heap of each thread. */
static void share_heap(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        mallopt(M_ARENA_MAX, 1);
}

int main(int argc, char **argv)
{
    struct heed_err err = {.status = HEED_FAILED}, closing;
    heed_cli.program = heed_command.name;
    heed_cli.argc = argc;
    heed_cli.argv = argv;
    heed_on_out_of_memory(out_of_memory);
    heed_cli_watch_heap();
    atexit(ended_early);
    share_heap();
    /* Kept to the end with all that hangs on it (lists of options): the process is its owner. */
    static void *self;
    self = heed_xcalloc(1, heed_command.self_size);
    int result = work(self, &err);
    bool reader_left = heed_cli.out.broken;
    if (result < 0)
        tell_next_stage(self, &err);
    /* After a failure the whole results before it still go out; only their own failure is news. */
    if (heed_cli.out.fd > 2 && heed_output_close(&heed_cli.out, &closing) && result == 0) {
        result = -1;
        reader_left = true;
        err = closing;
    }
    heed_progress_done();
    may_exit = true;
    if (result == 0 && heed_cli.interrupted) /* caught, the work saved: the shell is told */
        heed_cli_die_of(heed_cli.interrupted);
    int status = result == 0 ? HEED_OK : report(&err, reader_left);
    if (status && heed_cli.leave)
        heed_cli.leave(status);
    return status;
}
