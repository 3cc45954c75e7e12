/* loader.h: finds, checks and opens plugins; the only file that sees ltdl.h is loader.c.
 *
 * Folders, in this order; the first that has the file wins:
 *   --plugin-dir         heed_plugin_dir_add()
 *   $HEED_PLUGIN_PATH    ':' between folders; an empty element is heed's own folder; ignored
 *                        when secure_getenv() says so
 *   heed's own           beside the program, wherever it was installed or built; see place.c
 *
 * Names are ^[a-z][a-z0-9_]{0,31}$, with the kind's prefix added: "mlp" is score_mlp. A name with a
 * slash is a path, allowed from the command line only. Before lt_dlopen() of the absolute path an
 * ELF check names the true reason and demands bind-now; what a constructor must not change, the
 * floating-point environment first of all, is saved and put back. */
#ifndef HEED_LOADER_H
#define HEED_LOADER_H

#include "base/err.h"
#include "base/option.h"
#include "heed/plugin.h"

struct heed_module {
    const struct heed_plugin *plugin;
    char *path; /* absolute */
    void *handle;
};

/* One opened plugin with its options applied. */
struct heed_instance {
    const struct heed_plugin *plugin;
    void *self; /* self_size bytes, owned; no setup() ever runs on it */
    /* spec: canonical, as files have it, "mlp:hidden=256": only what absence would not mean; words: the
     * same for people, as the command line has it: only what differs from the default. */
    char *path, *spec, *words;
};

/* Any thread may call any of these. */

void heed_plugin_dir_add(const char *dir); /* --plugin-dir, searched first */
/* spec: "NAME" or "NAME:key=value,…" or "./path.so:key=value" (path only when
 * allow_path). kind decides the prefix; 0: NAME is a module's full name ("score_mlp"),
 * any kind will do. Where a path is not allowed the spec comes from a file: what it does not name is
 * what the row's `absent` says. host: the table for plugins that compute (heed_host_table(), tensor
 * floor linked), or NULL for tokenizers: heed_host_text(). */
int heed_instance_open(struct heed_instance *in, enum heed_plugin_kind kind, const char *spec,
                       bool allow_path, const struct heed_host *host,
                       struct heed_err *err) HEED_MUST_USE;
/* The same plugin once more, with the same options, wherever its file lies. */
int heed_instance_again(struct heed_instance *in, const struct heed_instance *of,
                        struct heed_err *err) HEED_MUST_USE;
void heed_instance_close(struct heed_instance *in);

/* layer.c: a score or cell at work in one place of a model. Each place has private data of its own:
 * a copy of the instance's, on which setup() has run exactly once. */
struct heed_layer {
    const struct heed_plugin *plugin;
    void *self; /* owned; only read after setup() */
};
/* The instance (whose options self borrows) must live longer than the layer. On failure nothing is
 * to be closed. */
int heed_layer_open(struct heed_layer *layer, const struct heed_instance *in, struct heed_setup *s,
                    struct heed_err *err) HEED_MUST_USE;
void heed_layer_close(struct heed_layer *layer);

/* Calls visit for every plugin found on the search path (first of a name wins), broken ones with
 * plugin NULL and the reason. */
void heed_plugins_each(const struct heed_host *host,
                       void (*visit)(void *ctx, const char *path, const struct heed_plugin *plugin,
                                     const char *reason),
                       void *ctx);
/* The same without opening any; path NULL: preloaded. */
void heed_plugins_find(void (*visit)(void *ctx, const char *path, const char *module), void *ctx);
const char *heed_kind_name(enum heed_plugin_kind kind); /* "score" */

/* host_text.c: a table with fail and the text functions only, so that a tool that does no matrix
 * work links none. */
const struct heed_host *heed_host_text(void);
void heed_host_lower(const char *s, size_t n, void (*put)(void *ctx, const char *s, size_t n),
                     void *ctx);
/* host.c (needs the tensor floor): the table with all operations. */
const struct heed_host *heed_host_table(void);

#endif
