/* by_products.c: see by_products.h.
 *
 * Keys are packed a few hundred at a time, cut at fixed places, so that the order of a sum over keys is
 * that of the keys, however many there are. */
#include <string.h>

#include "tensor/by_products.h"
#include "tensor/gemm.h"

#define KEYS                                                                                       \
    512 /* packed at a time; less than HEED_GEMM_DEPTH, which the product would cut otherwise */

/* One head of one source. */
struct head {
    int64_t q, s;          /* where its rows begin: of queries, of keys */
    int64_t queries, keys; /* that count */
};

static int64_t count_of(const int32_t *len, int64_t b, int64_t most)
{
    return len ? HEED_MIN(HEED_MAX(len[b], 0), most) : most;
}

static struct head head_of(const struct heed_heads *h, int64_t i)
{
    int64_t b = i / h->g;
    struct head x = {i * h->q, i * h->s, count_of(h->q_len, b, h->q), count_of(h->k_len, b, h->s)};
    if (x.queries == 0 || x.keys == 0)
        x.queries = x.keys = 0;
    return x;
}

struct room {
    float *packed, *rows, *scratch;
};

static struct room room_of(struct heed_tape *t, const struct heed_heads *h)
{
    int64_t keys = HEED_MIN(h->s, KEYS),
            packed = (int64_t)HEED_MAX(heed_pack_size(h->d, keys), heed_pack_size(keys, h->d));
    return (struct room){heed_new(t->arena, float, packed + 1),
                         heed_new(t->arena, float, h->q * h->d + 1),
                         heed_new(t->arena, float, heed_kernels()->grad_scratch(h->s, h->d) + 1)};
}

/* y [queries, keys] = x·rows^T, or +=. */
static void times_keys(const struct heed_heads *h, const struct head *x, const struct room *room,
                       const float *queries, const float *rows, bool add, float *y)
{
    for (int64_t from = 0; from < x->keys; from += KEYS) {
        int64_t n = HEED_MIN(x->keys - from, KEYS);
        heed_pack_t(h->d, n, rows + from * h->d, h->d, room->packed);
        heed_kernels()->packed_gemm(x->queries, n, h->d, queries, h->d, room->packed, NULL, add,
                                    y + from, h->s);
    }
}

/* y [queries, d] = w·rows. */
static void over_keys(const struct heed_heads *h, const struct head *x, const struct room *room,
                      const float *w, const float *rows, float *y)
{
    for (int64_t from = 0; from < x->keys; from += KEYS) {
        int64_t n = HEED_MIN(x->keys - from, KEYS);
        const float *packed = rows + from * h->d;
        if (h->d != heed_kernels()->panel) {
            heed_pack(n, h->d, packed, h->d, room->packed);
            packed = room->packed;
        }
        heed_kernels()->packed_gemm(x->queries, h->d, n, w + from, h->s, packed, NULL, from > 0, y,
                                    h->d);
    }
}

/* drows [keys, d] += w^T·queries. */
static void of_queries(const struct heed_heads *h, const struct head *x, const struct room *room,
                       const float *w, const float *queries, float *drows)
{
    heed_kernels()->grad_gemm(x->keys, h->d, x->queries, w, h->s, queries, h->d, false, drows, h->d,
                              room->scratch);
}

static void zero(float *y, int64_t n)
{
    heed_vec()->fill((size_t)n, 0, y);
}

void heed_scores_by_products(struct heed_tape *t, const struct heed_heads *h, float scale,
                             const float *q, const float *k, float *y)
{
    size_t mark = heed_arena_mark(t->arena);
    struct room room = room_of(t, h);
    for (int64_t i = 0; i < h->b * h->g; i++) {
        struct head x = head_of(h, i);
        float *to = y + x.q * h->s;
        heed_vec()->scale((size_t)(x.queries * h->d), scale, 0, q + x.q * h->d, room.rows);
        times_keys(h, &x, &room, room.rows, k + x.s * h->d, false, to);
        for (int64_t r = 0; r < x.queries && x.keys < h->s; r++)
            zero(to + r * h->s + x.keys, h->s - x.keys);
        zero(to + x.queries * h->s, (h->q - x.queries) * h->s);
    }
    heed_arena_release(t->arena, mark);
}

void heed_scores_by_products_grad(struct heed_tape *t, const struct heed_heads *h, float scale,
                                  const float *q, const float *k, const float *dy, float *dq,
                                  float *dk)
{
    size_t mark = heed_arena_mark(t->arena);
    struct room room = room_of(t, h);
    for (int64_t i = 0; i < h->b * h->g; i++) {
        struct head x = head_of(h, i);
        size_t n = (size_t)(x.queries * h->d);
        if (dq && n) {
            over_keys(h, &x, &room, dy + x.q * h->s, k + x.s * h->d, room.rows);
            heed_vec()->axpy(n, scale, room.rows, dq + x.q * h->d);
        }
        if (dk && n) {
            heed_vec()->scale(n, scale, 0, q + x.q * h->d, room.rows);
            of_queries(h, &x, &room, dy + x.q * h->s, room.rows, dk + x.s * h->d);
        }
    }
    heed_arena_release(t->arena, mark);
}

void heed_sum_by_products(struct heed_tape *t, const struct heed_heads *h, const float *w,
                          const float *v, float *y)
{
    size_t mark = heed_arena_mark(t->arena);
    struct room room = room_of(t, h);
    for (int64_t i = 0; i < h->b * h->g; i++) {
        struct head x = head_of(h, i);
        float *to = y + x.q * h->d;
        over_keys(h, &x, &room, w + x.q * h->s, v + x.s * h->d, to);
        zero(to + x.queries * h->d, (h->q - x.queries) * h->d);
    }
    heed_arena_release(t->arena, mark);
}

void heed_sum_by_products_grad(struct heed_tape *t, const struct heed_heads *h, const float *w,
                               const float *v, const float *dy, float *dw, float *dv)
{
    size_t mark = heed_arena_mark(t->arena);
    struct room room = room_of(t, h);
    for (int64_t i = 0; i < h->b * h->g; i++) {
        struct head x = head_of(h, i);
        const float *from = dy + x.q * h->d;
        if (dw)
            times_keys(h, &x, &room, from, v + x.s * h->d, true, dw + x.q * h->s);
        if (dv && x.keys)
            of_queries(h, &x, &room, w + x.q * h->s, from, dv + x.s * h->d);
    }
    heed_arena_release(t->arena, mark);
}
