/* numbers.h: sources that lines name and that are rows of numbers. Who makes them of what is named stands behind a few
 * pointers (sounds.h: of recordings): who trains on them, or runs a model that reads them, knows no more than this. */
#ifndef HEED_NUMBERS_H
#define HEED_NUMBERS_H

#include "data/table.h"

struct heed_numbers {
    struct heed_table table;
    double speed; /* at which they run, whatever that means for them; 0: as they are */
    bool grouped; /* what those of a group have in common decides over their numbers */
    /* Where they are grouped, before read(): looks at n sources of a list, of groups numbered from 0; what cannot be read is
     * passed over. What was looked at before is forgotten. */
    void (*study)(struct heed_numbers *x, const char *const *paths, const int32_t *groups,
                  size_t n);
    /* Makes n more sources; a failure names the path, and *failed which of them it was. */
    int (*read)(struct heed_numbers *x, const char *const *paths, const int32_t *groups, size_t n,
                size_t *failed, struct heed_err *err);
    void (*close)(struct heed_numbers *x);
    void *self; /* of who makes them */
};
static inline void heed_numbers_close(struct heed_numbers *x) /* zeros are closed */
{
    if (x->close)
        x->close(x);
}

#endif
