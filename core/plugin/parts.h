/* parts.h: what the files of the loader share: place.c, elf.c, descriptor.c, guard.c, loader.c. */
#ifndef HEED_PLUGIN_PARTS_H
#define HEED_PLUGIN_PARTS_H

#include "base/str.h"
#include "plugin/loader.h"

/* --- place.c --- */
#define PLUGIN_NAME_MAX 32
/* With the longest kind in front. */
#define MODULE_NAME_MAX (PLUGIN_NAME_MAX + sizeof("tokenizer_") - 1)
/* ^[a-z][a-z0-9_]*$, of at most `most` bytes. */
bool heed_plugin_name_valid(const char *name, size_t most);
/* Folder i of those to be searched: --plugin-dir, $HEED_PLUGIN_PATH, heed's own; NULL behind the last. */
const char *heed_plugin_dir(size_t i);
/* The absolute path of `module`.so in the first folder that has it, malloc'ed; NULL: none has. */
char *heed_plugin_find(const char *module);
/* "score_dot" of ".../score_dot.so": malloc'ed; NULL when the file's name is no such thing. */
char *heed_plugin_module_name(const char *path);
char *heed_plugin_absolute(const char *path);

/* --- elf.c --- */
/* Is the file a shared object of this machine, whole, bound at load, with a symbol of that name? */
int heed_elf_check(const char *path, const char *symbol, struct heed_err *err) HEED_MUST_USE;

/* --- descriptor.c --- */
int heed_descriptor_check(const struct heed_plugin *plugin, const char *module,
                          struct heed_err *err) HEED_MUST_USE;

/* --- guard.c --- */
struct heed_guard; /* what a plugin's constructors must not change */
struct heed_guard *heed_guard_begin(void);
/* Puts back what changed and frees the guard; appends the names of what
 * changed to `changed`, "locale, umask". */
void heed_guard_end(struct heed_guard *guard, struct heed_str *changed);

#endif
