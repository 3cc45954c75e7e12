/* timetable.c: see timetable.h. */
#include <errno.h>
#include <stdlib.h>

#include "train/timetable.h"

#define STEPS_MAX (1ll << 53)

void heed_timetable_release(struct heed_timetable *t)
{
    free(t->entries);
    *t = (struct heed_timetable){0};
}

void heed_timetable_begin(struct heed_timetable *t, int64_t first)
{
    t->first = first;
    t->n = 0;
}

void heed_timetable_add(struct heed_timetable *t, int64_t step, int64_t total)
{
    heed_grow(&t->entries, t->n, &t->cap, sizeof *t->entries);
    t->entries[t->n++] = (struct heed_entry){step, total};
}

int64_t heed_timetable_total(const struct heed_timetable *t, int64_t step)
{
    int64_t total = t->first;
    for (size_t i = 0; i < t->n && t->entries[i].step <= step; i++)
        if (t->entries[i].total)
            total = t->entries[i].total;
    return total;
}

/* From the end: it is asked for the present step. */
bool heed_timetable_measures(const struct heed_timetable *t, int64_t step)
{
    for (size_t i = t->n; i-- > 0 && t->entries[i].step >= step;)
        if (t->entries[i].step == step && t->entries[i].total == 0)
            return true;
    return false;
}

void heed_timetable_text(const struct heed_timetable *t, struct heed_str *out)
{
    heed_str_printf(out, "%lld", (long long)t->first);
    for (size_t i = 0; i < t->n; i++) {
        const struct heed_entry *e = &t->entries[i];
        if (e->total)
            heed_str_printf(out, ",%lld@%lld", (long long)e->total, (long long)e->step);
        else
            heed_str_printf(out, ",m%lld", (long long)e->step);
    }
}

/* A number of steps; *end behind it. */
static bool number(const char *text, const char **end, int64_t *out)
{
    char *behind;
    errno = 0;
    long long n = *text >= '1' && *text <= '9' ? strtoll(text, &behind, 10) : 0;
    if (n < 1 || n > STEPS_MAX || errno)
        return false;
    *end = behind;
    *out = n;
    return true;
}

/* One entry and the comma before it; NULL where it is none. */
static const char *entry(const char *text, struct heed_entry *e)
{
    const char *at = text;
    *e = (struct heed_entry){0};
    if (*at++ != ',')
        return NULL;
    if (*at == 'm')
        return number(at + 1, &at, &e->step) ? at : NULL;
    if (!number(at, &at, &e->total) || *at != '@' || !number(at + 1, &at, &e->step))
        return NULL;
    return e->total >= e->step ? at : NULL;
}

int heed_timetable_parse(struct heed_timetable *t, const char *text, struct heed_err *err)
{
    int64_t first, step = 0;
    const char *at = text;
    if (!number(at, &at, &first))
        return heed_fail(err, "'%.40s' is no plan, such as 1200,m60,1180@130", text);
    heed_timetable_begin(t, first);
    while (*at) {
        struct heed_entry e;
        const char *end = entry(at, &e);
        if (!end || e.step < step)
            return heed_fail(err, "no plan from '%.40s' on; one is 1200,m60,1180@130", at);
        heed_timetable_add(t, e.step, e.total);
        step = e.step;
        at = end;
    }
    return 0;
}
