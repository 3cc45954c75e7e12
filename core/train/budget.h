/* budget.h: --time: wall clock from the start of the command to its end. What an update, a measuring on dev and a
 * save take is timed as it goes, and the run's length planned anew whenever it would end more than a
 * little too early or too late; what was decided goes into the timetable. */
#ifndef HEED_BUDGET_H
#define HEED_BUDGET_H

#include "train/trainer.h"

/* Of the whole budget, all sessions so far. */
double heed_budget_left(const struct heed_trainer *t);
/* From t->budget as it was timed: the length of a run that ends with the budget; not below what is done. */
int64_t heed_budget_length(const struct heed_trainer *t);
/* Measurings on dev from here on, the last one among them, in a run of the present length. */
int64_t heed_budget_measurings(const struct heed_trainer *t);
/* Seconds between two of them: they take a tenth at most. */
double heed_budget_interval(const struct heed_trainer *t);
/* After each update, before measuring: times it, and plans anew where that is due. */
void heed_budget_update(struct heed_trainer *t);
/* Is it to be measured now? Then it stands in the timetable. */
bool heed_budget_measures(struct heed_trainer *t);

#endif
