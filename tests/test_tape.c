/* test_tape.c: the tape itself: sticky errors, views, hoisted weight gradients, inference. */
#include "base/rng.h"
#include "tensor/grads.h"
#include "tensor/int8.h"
#include "tensor/tape.h"
#include "tests/tap.h"
#include "tests/tape_make.h"

static struct heed_tape tape;

static void start(bool training)
{
    make_params();
    heed_tape_init(&tape, &step, &params);
    tape.training = training;
}

static void stop(void)
{
    heed_tape_release(&tape);
    drop_params();
}

static struct heed_tensor *random_tensor(int64_t rows, int64_t width, uint64_t seed)
{
    struct heed_rng rng;
    float *data = heed_tape_alloc(&tape, sizeof(float) * (size_t)(rows * width));
    heed_rng_seed(&rng, seed, 0);
    for (int64_t i = 0; i < rows * width; i++)
        data[i] = (float)heed_rng_normal(&rng);
    return heed_tensor_wrap(&tape, 2, (int64_t[]){rows, width}, data, true);
}

/* The first error stays; later operations are harmless and give tensors that may be looked at. */
static void test_errors_stick(void)
{
    struct heed_err err = {0};
    start(true);
    struct heed_tensor *a = random_tensor(2, 3, 1), *b = random_tensor(3, 2, 2);
    bool sweet = !heed_tape_failed(&tape, &err);
    struct heed_tensor *x = heed_add(&tape, a, b);
    x = heed_linear(&tape, heed_tanh(&tape, x), b, NULL);
    x = heed_concat(&tape, 2, (struct heed_tensor *[]){x, x});
    x = heed_view_rows(&tape, x, 0, 7);
    x = heed_reshape(&tape, x, 4, (int64_t[]){2, 1, 1, 3});
    x = heed_gather(&tape, x, (int32_t[]){5}, 1);
    x = heed_dropout(&tape, x, 0.5f, 1, (int32_t[]){0}, NULL);
    x = heed_dot_scores(&tape, x, x, 1.0f, NULL, (int32_t[]){1});
    x = heed_tanh_scores(&tape, x, x, x, NULL, (int32_t[]){1});
    x = heed_masked_softmax(&tape, x, &(struct heed_mask){.k_len = (int32_t[]){1}});
    x = heed_weighted_sum(&tape, x, x, NULL, NULL);
    struct heed_loss loss = {0};
    heed_cross_entropy(&tape, x, b, false, NULL, (int32_t[]){0}, NULL, 0, 1, false, &loss);
    heed_tape_backward(&tape);
    bool failed = heed_tape_failed(&tape, &err);
    int64_t width = heed_width(x);
    heed_tape_reset(&tape);
    bool forgotten = !heed_tape_failed(&tape, &err);
    stop();
    TAP_OK(sweet && failed && forgotten);
    TAP_STR(err.text, "add: shapes 2x3 and 3x2 differ");
    TAP_I64(width, 1);
    TAP_I64(loss.n_tokens, 0);
}

static void test_shape_messages(void)
{
    static const char *const want[] = {
        "linear: input of width 3, weights for 2",
        "view: rows 1 to 4 of 2",
        "columns: 2 to 4 of 3",
        "gather: row 2 of 2",
        "stack: width 2 on 3",
        "dot_scores: query of shape 2x3 instead of four dimensions",
    };
    for (int k = 0; k < 6; k++) {
        struct heed_err err = {0};
        start(true);
        struct heed_tensor *a = random_tensor(2, 3, 1), *b = random_tensor(2, 2, 2);
        switch (k) {
        case 0:
            heed_linear(&tape, a, b, NULL);
            break;
        case 1:
            heed_view_rows(&tape, a, 1, 3);
            break;
        case 2:
            heed_columns(&tape, a, 2, 2);
            break;
        case 3:
            heed_gather(&tape, a, (int32_t[]){2}, 1);
            break;
        case 4:
            heed_stack(&tape, 2, (struct heed_tensor *[]){a, b});
            break;
        default:
            heed_dot_scores(&tape, a, b, 1, NULL, NULL);
        }
        heed_tape_failed(&tape, &err);
        stop();
        TAP_STR(err.text, want[k]);
    }
}

/* A view writes into its parent's gradient, a view of a view too. */
static void test_views_share(void)
{
    start(true);
    struct heed_tensor *x = random_tensor(6, 2, 1);
    struct heed_tensor *v = heed_view_rows(&tape, heed_view_rows(&tape, x, 1, 4), 2, 2);
    struct heed_tensor *flat = heed_reshape(&tape, v, 1, (int64_t[]){4});
    struct heed_tensor *y = heed_scale(&tape, flat, 3.0f, 0.0f);
    bool shared = v->data == x->data + 6 && flat->grad == x->grad + 6;
    y->grad[3] = 1.0f;
    heed_tape_backward(&tape);
    float got = x->grad[9], rest = x->grad[8] + x->grad[10];
    stop();
    TAP_OK(shared);
    TAP_NEAR(got, 3.0, 0);
    TAP_NEAR(rest, 0.0, 0);
}

