/* help.c: -h, --help, --help=man (man(7) source), what completion knows, and --version, all out of the
 * option rows.
 *
 * What a row says (value, default, range, repetition) is put into one sentence, which both forms
 * share; they differ in how lines are broken and what must be escaped. */
#include "config.h"
#include <ctype.h>
#include <string.h>
#include "cli/harness.h"
#include "cli/names.h"

#define WIDTH  79 /* columns of a page */
#define COLUMN 28 /* where the help of an option begins */

/* Appends the words of text[0..n), broken at width; column is where the line stands now, indent
 * where the next ones begin. */
static void wrap(struct heed_str *out, const char *text, size_t n, size_t column, size_t indent,
                 size_t width)
{
    bool first = true;
    for (size_t i = 0; i < n;) {
        while (i < n && isspace((unsigned char)text[i]))
            i++;
        size_t word = i;
        while (i < n && !isspace((unsigned char)text[i]))
            i++;
        size_t len = i - word;
        if (!len)
            break;
        if (!first && column + 1 + len > width) {
            heed_str_printf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!first) {
            heed_str_add_char(out, ' ');
            column++;
        }
        heed_str_add(out, text + word, len);
        column += len;
        first = false;
    }
    heed_str_add_char(out, '\n');
}

/* Calls each(out, start, length) for every paragraph, '\n\n' between them. */
static void paragraphs(struct heed_str *out, const char *text,
                       void (*each)(struct heed_str *, const char *, size_t))
{
    while (text && *text) {
        const char *end = strstr(text, "\n\n");
        size_t n = end ? (size_t)(end - text) : strlen(text);
        each(out, text, n);
        text += n;
        text += strspn(text, "\n");
    }
}

static void paragraph(struct heed_str *out, const char *text, size_t n)
{
    heed_str_add_char(out, '\n');
    wrap(out, text, n, 0, 0, WIDTH);
}

/* "=FILE", "[=on|off]": what stands behind the name. */
static void value_form(const struct heed_option *row, struct heed_str *out)
{
    static const char *const words[] = {
        [HEED_INT] = "N",          [HEED_REAL] = "X",    [HEED_STRING] = "TEXT",
        [HEED_CHOICE] = "WORD",    [HEED_SIZE] = "SIZE", [HEED_TIME] = "TIME",
        [HEED_COUNT_OF] = "COUNT", [HEED_LIST] = "TEXT"};
    if (row->type == HEED_SWITCH) {
        if (row->def)
            heed_str_add_text(out, "[=on|off]");
        return;
    }
    bool optional = !strcmp(row->name, "help");
    heed_str_printf(out, "%s=%s%s", optional ? "[" : "", row->unit ? row->unit : words[row->type],
                    optional ? "]" : "");
}

/* "[0, 1)", or "at least 1" where the upper bound is no more than a guard. */
static void range_text(const struct heed_option *row, struct heed_str *out)
{
    bool guard = row->min != row->max && row->max >= 1e9;
    if (guard && row->min > 0 && !(row->flags & HEED_OPTION_EXCL_MIN))
        heed_str_printf(out, "at least %g", row->min);
    else if (!guard)
        heed_option_range(row, out);
}

/* The help sentence with default, range and repetition behind it. */
static void sentence(const struct heed_option *row, struct heed_str *out)
{
    struct heed_str facts[3] = {{0}};
    if (row->def)
        heed_str_printf(&facts[0], "default %s", *row->def ? row->def : "empty");
    range_text(row, &facts[1]);
    if (row->type == HEED_LIST)
        heed_str_add_text(&facts[2], "any number of times");
    heed_str_add_text(out, row->help);
    const char *separator = " (";
    for (size_t i = 0; i < HEED_COUNT(facts); i++) {
        if (facts[i].len) {
            heed_str_printf(out, "%s%s", separator, facts[i].data);
            separator = "; ";
        }
        heed_str_release(&facts[i]);
    }
    if (separator[0] == ';')
        heed_str_add_char(out, ')');
}

