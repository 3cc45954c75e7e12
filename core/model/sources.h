/* sources.h: what a training reads in place of words, where its shape says so; to those who train it is rows of a table,
 * however they are made. */
#ifndef HEED_MODEL_SOURCES_H
#define HEED_MODEL_SOURCES_H

#include "data/numbers.h"
#include "model/model.h"

struct heed_model_sources {
    struct heed_numbers made; /* read NULL: sources are words */
    struct heed_sound_options how;
};
/* how: NAME=VALUE,… in place of what is usual, or NULL. from: the model or checkpoint that is gone on from, which keeps its
 * way; from_name NULL: none. Fails, as a mistake of usage, for what is no way. Close it also after a failure. */
int heed_model_sources_open(struct heed_model_sources *x, const struct heed_shape *shape,
                            const char *how, const struct heed_doc *from, const char *from_name,
                            struct heed_err *err) HEED_MUST_USE;
/* A new model has this way, and its shape this width. */
void heed_model_sources_shape(const struct heed_model_sources *x, struct heed_shape *shape);
void heed_model_sources_keep(const struct heed_model_sources *x, struct heed_model *m);
static inline void heed_model_sources_close(struct heed_model_sources *x)
{
    heed_numbers_close(&x->made);
}

#endif
