/* unit.c: see unit.h. */
#include <math.h>
#include "base/base.h"
#include "train/unit.h"

struct heed_unit heed_unit_of(double step, double update, int64_t every)
{
    if (!every)
        return (struct heed_unit){step, update};
    double updates = round((double)every * step / update);
    return (struct heed_unit){HEED_MAX(updates, 1), (double)every};
}

int64_t heed_unit_updates(const struct heed_unit *unit, int64_t steps)
{
    double n = round((double)steps * unit->updates / unit->steps);
    return steps ? (int64_t)HEED_MIN(HEED_MAX(n, 1), 1e15) : 0;
}
