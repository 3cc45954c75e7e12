/* test_param.c: initial values, gradients per shard, their sum in a fixed tree, Adam. */
#include "base/rng.h"
#include "tensor/gemm.h"
#include "tensor/param.h"
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

static void touch(struct heed_shard_grad *shard, int param, int row)
{
    if (shard->is_touched[param][row])
        return;
    shard->is_touched[param][row] = 1;
    shard->touched[param][shard->n_touched[param]++] = row;
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
        set.shards[s].grad[0][0] = part[s];
        for (int k = 0; k < 2; k++) {
            int row = k ? 8 - s : 3;
            touch(&set.shards[s], 1, row);
            set.shards[s].grad[1][row * 2] += part[s];
        }
    }
    heed_params_reduce(&set);
    const struct heed_shard_grad *sum = &set.shards[0];
    float want = ((part[0] + part[1]) + (part[2] + part[3])) + part[4];
    TAP_NEAR(sum->grad[0][0], want, 0);
    TAP_I64(sum->n_touched[1], 6);
    const int rows[] = {3, 4, 5, 6, 7, 8};
    for (int i = 0; i < 6; i++)
        TAP_I64(sum->touched[1][i], rows[i]);
    TAP_NEAR(sum->grad[1][6], want, 0); /* row 3 */
    TAP_NEAR(sum->grad[1][16], 1e8, 0); /* row 8: shard 0 alone */
    heed_params_zero_grad(&set);
    for (int s = 0; s < 5; s++) {
        TAP_I64(set.shards[s].n_touched[1], 0);
        for (int i = 0; i < 18; i++)
            TAP_NEAR(set.shards[s].grad[1][i], 0, 0);
    }
    heed_params_release(&set);
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
        set.shards[0].grad[0][0] = (float)(2 * g);
        touch(&set.shards[0], 1, 2);
        set.shards[0].grad[1][2] = (float)(2 * g);
        heed_params_reduce(&set);
        TAP_NEAR(heed_params_grad_norm(&set), fabs(2 * g) * sqrt(2.0), 1e-6);
        heed_params_adam(&set, &adam, step, 0.5);
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

static void test_norm_not_finite(void)
{
    struct heed_params set;
    const char *bad = NULL;
    start(&set);
    struct heed_tensor *w = heed_params_add(&set, "w", 1, (int64_t[]){20}, HEED_INIT_ONE, 0, 0);
    heed_params_fill(&set, 1);
    heed_params_train(&set, 1);
    TAP_OK(heed_params_finite(&set, &bad));
    set.shards[0].grad[0][17] = NAN;
    TAP_OK(!isfinite(heed_params_grad_norm(&set)));
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
    TAP_RUN(test_adam);
    TAP_RUN(test_norm_not_finite);
    TAP_RUN(test_packed_follows_version);
    return tap_end();
}
