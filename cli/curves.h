/* curves.h: metrics of runs of the store as curves, for pictures and pages. */
#ifndef HEED_CLI_CURVES_H
#define HEED_CLI_CURVES_H

#include "store/store.h"

struct curve {
    char *label; /* "mlp-gru-1 dev" */
    size_t run;  /* of those that were read, from 0: the same in all panels */
    bool train;  /* its split */
    double *step, *value;
    size_t n, cap_step, cap_value;
};
/* Metrics of one name share their axes: train.loss and dev.loss of all runs are one panel. */
struct panel {
    char *name;
    struct curve *curves;
    size_t n, cap;
};
/* Zero-initialise to start. */
struct curves {
    struct panel *panels;
    size_t n, cap;
    size_t n_runs;
    struct curve *into; /* the one being read */
};
/* Adds those of a run (as heed_store_find_run() takes one; last: the newest that has values to draw). metrics:
 * SPLIT.NAME,…; of a name without curves nothing is added. NULL: all that its training measured. */
int curves_read(struct curves *c, struct heed_store *s, const char *run, const char *metrics,
                struct heed_err *err) HEED_MUST_USE;
/* Is the curve one of training where its panel has others too? It is drawn with dashes. */
bool curve_dashed(const struct panel *p, const struct curve *c);
void curves_release(struct curves *c);

#endif
