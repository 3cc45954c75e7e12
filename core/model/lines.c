/* lines.c: see lines.h. */
#include <string.h>

#include "data/corpus.h"
#include "data/sounds.h"
#include "model/lines.h"

int heed_model_lines_open(struct heed_model_lines *l, const struct heed_model *m, int n,
                          struct heed_err *err)
{
    if (!heed_net_reads_numbers(&m->net))
        return 0;
    if (n > 1)
        return heed_usage(err, "models that read features are not asked several as one");
    return heed_sounds_open(&l->numbers, &m->sound, m->net.shape.stack, 1, err) ? -1 : 1;
}

void heed_model_lines_close(struct heed_model_lines *l)
{
    heed_numbers_close(&l->numbers);
    heed_names_release(&l->groups);
}

/* The path of a line, malloc'ed: empty where it names none. */
static char *path_of(const struct heed_model_lines *l, const char *text, size_t n)
{
    const char *tab = memchr(text, '\t', n);
    size_t size = tab ? (size_t)(tab - text) : n;
    return size ? heed_table_path(l->list, text, size) : heed_xstrdup("");
}

static int group_of(struct heed_model_lines *l, const char *text, size_t n, int32_t *group,
                    struct heed_err *err)
{
    size_t number = 0;
    int status = heed_columns_speaker(text, n, l->group_column, &l->groups, &number, err);
    *group = (int32_t)number;
    return status;
}

int heed_model_lines_study(struct heed_model_lines *l, const struct heed_corpus *lines,
                           size_t *failed, struct heed_err *err)
{
    const char **paths = heed_xcalloc(lines->n + 1, sizeof *paths);
    int32_t *groups = heed_xcalloc(lines->n + 1, sizeof *groups);
    size_t n = 0;
    int status = 0;
    for (*failed = 0; *failed < lines->n && status == 0; *failed += status == 0) {
        const struct heed_pair *p = &lines->pairs[*failed];
        char *path = path_of(l, p->src, p->src_len);
        bool known = *path && group_of(l, p->src, p->src_len, &groups[n], err) == 0;
        status = known || !*path || l->warn ? 0 : -1;
        if (known)
            paths[n++] = path;
        else
            free(path);
    }
    if (status == 0)
        l->numbers.study(&l->numbers, paths, groups, n);
    while (n)
        free((char *)paths[--n]);
    free(paths);
    free(groups);
    return status;
}

int heed_model_line(struct heed_model_lines *l, const char *text, size_t n, bool first,
                    struct heed_line *out, const float **table, struct heed_err *err)
{
    struct heed_table *t = &l->numbers.table;
    int32_t group = 0;
    size_t failed;
    int status = 0;
    if (first)
        heed_table_forget(t);
    char *path = path_of(l, text, n);
    if (*path && l->numbers.grouped)
        status = group_of(l, text, n, &group, err);
    if (status == 0)
        status = *path ? l->numbers.read(&l->numbers, (const char *const *)&path, &group, 1,
                                         &failed, err)
                       : heed_table_add(t, NULL, 0, err);
    if (status && l->warn) {
        l->warn(err->text);
        status = heed_table_add(t, NULL, 0, err);
    }
    free(path);
    if (status)
        return -1;
    heed_line_number(out, t, t->n_sources - 1);
    *table = t->rows;
    return 0;
}
