/* option.h: one declaration per option. A row feeds the parser, --help, the man
 * page, the run's record and the model's metadata; the same word everywhere.
 * Also the options of plugins ("mlp:hidden=256").
 *
 * A row's value lives at `offset` in a struct of the command's or plugin's own (self):
 *   HEED_INT, HEED_SIZE, HEED_COUNT_OF   int64_t
 *   HEED_REAL, HEED_TIME                 double
 *   HEED_SWITCH                          bool
 *   HEED_STRING, HEED_CHOICE             const char *
 *   HEED_LIST                            struct heed_list (may be given several times)
 * Strings are borrowed from argv or from the row's default. */
#ifndef HEED_OPTION_H
#define HEED_OPTION_H

#include "base/err.h"
#include "base/str.h"

enum heed_option_type {
    HEED_INT = 1,
    HEED_REAL,
    HEED_SWITCH, /* --name, --name=on, --name=off */
    HEED_STRING,
    HEED_CHOICE,   /* one of the words in `unit`, separated by '|' */
    HEED_SIZE,     /* bytes: 4k, 64M */
    HEED_COUNT_OF, /* a count: 20000, 20k */
    HEED_TIME,     /* seconds: 90, 20m, 1h */
    HEED_LIST,
};

struct heed_list {
    const char **items;
    size_t n, cap;
};

struct heed_option {
    const char *name; /* kebab-case; NULL ends the rows */
    char letter;      /* short form, 0 for none */
    uint8_t type;     /* enum heed_option_type */
    uint16_t flags;   /* HEED_OPTION_* */
    size_t offset;
    const char *def;  /* default as text; NULL: unset (0, NULL, empty) */
    double min, max;  /* numbers only; equal means no bound. For SIZE and TIME in bytes, seconds */
    const char *unit; /* metavariable in help ("N", "FILE", "RATE") or the words of a CHOICE */
    const char *help; /* one sentence, lower case, no full stop */
};
#define HEED_OPTION_RECORD   1 /* stored in the model's metadata: part of what the model is */
#define HEED_OPTION_HIDDEN   2 /* not in --help's short form (still in the man page) */
#define HEED_OPTION_EXCL_MIN 4 /* min itself is not allowed */
#define HEED_OPTION_EXCL_MAX 8 /* max itself is not allowed */

/* Sets every field of self to its default. A bad default is a BUG(). */
void heed_options_default(const struct heed_option *rows, void *self);
/* Parses value into the row's field; checks range and choice: "option --dropout: 1.5 not in [0,
 * 1)". For HEED_SWITCH a NULL value means on. */
int heed_option_set(const struct heed_option *row, void *self, const char *value,
                    struct heed_err *err) HEED_MUST_USE;
/* The row's present value as canonical text (reads back equal); lists joined with ','. */
void heed_option_text(const struct heed_option *row, const void *self, struct heed_str *out);
const struct heed_option *heed_option_find(const struct heed_option *rows, const char *name);
/* A copy for rows to borrow, kept for the life of the process (every text once): for values out of
 * specs and files, which do not live as long as argv. Before threads only. */
const char *heed_option_keep(const char *text, size_t n);
/* Appends the allowed range as "[0, 1)"; nothing when the row has none. */
void heed_option_range(const struct heed_option *row, struct heed_str *out);
/* The nearest spelling among the rows, or NULL when none is near. */
const char *heed_option_nearest(const struct heed_option *rows, const char *name);
/* Applies "key=value,key=value" (what stands behind the colon in "mlp:hidden=256"); `what` names
 * the owner in messages ("score mlp"). An empty or NULL spec sets nothing. */
int heed_options_spec(const struct heed_option *rows, void *self, const char *what,
                      const char *spec, struct heed_err *err) HEED_MUST_USE;

#endif
