/* checkpoint.h: all that the rest of a training depends on, in one file. */
#ifndef HEED_CHECKPOINT_H
#define HEED_CHECKPOINT_H

#include "train/trainer.h"

/* Characters of NAME in NAME.heed; of a path that ends otherwise all. */
size_t heed_model_stem(const char *model_path);
/* Where the checkpoint of NAME.heed stands: NAME.ckpt.heed; malloc'ed. */
char *heed_checkpoint_path(const char *model_path);
/* Brings the run's seconds up to date, saves, and tells the run. */
int heed_trainer_checkpoint(struct heed_trainer *t, struct heed_err *err) HEED_MUST_USE;
int heed_checkpoint_save(struct heed_trainer *t, struct heed_err *err) HEED_MUST_USE;
/* Fills state, weights and moments; t->model was made from the same document. Where the options say
 * another length (or rhythm of evaluations) than the document, the run is planned anew from where it
 * stands; all other options must be the document's. */
int heed_checkpoint_restore(struct heed_trainer *t, const struct heed_doc *doc,
                            struct heed_err *err) HEED_MUST_USE;

#endif
