/* option.h: what is done with option rows, which are public: heed/option.h.
 *
 * A row feeds the parser, --help, the man page, the run's record and the model's metadata. Values go
 * into a struct of the command's or plugin's own (self), from text and back to text. */
#ifndef HEED_OPTION_H
#define HEED_OPTION_H

#include "base/err.h"
#include "base/str.h"
#include "heed/option.h"

/* Bytes of the row's value in self; 0 when its type is none. */
size_t heed_option_size(const struct heed_option *row);
/* Sets every field of self to its default. A bad default is a BUG(). */
void heed_options_default(const struct heed_option *rows, void *self);
/* Parses value into the row's field; checks range and choice: "option --dropout: 1.5 not in [0,
 * 1)". For HEED_SWITCH a NULL value means on. */
int heed_option_set(const struct heed_option *row, void *self, const char *value,
                    struct heed_err *err) HEED_MUST_USE;
/* The row's present value as canonical text (reads back equal); lists joined with ','. */
void heed_option_text(const struct heed_option *row, const void *self, struct heed_str *out);
/* The first row that has another value in b than in a; NULL: they are alike. */
const struct heed_option *heed_options_differing(const struct heed_option *rows, const void *a,
                                                 const void *b);
/* Word `number` of a choice's words, kept for the life of the process; "" when there is none. */
const char *heed_option_word(const char *words, int number);
/* The place of a word among them, or -1. */
int heed_option_number(const char *words, const char *word);
const struct heed_option *heed_option_find(const struct heed_option *rows, const char *name);
/* A copy for rows to borrow, kept for the life of the process (every text once): for values out of
 * specs and files, which do not live as long as argv. Any thread may ask. */
const char *heed_option_keep(const char *text, size_t n);
/* Appends the allowed range as "[0, 1)"; nothing when the row has none. */
void heed_option_range(const struct heed_option *row, struct heed_str *out);
/* The nearest spelling among the rows, or NULL when none is near. */
const char *heed_option_nearest(const struct heed_option *rows, const char *name);
/* The same among "a|b|c"; what it gives is kept for the life of the process. */
const char *heed_word_nearest(const char *words, const char *name);
/* Applies "key=value,key=value" (what stands behind the colon in "mlp:hidden=256"); `what` names
 * the owner in messages ("score mlp"). An empty or NULL spec sets nothing. */
int heed_options_spec(const struct heed_option *rows, void *self, const char *what,
                      const char *spec, struct heed_err *err) HEED_MUST_USE;

#endif
