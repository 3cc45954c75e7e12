/* product.c: see product.h. */
#include <string.h>

#include "base/clock.h"
#include "tensor/bf16.h"
#include "tensor/gemm.h"
#include "tensor/int8.h"
#include "tensor/product.h"
#include "tensor/vec_set.h"

/* By measurement (bench/kernels): forward and dW of 64 rows, n 768, k 256, in GFLOP/s, beside OpenBLAS
 * 0.3.21 with its kernels for the same instructions, on an EPYC core of family 26:
 *
 *     set        ours       the library's
 *     avx512     250, 225   193, 223 (SkylakeX)
 *     avx2       125, 123   109, 121 (Haswell)
 *     portable    50,  47    46,  46 (Prescott)
 *     the same with AVX     106, 115 (Sandybridge)
 *
 * So it serves CPUs that have AVX and no FMA, of which the portable set knows SSE2 only. */
static bool has_avx(void)
{
#ifdef __x86_64__
    return __builtin_cpu_supports("avx");
#else
    return false;
#endif
}

static const struct {
    const char *set;
    bool (*where)(void);
    const char *server;
} servers[] = {{"portable", has_avx, "openblas"}};

/* A set that was asked for by name, and is not the best of this CPU, is asked for its own bits. */
const char *heed_product_server(void)
{
    const char *set = heed_vec()->name;
    for (size_t i = 0; i < HEED_COUNT(servers); i++)
        if (!strcmp(servers[i].set, set) && !strcmp(set, heed_vec_best()) && servers[i].where())
            return servers[i].server;
    return NULL;
}

/* Packed W [k,n], or W^T of W [n,k]. A tensor that is no parameter is packed for this call. */
static const float *packed_of(struct heed_tape *t, const struct heed_product *p, int64_t k,
                              int64_t n)
{
    const struct heed_tensor *w = p->w;
    if (w->param >= 0) {
        struct heed_param *param = t->params->items[w->param];
        return p->transposed ? heed_param_packed_t(t->params, param)
                             : heed_param_packed(t->params, param);
    }
    float *packed = heed_new(t->arena, float, heed_pack_size(k, n));
    if (p->transposed)
        heed_pack_t(k, n, w->data, heed_width(w), packed);
    else
        heed_pack(k, n, w->data, heed_width(w), packed);
    return packed;
}

/* Only products of training with what is learnt. */
static bool is_bf16(const struct heed_tape *t, const struct heed_tensor *w)
{
    return t->training && w->param >= 0 && t->params->bf16;
}

/* A library knows float32, and its rows see one another in rounding: what runs a model, also to measure
 * it, is always ours. */
static bool is_served(const struct heed_tape *t, const struct heed_tensor *w)
{
    return t->training && heed_gemm_used() && !is_bf16(t, w);
}

static struct heed_param *rounded(const struct heed_tape *t, const struct heed_tensor *w)
{
    struct heed_param *p = w->param >= 0 ? t->params->items[w->param] : NULL;
    return p && p->rounded.q ? p : NULL;
}

/* --- packed products, and who shares them --- */

/* Columns of a product with a packed copy. */
struct packed_product {
    const struct heed_product *p;
    int64_t k, n;
    const void *packed;
    const struct heed_rounded *whole; /* of whole numbers; NULL: floats */
    char *scratch;                    /* for each part, of whole numbers only */
    size_t scratch_size;
    int64_t part_columns;
    double own; /* seconds that the caller's parts took */
};

/* An output depends on its row of x and its column alone. */
static void columns_of_part(const struct packed_product *c, int i)
{
    const struct heed_product *p = c->p;
    int64_t from = i * c->part_columns, n = HEED_MIN(c->part_columns, c->n - from);
    const float *bias = p->bias ? p->bias + from : NULL;
    if (c->whole)
        heed_int8()->packed_gemm(p->m, n, c->k, p->x, c->k,
                                 heed_int8_columns(c->packed, c->k, from), c->whole->scale + from,
                                 bias, p->add, p->y + from, c->n,
                                 c->scratch + (size_t)i * c->scratch_size);
    else
        heed_kernels()->packed_gemm(p->m, n, c->k, p->x, c->k,
                                    (const float *)c->packed + from * c->k, bias, p->add,
                                    p->y + from, c->n);
}

static void run_part(void *ctx, int i)
{
    struct packed_product *c = ctx;
    double start = heed_seconds();
    columns_of_part(c, i);
    if (heed_workers_self() == 0)
        c->own += heed_seconds() - start;
}

/* Few rows wait for their weights on the way from memory, which two cores fetch faster than one. A part must be
 * worth the telling, and begins where a tile and a panel of every set do. */
#define PART_LEAST   (1 << 16) /* multiply-adds */
#define PART_COLUMNS 128
#define WORKERS_MOST 8 /* a round wakes them all */

