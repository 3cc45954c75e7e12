/* side.h: what the files of a side share, inside this floor. */
#ifndef HEED_SIDE_H
#define HEED_SIDE_H

#include "data/text.h"

static inline const struct heed_tokenizer *heed_side_plugin(const struct heed_side *s)
{
    return (const struct heed_tokenizer *)s->tokenizer.plugin;
}
void heed_side_set_fingerprint(struct heed_side *s);
/* Text as the tokenizer is to see it: lent, or made in *form. */
const char *heed_side_form(const struct heed_side *s, const char *text, size_t *n,
                           struct heed_str *form);

#endif
