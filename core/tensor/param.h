/* param.h: named parameters: weights, their initial values, their packed copies. Gradients and Adam:
 * grads.h. */
#ifndef HEED_PARAM_H
#define HEED_PARAM_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/rng.h"
#include "base/workers.h"
#include "heed/tensor.h"
#include "tensor/sparse.h"

/* Beside those that plugins know (heed/tensor.h): an embedding. Gradients touch few rows; Adam visits
 * those rows only. */
#define HEED_PARAM_SPARSE 1u
/* Of core's own: a table of rows (an embedding, perhaps tied to the output), a matrix of products. Nobody else
 * looks at their values, so they may be whole numbers (int8). */
#define HEED_PARAM_TABLE  8u
#define HEED_PARAM_MATRIX 16u
/* While training nothing but the output layer (cross_entropy()) multiplies by it. */
#define HEED_PARAM_OUTPUT 32u

/* Packed copies: as it is, and transposed, for products with a tied table; of bf16 and int8 too. */
enum {
    HEED_PACKED,
    HEED_PACKED_T,
    HEED_PACKED_BF16,
    HEED_PACKED_BF16_T,
    HEED_PACKED_INT8, /* a table's is transposed */
    HEED_PACKED_KINDS
};
struct heed_packed {
    void *data;               /* NULL: never made */
    _Atomic uint64_t version; /* of the set when it was made */
};
/* Values as whole numbers (int8.h). */
struct heed_rounded {
    const int8_t *q;    /* as value's dims say; NULL: they are floats */
    const float *scale; /* of each row of a table, each column of a matrix */
};
struct heed_param {
    char *name;               /* "encoder.0.forward.state" */
    struct heed_tensor value; /* value.param is its index; no data where rounded has them */
    struct heed_rounded rounded;
    uint32_t flags;
    enum heed_init init;
    double scale;
    float *moment1, *moment2; /* NULL until heed_params_train() */
    struct heed_packed packed[HEED_PACKED_KINDS];
};

/* How what stands in a gradient is to be taken by who adds to it. Of a shard whose gradient is added to that of the
 * one before it as it becomes whole (grads.h), it begins as ONTO. */
enum heed_grad_state {
    HEED_GRAD_SUM,
    HEED_GRAD_FRESH, /* nothing was added yet: old numbers */
    HEED_GRAD_ONTO,  /* another shard's, to which this one's is to be added, whole */
    HEED_GRAD_ASIDE, /* another shard's; this one's is made aside */
    HEED_GRAD_WHOLE  /* both shards': nothing more may come */
};
/* A gradient of every parameter: dense, laid as the value, or of a sparse one the rows that are there. */
struct heed_slab {
    float **grad;                /* NULL where it is sparse */
    struct heed_sparse **sparse; /* NULL where it is dense */
    uint8_t *state;              /* enum heed_grad_state */
};

struct heed_params {
    struct heed_arena *arena; /* model arena, borrowed */
    struct heed_param **items;
    size_t n, cap;
    struct heed_map file;    /* where values of a model that is only run may lie; borrowed */
    uint64_t version;        /* raised by every change of values; packed copies follow it */
    bool bf16;               /* products of training round what they multiply to bf16 (bf16.h) */
    struct heed_slab *slabs; /* NULL until heed_params_train() */
    int n_slabs;
    struct heed_slab aside; /* made as asked for (malloc); at most one shard uses it at a time */
};

void heed_params_init(struct heed_params *set, struct heed_arena *arena);
void heed_params_release(struct heed_params *set);
/* Adds a parameter (value allocated, not filled). Names are unique (BUG otherwise). */
struct heed_tensor *heed_params_add(struct heed_params *set, const char *name, int rank,
                                    const int64_t *dims, enum heed_init init, double scale,
                                    uint32_t flags);
struct heed_param *heed_params_find(const struct heed_params *set, const char *name);
/* Fills every value from the seed: each from a stream of its own named by a hash of its name, so
 * adding one parameter does not change the others. */
void heed_params_fill(struct heed_params *set, uint64_t seed);
int64_t heed_params_count(const struct heed_params *set); /* numbers in all values */
/* May it be whole numbers, and how many scales does it have then? 0: it may not. */
int64_t heed_param_scales(const struct heed_param *p);
/* From now on its values are these, borrowed. */
void heed_param_round(struct heed_param *p, const int8_t *q, const float *scale);
bool heed_params_finite(const struct heed_params *set, const char **bad_name);

/* Packed copies, made on demand and kept until the version changes; any thread may ask. */
const float *heed_param_packed(struct heed_params *set, struct heed_param *p); /* of value [k,n] */
/* Of value^T, value [n,k]. */
const float *heed_param_packed_t(struct heed_params *set, struct heed_param *p);
/* The same of bf16; transposed: of value^T. */
const uint32_t *heed_param_packed_bf16(struct heed_params *set, struct heed_param *p,
                                       bool transposed);
/* Of whole numbers, for heed_int8(). */
const void *heed_param_packed_int8(struct heed_params *set, struct heed_param *p);
/* Makes those of training's precision anew that were made before, by all workers (NULL: the caller),
 * before they are asked for. */
void heed_params_repack(struct heed_params *set, struct heed_workers *workers);

#endif
