/* given.h: tensors that are given as text (tables, JSON, what `peek` prints) or as .npy: the way in
 * that needs no other language.
 *
 *   given.c         what an input is
 *   given_numbers.c numbers as they come   given_scan.c    characters with their line and column
 *   given_table.c   CSV, tabs, blanks      given_json.c   nested lists, objects of them
 *   given_peek.c    what peek prints       given_npy.c    NumPy's arrays
 *
 * Numbers are kept in the dtype that is wanted and nowhere else, so memory is that of the tensor;
 * a document's numbers are at most HEED_FRAME_MAX bytes. Messages name the input, line and column. */
#ifndef HEED_GIVEN_H
#define HEED_GIVEN_H

#include "stream/doc.h"

/* --- characters --- */

struct heed_scan {
    struct heed_input *in; /* borrowed */
    const char *name;      /* of the input, for messages */
    int64_t line, column;  /* of the next character, from 1; a column is a character of UTF-8 */
    char *block;
    size_t at, end;
    bool over, failed;    /* no more to read; reading failed, with `why` */
    struct heed_err *why; /* what reading says: the caller's err */
};
void heed_scan_init(struct heed_scan *s, struct heed_input *in, const char *name,
                    struct heed_err *err);
void heed_scan_release(struct heed_scan *s);
int heed_scan_look(struct heed_scan *s); /* the next character; -1: the end, or a failure */
int heed_scan_take(struct heed_scan *s); /* the same, which is then behind us */
/* A word: all that is neither blank nor in `stops`. Its length; where that is cap or more, word holds
 * only its beginning. */
size_t heed_scan_word(struct heed_scan *s, const char *stops, char *word, size_t cap);
void heed_scan_blanks(struct heed_scan *s, const char *blanks);
/* "NAME: line 3, column 7: …"; where reading failed, that. Returns -1. */
int heed_scan_fail(struct heed_scan *s, const char *fmt, ...) HEED_PRINTF(2, 3);

/* --- numbers --- */

struct heed_numbers {
    enum heed_dtype dtype;
    struct heed_str bytes;
    int64_t n;
};
/* NULL, or what is wrong: "is no number", "is no whole number", "does not fit I32", "makes more
 * than 1 GiB of numbers". Text: decimal, nan, inf, -inf, +; whole numbers may be written 2.0e0. */
const char *heed_numbers_text(struct heed_numbers *x, const char *text);
const char *heed_numbers_real(struct heed_numbers *x, double v);
const char *heed_numbers_whole(struct heed_numbers *x, int64_t v);
/* The next word as a number. hint: what to say behind a failure, or "". */
int heed_scan_number(struct heed_scan *s, const char *stops, struct heed_numbers *x,
                     const char *hint) HEED_MUST_USE;
/* As a tensor of the document, which takes the numbers over. The shape has as many. */
struct heed_array *heed_numbers_give(struct heed_numbers *x, struct heed_doc *d, const char *name,
                                     int rank, const int64_t *dims);

/* May a tensor of this name be added? NULL, or what is wrong: "is there twice". */
const char *heed_given_fault(const struct heed_doc *d, const char *name);
/* The values that such a shape has; -1: more than HEED_FRAME_MAX, or no shape. */
int64_t heed_given_count(int rank, const int64_t *dims);

/* --- inputs --- */

enum heed_given_form {
    HEED_GIVEN_AUTO,
    HEED_GIVEN_TABLE,
    HEED_GIVEN_JSON,
    HEED_GIVEN_NPY,
    HEED_GIVEN_PEEK
};
struct heed_given {
    enum heed_given_form form;
    bool header;      /* a table's first line is passed over */
    const char *name; /* of the tensor, for a table, .npy or list; NULL: names are in the text */
    enum heed_dtype dtype; /* of that tensor; 0: what its name means (schema), or F32 or its own */
    /* Each whole document: type is that of a stream whose head it is, NULL for a frame. The
     * content may be taken. Returns 0 or -1. */
    int (*document)(void *ctx, const char *type, struct heed_doc *d, struct heed_err *err);
    void *ctx;
};
/* Reads the input to its end. Where name is set all of it is one tensor, added to d, and document()
 * is not called; else each document goes there. */
int heed_given_read(const struct heed_given *g, struct heed_input *in, struct heed_doc *d,
                    struct heed_err *err) HEED_MUST_USE;
/* The dtype of a tensor of that name: asked, or what every type of stream means by it, or F32. */
enum heed_dtype heed_given_dtype(const struct heed_given *g, const char *name);
/* By its word, 0 when it is none of ours. */
enum heed_dtype heed_dtype_named(const char *word);

int heed_given_table(const struct heed_given *g, struct heed_scan *s, struct heed_doc *d,
                     struct heed_err *err) HEED_MUST_USE;
int heed_given_json(const struct heed_given *g, struct heed_scan *s, struct heed_doc *d,
                    struct heed_err *err) HEED_MUST_USE;
int heed_given_peek(const struct heed_given *g, struct heed_scan *s,
                    struct heed_err *err) HEED_MUST_USE;
int heed_given_npy(const struct heed_given *g, struct heed_input *in, const char *name,
                   struct heed_doc *d, struct heed_err *err) HEED_MUST_USE;

#endif
