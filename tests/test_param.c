/* test_param.c: initial values, gradients per shard, their sum in a fixed tree, Adam. */
#include <unistd.h>

#include "base/rng.h"
#include "tensor/gemm.h"
#include "tensor/grads.h"
#include "tensor/lane.h"
#include "tensor/vec.h"
#include "tests/tap.h"

static struct heed_arena arena;

static void start(struct heed_params *set)
{
    if (!arena.name)
        heed_arena_init(&arena, "model", (size_t)1 << 28);
    heed_arena_reset(&arena);
    heed_params_init(set, &arena);
}

static void test_names_seed_streams(void)
{
    struct heed_params one, two;
    start(&one);
    heed_params_init(&two, &arena);
    int64_t dims[] = {6, 5};
    struct heed_tensor *a = heed_params_add(&one, "a", 2, dims, HEED_INIT_NORMAL, 1.0, 0);
    heed_params_add(&two, "other", 2, dims, HEED_INIT_NORMAL, 1.0, 0);
    struct heed_tensor *b = heed_params_add(&two, "a", 2, dims, HEED_INIT_NORMAL, 1.0, 0);
    heed_params_fill(&one, 7);
    heed_params_fill(&two, 7);
    bool same = memcmp(a->data, b->data, sizeof(float) * 30) == 0;
    heed_params_fill(&two, 8);
    bool moved = memcmp(a->data, b->data, sizeof(float) * 30) != 0;
    int64_t count = heed_params_count(&two);
    bool found = heed_params_find(&two, "other") && !heed_params_find(&two, "none");
    heed_params_release(&one);
    heed_params_release(&two);
    TAP_OK(same);
    TAP_OK(moved);
    TAP_I64(count, 60);
    TAP_OK(found);
}

static void test_initial_values(void)
{
    struct heed_params set;
    start(&set);
    struct heed_tensor *u =
        heed_params_add(&set, "u", 2, (int64_t[]){12, 36}, HEED_INIT_ORTHOGONAL, 1, 0);
    struct heed_tensor *tall =
        heed_params_add(&set, "tall", 2, (int64_t[]){9, 4}, HEED_INIT_ORTHOGONAL, 1, 0);
    struct heed_tensor *f = heed_params_add(&set, "f", 1, (int64_t[]){8}, HEED_INIT_FORGET, 0, 0);
    struct heed_tensor *x =
        heed_params_add(&set, "x", 2, (int64_t[]){300, 100}, HEED_INIT_XAVIER, 0, 0);
    heed_params_fill(&set, 1);
    for (int block = 0; block < 3; block++)
        for (int i = 0; i < 12; i++)
            for (int j = 0; j < 12; j++) {
                double dot = 0;
                for (int k = 0; k < 12; k++)
                    dot +=
                        (double)u->data[i * 36 + block * 12 + k] * u->data[j * 36 + block * 12 + k];
                TAP_NEAR(dot, i == j, 1e-6);
            }
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++) {
            double dot = 0;
            for (int k = 0; k < 9; k++)
                dot += (double)tall->data[k * 4 + i] * tall->data[k * 4 + j];
            TAP_NEAR(dot, i == j, 1e-6);
        }
    for (int i = 0; i < 8; i++)
        TAP_NEAR(f->data[i], i == 2 || i == 3, 0);
    double bound = sqrt(6.0 / 400), most = 0, sum = 0;
    for (int i = 0; i < 30000; i++) {
        most = fmax(most, fabs(x->data[i]));
        sum += x->data[i];
    }
    TAP_OK(most <= bound && most > 0.99 * bound);
    TAP_NEAR(sum / 30000, 0, 0.002);
    heed_params_release(&set);
}