static void text_row(const struct heed_option *row, struct heed_str *out)
{
    struct heed_str left = {0}, right = {0};
    if (row->letter)
        heed_str_printf(&left, "  -%c, --%s", row->letter, row->name);
    else
        heed_str_printf(&left, "      --%s", row->name);
    value_form(row, &left);
    sentence(row, &right);
    heed_str_add(out, left.data, left.len);
    if (left.len + 2 > COLUMN)
        heed_str_printf(out, "\n%*s", COLUMN, "");
    else
        heed_str_printf(out, "%*s", (int)(COLUMN - left.len), "");
    wrap(out, right.data, right.len, COLUMN, COLUMN, WIDTH);
    heed_str_release(&left);
    heed_str_release(&right);
}

static void text_rows(const char *title, const struct heed_option *rows, struct heed_str *out)
{
    if (!rows || !rows->name)
        return;
    heed_str_printf(out, "\n%s:\n", title);
    for (const struct heed_option *row = rows; row->name; row++)
        text_row(row, out);
}

static void indent_lines(struct heed_str *out, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        heed_str_printf(out, "%s%.*s\n", n ? "  " : "", (int)n, text);
        text += n + (text[n] == '\n');
    }
}

/* What stands in front of the name of the program itself; heed is called heed everywhere. */
static const char *own_call(void)
{
    return strcmp(heed_command.name, "heed") == 0 ? "" : heed_call;
}

static void usage(struct heed_str *out)
{
    const char *name = heed_command.name, *rest = heed_command.usage;
    size_t column = strlen("Usage: ") + strlen(own_call()) + strlen(name) + 1;
    heed_str_printf(out, "Usage: %s%s ", own_call(), name);
    wrap(out, rest, strlen(rest), column, column, WIDTH);
}

static void help_text(struct heed_str *out)
{
    const struct heed_command *c = &heed_command;
    struct heed_str about = {0}, examples = {0};
    usage(out);
    heed_str_printf(out, "%c%s.\n", toupper((unsigned char)c->summary[0]), c->summary + 1);
    heed_named(c->about, false, &about);
    paragraphs(out, about.data, paragraph);
    text_rows("Options", c->options, out);
    text_rows(c->also_title, c->also, out);
    text_rows("Shared options", heed_shared_rows, out);
    if (c->examples) {
        heed_str_add_text(out, "\nExamples:\n");
        heed_named(c->examples, true, &examples);
        indent_lines(out, examples.data);
    }
    if (c->see_also)
        heed_str_printf(out, "\nSee also: %s\n", c->see_also);
    heed_str_release(&about);
    heed_str_release(&examples);
}

/* Is name one of the words of a list "output dev time"? */
static bool is_among(const char *list, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = list; (at = strstr(at, name)); at += n)
        if ((at == list || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
            return true;
    return false;
}

/* The examples up to the second one. */
static void first_examples(const char *text, struct heed_str *out)
{
    int commands = 0;
    while (text && *text && commands < 2) {
        size_t n = strcspn(text, "\n");
        heed_str_printf(out, "  %.*s\n", (int)n, text);
        commands += n && *text != '#' && text[n - 1] != '\\' && text[n - 1] != '|';
        text += n + (text[n] == '\n');
    }
}

static void most_used(const struct heed_command *c, const struct heed_option *rows,
                      struct heed_str *out)
{
    for (const struct heed_option *row = rows; row && row->name; row++)
        if (c->most_used ? is_among(c->most_used, row->name) : !(row->flags & HEED_OPTION_HIDDEN))
            text_row(row, out);
}

/* One screen: what it is, the options most used, two examples, and where the rest stands. */
static void help_short(struct heed_str *out)
{
    const struct heed_command *c = &heed_command;
    usage(out);
    heed_str_printf(out, "%c%s.\n\n", toupper((unsigned char)c->summary[0]), c->summary + 1);
    most_used(c, c->options, out);
    most_used(c, c->also, out);
    if (c->examples) {
        struct heed_str examples = {0};
        heed_named(c->examples, true, &examples);
        heed_str_add_text(out, "\nExamples:\n");
        first_examples(examples.data, out);
        heed_str_release(&examples);
    }
    heed_str_printf(out, "\n%s%s --help tells all.\n", own_call(), c->name);
}

/* Appends text as roff wants it: '-' and '\\' escaped, no line that begins with '.' or "'". */
static void roff(struct heed_str *out, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool line_start = !out->len || out->data[out->len - 1] == '\n';
        if (line_start && (text[i] == '.' || text[i] == '\''))
            heed_str_add_text(out, "\\&");
        if (text[i] == '-')
            heed_str_add_text(out, "\\-");
        else if (text[i] == '\\')
            heed_str_add_text(out, "\\e");
        else
            heed_str_add_char(out, text[i]);
    }
}

