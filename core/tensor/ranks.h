/* ranks.h: processes that make one sum of gradients, joined by a plugin (heed/reduce.h).
 *
 * What ranks tell one another goes through blocks: send and receive name them, exchange moves them. Every rank
 * makes the same calls in the same order. Only the main thread does. */
#ifndef HEED_RANKS_H
#define HEED_RANKS_H

#include "base/err.h"
#include "heed/reduce.h"

#define HEED_RANKS_MAX 1024

struct heed_ranks {
    const struct heed_reduce *plugin;
    void *state;
    int rank, n, here; /* of n; on this machine */
    struct heed_block *out, *in;
    size_t n_out, cap_out, n_in, cap_in;
    int64_t n_bytes; /* sent to others since heed_ranks_count() */
    double seconds;  /* in exchanges since then, with what was waited */
};

/* Joins the others. self: the plugin's private data, kept by the caller. */
int heed_ranks_open(struct heed_ranks *r, const struct heed_reduce *plugin, const void *self,
                    struct heed_err *err) HEED_MUST_USE;
/* Waits for the others to leave too. */
void heed_ranks_close(struct heed_ranks *r);

/* Counts from here on; NULL is allowed. */
void heed_ranks_count(struct heed_ranks *r);

/* For the next exchange; the bytes are the caller's until it is over. Nothing goes to oneself. */
void heed_ranks_send(struct heed_ranks *r, int rank, const void *data, size_t n_bytes);
void heed_ranks_receive(struct heed_ranks *r, int rank, void *data, size_t n_bytes);
int heed_ranks_exchange(struct heed_ranks *r, struct heed_err *err) HEED_MUST_USE;

/* Rank 0's bytes, in all. */
int heed_ranks_broadcast(struct heed_ranks *r, void *data, size_t n_bytes,
                         struct heed_err *err) HEED_MUST_USE;
/* all: n_bytes a rank, the own ones filled in; then those of all. */
int heed_ranks_gather(struct heed_ranks *r, void *all, size_t n_bytes,
                      struct heed_err *err) HEED_MUST_USE;
/* All ranks come here with how they fared so far: status and *err, and with words (may be NULL) that must be the
 * same in all, where they fared well. 0: all did. Else -1: rank 0 has the reason in *err, with the rank
 * in front where it is another's; the others fail quietly. */
int heed_ranks_agree(struct heed_ranks *r, int status, const char *words,
                     struct heed_err *err) HEED_MUST_USE;

#endif
