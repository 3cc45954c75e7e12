/* schedule.c: the learning rate, and the rate of dropout. */
#include <math.h>
#include <stdio.h>

#include "train/schedule.h"

/* What short runs need; long ones end best with half of it (docs/internals.md), between them by the root of
 * the updates. */
#define RATE         0.004
#define RATE_SGD     0.5
#define PI           3.14159265358979323846
#define SHORT        8000 /* updates, and */
#define SHORT_PASSES 2.5

double heed_schedule_peak(const struct heed_pace *pace, const struct heed_timetable *length)
{
    double few = HEED_MAX(SHORT, SHORT_PASSES * (double)pace->per_epoch);
    double n = (double)length->first, usual = pace->usual > 0 ? pace->usual : RATE;
    if (pace->options->optimizer == HEED_OPTIMIZER_SGD)
        usual = RATE_SGD;
    if (pace->options->lr >= 0)
        return pace->options->lr;
    return n > few ? HEED_MAX(usual / 2, usual * sqrt(few / n)) : usual;
}

static double warmup_of(const struct heed_train_options *o, int64_t total)
{
    double warmup = (double)o->warmup;
    return total > 0 ? HEED_MIN(warmup, floor((double)total / 10)) : warmup;
}

static double share_left(double step, double from, double total)
{
    return HEED_MAX(0, (total - step) / HEED_MAX(1, total - from));
}

/* Of the way from the end of warm-up to that of the run; 1 to 0. */
static double way_left(const struct heed_timetable *length, double step, double warmup)
{
    double left = 1, from = warmup, total = (double)length->first;
    for (size_t i = 0; i < length->n && (double)length->entries[i].step < step; i++) {
        const struct heed_entry *e = &length->entries[i];
        if (!e->total)
            continue;
        double at = HEED_MAX(from, (double)e->step);
        left *= share_left(at, from, total);
        from = at;
        total = (double)e->total;
    }
    return left * share_left(step, from, total);
}

double heed_schedule_rate(const struct heed_pace *pace, int64_t step,
                          const struct heed_timetable *length)
{
    const struct heed_train_options *o = pace->options;
    double warmup = warmup_of(o, length->first), s = (double)step;
    double peak = heed_schedule_peak(pace, length);
    if (s < warmup)
        return peak * s / warmup;
    if (o->schedule == HEED_SCHEDULE_RSQRT)
        return peak * sqrt(HEED_MAX(warmup, 1) / HEED_MAX(s, 1));
    if (o->schedule == HEED_SCHEDULE_PLATEAU)
        return peak * HEED_MAX(o->min_lr, pow(o->plateau_factor, (double)pace->n_cuts));
    if (o->schedule == HEED_SCHEDULE_CONSTANT || length->first <= 0)
        return peak;
    double left = way_left(length, s, warmup);
    if (o->schedule == HEED_SCHEDULE_COSINE)
        left = (1 - cos(PI * left)) / 2;
    return peak * (o->min_lr + (1 - o->min_lr) * left);
}

void heed_schedule_describe(const struct heed_pace *pace, int64_t step,
                            const struct heed_timetable *length, char *text, size_t size)
{
    const struct heed_train_options *o = pace->options;
    int64_t total = heed_timetable_total(length, INT64_MAX);
    double warmup = warmup_of(o, length->first), end = heed_schedule_rate(pace, total, length);
    static const char *const words[] = {"linear", "constant", "rsqrt", "cosine", "plateau"};
    int n = 0;
    if ((double)step < warmup)
        n = snprintf(text, size, "warm-up to step %.0f, then ", warmup);
    if (o->schedule == HEED_SCHEDULE_CONSTANT)
        snprintf(text + n, size - (size_t)n, "constant");
    else if (o->schedule == HEED_SCHEDULE_PLATEAU)
        snprintf(text + n, size - (size_t)n,
                 "cut by %g after %lld evaluations without a better one", o->plateau_factor,
                 (long long)o->plateau);
    else
        snprintf(text + n, size - (size_t)n, "%s to %.3g at step %lld", words[o->schedule], end,
                 (long long)total);
}

double heed_dropout_rate(const struct heed_train_options *o, bool letters, int64_t total,
                         int64_t per_epoch)
{
    double epochs = (double)total / (double)HEED_MAX(1, per_epoch);
    if (o->dropout >= 0)
        return o->dropout;
    return epochs < 8 ? 0.1 : epochs < 25 || letters ? 0.2 : 0.3;
}
