/* gradcheck.h: compares what backward says with finite differences of forward. Used by the tests of
 * the built-in operations and by `plugins --check`. */
#ifndef HEED_GRADCHECK_H
#define HEED_GRADCHECK_H

#include "tensor/tape.h"

#define HEED_GRADCHECK_MAX 8

struct heed_gradcheck_input {
    const char *name;
    int rank;
    int64_t dims[HEED_RANK_MAX];
    float *data;   /* moved during the check, restored after it */
    bool constant; /* no gradient asked */
};

struct heed_gradcheck {
    struct heed_arena *arena;   /* for the tape: reset at every evaluation */
    struct heed_params *params; /* after heed_params_train(); checked too */
    int n_in;
    struct heed_gradcheck_input in[HEED_GRADCHECK_MAX];
    /* Applies what is to be checked; puts up to HEED_GRADCHECK_MAX results into out[] and returns
     * how many. *extra is a loss that seeded itself (heed_cross_entropy with gscale 1), or 0. */
    int (*build)(void *ctx, struct heed_tape *t, struct heed_tensor **in, struct heed_tensor **out,
                 double *extra);
    void *ctx;
    double tolerance; /* relative to the gradient's norm: 0.01 catches an error of 5 % */
    double step;      /* of the differences, 0: 0.01 */
};

/* Several random directions for each input and parameter, whole and in parts. *worst (may be NULL)
 * gets the largest relative error seen. */
int heed_gradcheck_run(const struct heed_gradcheck *check, uint64_t seed, double *worst,
                       struct heed_err *err) HEED_MUST_USE;

#endif
