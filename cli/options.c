/* options.c: reads the command line: --name value, --name=value, -x value, -xvalue, grouped
 * switches, `--`, and `-` as an operand. A long name may be cut where what is left is the beginning
 * of one option only, as getopt_long has it; a wrong one is answered with the nearest.
 *
 * Files of --options are read once the command line is: what it gives, they do not change. */
#include <string.h>
#include "cli/harness.h"
#include "cli/names.h"

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
    HEED_ROW_LIST(struct heed_shared, files, "options", "FILE",
                  "take options from FILE, a line each, `name value`, where the command line does "
                  "not give them; # begins a comment"),
    HEED_ROW_CHOICE(struct heed_shared, help, "help", NULL, HEED_HELP_WORDS,
                    "print this help; -h prints the short one, --help=man a man page",
                    .letter = 'h'),
    HEED_ROW_SWITCH(struct heed_shared, version, "version", NULL,
                    "print version, build and licence", .letter = 'V'),
    {0},
};

/* One list of rows to search: the command's first, then the shared ones. */
struct parser {
    struct heed_option *rows;
    size_t n_own, n_rows;
    size_t *given; /* of each row: 0, or the source that gave it, of which the latest holds */
    size_t source; /* being read: COMMAND_LINE, or below it the place of a file of --options */
    const struct heed_command *command;
    void *self;
    struct heed_shared *shared;
    char **argv;
    int argc, next; /* argv[next] is the next to be looked at */
};
#define COMMAND_LINE SIZE_MAX
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
    size_t n_shared = count_rows(heed_shared_rows), n_first = count_rows(p->command->options),
           n_also = count_rows(p->command->also);
    p->n_own = n_first + n_also;
    p->n_rows = p->n_own + n_shared;
    p->rows = heed_xcalloc(p->n_rows + 1, sizeof(*p->rows));
    p->given = heed_xcalloc(p->n_rows, sizeof(*p->given));
    if (n_first)
        memcpy(p->rows, p->command->options, n_first * sizeof(*p->rows));
    if (n_also)
        memcpy(p->rows + n_first, p->command->also, n_also * sizeof(*p->rows));
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
    if (p->given[i] > p->source)
        return 0;
    if (p->given[i] && row->type != HEED_LIST && !counted)
        return heed_usage(err, "option --%s given twice", row->name);
    p->given[i] = p->source;
    heed_cli.verbose += counted;
    return heed_option_set(row, i < p->n_own ? p->self : p->shared, value, err);
}

static int unknown(const struct parser *p, const char *name, struct heed_err *err)
{
    const char *near = heed_option_nearest(p->rows, name);
    return heed_usage(err, "unknown option --%s; %s%s%stry '%s%s --help'", name,
                      near ? "did you mean --" : "", near ? near : "", near ? "? " : "", heed_call,
                      heed_cli.program);
}

static bool is_help(const struct parser *p, const struct heed_option *row)
{
    return (size_t)(row - p->rows) >= p->n_own && !strcmp(row->name, "help");
}

/* The option that is named so, or alone begins so. */
static const struct heed_option *find_long(const struct parser *p, const char *name,
                                           struct heed_err *err)
{
    const struct heed_option *found = heed_option_find(p->rows, name);
    size_t len = strlen(name), n = 0;
    struct heed_str all = {0};
    for (const struct heed_option *row = p->rows; row->name && !found && len; row++)
        if (strncmp(row->name, name, len) == 0)
            heed_str_printf(&all, "%s--%s", n++ ? ", " : "", row->name);
    for (const struct heed_option *row = p->rows; row->name && !found && n == 1; row++)
        if (strncmp(row->name, name, len) == 0)
            found = row;
    if (!found && n)
        heed_usage(err, "option --%s is ambiguous: %s", name, all.data);
    else if (!found)
        unknown(p, name, err);
    heed_str_release(&all);
    return found;
}

