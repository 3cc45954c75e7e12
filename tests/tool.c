/* tool.c: a command that exists for the tests of the harness: every
 * kind of option, every kind of ending. */
#include <string.h>
#include <unistd.h>
#include "cli/cli.h"

/* The order is that of the words of --mode. */
enum mode { SHOW, COPY, FLOOD, FAIL, STRAY, UPSTREAM, COMMIT, CATCH, MEMORY };
struct self {
    int64_t count, size, secret;
    double rate;
    bool fast;
    enum mode mode;
    const char *out;
    struct heed_list items;
};

static const struct heed_option rows[] = {
    HEED_ROW_INT(struct self, count, "count", "3", 1, 100, "N", "how many", .letter = 'c'),
    HEED_ROW_SIZE(struct self, size, "size", "4k", 0, 0, NULL, "how large"),
    HEED_ROW_REAL(struct self, rate, "rate", "0.5", 0, 1, "P",
                  "a share of the whole that is told at some length, so that the line of its help "
                  "must be broken",
                  .flags = HEED_OPTION_EXCL_MAX),
    HEED_ROW_SWITCH(struct self, fast, "fast", NULL, "be fast", .letter = 'f'),
    HEED_ROW_CHOICE(struct self, mode, "mode", "show",
                    "show|copy|flood|fail|stray|upstream|commit|catch|memory", "what to do",
                    .letter = 'm'),
    HEED_ROW_STRING(struct self, out, "output", NULL, "FILE", "file to write", .letter = 'o'),
    HEED_ROW_LIST(struct self, items, "item", "NAME", "a name"),
    HEED_ROW_INT(struct self, secret, "secret", NULL, 0, 0, "N", "not in the short help",
                 .flags = HEED_OPTION_HIDDEN),
    {0},
};

static int show(struct self *self)
{
    struct heed_str s = {0};
    for (const struct heed_option *row = rows; row->name; row++) {
        heed_str_clear(&s);
        heed_option_text(row, self, &s);
        heed_out("%s=%s%s\n", row->name, s.data, heed_option_given(row->name) ? " (given)" : "");
    }
    for (size_t i = 0; i < heed_cli.n_operands; i++)
        heed_out("operand %s\n", heed_cli.operands[i]);
    heed_out("verbose=%d quiet=%d\n", heed_cli.verbose, heed_cli.quiet);
    heed_note("a note");
    heed_warn("a warning with an escape \033[31m");
    heed_str_release(&s);
    return 0;
}

static int copy(struct heed_err *err)
{
    struct heed_input in;
    struct heed_str line = {0};
    int got = heed_input_open(&in, heed_cli.n_operands ? heed_cli.operands[0] : NULL, err);
    if (got)
        return -1;
    while ((got = heed_input_line(&in, &line, 1 << 20, err)) > 0)
        heed_out("%s\n", line.data);
    heed_input_close(&in);
    heed_str_release(&line);
    return got;
}

/* Says "ready" once its temporary stands, then waits for the test's signal. */
static int commit(const struct self *self, struct heed_err *err)
{
    struct heed_commit c;
    if (heed_commit_open(&c, self->out, err) || heed_output_write(&c.out, "x", 1, err))
        return -1;
    heed_note("ready");
    sleep(20);
    heed_commit_abort(&c);
    return 0;
}

static int catch_signal(void)
{
    heed_cli_catch_signals();
    heed_note("ready");
    for (int i = 0; i < 2000 && !heed_cli.interrupted; i++)
        usleep(10000);
    heed_out("caught %d\n", heed_cli.interrupted);
    return 0;
}

static int flood(struct heed_err *err)
{
    for (;;)
        if (heed_output_write(&heed_cli.out, "0123456789abcde\n", 16, err))
            return -1;
}

static int run(void *ptr, struct heed_err *err)
{
    struct self *self = ptr;
    switch (self->mode) {
    case SHOW:
        return show(self);
    case COPY:
        return copy(err);
    case FLOOD:
        return flood(err);
    case STRAY:
        printf("stray\n");
        fflush(stdout);
        heed_out("data\n");
        return 0;
    case UPSTREAM:
        err->status = HEED_QUIET;
        return -1;
    case COMMIT:
        return commit(self, err);
    case CATCH:
        return catch_signal();
    case MEMORY:
        free(heed_xmalloc(SIZE_MAX / 2));
        return 0;
    case FAIL:
        break;
    }
    heed_out("a result before the failure\n");
    return heed_fail(err, "thing %s is broken", "a\nb");
}

const struct heed_command heed_command = {
    .name = "tool",
    .summary = "a command for the tests of the harness",
    .usage = "[-m MODE] [FILE...]",
    .about = "The first paragraph is long enough that it must be broken into two lines of text at "
             "the very least, or so one hopes.\n\n.The second begins with a full stop, and has a "
             "back\\slash and a hy-phen.",
    .examples = "# copy\ntool -m copy < a > b\n'quoted'",
    .see_also = "heed, tokenize",
    .options = rows,
    .self_size = sizeof(struct self),
    .max_operands = 2,
    .run = run,
};