/* Of n shards that stand in slabs 0..n-1; the sum is in slab 0 then. */
static double sum_of(struct heed_params *set, int n, struct heed_workers *workers)
{
    struct heed_grads grads;
    heed_grads_init(&grads, set, workers, n);
    heed_grads_begin(&grads, n);
    for (int i = 0; i < n; i++)
        heed_grads_give(&grads, i, i);
    double norm = heed_grads_sum(&grads);
    heed_grads_release(&grads);
    return norm;
}

/* Five shards: ((0+1)+(2+3))+4, whatever the order in which they
 * finished; rows listed in ascending order. */
static void test_reduce_tree(void)
{
    struct heed_params set;
    start(&set);
    heed_params_add(&set, "dense", 1, (int64_t[]){1}, HEED_INIT_ZERO, 0, 0);
    heed_params_add(&set, "sparse", 2, (int64_t[]){9, 2}, HEED_INIT_ZERO, 0, HEED_PARAM_SPARSE);
    heed_params_train(&set, 5);
    const float part[5] = {1e8f, 1.0f, -1e8f, 1.0f, 0.5f};
    for (int s = 0; s < 5; s++) {
        set.slabs[s].grad[0][0] = part[s];
        for (int k = 0; k < 2; k++) {
            int row = k ? 8 - s : 3;
            heed_sparse_row(set.slabs[s].sparse[1], row)[0] += part[s];
        }
    }
    double norm = sum_of(&set, 5, NULL);
    const struct heed_slab *sum = &set.slabs[0];
    float want = ((part[0] + part[1]) + (part[2] + part[3])) + part[4];
    TAP_NEAR(sum->grad[0][0], want, 0);
    TAP_I64(sum->sparse[1]->n, 6);
    const int rows[] = {3, 4, 5, 6, 7, 8};
    for (int i = 0; i < 6; i++)
        TAP_I64(sum->sparse[1]->list[i], rows[i]);
    TAP_NEAR(heed_sparse_find(sum->sparse[1], 3)[0], want, 0);
    TAP_NEAR(heed_sparse_find(sum->sparse[1], 8)[0], 1e8, 0); /* shard 0 alone */
    double squares = (double)want * (double)want * 2 + 1e16 + 1 + 1e16 + 1 + 0.25;
    TAP_NEAR(norm, sqrt(squares), 1e-6 * norm);
    heed_params_zero_grad(&set);
    for (int s = 0; s < 5; s++) {
        TAP_I64(set.slabs[s].sparse[1]->n, 0);
        for (int row = 0; row < 9; row++)
            TAP_OK(!heed_sparse_find(set.slabs[s].sparse[1], row));
        TAP_NEAR(heed_sparse_row(set.slabs[s].sparse[1], 3)[0], 0, 0);
    }
    heed_params_release(&set);
}

/* --- workers --- */

#define SHARDS 13

struct many {
    struct heed_params *set;
    struct heed_grads *grads;
    struct heed_lanes lanes;
};

enum { DENSE, SPARSE, MATRIX, BIAS, OUTPUT, IDLE, N_PARAMS };
#define ROWS 300 /* of a product: two chunks of the output layer */

static void add_params(struct heed_params *set)
{
    heed_params_add(set, "dense", 1, (int64_t[]){40000}, HEED_INIT_ONE, 0, 0);
    heed_params_add(set, "sparse", 2, (int64_t[]){9, 2}, HEED_INIT_ONE, 0, HEED_PARAM_SPARSE);
    heed_params_add(set, "matrix", 2, (int64_t[]){24, 200}, HEED_INIT_NORMAL, 1, 0);
    heed_params_add(set, "bias", 1, (int64_t[]){200}, HEED_INIT_ZERO, 0, 0);
    heed_params_add(set, "output", 2, (int64_t[]){200, 40}, HEED_INIT_NORMAL, 1, HEED_PARAM_OUTPUT);
    heed_params_add(set, "idle", 1, (int64_t[]){2}, HEED_INIT_ONE, 0, 0);
    heed_params_fill(set, 1);
}

