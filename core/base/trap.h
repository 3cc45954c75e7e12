/* trap.h: out of memory on one thread, told on another: for workers.c.
 *
 *     struct heed_trap trap;
 *     if (setjmp(trap.at) == 0) {
 *         heed_trap_set(&trap);
 *         …                            heed_out_of_memory() of this thread jumps back
 *         heed_trap_drop(&trap);
 *     } else {
 *         …                            it did, and the trap is dropped: trap.what, trap.size
 *     } */
#ifndef HEED_TRAP_H
#define HEED_TRAP_H

#include <setjmp.h>

#include "base/base.h"

struct heed_lock;

struct heed_trap {
    jmp_buf at;
    struct heed_trap *outer;
    struct heed_lock *held; /* locks taken before it was set stay */
    const char *what;
    size_t size;
};

void heed_trap_set(struct heed_trap *trap);
void heed_trap_drop(struct heed_trap *trap);

#endif
