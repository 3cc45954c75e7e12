/* remade.c: see remade.h. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/remade.h"

bool remade_same(const char *a, const char *b)
{
    struct stat one, other;
    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

int remade_load(struct remade *r, const char *path, struct heed_err *err)
{
    if (!path)
        return heed_usage(err, "which model? give its file");
    for (size_t i = 0; i < r->plugin_dirs.n; i++)
        heed_plugin_dir_add(r->plugin_dirs.items[i]);
    return heed_model_load(&r->model, path, &r->places, err);
}

int remade_open(struct remade *r, const char *path, struct heed_err *err)
{
    struct stat st;
    if (!path)
        return heed_usage(err, "which model? give its file");
    if (!r->output)
        return heed_usage(err, "where to? give -o MODEL.heed");
    if (remade_same(path, r->output))
        return heed_usage(err, "%s is the model that is read: give another file to -o", r->output);
    if (!r->force && stat(r->output, &st) == 0)
        return heed_fail(err, "%s exists; --force replaces it", r->output);
    return remade_load(r, path, err);
}

int remade_save(struct remade *r, struct heed_err *err)
{
    return heed_model_save(&r->model, r->output, NULL, err);
}

int remade_pairs(struct remade_pairs *p, struct heed_corpus *c, struct heed_err *err)
{
    static const char *standard_input[] = {"-"};
    const char **paths = heed_cli.n_operands ? heed_cli.operands : standard_input;
    struct heed_corpus_options o = {.skip_bad = p->skip_bad, .max_line = p->max_line};
    const char *columns = p->tag_columns && !p->columns ? "1,2" : p->columns;
    if (heed_columns_parse(columns, "columns", &o.columns, err) ||
        heed_tagging_open(&p->tagging, p->tag_columns, NULL, err))
        return -1;
    o.tagging = &p->tagging;
    for (size_t i = 0; i < HEED_MAX(heed_cli.n_operands, 1); i++)
        if (heed_corpus_read(c, paths[i], &o, err))
            return -1;
    return 0;
}
