/* words.c: see words.h. Whoever made a frame may have spans of his own: which of them lie within the
 * text is seen when one is asked for. */
#include "stream/words.h"

#include <string.h>

const struct heed_array *heed_doc_vocab(const struct heed_doc *doc, const char *side)
{
    char name[32];
    snprintf(name, sizeof(name), "vocab.%s", side);
    const struct heed_array *a = heed_doc_find(doc, name);
    const char *joint = heed_doc_meta(doc, "joint");
    if (!a && joint && !strcmp(joint, "on"))
        a = heed_doc_find(doc, "vocab.src");
    return a && a->dtype == HEED_U8 ? a : NULL;
}

const char *heed_vocab_piece(const struct heed_array *vocab, int64_t id, size_t *n)
{
    const char *at = vocab->data, *end = at + vocab->size;
    for (; id >= 0 && at < end; id--) {
        const char *lf = memchr(at, '\n', (size_t)(end - at));
        *n = (size_t)((lf ? lf : end) - at);
        if (id == 0)
            return at;
        at += *n + 1;
    }
    return NULL;
}

static const struct heed_array *find(const struct heed_doc *frame, const char *name,
                                     enum heed_dtype dtype, int64_t row)
{
    const struct heed_array *a = heed_doc_find(frame, name);
    return a && a->dtype == dtype && a->rank == 2 && row < a->dims[0] ? a : NULL;
}

bool heed_source_text_find(const struct heed_doc *frame, int64_t row, struct heed_source_text *out)
{
    const struct heed_array *text = find(frame, "src_text", HEED_U8, row);
    const struct heed_array *begin = find(frame, "src_begin", HEED_I32, row);
    const struct heed_array *end = find(frame, "src_end", HEED_I32, row);
    const struct heed_array *len = heed_doc_find(frame, "src_text_len");
    bool told = len && len->dtype == HEED_I32 && len->rank == 1 && row < len->dims[0];
    int32_t size = told ? ((const int32_t *)len->data)[row] : 0;
    if (!text || !begin || !end || size < 0)
        return false;
    *out = (struct heed_source_text){
        .text = (const char *)text->data + row * text->dims[1],
        .size = told ? HEED_MIN(text->dims[1], size) : text->dims[1],
        .begin = (const int32_t *)begin->data + row * begin->dims[1],
        .end = (const int32_t *)end->data + row * end->dims[1],
        .n = HEED_MIN(begin->dims[1], end->dims[1]),
    };
    return true;
}

const char *heed_source_token(const struct heed_source_text *src, int64_t i, size_t *n)
{
    if (i < 0 || i >= src->n || src->begin[i] < 0 || src->end[i] <= src->begin[i] ||
        src->end[i] > src->size)
        return NULL;
    *n = (size_t)(src->end[i] - src->begin[i]);
    return src->text + src->begin[i];
}
