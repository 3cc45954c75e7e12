/* gradcheck.c: directional finite differences.
 *
 * The loss is sum_i c_i y_i over all results with random c, summed in double, so that float32
 * rounding stays near 1e-7 of it. For each input and parameter x and several directions d (random
 * signs on all of x, then on random parts of it, so that an error in one gate is not drowned by the
 * others) two numbers must agree:
 *
 *     (8 (L(x+hd) - L(x-hd)) - (L(x+2hd) - L(x-2hd))) / 12h     and     <grad x, d>
 *
 * The error is of order h^4, so h may be large enough to keep rounding away. The
 * difference is judged against the norm of the gradient on d's part: a random
 * direction's derivative may be small by chance. */
#include <math.h>
#include <string.h>
#include "base/rng.h"
#include "prove/gradcheck.h"
#include "tensor/grads.h"

#define DIRECTIONS 8
#define STEP       0.01

struct state {
    const struct heed_gradcheck *check;
    struct heed_tape tape;
    uint64_t seed;
    double size; /* norm of c_i y_i: scale of the rounding error */
    double worst;
};

/* c_i: the same at every evaluation, apart for each result. Away
 * from zero, so nothing goes unseen. */
static float coefficient(uint64_t seed, int result, int64_t i)
{
    uint64_t bits = heed_counter_key(seed, 1, 2, (uint64_t)result, (uint64_t)i);
    float c = 0.5f + (float)(bits >> 40) / (float)(1 << 24);
    return bits & 1 ? c : -c;
}

/* Forward (and, when backward, gradients put into the tensors); returns
 * the loss. in gets the wrapped inputs. */
static double evaluate(struct state *s, bool backward, struct heed_tensor **in)
{
    const struct heed_gradcheck *check = s->check;
    struct heed_tensor *out[HEED_GRADCHECK_MAX];
    double loss = 0.0;

    heed_tape_reset(&s->tape);
    heed_params_zero_grad(check->params);
    check->params->version++;
    for (int i = 0; i < check->n_in; i++)
        in[i] = heed_tensor_wrap(&s->tape, check->in[i].rank, check->in[i].dims, check->in[i].data,
                                 !check->in[i].constant);
    int n_out = check->build(check->ctx, &s->tape, in, out, &loss);
    s->size = loss * loss;
    for (int k = 0; k < n_out && s->tape.err.status == HEED_OK; k++) {
        for (int64_t i = 0, n = heed_elements(out[k]); i < n; i++) {
            float c = coefficient(s->seed, k, i);
            loss += (double)c * (double)out[k]->data[i];
            s->size += pow((double)c * (double)out[k]->data[i], 2.0);
            if (backward && out[k]->grad)
                out[k]->grad[i] += c;
        }
    }
    s->size = sqrt(s->size);
    if (backward)
        heed_tape_backward(&s->tape);
    return loss;
}

/* d: +-1 on the chosen part, 0 elsewhere. Direction 0 and 1 take all;
 * later ones a random stretch of columns. */
static void choose_direction(struct heed_rng *rng, int number, const struct heed_tensor *x,
                             float *d)
{
    int64_t width = heed_width(x), from = 0, n = width;
    if (number > 1 && width > 1) {
        n = 1 + (int64_t)heed_rng_below(rng, (uint64_t)(width + 1) / 2);
        from = (int64_t)heed_rng_below(rng, (uint64_t)(width - n + 1));
    }
    for (int64_t i = 0, total = heed_elements(x); i < total; i++) {
        int64_t column = i % width;
        float sign = heed_rng_u64(rng) >> 63 ? 1.0f : -1.0f;
        d[i] = column >= from && column < from + n ? sign : 0.0f;
    }
}

static double loss_at(struct state *s, float *x, const float *base, const float *d, int64_t n,
                      double h)
{
    struct heed_tensor *in[HEED_GRADCHECK_MAX];
    for (int64_t i = 0; i < n; i++)
        x[i] = base[i] + (float)h * d[i];
    double loss = evaluate(s, false, in);
    memcpy(x, base, sizeof(float) * (size_t)n);
    return loss;
}

