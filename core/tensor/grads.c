/* grads.c: see grads.h. Of a sparse parameter (an embedding) summing and updating visit the rows only that
 * its gradient has. */
#include <math.h>
#include <string.h>

#include "tensor/grads.h"
#include "tensor/vec.h"

#define BLOCK 16384 /* floats of a part: 64 KB of each slab */
#define ROWS  64    /* of a part of a sparse parameter */

/* --- the tree --- */

/* With all shards done up to some number no more slabs are taken than that number has ones, and those
 * of the sums that are left to the end: so whoever waits for a slab gets one. */
int heed_grads_slabs(int shards, int workers)
{
    int sums = workers > 1 ? shards : (shards + 1) / 2, n = HEED_MIN(workers, sums);
    for (int width = 1; width < sums; width *= 2)
        n++;
    return HEED_MIN(n, sums);
}

static int workers_of(const struct heed_grads *g)
{
    return g->workers ? heed_workers_count(g->workers) : 1;
}

void heed_grads_init(struct heed_grads *g, struct heed_params *params, struct heed_workers *workers,
                     int max_shards)
{
    memset(g, 0, sizeof *g);
    g->params = params;
    g->workers = workers;
    pthread_mutex_init(&g->lock, NULL);
    pthread_cond_init(&g->freed, NULL);
    g->slab = heed_xcalloc((size_t)max_shards, sizeof *g->slab);
    g->width = heed_xcalloc((size_t)max_shards, sizeof *g->width);
    g->busy = heed_xcalloc((size_t)params->n_slabs, sizeof *g->busy);
    g->held = heed_xcalloc((size_t)workers_of(g), sizeof *g->held);
}

void heed_grads_release(struct heed_grads *g)
{
    if (!g->params)
        return;
    pthread_cond_destroy(&g->freed);
    pthread_mutex_destroy(&g->lock);
    free(g->slab);
    free(g->width);
    free(g->busy);
    free(g->held);
    free(g->parts);
    free(g->squares);
    heed_ranks_sum_free(g->over);
    memset(g, 0, sizeof *g);
}

void heed_grads_begin(struct heed_grads *g, int n)
{
    g->n = n;
    for (g->early = 1; (n + g->early - 1) / g->early > workers_of(g); g->early *= 2)
        ;
    bool pairs = workers_of(g) == 1;
    if (n <= g->params->n_slabs << pairs)
        g->early = 1 << pairs; /* all at once, at the end, is quicker */
    g->continues = false;
    for (int i = 0; i < n; i++)
        g->slab[i] = -1;
    memset(g->busy, 0, sizeof *g->busy * (size_t)g->params->n_slabs);
    for (int i = 0; i < workers_of(g); i++)
        g->held[i] = -1;
}

static int free_slab(const struct heed_grads *g)
{
    for (int i = 0; i < g->params->n_slabs; i++)
        if (!g->busy[i])
            return i;
    return -1;
}

int heed_grads_take(struct heed_grads *g, int shard)
{
    int slab, *held = &g->held[heed_workers_self()];
    if (workers_of(g) == 1 && shard % 2 && g->slab[shard - 1] >= 0) {
        g->continues = true;
        slab = g->slab[shard - 1];
        heed_slab_continue(g->params, slab);
        return slab;
    }
    pthread_mutex_lock(&g->lock);
    if (*held >= 0) { /* its last shard ran out of memory: nobody else shall wait for that slab */
        g->busy[*held] = false;
        pthread_cond_broadcast(&g->freed);
    }
    while ((slab = free_slab(g)) < 0)
        pthread_cond_wait(&g->freed, &g->lock);
    g->busy[slab] = true;
    *held = slab;
    pthread_mutex_unlock(&g->lock);
    heed_slab_renew(g->params, slab);
    return slab;
}

