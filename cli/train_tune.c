/* train_tune.c: train --tune is the command tune under another name. */
#include "cli/beside.h"
#include "cli/train.h"

int train_tune(struct heed_err *err)
{
    return beside_become("tune", heed_cli.argv, err);
}
