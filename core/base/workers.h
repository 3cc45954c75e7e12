/* workers.h: threads that share one piece of work.
 *
 * A piece is cut into numbered parts; the caller's own thread takes part, so one
 * worker means no thread at all. Waiting threads sleep: in a pipe of processes on few
 * cores a spinning one would steal its neighbour's. Nothing here depends on which
 * thread does which part, and neither may a result. */
#ifndef HEED_WORKERS_H
#define HEED_WORKERS_H

#include "base/base.h"

struct heed_workers;

/* Processors this process may run on, at least 1. */
int heed_cores(void);

/* n >= 1 workers, the caller among them. Signals stay with the threads of the caller. Where the
 * system gives fewer threads there are fewer workers: that costs time only. */
struct heed_workers *heed_workers_new(int n) HEED_MUST_USE;
void heed_workers_free(struct heed_workers *w);       /* NULL is allowed */
int heed_workers_count(const struct heed_workers *w); /* as many as there are, at least 1 */
/* Within a part: which worker does it, 0..count-1; 0 is the caller. */
int heed_workers_self(void);

/* w NULL: the caller alone. Calls part(ctx, i) once for each i in [0, n), on any worker, and returns when all are done. What
 * was written before the call is seen by the parts, what the parts wrote is seen after it. A part
 * that is out of memory ends there; the others end as usual, and then the caller's thread is out of
 * memory. */
void heed_workers_run(struct heed_workers *w, int n, void (*part)(void *ctx, int i), void *ctx);

#endif
