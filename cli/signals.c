/* signals.c: an ending by signal leaves no temporaries behind and is seen by the shell as that
 * signal. What the parent ignores (nohup, a background job) stays ignored. SIGPIPE is ignored while
 * we work, so that a write fails and can be told apart; the harness then dies of it, unless the
 * parent ignored it. SIGXFSZ is ignored too: a write beyond the limit of a file's size is a failure
 * with a name, as on a full disk. */
#include <signal.h>
#include <unistd.h>
#include "cli/harness.h"

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

static void on_signal(int signal_number)
{
    if (catching && !heed_cli.interrupted) {
        heed_cli.interrupted = signal_number;
        return;
    }
    heed_commit_signal_cleanup();
    die_of(signal_number);
}

void heed_cli_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
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
