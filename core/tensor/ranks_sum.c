/* ranks_sum.c: see ranks_sum.h.
 *
 *   lists      which rows of embeddings each rank has touched
 *   scatter    a rank owns a range of all dense numbers, and of the rows touched by any: it gets the others'
 *              numbers there
 *   tree       and sums them, rank 0 and 1, 2 and 3, then those
 *   gather     the sums go to all, into their slabs
 *
 * Dense numbers travel from slab to slab; rows are packed side by side. a + b has the bits of b + a, so
 * where the own gradient takes part the sum is made in its place. */
#include <string.h>

#include "tensor/ranks_sum.h"
#include "tensor/vec.h"

#define ALIGN 16    /* floats: bounds between ranks */
#define BLOCK 16384 /* floats of a part of the work */
#define ROWS  64

/* Of one embedding. */
struct rows {
    size_t param;
    int64_t width, n_rows;
    int32_t **touched, *n_touched; /* per rank: its rows, ascending */
    uint8_t **has;                 /* per rank and row */
    int32_t *all, n_all;           /* rows of any, ascending */
    float **at; /* per own row of all, and rank: where its numbers are, or NULL */
};

/* What one worker sums at a time. */
struct part {
    const struct rows *rows; /* NULL: dense numbers */
    float *grad;             /* of those: in the slab */
    int64_t at, n;           /* dense: in the own range; rows: in the own ones */
};

struct heed_ranks_sum {
    int n_ranks;
    struct rows *rows;
    size_t n_rows;
    int32_t *counts; /* per rank and embedding */
    float *dense;    /* per other rank: the own range */
    float *in, *out; /* rows, packed */
    size_t cap_dense, cap_in, cap_out;
    struct part *parts;
    size_t n_parts, cap_parts;
};

/* One call. */
struct summing {
    struct heed_ranks *r;
    struct heed_ranks_sum *s;
    const struct heed_params *set;
    struct heed_slab *slab;
    struct heed_workers *workers;
    int active;
    int64_t n_dense, mine; /* dense numbers, those of the own range */
};

void heed_ranks_sum_free(struct heed_ranks_sum *s)
{
    if (!s)
        return;
    for (size_t k = 0; k < s->n_rows; k++) {
        struct rows *x = &s->rows[k];
        for (int q = 0; q < s->n_ranks; q++) {
            free(x->touched[q]);
            free(x->has[q]);
        }
        free(x->touched);
        free(x->n_touched);
        free(x->has);
        free(x->all);
        free(x->at);
    }
    free(s->rows);
    free(s->counts);
    free(s->dense);
    free(s->in);
    free(s->out);
    free(s->parts);
    free(s);
}

static void add_rows(struct heed_ranks_sum *s, size_t param, const struct heed_tensor *value)
{
    size_t n = (size_t)s->n_ranks, n_rows = (size_t)heed_rows(value);
    s->rows = heed_xrealloc(s->rows, s->n_rows + 1, sizeof *s->rows);
    struct rows *x = &s->rows[s->n_rows++];
    *x = (struct rows){.param = param, .width = heed_width(value), .n_rows = heed_rows(value)};
    x->touched = heed_xcalloc(n, sizeof *x->touched);
    x->has = heed_xcalloc(n, sizeof *x->has);
    x->n_touched = heed_xcalloc(n, sizeof *x->n_touched);
    for (size_t q = 0; q < n; q++) {
        x->touched[q] = heed_xcalloc(n_rows, sizeof **x->touched);
        x->has[q] = heed_xcalloc(n_rows, sizeof **x->has);
    }
    x->all = heed_xcalloc(n_rows, sizeof *x->all);
    x->at = heed_xcalloc(n_rows * n, sizeof *x->at);
}

struct heed_ranks_sum *heed_ranks_sum_new(const struct heed_ranks *r, const struct heed_params *set,
                                          const struct heed_slab *slab)
{
    struct heed_ranks_sum *s = heed_xcalloc(1, sizeof *s);
    s->n_ranks = r->n;
    for (size_t i = 0; i < set->n; i++)
        if (slab->sparse[i])
            add_rows(s, i, &set->items[i]->value);
    s->counts = heed_xcalloc((size_t)s->n_ranks * s->n_rows + 1, sizeof *s->counts);
    return s;
}

static void grow(float **buffer, size_t *cap, size_t n)
{
    if (n <= *cap)
        return;
    free(*buffer);
    *buffer = heed_xcalloc(n, sizeof **buffer);
    *cap = n;
}