static void add_slab(const struct heed_params *set, struct heed_slab *to,
                     const struct heed_slab *from)
{
    for (size_t i = 0; i < set->n; i++)
        if (from->sparse[i])
            heed_sparse_add(to->sparse[i], from->sparse[i]);
        else
            heed_vec()->add((size_t)heed_elements(&set->items[i]->value), to->grad[i],
                            from->grad[i], to->grad[i]);
}

/* What can be summed now is summed, without the lock: nobody else knows the two slabs then. */
void heed_grads_give(struct heed_grads *g, int shard, int slab)
{
    int width = 1;
    pthread_mutex_lock(&g->lock);
    g->held[heed_workers_self()] = -1;
    if (g->continues) {
        shard--;
        width = 2;
        g->continues = false;
    }
    while (width < g->early) {
        int other = shard ^ width;
        if (other < g->n && (g->slab[other] < 0 || g->width[other] != width))
            break;
        if (other < g->n) {
            int left = HEED_MIN(shard, other), kept = other == left ? g->slab[other] : slab,
                spent = other == left ? slab : g->slab[other];
            g->slab[other] = -1;
            pthread_mutex_unlock(&g->lock);
            add_slab(g->params, &g->params->slabs[kept], &g->params->slabs[spent]);
            pthread_mutex_lock(&g->lock);
            g->busy[spent] = false;
            pthread_cond_broadcast(&g->freed);
            shard = left;
            slab = kept;
        }
        width *= 2;
    }
    g->slab[shard] = slab;
    g->width[shard] = width;
    pthread_mutex_unlock(&g->lock);
}

/* --- what is left, in parts --- */

struct heed_grads_part {
    size_t param;
    int64_t from, n; /* floats; of a sparse parameter: of the list of rows */
};

static struct heed_slab *slab_of(const struct heed_grads *g, int shard)
{
    return &g->params->slabs[g->slab[shard]];
}

/* Calls with(g, left, right, i) for every sum that is left, in the order of the tree. */
#define EACH_SUM(g, left, right)                                                                   \
    for (int width_ = (g)->early; width_ < (g)->n; width_ *= 2)                                    \
        for (int left = 0, right = width_; right < (g)->n;                                         \
             left += 2 * width_, right = left + width_)

static void add_part(struct heed_grads *g, size_t param, int64_t from, int64_t n)
{
    heed_grow(&g->parts, g->n_parts, &g->cap_parts, sizeof *g->parts);
    g->parts[g->n_parts++] = (struct heed_grads_part){param, from, n};
}

static void make_parts(struct heed_grads *g)
{
    g->n_parts = 0;
    for (size_t i = 0; i < g->params->n; i++) {
        const struct heed_slab *sum = slab_of(g, 0);
        const struct heed_sparse *sparse = sum->sparse[i];
        int64_t n = sparse ? sparse->n : heed_elements(&g->params->items[i]->value),
                most = sparse ? ROWS : BLOCK;
        for (int64_t from = 0; from < n; from += most)
            add_part(g, i, from, HEED_MIN(most, n - from));
    }
    g->squares = heed_xrealloc(g->squares, g->n_parts + 1, sizeof *g->squares);
}

static double sum_row(const struct heed_grads *g, size_t i, int64_t row)
{
    const struct heed_vec *vec = heed_vec();
    const struct heed_sparse *sum = slab_of(g, 0)->sparse[i];
    EACH_SUM(g, left, right)
    {
        const float *from = heed_sparse_find(slab_of(g, right)->sparse[i], row);
        float *to = heed_sparse_find(slab_of(g, left)->sparse[i], row);
        if (from)
            vec->add((size_t)sum->width, to, from, to);
    }
    return vec->sum_squares((size_t)sum->width, heed_sparse_find(sum, row));
}

