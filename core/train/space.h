/* space.h: what a search draws from: values of options, by their rows.
 *
 *     hidden=128,256,512    one of these        dropout=0.1:0.4      between both, evenly
 *     lr=0.001:0.01:log     by the logarithm
 *
 * A draw is a function of (seed, number of the trial, name of the option) and nothing else. Trial 0 is
 * the defaults; those that the caller wants first come next; no two trials are alike. */
#ifndef HEED_SPACE_H
#define HEED_SPACE_H

#include "base/option.h"

struct heed_range {
    const struct heed_option *row;
    const char **words; /* kept for the life of the process; NULL: from lo to hi */
    size_t n;
    double lo, hi;
    bool log;
    bool shy; /* stays at the default in half of the trials */
};
struct heed_space {
    const struct heed_option *rows; /* set by the caller, with the three below */
    void *scratch;                  /* a struct of these rows, in which values are tried */
    const char *const *banned;      /* options that no range is for; NULL at the end */
    uint64_t seed;
    /* Trials 1, 2, … before any is drawn, as heed_space_trial() has them, NULL at the end; or NULL. */
    const char *const *firsts;

    struct heed_range *items;
    size_t n, cap;
    char **trials; /* texts, as they were drawn */
    size_t n_trials, cap_trials;
};
/* "OPTION=…"; each value must be one that the row allows. Twice the same option: the later one is refused. */
int heed_space_add(struct heed_space *s, const char *text, bool shy,
                   struct heed_err *err) HEED_MUST_USE;
const struct heed_range *heed_space_find(const struct heed_space *s, const char *option);
/* Appends the range as it reads back. */
void heed_space_text(const struct heed_range *r, struct heed_str *out);
/* A trial's options, "--hidden=512" in a line each, in the order of the ranges; "" for the defaults. NULL:
 * all that can be drawn was drawn. Owned by the space. */
const char *heed_space_trial(struct heed_space *s, int64_t number);
void heed_space_release(struct heed_space *s);

#endif