/* --name, --name=value, --name value */
static int take_long(struct parser *p, const char *text, struct heed_err *err)
{
    const char *equals = strchr(text, '=');
    char *name = heed_xstrndup(text, equals ? (size_t)(equals - text) : strlen(text));
    const struct heed_option *row = find_long(p, name, err);
    const char *value = equals ? equals + 1 : NULL;
    int result;
    if (!row)
        result = -1;
    else if (!equals && is_help(p, row))
        result = set_row(p, row, "text", err);
    else if (!equals && row->type != HEED_SWITCH && p->next == p->argc)
        result = heed_usage(err, "option --%s: value missing", row->name);
    else {
        if (!equals && row->type != HEED_SWITCH)
            value = p->argv[p->next++];
        result = set_row(p, row, value, err);
    }
    free(name);
    return result;
}

static bool is_answered(const struct parser *p)
{
    return p->shared->help != HEED_HELP_UNASKED || p->shared->version;
}

static const struct heed_option *find_letter(const struct parser *p, char letter)
{
    const struct heed_option *row = p->rows;
    while (row->name && row->letter != letter)
        row++;
    return row->name ? row : NULL;
}

/* -x, -xyz (switches), -xVALUE, -x VALUE */
static int take_letters(struct parser *p, const char *text, struct heed_err *err)
{
    for (; *text && !is_answered(p); text++) {
        const struct heed_option *row = find_letter(p, *text);
        if (!row)
            return heed_usage(err, "unknown option -%.*s; try '%s%s --help'",
                              (unsigned char)*text < 0x80 ? 1 : (int)strlen(text), text, heed_call,
                              heed_cli.program);
        if (row->type == HEED_SWITCH || is_help(p, row)) {
            if (set_row(p, row, row->type == HEED_SWITCH ? NULL : "short", err))
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
        return heed_usage(err, "unexpected operand '%s'; try '%s%s --help'", text, heed_call,
                          heed_cli.program);
    heed_grow(&heed_cli.operands, heed_cli.n_operands, &cap, sizeof(*heed_cli.operands));
    heed_cli.operands[heed_cli.n_operands++] = text;
    return 0;
}

/* An option of a file; `name` as it stands there. */
static int take_line(void *ctx, const char *name, const char *value, struct heed_err *err)
{
    struct parser *p = (struct parser *)ctx;
    const struct heed_option *row;
    if (name[0] == '-' && name[1] && !name[2] && (row = find_letter(p, name[1])))
        name = row->name;
    row = find_long(p, name + (*name == '-') + !strncmp(name, "--", 2), err);
    if (!row)
        return -1;
    if (is_help(p, row) || !strcmp(row->name, "version") || !strcmp(row->name, "options"))
        return heed_usage(err, "option --%s belongs on the command line", row->name);
    if (!value && row->type != HEED_SWITCH)
        return heed_usage(err, "option --%s: value missing", row->name);
    return set_row(p, row, value, err);
}

/* The last file first, since it overrides those before it. */
static int take_files(struct parser *p, struct heed_err *err)
{
    const struct heed_list *files = &p->shared->files;
    for (size_t i = files->n; i > 0 && !is_answered(p); i--) {
        p->source = i;
        if (heed_cli_options_file(files->items[i - 1], take_line, p, err))
            return -1;
    }
    return 0;
}

int heed_cli_parse(const struct heed_command *command, void *self, struct heed_shared *shared,
                   struct heed_err *err)
{
    struct parser *p = &parser;
    *p =
        (struct parser){.command = command, .self = self, .shared = shared, .source = COMMAND_LINE};
    p->argc = heed_cli.argc;
    p->argv = heed_cli.argv;
    p->next = 1;
    join_rows(p);
    heed_options_default(p->command->options, self);
    if (p->command->also)
        heed_options_default(p->command->also, self);
    heed_options_default(heed_shared_rows, shared);
    bool only_operands = false;
    while (p->next < p->argc && !is_answered(p)) {
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
    return take_files(p, err);
}

bool heed_option_given(const char *name)
{
    const struct heed_option *row = heed_option_find(parser.rows, name);
    if (!row)
        BUG("no option --%s", name);
    return parser.given[row - parser.rows] != 0;
}
