/* option.c: option rows: defaults, setting a value with its checks, and the way back to text. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/lock.h"
#include "base/option.h"
#include "base/rng.h"

static void *field(const struct heed_option *row, void *self)
{
    return (char *)self + row->offset;
}

/* A table of what is kept, at most half full, and one lock for all: files may bring a megabyte of
 * options. */
struct kept {
    const char **slots;
    size_t n, size; /* size: a power of two */
};

static const char **slot_of(const struct kept *k, const char *text, size_t n)
{
    uint64_t h = n;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)text[i]) * 0x100000001b3u;
    size_t at = (size_t)heed_mix64(h) & (k->size - 1);
    while (k->slots[at] && (strncmp(k->slots[at], text, n) != 0 || k->slots[at][n]))
        at = (at + 1) & (k->size - 1);
    return &k->slots[at];
}

static void make_room(struct kept *k)
{
    struct kept more = {.n = k->n, .size = k->size ? 2 * k->size : 64};
    if (k->size && 2 * (k->n + 1) <= k->size)
        return;
    more.slots = heed_xcalloc(more.size, sizeof(*more.slots));
    for (size_t i = 0; i < k->size; i++)
        if (k->slots[i])
            *slot_of(&more, k->slots[i], strlen(k->slots[i])) = k->slots[i];
    free(k->slots);
    *k = more;
}

const char *heed_option_keep(const char *text, size_t n)
{
    static struct heed_lock lock = HEED_LOCK_INIT;
    static struct kept kept;
    heed_lock(&lock);
    make_room(&kept);
    const char **slot = slot_of(&kept, text, n);
    if (!*slot) {
        *slot = heed_xstrndup(text, n);
        kept.n++;
    }
    const char *found = *slot;
    heed_unlock(&lock);
    return found;
}

/* Word `number` of "a|b|c" and its length, or NULL. */
static const char *word_at(const char *words, int number, size_t *n)
{
    for (int i = 0; words && number >= 0; i++) {
        *n = strcspn(words, "|");
        if (i == number)
            return words;
        words = words[*n] ? words + *n + 1 : NULL;
    }
    return NULL;
}

int heed_option_number(const char *words, const char *value)
{
    size_t n, len = strlen(value);
    const char *word;
    for (int i = 0; (word = word_at(words, i, &n)); i++)
        if (len && n == len && !memcmp(word, value, n))
            return i;
    return -1;
}

const char *heed_option_word(const char *words, int number)
{
    size_t n;
    const char *word = word_at(words, number, &n);
    return word ? heed_option_keep(word, n) : "";
}

/* A REAL is computed with as a float: what is excluded must not come back by rounding (a dropout of
 * 0.99999999 is 1). */
static double as_used(const struct heed_option *row, double v)
{
    return row->type == HEED_REAL ? (double)(float)v : v;
}

static bool in_range(const struct heed_option *row, double v)
{
    if (row->min == row->max)
        return true;
    bool above = row->flags & HEED_OPTION_EXCL_MIN ? as_used(row, v) > as_used(row, row->min)
                                                   : v >= row->min;
    bool below = row->flags & HEED_OPTION_EXCL_MAX ? as_used(row, v) < as_used(row, row->max)
                                                   : v <= row->max;
    return above && below;
}

void heed_option_range(const struct heed_option *row, struct heed_str *out)
{
    char min[32], max[32];
    bool numeric = row->type == HEED_INT || row->type == HEED_REAL || row->type == HEED_SIZE ||
                   row->type == HEED_COUNT_OF || row->type == HEED_TIME;
    if (!numeric || row->min == row->max)
        return;
    heed_format_f64(min, sizeof(min), row->min);
    heed_format_f64(max, sizeof(max), row->max);
    bool open_min = row->flags & HEED_OPTION_EXCL_MIN || isinf(row->min);
    bool open_max = row->flags & HEED_OPTION_EXCL_MAX || isinf(row->max);
    heed_str_printf(out, "%c%s, %s%c", open_min ? '(' : '[', min, max, open_max ? ')' : ']');
}

/* Fails with "LABEL: 'value' is WHAT". */
static int fail_kind(struct heed_err *err, const char *label, const char *value, const char *what)
{
    return heed_usage(err, "%s: '%s' is %s", label, value, what);
}

static int check_range(const struct heed_option *row, double v, const char *label,
                       const char *value, struct heed_err *err)
{
    if (in_range(row, v))
        return 0;
    struct heed_str range = {0};
    heed_option_range(row, &range);
    heed_usage(err, "%s: %s not in %s", label, value, range.data);
    heed_str_release(&range);
    return -1;
}

