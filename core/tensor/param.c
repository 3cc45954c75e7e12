/* param.c: named parameters and their packed copies. Weights lie in the model arena and live as
 * long as the process. */
#include <string.h>

#include "base/lock.h"
#include "tensor/bf16.h"
#include "tensor/gemm.h"
#include "tensor/int8.h"
#include "tensor/param.h"
#include "tensor/vec.h"

void heed_params_init(struct heed_params *set, struct heed_arena *arena)
{
    memset(set, 0, sizeof(*set));
    set->arena = arena;
    set->version = 1; /* 0 marks a packed copy never made */
}

void heed_params_release(struct heed_params *set)
{
    for (int s = 0; s < set->n_slabs; s++)
        for (size_t i = 0; i < set->n; i++)
            if (set->slabs[s].sparse[i])
                heed_sparse_release(set->slabs[s].sparse[i]);
    for (size_t i = 0; set->slabs && i < set->n; i++) {
        free(set->aside.grad[i]);
        if (set->aside.sparse[i])
            heed_sparse_release(set->aside.sparse[i]);
    }
    for (size_t i = 0; i < set->n; i++) {
        free(set->items[i]->name);
        free(set->items[i]);
    }
    free(set->items);
    memset(set, 0, sizeof(*set));
}

struct heed_param *heed_params_find(const struct heed_params *set, const char *name)
{
    for (size_t i = 0; i < set->n; i++)
        if (strcmp(set->items[i]->name, name) == 0)
            return set->items[i];
    return NULL;
}

struct heed_tensor *heed_params_add(struct heed_params *set, const char *name, int rank,
                                    const int64_t *dims, enum heed_init init, double scale,
                                    uint32_t flags)
{
    if (heed_params_find(set, name))
        BUG("parameter %s twice", name);
    if (set->slabs)
        BUG("parameter %s added after heed_params_train()", name);
    if (rank < 1 || rank > HEED_RANK_MAX || ((flags & HEED_PARAM_SPARSE) && rank != 2))
        BUG("parameter %s of rank %d", name, rank);
    struct heed_param *p = heed_xcalloc(1, sizeof(*p));
    p->name = heed_xstrdup(name);
    p->flags = flags;
    p->init = init;
    p->scale = scale;
    p->value.rank = rank;
    memcpy(p->value.dims, dims, sizeof(*dims) * (size_t)rank);
    p->value.param = (int32_t)set->n;
    p->value.data = heed_new(set->arena, float, heed_elements(&p->value));
    heed_grow(&set->items, set->n, &set->cap, sizeof(*set->items));
    set->items[set->n++] = p;
    return &p->value;
}

int64_t heed_params_count(const struct heed_params *set)
{
    int64_t n = 0;
    for (size_t i = 0; i < set->n; i++)
        n += heed_elements(&set->items[i]->value);
    return n;
}

#define ROUND_LEAST 16 /* a sum of fewer has little to gain */

int64_t heed_param_scales(const struct heed_param *p)
{
    const int64_t *dims = p->value.dims;
    bool table = p->flags & HEED_PARAM_TABLE;
    if (!(p->flags & (HEED_PARAM_TABLE | HEED_PARAM_MATRIX)) || p->value.rank != 2 ||
        dims[table] < ROUND_LEAST || dims[table] > HEED_INT8_DEPTH || dims[!table] < 2)
        return 0;
    return dims[!table];
}

void heed_param_round(struct heed_param *p, const int8_t *q, const float *scale)
{
    if (!heed_param_scales(p))
        BUG("parameter %s as whole numbers", p->name);
    p->rounded = (struct heed_rounded){q, scale};
    p->value.data = NULL;
}

bool heed_params_finite(const struct heed_params *set, const char **bad_name)
{
    for (size_t i = 0; i < set->n; i++) {
        const struct heed_param *p = set->items[i];
        if (p->rounded.q || heed_vec()->finite((size_t)heed_elements(&p->value), p->value.data))
            continue;
        *bad_name = p->name;
        return false;
    }
    return true;
}

