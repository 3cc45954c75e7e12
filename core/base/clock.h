/* clock.h: the clocks: for durations, never for dates. */
#ifndef HEED_CLOCK_H
#define HEED_CLOCK_H

/* Seconds since some moment before the process began; never goes back. */
double heed_seconds(void);
/* Seconds of a processor that this thread has had: those of others beside it do not count. */
double heed_thread_seconds(void);

#endif
