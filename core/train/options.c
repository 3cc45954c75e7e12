/* options.c: the rows of a training alone, for checkpoints. */
#include "train/options.h"

const struct heed_option heed_train_rows[] = {
    HEED_TRAIN_ROWS(
        struct { struct heed_train_options t; }, t),
    {0},
};