/* --- who owns what --- */

static int64_t dense_from(const struct summing *m, int rank)
{
    return rank == m->r->n ? m->n_dense : m->n_dense * rank / m->r->n / ALIGN * ALIGN;
}

static int32_t rows_from(const struct summing *m, const struct rows *x, int rank)
{
    return (int32_t)((int64_t)x->n_all * rank / m->r->n);
}

/* Calls each for what a range of all dense numbers, laid one behind the other, has of each parameter. */
static void each_dense(const struct summing *m, int64_t from, int64_t to,
                       void (*each)(void *ctx, float *grad, int64_t at, int64_t n), void *ctx)
{
    int64_t begin = 0;
    for (size_t i = 0; i < m->set->n && begin < to; i++) {
        int64_t n = heed_elements(&m->set->items[i]->value);
        if (m->slab->sparse[i])
            continue;
        int64_t a = HEED_MAX(from, begin), b = HEED_MIN(to, begin + n);
        if (a < b)
            each(ctx, m->slab->grad[i] + (a - begin), a - from, b - a);
        begin += n;
    }
}

struct moving {
    struct heed_ranks *r;
    int rank;
    float *into; /* numbers of a range, side by side; NULL: into the slab */
};

static void send_piece(void *ctx, float *grad, int64_t at, int64_t n)
{
    const struct moving *x = ctx;
    (void)at;
    heed_ranks_send(x->r, x->rank, grad, sizeof *grad * (size_t)n);
}

static void receive_piece(void *ctx, float *grad, int64_t at, int64_t n)
{
    const struct moving *x = ctx;
    heed_ranks_receive(x->r, x->rank, x->into ? x->into + at : grad, sizeof *grad * (size_t)n);
}

/* --- lists --- */

static void list_own(const struct summing *m, struct rows *x)
{
    const struct heed_sparse *own = m->slab->sparse[x->param];
    x->n_touched[m->r->rank] = own->n;
    memcpy(x->touched[m->r->rank], own->list, sizeof *own->list * (size_t)own->n);
}

static int exchange_lists(const struct summing *m, struct heed_err *err)
{
    struct heed_ranks_sum *s = m->s;
    struct heed_ranks *r = m->r;
    for (size_t k = 0; k < s->n_rows; k++) {
        list_own(m, &s->rows[k]);
        s->counts[(size_t)r->rank * s->n_rows + k] = s->rows[k].n_touched[r->rank];
    }
    if (heed_ranks_gather(r, s->counts, sizeof *s->counts * s->n_rows, err))
        return -1;
    for (size_t k = 0; k < s->n_rows; k++) {
        struct rows *x = &s->rows[k];
        for (int q = 0; q < r->n; q++) {
            int32_t n = s->counts[(size_t)q * s->n_rows + k];
            if (n < 0 || n > x->n_rows)
                return heed_fail(err, "rank %d has %d of %lld rows", q, n, (long long)x->n_rows);
            x->n_touched[q] = n;
            heed_ranks_send(r, q, x->touched[r->rank],
                            sizeof(int32_t) * (size_t)x->n_touched[r->rank]);
            heed_ranks_receive(r, q, x->touched[q], sizeof(int32_t) * (size_t)n);
        }
    }
    return heed_ranks_exchange(r, err);
}

static int unite(const struct summing *m, struct rows *x, struct heed_err *err)
{
    struct heed_sparse *sum = m->slab->sparse[x->param];
    for (int q = 0; q < m->r->n; q++) {
        memset(x->has[q], 0, (size_t)x->n_rows);
        for (int32_t k = 0; k < x->n_touched[q]; k++) {
            int32_t row = x->touched[q][k];
            if (row < 0 || row >= x->n_rows)
                return heed_fail(err, "rank %d has row %d of %lld", q, row, (long long)x->n_rows);
            x->has[q][row] = 1;
            heed_sparse_row(sum, row); /* from here on all rows stay in their places */
        }
    }
    heed_sparse_sort(sum);
    x->n_all = sum->n;
    memcpy(x->all, sum->list, sizeof *x->all * (size_t)x->n_all);
    return 0;
}

/* --- scatter --- */

static float *row_of(const struct summing *m, const struct rows *x, int32_t row)
{
    return heed_sparse_find(m->slab->sparse[x->param], row);
}