static int share(const struct heed_tape *t, struct packed_product *c)
{
    int64_t most = t->help.workers && t->help.alone == 0 ? heed_workers_count(t->help.workers) : 1,
            parts = most > WORKERS_MOST ? 1 : HEED_MIN(most, c->p->m * c->k * c->n / PART_LEAST);
    int64_t columns = (c->n + HEED_MAX(parts, 1) - 1) / HEED_MAX(parts, 1);
    c->part_columns = HEED_MAX((columns + PART_COLUMNS - 1) / PART_COLUMNS, 1) * PART_COLUMNS;
    return (int)((c->n + c->part_columns - 1) / c->part_columns);
}

/* A helper whose core another process wants is away for milliseconds, with the part it took. Then products are
 * made alone for a while, for twice as long when it happens again soon. */
#define STALL      1e-4 /* seconds */
#define ALONE      64   /* products */
#define ALONE_MOST 8192

static void run_shared(struct heed_help *help, struct packed_product *c, int parts)
{
    double start = heed_seconds();
    heed_workers_run(help->workers, parts, run_part, c);
    if (heed_seconds() - start > 2 * c->own + STALL) {
        help->penalty = HEED_MIN(HEED_MAX(2 * help->penalty, ALONE), ALONE_MOST);
        help->alone = help->penalty;
        help->together = 0;
    } else if (++help->together >= ALONE) {
        help->penalty = 0;
    }
}

static void by_packed(struct heed_tape *t, const struct heed_product *p, struct heed_param *whole,
                      int64_t k, int64_t n)
{
    struct packed_product c = {.p = p, .k = k, .n = n, .whole = whole ? &whole->rounded : NULL};
    if (whole && p->transposed != ((whole->flags & HEED_PARAM_TABLE) != 0))
        BUG("parameter %s multiplied across its scales", whole->name);
    c.packed = whole ? heed_param_packed_int8(t->params, whole) : packed_of(t, p, k, n);
    int parts = share(t, &c);
    if (whole) {
        c.scratch_size = (heed_int8_scratch(k) + 63) / 64 * 64;
        c.scratch = heed_arena_alloc(t->arena, c.scratch_size * (size_t)parts);
    }
    if (parts > 1)
        run_shared(&t->help, &c, parts);
    else if (parts == 1)
        columns_of_part(&c, 0);
    t->help.alone -= t->help.alone > 0;
}

/* --- the choice --- */

/* y starts as the bias; what is added to is left. */
static void by_library(const struct heed_product *p, int64_t k, int64_t n)
{
    for (int64_t i = 0; p->bias && i < p->m; i++)
        memcpy(p->y + i * n, p->bias, sizeof(float) * (size_t)n);
    heed_gemm(false, p->transposed, p->m, n, k, p->x, k, p->w->data, p->transposed ? k : n,
              p->add || p->bias, p->y, n);
}

/* --- large weights, many rows: packed as they are used --- */

#define LARGE       (1 << 20) /* weights whose copy is 4 MB */
#define SLICE       (1 << 18) /* packed at a time: 1 MB, which stays in L2 while the rows pass */
#define SLICED_ROWS 128

/* A copy of the output weights, and one of their transpose, are as large as all that is learnt beside
 * embeddings. */
static bool is_sliced(const struct heed_tape *t, const struct heed_product *p, int64_t k, int64_t n)
{
    return t->training && p->w->param >= 0 && p->m >= SLICED_ROWS && k * n >= LARGE;
}

static void pack_slice(const struct heed_tensor *w, bool transposed, int64_t from, int64_t depth,
                       int64_t column, int64_t columns, float *packed)
{
    int64_t ldw = heed_width(w);
    if (transposed)
        heed_pack_t(depth, columns, w->data + column * ldw + from, ldw, packed);
    else
        heed_pack(depth, columns, w->data + from * ldw + column, ldw, packed);
}

/* The same bits: k is cut where packed_gemm cuts it, and columns do not see one another. */
static void by_slices(struct heed_tape *t, const struct heed_product *p, int64_t k, int64_t n)
{
    int64_t blocks = (k + HEED_GEMM_DEPTH - 1) / HEED_GEMM_DEPTH, panel = heed_kernels()->panel,
            most = (k + blocks - 1) / blocks, width = HEED_MAX(SLICE / most / panel, 1) * panel;
    float *packed = heed_new(t->arena, float, width *most);
    for (int64_t b = 0, from = 0, depth; b < blocks; b++, from += depth) {
        depth = (k - from) / (blocks - b);
        for (int64_t column = 0, columns; column < n; column += columns) {
            columns = HEED_MIN(width, n - column);
            pack_slice(p->w, p->transposed, from, depth, column, columns, packed);
            heed_kernels()->packed_gemm(p->m, columns, depth, p->x + from, k, packed,
                                        p->bias && !b ? p->bias + column : NULL, p->add || b,
                                        p->y + column, n);
        }
    }
}

