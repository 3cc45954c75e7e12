/* loader.c: opens plugins through libltdl; the only file that sees ltdl.h.
 *
 * heed_instance_open():
 *   spec -> name or path -> file                  place.c
 *   -> is it whole, of this machine, bound?       elf.c
 *   -> lt_dlopen() of the absolute path           between the guards of guard.c
 *   -> may its descriptor be used?                descriptor.c
 *   -> host table, private data, options applied
 *
 * A module stays open for the life of the process: descriptors, operations and summaries may be
 * referred to for as long. One lock is held while a module is looked up or opened, since libltdl and
 * the guards know one process and no threads. A build with --disable-shared has the same plugins preloaded; their
 * symbols are found in libtool's table. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <ltdl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/lock.h"
#include "plugin/parts.h"

#define SYMBOL_SUFFIX "_LTX_heed_plugin"

/* Present only in programs that libtool linked with -dlpreopen. */
extern LT_DLSYM_CONST lt_dlsymlist lt__PROGRAM__LTX_preloaded_symbols[] __attribute__((weak));

static struct {
    struct heed_lock lock;
    struct heed_module *items;
    size_t n, cap;
    bool started;
} modules = {.lock = HEED_LOCK_INIT};

static int start(struct heed_err *err)
{
    if (modules.started)
        return 0;
    if (lt_dlinit() != 0)
        return heed_fail(err, "libltdl: %s", lt_dlerror());
    modules.started = true;
    return 0;
}

/* --- one module --- */

static const void *preloaded(const char *module)
{
    size_t n = strlen(module);
    const lt_dlsymlist *row = lt__PROGRAM__LTX_preloaded_symbols;
    for (; row && row->name; row++)
        if (strncmp(row->name, module, n) == 0 && strcmp(row->name + n, SYMBOL_SUFFIX) == 0)
            return row->address;
    return NULL;
}

static void warn_writable(const char *path)
{
    char *dir = heed_xstrdup(path), *slash = strrchr(dir, '/');
    struct stat st;
    if (slash)
        *slash = '\0';
    const char *parts[] = {path, *dir ? dir : "/"};
    for (int i = 0; i < 2; i++) {
        if (stat(parts[i], &st) < 0)
            continue;
        if ((st.st_mode & S_IWOTH) && !(st.st_mode & S_ISVTX))
            heed_warning("plugin %s: everybody may write to %s (mode %04o)", path, parts[i],
                         st.st_mode & 07777);
        else if (st.st_uid != 0 && st.st_uid != geteuid())
            heed_warning("plugin %s: %s belongs to user %u", path, parts[i], (unsigned)st.st_uid);
    }
    free(dir);
}

/* libltdl answers "file not found" to every failure: the dynamic loader itself is asked why. */
static int fail_open(const char *path, struct heed_err *err)
{
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const char *reason = handle ? NULL : dlerror();
    size_t n = strlen(path);
    if (reason && strncmp(reason, path, n) == 0 && strncmp(reason + n, ": ", 2) == 0)
        reason += n + 2;
    heed_fail(err, "%s", reason ? reason : "libltdl cannot open it");
    if (handle)
        dlclose(handle);
    return -1;
}

static int open_object(const char *path, const char *symbol, void **handle, const void **descriptor,
                       struct heed_err *err)
{
    struct heed_str changed = {0};
    if (heed_elf_check(path, symbol, err) < 0 || start(err) < 0)
        return -1;
    warn_writable(path);
    struct heed_guard *guard = heed_guard_begin();
    *handle = lt_dlopen(path);
    int failed = *handle ? 0 : fail_open(path, err);
    heed_guard_end(guard, &changed);
    if (changed.len)
        heed_warning("plugin %s: loading it changed %s; restored", path, changed.data);
    heed_str_release(&changed);
    *descriptor = failed ? NULL : lt_dlsym(*handle, symbol);
    if (!failed && !*descriptor)
        failed = heed_fail(err, "is no heed plugin of that name: it has no symbol %s", symbol);
    return failed;
}

