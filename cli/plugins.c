/* plugins.c: lists the plugins that are found, with their options, and checks them.
 *
 * A list goes through the folders of the search path and shows broken files too, with the reason.
 * --check hands one plugin, or each in turn, to core/prove. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include "cli/cli.h"
#include "prove/prove.h"
#include "stream/doc.h"

struct plugins {
    struct heed_list dirs;
    const char *check;
    double timeout;
    bool json;
    size_t n_listed; /* so far */
};
static const struct heed_option options[] = {
    HEED_ROW_STRING(struct plugins, check, "check", NULL, "NAME",
                    "prove this plugin (score_mlp, score_mlp:hidden=8, ./mine.so), or all"),
    HEED_ROW_TIME(struct plugins, timeout, "timeout", "60", 0.1, 86400, "TIME",
                  "a check that takes longer has failed"),
    HEED_ROW_LIST(struct plugins, dirs, "plugin-dir", "DIR", "search plugins here first"),
    HEED_ROW_SWITCH(struct plugins, json, "json", NULL, "list as one JSON array"),
    {0},
};

/* --- listing --- */

static void list_options(const struct heed_option *row)
{
    struct heed_str line = {0};
    for (; row && row->name; row++) {
        heed_str_clear(&line);
        heed_str_printf(&line, "%s=%s", row->name, row->def ? row->def : "");
        heed_out("    %-22s %s", line.data, row->help ? row->help : "");
        heed_str_clear(&line);
        heed_option_range(row, &line);
        if (row->type == HEED_CHOICE)
            heed_str_printf(&line, "%s", row->unit);
        heed_out(line.len ? " %s\n" : "%s\n", line.len ? line.data : "");
    }
    heed_str_release(&line);
}

static void list_text(void *ctx, const char *path, const struct heed_plugin *plugin,
                      const char *reason)
{
    (void)ctx;
    if (!plugin) {
        heed_out("%s: broken: %s\n", path, reason);
        return;
    }
    heed_out("%-10s %-24s %3u  %s\n", heed_kind_name((enum heed_plugin_kind)plugin->kind),
             plugin->name, plugin->revision, plugin->summary);
    list_options(plugin->options);
}

static void json_field(struct heed_str *out, const char *name, const char *value)
{
    heed_str_printf(out, ",\"%s\":", name);
    if (value)
        heed_json_string(out, value);
    else
        heed_str_add_text(out, "null");
}

static void json_options(struct heed_str *out, const struct heed_option *row)
{
    struct heed_str range = {0};
    heed_str_add_text(out, ",\"options\":[");
    for (const char *comma = ""; row && row->name; row++, comma = ",") {
        heed_str_clear(&range);
        heed_option_range(row, &range);
        heed_str_printf(out, "%s{\"name\":", comma);
        heed_json_string(out, row->name);
        json_field(out, "default", row->def);
        json_field(out, "unit", row->unit);
        json_field(out, "range", range.len ? range.data : NULL);
        json_field(out, "help", row->help);
        heed_str_add_char(out, '}');
    }
    heed_str_add_char(out, ']');
    heed_str_release(&range);
}

static void list_json(void *ctx, const char *path, const struct heed_plugin *plugin,
                      const char *reason)
{
    struct plugins *self = ctx;
    struct heed_str out = {0};
    heed_str_add_text(&out, self->n_listed++ ? ",\n {\"path\":" : "[{\"path\":");
    heed_json_string(&out, path);
    if (plugin) {
        json_field(&out, "kind", heed_kind_name((enum heed_plugin_kind)plugin->kind));
        json_field(&out, "name", plugin->name);
        heed_str_printf(&out, ",\"abi\":%u,\"revision\":%u", plugin->abi, plugin->revision);
        json_field(&out, "summary", plugin->summary);
        json_options(&out, plugin->options);
    } else {
        json_field(&out, "broken", reason);
    }
    heed_out("%s}", out.data);
    heed_str_release(&out);
}

