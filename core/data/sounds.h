/* sounds.h: recordings as sources (numbers.h): files are read, and features made of them by workers. */
#ifndef HEED_SOUNDS_H
#define HEED_SOUNDS_H

#include "data/numbers.h"
#include "sound/rows.h"

/* Close x (heed_numbers_close) also after a failure. */
int heed_sounds_open(struct heed_numbers *x, const struct heed_sound_options *o, int64_t stack,
                     int workers, struct heed_err *err) HEED_MUST_USE;

#endif
