/* map.h: a file's bytes as memory, of the page cache: no copy, and pages that nobody looks at cost nothing.
 *
 * Who cuts the file short meanwhile ends the process (SIGBUS; the harness has a line for it). heed itself
 * never writes into a file that is there: it writes beside it and renames. */
#ifndef HEED_MAP_H
#define HEED_MAP_H

#include "base/base.h"

struct heed_map {
    void *at; /* NULL: none */
    size_t size;
};

/* Only to be read. False where the file cannot be mapped, or is empty: then it is to be read. */
bool heed_map_open(struct heed_map *m, int fd);
void heed_map_close(struct heed_map *m);
/* These bytes, where they are of the file, are not needed soon: their pages leave the process, and come back
 * when looked at. */
void heed_map_drop(const struct heed_map *m, const void *at, size_t size);

#endif