/* --- checking --- */

struct checking {
    double timeout;
    const char *name;
    int n_plugins, n_tried, n_failed;
    struct heed_err *err;
    bool broken; /* a check could not be run: err says why */
};

static void print_property(void *ctx, const char *property, const char *reason)
{
    struct checking *c = ctx;
    c->n_tried++;
    if (reason)
        heed_out("FAIL %s: %s: %s\n", c->name, property, reason);
    else
        heed_out("ok   %s: %s\n", c->name, property);
}

static void check_one(struct checking *c, const char *spec)
{
    if (c->broken)
        return;
    c->n_plugins++;
    int failed = heed_plugin_check(spec, c->timeout, print_property, c, c->err);
    c->broken = failed < 0;
    c->n_failed += failed > 0 ? failed : 0;
}

static void check_found(void *ctx, const char *path, const char *module)
{
    struct checking *c = ctx;
    c->name = module;
    check_one(c, path ? path : module);
}

static int check(struct plugins *self, struct heed_err *err)
{
    struct checking c = {.timeout = self->timeout, .name = self->check, .err = err};
    if (strcmp(self->check, "all") == 0)
        heed_plugins_find(check_found, &c);
    else
        check_one(&c, self->check);
    if (c.broken)
        return -1;
    if (!c.n_plugins)
        return heed_fail(err, "no plugin found");
    if (c.n_failed)
        return heed_fail(err, "%s: %d of %d properties do not hold", self->check, c.n_failed,
                         c.n_tried);
    return 0;
}

/* Elsewhere a search that fails names its folders; a list would only be shorter. */
static int add_dir(const char *dir, struct heed_err *err)
{
    struct stat st;
    if (stat(dir, &st) < 0)
        return heed_fail_errno(err, errno, "cannot read %s", dir);
    if (!S_ISDIR(st.st_mode))
        return heed_fail_errno(err, ENOTDIR, "cannot read %s", dir);
    heed_plugin_dir_add(dir);
    return 0;
}

static int run(void *ctx, struct heed_err *err)
{
    struct plugins *self = ctx;
    for (size_t i = 0; i < self->dirs.n; i++)
        if (add_dir(self->dirs.items[i], err) < 0)
            return -1;
    if (self->check)
        return check(self, err);
    heed_plugins_each(heed_host_table(), self->json ? list_json : list_text, self);
    if (self->json)
        heed_out(self->n_listed ? "]\n" : "[]\n");
    return 0;
}

const struct heed_command heed_command = {
    .name = "plugins",
    .summary = "list attention scores, cells, tokenizers and products, or prove one",
    .usage = "[--check NAME|all]",
    .about = "Lists every plugin that is found: its kind, name, revision and summary, then its "
             "options with their defaults. One that cannot be used is listed with the reason.\n\n"
             "Plugins are looked for in each --plugin-dir, in the folders of $HEED_PLUGIN_PATH (an "
             "empty element is heed's own folder) and in heed's own folder, which lies beside the "
             "programs, installed or built; the first of a name is taken.\n\n"
             "--check proves what the programs rely on: gradients against finite differences, rows "
             "that do not see one another, equal calls giving equal bytes, nothing written beyond "
             "buffers, scores that depend on their query and keep their scale as the width grows, "
             "tokenizers that lose nothing twice, products that are right. It runs in a process of "
             "its own, so that a crash "
             "is a result too. The status is 1 when anything does not hold.",
    .examples = "# what is there\n"
                "plugins\n"
                "# a score of one's own\n"
                "pkg-config --cflags --libs heed | xargs cc mine.c -o mine.so && plugins --check "
                "./mine.so\n",
    .see_also = "train, attend",
    .options = options,
    .self_size = sizeof(struct plugins),
    .max_operands = 0,
    .start = heed_start_kernels,
    .run = run,
};
