/* signals.c: an ending by signal leaves no temporaries behind and is seen by the shell as that
 * signal. What the parent ignores (nohup, a background job) stays ignored. SIGPIPE is ignored while
 * we work, so that a write fails and can be told apart; the harness then dies of it, unless the
 * parent ignored it. SIGXFSZ is ignored too: a write beyond the limit of a file's size is a failure
 * with a name, as on a full disk. SIGBUS comes where a mapped file (base/map.h) was cut short, or its disk
 * failed: that is a line and status 1, as any other failure of the world.
 *
 * SIGUSR1 asks a training how it stands, as it asks dd and xz. Its loop answers at the next update; what
 * takes longer is answered by the handler with a line that was made before. */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "cli/harness.h"

#include <time.h>

static const int ending[] = {SIGINT, SIGTERM, SIGHUP};
static volatile sig_atomic_t catching;
static struct sigaction pipe_before, limit_before;

static void die_of(int signal_number)
{
    sigset_t set;
    signal(signal_number, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, signal_number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(signal_number);
}

#define DOING_MAX 160
static char doing[2][DOING_MAX];
static const char *volatile doing_now;

static void on_question(int signal_number)
{
    (void)signal_number;
    int saved = errno;
    const char *line = doing_now;
    if (line)
        (void)!write(STDERR_FILENO, line, strlen(line));
    else
        heed_cli.asked = 1;
    errno = saved;
}

void heed_cli_clock(char text[16])
{
    time_t now = time(NULL);
    struct tm tm;
    strftime(text, 16, "%H:%M:%S", localtime_r(&now, &tm));
}

void heed_cli_doing(const char *what)
{
    char clock[16], *line = doing[doing_now == doing[0]];
    if (!what) {
        doing_now = NULL;
        return;
    }
    heed_cli_clock(clock);
    snprintf(line, DOING_MAX, "%s%s: %s, since %s\n", heed_cli.err_is_tty ? "\r\033[K" : "",
             heed_cli.program, what, clock);
    doing_now = line;
}

void heed_cli_answer(void)
{
    struct sigaction action = {.sa_handler = on_question, .sa_flags = SA_RESTART}, before;
    sigemptyset(&action.sa_mask);
    sigaction(SIGUSR1, NULL, &before);
    if (before.sa_handler != SIG_IGN)
        sigaction(SIGUSR1, &action, NULL);
}

static void on_signal(int signal_number)
{
    if (catching && !heed_cli.interrupted) {
        heed_cli.interrupted = signal_number;
        return;
    }
    heed_commit_signal_cleanup();
    die_of(signal_number);
}

/* Only calls that a handler may make. Workers come to the same page: one of them tells. */
static void on_lost_page(int signal_number, siginfo_t *info, void *ignored)
{
    static const char line[] = ": a file in use was cut short meanwhile, or cannot be read\n";
    static atomic_flag told = ATOMIC_FLAG_INIT;
    (void)ignored;
    while (atomic_flag_test_and_set(&told))
        pause();
    heed_commit_signal_cleanup();
    if (info->si_code != BUS_ADRERR)
        die_of(signal_number);
    (void)!write(STDERR_FILENO, heed_cli.program, strlen(heed_cli.program));
    (void)!write(STDERR_FILENO, line, sizeof(line) - 1);
    _exit(HEED_FAILED);
}

void heed_cli_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    struct sigaction lost = {.sa_sigaction = on_lost_page, .sa_flags = SA_SIGINFO};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < HEED_COUNT(ending); i++)
        sigaddset(&action.sa_mask, ending[i]);
    for (size_t i = 0; i < HEED_COUNT(ending); i++) {
        struct sigaction before;
        sigaction(ending[i], NULL, &before);
        if (before.sa_handler != SIG_IGN)
            sigaction(ending[i], &action, NULL);
    }
    sigemptyset(&lost.sa_mask);
    sigaction(SIGBUS, &lost, NULL);
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGPIPE, &ignore, &pipe_before);
    sigaction(SIGXFSZ, &ignore, &limit_before);
}

void heed_cli_catch_signals(void)
{
    catching = 1;
}

bool heed_cli_pipe_ignored(void)
{
    return pipe_before.sa_handler == SIG_IGN;
}

void heed_cli_die_of(int signal_number)
{
    heed_commit_signal_cleanup();
    die_of(signal_number);
    _exit(HEED_FAILED); /* not reached: the signal is neither ignored nor blocked here */
}

void heed_cli_die_of_pipe(void)
{
    heed_cli_die_of(SIGPIPE);
}

void heed_cli_undo(void)
{
    dup2(heed_cli.out.fd, STDOUT_FILENO);
    sigaction(SIGPIPE, &pipe_before, NULL);
    sigaction(SIGXFSZ, &limit_before, NULL);
}