/* --- packed copies --- */

/* Workers ask for the same copy at once; the version is raised only while none runs. */
static struct heed_lock packing = HEED_LOCK_INIT;

static void pack_int8(struct heed_params *set, struct heed_param *p, struct heed_packed *c)
{
    bool table = p->flags & HEED_PARAM_TABLE;
    struct heed_int8_source from = {.k = p->value.dims[table],
                                    .n = p->value.dims[!table],
                                    .w = p->rounded.q,
                                    .ldw = p->value.dims[1],
                                    .transposed = table};
    if (!c->data)
        c->data = heed_arena_alloc(set->arena, heed_int8_pack_size(from.k, from.n));
    heed_int8()->pack(&from, c->data);
    heed_map_drop(&set->file, from.w, (size_t)(from.k * from.n));
}

static void pack_floats(struct heed_params *set, struct heed_param *p, int kind)
{
    struct heed_packed *c = &p->packed[kind];
    bool transposed = kind == HEED_PACKED_T || kind == HEED_PACKED_BF16_T;
    int64_t rows = heed_rows(&p->value), width = heed_width(&p->value);
    int64_t k = transposed ? width : rows, n = transposed ? rows : width;
    if (kind >= HEED_PACKED_BF16) {
        if (!c->data)
            c->data = heed_new(set->arena, uint32_t, heed_bf16_pack_size(k, n));
        const struct heed_bf16 *bf16 = heed_bf16();
        (transposed ? bf16->pack_t : bf16->pack)(k, n, p->value.data, width, c->data);
    } else {
        if (!c->data)
            c->data = heed_new(set->arena, float, heed_pack_size(k, n));
        (transposed ? heed_pack_t : heed_pack)(k, n, p->value.data, width, c->data);
    }
    heed_map_drop(&set->file, p->value.data, sizeof(float) * (size_t)(rows * width));
}

static void pack(struct heed_params *set, struct heed_param *p, int kind)
{
    struct heed_packed *c = &p->packed[kind];
    if (kind == HEED_PACKED_INT8)
        pack_int8(set, p, c);
    else
        pack_floats(set, p, kind);
    atomic_store_explicit(&c->version, set->version, memory_order_release);
}

static const void *packed_copy(struct heed_params *set, struct heed_param *p, int kind)
{
    struct heed_packed *c = &p->packed[kind];
    if (atomic_load_explicit(&c->version, memory_order_acquire) == set->version)
        return c->data;
    heed_lock(&packing);
    if (atomic_load_explicit(&c->version, memory_order_relaxed) != set->version)
        pack(set, p, kind);
    heed_unlock(&packing);
    return c->data;
}

const float *heed_param_packed(struct heed_params *set, struct heed_param *p)
{
    return packed_copy(set, p, HEED_PACKED);
}

const float *heed_param_packed_t(struct heed_params *set, struct heed_param *p)
{
    return packed_copy(set, p, HEED_PACKED_T);
}

const uint32_t *heed_param_packed_bf16(struct heed_params *set, struct heed_param *p,
                                       bool transposed)
{
    return packed_copy(set, p, transposed ? HEED_PACKED_BF16_T : HEED_PACKED_BF16);
}

const void *heed_param_packed_int8(struct heed_params *set, struct heed_param *p)
{
    return packed_copy(set, p, HEED_PACKED_INT8);
}

/* Of the kinds that the update before has asked for. */
static void repack(void *ctx, int number)
{
    struct heed_params *set = ctx;
    struct heed_param *p = set->items[number / HEED_PACKED_KINDS];
    int kind = number % HEED_PACKED_KINDS;
    if (atomic_load_explicit(&p->packed[kind].version, memory_order_relaxed) + 1 == set->version)
        pack(set, p, kind);
}

void heed_params_repack(struct heed_params *set, struct heed_workers *workers)
{
    int n = HEED_PACKED_KINDS * (int)set->n;
    heed_workers_run(workers, n, repack, set);
}
