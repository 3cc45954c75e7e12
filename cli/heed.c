/* heed.c: the command heed: lists the others, and runs one of them: `heed train …`. They lie in its own
 * folder, libexec/heed or cli in a build tree, since in bindir it is no more than a link; or in
 * $HEED_EXEC_PATH. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/exe.h"
#include "cli/cli.h"
#include "cli/names.h"

#ifndef HEED_EXEC_DIR
#define HEED_EXEC_DIR "/usr/local/libexec/heed"
#endif

struct self {
    bool exec_path;
};

static const struct heed_option rows[] = {
    HEED_ROW_SWITCH(struct self, exec_path, "exec-path", NULL,
                    "print the folder in which the commands live"),
    {0},
};

/* In the order of the work; made at build time out of what each program says of itself. */
static const struct {
    const char *name, *summary;
} commands[] = {
#define COMMAND(name, summary) {name, summary},
#include "cli/commands.h"
#undef COMMAND
};

/* Is it a folder for commands, and not one into which heed was copied alone, beside who knows what? */
static bool is_ours(const char *dir)
{
    static const char *const names[] = {"/heed", "/cli"};
    for (size_t i = 0; i < HEED_COUNT(names); i++) {
        size_t n = strlen(dir), m = strlen(names[i]);
        if (n > m && strcmp(dir + n - m, names[i]) == 0) {
            struct stat of_dir, of_exe;
            return stat(dir, &of_dir) == 0 && stat("/proc/self/exe", &of_exe) == 0 &&
                   (of_dir.st_uid == 0 || of_dir.st_uid == of_exe.st_uid);
        }
    }
    return false;
}

/* malloc'ed */
static char *exec_dir(void)
{
    const char *dir = secure_getenv("HEED_EXEC_PATH");
    if (dir && *dir)
        return heed_xstrdup(dir);
    char *own = heed_exe_dir();
    if (own && is_ours(own))
        return own;
    free(own);
    return heed_xstrdup(HEED_EXEC_DIR);
}

static int list(void)
{
    heed_out("Usage: heed COMMAND [ARGUMENTS]\n"
             "Sequence-to-sequence learning with attention as filters.\n\nCommands:\n");
    for (size_t i = 0; i < HEED_COUNT(commands); i++)
        heed_out("  %-12s%s\n", commands[i].name, commands[i].summary);
    heed_out("\nheed COMMAND --help tells all; so does man %sCOMMAND.\n", heed_page_prefix);
    return 0;
}

static const char *nearest(const char *name)
{
    struct heed_option names[HEED_COUNT(commands) + 2] = {{0}};
    for (size_t i = 0; i < HEED_COUNT(commands); i++)
        names[i].name = commands[i].name;
    names[HEED_COUNT(commands)].name = "help";
    return heed_option_nearest(names, name);
}

static int pass_on(struct heed_err *err)
{
    const char *name = heed_cli.operands[0];
    char **argv = heed_xcalloc(heed_cli.n_operands + 2, sizeof(*argv));
    struct heed_str path = {0};
    size_t n = 0;
    /* `heed help train` is `train --help`. */
    bool help = !strcmp(name, "help") && heed_cli.n_operands > 1;
    if (help)
        name = heed_cli.operands[1];
    argv[n++] = heed_xstrdup(name);
    for (size_t i = 1 + help; i < heed_cli.n_operands; i++)
        argv[n++] = heed_xstrdup(heed_cli.operands[i]);
    if (help)
        argv[n++] = heed_xstrdup("--help");
    char *dir = exec_dir();
    heed_str_printf(&path, "%s/%s", dir, name);
    free(dir);
    heed_cli_undo();
    if (*name && !strchr(name, '/'))
        execv(path.data, argv);
    int reason = *name && !strchr(name, '/') ? errno : ENOENT;
    const char *near = nearest(name);
    if (reason == ENOENT && (!near || strcmp(near, name) != 0))
        heed_usage(err, "no command '%s'%s%s; heed lists them", name, near ? ", did you mean " : "",
                   near ? near : "");
    else
        heed_fail_errno(err, reason, "cannot run %s", path.data);
    for (size_t i = 0; i < n; i++)
        free(argv[i]);
    free(argv);
    heed_str_release(&path);
    return -1;
}

static int run(void *ptr, struct heed_err *err)
{
    const struct self *self = ptr;
    if (self->exec_path) {
        char *dir = exec_dir();
        heed_out("%s\n", dir);
        free(dir);
        return 0;
    }
    if (!heed_cli.n_operands || !strcmp(heed_cli.operands[0], "help"))
        if (heed_cli.n_operands < 2)
            return list();
    return pass_on(err);
}

const struct heed_command heed_command = {
    .name = "heed",
    .summary = "sequence-to-sequence learning with attention as filters",
    .usage = "[--exec-path] [COMMAND [ARGUMENTS]]",
    .about =
        "heed without a command lists the commands; with one it runs that command with what "
        "follows. Each command is a filter of its own, and they are put together with pipes: "
        "tokenize makes ids out of text, encode and decode carry them through a model, train "
        "makes the model, and the store remembers every run.\n\n"
        "HEED_EXEC_PATH in the environment names another folder of commands; else they are those "
        "that were built or installed with heed, also where that was moved. The commands:"
#define COMMAND(name, summary) "\n\n" name ": " summary "."
#include "cli/commands.h"
#undef COMMAND
    ,
    .examples = "# a translation, stage by stage\n"
                "tokenize -m enfr.heed < en.txt | encode -m enfr.heed | decode -m enfr.heed\n"
                "# the same in one process\n"
                "heed predict -m enfr.heed < en.txt",
    .see_also = "tokenize, encode, decode, train, predict, runs",
    .options = rows,
    .verbs = "help"
#define COMMAND(name, summary) " " name
#include "cli/commands.h"
#undef COMMAND
    ,
    .self_size = sizeof(struct self),
    .max_operands = -1,
    .stops_at_operand = true,
    .run = run,
};