static int compare(struct state *s, const char *name, float *x, const float *base,
                   const float *grad, const float *d, int64_t n, struct heed_err *err)
{
    double h = s->check->step > 0.0 ? s->check->step : STEP, want, said = 0.0, norm = 0.0;
    for (int64_t i = 0; i < n; i++) {
        said += (double)grad[i] * (double)d[i];
        norm += d[i] != 0.0f ? (double)grad[i] * (double)grad[i] : 0.0;
    }
    want = 8.0 * (loss_at(s, x, base, d, n, h) - loss_at(s, x, base, d, n, -h));
    want -= loss_at(s, x, base, d, n, 2 * h) - loss_at(s, x, base, d, n, -2 * h);
    want /= 12.0 * h;
    double rounding = 1e-6 * s->size / h;
    double scale = fmax(sqrt(norm), fabs(want)), off = fmax(fabs(want - said) - rounding, 0.0);
    double relative = off > 0.0 ? off / scale : 0.0;
    s->worst = fmax(s->worst, relative);
    if (relative <= s->check->tolerance && isfinite(want) && isfinite(said))
        return 0;
    return heed_fail(
        err,
        "gradient of %s: finite differences say %.6g, backward says %.6g (%.1f %% of its norm off)",
        name, want, said, 100.0 * relative);
}

static int check_tensor(struct state *s, int number, const char *name,
                        const struct heed_tensor *shape, float *x, const float *grad,
                        struct heed_err *err)
{
    int64_t n = heed_elements(shape);
    float *base = heed_xmalloc(sizeof(float) * (size_t)n),
          *d = heed_xmalloc(sizeof(float) * (size_t)n);
    struct heed_rng rng;
    int failed = 0;

    heed_rng_seed(&rng, s->seed, (uint64_t)number + 1);
    memcpy(base, x, sizeof(float) * (size_t)n);
    for (int k = 0; k < DIRECTIONS && !failed; k++) {
        choose_direction(&rng, k, shape, d);
        failed = compare(s, name, x, base, grad, d, n, err);
    }
    free(base);
    free(d);
    return failed;
}

/* A copy of what backward left for each input and parameter, because every evaluation clears it. */
static float *keep(struct heed_tape *t, const struct heed_tensor *x)
{
    int64_t width = heed_width(x);
    float *copy = heed_xcalloc((size_t)heed_elements(x), sizeof(float));
    for (int64_t row = 0; row < heed_rows(x); row++) {
        const float *grad = heed_tape_grad_row(t, x, row);
        if (grad)
            memcpy(copy + row * width, grad, sizeof(float) * (size_t)width);
    }
    return copy;
}

static int check_all(struct state *s, struct heed_err *err)
{
    const struct heed_gradcheck *check = s->check;
    struct heed_tensor *in[HEED_GRADCHECK_MAX];
    size_t total = (size_t)check->n_in + check->params->n;
    struct heed_tensor *shapes = heed_xcalloc(total + 1, sizeof(*shapes));
    float **grads = heed_xcalloc(total + 1, sizeof(*grads));
    int failed = 0;

    evaluate(s, true, in);
    if (heed_tape_failed(&s->tape, err) || heed_tape_guard_check(&s->tape, err) < 0)
        failed = -1;
    for (size_t i = 0; i < total && !failed; i++) {
        bool is_input = i < (size_t)check->n_in;
        shapes[i] = is_input ? *in[i] : check->params->items[i - (size_t)check->n_in]->value;
        grads[i] = keep(&s->tape, &shapes[i]);
    }
    for (size_t i = 0; i < total && !failed; i++) {
        bool is_input = i < (size_t)check->n_in;
        if (!is_input)
            failed = check_tensor(s, (int)i, check->params->items[i - (size_t)check->n_in]->name,
                                  &shapes[i], shapes[i].data, grads[i], err);
        else if (!check->in[i].constant)
            failed = check_tensor(s, (int)i, check->in[i].name, &shapes[i], shapes[i].data,
                                  grads[i], err);
    }
    for (size_t i = 0; i < total; i++)
        free(grads[i]);
    free(grads);
    free(shapes);
    return failed;
}

int heed_gradcheck_run(const struct heed_gradcheck *check, uint64_t seed, double *worst,
                       struct heed_err *err)
{
    struct state s = {.check = check, .seed = seed};
    heed_tape_init(&s.tape, check->arena, check->params);
    heed_tape_guard(&s.tape);
    s.tape.training = true;
    s.tape.seed = seed;
    int failed = check_all(&s, err);
    if (worst)
        *worst = s.worst;
    heed_tape_release(&s.tape);
    return failed;
}
