/* tune.h: what the files of `tune` share.
 *
 * tune.c         the command: one piece of work after another, until the winner is known
 * tune_plan.c    what is searched over and for how long
 * tune_piece.c   one training, as a process
 * tune_store.c   a transaction on the search
 * tune_end.c     the winner's model, and what is said */
#ifndef HEED_CLI_TUNE_H
#define HEED_CLI_TUNE_H

#include "cli/train.h"
#include "store/trials.h"
#include "train/halving.h"
#include "train/space.h"

struct tune {
    struct train train; /* first: its rows are those of the command train */
    int64_t trials, halving, repeats;
    struct heed_list ranges;
    const char *spec;
    bool json, keep;
};

/* Of one process. */
struct search {
    struct tune *self;
    struct heed_space space;
    struct heed_list firsts; /* of the space; NULL at the end */
    struct train scratch;
    struct heed_str path;   /* of the model, absolute */
    struct heed_str folder; /* of the trials */
    struct heed_str what;
    struct heed_list fixed; /* "--name=value", for every training */
    char *program;          /* train */
    struct heed_tune plan;  /* with which a new search begins */
    struct heed_tune tune;
    struct heed_piece piece; /* the one that is worked on; texts are t's no longer */
    struct heed_str options; /* its options */
    double limit; /* seconds after which it is stopped, and its best so far counts; 0: none */
    enum { SEARCH_WORKS, SEARCH_WAITS, SEARCH_OVER } next;
    bool looked; /* what --force replaces was replaced */
};

typedef int tune_change(void *search, struct heed_tune *t, struct heed_err *err);
/* One transaction; no store is open between two of them, since processes are started there. */
int tune_do(struct search *s, tune_change *change, struct heed_err *err) HEED_MUST_USE;

/* Ranges, the options that are fixed, and all that they make of the search's `what`. */
int tune_read(struct search *s, struct heed_err *err) HEED_MUST_USE;
/* How long, from the options or the clock; then the search stands in the store. 1: interrupted. */
int tune_begin(struct search *s, struct heed_err *err) HEED_MUST_USE;
void tune_purge(const struct search *s); /* the files of the trials */

/* Appends where a trial's turn has its model: FOLDER/3.heed, FOLDER/3-1.heed. */
void tune_model(const struct search *s, int64_t trial, int64_t turn, struct heed_str *out);
/* The options of all trainings that the plan decided on, each behind a blank; every: from one measuring to the next. */
void tune_planned(const struct heed_tune *t, int64_t every, struct heed_str *out);
/* Trains s->piece on to the end of its rung and fills in how it fared. 1: it was interrupted. A
 * training that refuses is a failed piece with its message. */
int tune_work(struct search *s, struct heed_err *err) HEED_MUST_USE;
/* Begins a training with the defaults for `time` seconds, which times itself, and ends it after its first update;
 * 1: interrupted. */
int tune_probe(struct search *s, double time, struct heed_timing *timing, double *seconds,
               struct heed_err *err) HEED_MUST_USE;

/* In a transaction: the model is copied to where it belongs. */
int tune_crown(struct search *s, struct heed_tune *t, struct heed_err *err) HEED_MUST_USE;
/* A piece that has ended, in one line. */
void tune_tell(const struct search *s);
/* The table, and the command that makes the model again. */
void tune_report(const struct search *s);

#endif