/* Written only where it is another one: the plugin may be at work on other threads. */
static void give_host(const struct heed_plugin *plugin, const struct heed_host *host)
{
    if (!host && !*plugin->host)
        host = heed_host_text();
    if (host && *plugin->host != host)
        *plugin->host = host;
}

static const struct heed_plugin *open_locked(const char *path, const char *module,
                                             const struct heed_host *host, struct heed_err *err)
{
    struct heed_module m = {0};
    const void *descriptor = NULL;
    for (size_t i = 0; i < modules.n; i++) {
        if (strcmp(modules.items[i].path, path ? path : module) == 0) {
            give_host(modules.items[i].plugin, host);
            return modules.items[i].plugin;
        }
    }
    struct heed_str symbol = {0};
    heed_str_printf(&symbol, "%s" SYMBOL_SUFFIX, module);
    int failed = 0;
    if (path)
        failed = open_object(path, symbol.data, &m.handle, &descriptor, err);
    else
        descriptor = preloaded(module);
    heed_str_release(&symbol);
    if (!failed)
        failed = heed_descriptor_check(descriptor, module, err);
    if (failed && m.handle)
        lt_dlclose(m.handle);
    if (failed)
        return NULL;
    m.plugin = descriptor;
    m.path = heed_xstrdup(path ? path : module);
    heed_grow(&modules.items, modules.n, &modules.cap, sizeof(*modules.items));
    modules.items[modules.n++] = m;
    give_host(m.plugin, host);
    return m.plugin;
}

/* path: absolute (libltdl then searches nowhere), or NULL when preloaded. The module's entry lives
 * as long as the process. */
static const struct heed_plugin *module_open(const char *path, const char *module,
                                             const struct heed_host *host, struct heed_err *err)
{
    heed_lock(&modules.lock);
    const struct heed_plugin *plugin = open_locked(path, module, host, err);
    heed_unlock(&modules.lock);
    return plugin;
}

/* --- from a spec --- */

/* The short names of a kind: "mlp|dot". */
struct names {
    const char *prefix; /* "score_" */
    struct heed_str words;
};

static void add_name(void *ctx, const char *path, const char *module)
{
    struct names *names = ctx;
    size_t n = strlen(names->prefix);
    (void)path;
    if (strncmp(module, names->prefix, n) == 0)
        heed_str_printf(&names->words, "%s%s", names->words.len ? "|" : "", module + n);
}

static int fail_not_found(const char *module, struct heed_err *err)
{
    size_t n = strcspn(module, "_");
    const char *dir, *near, *prefix = heed_option_keep(module, n + (module[n] == '_'));
    struct heed_str dirs = {0};
    struct names names = {.prefix = prefix};
    for (size_t i = 0; (dir = heed_plugin_dir(i)); i++)
        heed_str_printf(&dirs, "%s%s", i ? ", " : "", dir);
    heed_plugins_find(add_name, &names);
    near = heed_word_nearest(names.words.data, module + strlen(prefix));
    heed_fail(err, "plugin %s.so not found in %s; %s%s%s--plugin-dir names another folder", module,
              dirs.data, near ? "did you mean " : "", near ? near : "", near ? "? " : "");
    heed_str_release(&names.words);
    heed_str_release(&dirs);
    return -1;
}

/* name ("mlp" or "./mine.so") -> *path (NULL when preloaded) and *module, both malloc'ed. kind 0:
 * name is a module's full one, "score_mlp". */
static int locate(enum heed_plugin_kind kind, const char *name, bool allow_path, char **path,
                  char **module, struct heed_err *err)
{
    const char *word = kind ? heed_kind_name(kind) : "plugin";
    *path = *module = NULL;
    if (strchr(name, '/')) {
        if (!allow_path)
            return heed_fail(err, "%s '%s': a path is taken from the command line only", word,
                             name);
        *module = heed_plugin_module_name(name);
        if (!*module)
            return heed_usage(err,
                              "%s '%s': a plugin's file is called NAME.so, NAME of a-z, 0-9 and _",
                              word, name);
        *path = heed_plugin_absolute(name);
        return 0;
    }
    if (!heed_plugin_name_valid(name, kind ? PLUGIN_NAME_MAX : MODULE_NAME_MAX))
        return heed_usage(
            err, "%s '%s': a plugin's name is a letter and up to 31 of a-z, 0-9 and _", word, name);
    struct heed_str full = {0};
    heed_str_printf(&full, "%s%s%s", kind ? word : "", kind ? "_" : "", name);
    *module = full.data;
    *path = heed_plugin_find(*module);
    if (*path || preloaded(*module))
        return 0;
    fail_not_found(*module, err);
    free(*module);
    return -1;
}