/* Escapes before it breaks lines, since mandoc wants none above 80 bytes. */
static void roff_wrapped(struct heed_str *out, const char *text, size_t n)
{
    struct heed_str escaped = {0}, lines = {0};
    heed_str_add_char(&escaped, ' '); /* no line starts here yet: that is seen to below */
    roff(&escaped, text, n);
    wrap(&lines, escaped.data, escaped.len, 0, 0, WIDTH - 2);
    for (const char *line = lines.data; *line;) {
        size_t len = strcspn(line, "\n") + 1;
        if (*line == '.' || *line == '\'')
            heed_str_add_text(out, "\\&");
        heed_str_add(out, line, len);
        line += len;
    }
    heed_str_release(&escaped);
    heed_str_release(&lines);
}

static void man_paragraph(struct heed_str *out, const char *text, size_t n)
{
    if (out->data[out->len - 1] == '\n' && !strstr(out->data, ".SH DESCRIPTION"))
        heed_str_add_text(out, ".SH DESCRIPTION\n");
    else
        heed_str_add_text(out, ".PP\n");
    roff_wrapped(out, text, n);
}

static void man_rows(const char *title, const struct heed_option *rows, struct heed_str *out)
{
    if (!rows || !rows->name)
        return;
    heed_str_printf(out, ".SH %s\n", title);
    for (const struct heed_option *row = rows; row->name; row++) {
        struct heed_str name = {0}, value = {0}, text = {0};
        heed_str_printf(&name, "--%s", row->name);
        heed_str_add_text(&value, "");
        value_form(row, &value);
        sentence(row, &text);
        heed_str_add_text(out, ".TP\n");
        if (row->letter)
            heed_str_printf(out, "\\fB\\-%c\\fR, ", row->letter);
        heed_str_add_text(out, "\\fB");
        roff(out, name.data, name.len);
        heed_str_add_text(out, "\\fR");
        roff(out, value.data, value.len);
        heed_str_add_char(out, '\n');
        roff_wrapped(out, text.data, text.len);
        heed_str_release(&name);
        heed_str_release(&value);
        heed_str_release(&text);
    }
}

static const char man_end[] =
    ".SH EXIT STATUS\n"
    "0 when all was done, 1 when something failed, 2 when the command line is wrong;\n"
    "a signal that ends the program is passed on after temporary files are removed.\n"
    "A failure is one line on standard error.\n"
    ".SH ENVIRONMENT\n"
    ".TP\n\\fBHEED_STORE\\fR\n"
    "the store; without it \\fI$XDG_DATA_HOME/heed/heed.db\\fR, or\n"
    "\\fI~/.local/share/heed/heed.db\\fR\n"
    ".TP\n\\fBHEED_RUN\\fR\n"
    "the run that a pipeline belongs to\n"
    ".TP\n\\fBHEED_KERNELS\\fR\n"
    "The set of vector kernels where \\-\\-kernels does not say one.\n"
    ".TP\n\\fBHEED_PLUGIN_PATH\\fR\n"
    "folders of plugins, separated by colons; an empty element is that of\n"
    "heed itself, which is searched last\n"
    ".TP\n\\fBNO_COLOR\\fR\n"
    "when set and not empty, no colours\n"
    ".SH FILES\n"
    "\\fIshare/doc/heed\\fR of the installation: README.md, what stands in docs/,\n"
    "examples/ with the demo, the licence\n";