static void apply_products(struct heed_tape *t, struct heed_params *set, int number)
{
    float *x = heed_tape_alloc(t, sizeof(float) * ROWS * 24);
    int32_t target[ROWS];
    struct heed_loss loss = {0};
    for (int i = 0; i < ROWS * 24; i++)
        x[i] = sinf((float)(3 * i + number));
    for (int i = 0; i < ROWS; i++)
        target[i] = (i * number) % 40;
    struct heed_tensor *y = heed_linear(t, heed_tensor_wrap(t, 2, (int64_t[]){ROWS, 24}, x, true),
                                        &set->items[MATRIX]->value, &set->items[BIAS]->value);
    heed_cross_entropy(t, y, &set->items[OUTPUT]->value, false, NULL, target, NULL, 0.1f, 1, false,
                       &loss);
    heed_tape_backward(t);
}

/* The gradient of a shard is a function of its number; some come late. */
static int make_shard(struct heed_lane *lane, void *ctx, int number)
{
    const struct many *m = ctx;
    struct heed_tape *t = &lane->tape;
    t->training = true;
    t->slab = heed_grads_take(m->grads, number);
    if (number % 3 == 0)
        usleep(2000);
    float *dense = heed_tape_grad(t, &m->set->items[DENSE]->value);
    for (int i = 0; i < 40000; i++)
        dense[i] += sinf((float)(i + 7 * number));
    for (int k = 0; k < 3; k++) {
        int row = (number * 5 + k * k) % 9;
        heed_tape_grad_row(t, &m->set->items[SPARSE]->value, row)[0] += cosf((float)(number + k));
    }
    if (number % 2 == 0) /* the next one adds nothing, which makes it 0 */
        heed_tape_grad(t, &m->set->items[IDLE]->value)[0] = -0.0f;
    apply_products(t, m->set, number);
    heed_slab_settle(m->set, t->slab);
    heed_grads_give(m->grads, number, t->slab);
    return heed_tape_failed(t, &lane->err) ? -1 : 0;
}

static uint64_t hashed(uint64_t hash, const void *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ ((const unsigned char *)data)[i]) * 1099511628211u;
    return hash;
}

/* The sum and the weights. */
static uint64_t hashed_set(uint64_t hash, const struct heed_params *set)
{
    float rows[18] = {0};
    const struct heed_sparse *sum = set->slabs[0].sparse[SPARSE];
    for (int32_t k = 0; k < sum->n; k++)
        memcpy(rows + 2 * sum->list[k], heed_sparse_find(sum, sum->list[k]), 2 * sizeof *rows);
    hash = hashed(hash, rows, sizeof rows);
    for (size_t i = 0; i < N_PARAMS; i++) {
        size_t size = sizeof(float) * (size_t)heed_elements(&set->items[i]->value);
        hash = hashed(hash, set->items[i]->value.data, size);
        if (i != SPARSE)
            hash = hashed(hash, set->slabs[0].grad[i], size);
    }
    return hash;
}

/* After two batches: the norm, and a hash of the sum and the weights. */
static uint64_t digest_of(int shards, int workers, int n_slabs, bool by_sgd)
{
    struct heed_params set;
    struct heed_grads grads;
    struct heed_adam adam = {.lr = 0.01, .beta1 = 0.9, .beta2 = 0.98, .eps = 1e-8, .decay = 0.1};
    struct heed_sgd sgd = {.lr = 0.01, .momentum = 0.9, .decay = 0.1};
    struct heed_err err;
    uint64_t hash = 14695981039346656037u;
    start(&set);
    add_params(&set);
    struct many m = {&set, &grads, {0}};
    heed_lanes_init(&m.lanes, &set, workers);
    heed_params_train(&set, n_slabs);
    heed_grads_init(&grads, &set, m.lanes.workers, shards);
    for (int step = 1; step <= 2; step++) {
        heed_grads_begin(&grads, shards);
        if (heed_lanes_each(&m.lanes, shards, make_shard, &m, &err))
            return 0;
        double norm = heed_grads_sum(&grads);
        if (by_sgd)
            heed_grads_sgd(&grads, &sgd, 0.5);
        else
            heed_grads_adam(&grads, &adam, step, 0.5);
        hash = hashed_set(hashed(hash, &norm, sizeof norm), &set);
    }
    heed_grads_release(&grads);
    heed_lanes_release(&m.lanes);
    heed_params_release(&set);
    return hash;
}

