/* child.h: what a function that ends its process says, and how it ends. */
#ifndef HEED_TESTS_CHILD_H
#define HEED_TESTS_CHILD_H

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"

/* Runs fn in a child whose stderr is a pipe; out gets what fits of what it says. Returns its exit
 * status as a shell gives it: 128 + the number of a signal; -1 when there was no child. */
static inline int in_child(void (*fn)(void), char *out, size_t cap)
{
    char part[4096];
    size_t n = 0;
    int fds[2], status = -1;
    if (pipe(fds))
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        dup2(fds[1], 2);
        fn();
        _exit(0);
    }
    close(fds[1]);
    for (ssize_t got; (got = read(fds[0], part, sizeof(part))) > 0;) {
        size_t take = HEED_MIN((size_t)got, cap - 1 - n);
        memcpy(out + n, part, take);
        n += take;
    }
    out[n] = '\0';
    close(fds[0]);
    if (pid < 0 || waitpid(pid, &status, 0) < 0)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#endif
