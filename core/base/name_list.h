/* name_list.h: names by number, in the order in which they were first met. */
#ifndef HEED_NAME_LIST_H
#define HEED_NAME_LIST_H

#include "base/base.h"

struct heed_names { /* zeros: none */
    char **items;
    size_t n, cap;
    size_t last; /* met: names mostly come in runs */
};
void heed_names_release(struct heed_names *x);
/* The number of this one of so many bytes, which is new where it was not met before. */
size_t heed_names_number(struct heed_names *x, const char *name, size_t size);

#endif
