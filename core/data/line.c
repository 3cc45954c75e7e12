/* line.c: see line.h. */
#include <string.h>
#include "base/utf8.h"
#include "data/line.h"

int heed_line_take(struct heed_line *l, const struct heed_side *side, const char *text, size_t n,
                   bool eos, struct heed_err *err)
{
    size_t n_tags = heed_tags_size(text, n);
    const char *tags = text;
    if (n_tags) /* a text of none may be NULL */
        text += n_tags;
    n -= n_tags;
    heed_str_clear(&l->text);
    if (side->composes)
        heed_utf8_nfc(&l->text, text, n);
    else
        heed_str_add(&l->text, text, n);
    n = l->text.len;
    if (heed_side_encode(side, l->text.data ? l->text.data : "", n, &l->tokens, err) < 0 ||
        ((side->tags || n_tags) && heed_side_add_tags(side, tags, n_tags, &l->tokens, err)))
        return -1;
    if (l->tokens.n && eos)
        heed_tokens_add(&l->tokens, HEED_EOS, n, n);
    return 0;
}

void heed_line_number(struct heed_line *l, const struct heed_table *t, size_t source)
{
    int64_t n = heed_table_rows(t, source);
    heed_str_clear(&l->text);
    l->tokens.n = l->tokens.n_unknown = 0;
    l->tokens.n_cut = (size_t)HEED_MAX(0, n - HEED_TOKENS_MAX);
    for (int64_t i = 0; i < n && i < HEED_TOKENS_MAX; i++)
        heed_tokens_add(&l->tokens, (int32_t)(t->at[source] + i), 0, 0);
}

void heed_line_release(struct heed_line *l)
{
    heed_str_release(&l->text);
    heed_tokens_release(&l->tokens);
}

void heed_lines_release(struct heed_line *lines, size_t n)
{
    for (size_t i = 0; i < n; i++)
        heed_line_release(&lines[i]);
    free(lines);
}

static int64_t widest(const struct heed_line *lines, int64_t n)
{
    size_t width = 0;
    for (int64_t r = 0; r < n; r++)
        width = HEED_MAX(width, lines[r].tokens.n);
    return (int64_t)width;
}

int32_t *heed_lines_ids(const struct heed_line *lines, int64_t n, int64_t *width, int32_t **len)
{
    *width = widest(lines, n);
    int32_t *ids = heed_xcalloc((size_t)(n * *width) + 1, sizeof(*ids));
    *len = heed_xcalloc((size_t)n + 1, sizeof(**len));
    for (int64_t r = 0; r < n; r++) {
        const struct heed_tokens *t = &lines[r].tokens;
        if (t->n)
            memcpy(ids + r * *width, t->ids, t->n * sizeof(*ids));
        (*len)[r] = (int32_t)t->n;
    }
    return ids;
}

void heed_lines_ids_to_doc(const struct heed_line *lines, int64_t n, const char *name,
                           const char *len_name, struct heed_doc *doc)
{
    int64_t dims[2] = {n, 0};
    int32_t *len, *ids = heed_lines_ids(lines, n, &dims[1], &len);
    heed_doc_add(doc, name, HEED_I32, 2, dims, ids)->owned = ids;
    heed_doc_add(doc, len_name, HEED_I32, 1, dims, len)->owned = len;
}

static void *own(struct heed_doc *doc, const char *name, enum heed_dtype dtype, int rank,
                 const int64_t *dims)
{
    size_t size = heed_dtype_size(dtype);
    for (int i = 0; i < rank; i++)
        size *= (size_t)dims[i];
    void *data = heed_xcalloc(size + 1, 1);
    heed_doc_add(doc, name, dtype, rank, dims, data)->owned = data;
    return data;
}

void heed_lines_text_to_doc(const struct heed_line *lines, int64_t n, struct heed_doc *doc)
{
    const int64_t dims[2] = {n, widest(lines, n)};
    int64_t text_dims[2] = {n, 0};
    int32_t *begin = own(doc, "src_begin", HEED_I32, 2, dims);
    int32_t *end = own(doc, "src_end", HEED_I32, 2, dims);
    int32_t *len = own(doc, "src_text_len", HEED_I32, 1, dims);
    for (int64_t r = 0; r < n; r++)
        text_dims[1] = HEED_MAX(text_dims[1], (int64_t)lines[r].text.len);
    unsigned char *text = own(doc, "src_text", HEED_U8, 2, text_dims);
    for (int64_t r = 0; r < n; r++, begin += dims[1], end += dims[1]) {
        const struct heed_line *l = &lines[r];
        for (size_t i = 0; i < l->tokens.n; i++) {
            begin[i] = (int32_t)l->tokens.begin[i];
            end[i] = (int32_t)l->tokens.end[i];
        }
        if (l->text.len)
            memcpy(text + r * text_dims[1], l->text.data, l->text.len);
        len[r] = (int32_t)l->text.len;
    }
}