/* dW of one product over all rows equals the sum over many products of a few rows each, done at
 * once at the end: bit for bit when the parts lie side by side, and when they were copied there. */
static void test_weight_gradient_hoisted(void)
{
    float got[3][5 * 4], bias[3][4];
    for (int k = 0; k < 3; k++) {
        start(true);
        struct heed_tensor *w =
            heed_params_add(&params, "w", 2, (int64_t[]){5, 4}, HEED_INIT_NORMAL, 1, 0);
        struct heed_tensor *b =
            heed_params_add(&params, "b", 1, (int64_t[]){4}, HEED_INIT_ZERO, 0, 0);
        heed_params_fill(&params, 1);
        heed_params_train(&params, 1);
        struct heed_tensor *x = random_tensor(12, 5, 3), *y[4];
        if (k == 0)
            y[0] = heed_linear(&tape, x, w, b);
        for (int i = 0; k && i < 4; i++) {
            struct heed_tensor *part = heed_view_rows(&tape, x, i * 3, 3);
            if (k == 2)
                part = heed_scale(&tape, part, 1, 0);
            y[i] = heed_linear(&tape, part, w, b);
        }
        struct heed_tensor *all = k ? heed_stack(&tape, 4, y) : y[0];
        struct heed_tensor *c = random_tensor(12, 4, 4);
        memcpy(all->grad, c->data, sizeof(float) * 48);
        heed_tape_backward(&tape);
        memcpy(got[k], heed_tape_grad(&tape, w), sizeof(got[k]));
        memcpy(bias[k], heed_tape_grad(&tape, b), sizeof(bias[k]));
        stop();
    }
    TAP_MEM(got[1], got[0], sizeof(got[0]));
    TAP_MEM(got[2], got[0], sizeof(got[0]));
    TAP_MEM(bias[1], bias[0], sizeof(bias[0]));
}

/* Gradients in an arena of their own, which the loss uses before them, are what they are elsewhere; also the second time. */
static void test_late_gradients(void)
{
    float got[3][20], dx[3][400 * 5];
    struct heed_arena late;
    heed_arena_init(&late, "late", (size_t)1 << 28);
    for (int k = 0; k < 3; k++) {
        struct heed_loss loss = {0};
        int32_t target[400] = {3, 1, 29};
        start(true);
        tape.late = k ? &late : NULL;
        heed_tape_reset(&tape);
        struct heed_tensor *w =
            heed_params_add(&params, "w", 2, (int64_t[]){5, 4}, HEED_INIT_NORMAL, 1, 0);
        struct heed_tensor *out =
            heed_params_add(&params, "out", 2, (int64_t[]){4, 30}, HEED_INIT_NORMAL, 1, 0);
        heed_params_fill(&params, 1);
        heed_params_train(&params, 1);
        struct heed_tensor *x = random_tensor(400, 5, 3);
        heed_cross_entropy(&tape, heed_linear(&tape, x, w, NULL), out, false, NULL, target, NULL,
                           0.1f, 1, false, &loss);
        heed_tape_backward(&tape);
        memcpy(got[k], heed_tape_grad(&tape, w), sizeof got[k]);
        memcpy(dx[k], x->grad, sizeof dx[k]);
        stop();
    }
    heed_arena_free(&late);
    for (int k = 1; k < 3; k++) {
        TAP_MEM(got[k], got[0], sizeof got[0]);
        TAP_MEM(dx[k], dx[0], sizeof dx[0]);
    }
}

/* Only rows that were looked up are touched, once each. */
static void test_embed_touches_rows(void)
{
    start(true);
    struct heed_tensor *w =
        heed_params_add(&params, "e", 2, (int64_t[]){9, 3}, HEED_INIT_ONE, 0, HEED_PARAM_SPARSE);
    heed_params_fill(&params, 1);
    heed_params_train(&params, 2);
    tape.slab = 1;
    struct heed_tensor *x = heed_embed(&tape, w, (int32_t[]){7, 2, 7}, 3);
    for (int i = 0; i < 9; i++)
        x->grad[i] = 1.0f;
    heed_tape_backward(&tape);
    int32_t n = params.slabs[1].sparse[0]->n, untouched = params.slabs[0].sparse[0]->n;
    float seven = heed_sparse_find(params.slabs[1].sparse[0], 7)[0],
          two = heed_sparse_find(params.slabs[1].sparse[0], 2)[0];
    struct heed_grads grads;
    heed_grads_init(&grads, &params, NULL, 2);
    heed_grads_begin(&grads, 2);
    heed_grads_give(&grads, 1, 1);
    heed_grads_give(&grads, 0, 0);
    TAP_OK(heed_grads_sum(&grads) > 0);
    heed_grads_release(&grads);
    int32_t first = params.slabs[0].sparse[0]->list[0], merged = params.slabs[0].sparse[0]->n;
    stop();
    TAP_I64(n, 2);
    TAP_I64(untouched, 0);
    TAP_NEAR(seven, 2, 0);
    TAP_NEAR(two, 1, 0);
    TAP_I64(merged, 2);
    TAP_I64(first, 2);
}

