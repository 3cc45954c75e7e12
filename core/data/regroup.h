/* regroup.h: rows of several frames put together to one. */
#ifndef HEED_REGROUP_H
#define HEED_REGROUP_H

#include "stream/doc.h"

struct heed_regroup_row {
    const struct heed_doc *frame;
    int64_t row;
};
/* Do both frames carry the same tensors, in dtype and rank? Masks aside, and dtypes that are not
 * ours. */
bool heed_regroup_alike(const struct heed_doc *a, const struct heed_doc *b);
/* These rows of frames that are alike, along B, with every tensor of theirs. Further dimensions are
 * as long as the longest among the frames, filled up with zeros; ids, spans and text are cut to
 * their longest row. Masks are made anew. */
int heed_regroup(const struct heed_regroup_row *rows, int64_t n, struct heed_doc *out,
                 struct heed_err *err) HEED_MUST_USE;

#endif
