/* reduce.h: the public interface of plugins that join processes, ranks, into one training: kind `reduce`.
 *
 * Such a plugin moves bytes between ranks and computes nothing: what is summed, and in which order,
 * is core's, so that a model has the same bits for any number of ranks. Each rank opens the plugin
 * once; then all of them call exchange() the same number of times, each saying what it sends to whom and
 * what it gets from whom; at the end all call close(). Only the main thread of a rank calls any of it.
 */
#ifndef HEED_PUBLIC_REDUCE_H
#define HEED_PUBLIC_REDUCE_H

#include "heed/plugin.h"

/* Where a process stands among the others; open() fills it in. */
struct heed_place {
    uint32_t size;
    int32_t rank;  /* 0..ranks-1, another one in each process; 0 leads */
    int32_t ranks; /* 1 and more, the same in each */
    int32_t here;  /* ranks on this machine, this one among them, 1..ranks */
};

/* Bytes for a rank, or from one. Rank may be the caller's own. */
struct heed_block {
    void *data;
    size_t n_bytes; /* 0: nothing is sent */
    int32_t rank;
};

/* Blocks belong to the caller, who leaves them alone until the call is back. Those between two ranks come
 * in the order in which they were sent; each is as long where it is awaited as where it is sent. No
 * byte of `in` lies in another block of the call. */
struct heed_exchange_call {
    uint32_t size;
    int32_t n_out, n_in;
    const struct heed_block *out, *in;
};

struct heed_reduce {
    struct heed_plugin head;
    /* Joins the others; waits for them. *state is the plugin's own. */
    int (*open)(const void *self, void **state, struct heed_place *place, struct heed_err *err);
    /* Back when what is sent may be changed and what is awaited is there. A wait that is long, as for a
     * rank that measures, leaves the processor to others. Fails, with what is to be said, where a rank
     * or the way to it is gone; a plugin may also end the process then. */
    int (*exchange)(void *state, const struct heed_exchange_call *call, struct heed_err *err);
    /* Leaves in peace: waits until all others do. */
    void (*close)(void *state);
    /* Ends all ranks, wherever they are, with that exit status, as far as it can; it need not return. */
    void (*abort)(void *state, int status);
};

#endif