static int set_whole(const struct heed_option *row, void *self, const char *label,
                     const char *value, struct heed_err *err)
{
    int64_t v;
    bool ok = row->type == HEED_SIZE       ? heed_parse_size(value, &v)
              : row->type == HEED_COUNT_OF ? heed_parse_count(value, &v)
                                           : heed_parse_i64(value, &v);
    if (!ok)
        return fail_kind(err, label, value,
                         row->type == HEED_SIZE       ? "no size (4096, 4k, 64M)"
                         : row->type == HEED_COUNT_OF ? "no count (20000, 20k)"
                                                      : "no whole number");
    if (check_range(row, (double)v, label, value, err))
        return -1;
    *(int64_t *)field(row, self) = v;
    return 0;
}

static int set_real(const struct heed_option *row, void *self, const char *label, const char *value,
                    struct heed_err *err)
{
    double v;
    bool ok = row->type == HEED_TIME ? heed_parse_time(value, &v) : heed_parse_f64(value, &v);
    if (!ok)
        return fail_kind(err, label, value,
                         row->type == HEED_TIME ? "no time (90, 90s, 20m, 1.5h, 1h30m)"
                                                : "no number");
    if (check_range(row, v, label, value, err))
        return -1;
    if (isinf(as_used(row, v)))
        return fail_kind(err, label, value, "too large");
    if (v != 0 && as_used(row, v) == 0)
        return fail_kind(err, label, value, "too small");
    *(double *)field(row, self) = v;
    return 0;
}

static int set_switch(const struct heed_option *row, void *self, const char *label,
                      const char *value, struct heed_err *err)
{
    bool on = !value || !strcmp(value, "on");
    if (!on && strcmp(value, "off"))
        return fail_kind(err, label, value, "neither on nor off");
    *(bool *)field(row, self) = on;
    return 0;
}

