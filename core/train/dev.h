/* dev.h: measuring on the dev pairs. */
#ifndef HEED_DEV_H
#define HEED_DEV_H

#include "train/trainer.h"

/* Measures, records, and saves the model when it is the best so far. Where the length of the run is
 * not known yet it only takes the time that this takes. */
int heed_trainer_evaluate(struct heed_trainer *t, struct heed_err *err) HEED_MUST_USE;
/* Exchanges weights and their moving average (nothing without one); twice is as before. */
void heed_trainer_swap_average(struct heed_trainer *t);

#endif
