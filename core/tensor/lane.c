/* lane.c: see lane.h. */
#include <pthread.h>
#include <string.h>

#include "tensor/lane.h"

#define LANE_RESERVE (64ull << 30) /* address space only */

void heed_lane_init(struct heed_lane *l, struct heed_params *params)
{
    memset(l, 0, sizeof *l);
    heed_arena_init(&l->step, "step", LANE_RESERVE);
    heed_arena_init(&l->late, "gradients", LANE_RESERVE);
    heed_arena_init(&l->batch, "batch", LANE_RESERVE);
    heed_tape_init(&l->tape, &l->step, params);
    l->tape.late = &l->late;
}

void heed_lane_release(struct heed_lane *l)
{
    heed_tape_release(&l->tape);
    heed_arena_free(&l->step);
    heed_arena_free(&l->late);
    heed_arena_free(&l->batch);
}

void heed_lanes_init(struct heed_lanes *l, struct heed_params *params, int workers)
{
    l->n = HEED_MIN(HEED_MAX(workers, 1), HEED_LANES_MAX);
    l->lanes = heed_xcalloc((size_t)l->n, sizeof *l->lanes);
    l->workers = heed_workers_new(l->n);
    for (int i = 0; i < l->n; i++)
        heed_lane_init(&l->lanes[i], params);
}

void heed_lanes_release(struct heed_lanes *l)
{
    heed_workers_free(l->workers);
    for (int i = 0; i < l->n; i++)
        heed_lane_release(&l->lanes[i]);
    free(l->lanes);
    memset(l, 0, sizeof *l);
}

struct run {
    struct heed_lanes *lanes;
    int (*part)(struct heed_lane *lane, void *ctx, int i);
    void *ctx;
};

static void run_in(const struct run *r, struct heed_lane *lane, int i)
{
    lane->err.status = HEED_OK;
    heed_arena_reset(&lane->batch);
    heed_tape_reset(&lane->tape);
    if (r->part(lane, r->ctx, i) && lane->err.status == HEED_OK)
        BUG("part %d failed without a word", i);
}

static void run_part(void *opaque, int i)
{
    const struct run *r = opaque;
    run_in(r, &r->lanes->lanes[i], i);
}

int heed_lanes_run(struct heed_lanes *l, int parts,
                   int (*part)(struct heed_lane *lane, void *ctx, int i), void *ctx,
                   struct heed_err *err)
{
    struct run r = {l, part, ctx};
    if (parts > l->n)
        BUG("%d parts for %d lanes", parts, l->n);
    l->lanes[0].tape.help.workers = parts == 1 ? l->workers : NULL;
    heed_workers_run(l->workers, parts, run_part, &r);
    l->lanes[0].tape.help.workers = NULL;
    for (int i = 0; i < parts; i++)
        if (l->lanes[i].err.status != HEED_OK) {
            *err = l->lanes[i].err;
            return -1;
        }
    return 0;
}

/* --- parts in the lane of whichever worker takes them --- */

struct each {
    struct run run;
    pthread_mutex_t lock;
    int failed;          /* the lowest part that did, or -1 */
    struct heed_err err; /* its */
};

static bool is_over(struct each *e, int i)
{
    pthread_mutex_lock(&e->lock);
    bool over = e->failed >= 0 && e->failed < i;
    pthread_mutex_unlock(&e->lock);
    return over;
}

static void each_part(void *opaque, int i)
{
    struct each *e = opaque;
    struct heed_lane *lane = &e->run.lanes->lanes[heed_workers_self()];
    if (is_over(e, i))
        return;
    run_in(&e->run, lane, i);
    if (lane->err.status == HEED_OK)
        return;
    pthread_mutex_lock(&e->lock);
    if (e->failed < 0 || i < e->failed) {
        e->failed = i;
        e->err = lane->err;
    }
    pthread_mutex_unlock(&e->lock);
}

int heed_lanes_each(struct heed_lanes *l, int parts,
                    int (*part)(struct heed_lane *lane, void *ctx, int i), void *ctx,
                    struct heed_err *err)
{
    struct each e = {{l, part, ctx}, PTHREAD_MUTEX_INITIALIZER, -1, {0}};
    heed_workers_run(l->workers, parts, each_part, &e);
    pthread_mutex_destroy(&e.lock);
    if (e.failed < 0)
        return 0;
    *err = e.err;
    return -1;
}
