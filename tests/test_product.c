/* test_product.c: products of large parameters while training: packed as they are used, with the bits of a
 * packed copy. */
#include "tests/tap.h"
#include "base/rng.h"
#include "tensor/gemm.h"
#include "tensor/grads.h"
#include "tensor/product.h"
#include "tensor/vec.h"

static const char *const names[] = {"portable", "avx2", "avx512"};

#define FOR_SETS                                                                                   \
    for (size_t set_ = 0; set_ < HEED_COUNT(names); set_++)                                        \
        if (heed_kernels_by_name(names[set_]) &&                                                   \
            heed_vec_select(names[set_], &(struct heed_err){0}) == 0)

static float *random_numbers(int64_t n, uint64_t seed)
{
    struct heed_rng rng;
    float *x = heed_xcalloc((size_t)n + 1, sizeof(float));
    heed_rng_seed(&rng, seed, 2);
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)(heed_rng_uniform(&rng) - 0.5);
    return x;
}

static struct heed_arena model, step;

static void fill_random(float *x, int64_t n, uint64_t seed)
{
    float *numbers = random_numbers(n, seed);
    memcpy(x, numbers, sizeof(float) * (size_t)n);
    free(numbers);
}

/* w [rows,width], or used as its transpose. */
static void start_training(struct heed_tape *t, struct heed_params *set, int64_t rows,
                           int64_t width)
{
    heed_arena_init(&model, "model", (size_t)1 << 30);
    heed_arena_init(&step, "step", (size_t)1 << 30);
    heed_params_init(set, &model);
    struct heed_tensor *w =
        heed_params_add(set, "w", 2, (int64_t[]){rows, width}, HEED_INIT_ZERO, 0, 0);
    fill_random(w->data, rows * width, 5);
    heed_params_train(set, 1);
    heed_tape_init(t, &step, set);
    t->training = true;
}

static void stop_training(struct heed_tape *t, struct heed_params *set)
{
    heed_tape_release(t);
    heed_params_release(set);
    heed_arena_free(&model);
    heed_arena_free(&step);
}

/* Packed as they are used they give the same bits, and no copy stays. */
static void test_slices(void)
{
    enum { M = 130, K = 1100, N = 1010 };
    float *x = random_numbers(M * K, 1), *y = random_numbers(M * N, 2), *old = random_numbers(N, 3);
    FOR_SETS for (int k = 0; k < 4; k++)
    {
        struct heed_params set;
        struct heed_tape t;
        bool transposed = k & 1, add = k & 2;
        start_training(&t, &set, transposed ? N : K, transposed ? K : N);
        float *want = heed_new(&step, float, M *N), *got = heed_new(&step, float, M *N);
        memcpy(want, y, sizeof(float) * M * N);
        memcpy(got, y, sizeof(float) * M * N);
        struct heed_product p = {M,   x,  &set.items[0]->value, transposed, add ? NULL : old,
                                 add, got};
        heed_product(&t, &p);
        const struct heed_packed *packed = set.items[0]->packed;
        TAP_OK(!packed[HEED_PACKED].data && !packed[HEED_PACKED_T].data);
        t.training = false;
        p.y = want;
        heed_product(&t, &p);
        TAP_OK(packed[transposed ? HEED_PACKED_T : HEED_PACKED].data != NULL);
        TAP_MEM(got, want, sizeof(float) * M * N);
        stop_training(&t, &set);
    }
    TAP_OK(heed_vec_select("auto", &(struct heed_err){0}) == 0);
    free(x);
    free(y);
    free(old);
}

int main(void)
{
    TAP_RUN(test_slices);
    return tap_end();
}