/* The same bits whoever computes what: few slabs or one for each shard, one worker, which adds every other shard to
 * the one before, or more than there are shards. */
static void same_bits(bool sgd)
{
    static const int shards[] = {1, 2, 3, 4, 7, SHARDS};
    for (size_t i = 0; i < HEED_COUNT(shards); i++) {
        uint64_t want = digest_of(shards[i], 2, shards[i], sgd);
        TAP_OK(want != 0);
        TAP_OK(digest_of(shards[i], 1, shards[i], sgd) == want);
        for (int workers = 1; workers <= 5; workers++)
            TAP_OK(digest_of(shards[i], workers, heed_grads_slabs(shards[i], workers), sgd) ==
                   want);
    }
}

static void test_same_bits(void)
{
    same_bits(false);
    if (!tap_bad)
        same_bits(true);
}

static void test_slabs(void)
{
    TAP_I64(heed_grads_slabs(1, 4), 1);
    TAP_I64(heed_grads_slabs(2, 1), 1);
    TAP_I64(heed_grads_slabs(4, 1), 2);
    TAP_I64(heed_grads_slabs(4, 4), 4);
    TAP_I64(heed_grads_slabs(64, 1), 6);
}

/* Against the formulas in double, for a dense parameter with decay and
 * a sparse one whose untouched rows stay. */
static void test_adam(void)
{
    struct heed_params set;
    struct heed_adam adam = {.lr = 0.01, .beta1 = 0.9, .beta2 = 0.98, .eps = 1e-8, .decay = 0.1};
    start(&set);
    struct heed_tensor *w = heed_params_add(&set, "w", 1, (int64_t[]){1}, HEED_INIT_ONE, 0, 0);
    struct heed_tensor *e =
        heed_params_add(&set, "e", 2, (int64_t[]){4, 1}, HEED_INIT_ONE, 0, HEED_PARAM_SPARSE);
    heed_params_fill(&set, 1);
    heed_params_train(&set, 1);
    uint64_t version = set.version;
    double x = 1, y = 1, m = 0, v = 0;
    for (int step = 1; step <= 5; step++) {
        double g = 0.3 * step - 0.7;
        heed_params_zero_grad(&set);
        set.slabs[0].grad[0][0] = (float)(2 * g);
        heed_sparse_row(set.slabs[0].sparse[1], 2)[0] = (float)(2 * g);
        struct heed_grads grads;
        heed_grads_init(&grads, &set, NULL, 1);
        heed_grads_begin(&grads, 1);
        heed_grads_give(&grads, 0, 0);
        TAP_NEAR(heed_grads_sum(&grads), fabs(2 * g) * sqrt(2.0), 1e-6);
        heed_grads_adam(&grads, &adam, step, 0.5);
        heed_grads_release(&grads);
        m = 0.9 * m + 0.1 * g;
        v = 0.98 * v + 0.02 * g * g;
        double move = 0.01 * (m / (1 - pow(0.9, step))) / (sqrt(v / (1 - pow(0.98, step))) + 1e-8);
        x -= 0.01 * 0.1 * x + move;
        y -= move;
        TAP_NEAR(w->data[0], x, 1e-6);
        TAP_NEAR(e->data[2], y, 1e-6);
        TAP_NEAR(e->data[1], 1, 0);
    }
    TAP_I64(set.version, version + 5);
    heed_params_release(&set);
}

