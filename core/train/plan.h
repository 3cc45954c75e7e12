/* plan.h: how many updates a run has, and how often it is measured. */
#ifndef HEED_PLAN_H
#define HEED_PLAN_H

#include "train/trainer.h"

/* Sets total_steps and eval_every where they are not known: from steps, epochs or a budget of time,
 * for a run that begins as for one that is to be longer than it was. eval_every stays 0 where the timetable
 * says when, total_steps when interrupted while measuring. Fails when fewer steps are asked for than are
 * done. A second call changes nothing. */
int heed_trainer_plan(struct heed_trainer *t, struct heed_err *err) HEED_MUST_USE;

/* The weights as they are, for updates that are only to be timed; malloc'ed. */
float **heed_trainer_keep(const struct heed_trainer *t);
/* Back to them, and to the beginning of the training. */
int heed_trainer_forget(struct heed_trainer *t, float *const *kept,
                        struct heed_err *err) HEED_MUST_USE;
void heed_trainer_kept_free(const struct heed_trainer *t, float **kept); /* NULL is allowed */

#endif