static void sum_part(void *ctx, int number)
{
    const struct heed_grads *g = ctx;
    const struct heed_vec *vec = heed_vec();
    const struct heed_grads_part *part = &g->parts[number];
    size_t i = part->param;
    const struct heed_slab *sum = slab_of(g, 0);
    double squares = 0;
    if (sum->sparse[i]) {
        for (int64_t k = part->from; k < part->from + part->n; k++)
            squares += sum_row(g, i, sum->sparse[i]->list[k]);
    } else {
        EACH_SUM(g, left, right)
        {
            float *to = slab_of(g, left)->grad[i] + part->from;
            vec->add((size_t)part->n, to, slab_of(g, right)->grad[i] + part->from, to);
        }
        /* Over ranks the sum is not yet whole, and squared behind. */
        squares = g->over ? 0 : vec->sum_squares((size_t)part->n, sum->grad[i] + part->from);
    }
    g->squares[number] = squares;
}

/* Rows that `from` has are there in `to`, zeros for now: workers find each in its place. */
static void make_rows(struct heed_sparse *to, const struct heed_sparse *from)
{
    for (int32_t k = 0; k < from->n; k++)
        heed_sparse_row(to, from->list[k]);
}

static void merge_shards(struct heed_grads *g)
{
    for (size_t i = 0; i < g->params->n; i++) {
        if (!slab_of(g, 0)->sparse[i])
            continue;
        EACH_SUM(g, left, right)
        make_rows(slab_of(g, left)->sparse[i], slab_of(g, right)->sparse[i]);
        heed_sparse_sort(slab_of(g, 0)->sparse[i]);
    }
    make_parts(g);
    heed_workers_run(g->workers, (int)g->n_parts, sum_part, g);
}

/* The norm of the sum, which comes to stand in slab 0. */
static double take_sum(struct heed_grads *g)
{
    double squares = 0;
    for (size_t k = 0; k < g->n_parts; k++)
        squares += g->squares[k];
    struct heed_slab sum = *slab_of(g, 0);
    *slab_of(g, 0) = g->params->slabs[0];
    g->params->slabs[0] = sum;
    return sqrt(squares);
}

double heed_grads_sum(struct heed_grads *g)
{
    merge_shards(g);
    return take_sum(g);
}

/* --- the upper levels, over ranks --- */

static void square_part(void *ctx, int number)
{
    const struct heed_grads *g = ctx;
    const struct heed_grads_part *part = &g->parts[number];
    const struct heed_slab *sum = slab_of(g, 0);
    const struct heed_sparse *rows = sum->sparse[part->param];
    double squares = 0;
    for (int64_t k = part->from; rows && k < part->from + part->n; k++)
        squares +=
            heed_vec()->sum_squares((size_t)rows->width, heed_sparse_find(rows, rows->list[k]));
    if (!rows)
        squares = heed_vec()->sum_squares((size_t)part->n, sum->grad[part->param] + part->from);
    g->squares[number] = squares;
}

int heed_grads_sum_ranks(struct heed_grads *g, struct heed_ranks *ranks, int active, double *norm,
                         struct heed_err *err)
{
    if (g->n) {
        merge_shards(g);
    } else {
        g->slab[0] = 0;
        heed_slab_renew(g->params, 0);
        heed_slab_settle(g->params, 0);
    }
    if (!g->over)
        g->over = heed_ranks_sum_new(ranks, g->params, slab_of(g, 0));
    if (heed_ranks_sum(g->over, ranks, g->params, slab_of(g, 0), active, g->workers, err))
        return -1;
    make_parts(g);
    heed_workers_run(g->workers, (int)g->n_parts, square_part, g);
    *norm = take_sum(g);
    return 0;
}

/* --- the update --- */

struct moving {
    const struct heed_grads *g;
    float gscale, lr, b1, b2, eps, decay; /* decay: times the rate */
    bool sgd;                             /* b1 is the momentum */
};

