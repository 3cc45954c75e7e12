/* schedule.c: the learning rate, and the rate of dropout. */
#include <math.h>
#include <stdio.h>

#include "train/schedule.h"

static double warmup_of(const struct heed_train_options *o, int64_t total)
{
    double warmup = (double)o->warmup;
    return total > 0 ? HEED_MIN(warmup, floor((double)total / 10)) : warmup;
}

double heed_schedule_rate(const struct heed_train_options *o, int64_t step, int64_t total)
{
    double warmup = warmup_of(o, total), s = (double)step;
    if (s < warmup)
        return o->lr * s / warmup;
    if (o->schedule == HEED_SCHEDULE_RSQRT)
        return o->lr * sqrt(HEED_MAX(warmup, 1) / HEED_MAX(s, 1));
    if (o->schedule == HEED_SCHEDULE_CONSTANT || total <= 0)
        return o->lr;
    double left = HEED_MAX(0, ((double)total - s) / HEED_MAX(1, (double)total - warmup));
    return o->lr * (o->min_lr + (1 - o->min_lr) * left);
}

void heed_schedule_describe(const struct heed_train_options *o, int64_t step, int64_t total,
                            char *text, size_t size)
{
    double warmup = warmup_of(o, total), end = heed_schedule_rate(o, total, total);
    int n = 0;
    if ((double)step < warmup)
        n = snprintf(text, size, "warm-up to step %.0f, then ", warmup);
    if (o->schedule == HEED_SCHEDULE_CONSTANT)
        snprintf(text + n, size - (size_t)n, "constant");
    else
        snprintf(text + n, size - (size_t)n, "%s to %.3g at step %lld",
                 o->schedule == HEED_SCHEDULE_LINEAR ? "linear" : "rsqrt", end, (long long)total);
}

double heed_dropout_rate(const struct heed_train_options *o, int64_t total, int64_t per_epoch)
{
    double epochs = (double)total / (double)HEED_MAX(1, per_epoch);
    if (o->dropout >= 0)
        return o->dropout;
    return epochs < 8 ? 0.1 : epochs < 25 ? 0.2 : 0.3;
}
