/* tune_piece.c: one training as a process of its own: `train`, found beside this program, on to the updates of a
 * rung. What it comes to is read from its checkpoint, which is whole or not there, so nothing is lost with a
 * process; that it may be killed at any moment and goes on to the same bytes is train's own doing. */
#include <errno.h>
#include <fcntl.h>
#include <float.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "cli/tune.h"
#include "train/checkpoint.h"

#define BEAT_S 20.0 /* between two signs of life in the store */

void tune_model(const struct search *s, int64_t trial, int64_t turn, struct heed_str *out)
{
    heed_str_printf(out, "%s/%lld", s->folder.data, (long long)trial);
    if (turn)
        heed_str_printf(out, "-%lld", (long long)turn);
    heed_str_add_text(out, ".heed");
}

/* --- its command line --- */

void tune_planned(const struct heed_tune *t, int64_t every, struct heed_str *out)
{
    heed_str_printf(out, " --eval-every=%lld", (long long)every);
    if (t->dev_lines)
        heed_str_printf(out, " --dev-lines=%lld", (long long)t->dev_lines);
    if (t->often != HEED_AUTO)
        heed_str_printf(out, " --long=%s", t->often == HEED_ON ? "on" : "off");
}

struct line {
    char **argv;
    size_t n, cap;
};

static void add(struct line *l, const char *fmt, ...) HEED_PRINTF(2, 3);
static void add(struct line *l, const char *fmt, ...)
{
    struct heed_str text = {0};
    va_list ap;
    va_start(ap, fmt);
    heed_str_vprintf(&text, fmt, ap);
    va_end(ap);
    heed_grow(&l->argv, l->n, &l->cap, sizeof(*l->argv));
    l->argv[l->n++] = text.data;
}

static void add_common(const struct search *s, struct line *l)
{
    add(l, "%s", s->program);
    add(l, "-q");
    for (size_t i = 0; i < s->fixed.n; i++)
        add(l, "%s", s->fixed.items[i]);
    if (heed_cli.store)
        add(l, "--store=%s", heed_cli.store);
    if (heed_option_given("kernels"))
        add(l, "--kernels=%s", heed_cli.kernels);
}

static void end_line(struct line *l)
{
    add(l, "--");
    for (size_t i = 0; i < heed_cli.n_operands; i++)
        add(l, "%s", heed_cli.operands[i]);
    heed_grow(&l->argv, l->n, &l->cap, sizeof(*l->argv));
    l->argv[l->n] = NULL;
}

static void release_line(struct line *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->argv[i]);
    free(l->argv);
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

static void add_piece(const struct search *s, const char *model, const char *checkpoint,
                      struct line *l)
{
    const struct heed_piece *p = &s->piece;
    int64_t last = heed_halving_rungs(&s->tune) - 1, until = heed_halving_until(&s->tune, p->rung);
    for (const char *at = s->options.data; *at; at += strcspn(at, "\n") + 1)
        add(l, "%.*s", (int)strcspn(at, "\n"), at);
    add(l, "--seed=%lld", (long long)(s->self->train.train.seed + p->turn));
    add(l, "--steps=%lld", (long long)(p->rung == last ? until : s->tune.steps));
    if (s->tune.gflop > 0)
        add(l, "--steps-of=%.17g", s->tune.gflop);
    struct heed_str planned = {0};
    tune_planned(&s->tune, s->tune.first, &planned);
    for (const char *at = planned.data; *at; at += 1 + strcspn(at + 1, " "))
        add(l, "%.*s", (int)strcspn(at + 1, " "), at + 1);
    heed_str_release(&planned);
    if (p->rung < last)
        add(l, "--stop=%lld", (long long)until);
    add(l, "--keep-checkpoint");
    add(l, "--tag=tune-%.8s", s->tune.uuid);
    add(l, is_there(checkpoint) ? "--resume" : "--force");
    add(l, "--output=%s", model);
}

/* --- the process --- */

