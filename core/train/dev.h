/* dev.h: measuring on the dev pairs. */
#ifndef HEED_DEV_H
#define HEED_DEV_H

#include "train/trainer.h"

/* Draws n of the dev pairs (0, or more than there are: all) and makes the dataset of them. Where the loss
 * can take none of these, it is all. */
int heed_trainer_sample(struct heed_trainer *t, int64_t n, struct heed_err *err) HEED_MUST_USE;
void heed_trainer_sample_release(struct heed_trainer *t);
/* Not more than x, of two digits, for a name as bleu@1200. */
int64_t heed_sample_size(double x);
/* Settles by which metric and over which tokens: as the options say, or, where they leave it open,
 * as the model says that a training goes on with, else as the dev targets ask for (heed_choose()).
 * Says which and why, and writes it into the model. */
void heed_trainer_choose(struct heed_trainer *t);
/* "bleu", or "bleu@1000" when only so many of the dev pairs are translated. */
#define HEED_METRIC_NAME_MAX 40
void heed_trainer_metric_name(const struct heed_trainer *t, enum heed_dev_metric metric,
                              char name[HEED_METRIC_NAME_MAX]);
/* The metric's name with its value, "dev token-error 3.2 %"; value as it is recorded. */
void heed_trainer_metric_text(const struct heed_trainer *t, double value, char text[80]);
/* The figures of the best step so far, the one that decided first: "dev loss 3.142 (bleu 0.02 does not
 * tell yet)". */
#define HEED_BEST_MAX 120
void heed_trainer_best_text(const struct heed_trainer *t, char text[HEED_BEST_MAX]);
/* The lines whose outputs are kept; and what became of them, text by line of t->sample. */
void heed_trainer_record_lines(const struct heed_trainer *t);
void heed_trainer_record_outputs(const struct heed_trainer *t, char *const *text);
/* Measures, records, and saves the model when it is the best so far: while the metric does not tell
 * (heed_figures()) by the dev loss, from the first time on that it does by the metric. Where the
 * length of the run is not known yet it only takes the time that this takes. */
int heed_trainer_evaluate(struct heed_trainer *t, struct heed_err *err) HEED_MUST_USE;
/* Are the weights that are measured still those of the last measuring? */
bool heed_trainer_unmoved(const struct heed_trainer *t);
/* Exchanges weights and their moving average (nothing without one); twice is as before. */
void heed_trainer_swap_average(struct heed_trainer *t);

#endif
