/* dictionary.c: see dictionary.h. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "data/dictionary.h"

/* Places in the text, which grows while it is read. */
struct heed_dictionary_entry {
    size_t source, source_len, target, target_len;
};

static int add(struct heed_dictionary *d, const char *line, size_t n, struct heed_err *err)
{
    const char *tab = memchr(line, '\t', n), *target = tab ? tab + 1 : line;
    size_t source_len = tab ? (size_t)(tab - line) : 0, target_len = n - source_len - (tab ? 1 : 0);
    if (!tab)
        return heed_fail(err, "no tab: a line is SOURCE<TAB>TARGET");
    if (memchr(target, '\t', target_len))
        return heed_fail(err, "two tabs: a line is SOURCE<TAB>TARGET");
    if (heed_text_blank(line, source_len) || heed_text_blank(target, target_len))
        return heed_fail(err, "no word %s the tab",
                         heed_text_blank(line, source_len) ? "before" : "behind");
    heed_grow(&d->entries, d->n, &d->cap, sizeof *d->entries);
    struct heed_dictionary_entry *e = &d->entries[d->n++];
    e->source = d->text.len;
    heed_utf8_nfc(&d->text, line, source_len);
    e->source_len = d->text.len - e->source;
    e->target = d->text.len;
    heed_utf8_nfc(&d->text, target, target_len);
    e->target_len = d->text.len - e->target;
    return 0;
}

static int compare(const char *a, size_t n_a, const char *b, size_t n_b)
{
    int order = memcmp(a, b, HEED_MIN(n_a, n_b));
    return order ? order : (n_a > n_b) - (n_a < n_b);
}

static int by_source(const void *a, const void *b, void *text)
{
    const struct heed_dictionary_entry *x = a, *y = b;
    int order = compare((const char *)text + x->source, x->source_len,
                        (const char *)text + y->source, y->source_len);
    return order ? order : (x->source > y->source) - (x->source < y->source);
}

int heed_dictionary_read(struct heed_dictionary *d, const char *path, struct heed_err *err)
{
    struct heed_text in;
    int got;
    *d = (struct heed_dictionary){0};
    if (!path)
        return 0;
    if (heed_text_open(&in, path, HEED_CLEAN_LENIENT, 0, err))
        return -1;
    while ((got = heed_text_next(&in, err)) > 0)
        if (add(d, in.line.data, in.line.len, err)) {
            got = heed_err_prefix(err, "%s: line %lld: ", in.in.name, (long long)in.number);
            break;
        }
    heed_text_close(&in);
    if (d->n)
        qsort_r(d->entries, d->n, sizeof *d->entries, by_source, d->text.data);
    return got < 0 ? -1 : 0;
}

void heed_dictionary_release(struct heed_dictionary *d)
{
    heed_str_release(&d->text);
    free(d->entries);
    *d = (struct heed_dictionary){0};
}

/* The first of equals. */
static const struct heed_dictionary_entry *find(const struct heed_dictionary *d, const char *word,
                                                size_t len)
{
    size_t low = 0, high = d->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const struct heed_dictionary_entry *e = &d->entries[mid];
        if (compare(d->text.data + e->source, e->source_len, word, len) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    const struct heed_dictionary_entry *e = &d->entries[low];
    bool there = low < d->n && !compare(d->text.data + e->source, e->source_len, word, len);
    return there ? e : NULL;
}

const char *heed_dictionary_find(const struct heed_dictionary *d, const char *word, size_t len,
                                 size_t *n)
{
    struct heed_str form = {0};
    if (!d || d->n == 0)
        return NULL;
    heed_utf8_nfc(&form, word, len);
    const struct heed_dictionary_entry *e = find(d, form.data ? form.data : "", form.len);
    heed_str_release(&form);
    if (!e)
        return NULL;
    *n = e->target_len;
    return d->text.data + e->target;
}
