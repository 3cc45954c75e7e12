/* aside.h: sources that are set aside for dev: pairs that come later and have one of them are not trained on. */
#ifndef HEED_ASIDE_H
#define HEED_ASIDE_H

#include "data/corpus.h"

struct heed_aside {
    uint64_t *keys; /* sorted */
    size_t n;
};
void heed_aside_init(struct heed_aside *a, const struct heed_corpus *dev);
/* Takes such pairs out of c. */
void heed_aside_leave_out(const struct heed_aside *a, struct heed_corpus *c);
/* Of one that is all zero: nothing. */
void heed_aside_release(struct heed_aside *a);

#endif
