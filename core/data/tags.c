/* tags.c: see tags.h. */
#include "data/tags.h"

#include <string.h>

#include "data/columns.h"

static int check(const char *tag, size_t n, struct heed_err *err)
{
    if (n == 0)
        return heed_fail(err, "a tag is empty");
    if (n > HEED_TAG_BYTES)
        return heed_fail(err, "a tag of %zu bytes, more than %d: '%.20s…'", n, HEED_TAG_BYTES, tag);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)tag[i] <= ' ' || tag[i] == ',')
            return heed_fail(err, "'%.*s' is no tag: it has a blank or a comma", (int)n, tag);
    return 0;
}

static int add(struct heed_str *out, const char *tag, size_t n, struct heed_err *err)
{
    if (check(tag, n, err))
        return -1;
    heed_str_add(out, tag, n);
    heed_str_add_char(out, '\n');
    return 0;
}

static int take_fixed(struct heed_tagging *t, const char *tags, struct heed_err *err)
{
    for (const char *at = tags;; at++) {
        size_t n = strcspn(at, ",");
        if (t->n == HEED_TAGS_MAX)
            return heed_usage(err, "option --tag: more than %d tags", HEED_TAGS_MAX);
        if (add(&t->fixed, at, n, err)) {
            err->status = HEED_USAGE;
            return heed_err_prefix(err, "option --tag: ");
        }
        t->n++;
        at += n;
        if (!*at)
            return 0;
    }
}

static int take_columns(struct heed_tagging *t, const char *columns, struct heed_err *err)
{
    for (const char *at = columns;; at++) {
        int64_t column = t->n < HEED_TAGS_MAX ? heed_columns_number(&at) : 0;
        if (!column || (*at && *at != ','))
            return heed_usage(err,
                              "option --tag-columns: '%s' is not up to %d numbers of columns from "
                              "1, as in 3",
                              columns, HEED_TAGS_MAX);
        t->columns[t->n++] = column;
        if (!*at)
            return 0;
    }
}

int heed_tagging_open(struct heed_tagging *t, const char *columns, const char *tags,
                      struct heed_err *err)
{
    *t = (struct heed_tagging){0};
    if (columns && tags)
        return heed_usage(err, "--tag and --tag-columns exclude each other");
    if (!columns && !tags)
        return 0;
    return tags ? take_fixed(t, tags, err) : take_columns(t, columns, err);
}

void heed_tagging_release(struct heed_tagging *t)
{
    heed_str_release(&t->fixed);
    *t = (struct heed_tagging){0};
}

int heed_tagging_line(const struct heed_tagging *t, const char *line, size_t n,
                      struct heed_str *out, struct heed_err *err)
{
    if (n == 0 || t->fixed.len) {
        if (n)
            heed_str_add(out, t->fixed.data, t->fixed.len);
        return 0;
    }
    for (size_t i = 0; i < t->n; i++) {
        const char *tag;
        size_t len;
        if (!heed_columns_find(line, n, t->columns[i], &tag, &len))
            return heed_fail(err, "no column %lld for its tag", (long long)t->columns[i]);
        if (add(out, tag, len, err))
            return heed_err_prefix(err, "column %lld: ", (long long)t->columns[i]);
    }
    return 0;
}

int heed_tagging_pair(const struct heed_tagging *t, const char *line, size_t n,
                      struct heed_columns_pair *p, struct heed_str *room, struct heed_err *err)
{
    if (!t->n)
        return 0;
    heed_str_clear(room);
    if (heed_tagging_line(t, line, n, room, err))
        return -1;
    heed_str_add(room, p->src, p->n_src);
    p->src = room->data;
    p->n_src = room->len;
    return 0;
}

size_t heed_tags_size(const char *text, size_t n)
{
    size_t size = 0, len;
    for (const char *at = text, *tag; (tag = heed_tags_next(&at, &n, &len));)
        size += len + 1;
    return size;
}

const char *heed_tags_next(const char **text, size_t *n, size_t *len)
{
    const char *tag = *text, *end = *n ? memchr(tag, '\n', *n) : NULL;
    if (!end)
        return NULL;
    *len = (size_t)(end - tag);
    *text = end + 1;
    *n -= *len + 1;
    return tag;
}

void heed_tag_piece(size_t i, const char *tag, size_t n, char piece[HEED_TAG_PIECE_MAX])
{
    char number[8] = "";
    if (i)
        snprintf(number, sizeof number, "%zu", i + 1);
    snprintf(piece, HEED_TAG_PIECE_MAX, "<tag%s %.*s>", number,
             (int)HEED_MIN(n, (size_t)HEED_TAG_BYTES), tag);
}

bool heed_tag_is_piece(const char *piece, size_t n)
{
    return n > 6 && memcmp(piece, "<tag", 4) == 0 && piece[n - 1] == '>' && memchr(piece, ' ', n);
}
