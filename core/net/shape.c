/* shape.c: the rows of a model's shape, their defaults resolved, and their way
 * into and out of metadata. */
#include "net/shape.h"

struct alone {
    struct heed_shape shape;
};
const struct heed_option heed_shape_rows[] = {
    HEED_SHAPE_ROWS(struct alone, shape),
    {0},
};

void heed_shape_to_doc(const struct heed_shape *c, struct heed_doc *doc)
{
    heed_doc_set_options(doc, "", heed_shape_rows, c);
}

int heed_shape_from_doc(struct heed_shape *c, const struct heed_doc *doc, struct heed_err *err)
{
    return heed_doc_get_options(doc, "", heed_shape_rows, c, err);
}