/* It dies with us, and hears of ^C from us alone: so it is asked once, and saves. */
static HEED_NORETURN void become(char *const *argv, int log, pid_t parent, const char *run)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int null = open("/dev/null", O_RDONLY);
    if (getppid() != parent || null < 0 || dup2(null, STDIN_FILENO) < 0)
        _exit(126);
    heed_cli_undo();
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    if (*run)
        setenv("HEED_RUN", run, 1);
    execv(argv[0], argv);
    dprintf(STDERR_FILENO, "cannot run %s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

static int beat(void *search, struct heed_tune *t, struct heed_err *err)
{
    (void)search, (void)t, (void)err;
    return 0; /* what is ours is written again, with the time */
}

static int await(struct search *s, pid_t child, int *status, struct heed_err *err)
{
    bool asked = false;
    double began = heed_seconds(), told = began, limit = s->limit;
    for (int64_t pause = 5000000;; pause = HEED_MIN(2 * pause, 50000000)) {
        pid_t got = waitpid(child, status, WNOHANG);
        if (got == child)
            return asked;
        if (got < 0 && errno != EINTR)
            return heed_fail_errno(err, errno, "cannot wait for %s", s->program);
        bool late = limit > 0 && heed_seconds() - began > limit;
        if ((heed_cli.interrupted || late) && !asked) {
            kill(child, SIGTERM);
            asked = true;
        }
        if (s->tune.uuid[0] && heed_seconds() - told > BEAT_S) {
            struct heed_err ignored;
            told = heed_seconds();
            if (tune_do(s, beat, &ignored)) /* the next one may get through */
                heed_warn("%s", ignored.text);
        }
        nanosleep(&(struct timespec){.tv_nsec = pause}, NULL);
    }
}

/* The last line of what it said, which is the reason of a failure, without the program's name. */
static void last_line(const char *log, struct heed_str *out)
{
    struct heed_input in;
    struct heed_str line = {0};
    struct heed_err ignored;
    heed_str_add_text(out, "");
    if (heed_input_open(&in, log, &ignored))
        return;
    while (heed_input_line(&in, &line, 1 << 16, &ignored) > 0) {
        const char *text = line.data;
        heed_str_clear(out);
        heed_str_add_text(out, strncmp(text, "train: ", 7) ? text : text + 7);
        heed_str_clear(&line);
    }
    heed_str_release(&line);
    heed_input_close(&in);
}

/* 0: it ended well; 1: interrupted; 2: it failed, why says how. */
static int run_line(struct search *s, const struct line *l, const char *log, double *seconds,
                    struct heed_str *why, struct heed_err *err)
{
    int status = 0;
    double began = heed_seconds();
    if (mkdir(s->folder.data, 0777) && errno != EEXIST)
        return heed_fail_errno(err, errno, "cannot make %s", s->folder.data);
    int to = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (to < 0)
        return heed_fail_errno(err, errno, "cannot write %s", log);
    pid_t parent = getpid(), child = fork();
    if (child == 0)
        become(l->argv, to, parent, s->tune.uuid);
    close(to);
    if (child < 0)
        return heed_fail_errno(err, errno, "cannot start %s", s->program);
    int asked = await(s, child, &status, err);
    *seconds = heed_seconds() - began;
    if (asked < 0)
        return -1;
    bool well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (heed_cli.interrupted && !well)
        return 1;
    if (asked && WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM)
        return 0; /* time was up, and it has saved */
    if (WIFSIGNALED(status))
        return heed_fail(err, "%s was killed by signal %d; the same command line goes on",
                         s->program, WTERMSIG(status));
    if (WEXITSTATUS(status) == 0)
        return 0;
    last_line(log, why);
    return 2;
}

/* --- how it fared --- */

static double real_of(const struct heed_doc *doc, const char *key, double none)
{
    const char *text = heed_doc_meta(doc, key);
    double v;
    return text && heed_parse_f64(text, &v) ? v : none;
}

static int read_result(struct search *s, const char *checkpoint, struct heed_err *err)
{
    struct heed_piece *p = &s->piece;
    struct heed_doc doc;
    heed_doc_init(&doc);
    int status = heed_doc_load(&doc, checkpoint, err) ||
                 heed_doc_meta_i64(&doc, "trainer.step", &p->updates, err) ||
                 heed_doc_meta_i64(&doc, "trainer.eval-every", &p->every, err);
    if (status == 0) {
        const char *best = heed_doc_meta(&doc, "trainer.has-best"),
                   *tells = heed_doc_meta(&doc, "trainer.best-tells");
        bool has = best && !strcmp(best, "1");
        p->tells = has && tells && !strcmp(tells, "1");
        p->value = has ? real_of(&doc, "trainer.best", -DBL_MAX) : -DBL_MAX;
        p->loss = has ? real_of(&doc, "trainer.best-loss", DBL_MAX) : DBL_MAX;
        p->status = HEED_PIECE_DONE;
    }
    heed_doc_release(&doc);
    return status ? -1 : 0;
}

int tune_work(struct search *s, struct heed_err *err)
{
    struct line l = {0};
    struct heed_str model = {0}, log = {0}, why = {0};
    tune_model(s, s->piece.trial, s->piece.turn, &model);
    char *checkpoint = heed_checkpoint_path(model.data);
    heed_str_printf(&log, "%s.log", model.data);
    add_common(s, &l);
    add_piece(s, model.data, checkpoint, &l);
    end_line(&l);
    int status = run_line(s, &l, log.data, &s->piece.seconds, &why, err);
    if (status == 0 && !is_there(checkpoint)) { /* it was up before the first update */
        heed_str_add_text(&why, "no time was left for it");
        status = 2;
    }
    if (status == 0 && read_result(s, checkpoint, err))
        status = -1;
    if (status == 2) {
        s->piece.status = HEED_PIECE_FAILED;
        s->piece.message = why.data;
        why.data = NULL;
        status = 0;
    }
    release_line(&l);
    heed_str_release(&model);
    heed_str_release(&log);
    heed_str_release(&why);
    free(checkpoint);
    return status;
}

/* What a timed training found out before it began. */
static int read_timing(const struct search *s, const char *checkpoint, struct heed_timing *timing,
                       struct heed_err *err)
{
    struct heed_doc doc;
    heed_doc_init(&doc);
    timing->given = s->self->train.train.dev_lines > 0;
    int status = heed_doc_load(&doc, checkpoint, err);
    const char *often = status ? NULL : heed_doc_meta(&doc, "train.long");
    if (status == 0) {
        timing->often = often && !strcmp(often, "on") ? HEED_ON : HEED_OFF;
        double saving = real_of(&doc, "trainer.saving", 0),
               n = real_of(&doc, "trainer.dev-lines", 0);
        timing->gflop = 1e-9 * real_of(&doc, "trainer.update-flops", 0);
        timing->update = real_of(&doc, "trainer.an-update", 0);
        timing->start = real_of(&doc, "trainer.loading", 0) + 3 * saving; /* of them one is read */
        timing->a_line = n > 0 ? real_of(&doc, "trainer.measuring", 0) / n : 0;
        timing->lines = (int64_t)(timing->given ? n : real_of(&doc, "trainer.dev-pairs", 0));
    }
    heed_doc_release(&doc);
    return status;
}

int tune_probe(struct search *s, double time, struct heed_timing *timing, double *seconds,
               struct heed_err *err)
{
    struct line l = {0};
    struct heed_str model = {0}, log = {0}, why = {0};
    heed_str_printf(&model, "%s/probe.%ld.heed", s->folder.data, (long)getpid());
    heed_str_printf(&log, "%s.log", model.data);
    char *checkpoint = heed_checkpoint_path(model.data);
    add_common(s, &l);
    add(&l, "--seed=%lld", (long long)s->self->train.train.seed);
    add(&l, "--time=%.17g", time);
    add(&l, "--stop=1");
    add(&l, "--no-store");
    add(&l, "--force");
    add(&l, "--output=%s", model.data);
    end_line(&l);
    int status = run_line(s, &l, log.data, seconds, &why, err);
    if (status == 2)
        status = heed_fail(err, "%.400s", why.data);
    if (status == 0)
        status = read_timing(s, checkpoint, timing, err);
    unlink(model.data);
    unlink(checkpoint);
    unlink(log.data);
    if (status < 0)
        rmdir(s->folder.data); /* where nothing else is in it */
    release_line(&l);
    heed_str_release(&model);
    heed_str_release(&log);
    heed_str_release(&why);
    free(checkpoint);
    return status;
}
