/* lines.c: see lines.h. */
#include <string.h>

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

int heed_model_line(struct heed_model_lines *l, const char *text, size_t n, bool first,
                    struct heed_line *out, const float **table, struct heed_err *err)
{
    struct heed_table *t = &l->numbers.table;
    const char *tab = memchr(text, '\t', n);
    size_t n_path = tab ? (size_t)(tab - text) : n, failed;
    if (first)
        heed_table_forget(t);
    char *path = heed_table_path(l->list, text, n_path);
    int status = n_path ? l->numbers.read(&l->numbers, (const char *const *)&path, 1, &failed, err)
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
