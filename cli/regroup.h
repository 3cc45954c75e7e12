/* regroup.h: rows of several frames put together to one. */
#ifndef HEED_CLI_REGROUP_H
#define HEED_CLI_REGROUP_H

#include "stream/stream.h"

struct regroup_row {
    const struct heed_doc *frame;
    int64_t row;
};
/* Every tensor of the first row's frame, with these rows along B. Further dimensions are as long as
 * the longest among the frames, filled up with zeros; ids, spans and text are cut to their longest
 * row. Masks are made anew. A tensor that only some of the frames have is an error. */
int regroup(const struct regroup_row *rows, int64_t n, struct heed_doc *out, struct heed_err *err);

#endif
