/* tensor.h: what a tensor, an operation and a node of the tape are; masks; how parameters begin.
 *
 * All tensors hold float, row-major, contiguous, 64-byte aligned (views of rows excepted). The
 * first dimensions are "rows", the last is the width. Gradients have the same layout; grad is NULL
 * where none flows (inference). */
#ifndef HEED_PUBLIC_TENSOR_H
#define HEED_PUBLIC_TENSOR_H

#include "heed/err.h"

#define HEED_RANK_MAX 5

struct heed_tape;
struct heed_node;

struct heed_tensor {
    float *data;
    float *grad; /* NULL: no gradient. A parameter's: heed->grad() (it depends on the shard) */
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
    const void *aux; /* the call's settings, copied */
    void *saved;     /* what forward leaves for backward, from heed->alloc() */
};

/* Which keys a query sees: the first k_len[b] of S. per_query: k_len is [B,Q]. causal: up to the
 * query's own position; window > 0: within ±window of it. */
struct heed_mask {
    const int32_t *q_len;      /* [B] or NULL */
    const int32_t *k_len;      /* [B], or [B,Q] when per_query */
    const int32_t *q_position; /* [B,Q]; NULL: query i of a row is at position i */
    bool per_query, causal;
    int32_t window;
};

/* How a parameter begins. */
enum heed_init {
    HEED_INIT_ZERO,
    HEED_INIT_ONE,
    HEED_INIT_XAVIER,     /* uniform ±sqrt(6/(fan_in+fan_out)); Glorot & Bengio 2010 */
    HEED_INIT_ORTHOGONAL, /* each square [H,H] block of [H,G·H] orthogonal; Saxe et al. 2014 */
    HEED_INIT_NORMAL,     /* N(0, scale) */
    HEED_INIT_FORGET,     /* bias of an LSTM: zero, ones in the second quarter (forget gate) */
    HEED_INIT_UNIFORM,    /* ±scale */
};

enum heed_param_flags {
    HEED_PARAM_REUSED = 2,   /* serves many products an update (recurrent weights, queries) */
    HEED_PARAM_NO_DECAY = 4, /* biases, embeddings: weight decay leaves them alone */
};

#endif