/* Constants get no gradient, and nothing is remembered for them;
 * inference remembers nothing at all. */
static void test_no_gradient_no_node(void)
{
    start(true);
    float data[6] = {1, 2, 3, 4, 5, 6};
    struct heed_tensor *c = heed_tensor_wrap(&tape, 2, (int64_t[]){2, 3}, data, false);
    struct heed_tensor *y = heed_tanh(&tape, heed_scale(&tape, c, 2, 1));
    size_t for_constants = tape.n_nodes;
    bool grad = y->grad != NULL;
    tape.training = false;
    heed_tanh(&tape, random_tensor(2, 2, 1));
    size_t in_inference = tape.n_nodes;
    stop();
    TAP_I64(for_constants, 0);
    TAP_I64(in_inference, 0);
    TAP_OK(!grad);
}

/* In inference rows of a product do not see one another, and leading dimensions are kept. */
static void test_inference_rows_alone(void)
{
    start(false);
    struct heed_tensor *w =
        heed_params_add(&params, "w", 2, (int64_t[]){33, 70}, HEED_INIT_NORMAL, 1, 0);
    struct heed_tensor *b =
        heed_params_add(&params, "b", 1, (int64_t[]){70}, HEED_INIT_NORMAL, 1, 0);
    heed_params_fill(&params, 1);
    struct heed_tensor *x = random_tensor(18, 33, 5);
    struct heed_tensor *all =
        heed_linear(&tape, heed_reshape(&tape, x, 3, (int64_t[]){6, 3, 33}), w, b);
    bool same = all->rank == 3 && all->dims[0] == 6 && all->dims[2] == 70;
    for (int i = 0; i < 18; i++) {
        struct heed_tensor *one = heed_linear(&tape, heed_view_rows(&tape, x, i, 1), w, b);
        same = same && memcmp(one->data, all->data + (size_t)i * 70, sizeof(float) * 70) == 0;
    }
    stop();
    TAP_OK(same);
}

/* Workers who help with a product change no bit: columns are no business of each other, of floats or whole numbers,
 * in panels that begin anywhere. */
static void test_helpers_change_nothing(void)
{
    enum { K = 302, N = 1030, M = 2 };
    static int8_t q[K * N];
    static float scale[N];
    struct heed_workers *workers = heed_workers_new(3);
    for (int way = 0; way < 4; way++) {
        bool table = way & 1;
        start(false);
        struct heed_tensor *w =
            heed_params_add(&params, "w", 2, table ? (int64_t[]){N, K} : (int64_t[]){K, N},
                            HEED_INIT_NORMAL, 1, table ? HEED_PARAM_TABLE : HEED_PARAM_MATRIX);
        struct heed_tensor *b =
            heed_params_add(&params, "b", 1, (int64_t[]){N}, HEED_INIT_NORMAL, 1, 0);
        heed_params_fill(&params, 1);
        if (way & 2) {
            heed_int8_round(w->dims[0], w->dims[1], w->data, table, q, scale);
            heed_param_round(params.items[0], q, scale);
        }
        struct heed_tensor *x = random_tensor(M, K, 5), *alone, *helped;
        struct heed_tensor *(*product)(struct heed_tape *, struct heed_tensor *,
                                       struct heed_tensor *, struct heed_tensor *) =
            table ? heed_linear_t : heed_linear;
        alone = product(&tape, x, w, b);
        tape.help.workers = workers;
        for (int i = 0; i < 50; i++) {
            helped = product(&tape, x, w, b);
            if (memcmp(helped->data, alone->data, sizeof(float) * M * N) != 0)
                TAP_OK(!"the same bits");
        }
        TAP_OK(tape.help.together + tape.help.penalty > 0);
        stop();
    }
    heed_workers_free(workers);
}

int main(void)
{
    TAP_RUN(test_errors_stick);
    TAP_RUN(test_shape_messages);
    TAP_RUN(test_views_share);
    TAP_RUN(test_weight_gradient_hoisted);
    TAP_RUN(test_late_gradients);
    TAP_RUN(test_embed_touches_rows);
    TAP_RUN(test_no_gradient_no_node);
    TAP_RUN(test_inference_rows_alone);
    TAP_RUN(test_helpers_change_nothing);
    return tap_end();
}