/* The name a model file keeps: without the kind's prefix where it has one. */
static const char *short_name(const struct heed_plugin *plugin)
{
    const char *word = heed_kind_name((enum heed_plugin_kind)plugin->kind);
    size_t n = strlen(word);
    bool prefixed = strncmp(plugin->name, word, n) == 0 && plugin->name[n] == '_';
    return prefixed ? plugin->name + n + 1 : plugin->name;
}

/* What a spec means by the rows that it does not name: their defaults; where it stands in a file, which
 * may be older than a row, what absence of the row means. */
static int set_unnamed(const struct heed_plugin *plugin, void *self, bool in_file,
                       struct heed_err *err)
{
    heed_options_default(plugin->options, self);
    for (const struct heed_option *row = plugin->options; in_file && row->name; row++)
        if (row->absent && heed_option_set(row, self, row->absent, err) < 0)
            return heed_err_prefix(err, "what its absence means: ");
    return 0;
}

/* The shortest spec that means self, in a file or on the command line. */
static char *spec_of(const struct heed_plugin *plugin, const void *self, bool in_file)
{
    struct heed_str spec = {0}, now = {0}, def = {0};
    struct heed_err err = {0};
    void *defaults = heed_xcalloc(1, plugin->self_size + 1);
    if (plugin->options && set_unnamed(plugin, defaults, in_file, &err) < 0)
        BUG("plugin %s: %s", plugin->name, err.text); /* self was set by the same rows */
    heed_str_add_text(&spec, short_name(plugin));
    char separator = ':';
    for (const struct heed_option *row = plugin->options; row && row->name; row++) {
        heed_str_clear(&now);
        heed_str_clear(&def);
        heed_option_text(row, self, &now);
        heed_option_text(row, defaults, &def);
        if (strcmp(now.data, def.data) == 0)
            continue;
        heed_str_printf(&spec, "%c%s=%s", separator, row->name, now.data);
        separator = ',';
    }
    heed_str_release(&now);
    heed_str_release(&def);
    free(defaults);
    return spec.data;
}

static int apply_options(struct heed_instance *in, const char *options, bool in_file,
                         struct heed_err *err)
{
    struct heed_str what = {0};
    int failed = 0;
    heed_str_printf(&what, "%s %s", heed_kind_name((enum heed_plugin_kind)in->plugin->kind),
                    short_name(in->plugin));
    in->self = heed_xcalloc(1, in->plugin->self_size + 1);
    if (in->plugin->options) {
        failed = set_unnamed(in->plugin, in->self, in_file, err) < 0 ||
                         heed_options_spec(in->plugin->options, in->self, what.data, options, err)
                     ? -1
                     : 0;
    } else if (options && *options) {
        failed = heed_usage(err, "%s: takes no options, not '%s'", what.data, options);
    }
    heed_str_release(&what);
    return failed;
}

int heed_instance_open(struct heed_instance *in, enum heed_plugin_kind kind, const char *spec,
                       bool allow_path, const struct heed_host *host, struct heed_err *err)
{
    const char *colon = strchr(spec, ':');
    char *name = heed_xstrndup(spec, colon ? (size_t)(colon - spec) : strlen(spec)), *module;
    memset(in, 0, sizeof(*in));
    int failed = locate(kind, name, allow_path, &in->path, &module, err);
    free(name);
    if (failed)
        return -1;
    in->plugin = module_open(in->path, module, host, err);
    if (!in->plugin)
        heed_err_prefix(err, "plugin %s: ", in->path ? in->path : module);
    else if (kind && in->plugin->kind != (uint32_t)kind)
        failed = heed_fail(err, "plugin %s is a %s, not a %s", in->path ? in->path : module,
                           heed_kind_name((enum heed_plugin_kind)in->plugin->kind),
                           heed_kind_name(kind));
    free(module);
    if (!in->plugin || failed ||
        apply_options(in, colon ? colon + 1 : NULL, !allow_path, err) < 0) {
        heed_instance_close(in);
        return -1;
    }
    in->spec = spec_of(in->plugin, in->self, true);
    in->words = spec_of(in->plugin, in->self, false);
    return 0;
}

