/* space.c: see space.h. */
#include <math.h>
#include <string.h>
#include "base/rng.h"
#include "train/space.h"

#define TRIES 64 /* for a trial that is not like an earlier one */

/* --- ranges --- */

static bool is_number(const struct heed_option *row)
{
    return row->type == HEED_INT || row->type == HEED_REAL || row->type == HEED_COUNT_OF ||
           row->type == HEED_SIZE || row->type == HEED_TIME;
}

static bool is_whole(const struct heed_option *row)
{
    return row->type != HEED_REAL && row->type != HEED_TIME;
}

static int allow(const struct heed_space *s, const struct heed_option *row, const char *value,
                 struct heed_err *err)
{
    return heed_option_set(row, s->scratch, value, err);
}

static int take_words(const struct heed_space *s, struct heed_range *r, const char *text,
                      struct heed_err *err)
{
    size_t cap = 0;
    for (;; text++) {
        size_t n = strcspn(text, ",");
        const char *word = heed_option_keep(text, n);
        for (size_t i = 0; i < r->n; i++)
            if (!strcmp(r->words[i], word))
                return heed_usage(err, "%s stands there twice", word);
        if (!n)
            return heed_usage(err, "a value is empty");
        if (allow(s, r->row, word, err))
            return -1;
        heed_grow(&r->words, r->n, &cap, sizeof(*r->words));
        r->words[r->n++] = word;
        text += n;
        if (!*text)
            return 0;
    }
}

/* What a number is, as the row reads it ("4k"). */
static int take_end(const struct heed_space *s, const struct heed_option *row, const char *text,
                    size_t n, double *out, struct heed_err *err)
{
    if (allow(s, row, heed_option_keep(text, n), err))
        return -1;
    const void *at = (const char *)s->scratch + row->offset;
    if (is_whole(row)) {
        int64_t i;
        memcpy(&i, at, sizeof(i));
        *out = (double)i;
    } else
        memcpy(out, at, sizeof(*out));
    return 0;
}

static int take_ends(const struct heed_space *s, struct heed_range *r, const char *text,
                     struct heed_err *err)
{
    size_t lo = strcspn(text, ":");
    const char *second = text + lo + 1;
    size_t hi = strcspn(second, ":");
    r->log = !strcmp(second + hi, ":log");
    if (second[hi] && !r->log)
        return heed_usage(err, "want LOW:HIGH or LOW:HIGH:log");
    if (take_end(s, r->row, text, lo, &r->lo, err) || take_end(s, r->row, second, hi, &r->hi, err))
        return -1;
    if (!(r->lo < r->hi))
        return heed_usage(err, "%.*s is not below %.*s", (int)lo, text, (int)hi, second);
    if (r->log && !(r->lo > 0))
        return heed_usage(err, "a logarithm wants numbers above 0");
    return 0;
}

const struct heed_range *heed_space_find(const struct heed_space *s, const char *option)
{
    for (size_t i = 0; i < s->n; i++)
        if (!strcmp(s->items[i].row->name, option))
            return &s->items[i];
    return NULL;
}

static bool is_banned(const struct heed_space *s, const struct heed_option *row)
{
    bool banned = row->type == HEED_LIST;
    for (size_t i = 0; s->banned && s->banned[i]; i++)
        banned |= !strcmp(s->banned[i], row->name);
    return banned;
}

static const struct heed_option *find_row(const struct heed_space *s, const char *name,
                                          struct heed_err *err)
{
    const struct heed_option *row = heed_option_find(s->rows, name);
    const char *near = row ? NULL : heed_option_nearest(s->rows, name);
    if (row && !is_banned(s, row) && !heed_space_find(s, name))
        return row;
    if (row && is_banned(s, row))
        heed_usage(err, "option --%s is not one to search over", name);
    else if (row)
        heed_usage(err, "option --%s has two ranges", name);
    else
        heed_usage(err, "no option --%s%s%s%s", name, near ? "; did you mean --" : "",
                   near ? near : "", near ? "?" : "");
    return NULL;
}

