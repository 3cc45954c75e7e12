/* tensor.h: what a tensor, an operation and a node of the tape are. Public: plugins include it.
 *
 * All tensors hold float, row-major, contiguous, 64-byte aligned (views of rows excepted). The
 * first dimensions are "rows", the last is the width. Gradients have the same layout; grad is NULL
 * where none flows (inference). */
#ifndef HEED_TENSOR_H
#define HEED_TENSOR_H

#include "base/base.h"
#include "base/err.h"

#define HEED_RANK_MAX 5

struct heed_tape;
struct heed_node;

struct heed_tensor {
    float *data;
    float *grad; /* NULL: no gradient. A parameter's: heed_tape_grad() (it depends on the shard) */
    int32_t rank;
    int32_t param; /* index in the tape's parameter set, or -1 */
    int64_t dims[HEED_RANK_MAX];
};

static inline int64_t heed_width(const struct heed_tensor *x) /* the last dimension */
{
    return x->rank ? x->dims[x->rank - 1] : 1;
}
static inline int64_t heed_rows(const struct heed_tensor *x) /* product of all but the last */
{
    int64_t n = 1;
    for (int i = 0; i + 1 < x->rank; i++)
        n *= x->dims[i];
    return n;
}
static inline int64_t heed_elements(const struct heed_tensor *x)
{
    return heed_rows(x) * heed_width(x);
}

/* An operation: an open record, no central switch. A plugin may bring its own. */
struct heed_op {
    uint32_t size; /* sizeof(struct heed_op), first for ever */
    const char *name;
    /* Checks the inputs and sets rank and dims of every out[] (data are allocated after it
     * returns). Returns -1 with a message when shapes do not fit. */
    int (*shape)(struct heed_node *node, struct heed_err *err);
    void (*forward)(struct heed_node *node);
    /* Adds to the inputs' gradients (never overwrites). Called only when some out[] has a gradient.
     * NULL: no gradient passes. */
    void (*backward)(struct heed_node *node);
};

struct heed_node {
    const struct heed_op *op;
    struct heed_tape *tape;
    struct heed_tensor **in;
    struct heed_tensor **out;
    int n_in, n_out;
    const void *aux; /* the call's settings, copied to the step arena */
    void *saved;     /* what forward leaves for backward, step arena (heed_tape_alloc) */
};

#endif