/* The rank's own rows in another's range, packed. */
static float *send_rows(const struct summing *m, const struct rows *x, int to, float *at)
{
    float *begin = at;
    for (int32_t k = rows_from(m, x, to); k < rows_from(m, x, to + 1); k++) {
        if (!x->has[m->r->rank][x->all[k]])
            continue;
        memcpy(at, row_of(m, x, x->all[k]), sizeof *at * (size_t)x->width);
        at += x->width;
    }
    heed_ranks_send(m->r, to, begin, sizeof *at * (size_t)(at - begin));
    return at;
}

static float *receive_rows(const struct summing *m, const struct rows *x, int from, float *at)
{
    float *begin = at;
    int32_t first = rows_from(m, x, m->r->rank);
    for (int32_t k = first; k < rows_from(m, x, m->r->rank + 1); k++) {
        float **place = &x->at[(size_t)(k - first) * (size_t)m->r->n + (size_t)from];
        *place = NULL;
        if (!x->has[from][x->all[k]])
            continue;
        *place = from == m->r->rank ? row_of(m, x, x->all[k]) : at;
        at += from == m->r->rank ? 0 : x->width;
    }
    heed_ranks_receive(m->r, from, begin, sizeof *at * (size_t)(at - begin));
    return at;
}

/* Where the numbers of another rank in the own range arrive. */
static float *dense_of(const struct summing *m, int rank)
{
    return m->s->dense + m->mine * rank;
}

static void make_buffers(const struct summing *m)
{
    struct heed_ranks_sum *s = m->s;
    size_t out = 1, in = 1;
    for (size_t k = 0; k < s->n_rows; k++) {
        struct rows *x = &s->rows[k];
        size_t own = (size_t)(rows_from(m, x, m->r->rank + 1) - rows_from(m, x, m->r->rank)),
               touched = (size_t)x->n_touched[m->r->rank];
        out += HEED_MAX(own, touched) * (size_t)x->width;
        in += HEED_MAX(own * (size_t)m->r->n, (size_t)x->n_all) * (size_t)x->width;
    }
    grow(&s->dense, &s->cap_dense, (size_t)m->mine * (size_t)m->r->n + 1);
    grow(&s->out, &s->cap_out, out);
    grow(&s->in, &s->cap_in, in);
}

static int scatter(const struct summing *m, struct heed_err *err)
{
    struct heed_ranks_sum *s = m->s;
    struct heed_ranks *r = m->r;
    float *to = s->out, *from = s->in;
    for (int q = 0; q < r->n; q++) {
        struct moving x = {r, q, dense_of(m, q)};
        bool sends = r->rank < m->active && q != r->rank;
        if (sends)
            each_dense(m, dense_from(m, q), dense_from(m, q + 1), send_piece, &x);
        if (q < m->active)
            each_dense(m, dense_from(m, r->rank), dense_from(m, r->rank + 1), receive_piece, &x);
        for (size_t k = 0; k < s->n_rows; k++) {
            if (sends)
                to = send_rows(m, &s->rows[k], q, to);
            from = receive_rows(m, &s->rows[k], q, from);
        }
    }
    return heed_ranks_exchange(r, err);
}

/* --- tree --- */

/* Sums what the leaves have, NULL being zeros, into `own`. In a row that the left side lacks zeros take part, as
 * in grads.c: -0 becomes 0. */
static void sum_leaves(const struct heed_vec *v, float **leaf, int n_leaves, float *own, int64_t n)
{
    for (int width = 1; width < n_leaves; width *= 2) {
        for (int left = 0; left + width < n_leaves; left += 2 * width) {
            float *a = leaf[left], *b = leaf[left + width];
            if (!b)
                continue;
            leaf[left] = !a || b == own ? b : a;
            if (a)
                v->add((size_t)n, a, b, leaf[left]);
            else
                v->scale((size_t)n, 1, 0, b, b);
        }
    }
    if (leaf[0] != own)
        memcpy(own, leaf[0], sizeof *own * (size_t)n);
}

static void add_part(struct heed_ranks_sum *s, struct part part)
{
    heed_grow(&s->parts, s->n_parts, &s->cap_parts, sizeof *s->parts);
    s->parts[s->n_parts++] = part;
}

static void add_dense_part(void *ctx, float *grad, int64_t at, int64_t n)
{
    struct heed_ranks_sum *s = ctx;
    for (int64_t from = 0; from < n; from += BLOCK)
        add_part(s, (struct part){NULL, grad + from, at + from, HEED_MIN(BLOCK, n - from)});
}

