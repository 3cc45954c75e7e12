/* events.h: event files, as TensorBoard reads them: curves of runs, and what models made of lines, by step.
 *
 * A file is records, each its length (8 bytes), a checksum of that (4), a message of protocol buffers, a checksum of that
 * (4), little-endian; checksums are CRC32C, turned by 15 bits and added to 0xa282ead8. The first message says
 * "brain.Event:2". Records are only added, so a reader may follow a file that is being written. */
#ifndef HEED_CLI_EVENTS_H
#define HEED_CLI_EVENTS_H

#include "cli/cli.h"

/* Each appends a record to out. at: seconds since 1970. */
void events_begin(struct heed_str *out, double at);
void events_value(struct heed_str *out, double at, int64_t step, const char *tag, double value);
/* A table of texts, row by row. */
void events_texts(struct heed_str *out, double at, int64_t step, const char *tag,
                  const char *const *texts, int rows, int columns);

/* Makes the folder DIR/NAME, and DIR, where they are not there, and writes its path; signs of the name that part paths are
 * replaced. */
int events_folder(struct heed_str *out, const char *dir, const char *name,
                  struct heed_err *err) HEED_MUST_USE;

#endif