static int set_choice(const struct heed_option *row, void *self, const char *label,
                      const char *value, struct heed_err *err)
{
    int number = heed_option_number(row->unit, value);
    const char *near = number < 0 ? heed_word_nearest(row->unit, value) : NULL;
    if (number < 0)
        return heed_usage(err, "%s: '%s' is not one of %s%s%s%s", label, value, row->unit,
                          near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    *(int *)field(row, self) = number;
    return 0;
}

static int set_value(const struct heed_option *row, void *self, const char *label,
                     const char *value, struct heed_err *err)
{
    struct heed_list *list;
    if (!value && row->type != HEED_SWITCH)
        return heed_usage(err, "%s: value missing", label);
    switch ((enum heed_option_type)row->type) {
    case HEED_INT:
    case HEED_SIZE:
    case HEED_COUNT_OF:
        return set_whole(row, self, label, value, err);
    case HEED_REAL:
    case HEED_TIME:
        return set_real(row, self, label, value, err);
    case HEED_SWITCH:
        return set_switch(row, self, label, value, err);
    case HEED_CHOICE:
        return set_choice(row, self, label, value, err);
    case HEED_STRING:
        *(const char **)field(row, self) = value;
        return 0;
    case HEED_LIST:
        list = field(row, self);
        heed_grow(&list->items, list->n, &list->cap, sizeof(*list->items));
        list->items[list->n++] = value;
        return 0;
    }
    BUG("option %s: type %u", row->name, row->type);
}

int heed_option_set(const struct heed_option *row, void *self, const char *value,
                    struct heed_err *err)
{
    char label[96];
    snprintf(label, sizeof(label), "option --%s", row->name);
    return set_value(row, self, label, value, err);
}

size_t heed_option_size(const struct heed_option *row)
{
    switch (row->type) {
    case HEED_INT:
    case HEED_SIZE:
    case HEED_COUNT_OF:
        return sizeof(int64_t);
    case HEED_REAL:
    case HEED_TIME:
        return sizeof(double);
    case HEED_SWITCH:
        return sizeof(bool);
    case HEED_STRING:
        return sizeof(char *);
    case HEED_CHOICE:
        return sizeof(int);
    case HEED_LIST:
        return sizeof(struct heed_list);
    }
    return 0;
}

void heed_options_default(const struct heed_option *rows, void *self)
{
    for (const struct heed_option *row = rows; row && row->name; row++) {
        size_t size = heed_option_size(row);
        if (!size)
            BUG("option %s: type %u", row->name, row->type);
        memset(field(row, self), 0, size);
        if (row->type == HEED_CHOICE)
            *(int *)field(row, self) = -1;
        struct heed_err err;
        if (row->def && heed_option_set(row, self, row->def, &err))
            BUG("default of %s", err.text);
    }
}

void heed_option_text(const struct heed_option *row, const void *self, struct heed_str *out)
{
    const void *at = (const char *)self + row->offset;
    const struct heed_list *list = at;
    const char *text;
    char number[32];
    switch ((enum heed_option_type)row->type) {
    case HEED_INT:
    case HEED_SIZE:
    case HEED_COUNT_OF:
        heed_str_printf(out, "%lld", (long long)*(const int64_t *)at);
        return;
    case HEED_REAL:
    case HEED_TIME:
        heed_str_add(out, number, heed_format_f64(number, sizeof(number), *(const double *)at));
        return;
    case HEED_SWITCH:
        heed_str_add_text(out, *(const bool *)at ? "on" : "off");
        return;
    case HEED_CHOICE:
        heed_str_add_text(out, heed_option_word(row->unit, *(const int *)at));
        return;
    case HEED_STRING:
        text = *(const char *const *)at;
        heed_str_add_text(out, text ? text : "");
        return;
    case HEED_LIST:
        heed_str_add_text(out, "");
        for (size_t i = 0; i < list->n; i++)
            heed_str_printf(out, "%s%s", i ? "," : "", list->items[i]);
        return;
    }
    BUG("option %s: type %u", row->name, row->type);
}

const struct heed_option *heed_options_differing(const struct heed_option *rows, const void *a,
                                                 const void *b)
{
    struct heed_str here = {0}, there = {0};
    const struct heed_option *row = rows;
    for (; row->name; row++) {
        heed_str_clear(&here);
        heed_str_clear(&there);
        heed_option_text(row, a, &here);
        heed_option_text(row, b, &there);
        if (here.len != there.len || (here.len && memcmp(here.data, there.data, here.len) != 0))
            break;
    }
    heed_str_release(&here);
    heed_str_release(&there);
    return row->name ? row : NULL;
}

const struct heed_option *heed_option_find(const struct heed_option *rows, const char *name)
{
    for (const struct heed_option *row = rows; row && row->name; row++)
        if (!strcmp(row->name, name))
            return row;
    return NULL;
}

/* Edit distance with exchange of neighbours; both texts shorter than WORD_MAX. */
#define WORD_MAX 48
static int distance(const char *a, const char *b)
{
    int row[3][WORD_MAX + 1];
    int n = (int)strlen(a), m = (int)strlen(b);
    for (int j = 0; j <= m; j++)
        row[0][j] = j;
    for (int i = 1; i <= n; i++) {
        int *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];
        now[0] = i;
        for (int j = 1; j <= m; j++) {
            int d = last[j - 1] + (a[i - 1] != b[j - 1]);
            d = HEED_MIN(d, HEED_MIN(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d = HEED_MIN(d, before[j - 2] + 1);
            now[j] = d;
        }
    }
    return row[n % 3][m];
}

/* How far name is from a word: 1 for its beginning. */
static int likeness(const char *word, const char *name, size_t len)
{
    return strlen(word) > WORD_MAX ? INT_MAX : strncmp(word, name, len) ? distance(word, name) : 1;
}

/* Takes word for the nearest so far, if it is. */
static void take_nearer(const char *word, const char *name, const char **best, int *least)
{
    size_t len = strlen(name);
    int d = len > WORD_MAX || len < 2 ? INT_MAX : likeness(word, name, len);
    if (d < *least && (size_t)d < len) {
        *least = d;
        *best = word;
    }
}

const char *heed_option_nearest(const struct heed_option *rows, const char *name)
{
    const char *best = NULL;
    int least = 3;
    for (const struct heed_option *row = rows; row && row->name; row++)
        take_nearer(row->name, name, &best, &least);
    return best;
}

const char *heed_word_nearest(const char *words, const char *name)
{
    const char *best = NULL, *word;
    size_t n;
    int least = 3;
    for (int i = 0; (word = word_at(words, i, &n)); i++)
        take_nearer(heed_option_keep(word, n), name, &best, &least);
    return best;
}

int heed_options_spec(const struct heed_option *rows, void *self, const char *what,
                      const char *spec, struct heed_err *err)
{
    while (spec && *spec) {
        size_t n = strcspn(spec, ",");
        const char *equals = memchr(spec, '=', n);
        size_t key_len = equals ? (size_t)(equals - spec) : n;
        const char *key = heed_option_keep(spec, key_len);
        const char *value = equals ? heed_option_keep(equals + 1, n - key_len - 1) : NULL;
        const struct heed_option *row = heed_option_find(rows, key);
        if (!row) {
            const char *near = heed_option_nearest(rows, key);
            return heed_usage(err, "%s: no option '%s'%s%s%s", what, key,
                              near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
        }
        char label[160];
        snprintf(label, sizeof(label), "%s: option %s", what, row->name);
        if (set_value(row, self, label, value, err))
            return -1;
        spec += n + (spec[n] == ',');
    }
    return 0;
}
