/* option.h: one declaration per option. A row feeds the parser, --help, the man
 * page, the run's record and the model's metadata; the same word everywhere.
 * Also the options of plugins ("mlp:hidden=256").
 *
 *     static const struct heed_option rows[] = {
 *         HEED_ROW_INT(struct mlp, hidden, "hidden", "0", 0, 65536, "N", "0: as the query"),
 *         HEED_ROW_SWITCH(struct mlp, bias, "bias", "off", "add a bias", .letter = 'b'),
 *         {0},
 *     };
 *
 * (in C++ {} at the end).
 *
 * A row's value lives in a member of a struct of the command's or plugin's own (self):
 *
 *     HEED_ROW_INT, _SIZE, _COUNT  int64_t        HEED_ROW_STRING  const char *
 *     HEED_ROW_REAL, _TIME         double         HEED_ROW_CHOICE  an enum, or int
 *     HEED_ROW_SWITCH              bool           HEED_ROW_LIST    struct heed_list
 *
 * A member of another type does not compile. Strings are borrowed from argv or from the row's
 * default. */
#ifndef HEED_PUBLIC_OPTION_H
#define HEED_PUBLIC_OPTION_H

#include "heed/err.h"

enum heed_option_type {
    HEED_INT = 1,
    HEED_REAL,
    HEED_SWITCH, /* --name, --name=on, --name=off */
    HEED_STRING,
    HEED_CHOICE,   /* one of the words in `unit`, separated by '|': the first is 0, the next 1 */
    HEED_SIZE,     /* bytes: 4k, 64M */
    HEED_COUNT_OF, /* a count: 20000, 20k */
    HEED_TIME,     /* seconds: 90, 20m, 1h30m */
    HEED_LIST,     /* may be given several times */
};

struct heed_list {
    const char **items;
    size_t n, cap;
};

/* For the choice "auto|on|off". */
enum heed_auto { HEED_AUTO, HEED_ON, HEED_OFF };

struct heed_option {
    const char *name; /* kebab-case; NULL ends the rows */
    uint32_t type;    /* enum heed_option_type */
    uint32_t offset;
    const char *def;  /* default as text; NULL: unset (0, NULL, empty; of a CHOICE -1, no word) */
    double min, max;  /* numbers only; equal means no bound. For SIZE and TIME in bytes, seconds */
    const char *unit; /* metavariable in help ("N", "FILE", "RATE") or the words of a CHOICE */
    const char *help; /* one sentence, lower case, no full stop */
    char letter;      /* short form, 0 for none */
    uint16_t flags;   /* HEED_OPTION_* */
    const char *absent; /* what files without this row mean by it, since they are older than the
                           row; NULL: it was there from the beginning, they must say it */
};
#define HEED_OPTION_HIDDEN   1 /* not in the short help of -h, nor in completions */
#define HEED_OPTION_EXCL_MIN 2 /* min itself is not allowed, nor what rounds to it as a float */
#define HEED_OPTION_EXCL_MAX 4 /* max itself is not allowed, nor what rounds to it as a float */
/* Files do not write the value that absence means: those that make no use of the row are the same as
 * before there was one. */
#define HEED_OPTION_IMPLIED 8
#define HEED_OPTION_LATER   16 /* a run that is gone on with may have another value */
/* Of a tokenizer: another value than the default changes text, on purpose. */
#define HEED_OPTION_ALTERS 32

/* The rows. S is the struct, m its member; behind the help may stand .letter, .flags and .absent,
 * in this order (in C++ their values alone). */
#define HEED_ROW_INT(S, m, name, def, min, max, unit, ...)                                         \
    HEED_ROW_(HEED_INT, HEED_ROW_AT_(int64_t, S, m), name, def, min, max, unit, __VA_ARGS__)
#define HEED_ROW_SIZE(S, m, name, def, min, max, unit, ...)                                        \
    HEED_ROW_(HEED_SIZE, HEED_ROW_AT_(int64_t, S, m), name, def, min, max, unit, __VA_ARGS__)
#define HEED_ROW_COUNT(S, m, name, def, min, max, unit, ...)                                       \
    HEED_ROW_(HEED_COUNT_OF, HEED_ROW_AT_(int64_t, S, m), name, def, min, max, unit, __VA_ARGS__)
#define HEED_ROW_REAL(S, m, name, def, min, max, unit, ...)                                        \
    HEED_ROW_(HEED_REAL, HEED_ROW_AT_(double, S, m), name, def, min, max, unit, __VA_ARGS__)
#define HEED_ROW_TIME(S, m, name, def, min, max, unit, ...)                                        \
    HEED_ROW_(HEED_TIME, HEED_ROW_AT_(double, S, m), name, def, min, max, unit, __VA_ARGS__)
#define HEED_ROW_SWITCH(S, m, name, def, ...)                                                      \
    HEED_ROW_(HEED_SWITCH, HEED_ROW_AT_(bool, S, m), name, def, 0, 0, NULL, __VA_ARGS__)
#define HEED_ROW_STRING(S, m, name, def, unit, ...)                                                \
    HEED_ROW_(HEED_STRING, HEED_ROW_AT_(const char *, S, m), name, def, 0, 0, unit, __VA_ARGS__)
#define HEED_ROW_CHOICE(S, m, name, def, words, ...)                                               \
    HEED_ROW_(HEED_CHOICE, HEED_ROW_AT_ENUM_(S, m), name, def, 0, 0, words, __VA_ARGS__)
#define HEED_ROW_LIST(S, m, name, unit, ...)                                                       \
    HEED_ROW_(HEED_LIST, HEED_ROW_AT_(struct heed_list, S, m), name, NULL, 0, 0, unit, __VA_ARGS__)

/* Pointers to different types have no difference, and only whole numbers know '|': what is checked
 * is never evaluated. */
#define HEED_ROW_AT_(type, S, m) (offsetof(S, m) + 0 * sizeof(*(type **)0 - &((S *)0)->m))
#define HEED_ROW_AT_ENUM_(S, m)                                                                    \
    (offsetof(S, m) + 0 * sizeof(((S *)0)->m | 0) +                                                \
     0 * sizeof(char[sizeof(((S *)0)->m) == sizeof(int) ? 1 : -1]))
#ifdef __cplusplus
#define HEED_ROW_(type, offset, name, def, min, max, unit, ...)                                    \
    heed_row_(name, type, (uint32_t)(offset), def, min, max, unit, __VA_ARGS__)
constexpr struct heed_option heed_row_(const char *name, uint32_t type, uint32_t offset,
                                       const char *def, double min, double max, const char *unit,
                                       const char *help, char letter = 0, uint16_t flags = 0,
                                       const char *absent = nullptr)
{
    return {name, type, offset, def, min, max, unit, help, letter, flags, absent};
}
#else
#define HEED_ROW_(kind, at, word, text, lo, hi, what, ...)                                         \
    {                                                                                              \
        .name = word, .type = kind, .offset = (uint32_t)(at), .def = text, .min = lo, .max = hi,   \
        .unit = what, .help = __VA_ARGS__                                                          \
    }
#endif

#endif
