/* cli.h: the harness every command shares. A command file defines `heed_command`; main() lives in
 * cli/harness.c, parses the rows, answers --help, --version and --help=man, sets up descriptors and
 * signals, calls run() and prints the one line of a failure. */
#ifndef HEED_CLI_H
#define HEED_CLI_H

#include "base/err.h"
#include "base/option.h"
#include "stream/io.h"

struct heed_command {
    const char *name;     /* "tokenize" */
    const char *summary;  /* one line, lower case: "text or pairs to a stream of ids" */
    const char *usage;    /* behind the name: "-m MODEL [FILE]" */
    const char *about;    /* paragraphs for --help and the man page, '\n\n' between them */
    const char *examples; /* lines of shell, each with its comment */
    const char *see_also; /* "encode, decode" */
    const struct heed_option *options; /* without the shared ones */
    const struct heed_option
        *also;              /* more of them, of the struct that is self's first member: those of
                                       a command that this one runs; or NULL */
    const char *also_title; /* what they are, for --help */
    const char *verbs;      /* words that the first operand may be, for completion; or NULL */
    const char *most_used;  /* names of those that -h shows, a blank between; NULL: all */
    size_t self_size;
    int max_operands;      /* -1: any number */
    bool stops_at_operand; /* what follows the first operand belongs to another program */
    /* Of programs that compute: makes ready what they compute with, before run() and before
     * --version. heed_start_kernels, or a function that calls it. */
    int (*start)(const void *self, const char *kernels, struct heed_err *err);
    /* Of programs that write a tensor stream: it failed before the stream began, and the next stage
     * hears why. heed_refuse, or a function that calls it where the options ask for a stream. */
    void (*refuse)(const void *self, const char *why);
    /* self: options parsed. Returns 0, or -1 with err. */
    int (*run)(void *self, struct heed_err *err);
};
extern const struct heed_command heed_command; /* defined once in each program */
int heed_start_kernels(const void *self, const char *kernels, struct heed_err *err); /* kernels.c */
void heed_refuse(const void *self, const char *why);                                 /* refuse.c */

/* What the harness provides to run(). */
struct heed_cli {
    const char *program;    /* "tokenize": messages begin with it */
    struct heed_output out; /* the data: a duplicate of fd 1, while fd 1 itself goes to stderr */
    bool out_is_tty, err_is_tty, color;
    int quiet, verbose;  /* -q, -v (counted) */
    bool unbuffered;     /* -u */
    bool stats;          /* --stats */
    const char *kernels; /* --kernels auto|portable|avx2|avx512 */
    const char *build;   /* what computes here, told by start(); or NULL */
    const char *store;   /* --store PATH or NULL */
    bool no_store;
    const char **operands; /* what is not an option */
    size_t n_operands;
    int argc;
    char **argv;
    /* Set to the signal's number by SIGINT, SIGTERM, SIGHUP after heed_cli_catch_signals(). */
    volatile int interrupted;
    volatile int asked; /* by SIGUSR1, and not yet answered */
    /* After the line of a failure, in place of an exit with that status; or NULL. */
    void (*leave)(int status);
};
extern struct heed_cli heed_cli;

/* For train: from now on the first signal only sets heed_cli.interrupted, and the process dies of
 * it when run() is back; a second ends at once. Without it SIGINT, SIGTERM, SIGHUP remove
 * temporaries and die by the signal. */
void heed_cli_catch_signals(void);
/* For train: from now on SIGUSR1 asks how it stands. heed_cli_doing() says what is being done, at which it
 * is answered with that; NULL: the command itself answers, by looking at heed_cli.asked. */
void heed_cli_answer(void);
void heed_cli_doing(const char *what);
void heed_cli_clock(char text[16]); /* HH:MM:SS, here and now */
/* Before an exec: descriptors and signals as we found them. */
void heed_cli_undo(void);
/* Talk: one line on stderr with the program's name in front, unless -q; warnings are talk too. */
void heed_note(const char *fmt, ...) HEED_PRINTF(1, 2);
void heed_warn(const char *fmt, ...) HEED_PRINTF(1, 2);
void heed_told(const char *fmt, ...)
    HEED_PRINTF(1, 2);                  /* a note that was asked for: also under -q */
void heed_note_whole(const char *text); /* a note as it is, however long: a command to be typed */
/* Progress: redraws one line when stderr is a terminal and not -q; nothing otherwise. */
void heed_progress(const char *fmt, ...) HEED_PRINTF(1, 2);
void heed_progress_done(void);
/* Text results: printf to the data descriptor, checked when the harness closes it. */
void heed_out(const char *fmt, ...) HEED_PRINTF(1, 2);
size_t heed_out_width(void); /* columns of the terminal that the data go to; no terminal: 80 */
void heed_out_line(struct heed_str *line); /* without the blanks at its end; then it is cleared */
bool heed_option_given(const char *name);  /* was it on the command line? */

#endif