void heed_product(struct heed_tape *t, const struct heed_product *p)
{
    const struct heed_tensor *w = p->w;
    int64_t k = p->transposed ? heed_width(w) : heed_rows(w),
            n = p->transposed ? heed_rows(w) : heed_width(w);
    if (is_served(t, w)) {
        by_library(p, k, n);
        return;
    }
    size_t mark = heed_arena_mark(t->arena);
    if (is_bf16(t, w)) {
        const uint32_t *packed =
            heed_param_packed_bf16(t->params, t->params->items[w->param], p->transposed);
        heed_bf16()->packed_gemm(p->m, n, k, p->x, k, packed, p->bias, p->add, p->y, n,
                                 heed_new(t->arena, uint32_t, heed_bf16_scratch(p->m, k)));
    } else if (is_sliced(t, p, k, n)) {
        by_slices(t, p, k, n);
    } else {
        by_packed(t, p, rounded(t, w), k, n);
    }
    heed_arena_release(t->arena, mark);
}

/* --- gradients: dw [height,width] += left^T·right --- */

struct grad {
    int64_t height, width, rows;
    const float *left, *right;
    int64_t lda, ldb;
};

static struct grad grad_of(const struct heed_tensor *w, bool transposed, const struct heed_piece *p)
{
    int64_t height = heed_rows(w), width = heed_width(w);
    return (struct grad){.height = height,
                         .width = width,
                         .rows = p->rows,
                         .left = transposed ? p->dy : p->x,
                         .right = transposed ? p->x : p->dy,
                         .lda = height,
                         .ldb = width};
}

static void make_grad(struct heed_tape *t, const struct heed_tensor *w, const struct grad *g,
                      bool fresh, float *dw, int64_t ldw)
{
    if (is_served(t, w)) {
        heed_gemm(true, false, g->height, g->width, g->rows, g->left, g->lda, g->right, g->ldb,
                  !fresh, dw, ldw);
        return;
    }
    size_t mark = heed_arena_mark(t->arena);
    if (is_bf16(t, w)) {
        size_t room = heed_bf16_grad_scratch(g->height, g->width, g->rows);
        for (int64_t i = 0; fresh && i < g->height; i++)
            memset(dw + i * ldw, 0, sizeof(float) * (size_t)g->width);
        heed_bf16()->grad_gemm(g->height, g->width, g->rows, g->left, g->lda, g->right, g->ldb, dw,
                               ldw, heed_new(t->arena, uint32_t, room));
    } else {
        size_t room = heed_kernels()->grad_scratch(g->height, g->width);
        heed_kernels()->grad_gemm(g->height, g->width, g->rows, g->left, g->lda, g->right, g->ldb,
                                  fresh, dw, ldw, heed_new(t->arena, float, room));
    }
    heed_arena_release(t->arena, mark);
}

void heed_product_grad(struct heed_tape *t, const struct heed_tensor *w, bool transposed,
                       const float *x, const float *dy, int64_t rows, bool fresh, float *dw)
{
    struct heed_piece piece = {x, dy, rows};
    struct grad g = grad_of(w, transposed, &piece);
    make_grad(t, w, &g, fresh, dw, g.width);
}

#define ONTO_SLICE (1 << 19) /* floats: 2 MB */

/* A library may round a slice in other ways than the whole. */
void heed_product_grad_onto(struct heed_tape *t, const struct heed_tensor *w, bool transposed,
                            const struct heed_piece *pieces, int n_pieces, float *dw)
{
    int64_t height = heed_rows(w), width = heed_width(w), panel = heed_kernels()->panel;
    bool wide = width >= height;
    int64_t all = wide ? width : height, across = wide ? height : width,
            most = is_served(t, w) ? all : HEED_MAX(ONTO_SLICE / across / panel, 1) * panel;
    size_t mark = heed_arena_mark(t->arena);
    float *slice = heed_new(t->arena, float, HEED_MIN(most, all) * across);
    for (int64_t from = 0, n; from < all; from += n) {
        n = HEED_MIN(most, all - from);
        int64_t rows = wide ? height : n, columns = wide ? n : width;
        float *to = dw + (wide ? from : from * width);
        for (int k = 0; k < n_pieces; k++) {
            struct grad g = grad_of(w, transposed, &pieces[k]);
            *(wide ? &g.right : &g.left) += from;
            g.height = rows;
            g.width = columns;
            make_grad(t, w, &g, k == 0, slice, columns);
        }
        for (int64_t i = 0; i < rows; i++)
            heed_vec()->add((size_t)columns, to + i * width, slice + i * columns, to + i * width);
    }
    heed_arena_release(t->arena, mark);
}
