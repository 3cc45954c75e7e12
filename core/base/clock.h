/* clock.h: the one clock: for durations, never for dates. */
#ifndef HEED_CLOCK_H
#define HEED_CLOCK_H

/* Seconds since some moment before the process began; never goes back. */
double heed_seconds(void);

#endif
