/* stage.h: under $HEED_RUN each filter of a pipeline leaves a row in the store. */
#ifndef HEED_CLI_STAGE_H
#define HEED_CLI_STAGE_H

#include "stream/stream.h"

/* At the end of run(), also of one that failed. r and w may be NULL; text: the input when it is
 * text, or NULL. Does nothing without $HEED_RUN or under --no-store, and fails in silence at worst:
 * a filter does not stop for its record. */
void stage_record(const struct heed_reader *r, const struct heed_writer *w,
                  const struct heed_input *text);
/* May this tensor go on? Dtypes of the format that are not ours may not, which is told once. */
bool stage_passes(const struct heed_array *a);
/* Since the process began. */
double stage_seconds(void);

#endif
