/* columns.c: see columns.h. */
#include "data/columns.h"

#include <stdlib.h>
#include <string.h>

#define COLUMN_MAX 100000

int64_t heed_columns_number(const char **at)
{
    int64_t n = 0;
    const char *s = *at;
    while (*s >= '0' && *s <= '9' && n <= COLUMN_MAX)
        n = 10 * n + (*s++ - '0');
    *at = s;
    return n > COLUMN_MAX ? 0 : n;
}

int heed_columns_parse(const char *text, const char *option, struct heed_columns *out,
                       struct heed_err *err)
{
    *out = (struct heed_columns){0};
    if (!text)
        return 0;
    const char *at = text;
    out->src = heed_columns_number(&at);
    bool comma = *at == ',';
    at += comma;
    out->tgt = comma ? heed_columns_number(&at) : 0;
    if (!out->src || !out->tgt || *at)
        return heed_usage(err,
                          "option --%s: '%s' is not SOURCE,TARGET, two numbers of columns from 1, "
                          "as in 1,2",
                          option, text);
    return 0;
}

static int64_t count(const char *line, size_t n)
{
    int64_t columns = 1;
    for (size_t i = 0; i < n; i++)
        columns += line[i] == '\t';
    return columns;
}

bool heed_columns_wide(const char *line, size_t n)
{
    return count(line, n) > 2;
}

bool heed_columns_find(const char *line, size_t n, int64_t column, const char **at, size_t *len)
{
    const char *end = line + n, *tab = NULL;
    while (column > 1 && (tab = memchr(line, '\t', (size_t)(end - line)))) {
        line = tab + 1;
        column--;
    }
    if (column > 1)
        return false;
    tab = memchr(line, '\t', (size_t)(end - line));
    *at = line;
    *len = (size_t)((tab ? tab : end) - line);
    return true;
}

bool heed_columns_cut(const struct heed_columns *c, const char *line, size_t n,
                      struct heed_columns_pair *out)
{
    static const struct heed_columns plain = {1, 2};
    if (n == 0) {
        *out = (struct heed_columns_pair){"", "", 0, 0};
        return true;
    }
    if (!c->src && heed_columns_wide(line, n))
        return false;
    if (!c->src)
        c = &plain;
    return heed_columns_find(line, n, c->src, &out->src, &out->n_src) &&
           heed_columns_find(line, n, c->tgt, &out->tgt, &out->n_tgt);
}

int heed_columns_refuse(const struct heed_columns *c, const char *line, size_t n, bool first,
                        struct heed_err *err)
{
    int64_t has = count(line, n);
    if (c->src)
        return heed_fail(err, "no column %lld (there are %lld); --skip-bad passes over such lines",
                         (long long)HEED_MAX(c->src, c->tgt), (long long)has);
    if (has < 2)
        return heed_fail(err, "no tab, want SOURCE<TAB>TARGET; --skip-bad passes over such lines");
    return heed_fail(err,
                     "%lld columns, want SOURCE<TAB>TARGET; --columns 1,2 takes the first two%s",
                     (long long)has, first ? "" : ", --skip-bad passes over such lines");
}

int heed_columns_keep(struct heed_str *line, int64_t column, struct heed_err *err)
{
    const char *at;
    size_t len;
    if (column == 0 || line->len == 0)
        return 0;
    if (!heed_columns_find(line->data, line->len, column, &at, &len))
        return heed_fail(err, "no column %lld (there are %lld)", (long long)column,
                         (long long)count(line->data, line->len));
    memmove(line->data, at, len);
    line->data[len] = '\0';
    line->len = len;
    return 0;
}

int heed_columns_speaker(const char *line, size_t n, int64_t column, struct heed_names *speakers,
                         size_t *number, struct heed_err *err)
{
    const char *name;
    size_t size;
    if (!heed_columns_find(line, n, column, &name, &size) || !size)
        return heed_fail(err, "no speaker in its column %lld", (long long)column);
    *number = heed_names_number(speakers, name, size);
    return 0;
}
