/* table.c: see table.h. */
#include <string.h>

#include "base/str.h"
#include "data/table.h"

void heed_table_init(struct heed_table *t, int64_t frame, int64_t stack)
{
    *t = (struct heed_table){.frame = frame, .width = frame * stack};
    heed_table_forget(t);
}

void heed_table_release(struct heed_table *t)
{
    free(t->rows);
    free(t->at);
    *t = (struct heed_table){0};
}

/* Room for so many more rows, which are zeros. */
static float *more(struct heed_table *t, int64_t rows)
{
    size_t n = (size_t)(t->n + rows);
    if (n > t->cap) {
        t->cap = HEED_MAX(n, t->cap + t->cap / 2);
        t->rows = heed_xrealloc(t->rows, t->cap, sizeof *t->rows * (size_t)t->width);
    }
    float *to = t->rows + t->n * t->width;
    memset(to, 0, sizeof *to * (size_t)(rows * t->width));
    t->n += rows;
    return to;
}

void heed_table_forget(struct heed_table *t)
{
    t->n = 0;
    t->n_sources = 0;
    more(t, HEED_SPECIALS);
    heed_grow(&t->at, 0, &t->cap_at, sizeof *t->at);
    t->at[0] = t->n;
}

int heed_table_add(struct heed_table *t, const float *frames, int64_t n, struct heed_err *err)
{
    int64_t stack = t->width / t->frame, rows = (n + stack - 1) / stack;
    if (t->n + rows > INT32_MAX)
        return heed_fail(err, "sources of more than %d steps in all", INT32_MAX);
    float *to = more(t, rows);
    if (n)
        memcpy(to, frames, sizeof *to * (size_t)(n * t->frame));
    heed_grow(&t->at, t->n_sources + 1, &t->cap_at, sizeof *t->at);
    t->at[++t->n_sources] = t->n;
    return 0;
}

double heed_table_bytes(const struct heed_table *t)
{
    return (double)t->n * (double)t->width * sizeof *t->rows;
}

char *heed_table_path(const char *list, const char *path, size_t n)
{
    const char *slash = list && strcmp(list, "-") != 0 && *path != '/' ? strrchr(list, '/') : NULL;
    struct heed_str out = {0};
    if (slash)
        heed_str_add(&out, list, (size_t)(slash + 1 - list));
    heed_str_add(&out, path, n);
    return out.data ? out.data : heed_xstrdup("");
}