int heed_instance_again(struct heed_instance *in, const struct heed_instance *of,
                        struct heed_err *err)
{
    const char *colon = strchr(of->spec, ':');
    *in = (struct heed_instance){.plugin = of->plugin};
    if (apply_options(in, colon ? colon + 1 : NULL, true, err) < 0) {
        heed_instance_close(in);
        return -1;
    }
    in->path = of->path ? heed_xstrdup(of->path) : NULL;
    in->spec = heed_xstrdup(of->spec);
    in->words = heed_xstrdup(of->words);
    return 0;
}

void heed_instance_close(struct heed_instance *in)
{
    free(in->self);
    free(in->path);
    free(in->spec);
    free(in->words);
    memset(in, 0, sizeof(*in));
}

/* --- all of them --- */

struct search_all {
    void (*visit)(void *ctx, const char *path, const char *module);
    void *ctx;
    char **seen;
    size_t n_seen, cap_seen;
};

static void visit_once(struct search_all *all, const char *path, const char *module)
{
    for (size_t i = 0; i < all->n_seen; i++)
        if (strcmp(all->seen[i], module) == 0)
            return;
    heed_grow(&all->seen, all->n_seen, &all->cap_seen, sizeof(*all->seen));
    all->seen[all->n_seen++] = heed_xstrdup(module);
    all->visit(all->ctx, path, module);
}

static int is_object(const struct dirent *entry)
{
    char *module = heed_plugin_module_name(entry->d_name);
    free(module);
    return module != NULL;
}

static void visit_dir(struct search_all *all, const char *dir)
{
    struct dirent **entries;
    int n = scandir(dir, &entries, is_object, alphasort);
    if (n < 0 && errno != ENOENT && errno != ENOTDIR)
        heed_warning("plugins in %s are not seen: %s", dir, strerror(errno));
    for (int i = 0; i < n; i++) {
        struct heed_str path = {0};
        char *module = heed_plugin_module_name(entries[i]->d_name);
        heed_str_printf(&path, "%s/%s", dir, entries[i]->d_name);
        visit_once(all, path.data, module);
        heed_str_release(&path);
        free(module);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
}

void heed_plugins_find(void (*visit)(void *ctx, const char *path, const char *module), void *ctx)
{
    struct search_all all = {.visit = visit, .ctx = ctx};
    const char *dir;
    for (size_t i = 0; (dir = heed_plugin_dir(i)); i++)
        visit_dir(&all, dir);
    const lt_dlsymlist *row = lt__PROGRAM__LTX_preloaded_symbols;
    for (; row && row->name; row++) {
        const char *at = strstr(row->name, SYMBOL_SUFFIX);
        if (!at || strcmp(at, SYMBOL_SUFFIX))
            continue;
        char *module = heed_xstrndup(row->name, (size_t)(at - row->name));
        visit_once(&all, NULL, module);
        free(module);
    }
    for (size_t i = 0; i < all.n_seen; i++)
        free(all.seen[i]);
    free(all.seen);
}

struct opening {
    const struct heed_host *host;
    void (*visit)(void *ctx, const char *path, const struct heed_plugin *plugin,
                  const char *reason);
    void *ctx;
};

static void open_found(void *ctx, const char *path, const char *module)
{
    struct opening *opening = ctx;
    struct heed_err err = {0};
    const struct heed_plugin *plugin = module_open(path, module, opening->host, &err);
    opening->visit(opening->ctx, path ? path : module, plugin, plugin ? NULL : err.text);
}

void heed_plugins_each(const struct heed_host *host,
                       void (*visit)(void *ctx, const char *path, const struct heed_plugin *plugin,
                                     const char *reason),
                       void *ctx)
{
    struct opening opening = {host, visit, ctx};
    heed_plugins_find(open_found, &opening);
}
