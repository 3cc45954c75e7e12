/* halving.h: successive halving (Jamieson and Talwalkar 2016; ASHA: Li et al. 2020) over the pieces of a search
 * (store/trials.h).
 *
 *     rung 2                     *            8 trials, one of 4 trained on:
 *     rung 1          *          *            rung 0 is steps/16, rung 1 steps/4, rung 2 steps
 *     rung 0  * * * * * * * *
 *
 * All trials of a rung are trained for the same number of steps: of updates, or of so much arithmetic each, so that a net
 * which is twice as dear has half of the updates. ASHA takes a trial to the next rung by
 * what it has seen so far, so that its outcome hangs on who came in first. Here a trial goes on as soon as
 * it is certain to be among those that do, whatever comes of the pieces that are still out: nobody waits
 * for more than he must, and the outcome is the same for any number of processes, killed or not. */
#ifndef HEED_HALVING_H
#define HEED_HALVING_H

#include "store/trials.h"

#define HEED_TRIALS        8 /* where nobody says how many, and time allows */
#define HEED_HALVING       4 /* where nobody says it … */
#define HEED_HALVING_TIMED 2 /* … and where time is given */
/* Rungs of a search; and trials on one of them, the repeated finalists not counted twice. */
int64_t heed_halving_rungs(const struct heed_tune *t);
int64_t heed_halving_width(const struct heed_tune *t, int64_t rung);
/* Steps at which a rung ends. */
int64_t heed_halving_until(const struct heed_tune *t, int64_t rung);
/* A model is better if its metric tells and the other's does not; then by the metric, where it tells;
 * then by the loss. */
bool heed_halving_better(const struct heed_piece *a, const struct heed_piece *b);

/* What a trial number stands for; NULL: there are no more. */
struct heed_draws {
    const char *(*options)(void *ctx, int64_t trial);
    void *ctx;
};
/* Adds the pieces that are certain by now, and first of all those of rung 0: as many trials as are asked
 * for, and another for each that failed (of four times as many drawn). */
void heed_halving_grow(struct heed_tune *t, const struct heed_draws *draws);
/* The piece to be worked on next, the highest rung first; NULL: none is free. */
struct heed_piece *heed_halving_free(struct heed_tune *t);
bool heed_halving_over(const struct heed_tune *t); /* every piece there can be has ended */
/* Of the trials on the highest rung that was reached, the one with the best mean over its turns (of equal
 * ones the lower number), and its best turn; false: none ended well. */
bool heed_halving_winner(const struct heed_tune *t, int64_t *trial, int64_t *turn);

/* --- a budget of time, turned into steps --- */

/* Seconds: an update of the defaults, what a training takes beside updates and measurings, and to measure on a
 * dev pair. */
struct heed_timing {
    double update, start, a_line;
    int64_t lines; /* dev pairs there are */
    bool given;    /* on so many it is to be measured */
    double gflop;  /* of an update of the defaults */
    int often;     /* which defaults these were: of a long training (HEED_ON) or not */
};
/* Sets first, steps, dev_lines (where measuring on all would take more than a tenth) and, where they were left open
 * (-1; 0), repeats, trials and halving, so that the search takes about `time`. Fails when not even two trials fit. */
int heed_halving_plan(struct heed_tune *t, double time, const struct heed_timing *timing,
                      struct heed_err *err) HEED_MUST_USE;
/* The length of the last rung from the time that is left and what steps of the finalists took. */
void heed_halving_settle(struct heed_tune *t, double left);
/* Seconds that one of the pieces left on the last rung may take, by then; 0: any time. */
double heed_halving_share(const struct heed_tune *t, double time);
/* Lengths of rungs for a training of so many steps. */
int heed_halving_lengths(struct heed_tune *t, int64_t steps, struct heed_err *err) HEED_MUST_USE;

#endif
