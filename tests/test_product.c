/* test_product.c: products of large parameters while training: packed as they are used, and gradients added to what
 * stands there as one term: the bits of the ways that hold more. */
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

/* Two pieces, made and then added; in float32 and bf16. */
static void test_gradient_onto(void)
{
    enum { A = 290, B = 4100, FIRST = 40, ROWS = 370 };
    float *a = random_numbers(ROWS * A, 1), *b = random_numbers(ROWS * B, 2),
          *old = random_numbers(A * B, 3);
    FOR_SETS for (int k = 0; k < 8; k++)
    {
        struct heed_params set;
        struct heed_tape t;
        bool transposed = k & 1, tall = k & 2, x_is_b = transposed != tall;
        int64_t in = x_is_b ? B : A, out = x_is_b ? A : B;
        const float *x = x_is_b ? b : a, *dy = x_is_b ? a : b;
        if (k > 3 && !strcmp(names[set_], "portable"))
            continue; /* of bf16 it is a sixtieth of the speed */
        start_training(&t, &set, tall ? B : A, tall ? A : B);
        set.bf16 = k > 3;
        const struct heed_tensor *w = &set.items[0]->value;
        float *want = heed_new(&step, float, A *B), *got = heed_new(&step, float, A *B);
        struct heed_piece pieces[] = {{x, dy, FIRST},
                                      {x + FIRST * in, dy + FIRST * out, ROWS - FIRST}};
        for (int i = 0; i < 2; i++)
            heed_product_grad(&t, w, transposed, pieces[i].x, pieces[i].dy, pieces[i].rows, i == 0,
                              want);
        heed_vec()->add(A * B, old, want, want);
        memcpy(got, old, sizeof(float) * A * B);
        heed_product_grad_onto(&t, w, transposed, pieces, 2, got);
        TAP_MEM(got, want, sizeof(float) * A * B);
        stop_training(&t, &set);
    }
    TAP_OK(heed_vec_select("auto", &(struct heed_err){0}) == 0);
    free(a);
    free(b);
    free(old);
}

int main(void)
{
    TAP_RUN(test_slices);
    TAP_RUN(test_gradient_onto);
    return tap_end();
}