/* The same for SGD: the momentum of a sparse row stands still while the row is not there. */
static void test_sgd(void)
{
    struct heed_params set;
    struct heed_sgd sgd = {.lr = 0.02, .momentum = 0.9, .decay = 0.1};
    start(&set);
    struct heed_tensor *w = heed_params_add(&set, "w", 1, (int64_t[]){1}, HEED_INIT_ONE, 0, 0);
    struct heed_tensor *e =
        heed_params_add(&set, "e", 2, (int64_t[]){4, 1}, HEED_INIT_ONE, 0, HEED_PARAM_SPARSE);
    heed_params_fill(&set, 1);
    heed_params_train(&set, 1);
    double x = 1, y = 1, m = 0, n = 0;
    for (int step = 1; step <= 5; step++) {
        double g = 0.3 * step - 0.7;
        heed_params_zero_grad(&set);
        set.slabs[0].grad[0][0] = (float)(2 * g);
        if (step != 3)
            heed_sparse_row(set.slabs[0].sparse[1], 2)[0] = (float)(2 * g);
        struct heed_grads grads;
        heed_grads_init(&grads, &set, NULL, 1);
        heed_grads_begin(&grads, 1);
        heed_grads_give(&grads, 0, 0);
        heed_grads_sum(&grads);
        heed_grads_sgd(&grads, &sgd, 0.5);
        heed_grads_release(&grads);
        m = 0.9 * m + g;
        n = step == 3 ? n : 0.9 * n + g;
        x -= 0.02 * (0.1 * x + m);
        y -= step == 3 ? 0 : 0.02 * n;
        TAP_NEAR(w->data[0], x, 1e-6);
        TAP_NEAR(e->data[2], y, 1e-6);
        TAP_NEAR(e->data[1], 1, 0);
    }
    heed_params_release(&set);
}

static void test_norm_not_finite(void)
{
    struct heed_params set;
    const char *bad = NULL;
    start(&set);
    struct heed_tensor *w = heed_params_add(&set, "w", 1, (int64_t[]){20}, HEED_INIT_ONE, 0, 0);
    heed_params_fill(&set, 1);
    heed_params_train(&set, 1);
    TAP_OK(heed_params_finite(&set, &bad));
    set.slabs[0].grad[0][17] = NAN;
    TAP_OK(!isfinite(sum_of(&set, 1, NULL)));
    w->data[19] = INFINITY;
    TAP_OK(!heed_params_finite(&set, &bad));
    TAP_STR(bad, "w");
    heed_params_release(&set);
}

/* Packed copies follow the version. */
static void test_packed_follows_version(void)
{
    struct heed_params set;
    start(&set);
    struct heed_tensor *w = heed_params_add(&set, "w", 2, (int64_t[]){3, 2}, HEED_INIT_ONE, 0, 0);
    heed_params_fill(&set, 1);
    const float x[] = {1, 2, 3}, x_t[] = {1, 10};
    float y[3];
    for (int k = 1; k <= 2; k++) {
        heed_kernels()->packed_gemm(1, 2, 3, x, 3, heed_param_packed(&set, set.items[0]), NULL,
                                    false, y, 2);
        TAP_NEAR(y[1], 6 * k, 0);
        heed_kernels()->packed_gemm(1, 3, 2, x_t, 2, heed_param_packed_t(&set, set.items[0]), NULL,
                                    false, y, 3);
        TAP_NEAR(y[2], 11 * k, 0);
        for (int i = 0; i < 6; i++)
            w->data[i] = 2;
        set.version++;
    }
    heed_params_release(&set);
}

int main(void)
{
    TAP_RUN(test_names_seed_streams);
    TAP_RUN(test_initial_values);
    TAP_RUN(test_reduce_tree);
    TAP_RUN(test_same_bits);
    TAP_RUN(test_slabs);
    TAP_RUN(test_adam);
    TAP_RUN(test_sgd);
    TAP_RUN(test_norm_not_finite);
    TAP_RUN(test_packed_follows_version);
    return tap_end();
}
