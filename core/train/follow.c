/* follow.c: see follow.h. */
#include "train/follow.h"
#include "train/plan.h"
#include "train/share.h"
#include "train/step.h"

static int update(struct heed_trainer *t, struct heed_err *err)
{
    struct heed_batch b;
    heed_arena_reset(&t->batch);
    int got = t->source->next(t->source->ctx, &t->batch, &b, err);
    if (got == 0)
        return heed_fail(err, "no batch of step %lld here", (long long)t->step + 1);
    return got < 0 ? -1 : heed_train_update(t, &b, err);
}

int heed_trainer_follow(struct heed_trainer *t, struct heed_err *err)
{
    float **kept = t->options->time > 0 && t->step == 0 ? heed_trainer_keep(t) : NULL;
    int status = 0;
    enum heed_order_kind kind = HEED_ORDER_UPDATE;
    while (status == 0 && (status = heed_trainer_hear(t, &kind, err)) == 0) {
        if (kind == HEED_ORDER_UPDATE)
            status = update(t, err);
        else if (kind == HEED_ORDER_FORGET && kept)
            status = heed_trainer_forget(t, kept, err);
        else
            break;
    }
    heed_trainer_kept_free(t, kept);
    return status;
}
