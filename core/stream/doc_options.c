/* doc_options.c: option rows as metadata, and back: a key for each row, its value as text.
 *
 * Files outlive versions in both directions. A key that no row knows comes from a newer one and is
 * left alone; a row that has no key is newer than the file and says itself what such files mean. */
#include <string.h>

#include "stream/doc.h"

static void key_of(char key[HEED_OPTION_KEY], const char *prefix, const struct heed_option *row)
{
    snprintf(key, HEED_OPTION_KEY, "%s%s", prefix, row->name);
}

void heed_doc_set_options(struct heed_doc *d, const char *prefix, const struct heed_option *rows,
                          const void *self)
{
    struct heed_str text = {0};
    char key[HEED_OPTION_KEY];
    for (const struct heed_option *row = rows; row->name; row++) {
        heed_str_clear(&text);
        heed_option_text(row, self, &text);
        key_of(key, prefix, row);
        bool implied = row->flags & HEED_OPTION_IMPLIED && strcmp(text.data, row->absent) == 0;
        if (!implied)
            heed_doc_set_meta(d, key, text.data);
    }
    heed_str_release(&text);
}

const char *heed_doc_option(const struct heed_doc *d, const char *prefix,
                            const struct heed_option *row, struct heed_err *err)
{
    char key[HEED_OPTION_KEY];
    key_of(key, prefix, row);
    const char *value = heed_doc_meta(d, key);
    if (!value)
        value = row->absent;
    if (!value)
        heed_fail(err, "metadata %s is missing", key);
    return value;
}

int heed_doc_get_options(const struct heed_doc *d, const char *prefix,
                         const struct heed_option *rows, void *self, struct heed_err *err)
{
    heed_options_default(rows, self);
    for (const struct heed_option *row = rows; row->name; row++) {
        const char *value = heed_doc_option(d, prefix, row, err);
        if (!value)
            return -1;
        if (heed_option_set(row, self, value, err)) {
            err->status = HEED_FAILED; /* it stands in a file, not on the command line */
            return heed_err_prefix(err, "metadata: ");
        }
    }
    return 0;
}
