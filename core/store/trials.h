/* trials.h: a search over options, as the store keeps it: a row for the search, a row for each piece of work in
 * it. The whole is small, so it is read, changed and written back in one transaction: several processes
 * work on one search, and each sees what the others took.
 *
 * A piece is one trial (a set of options) trained on to the steps of a rung. Who takes it is named in it;
 * a piece whose process is gone, or is silent on another machine, is there to be taken again. */
#ifndef HEED_STORE_TRIALS_H
#define HEED_STORE_TRIALS_H

#include "store/store.h"

enum heed_piece_status { HEED_PIECE_OPEN, HEED_PIECE_TAKEN, HEED_PIECE_DONE, HEED_PIECE_FAILED };

/* turn 0 is the trial itself; the others train its options again from other seeds. */
struct heed_piece {
    int64_t trial, turn, rung;
    enum heed_piece_status status;
    bool lapsed;     /* taken by a process that is gone */
    bool mine;       /* taken by this one */
    char *options;   /* "--hidden 512 --dropout 0.2"; owned */
    char *message;   /* why it failed; owned, or NULL */
    int64_t updates; /* done by its end */
    double value;    /* of the metric: larger is better */
    bool tells;      /* the metric was large enough to choose by */
    double loss;     /* dev loss of the same model */
    double seconds;  /* of the processes that brought it from the rung below */
    int64_t every;   /* updates from one measuring to the next */
};

struct heed_tune {
    char uuid[33];    /* its run */
    const char *path; /* of the model that it is to write; set by the caller */
    const char *what; /* all that decides about the outcome; set by the caller */
    int64_t trials;   /* to begin with */
    int64_t halving;  /* one of so many is trained on */
    int64_t first;    /* steps of the lowest rung */
    int64_t steps;    /* of a training that is taken to its end */
    int64_t last;    /* the same for the highest rung, once the time that is left decided; else 0 */
    int64_t repeats; /* further seeds of the finalists */
    /* Where time decided, of all trials; 0: as options say. */
    int64_t dev_lines; /* that they are measured on */
    int64_t often;     /* --long, an enum heed_auto */
    double gflop;      /* that a step is; 0: an update. Lengths are in steps. */
    double start;      /* seconds that a training takes beside its updates; 0: not timed */
    double spent;      /* seconds of work so far */
    int64_t drawn;     /* trials that were drawn */
    int64_t winner;    /* -1: not known yet */
    int64_t winner_turn;
    bool done; /* its model is written */
    struct heed_piece
        *pieces; /* in the order of (rung, trial, turn) as far as they were added so */
    size_t n, cap;
};

struct heed_piece *heed_tune_add(struct heed_tune *t, int64_t trial, int64_t turn, int64_t rung,
                                 const char *options);
void heed_tune_release(struct heed_tune *t);

/* One transaction on the search that is to write t->path: fills t, calls change(), which may change
 * anything but path and uuid and add pieces, and writes t back. A search that is not there comes with an
 * empty uuid; it is begun, with a run of its own, where change() gave it trials. Where change() fails
 * nothing is written. t is all zero but for path and what, or as an earlier call left it.
 *
 * replace: a search with other contents of `what`, or one that is done, is forgotten. Without it another `what` is
 * refused with a message, where the search has come to anything. */
int heed_store_tune(struct heed_store *s, struct heed_tune *t, bool replace,
                    int (*change)(void *ctx, struct heed_tune *t, struct heed_err *err), void *ctx,
                    struct heed_err *err) HEED_MUST_USE;

#endif
