/* clock.c: see clock.h. */
#include <time.h>

#include "base/clock.h"

static double read_clock(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double heed_seconds(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

double heed_thread_seconds(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}
