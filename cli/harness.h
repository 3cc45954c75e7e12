/* harness.h: what the files of the harness share; commands include cli.h only.
 *
 * harness.c   main(): descriptors, the run, the one line of a failure, the exit status
 * options.c   the command line against the command's rows and the shared ones
 * options_file.c  the lines of a file of options
 * help.c      -h, --help, --help=man, out of the same rows; version.c: --version
 * heap.c      no memory in a library is no memory: the same line
 * signals.c   clean-up at SIGINT, SIGTERM, SIGHUP; SIGPIPE
 * talk.c      notes, warnings, progress, text results
 *
 * kernels.c and refuse.c are drawn out of the library by those commands that name them
 * in heed_command: so a program links no floor that it does not use. */
#ifndef HEED_HARNESS_H
#define HEED_HARNESS_H

#include "cli/cli.h"

#define HEED_HELP_WORDS "text|man|summary|short|completion"
enum heed_help {
    HEED_HELP_UNASKED = -1,
    HEED_HELP_TEXT,
    HEED_HELP_MAN,
    HEED_HELP_SUMMARY,
    HEED_HELP_SHORT,
    HEED_HELP_COMPLETION
};
#define HEED_KERNEL_WORDS "auto|portable|avx2|avx512"

/* The shared options as they stand in their rows. */
struct heed_shared {
    bool quiet, verbose, unbuffered, stats, no_store, version;
    int kernels; /* a word of the row */
    const char *store;
    struct heed_list files; /* of --options */
    enum heed_help help;
};
extern const struct heed_option heed_shared_rows[];

/* Fills self, shared and the operands in heed_cli. Stops early at --help and --version. */
int heed_cli_parse(const struct heed_command *command, void *self, struct heed_shared *shared,
                   struct heed_err *err) HEED_MUST_USE;

/* Calls take() for every option in the file: name as it stands there, value NULL where the line has
 * none; both are kept for the life of the process. What fails is told with file and line. */
int heed_cli_options_file(const char *path,
                          int (*take)(void *ctx, const char *name, const char *value,
                                      struct heed_err *err),
                          void *ctx, struct heed_err *err) HEED_MUST_USE;

void heed_cli_help(enum heed_help what, struct heed_str *out);
void heed_cli_version(struct heed_str *out);

void heed_cli_watch_heap(void); /* from now on no allocation of the process comes back empty */
void heed_cli_signals(void);
HEED_NORETURN void heed_cli_die_of(int signal_number);
HEED_NORETURN void heed_cli_die_of_pipe(void);
bool heed_cli_pipe_ignored(void); /* was SIGPIPE ignored when we were started? */

void heed_cli_error_line(const char *text);

#endif
