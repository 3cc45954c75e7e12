/* param.h: named parameters: weights, their initial values, their
 * gradients per shard, their optimiser moments. */
#ifndef HEED_PARAM_H
#define HEED_PARAM_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/rng.h"
#include "heed/tensor.h"

/* Beside those that plugins know (heed/tensor.h): an embedding. Gradients touch few rows; Adam visits
 * those rows only. */
#define HEED_PARAM_SPARSE 1u

struct heed_packed {
    float *data;              /* NULL: never made */
    _Atomic uint64_t version; /* of the set when it was made */
};
struct heed_param {
    char *name;               /* "encoder.0.forward.state" */
    struct heed_tensor value; /* value.param is its index */
    uint32_t flags;
    enum heed_init init;
    double scale;
    float *moment1, *moment2;     /* NULL until heed_params_train() */
    struct heed_packed packed[2]; /* as it is, and transposed: for products with a tied table */
};

struct heed_shard_grad {
    float **grad;      /* per parameter, same layout as the value */
    int32_t **touched; /* per sparse parameter: list of rows touched; else NULL */
    int32_t *n_touched;
    uint8_t **is_touched; /* per sparse parameter: a byte per row */
};

struct heed_params {
    struct heed_arena *arena; /* model arena, borrowed */
    struct heed_param **items;
    size_t n, cap;
    uint64_t version; /* raised by every change of values; packed copies follow it */
    struct heed_shard_grad *shards;
    int n_shards;
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
/* Allocates gradients for n_shards and moments (zero). */
void heed_params_train(struct heed_params *set, int n_shards);
int64_t heed_params_count(const struct heed_params *set); /* numbers in all values */
bool heed_params_finite(const struct heed_params *set, const char **bad_name);

/* Packed copies, made on demand and kept until the version changes; any thread may ask. */
const float *heed_param_packed(struct heed_params *set, struct heed_param *p); /* of value [k,n] */
/* Of value^T, value [n,k]. */
const float *heed_param_packed_t(struct heed_params *set, struct heed_param *p);

/* Sums the shards' gradients in a tree fixed by shard number into shard 0 (sparse rows merged,
 * listed in ascending order). */
void heed_params_reduce(struct heed_params *set);
/* Clears all gradients (sparse: the touched rows). */
void heed_params_zero_grad(struct heed_params *set);
/* Global L2 norm of shard 0's gradient, summed in double in parameter
 * order; NaN or inf when it is not finite. */
double heed_params_grad_norm(const struct heed_params *set);

struct heed_adam {
    double lr, beta1, beta2, eps, decay; /* decay: decoupled, times lr (Loshchilov & Hutter 2019) */
};
/* One update from shard 0's gradient times gscale; step counts from 1. Sparse rows: lazily, moments
 * of touched rows only (no decay on them). Raises the version. */
void heed_params_adam(struct heed_params *set, const struct heed_adam *adam, int64_t step,
                      double gscale);

#endif
