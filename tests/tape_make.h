/* tape_make.h: two arenas and a set of parameters for the tests that work with a tape. */
#ifndef HEED_TESTS_TAPE_MAKE_H
#define HEED_TESTS_TAPE_MAKE_H

#include "tensor/tape.h"

static struct heed_arena model, step;
static struct heed_params params;

static inline void make_params(void)
{
    heed_arena_init(&model, "model", (size_t)1 << 28);
    heed_arena_init(&step, "step", (size_t)1 << 28);
    heed_params_init(&params, &model);
}

static inline void drop_params(void)
{
    heed_params_release(&params);
    heed_arena_free(&model);
    heed_arena_free(&step);
}

#endif
