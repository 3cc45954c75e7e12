/* latency.c: how long a line waits for its answer: bench/latency COMMAND < LINES.
 *
 * The command, a word for the shell, gets one line, and the next only when a line came back. Prints the time from
 * the start to the first answer, then, over the other lines, the middle one of the waits, the one that 99 in 100 do
 * not exceed, and the longest, in milliseconds with tabs between. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

static int fail(const char *what)
{
    perror(what);
    return 1;
}

/* The shell's standard input and output. */
static pid_t start(const char *command, FILE **to, FILE **from)
{
    int in[2], out[2];
    if (pipe(in) || pipe(out))
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        for (int i = 0; i < 2; i++) {
            close(in[i]);
            close(out[i]);
        }
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    *to = fdopen(in[1], "w");
    *from = fdopen(out[0], "r");
    return pid;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    enum { LINES = 1 << 20 };
    FILE *to, *from;
    char *line = NULL, *answer = NULL;
    size_t size = 0, room = 0, n = 0;
    double *waits = calloc(LINES, sizeof *waits), begin = heed_seconds();
    pid_t pid = argc == 2 && waits ? start(argv[1], &to, &from) : -1;
    int status;

    if (argc != 2)
        return fprintf(stderr, "usage: latency COMMAND < LINES\n"), 2;
    if (pid < 0 || !to || !from)
        return fail("latency");
    while (n < LINES && getline(&line, &size, stdin) > 0) {
        double sent = heed_seconds();
        if (fputs(line, to) < 0 || fflush(to) || getline(&answer, &room, from) <= 0)
            return fail("latency: no answer");
        waits[n] = 1000 * (heed_seconds() - (n ? sent : begin));
        n++;
    }
    fclose(to);
    if (waitpid(pid, &status, 0) < 0 || status || n < 2)
        return fail("latency: the command");
    double first = waits[0];
    qsort(waits + 1, --n, sizeof *waits, compare);
    printf("%.1f\t%.2f\t%.2f\t%.2f\n", first, waits[(n + 1) / 2], waits[(n * 99 + 99) / 100],
           waits[n]);
    return 0;
}
