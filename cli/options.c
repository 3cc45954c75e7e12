/* options.c: reads the command line: --name value, --name=value, -x value, -xvalue, grouped
 * switches, `--`, and `-` as an operand. Names are never abbreviated, so that a new option cannot
 * change what an old script means; a wrong one is answered with the nearest. */
#include <string.h>
#include "cli/harness.h"

const struct heed_option heed_shared_rows[] = {
    HEED_ROW_SWITCH(struct heed_shared, quiet, "quiet", NULL, "say nothing but errors",
                    .letter = 'q'),
    HEED_ROW_SWITCH(struct heed_shared, verbose, "verbose", NULL,
                    "say more, where there is more to say", .letter = 'v'),
    HEED_ROW_SWITCH(struct heed_shared, unbuffered, "unbuffered", NULL,
                    "pass every result on at once", .letter = 'u'),
    HEED_ROW_SWITCH(struct heed_shared, stats, "stats", NULL,
                    "stages, predict, train: report counts and rates on stderr at the end"),
    HEED_ROW_CHOICE(struct heed_shared, kernels, "kernels", "auto", HEED_KERNEL_WORDS,
                    "the set of vector kernels"),
    HEED_ROW_STRING(struct heed_shared, store, "store", NULL, "FILE",
                    "the store of runs and vocabularies, in place of $HEED_STORE"),
    HEED_ROW_SWITCH(struct heed_shared, no_store, "no-store", NULL, "leave no record in the store"),
    HEED_ROW_CHOICE(struct heed_shared, help, "help", NULL, "text|man|summary",
                    "print this help, as a man page with --help=man"),
    HEED_ROW_SWITCH(struct heed_shared, version, "version", NULL, "print version and build"),
    {0},
};

/* One list of rows to search: the command's first, then the shared ones. */
struct parser {
    struct heed_option *rows;
    size_t n_own, n_rows;
    bool *given;
    const struct heed_command *command;
    void *self;
    struct heed_shared *shared;
    char **argv;
    int argc, next; /* argv[next] is the next to be looked at */
};
static struct parser parser;

static size_t count_rows(const struct heed_option *rows)
{
    size_t n = 0;
    while (rows && rows[n].name)
        n++;
    return n;
}

static void join_rows(struct parser *p)
{
    size_t n_shared = count_rows(heed_shared_rows);
    p->n_own = count_rows(p->command->options);
    p->n_rows = p->n_own + n_shared;
    p->rows = heed_xcalloc(p->n_rows + 1, sizeof(*p->rows));
    p->given = heed_xcalloc(p->n_rows, sizeof(*p->given));
    if (p->n_own)
        memcpy(p->rows, p->command->options, p->n_own * sizeof(*p->rows));
    memcpy(p->rows + p->n_own, heed_shared_rows, n_shared * sizeof(*p->rows));
    for (size_t i = 0; i < p->n_rows; i++)
        for (size_t j = i + 1; j < p->n_rows; j++)
            if (!strcmp(p->rows[i].name, p->rows[j].name) ||
                (p->rows[i].letter && p->rows[i].letter == p->rows[j].letter))
                BUG("options --%s and --%s collide", p->rows[i].name, p->rows[j].name);
}

static int set_row(struct parser *p, const struct heed_option *row, const char *value,
                   struct heed_err *err)
{
    size_t i = (size_t)(row - p->rows);
    bool counted = i >= p->n_own && row->letter == 'v';
    if (p->given[i] && row->type != HEED_LIST && !counted)
        return heed_usage(err, "option --%s given twice", row->name);
    p->given[i] = true;
    heed_cli.verbose += counted;
    return heed_option_set(row, i < p->n_own ? p->self : p->shared, value, err);
}

static int unknown(const struct parser *p, const char *name, struct heed_err *err)
{
    const char *near = heed_option_nearest(p->rows, name);
    return heed_usage(err, "unknown option --%s; %s%s%stry '%s --help'", name,
                      near ? "did you mean --" : "", near ? near : "", near ? "? " : "",
                      heed_cli.program);
}

