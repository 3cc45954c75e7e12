/* lane.h: what a worker has for itself: arenas, a tape, an error. Training and search both run in
 * lanes; a lane without workers is one of a single thread. */
#ifndef HEED_LANE_H
#define HEED_LANE_H

#include "base/workers.h"
#include "tensor/tape.h"

struct heed_lane {
    struct heed_arena step;  /* the tape's: forgotten at each heed_tape_reset() */
    struct heed_arena late;  /* the tape's gradients, as long */
    struct heed_arena batch; /* what outlives a step */
    struct heed_tape tape;
    struct heed_err err;
};
void heed_lane_init(struct heed_lane *l, struct heed_params *params);
void heed_lane_release(struct heed_lane *l);

struct heed_lanes {
    struct heed_workers *workers;
    struct heed_lane *lanes;
    int n;
};
/* workers in 1..HEED_LANES_MAX, less or more is made that. */
#define HEED_LANES_MAX 256 /* each reserves address space, of which a process has 128 TiB */
void heed_lanes_init(struct heed_lanes *l, struct heed_params *params, int workers);
void heed_lanes_release(struct heed_lanes *l);
/* Calls part(lane i, ctx, i) for each i in [0, parts), parts <= n, on the workers; the lane's batch
 * arena and tape are new, and what part hands out of them lives until the lane's next use. A part that
 * fails says so in lane->err and returns -1; the first one's error is handed on. A single part runs in the
 * caller's thread, and the workers help with its products. */
int heed_lanes_run(struct heed_lanes *l, int parts,
                   int (*part)(struct heed_lane *lane, void *ctx, int i), void *ctx,
                   struct heed_err *err) HEED_MUST_USE;

/* As heed_lanes_run(), for any number of parts, each in the lane of the worker that takes it: no part may hand anything
 * out of its lane. After the first part that fails no others begin; of those that failed the one with
 * the lowest number is told. */
int heed_lanes_each(struct heed_lanes *l, int parts,
                    int (*part)(struct heed_lane *lane, void *ctx, int i), void *ctx,
                    struct heed_err *err) HEED_MUST_USE;

#endif