static void sum_part(void *ctx, int number)
{
    const struct summing *m = ctx;
    const struct part *part = &m->s->parts[number];
    const struct heed_vec *v = heed_vec();
    const struct rows *x = part->rows;
    if (!x) {
        float *leaf[HEED_RANKS_MAX];
        for (int q = 0; q < m->active; q++)
            leaf[q] = q == m->r->rank ? part->grad : dense_of(m, q) + part->at;
        sum_leaves(v, leaf, m->active, part->grad, part->n);
        return;
    }
    int32_t first = rows_from(m, x, m->r->rank);
    for (int64_t k = part->at; k < part->at + part->n; k++)
        sum_leaves(v, x->at + k * m->r->n, m->active, row_of(m, x, x->all[first + k]), x->width);
}

static void sum_own(const struct summing *m)
{
    struct heed_ranks_sum *s = m->s;
    s->n_parts = 0;
    each_dense(m, dense_from(m, m->r->rank), dense_from(m, m->r->rank + 1), add_dense_part, s);
    for (size_t k = 0; k < s->n_rows; k++) {
        struct rows *x = &s->rows[k];
        int64_t n = rows_from(m, x, m->r->rank + 1) - rows_from(m, x, m->r->rank);
        for (int64_t from = 0; from < n; from += ROWS)
            add_part(s, (struct part){x, NULL, from, HEED_MIN(ROWS, n - from)});
    }
    heed_workers_run(m->workers, (int)s->n_parts, sum_part, (void *)(uintptr_t)m);
}

/* --- gather --- */

static float *pack_sums(const struct summing *m, const struct rows *x, float *to)
{
    for (int32_t k = rows_from(m, x, m->r->rank); k < rows_from(m, x, m->r->rank + 1); k++) {
        memcpy(to, row_of(m, x, x->all[k]), sizeof *to * (size_t)x->width);
        to += x->width;
    }
    return to;
}

static void unpack_sums(const struct summing *m, const struct rows *x, const float *from)
{
    for (int32_t k = 0; k < x->n_all; k++, from += x->width)
        if (k < rows_from(m, x, m->r->rank) || k >= rows_from(m, x, m->r->rank + 1))
            memcpy(row_of(m, x, x->all[k]), from, sizeof *from * (size_t)x->width);
}

static int gather(const struct summing *m, struct heed_err *err)
{
    struct heed_ranks_sum *s = m->s;
    struct heed_ranks *r = m->r;
    float *to = s->out, *from = s->in;
    for (int q = 0; q < r->n; q++) {
        struct moving x = {r, q, NULL};
        if (q == r->rank)
            continue;
        each_dense(m, dense_from(m, r->rank), dense_from(m, r->rank + 1), send_piece, &x);
        each_dense(m, dense_from(m, q), dense_from(m, q + 1), receive_piece, &x);
    }
    for (size_t k = 0; k < s->n_rows; k++) {
        const struct rows *x = &s->rows[k];
        float *begin = to;
        to = pack_sums(m, x, to);
        for (int q = 0; q < r->n; q++) {
            int32_t n = rows_from(m, x, q + 1) - rows_from(m, x, q);
            heed_ranks_send(r, q, begin, sizeof *to * (size_t)(to - begin));
            heed_ranks_receive(r, q, from + (int64_t)rows_from(m, x, q) * x->width,
                               sizeof *from * (size_t)(n * x->width));
        }
        from += x->n_all * x->width;
    }
    if (heed_ranks_exchange(r, err))
        return -1;
    from = s->in;
    for (size_t k = 0; k < s->n_rows; k++) {
        unpack_sums(m, &s->rows[k], from);
        from += s->rows[k].n_all * s->rows[k].width;
    }
    return 0;
}

int heed_ranks_sum(struct heed_ranks_sum *s, struct heed_ranks *r, const struct heed_params *set,
                   struct heed_slab *slab, int active, struct heed_workers *workers,
                   struct heed_err *err)
{
    struct summing m = {r, s, set, slab, workers, active, 0, 0};
    for (size_t i = 0; i < set->n; i++)
        m.n_dense += slab->sparse[i] ? 0 : heed_elements(&set->items[i]->value);
    m.mine = dense_from(&m, r->rank + 1) - dense_from(&m, r->rank);
    if (exchange_lists(&m, err))
        return -1;
    for (size_t k = 0; k < m.s->n_rows; k++)
        if (unite(&m, &m.s->rows[k], err))
            return -1;
    make_buffers(&m);
    if (scatter(&m, err))
        return -1;
    sum_own(&m);
    return gather(&m, err);
}