static void move_sgd(const struct moving *m, const struct heed_param *p, const float *grad,
                     int64_t from, size_t n, float decay)
{
    const struct heed_vec *v = heed_vec();
    float *w = p->value.data + from, *moment = p->moment1 + from;
    v->scale(n, m->b1, 0, moment, moment);
    v->axpy(n, m->gscale, grad, moment);
    if (decay > 0)
        v->scale(n, 1 - decay, 0, w, w);
    v->axpy(n, -m->lr, moment, w);
}

static void move(const struct moving *m, const struct heed_param *p, const float *grad,
                 int64_t from, int64_t n, float decay)
{
    if (m->sgd) {
        move_sgd(m, p, grad, from, (size_t)n, decay);
        return;
    }
    heed_kernels()->adam((size_t)n, p->value.data + from, p->moment1 + from, p->moment2 + from,
                         grad, m->gscale, m->lr, m->b1, m->b2, m->eps, decay);
}

static void move_part(void *ctx, int number)
{
    const struct moving *m = ctx;
    const struct heed_grads_part *part = &m->g->parts[number];
    const struct heed_param *p = m->g->params->items[part->param];
    const struct heed_slab *sum = &m->g->params->slabs[0];
    const struct heed_sparse *rows = sum->sparse[part->param];
    if (!rows)
        move(m, p, sum->grad[part->param] + part->from, part->from, part->n,
             p->flags & HEED_PARAM_NO_DECAY ? 0.0f : m->decay);
    for (int64_t k = part->from; rows && k < part->from + part->n; k++)
        move(m, p, heed_sparse_find(rows, rows->list[k]), rows->list[k] * rows->width, rows->width,
             0.0f);
}

static void move_all(struct heed_grads *g, struct moving *m)
{
    heed_workers_run(g->workers, (int)g->n_parts, move_part, m);
    g->params->version++;
    heed_params_repack(g->params, g->workers);
}

void heed_grads_sgd(struct heed_grads *g, const struct heed_sgd *sgd, double gscale)
{
    move_all(g, &(struct moving){.g = g,
                                 .gscale = (float)gscale,
                                 .lr = (float)sgd->lr,
                                 .b1 = (float)sgd->momentum,
                                 .decay = (float)(sgd->lr * sgd->decay),
                                 .sgd = true});
}

/* Bias corrections are folded into rate and eps. */
void heed_grads_adam(struct heed_grads *g, const struct heed_adam *adam, int64_t step,
                     double gscale)
{
    double c1 = 1.0 - pow(adam->beta1, (double)step),
           c2 = sqrt(1.0 - pow(adam->beta2, (double)step));
    struct moving m = {.g = g,
                       .gscale = (float)gscale,
                       .lr = (float)(adam->lr * c2 / c1),
                       .b1 = (float)adam->beta1,
                       .b2 = (float)adam->beta2,
                       .eps = (float)(adam->eps * c2),
                       .decay = (float)(adam->lr * adam->decay)};
    move_all(g, &m);
}

/* --- all values --- */

struct blocks {
    const struct heed_params *set;
    void (*each)(void *ctx, size_t param, int64_t from, int64_t n);
    void *ctx;
};

static int64_t blocks_of(const struct heed_param *p)
{
    return (heed_elements(&p->value) + BLOCK - 1) / BLOCK;
}

static void run_block(void *ctx, int number)
{
    const struct blocks *b = ctx;
    int64_t block = number;
    size_t i = 0;
    while (block >= blocks_of(b->set->items[i]))
        block -= blocks_of(b->set->items[i++]);
    int64_t from = block * BLOCK;
    b->each(b->ctx, i, from, HEED_MIN(BLOCK, heed_elements(&b->set->items[i]->value) - from));
}

void heed_params_blocks(const struct heed_params *set, struct heed_workers *workers,
                        void (*each)(void *ctx, size_t param, int64_t from, int64_t n), void *ctx)
{
    struct blocks b = {set, each, ctx};
    int64_t n = 0;
    for (size_t i = 0; i < set->n; i++)
        n += blocks_of(set->items[i]);
    heed_workers_run(workers, (int)n, run_block, &b);
}
