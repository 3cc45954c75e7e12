/* unit.h: steps of a given amount of arithmetic. */
#ifndef HEED_UNIT_H
#define HEED_UNIT_H

#include <stdint.h>

/* Steps of a given amount of arithmetic, in updates: `updates` of one training are `steps`. Where trainings are
 * measured every so many steps, each rounds that length, and all others follow it: what was a multiple stays one. */
struct heed_unit {
    double updates, steps;
};
/* flops of a step, and of an update; every: steps from one measuring to the next, 0: not said. */
struct heed_unit heed_unit_of(double step, double update, int64_t every);
/* The nearest whole number, at least 1; of 0 steps 0. */
int64_t heed_unit_updates(const struct heed_unit *unit, int64_t steps);

#endif
