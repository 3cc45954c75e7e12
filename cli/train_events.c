/* train_events.c: --tensorboard: what goes into the store goes into an event file too, as it comes. A record is one
 * write; a file that cannot be written any more does not stop the training. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/events.h"
#include "cli/train.h"

struct train_line {
    int64_t line;
    char *source, *reference;
};
struct train_events {
    int fd; /* -1: no more */
    struct heed_str path, record;
    struct train_line *lines;
    size_t n, cap;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void put(struct train_events *e)
{
    ssize_t n = e->fd < 0 ? 0 : write(e->fd, e->record.data, e->record.len);
    if (e->fd >= 0 && (n < 0 || (size_t)n < e->record.len)) {
        heed_warning("%s: cannot be written; it ends here: %s", e->path.data,
                     n < 0 ? strerror(errno) : "no room");
        close(e->fd);
        e->fd = -1;
    }
    heed_str_clear(&e->record);
}

static void take_metric(void *ctx, const char *split, const char *name, int64_t step, double value)
{
    struct train_events *e = ctx;
    struct heed_str tag = {0};
    heed_str_printf(&tag, "%s/%s", split, name);
    events_value(&e->record, now(), step, tag.data, value);
    put(e);
    heed_str_release(&tag);
}

static void take_line(void *ctx, int64_t line, const char *source, const char *reference)
{
    struct train_events *e = ctx;
    heed_grow(&e->lines, e->n, &e->cap, sizeof *e->lines);
    e->lines[e->n++] = (struct train_line){line, heed_xstrdup(source), heed_xstrdup(reference)};
}

static void take_output(void *ctx, int64_t line, int64_t step, const char *output)
{
    struct train_events *e = ctx;
    char tag[40];
    snprintf(tag, sizeof tag, "dev/line %lld", (long long)line);
    for (size_t i = 0; i < e->n; i++)
        if (e->lines[i].line == line) {
            const char *texts[] = {
                "source", e->lines[i].source, "reference", e->lines[i].reference, "output", output};
            events_texts(&e->record, now(), step, tag, texts, 3, 2);
            put(e);
            return;
        }
}

/* DIR/NAME-ID/events.out.tfevents.SECONDS.ID.PROCESS: a session is a file of its own. */
static int open_file(struct train_events *e, const struct train *self, const char *id,
                     struct heed_err *err)
{
    struct heed_str name = {0};
    const char *file = strrchr(self->output, '/');
    file = file ? file + 1 : self->output;
    heed_str_printf(&name, "%.*s-%.8s", (int)strlen(self->name ? self->name : file),
                    self->name ? self->name : file, id);
    int status = events_folder(&e->path, self->tensorboard, name.data, err);
    heed_str_release(&name);
    if (status)
        return -1;
    heed_str_printf(&e->path, "/events.out.tfevents.%010lld.%.8s.%ld", (long long)now(), id,
                    (long)getpid());
    e->fd = open(e->path.data, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (e->fd < 0)
        return heed_fail_errno(err, errno, "cannot write %s", e->path.data);
    events_begin(&e->record, now());
    put(e);
    return 0;
}

int train_events_open(struct train *self, struct heed_run *run, struct heed_err *err)
{
    if (!self->tensorboard || !*self->tensorboard)
        return 0;
    if (!run)
        return heed_usage(err, "--tensorboard shows what is recorded: give it without --no-store");
    struct train_events *e = self->events = heed_xcalloc(1, sizeof *e);
    e->fd = -1;
    if (open_file(e, self, heed_run_id(run), err))
        return -1;
    heed_run_tap(run, &(struct heed_run_tap){take_metric, take_line, take_output, e});
    return 0;
}

void train_events_close(struct train *self)
{
    struct train_events *e = self->events;
    if (!e)
        return;
    if (e->fd >= 0)
        close(e->fd);
    for (size_t i = 0; i < e->n; i++) {
        free(e->lines[i].source);
        free(e->lines[i].reference);
    }
    free(e->lines);
    heed_str_release(&e->path);
    heed_str_release(&e->record);
    free(e);
    self->events = NULL;
}
