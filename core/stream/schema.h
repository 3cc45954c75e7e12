/* schema.h: what schema.c and schema_types.c share: the tables of tensors by type of stream.
 *
 * A row describes a tensor: name, dtype, the letters of its dimensions, what its values mean, and
 * the tensor of lengths that says where they are valid. */
#ifndef HEED_SCHEMA_H
#define HEED_SCHEMA_H

#include "stream/stream.h"

/* SCORES: finite, or minus infinity for what must not be seen, or cannot be. */
enum meaning { ANY, IDS, LENGTHS, MASK, FINITE, SCORES, NOT_NEGATIVE };

enum rule { MAY, MUST, HEADS }; /* be there; HEADS: and may have G behind its B */

struct row {
    const char *name;
    enum heed_dtype dtype;
    const char *dims;
    enum meaning meaning;
    const char *len; /* IDS, MASK, FINITE, SCORES: valid positions; LENGTHS: the tensor measured */
    char along;      /* which letter the length counts */
    enum rule rule;
};

const struct row *heed_schema_rows(const char *type); /* ends in a row without name */
const struct row *heed_schema_row(const struct row *rows, const char *name); /* or NULL */
/* The letters of a's dimensions, for row->dims or with heads; valid_len may be [B,Q]. NULL: a has
 * none of these ranks. */
const char *heed_schema_letters(const struct row *row, const struct heed_array *a, char letters[9]);

#endif
