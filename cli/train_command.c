/* train_command.c: the command line of a training, made of the options that were given, wherever they stood,
 * and quoted for the shell. */
#include <string.h>

#include "cli/names.h"
#include "cli/train.h"

static void quote(const char *text, struct heed_str *out)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-+=./:,@%";
    if (*text && text[strspn(text, plain)] == '\0') {
        heed_str_printf(out, " %s", text);
        return;
    }
    heed_str_printf(out, " '");
    for (const char *at = text; *at; at++)
        if (*at == '\'')
            heed_str_printf(out, "'\\''");
        else
            heed_str_printf(out, "%c", *at);
    heed_str_printf(out, "'");
}

static void add_list(const struct heed_option *row, const struct heed_list *list,
                     struct heed_str *out)
{
    for (size_t i = 0; i < list->n; i++) {
        heed_str_printf(out, " --%s", row->name);
        quote(list->items[i], out);
    }
}

static void add_option(const struct heed_option *row, const void *self, struct heed_str *out)
{
    struct heed_str value = {0};
    if (row->type == HEED_LIST) {
        add_list(row, (const void *)((const char *)self + row->offset), out);
        return;
    }
    heed_option_text(row, self, &value);
    if (row->type == HEED_SWITCH) {
        heed_str_printf(out, " --%s%s", row->name, strcmp(value.data, "on") ? "=off" : "");
    } else {
        if (row->letter)
            heed_str_printf(out, " -%c", row->letter);
        else
            heed_str_printf(out, " --%s", row->name);
        quote(value.data ? value.data : "", out);
    }
    heed_str_release(&value);
}

static bool is_left_out(const char *name, bool resume)
{
    return !strcmp(name, "force") || !strcmp(name, "resume") || !strcmp(name, "plan") ||
           !strcmp(name, "stop") || !strcmp(name, "steps-of") || (resume && !strcmp(name, "init"));
}

void train_command(const struct train *self, bool resume, struct heed_str *out)
{
    heed_str_printf(out, "%s%s%s", heed_call, heed_cli.program, resume ? " --resume" : "");
    for (const struct heed_option *row = train_rows; row->name; row++)
        if (heed_option_given(row->name) && !is_left_out(row->name, resume))
            add_option(row, self, out);
    if (resume && heed_option_given("plan"))
        add_option(heed_option_find(train_rows, "plan"), self, out);
    if (heed_cli.store && heed_option_given("store")) {
        heed_str_printf(out, " --store");
        quote(heed_cli.store, out);
    }
    if (heed_cli.no_store)
        heed_str_printf(out, " --no-store");
    if (heed_option_given("kernels"))
        heed_str_printf(out, " --kernels %s", heed_cli.kernels);
    if (heed_cli.n_operands && heed_cli.operands[0][0] == '-')
        heed_str_printf(out, " --");
    for (size_t i = 0; i < heed_cli.n_operands; i++)
        quote(heed_cli.operands[i], out);
    if (!heed_cli.n_operands && !self->pairs.src_files.n)
        heed_str_printf(out, " < PAIRS");
}