static void man_see_also(struct heed_str *out)
{
    const char *name = heed_command.see_also;
    heed_str_add_text(out, ".SH SEE ALSO\n");
    for (bool first = true; name && *name; first = false) {
        size_t n = strcspn(name, ", ");
        heed_str_add_text(out, first ? "" : ",\n");
        heed_str_add_text(out, "\\fB");
        if (strncmp(name, "heed", n) != 0)
            roff(out, heed_page_prefix, strlen(heed_page_prefix));
        roff(out, name, n);
        heed_str_add_text(out, "\\fR(1)");
        name += n;
        name += strspn(name, ", ");
    }
    heed_str_add_char(out, '\n');
}

static void man_title(struct heed_str *out)
{
    const struct heed_command *c = &heed_command;
    struct heed_str page = {0}, name = {0};
    heed_str_printf(&page, "%s%s", *own_call() ? heed_page_prefix : "", c->name);
    heed_str_printf(&name, "%s - %s", page.data, c->summary);
    for (char *p = page.data; *p; p++)
        *p = (char)toupper((unsigned char)*p);
    heed_str_add_text(out, ".TH ");
    roff(out, page.data, page.len);
    heed_str_printf(out, " 1 %s \"heed %s\" \"heed\"\n.SH NAME\n", HEED_DATE, PACKAGE_VERSION);
    roff_wrapped(out, name.data, name.len);
    heed_str_printf(out, ".SH SYNOPSIS\n.B %s", own_call());
    roff(out, c->name, strlen(c->name));
    heed_str_add_char(out, '\n');
    roff_wrapped(out, c->usage, strlen(c->usage));
    heed_str_release(&page);
    heed_str_release(&name);
}

static void man_examples(const char *text, struct heed_str *out)
{
    struct heed_str examples = {0};
    heed_named(text, true, &examples);
    heed_str_add_text(out, ".SH EXAMPLES\n.nf\n");
    for (const char *line = examples.data; *line;) {
        size_t n = strcspn(line, "\n");
        roff(out, line, n);
        heed_str_add_char(out, '\n');
        line += n + (line[n] == '\n');
    }
    heed_str_add_text(out, ".fi\n");
    heed_str_release(&examples);
}

static void help_man(struct heed_str *out)
{
    const struct heed_command *c = &heed_command;
    struct heed_str about = {0};
    man_title(out);
    heed_named(c->about, false, &about);
    paragraphs(out, about.data, man_paragraph);
    man_rows("OPTIONS", c->options, out);
    man_rows(c->also_title, c->also, out);
    man_rows("SHARED OPTIONS", heed_shared_rows, out);
    heed_str_add_text(out, man_end);
    if (c->examples)
        man_examples(c->examples, out);
    if (c->see_also)
        man_see_also(out);
    heed_str_release(&about);
}

static void completion_rows(const struct heed_option *rows, bool words, struct heed_str *out)
{
    for (const struct heed_option *row = rows; row && row->name; row++) {
        if (row->flags & HEED_OPTION_HIDDEN)
            continue;
        if (!words)
            heed_str_printf(out, "--%s%s ", row->name, row->type == HEED_SWITCH ? "" : "=");
        else if (row->type == HEED_CHOICE)
            heed_str_printf(out, "--%s=%s ", row->name, row->unit);
    }
}

/* A case of the shell function that cli/completion.bash asks. */
static void help_completion(struct heed_str *out)
{
    const struct heed_command *c = &heed_command;
    heed_str_printf(out, "%s)\n    options='", c->name);
    completion_rows(c->options, false, out);
    completion_rows(c->also, false, out);
    completion_rows(heed_shared_rows, false, out);
    heed_str_add_text(out, "'\n    words='");
    completion_rows(c->options, true, out);
    completion_rows(c->also, true, out);
    completion_rows(heed_shared_rows, true, out);
    heed_str_printf(out, "'\n    verbs='%s'\n    ;;\n", c->verbs ? c->verbs : "");
}

void heed_cli_help(enum heed_help what, struct heed_str *out)
{
    if (what == HEED_HELP_MAN)
        help_man(out);
    else if (what == HEED_HELP_SHORT)
        help_short(out);
    else if (what == HEED_HELP_COMPLETION)
        help_completion(out);
    else if (what == HEED_HELP_SUMMARY)
        heed_str_printf(out, "%s\n", heed_command.summary);
    else
        help_text(out);
}