static bool is_help(const struct parser *p, const struct heed_option *row)
{
    return (size_t)(row - p->rows) >= p->n_own && !strcmp(row->name, "help");
}

/* --name, --name=value, --name value */
static int take_long(struct parser *p, const char *text, struct heed_err *err)
{
    const char *equals = strchr(text, '=');
    char *name = heed_xstrndup(text, equals ? (size_t)(equals - text) : strlen(text));
    const struct heed_option *row = heed_option_find(p->rows, name);
    const char *value = equals ? equals + 1 : NULL;
    int result;
    if (!row)
        result = unknown(p, name, err);
    else if (!equals && is_help(p, row))
        result = set_row(p, row, "text", err);
    else if (!equals && row->type != HEED_SWITCH && p->next == p->argc)
        result = heed_usage(err, "option --%s: value missing", name);
    else {
        if (!equals && row->type != HEED_SWITCH)
            value = p->argv[p->next++];
        result = set_row(p, row, value, err);
    }
    free(name);
    return result;
}

/* -x, -xyz (switches), -xVALUE, -x VALUE */
static int take_letters(struct parser *p, const char *text, struct heed_err *err)
{
    for (; *text; text++) {
        const struct heed_option *row = p->rows;
        while (row->name && row->letter != *text)
            row++;
        if (!row->name)
            return heed_usage(err, "unknown option -%.*s; try '%s --help'",
                              (unsigned char)*text < 0x80 ? 1 : (int)strlen(text), text,
                              heed_cli.program);
        if (row->type == HEED_SWITCH) {
            if (set_row(p, row, NULL, err))
                return -1;
            continue;
        }
        if (text[1])
            return set_row(p, row, text + 1, err);
        if (p->next == p->argc)
            return heed_usage(err, "option -%c, --%s: value missing", row->letter, row->name);
        return set_row(p, row, p->argv[p->next++], err);
    }
    return 0;
}

static int take_operand(const struct parser *p, char *text, struct heed_err *err)
{
    static size_t cap;
    int most = p->command->max_operands;
    if (most >= 0 && heed_cli.n_operands >= (size_t)most)
        return heed_usage(err, "unexpected operand '%s'; try '%s --help'", text, heed_cli.program);
    heed_grow(&heed_cli.operands, heed_cli.n_operands, &cap, sizeof(*heed_cli.operands));
    heed_cli.operands[heed_cli.n_operands++] = text;
    return 0;
}

int heed_cli_parse(const struct heed_command *command, void *self, struct heed_shared *shared,
                   struct heed_err *err)
{
    struct parser *p = &parser;
    *p = (struct parser){.command = command, .self = self, .shared = shared};
    p->argc = heed_cli.argc;
    p->argv = heed_cli.argv;
    p->next = 1;
    join_rows(p);
    heed_options_default(p->command->options, self);
    heed_options_default(heed_shared_rows, shared);
    bool only_operands = false;
    while (p->next < p->argc && shared->help == HEED_HELP_UNASKED && !shared->version) {
        char *arg = p->argv[p->next++];
        int result;
        if (only_operands || arg[0] != '-' || !arg[1]) {
            result = take_operand(p, arg, err);
            only_operands |= p->command->stops_at_operand;
        } else if (arg[1] != '-') {
            result = take_letters(p, arg + 1, err);
        } else if (arg[2]) {
            result = take_long(p, arg + 2, err);
        } else {
            only_operands = true;
            result = 0;
        }
        if (result)
            return -1;
    }
    return 0;
}

bool heed_option_given(const char *name)
{
    const struct heed_option *row = heed_option_find(parser.rows, name);
    if (!row)
        BUG("no option --%s", name);
    return parser.given[row - parser.rows];
}
