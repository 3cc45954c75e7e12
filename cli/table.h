/* table.h: rows with named columns as aligned text, CSV or JSON lines. */
#ifndef HEED_CLI_TABLE_H
#define HEED_CLI_TABLE_H

#include "store/store.h"

enum table_format { TABLE_TEXT, TABLE_CSV, TABLE_JSON };

struct table {
    const char *title; /* a line above the text, a member "table" of the objects; or NULL */
    size_t width;      /* of the text: 0: as wide as it is */
    const char *const
        *drop; /* columns to leave out for it, the first ones first; NULL at the end */
    size_t n_columns, n_rows;
    char **names;
    char **cells; /* row by row; NULL for NULL */
    size_t cap_cells;
    enum heed_value_type *types; /* of every entry */
    size_t cap_types;
};
/* Adds a row; the first one names the columns. Has the form that heed_store_query() calls. */
int table_add(void *table, const struct heed_row *row, struct heed_err *err);
/* Prints on the data descriptor; an empty table prints nothing. As text columns without any value
 * are left out, real numbers are rounded to six digits, and what is wider than the width loses the
 * columns of `drop`, then the middle of long entries. */
void table_print(const struct table *t, enum table_format format);
void table_release(struct table *t);

#endif
