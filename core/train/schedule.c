/* schedule.c: the learning rate, and the rate of dropout. */
#include <math.h>

#include "train/schedule.h"

struct alone {
    struct heed_train_options train;
};
double heed_schedule_rate(const struct heed_train_options *o, int64_t step, int64_t total)
{
    double warmup = (double)o->warmup, s = (double)step;
    if (total > 0)
        warmup = HEED_MIN(warmup, floor((double)total / 10));
    if (s < warmup)
        return o->lr * s / warmup;
    if (o->schedule == HEED_SCHEDULE_RSQRT)
        return o->lr * sqrt(HEED_MAX(warmup, 1) / HEED_MAX(s, 1));
    if (o->schedule == HEED_SCHEDULE_CONSTANT || total <= 0)
        return o->lr;
    double left = HEED_MAX(0, ((double)total - s) / HEED_MAX(1, (double)total - warmup));
    return o->lr * (o->min_lr + (1 - o->min_lr) * left);
}

double heed_dropout_rate(const struct heed_train_options *o, int64_t total, int64_t per_epoch)
{
    double epochs = (double)total / (double)HEED_MAX(1, per_epoch);
    if (o->dropout >= 0)
        return o->dropout;
    return epochs < 8 ? 0.1 : epochs < 25 ? 0.2 : 0.3;
}