int heed_space_add(struct heed_space *s, const char *text, bool shy, struct heed_err *err)
{
    size_t n = strcspn(text, "=");
    if (!text[n] || !n)
        return heed_usage(err, "'%s': want OPTION=VALUE,VALUE... or OPTION=LOW:HIGH[:log]", text);
    struct heed_range r = {.shy = shy};
    r.row = find_row(s, heed_option_keep(text, n), err);
    if (!r.row)
        return -1;
    const char *values = text + n + 1;
    bool ends = is_number(r.row) && strchr(values, ':');
    if (ends ? take_ends(s, &r, values, err) : take_words(s, &r, values, err)) {
        free(r.words);
        return heed_err_prefix(err, "range '%s': ", text);
    }
    heed_grow(&s->items, s->n, &s->cap, sizeof(*s->items));
    s->items[s->n++] = r;
    return 0;
}

void heed_space_text(const struct heed_range *r, struct heed_str *out)
{
    heed_str_printf(out, "%s=", r->row->name);
    for (size_t i = 0; i < r->n; i++)
        heed_str_printf(out, "%s%s", i ? "," : "", r->words[i]);
    if (!r->words)
        heed_str_printf(out, "%.6g:%.6g%s", r->lo, r->hi, r->log ? ":log" : "");
}

/* --- draws --- */

/* [0, 1) */
static double draw(const struct heed_space *s, const struct heed_range *r, int64_t number, int try,
                   uint64_t what)
{
    uint64_t name = heed_mix64_bytes(0, r->row->name, strlen(r->row->name));
    return (double)(heed_counter_key(s->seed, (uint64_t)number, name, (uint64_t)try, what) >> 11) *
           0x1p-53;
}

static void add_value(const struct heed_space *s, const struct heed_range *r, int64_t number,
                      int try, struct heed_str *out)
{
    double u = draw(s, r, number, try, 0);
    if (r->shy && draw(s, r, number, try, 1) < 0.5)
        return;
    const char *word = r->words ? r->words[(size_t)(u * (double)r->n)] : NULL;
    if (word && r->row->def && !strcmp(word, r->row->def)) /* as where nothing is said */
        return;
    heed_str_printf(out, "--%s=", r->row->name);
    if (word) {
        heed_str_printf(out, "%s\n", word);
        return;
    }
    double v =
        r->log ? exp(log(r->lo) + u * (log(r->hi) - log(r->lo))) : r->lo + u * (r->hi - r->lo);
    if (is_whole(r->row)) /* both ends may come */
        v = floor(r->log ? v + 0.5 : r->lo + u * (r->hi - r->lo + 1));
    v = HEED_MAX(r->lo, HEED_MIN(v, r->hi));
    if (is_whole(r->row))
        heed_str_printf(out, "%lld\n", (long long)v);
    else
        heed_str_printf(out, "%.3g\n", v);
}

static bool is_new(const struct heed_space *s, const char *text)
{
    for (size_t i = 0; i < s->n_trials; i++)
        if (!strcmp(s->trials[i], text))
            return false;
    return true;
}

static size_t count_firsts(const struct heed_space *s)
{
    size_t n = 0;
    while (s->firsts && s->firsts[n])
        n++;
    return n;
}

static bool draw_trial(struct heed_space *s)
{
    int64_t number = (int64_t)s->n_trials, firsts = (int64_t)count_firsts(s);
    for (int try = 0; try < (number ? TRIES : 1); try++) {
        struct heed_str text = {0};
        bool given = !try && number && number <= firsts;
        heed_str_add_text(&text, given ? s->firsts[number - 1] : "");
        for (size_t i = 0; i < s->n && number && !given; i++)
            add_value(s, &s->items[i], number, try, &text);
        if (is_new(s, text.data)) {
            heed_grow(&s->trials, s->n_trials, &s->cap_trials, sizeof(*s->trials));
            s->trials[s->n_trials++] = text.data;
            return true;
        }
        heed_str_release(&text);
    }
    return false;
}

const char *heed_space_trial(struct heed_space *s, int64_t number)
{
    while ((int64_t)s->n_trials <= number)
        if (!draw_trial(s))
            return NULL;
    return s->trials[number];
}

void heed_space_release(struct heed_space *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->items[i].words);
    for (size_t i = 0; i < s->n_trials; i++)
        free(s->trials[i]);
    free(s->items);
    free(s->trials);
    s->items = NULL;
    s->trials = NULL;
    s->n = s->n_trials = 0;
}
