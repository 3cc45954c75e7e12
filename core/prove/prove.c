/* prove.c: the child process of `plugins --check`, its lines to
 * the parent, and what the checks share.
 *
 * A line is "> property" when something is tried, then "+" or "- reason"; "="
 * ends the report. What the parent has not heard of when the child is gone, or
 * when time is up, is told by how it ended. */
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/rng.h"
#include "prove/parts.h"

#define ARENA ((size_t)1 << 30)

/* --- in the child --- */

static void tell(struct check *c, char mark, const char *text)
{
    struct heed_str line = {0};
    heed_str_printf(&line, "%c%s\n", mark, text);
    if (write(c->fd, line.data, line.len) != (ssize_t)line.len)
        _exit(HEED_FAILED);
    heed_str_release(&line);
}

void heed_check_try(struct check *c, const char *property, check_fn *fn)
{
    struct heed_err err = {0};
    tell(c, '>', property);
    if (fn(c, &err) < 0)
        tell(c, '-', err.text);
    else
        tell(c, '+', "");
}

static void run_child(struct check *c, const char *spec)
{
    struct heed_err err = {0};
    tell(c, '>', "loads");
    /* 0: any kind, by its full name */
    if (heed_instance_open(&c->in, (enum heed_plugin_kind)0, spec, true, heed_host_table(), &err) <
        0) {
        tell(c, '-', err.text);
        tell(c, '=', "");
        return;
    }
    tell(c, '+', "");
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
    }
    heed_instance_close(&c->in);
    tell(c, '=', "");
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

/* --- what the checks share --- */

int heed_check_world_open(struct check_world *w, struct check *c, int64_t query_width,
                          int64_t key_width, int64_t hidden, struct heed_err *err)
{
    const struct heed_plugin *plugin = c->in.plugin;
    struct heed_setup setup = {.size = sizeof(setup),
                               .params = &w->params,
                               .prefix = plugin->name,
                               .query_width = query_width,
                               .key_width = key_width,
                               .input_width = hidden,
                               .hidden = hidden,
                               .heads = 1};
    memset(w, 0, sizeof(*w));
    heed_arena_init(&w->model, "model", ARENA);
    heed_arena_init(&w->step, "step", ARENA);
    heed_params_init(&w->params, &w->model);
    heed_tape_init(&w->tape, &w->step, &w->params);
    heed_tape_guard(&w->tape);
    w->plugin = plugin;
    w->self = heed_xcalloc(1, plugin->self_size + 1);
    memcpy(w->self, c->in.self, plugin->self_size);
    int (*prepare)(void *, struct heed_setup *, struct heed_err *) =
        plugin->kind == HEED_KIND_SCORE ? ((const struct heed_score *)plugin)->setup
                                        : ((const struct heed_cell *)plugin)->setup;
    if (prepare && prepare(w->self, &setup, err) < 0) {
        if (!err->text[0])
            heed_fail(err, "setup fails without a message");
        heed_check_world_close(w);
        return -1;
    }
    heed_params_fill(&w->params, 1);
    heed_params_train(&w->params, 1);
    return 0;
}

void heed_check_world_close(struct check_world *w)
{
    heed_tape_release(&w->tape);
    heed_params_release(&w->params);
    heed_arena_free(&w->model);
    heed_arena_free(&w->step);
    free(w->self);
}

int heed_check_world_end(struct check_world *w, struct heed_err *err)
{
    if (heed_tape_failed(&w->tape, err))
        return -1;
    return heed_tape_guard_check(&w->tape, err);
}

float *heed_check_numbers(int64_t n, uint64_t seed)
{
    struct heed_rng rng;
    float *x = heed_xcalloc((size_t)n + 1, sizeof(*x));
    heed_rng_seed(&rng, seed, 77);
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)heed_rng_normal(&rng);
    return x;
}

int heed_check_finite(const char *what, const float *x, int64_t n, struct heed_err *err)
{
    for (int64_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return heed_fail(err, "%s: number %lld of %lld is %s", what, (long long)i, (long long)n,
                             isnan(x[i]) ? "NaN, or was never written" : "infinite");
    return 0;
}

int heed_check_equal(const char *what, const float *now_, const float *before, int64_t n,
                     const char *why, struct heed_err *err)
{
    for (int64_t i = 0; i < n; i++)
        if (memcmp(&now_[i], &before[i], sizeof(float)))
            return heed_fail(err, "%s: number %lld is %.9g, was %.9g: %s", what, (long long)i,
                             (double)now_[i], (double)before[i], why);
    return 0;
}

int heed_check_shape(const char *what, const struct heed_tensor *x, int rank, const int64_t *dims,
                     struct heed_err *err)
{
    struct heed_str want = {0}, got = {0};
    bool good = x && x->rank == rank;
    for (int i = 0; i < rank; i++) {
        good = good && x->dims[i] == dims[i];
        heed_str_printf(&want, "%s%lld", i ? "x" : "", (long long)dims[i]);
    }
    for (int i = 0; x && i < x->rank; i++)
        heed_str_printf(&got, "%s%lld", i ? "x" : "", (long long)x->dims[i]);
    if (!good)
        heed_fail(err, "%s: shape %s, want %s", what, x ? got.data : "of nothing (NULL)",
                  want.data);
    heed_str_release(&want);
    heed_str_release(&got);
    return good ? 0 : -1;
}
