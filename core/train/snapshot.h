/* snapshot.h: the models of the last checkpoints, kept beside the model: MODEL-STEP.heed. */
#ifndef HEED_SNAPSHOT_H
#define HEED_SNAPSHOT_H

#include "train/trainer.h"

/* Behind an update: saves one where --snapshots asks for it, and removes the one that is too many. */
int heed_snapshot(struct heed_trainer *t, struct heed_err *err) HEED_MUST_USE;
/* Before a new training: fails where a file of such a name is there, which it could write over or remove. */
int heed_snapshots_check(const char *model_path, struct heed_err *err) HEED_MUST_USE;

#endif
