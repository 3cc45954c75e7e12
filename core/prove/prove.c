/* prove.c: the child process of `plugins --check`, and the parent, which hears what holds.
 *
 * The child's lines are world.c's. What the parent has not heard of when the child is gone, or when
 * time is up, is told by how it ended. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "prove/parts.h"

/* --- in the child --- */

static void run_child(struct check *c, const char *spec)
{
    struct heed_err err = {0};
    heed_check_tell(c, '>', "loads");
    /* 0: any kind, by its full name */
    if (heed_instance_open(&c->in, (enum heed_plugin_kind)0, spec, true, heed_host_table(), &err) <
        0) {
        heed_check_tell(c, '-', err.text);
        heed_check_tell(c, '=', "");
        return;
    }
    heed_check_tell(c, '+', "");
    switch (c->in.plugin->kind) {
    case HEED_KIND_SCORE:
        heed_check_score(c);
        break;
    case HEED_KIND_CELL:
        heed_check_cell(c);
        break;
    case HEED_KIND_TOKENIZER:
        heed_check_tokenizer(c);
        break;
    case HEED_KIND_PRODUCT:
        heed_check_product(c);
        break;
    case HEED_KIND_REDUCE:
        heed_check_reduce(c);
        break;
    }
    heed_instance_close(&c->in);
    heed_check_tell(c, '=', "");
}

/* --- in the parent --- */

struct parent {
    int fd;
    struct heed_str text;
    char property[200]; /* being tried, or "" */
    bool ended;
    int n_failed;
    heed_check_line *line;
    void *ctx;
};

static void report(struct parent *p, const char *reason)
{
    p->n_failed += reason != NULL;
    p->line(p->ctx, p->property[0] ? p->property : "ends", reason);
    p->property[0] = '\0';
}

static void take_line(struct parent *p, const char *line)
{
    if (line[0] == '>')
        snprintf(p->property, sizeof(p->property), "%s", line + 1);
    else if (line[0] == '+' || line[0] == '-')
        report(p, line[0] == '-' ? line + 1 : NULL);
    else
        p->ended = true;
}

/* Reads lines until the child closes its end (true) or time is up (false). */
static bool listen_to(struct parent *p, double seconds)
{
    double end = heed_seconds() + seconds;
    char buffer[4096];
    for (;;) {
        double left = end - heed_seconds();
        struct pollfd fd = {.fd = p->fd, .events = POLLIN};
        if (left <= 0.0)
            return false;
        if (poll(&fd, 1, (int)(left * 1000.0) + 1) <= 0)
            continue;
        ssize_t n = read(p->fd, buffer, sizeof(buffer));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return true;
        heed_str_add(&p->text, buffer, (size_t)n);
        for (char *lf; (lf = strchr(p->text.data, '\n'));) {
            *lf = '\0';
            take_line(p, p->text.data);
            size_t used = (size_t)(lf - p->text.data) + 1;
            memmove(p->text.data, lf + 1, p->text.len - used + 1);
            p->text.len -= used;
        }
    }
}

static void report_end(struct parent *p, bool in_time, double seconds, int status)
{
    struct heed_str reason = {0};
    if (!in_time)
        heed_str_printf(&reason, "did not end within %g s", seconds);
    else if (WIFSIGNALED(status))
        heed_str_printf(&reason, "ended by signal %d (%s)", WTERMSIG(status),
                        strsignal(WTERMSIG(status)));
    else
        heed_str_printf(&reason, "ended the process with status %d", WEXITSTATUS(status));
    report(p, reason.data);
    heed_str_release(&reason);
}

int heed_plugin_check(const char *spec, double seconds, heed_check_line *line, void *ctx,
                      struct heed_err *err)
{
    int fds[2], status = 0;
    if (pipe(fds) < 0)
        return heed_fail_errno(err, errno, "cannot make a pipe");
    fflush(NULL);
    pid_t child = fork();
    if (child < 0) {
        close(fds[0]);
        close(fds[1]);
        return heed_fail_errno(err, errno, "cannot make a process");
    }
    if (child == 0) {
        struct check c = {.fd = fds[1]};
        close(fds[0]);
        run_child(&c, spec);
        _exit(HEED_OK);
    }
    close(fds[1]);
    struct parent p = {.fd = fds[0], .line = line, .ctx = ctx};
    bool in_time = listen_to(&p, seconds);
    if (!in_time)
        kill(child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    close(fds[0]);
    if (!p.ended)
        report_end(&p, in_time, seconds, status);
    heed_str_release(&p.text);
    return p.n_failed;
}
