/* model_file.h: a model's file as the store knows one. */
#ifndef HEED_CLI_MODEL_FILE_H
#define HEED_CLI_MODEL_FILE_H

#include "store/store.h"

/* Reads path, which is kept; false: it cannot be read. A file that is no model has no fingerprint. */
bool model_file_look(struct heed_model_file *m, const char *path);

#endif
