/* page.h: one self-contained HTML page: lines of a test set with the attention paid, curves, tables.
 *
 * page.c        the document: data as JSON, our style and script around them
 * page_runs.c   curves and tables of runs of the store
 * page/         the style, the script and the skeleton, of which the build makes page_parts.h
 *
 * The page opens from a file, asks no network for anything, and runs no script but its own: a policy
 * names that by its digest. All that comes from streams, files and the store lies in one JSON text, in which
 * nothing can end an element; the script puts it into text nodes alone. The same input makes the same bytes. */
#ifndef HEED_CLI_PAGE_H
#define HEED_CLI_PAGE_H

#include "cli/cli.h"
#include "cli/curves.h"
#include "cli/table.h"

/* JSON in the making: elements with commas between them. Zero-initialise to start. */
struct page {
    struct heed_str lines, panels, tables, facts;
};
void page_release(struct page *p);
/* A line above all: what the page was made of. */
void page_fact(struct page *p, const char *name, const char *value);
/* An empty table adds nothing. */
void page_table(struct page *p, const struct table *t);
void page_panels(struct page *p, const struct curves *c);
/* Curves, figures, settings and differences of runs; metrics NULL: all that they have. */
int page_runs(struct page *p, struct heed_store *s, const char *const *ids, size_t n,
              const char *metrics, struct heed_err *err) HEED_MUST_USE;
/* The same tables, one after the other. */
int page_run_tables(struct heed_store *s, const char *const *ids, size_t n,
                    int (*take)(void *ctx, const struct table *t), void *ctx,
                    struct heed_err *err) HEED_MUST_USE;
/* The whole document. output NULL or "-": standard output. */
int page_write(const struct page *p, const char *title, const char *output,
               struct heed_err *err) HEED_MUST_USE;

/* --- JSON --- */

/* A comma where something stands before. */
void page_next(struct heed_str *out);
/* A string that may stand in a script element: <, >, &, line separators and what turns the direction of text
 * are written \uXXXX; invalid UTF-8 becomes U+FFFD. */
void page_text(struct heed_str *out, const char *text, size_t n);
/* A number of so many digits; null where it is none. */
void page_number(struct heed_str *out, double v, int digits);
/* Bytes as a string of base64. */
void page_bytes(struct heed_str *out, const unsigned char *bytes, size_t n);

#endif
