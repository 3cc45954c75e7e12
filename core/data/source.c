/* source.c: the text of a source line, found in the frame that carries it. Whoever made the frame
 * may have spans of his own: which of them lie within the text is seen when one is asked for. */
#include "data/text.h"

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
    if (!text || !begin || !end)
        return false;
    *out = (struct heed_source_text){
        .text = (const char *)text->data + row * text->dims[1],
        .size = text->dims[1],
        .begin = (const int32_t *)begin->data + row * begin->dims[1],
        .end = (const int32_t *)end->data + row * end->dims[1],
        .n = HEED_MIN(begin->dims[1], end->dims[1]),
    };
    return true;
}
