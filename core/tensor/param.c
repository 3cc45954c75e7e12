/* param.c: named parameters, their packed copies, their gradients per shard.
 *
 * Everything lies in the model arena and lives as long as the process. A sparse parameter (an
 * embedding) keeps for each shard the list of rows that its gradient touched: clearing, summing and
 * updating visit those rows only. */
#include <string.h>

#include "base/lock.h"
#include "tensor/gemm.h"
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
    if (set->shards)
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

bool heed_params_finite(const struct heed_params *set, const char **bad_name)
{
    for (size_t i = 0; i < set->n; i++) {
        const struct heed_param *p = set->items[i];
        if (heed_vec()->finite((size_t)heed_elements(&p->value), p->value.data))
            continue;
        *bad_name = p->name;
        return false;
    }
    return true;
}

/* --- packed copies --- */

/* Workers ask for the same copy at once; the version is raised only while none runs. */
static struct heed_lock packing = HEED_LOCK_INIT;

static const float *packed_copy(struct heed_params *set, struct heed_param *p, bool transposed)
{
    struct heed_packed *c = &p->packed[transposed];
    int64_t rows = heed_rows(&p->value), width = heed_width(&p->value);

    if (atomic_load_explicit(&c->version, memory_order_acquire) == set->version)
        return c->data;
    heed_lock(&packing);
    if (atomic_load_explicit(&c->version, memory_order_relaxed) != set->version) {
        int64_t k = transposed ? width : rows, n = transposed ? rows : width;
        if (!c->data)
            c->data = heed_new(set->arena, float, heed_pack_size(k, n));
        (transposed ? heed_pack_t : heed_pack)(k, n, p->value.data, width, c->data);
        atomic_store_explicit(&c->version, set->version, memory_order_release);
    }
    heed_unlock(&packing);
    return c->data;
}

const float *heed_param_packed(struct heed_params *set, struct heed_param *p)
{
    return packed_copy(set, p, false);
}

const float *heed_param_packed_t(struct heed_params *set, struct heed_param *p)
{
    return packed_copy(set, p, true);
}

/* --- gradients per shard --- */

static void shard_allocate(struct heed_params *set, struct heed_shard_grad *shard)
{
    shard->grad = heed_new0(set->arena, float *, set->n);
    shard->touched = heed_new0(set->arena, int32_t *, set->n);
    shard->n_touched = heed_new0(set->arena, int32_t, set->n);
    shard->is_touched = heed_new0(set->arena, uint8_t *, set->n);
    for (size_t i = 0; i < set->n; i++) {
        const struct heed_param *p = set->items[i];
        shard->grad[i] = heed_new0(set->arena, float, heed_elements(&p->value));
        if (!(p->flags & HEED_PARAM_SPARSE))
            continue;
        shard->touched[i] = heed_new0(set->arena, int32_t, heed_rows(&p->value));
        shard->is_touched[i] = heed_new0(set->arena, uint8_t, heed_rows(&p->value));
    }
}

void heed_params_train(struct heed_params *set, int n_shards)
{
    if (set->shards || n_shards < 1)
        BUG("heed_params_train(%d) with %d shards made", n_shards, set->n_shards);
    set->shards = heed_new0(set->arena, struct heed_shard_grad, n_shards);
    set->n_shards = n_shards;
    for (int i = 0; i < n_shards; i++)
        shard_allocate(set, &set->shards[i]);
    for (size_t i = 0; i < set->n; i++) {
        struct heed_param *p = set->items[i];
        p->moment1 = heed_new0(set->arena, float, heed_elements(&p->value));
        p->moment2 = heed_new0(set->arena, float, heed_elements(&p->value));
    }
}

static void touched_clear(struct heed_shard_grad *shard, size_t i, int64_t width)
{
    for (int32_t k = 0; k < shard->n_touched[i]; k++) {
        int32_t row = shard->touched[i][k];
        heed_vec()->fill((size_t)width, 0.0f, shard->grad[i] + row * width);
        shard->is_touched[i][row] = 0;
    }
    shard->n_touched[i] = 0;
}

void heed_params_zero_grad(struct heed_params *set)
{
    for (int s = 0; s < set->n_shards; s++) {
        struct heed_shard_grad *shard = &set->shards[s];
        for (size_t i = 0; i < set->n; i++) {
            const struct heed_tensor *x = &set->items[i]->value;
            if (shard->touched[i])
                touched_clear(shard, i, heed_width(x));
            else
                heed_vec()->fill((size_t)heed_elements(x), 0.0f, shard->grad[i]);
        }
    }
}

/* to += from, for parameter i; sparse: from's touched rows only. */
static void shard_add(struct heed_shard_grad *to, const struct heed_shard_grad *from, size_t i,
                      const struct heed_tensor *x)
{
    const struct heed_vec *vec = heed_vec();
    int64_t width = heed_width(x);
    if (!from->touched[i]) {
        vec->add((size_t)heed_elements(x), to->grad[i], from->grad[i], to->grad[i]);
        return;
    }
    for (int32_t k = 0; k < from->n_touched[i]; k++) {
        int32_t row = from->touched[i][k];
        float *dst = to->grad[i] + row * width;
        vec->add((size_t)width, dst, from->grad[i] + row * width, dst);
        if (!to->is_touched[i][row])
            to->touched[i][to->n_touched[i]++] = row;
        to->is_touched[i][row] = 1;
    }
}

static int ascending(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

void heed_params_reduce(struct heed_params *set)
{
    for (size_t i = 0; i < set->n; i++) {
        for (int stride = 1; stride < set->n_shards; stride *= 2)
            for (int s = 0; s + stride < set->n_shards; s += 2 * stride)
                shard_add(&set->shards[s], &set->shards[s + stride], i, &set->items[i]->value);
        struct heed_shard_grad *first = &set->shards[0];
        if (first->touched[i])
            qsort(first->touched[i], (size_t)first->n_touched[i], sizeof(int32_t), ascending);
    }
}
